"""From a number as the tables give it to a `Parameter`, with the checks that every number gets."""

import math
from collections.abc import Callable, Iterator, Mapping

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.model import Parameter
from babs_sim.parameters.rows import NumberRow, SourceRow
from babs_sim.units import RATE_RATIO, UNITS, conversions, convert

_UNVARIED = ("fixed", "dirichlet")
_ABOVE_ZERO = ("lognormal", "gamma")
_RATIOS = ("rate ratio", "hazard ratio", "odds ratio", "risk ratio")

_WIDEST = 5.02
"""Width of the widest 95 % interval of a gamma distribution (shape 0.5), in means."""

Reporter = Callable[..., Problem]


def range_fault(value: float, unit: str, reference_risk: float | None = None) -> str:
    """Return what is implausible about a number of a known unit, "" for nothing."""
    known = UNITS[unit]
    if not math.isfinite(value):
        return "is not a finite number"
    if unit in _RATIOS and value <= 0.0:
        return f"is not above 0, as a number of unit '{unit}' must be"
    try:
        base = convert(value, unit, reference_risk)
    except (ValueError, OverflowError) as error:
        return str(error)
    if known.least * (1 - 1e-9) - 1e-12 <= base <= known.most * (1 + 1e-9):
        return ""
    if known.needs_risk:
        return f"comes to a rate ratio of {base:.3g}, outside {known.least:g} to {known.most:g}"
    low, high = known.least / known.factor, known.most / known.factor
    return f"lies outside {low:.6g} to {high:.6g}, the plausible range of '{unit}'"


def number_problems(
    row: NumberRow, file: str, line_of: Callable[[str], int | None], prefix: str = ""
) -> Iterator[Problem]:
    """Yield what is wrong with one number by itself: unit, range, interval, distribution.

    ``line_of`` gives the line of a field; ``prefix`` goes before the field's name (the dotted key
    of a number in a TOML file).
    """

    def problem(field: str, text: str, got: object = "", hint: str = "") -> Problem:
        shown = f"{got:g}" if isinstance(got, float) else str(got)
        return Problem(file, line_of(field), prefix + field, text, shown, hint)

    unit = UNITS.get(row.unit)
    if unit is None:
        hint = nearest(row.unit, UNITS) or "use one of: " + ", ".join(UNITS)
        yield problem("unit", "is not a known unit", row.unit, hint)
        return
    risk: float | None = getattr(row, "reference_risk", None)
    if unit.needs_risk and risk is None:
        text = f"is missing, but a number of unit '{row.unit}' needs it"
        hint = "give the risk of the outcome without the driver, between 0 and 1"
        yield problem("reference_risk", text, hint=hint)
        return
    if risk is not None and not 0.0 < risk < 1.0:
        yield problem("reference_risk", "is not between 0 and 1", risk, "a risk of 5 % is 0.05")
        return
    sound = True
    for field, number in (("value", row.value), ("low", row.low), ("high", row.high)):
        fault = "" if number is None else range_fault(number, row.unit, risk)
        if fault:
            sound = False
            yield problem(field, fault, number, f"check the number and its unit, '{row.unit}'")
    if sound:
        yield from _interval_problems(row, problem)


def _interval_problems(row: NumberRow, problem: Reporter) -> Iterator[Problem]:
    low, high = row.low, row.high
    if low is None and high is None:
        if row.distribution != "fixed":
            text = f"is missing, but the distribution '{row.distribution}' needs low and high"
            yield problem("low", text, hint="give the 95 % interval, or make the number fixed")
    elif low is None or high is None:
        field = "low" if low is None else "high"
        yield problem(field, "is missing, but the other limit is given", hint="give both or none")
    elif low > high:
        yield problem("low", f"lies above high, {high:g}", low, "swap the two")
    elif not low <= row.value <= high:
        text = f"lies outside its interval, {low:g} to {high:g}"
        yield problem("value", text, row.value, "correct the value or the interval")
    elif row.distribution != "fixed" and low == high:
        yield problem("high", "is equal to low, so nothing varies", high, "make the number fixed")
    else:
        yield from _shape_problems(row, low, high, problem)


def _shape_problems(
    row: NumberRow, low: float, high: float, problem: Reporter
) -> Iterator[Problem]:
    """Yield why no distribution of the row's name has this value and interval."""
    risk: float | None = getattr(row, "reference_risk", None)
    least, value, most = (convert(x, row.unit, risk) for x in (low, row.value, high))
    kind = row.distribution
    if kind in _ABOVE_ZERO and (least < 0.0 or (least == 0.0 and kind == "lognormal")):
        text = f"is not above 0, but all numbers of a {kind} distribution are"
        yield problem("low", text, low, "correct the limit or choose another distribution")
    elif kind in _ABOVE_ZERO and value <= 0.0:
        text = f"is not above 0, but all numbers of a {kind} distribution are"
        yield problem("value", text, row.value, "correct the value or make the number fixed")
    elif kind in ("beta", "dirichlet") and (least < 0.0 or most > 1.0 or value in (0.0, 1.0)):
        text = f"a {kind} distribution lies between 0 and 1, but the value or interval does not"
        yield problem("distribution", text, kind, "use gamma, lognormal or normal")
    elif kind == "gamma" and most - least > _WIDEST * value:
        text = f"an interval as wide as {low:g} to {high:g} fits no gamma distribution of this mean"
        yield problem("high", text, high, "correct the interval or choose another distribution")
    elif kind in ("uniform", "triangular", "pert"):
        third = {"uniform": 0.0, "triangular": 1 / 3, "pert": 2 / 3}[kind]
        first = least + (most - least) * (1 - third) / 2
        last = most - (most - least) * (1 - third) / 2
        slack = 0.01 * (most - least)
        if not first - slack <= value <= last + slack:
            text = f"cannot be the mean of a {kind} distribution from {low:g} to {high:g}"
            where = f"{first:.4g} to {last:.4g}" if third else f"{first:.4g}"
            hint = f"its mean is {where} (in '{UNITS[row.unit].base}'); choose another one"
            yield problem("value", text, row.value, hint)


def parameter_of(
    row: NumberRow, name: str, file: str, line: int, sources: Mapping[str, SourceRow]
) -> Parameter:
    """Return the parameter of a row that has no problems."""
    risk: float | None = getattr(row, "reference_risk", None)
    base = UNITS[row.unit].base

    def in_base(value: float | None) -> float | None:
        return None if value is None else convert(value, row.unit, risk)

    return Parameter(
        name=name,
        value=convert(row.value, row.unit, risk),
        unit=base,
        distribution=row.distribution,
        low=in_base(row.low),
        high=in_base(row.high),
        price_year=str(getattr(row, "price_year", "")),
        source=row.source,
        status=sources[row.source].status if row.source in sources else "",
        grade=row.grade,
        evidence=row.evidence,
        group=row.group,
        note=row.note,
        file=file,
        line=line,
        label=str(getattr(row, "label", "")) or name,
        raw_value=row.value,
        raw_unit=row.unit,
        conversions=conversions(row.unit, risk),
        reference_risk=risk if base == RATE_RATIO else None,
    )
