"""Discounting: continuous factors, and weights that apply them to a ledger's moments."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from babs_sim.handover import Floats
from babs_sim.parameters import Model, Values

UNDISCOUNTED = "none"
"""The scheme that discounts nothing, whether discounting.csv has it or not."""


def year_limits(entry: float, years: int) -> Floats:
    """Return the limits (Y + 1,) of the years of follow-up, in years since entry.

    Year 0 runs from entry to the birth (nothing, where entry is at or after it), year y >= 1 from
    the child's age y - 1 to y.  Time before entry counts as 0.

    >>> year_limits(-0.5, 3)
    array([0. , 0.5, 1.5, 2.5])
    """
    return np.concatenate([[0.0], np.maximum(np.arange(years) - entry, 0.0)])


def discount_factor(time: Floats, steps: Sequence[tuple[float, float]]) -> Floats:
    """Return D(t), the product of (1 + r)^-dt over the time since entry.

    ``time`` in years, ``steps`` pairs (from year, yearly rate), the first from year 0.  A rate that
    changes changes the marginal year: nothing restarts from year 0.

    >>> float(discount_factor(np.array(2.0), [(0, 0.25)]))
    0.64
    """
    time = np.asarray(time, dtype=np.float64)
    limits = [start for start, _ in steps[1:]] + [np.inf]
    exponent = np.zeros_like(time)
    for (start, rate), end in zip(steps, limits, strict=True):
        exponent += np.log1p(rate) * np.clip(time - start, 0.0, end - start)
    return np.asarray(np.exp(-exponent))


def project(steps: Sequence[tuple[float, float]], entry: float, years: int) -> Floats:
    """Return weights (Y, 3) whose sum with a year's moments is the discounted quantity.

    In a year of one rate they are within 1e-6 of the factor at rates to 4 %; where the rate
    changes within the year, an even flow is still discounted exactly and a single moment within
    1e-4.

    >>> project([(0, 0.0)], -0.5, 2).round(12) + 0.0
    array([[1., 0., 0.],
           [1., 0., 0.]])
    """
    if all(rate == 0 for _, rate in steps):
        return np.tile([1.0, 0.0, 0.0], (years, 1))
    kinks = [limit for limit, _ in steps]
    return project_function(lambda time: discount_factor(time, steps), kinks, entry, years)


def project_function(
    factor: Callable[[Floats], Floats], kinks: Sequence[float], entry: float, years: int
) -> Floats:
    """Return weights (Y, 3) whose sum with a year's moments is the quantity times ``factor``.

    ``factor`` takes years since entry and is smooth but at ``kinks``.  In each year it is replaced
    by its least-squares quadratic in x, the time since the start of the year (Legendre
    projection), so an even flow comes out exactly.
    """
    weights = np.tile([1.0, 0.0, 0.0], (years, 1))
    limits = year_limits(entry, years)
    nodes, gauss = np.polynomial.legendre.leggauss(12)
    for year, (start, end) in enumerate(pairwise(limits)):
        length = end - start
        if length <= 0:
            continue
        origin = 0.0 if year == 0 else year - 1 - entry
        inner = sorted(limit for limit in kinks if start < limit < end)
        edges = np.array([start, *inner, end])
        half = np.diff(edges)[:, None] / 2
        time = (edges[:-1, None] + half * (1 + nodes)).ravel()
        value = factor(time) * (half * gauss).ravel() / length
        u = (time - start) / length
        c0 = value.sum()
        c1 = 3 * (value * (2 * u - 1)).sum()
        c2 = 5 * (value * (6 * u * u - 6 * u + 1)).sum()
        k0, k1, k2 = c0 - c1 + c2, (2 * c1 - 6 * c2) / length, 6 * c2 / length**2
        shift = start - origin
        weights[year] = k0 - k1 * shift + k2 * shift**2, k1 - 2 * k2 * shift, k2
    return weights


def discount_steps(
    model: Model, values: Values, scheme: str, applies_to: str
) -> list[tuple[float, float]]:
    """Return a scheme's (from year, yearly rate) for ``costs`` or ``health``, in order of year.

    Raises KeyError for a scheme that is not in discounting.csv.
    """
    rows = [
        row
        for row in model.table("discounting")
        if row.scheme == scheme and row.applies_to == applies_to
    ]
    if not rows and scheme != UNDISCOUNTED:
        raise KeyError(scheme)
    return sorted((float(row.from_year), values[row.key]) for row in rows) or [(0.0, 0.0)]


def discount_weights(
    model: Model, values: Values, scheme: str, applies_to: str, entry: float, years: int
) -> Floats:
    """Return weights (Y, 3) such that sum_m ledger[..., y, m] * w[y, m] is discounted to entry.

    ``scheme`` is a name in discounting.csv or ``none``, ``applies_to`` ``costs`` or ``health``,
    ``entry`` the child's age at entry; see `project` for the accuracy.
    """
    return project(discount_steps(model, values, scheme, applies_to), entry, years)
