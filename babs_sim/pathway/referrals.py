"""When referrals come: by chance from the births of a place, or as a service has recorded them."""

import math
from dataclasses import dataclass

import numpy as np

from babs_sim.handover import Floats, Ints
from babs_sim.parameters import Model, Values
from babs_sim.parameters.service import REFERRED
from babs_sim.randomness import uniforms

GAP = "service.referral.gap"
_BEFORE, _AFTER = 2**40, 2**41
"""First numbers of families that are no part of the cohort: before a window, and after it."""
_EACH = 2**22  # numbers of such families that a window has
_INSTANT = 1e-9  # years, more than rounding and less than any gap


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Accepted referrals: ``yearly`` of them, in windows of ``years`` after ``warm_up`` years.

    ``recorded`` (rows,) are the times of a recorded period that repeats, empty for chance;
    ``first`` is the number of the first family.
    """

    yearly: float
    years: float
    warm_up: float
    recorded: Floats
    first: int = 0


def arrivals_of(model: Model, values: Values, first: int = 0) -> Arrivals:
    """Return how accepted referrals come, from family ``first`` on.

    By chance they come ``births x shares x accepted`` a year (a Poisson process), or
    ``referral.yearly x accepted``.
    """
    years, warm_up = values["service.pathway.years"], values["service.pathway.warm_up"]
    rows = model.table("referrals") if model.rows.get("referrals") else ()
    if rows:
        times = np.array(sorted(row.time for row in rows))
        return Arrivals(len(times) / years, years, warm_up, times, first)
    yearly = values.get("service.referral.yearly")
    if yearly is None:
        yearly = values["place.births"]
        for share in REFERRED:
            yearly *= values[f"service.referral.{share}"]
    accepted = values.get("service.referral.accepted_share", 1.0)
    return Arrivals(yearly * accepted, years, warm_up, np.zeros(0), first)


def times_of_cohort(arrivals: Arrivals, families: int, seed: int) -> Floats:
    """Return times (n,) of the families of a cohort, the windows laid end to end."""
    if len(arrivals.recorded):
        number = len(arrivals.recorded)
        index = arrivals.first % number + np.arange(families)
        return np.asarray(arrivals.recorded[index % number] + index // number * arrivals.years)
    return np.asarray(np.cumsum(_gaps(arrivals, arrivals.first + np.arange(families), seed)))


def before(arrivals: Arrivals, window: int, seed: int) -> tuple[int, Floats]:
    """Return the first number and the times of families that come while a window warms up.

    Times rise and are negative: the window begins at 0.
    """
    first = _BEFORE + arrivals.first + window * _EACH
    if len(arrivals.recorded):
        own = arrivals.recorded[arrivals.first % len(arrivals.recorded)]
        return _repeated(arrivals, first, -arrivals.warm_up, own if window == 0 else 0.0)
    back = _until(arrivals, first, arrivals.warm_up, seed)
    return first, -back[::-1]


def after(
    arrivals: Arrivals, window: int, last: float, longest: float, seed: int
) -> tuple[int, Floats]:
    """Return the first number and the times of families that come behind those of the cohort.

    They come after ``last`` and no more than ``longest`` years after the window.
    """
    first, end = _AFTER + arrivals.first + window * _EACH, arrivals.years + longest
    if len(arrivals.recorded):
        return _repeated(arrivals, first, last + _INSTANT, end)
    return first, last + _until(arrivals, first, end - last, seed)


def _until(arrivals: Arrivals, first: int, end: float, seed: int) -> Floats:
    """Return times in (0, ``end``) of a Poisson process, those of families from ``first`` on."""
    if end <= 0.0:
        return np.zeros(0)
    number = 64
    while True:
        times = np.cumsum(_gaps(arrivals, first + np.arange(number), seed))
        if times[-1] > end:
            return np.asarray(times[times < end])
        number *= 2


def _repeated(arrivals: Arrivals, first: int, begins: float, ends: float) -> tuple[int, Floats]:
    """Return recorded times in [begins, ends) of the period laid end to end.

    The number of a family leaves its row as the rest after division by the number of rows.
    """
    rows, period = len(arrivals.recorded), arrivals.years
    repeats = np.arange(math.floor(begins / period), math.ceil(ends / period))
    laid = (repeats[:, None] * period + arrivals.recorded).ravel()
    kept = np.flatnonzero((laid >= begins) & (laid < ends))
    start = int(kept[0]) if len(kept) else 0
    return first - first % rows + start, laid[kept]


def declined(arrivals: Arrivals, share: float, gaps: Floats, numbers: Ints, seed: int) -> Ints:
    """Return how many referrals are declined in the gap (n,) before each accepted one.

    Referrals are a Poisson process of which ``share`` is accepted, so the others are one too.
    """
    from scipy.stats import poisson

    expected = arrivals.yearly * (1.0 / share - 1.0) * gaps
    drawn = uniforms(seed, numbers, "service.referral.declined")
    return np.where(expected > 0.0, poisson.ppf(drawn, np.maximum(expected, 1e-12)), 0).astype(
        np.int64
    )


def _gaps(arrivals: Arrivals, numbers: Ints, seed: int) -> Floats:
    return np.asarray(-np.log(uniforms(seed, numbers, GAP)) / arrivals.yearly)
