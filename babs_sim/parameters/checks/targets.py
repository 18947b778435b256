"""Targets and free parameters: what is measured exists, and units fit what is measured."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.conditions import Condition, NotCondition, conditions_of
from babs_sim.parameters.documents import NumberAt
from babs_sim.parameters.numbers import range_fault
from babs_sim.parameters.rows import FreeRow, NumberRow, StateRow, TargetRow
from babs_sim.tables import Located
from babs_sim.units import PROBABILITY, RATE, UNITS, YEARS

BASES = {
    "ever": PROBABILITY,
    "mean ever": "count",
    "share": PROBABILITY,
    "in year": PROBABILITY,
    "at": PROBABILITY,
    "years": YEARS,
    "rate": RATE,
    "onset": RATE,
    "qale": "QALYs",
}
"""What each kind of measurement comes to, as a base unit."""

NEEDS = {
    "ever": ("age_to",),
    "mean ever": ("age_to",),
    "share": ("of", "age_from", "age_to"),
    "in year": ("of", "age_from", "age_to"),
    "at": ("of", "age_from"),
    "years": ("of",),
    "rate": ("of", "age_from", "age_to"),
    "onset": ("of", "age_from", "age_to"),
    "qale": ("of",),
}
_PEOPLE = ("mother", "child")


def target_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with targets.csv and calibration.csv, given the other tables."""
    shown: dict[tuple[str, str, str], Located[TargetRow]] = {}
    for target in catalogue.located(TargetRow):
        row = target.row
        words = (row.label, row.population, row.place)
        if words in shown:
            text = f"is said of the same population in line {shown[words].line}"
            yield problem(target, "label", text, row.label, "tell the two apart")
        shown.setdefault(words, target)
        if row.expressed:
            yield from _measured(catalogue, target)
        elif not row.note:
            text = "is missing, but a target that the model cannot express needs the reason"
            yield problem(target, "note", text, hint="say why the model cannot show it")
    for free in catalogue.located(FreeRow):
        yield from _free(catalogue, free)


def _measured(catalogue: Catalogue, target: Located[TargetRow]) -> Iterator[Problem]:
    row = target.row
    if not row.kind:
        hint = "say what is measured, or that the target is not expressed"
        yield problem(target, "kind", "is missing", hint=hint)
        return
    for field in NEEDS[row.kind]:
        if getattr(row, field) in (None, ""):
            text = f"is missing, but the kind '{row.kind}' needs it"
            yield problem(target, field, text, hint="give it")
    if row.unit in UNITS and UNITS[row.unit].base != BASES[row.kind]:
        units = ", ".join(u.name for u in UNITS.values() if u.base == BASES[row.kind])
        text = f"does not fit the kind '{row.kind}'"
        yield problem(target, "unit", text, row.unit, f"use one of: {units}")
    low, high = row.age_from, row.age_to
    if low is not None and high is not None and low >= high:
        yield problem(target, "age_to", "is not above age_from", f"{high:g}", "swap the two")
    for field, value in (("least", row.least != 1), ("discount", row.discount != 0)):
        if value and row.kind != {"least": "ever", "discount": "qale"}[field]:
            text = f"does not belong to the kind '{row.kind}'"
            yield problem(target, field, text, str(getattr(row, field)), "leave it blank")
    yield from _of(catalogue, target)
    for field in ("where", "against"):
        yield from _families(catalogue, target, field, getattr(row, field))


def _of(catalogue: Catalogue, target: Located[TargetRow]) -> Iterator[Problem]:
    row = target.row
    if row.kind == "qale":
        for name in row.of.split():
            if name not in _PEOPLE:
                hint = nearest(name, _PEOPLE)
                yield problem(target, "of", "is neither mother nor child", name, hint)
        if len(row.of.split()) > 1:
            yield problem(target, "of", "names more than one person", row.of, "name one")
        return
    table, what = ("events", "an event") if row.kind == "rate" else ("states", "a state")
    people = set()
    for field, text, where, noun in (
        ("of", row.of, table, what),
        ("among", row.among, "states", "a state"),
    ):
        for word in text.split():
            name = word if where == "events" else word.removeprefix("!")
            yield from catalogue.unknown(target, field, name, noun, where)
            if name in catalogue.rows[where]:
                people.add(getattr(catalogue.rows[where][name].row, "person", ""))
    if len(people) > 1:
        text = "has events or states of both mother and child"
        yield problem(target, "of", text, row.of, "keep to one person")
    if row.kind not in ("ever", "mean ever"):
        return
    if "!" in row.of:
        text, hint = f"cannot be off in the kind '{row.kind}'", "use the kind 'at' or 'share'"
        yield problem(target, "of", text, row.of, hint)
    aces = any(state.row.ace for state in catalogue.located(StateRow))
    if not row.of and not aces and catalogue.complete("states"):
        text, hint = "is blank, but no state counts as an ACE", "name states of states.csv"
        yield problem(target, "of", text, hint=hint)


def _families(
    catalogue: Catalogue, target: Located[TargetRow], field: str, text: str
) -> Iterator[Problem]:
    try:
        conditions: tuple[Condition, ...] = conditions_of(text)
    except NotCondition as error:
        hint = "write conditions such as: family.deprivation=1 mother.aces>=4"
        yield problem(target, field, "is not a condition", str(error), hint)
        return
    for condition in conditions:
        yield from catalogue.unknown(target, field, condition.trait, "a trait", "traits")


def _free(catalogue: Catalogue, free: Located[FreeRow]) -> Iterator[Problem]:
    row = free.row
    if row.low >= row.high:
        yield problem(free, "high", "is not above low", f"{row.high:g}", "swap the two")
        return
    if row.scale == "log" and row.low <= 0:
        text = "is not above 0, as the scale 'log' needs it"
        yield problem(free, "low", text, f"{row.low:g}", "use the scale 'linear'")
    numbers = []
    for field, name in (("parameter", row.parameter), *(("ties", t) for t in row.ties.split())):
        found = _number(catalogue, name)
        if found is not None:
            numbers.append((field, name, found))
        elif not catalogue.unread and name not in catalogue.numbers():
            hint = nearest(name, catalogue.numbers())
            yield problem(free, field, "is not a parameter", name, hint)
    if not numbers or numbers[0][1] != row.parameter:
        return
    number = numbers[0][2]
    if row.prior == "table" and number.distribution == "fixed":
        text = "is 'table', but the parameter has no distribution in its table"
        yield problem(free, "prior", text, hint="use the prior 'flat'")
    if number.unit not in UNITS:
        return
    risk = getattr(number, "reference_risk", None)
    for field, limit in (("low", row.low), ("high", row.high)):
        fault = range_fault(limit, number.unit, risk)
        if fault:
            hint = f"give it in the parameter's unit, '{number.unit}'"
            yield problem(free, field, fault, f"{limit:g}", hint)
    for field, name, tied in numbers:
        if not row.low <= tied.value <= row.high:
            text = f"the limits {row.low:g} to {row.high:g} do not contain its value"
            yield problem(free, field, text, f"{tied.value:g}", "widen the limits")
        if tied.unit != number.unit:
            text = f"has not the unit of {row.parameter}, '{number.unit}'"
            yield problem(free, field, text, name, "tie parameters of one unit")


def _number(catalogue: Catalogue, name: str) -> NumberRow | None:
    at: NumberAt | None = catalogue.contents.numbers.get(name)
    if at is not None:
        return at.row
    found = next((rows[name].row for rows in catalogue.rows.values() if name in rows), None)
    return found if isinstance(found, NumberRow) and not isinstance(found, TargetRow) else None
