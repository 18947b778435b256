"""How many draws, and how many families in each: from a pilot.

With tau2 the variance of a figure between draws and s2 / n its Monte Carlo variance within a draw
of n families, the mean of N draws has the variance (tau2 + s2 / n) / N.  Where a draw costs c0
whatever its size and c1 a family, n = sqrt(s2 c0 / (tau2 c1)) gives the most precise mean for the
same time (O'Hagan, Stevenson and Madan 2007).
"""

import math
from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.drawing import draw_points
from babs_sim.analysis.points import Response
from babs_sim.analysis.study import Conditions
from babs_sim.experiment import Experiment
from babs_sim.parameters import Model
from babs_sim.simulate.nearby import NEARBY_BIRTHS
from babs_sim.simulate.points import CENTRING_ROUNDS

PILOT_DRAWS, PILOT_FAMILIES = 50, 2_000
LEAST_DRAWS, MOST_DRAWS = 1_000, 10_000
LEAST_FAMILIES, MOST_FAMILIES = 500, 50_000
_COMPILING = 3_000  # families that live in the time in which a draw is compiled and priced


@dataclass(frozen=True, slots=True)
class Sizes:
    """Draws and families of a probabilistic analysis; ``between`` tau2 and ``within`` s2, £².

    ``between``, ``within`` and ``best`` (the families by the formula) are nan without a pilot.
    """

    draws: int
    families: int
    between: float = math.nan
    within: float = math.nan
    best: float = math.nan


def sizes_of(
    experiment: Experiment,
    model: Model,
    measure: str,
    draws: int | None,
    families: int | None,
    precision: float,
    conditions: Conditions,
) -> Sizes:
    """Return the sizes as given, and what is not given as a pilot of `PILOT_DRAWS` draws says.

    ``precision`` above 0 asks for so many draws that the standard error of the mean is that share
    of the mean, from `LEAST_DRAWS` to `MOST_DRAWS`.
    """
    if families is not None and (draws is not None or not precision):
        return Sizes(draws or LEAST_DRAWS, families)
    response = Response(
        experiment, model, PILOT_FAMILIES, True, conditions.workers, conditions.tell
    )
    response.check_measure(measure)
    points = draw_points(model, PILOT_DRAWS, experiment.cohort.seed)
    found = response.evaluate(
        points[1:], start=1, workers=conditions.workers, backend=conditions.backend,
        batch=conditions.batch, progress=conditions.tell, what="pilot",
        checkpoint=conditions.part("pilot"),
    )  # fmt: skip
    arm = response.columns.others[0]
    values, errors = found.increment(arm, measure), found.increment(arm, measure, error=True)
    noise = float((errors**2).mean())
    between, within = float(values.var(ddof=1)) - noise, noise * PILOT_FAMILIES
    best = best_families(between, within, len(response.columns.arms))
    chosen = families or int(np.clip(round(best, -2), LEAST_FAMILIES, MOST_FAMILIES))
    if draws is None:
        draws = LEAST_DRAWS
        if precision:
            error = precision * abs(float(values.mean()))
            needed = (max(between, 0.0) + within / chosen) / error**2 if error else MOST_DRAWS
            draws = int(np.clip(math.ceil(needed / 100) * 100, LEAST_DRAWS, MOST_DRAWS))
    return Sizes(draws, chosen, between, within, best)


def best_families(between: float, within: float, arms: int) -> float:
    """Return the families a draw by the formula of the module; the most where tau2 is not seen.

    What a draw costs is counted in families that live, so that it is the same on any machine.

    >>> round(best_families(4e6, 1e9, 2))
    1173
    """
    fixed = CENTRING_ROUNDS * NEARBY_BIRTHS + _COMPILING
    if between <= 0.0:
        return float(MOST_FAMILIES)
    return math.sqrt(within / between * fixed / arms)
