"""Claims about the service, and what is expected from evidence, with the model's own figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.accounts import Account, evaluate
from babs_sim.analysis.comparing import Figure
from babs_sim.analysis.measures import Measure
from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.handover import Floats
from babs_sim.parameters.rows import ClaimRow
from babs_sim.population import make_families
from babs_sim.simulate import Run
from babs_sim.simulate.running import cohort_of

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_FAMILIES = 100_000
FACTORS = {"percent": 100.0, "per 1,000 families": 1000.0}
"""What a figure per family is multiplied by, by what its unit ends in; 1 for others."""

CHANCE, PARAMETER = "Monte Carlo", "95 % of the parameter"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with the model's figure beside it, in the claim's unit.

    ``value`` is nan where ``reason`` says why there is none.  ``low`` and ``high`` are its interval
    of the kind ``interval``; ``stands`` says where it lies from a published range.
    """

    row: ClaimRow
    label: str
    unit: str
    value: float
    low: float
    high: float
    interval: str
    stands: str
    reason: str


def claims_of(
    run: Run,
    measures: Mapping[str, Measure],
    comparator: Account,
    arm: Account | None,
    increments: Mapping[str, Figure],
) -> tuple[Claim, ...]:
    """Return every row of claims.csv with the model's figure.

    ``arm`` is the arm with the service, None where the comparator is alone; ``increments`` are its
    figures of the incremental table.
    """
    rows = sorted(run.model.rows["claims"], key=lambda found: (found.file, found.line))
    found = []
    for located in rows:
        row = located.row
        assert isinstance(row, ClaimRow)
        reason = _missing(row, run, arm)
        if reason:
            found.append(_without(row, reason))
        elif row.figure == "trait":
            found.append(_of_trait(row, run))
        elif row.figure == "parameter":
            found.append(_of_parameter(row, run))
        else:
            found.append(_of_measure(row, measures, comparator, arm, increments))
    return tuple(found)


def claims_frame(claims: tuple[Claim, ...]) -> "DataFrame":
    """Return what each claim says, how the model treats it, and the model's figure or why not."""
    from pandas import DataFrame

    none = float("nan")
    return DataFrame(
        [
            {
                "name": one.row.name,
                "claim": one.row.claim,
                "by": one.row.by,
                "published": none if one.row.published is None else one.row.published,
                "published_low": none if one.row.low is None else one.row.low,
                "published_high": none if one.row.high is None else one.row.high,
                "published_unit": one.row.unit,
                "treatment": one.row.treatment,
                "figure": one.label,
                "model": one.value,
                "low": one.low,
                "high": one.high,
                "unit": one.unit,
                "interval": one.interval,
                "stands": one.stands,
                "reason": one.reason,
                "source": one.row.source,
                "note": one.row.note,
            }
            for one in claims
        ]
    )


def _missing(row: ClaimRow, run: Run, arm: Account | None) -> str:
    """Return why a run has no figure for a claim, "" where it has one."""
    cohort = run.experiment.cohort
    if row.figure == "none":
        return row.reason
    if row.figure == "parameter":
        return ""
    if row.population and cohort.population != row.population:
        return f"This run is not of the population '{row.population}'."
    if row.figure == "trait":
        return ""
    if row.arm != "without" and arm is None:
        return "This run has one arm alone."
    if row.by_age is not None and row.by_age > cohort.horizon_years:
        return f"This run ends before the age of {row.by_age}."
    return ""


def _without(row: ClaimRow, reason: str) -> Claim:
    none = float("nan")
    return Claim(row, "", row.unit, none, none, none, "", "", reason)


def _of_measure(
    row: ClaimRow,
    measures: Mapping[str, Measure],
    comparator: Account,
    arm: Account | None,
    increments: Mapping[str, Figure],
) -> Claim:
    measure = measures[row.of.removeprefix("!")]
    if measure.kind == "break even":
        needed = increments[measure.name]
        scale = 1000.0 / measure.scale
        half = NORMAL_95 * scale * needed.error
        value = scale * needed.value
        return _claim(row, measure.label, "per 1,000 families", value, half)
    money = measure.kind == "cost"
    factor = 1.0 if money else _factor(row.unit)
    unit = measure.unit if money else row.unit
    figures = [
        factor * _figure(row, measure, one)
        for one in (comparator, arm)
        if one is not None and (one is comparator or row.arm != "without")
    ]
    chosen = figures[-1] - figures[0] if row.arm == "change" else figures[-1]
    words = {"without": "without the service", "with": "with it", "change": "change by it"}
    age = "" if row.by_age is None else f" by age {row.by_age}"
    rest = "All but: " if row.of.startswith("!") else ""
    label = f"{rest}{measure.label}{age}, {words[row.arm]}"
    if row.arm == "change" and not row.unit.endswith(tuple(FACTORS)) and not money:
        unit = measure.unit
    return _claim(row, label, unit, float(chosen[0]), NORMAL_95 * float(comparator.error(chosen)))


def _figure(row: ClaimRow, measure: Measure, account: Account) -> Floats:
    per_family = evaluate(measure, account, by_age=row.by_age) / measure.scale
    return 1.0 - per_family if row.of.startswith("!") else per_family


def _of_trait(row: ClaimRow, run: Run) -> Claim:
    name, sign, least = row.of.partition(">=")
    cohort, families = cohort_of(run.experiment, run.model)
    number = min(families, MOST_FAMILIES)
    x = make_families(cohort, run.experiment.cohort.seed, 0, number).column(name)
    x = (x >= float(least)).astype(np.float64) if sign else x
    factor = _factor(row.unit)
    half = NORMAL_95 * factor * float(x.std(ddof=1)) / np.sqrt(number)
    label = next(trait.label for trait in run.model.table("traits") if trait.name == name)
    return _claim(
        row, f"{label}{f', {least} or more' if sign else ', mean'}", row.unit,
        factor * float(x.mean()), half,
    )  # fmt: skip


def _of_parameter(row: ClaimRow, run: Run) -> Claim:
    one = run.model.parameters[row.of]
    low, high = (one.value if x is None else x for x in (one.low, one.high))
    label = f"{one.label or one.name} (grade {one.grade}, {one.status})"
    return Claim(row, label, one.unit, one.value, low, high, PARAMETER, _stands(row, one.value), "")


def _claim(row: ClaimRow, label: str, unit: str, value: float, half: float) -> Claim:
    stands = _stands(row, value)
    return Claim(row, label, unit, value, value - half, value + half, CHANCE, stands, "")


def _factor(unit: str) -> float:
    return next((factor for end, factor in FACTORS.items() if unit.endswith(end)), 1.0)


def _stands(row: ClaimRow, value: float) -> str:
    """Return where a figure lies from a published range."""
    if row.low is None or row.high is None:
        return ""
    if value < row.low:
        return "below"
    return "above" if value > row.high else "inside"
