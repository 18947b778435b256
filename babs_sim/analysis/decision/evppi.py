"""What knowing some parameters is worth: EVPPI by regression on the sample.

Net benefits of the arms against the comparator are regressed on the parameters of a set; the fitted
values are what would be expected once these parameters were known (Strong, Oakley and Brennan
2014).  EVPPI is the mean over draws of the best fitted value minus the fitted value of the arm that
is best now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.decision.acceptability import acceptability
from babs_sim.analysis.decision.bases import MOST_FOR_SPLINES, basis_of
from babs_sim.analysis.decision.outcomes import Outcomes
from babs_sim.analysis.decision.regression import Smooth, fit
from babs_sim.errors import Problem, nearest, raise_if
from babs_sim.handover import Floats

if TYPE_CHECKING:
    from pandas import DataFrame

SIMULATIONS = 100
"""Draws from the regression's posterior behind a standard error."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Parameter draws: ``values`` (N, P), a column for each of ``names``, rows as in `Outcomes`."""

    names: tuple[str, ...]
    values: Floats
    source: str = "draws.csv"

    def columns(self, names: Iterable[str]) -> Floats:
        """Return the draws (N, len(names)) of some parameters."""
        return self.values[:, [self.names.index(name) for name in names]]


@dataclass(frozen=True, slots=True)
class Worth:
    """A value of information per family in pounds, its standard error, and how it was found."""

    value: float
    error: float
    method: str
    freedom: float


def evppi(
    outcomes: Outcomes,
    sample: Sample,
    sets: Mapping[str, tuple[str, ...]],
    value: float,
    seed: int = 1,
    limit: float | None = None,
) -> "DataFrame":
    """Return EVPPI in pounds per family for each set of parameters, in the order of ``sets``.

    ``value`` is pounds of a unit of effect; ``limit`` is EVPI, of these outcomes unless it is known
    better (`without_noise`).  Columns: ``set, parameters`` (how many), ``evppi, error`` (of the
    regression, from its posterior, and of the number of draws, together), ``share_of_evpi, method,
    freedom``.

    EVPPI never falls when a parameter is added: a set is worth what the best of its subsets is
    worth, over all subsets of up to four parameters, and of a larger set over all that are asked
    for and all single parameters.  It never exceeds EVPI.  Raises `Problems` for an unknown or
    missing parameter, and where parameters and outcomes do not have the same draws.
    """
    from pandas import DataFrame

    check_sample(outcomes, sample, sets)
    limit = float(acceptability(outcomes, [value]).evpi[0]) if limit is None else limit
    increments = incremental_benefit(outcomes, value)
    asked = [frozenset(members) for members in sets.values()]
    found: dict[frozenset[str], Worth] = {}
    rows = []
    for (name, members), own in zip(sets.items(), asked, strict=True):
        for part in _parts(own, asked):
            if part not in found:
                columns = sample.columns(sorted(part))
                found[part] = worth_of(columns, increments, seed)
        best = max((found[part] for part in _parts(own, asked)), key=lambda worth: worth.value)
        rows.append(
            {
                "set": name,
                "parameters": len(set(members)),
                "evppi": min(best.value, limit),
                "error": best.error,
                "share_of_evpi": min(best.value / limit, 1.0) if limit > 0 else 0.0,
                "method": best.method,
                "freedom": best.freedom,
            }
        )
    return DataFrame(rows)


def worth_of(columns: Floats, increments: Floats, seed: int = 1) -> Worth:
    """Return what knowing ``columns`` (N, P) is worth, for incremental benefits (N, A - 1)."""
    basis = basis_of(columns, increments, seed)
    smooth = fit(basis, increments)
    gain = _gain(smooth.fitted(), smooth.means)
    value, spread = float(gain.mean()), float(gain.std(ddof=1)) / np.sqrt(len(gain))
    doubt = _doubt(smooth, seed) if basis is not None else 0.0
    method = basis.method if basis is not None else "constant"
    return Worth(value, float(np.hypot(spread, doubt)), method, float(smooth.freedom.max()))


def incremental_benefit(outcomes: Outcomes, value: float) -> Floats:
    """Return net monetary benefit (N, A - 1) of each other arm over the comparator."""
    cost, effect = outcomes.increments()
    return np.asarray(value * effect - cost)


def check_sample(outcomes: Outcomes, sample: Sample, sets: Mapping[str, tuple[str, ...]]) -> None:
    """Raise `Problems` unless the sample fits the outcomes and holds every parameter."""
    problems = []
    if sample.values.shape != (outcomes.draws, len(sample.names)):
        text = "parameters and outcomes do not have the same draws"
        got = f"{sample.values.shape[0]} and {outcomes.draws}"
        problems.append(Problem(sample.source, None, "", text, got, "take both from one run"))
    for name, members in sets.items():
        if not members:
            problems.append(Problem(sample.source, None, name, "is a set without parameters"))
        for member in members:
            if member not in sample.names:
                hint = nearest(member, sample.names)
                text = "is not a parameter of the sample"
                problems.append(Problem(sample.source, None, name, text, member, hint))
    raise_if(problems)


def _parts(own: frozenset[str], asked: list[frozenset[str]]) -> list[frozenset[str]]:
    """Return the subsets whose worth bounds that of a set from below, the set among them."""
    if len(own) <= MOST_FOR_SPLINES:
        sizes = range(1, len(own) + 1)
        return [frozenset(c) for size in sizes for c in combinations(sorted(own), size)]
    found = {own: None} | {frozenset([name]): None for name in sorted(own)}
    for other in asked:
        if other < own:
            inner = [other] if len(other) > MOST_FOR_SPLINES else _parts(other, [])
            found |= dict.fromkeys(inner)
    return list(found)


def _gain(fitted: Floats, means: Floats) -> Floats:
    """Return by draw what the best fitted choice gains over the choice that is best on average.

    ``fitted`` (..., N, T) and ``means`` (..., T) are of arms against the comparator, which is 0.
    """
    top = np.maximum(fitted.max(axis=-1), 0.0)
    now = np.argmax(means, axis=-1)[..., None, None]
    chosen = np.take_along_axis(fitted, now, axis=-1)[..., 0]
    return np.asarray(top - np.where(means.max(axis=-1)[..., None] > 0, chosen, 0.0))


def _doubt(smooth: Smooth, seed: int) -> float:
    """Return the standard deviation of the worth over the regression's posterior."""
    worths = [
        _gain(drawn, drawn.mean(axis=1)).mean(axis=-1)
        for drawn in smooth.simulated(SIMULATIONS, seed)
    ]
    return float(np.concatenate(worths).std(ddof=1))
