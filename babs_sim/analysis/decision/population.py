"""From a value per family to a value for all families whom a decision affects."""

from collections.abc import Sequence

import numpy as np

from babs_sim.economics import discount_factor


def affected_families(
    a_year: float, years: int, steps: Sequence[tuple[float, float]] = ((0.0, 0.0),), after: int = 0
) -> float:
    """Return the discounted number of families whom a decision affects.

    ``a_year`` families a year for ``years`` years, those of each year counted at its start: the
    first year is not discounted.  ``steps`` are pairs (from year, yearly rate); families before
    year ``after`` do not count, because what is to be learnt is not known yet.

    >>> round(affected_families(1000, 3, [(0, 0.035)]), 1)
    2899.7
    """
    starts = np.arange(min(after, years), years, dtype=np.float64)
    return float(a_year * discount_factor(starts, steps).sum())
