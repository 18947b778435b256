"""Arrays of the compiled sampler of traits."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Floats, Ints


class Sampler(NamedTuple):
    """Arrays of the compiled sampler; T traits in drawing order, F features of the selection."""

    clock: NDArray[np.uint64]  # (T) hash of each trait's name
    accept: np.uint64
    lower: Floats  # (T, T) Cholesky factor of the latent correlation
    cut_from: Ints  # (T + 1) levels of each trait, none for a normal one
    cut: Floats  # upper latent limit of each level
    level: Floats
    mean: Floats  # (T)
    sd: Floats
    least_share: Floats  # (T) probability below the least value
    most_share: Floats
    feature_trait: Ints  # (F)
    feature_least: Floats  # (F) counts values from here on; nan for the mean
    tilt: Floats  # (F)
    ceiling: float  # highest score of all traits but the first
    lead_share: Floats  # (levels + 1) tilted cumulative shares of the first trait
    lead_base: Floats  # (levels + 1) its cumulative shares among all births
