"""Utilities, and measures: the named results."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.checks.names import ACE_COUNT
from babs_sim.parameters.rows import (
    CausalOutcomeRow,
    DomainRow,
    MeasureRow,
    NormRow,
    StateRow,
    TraitLevelRow,
    TraitRow,
    TraitUtilityRow,
    UtilityRow,
)
from babs_sim.tables import Located
from babs_sim.units import UNITS

_PEOPLE = ("mother", "child")
_OF: dict[str, tuple[str, str]] = {
    "count": ("events", "an event"),
    "break even": ("events", "an event"),
    "time": ("states", "a state"),
    "first": ("states", "a state"),
    "cost": ("unit_costs", "a unit cost"),
}


def outcome_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with utilities and with measures."""
    for utility in catalogue.located(UtilityRow):
        row = utility.row
        yield from catalogue.unknown(utility, "state", row.state, "a state", "states")
        if row.unit in UNITS and UNITS[row.unit].base != "utility ratio":
            hint = "use utility ratio"
            yield problem(utility, "unit", "does not fit a ratio to the norm", row.unit, hint)
    yield from _trait_utilities(catalogue)
    norms = list(catalogue.located(NormRow))
    for norm in norms:
        if norm.row.unit in UNITS and UNITS[norm.row.unit].base != "utility":
            yield problem(norm, "unit", "does not fit a norm", norm.row.unit, "use utility")
    if norms and catalogue.complete("utility_norms"):
        for sex in ("female", "male"):
            if not any(norm.row.sex == sex for norm in norms):
                text = f"there is no norm for the {sex} sex"
                yield problem(norms[0], "sex", text, hint=f"add rows with the sex {sex}")
    for measure in catalogue.located(MeasureRow):
        yield from _measure(catalogue, measure)
    for domain in catalogue.located(DomainRow):
        for name in domain.row.of.split():
            yield from catalogue.unknown(
                domain, "of", name, "a state or an event", "states", "events"
            )
    for outcome in catalogue.located(CausalOutcomeRow):
        if not outcome.row.of:
            yield problem(outcome, "of", "is missing", hint="name an event of events.csv")
        yield from _names(catalogue, outcome, "of", outcome.row.of, "events", "an event")


def _trait_utilities(catalogue: Catalogue) -> Iterator[Problem]:
    kinds = {found.row.name: found.row.kind for found in catalogue.located(TraitRow)}
    levels: dict[str, set[str]] = {}
    for level in catalogue.located(TraitLevelRow):
        levels.setdefault(level.row.trait, set()).add(level.row.level)
    for utility in catalogue.located(TraitUtilityRow):
        row = utility.row
        yield from catalogue.unknown(utility, "trait", row.trait, "a trait", "traits")
        if row.unit in UNITS and UNITS[row.unit].base != "utility ratio":
            hint = "use utility ratio"
            yield problem(utility, "unit", "does not fit a ratio to the norm", row.unit, hint)
        if row.trait not in kinds or not catalogue.complete("traits", "trait_levels"):
            continue
        if kinds[row.trait] != "levels":
            hint = "name a trait of the kind 'levels'"
            yield problem(utility, "trait", "has no levels", row.trait, hint)
        elif f"{row.level:g}" not in levels.get(row.trait, set()):
            hint = "use one of: " + ", ".join(sorted(levels.get(row.trait, set())))
            text = f"is not a level of '{row.trait}'"
            yield problem(utility, "level", text, f"{row.level:g}", hint)


def _measure(catalogue: Catalogue, measure: Located[MeasureRow]) -> Iterator[Problem]:
    row = measure.row
    if row.kind == "qaly":
        for name in row.of.split():
            if name not in _PEOPLE:
                hint = nearest(name, _PEOPLE)
                yield problem(measure, "of", "is neither mother nor child", name, hint)
    elif row.kind == "counter":
        yield from _counter(catalogue, measure)
    else:
        table, what = _OF[row.kind]
        if not row.of and row.kind != "cost":
            text = f"is missing, but the kind '{row.kind}' needs it"
            yield problem(measure, "of", text, hint=f"name {what} of {table}.csv")
        yield from _names(catalogue, measure, "of", row.of, table, what)
    if row.kind == "break even":
        if not row.costs:
            text = "is missing, but the kind 'break even' needs it"
            yield problem(measure, "costs", text, hint="name what each of the events costs")
        yield from _names(catalogue, measure, "costs", row.costs, *_OF["cost"])
    elif row.costs:
        text = f"does not belong to the kind '{row.kind}'"
        yield problem(measure, "costs", text, row.costs, "leave it blank")


def _counter(catalogue: Catalogue, measure: Located[MeasureRow]) -> Iterator[Problem]:
    name, _, least = measure.row.of.partition(">=")
    if name != ACE_COUNT:
        hint = f"write {ACE_COUNT}, or {ACE_COUNT}>=4"
        yield problem(measure, "of", "is not a counter", name, hint)
    elif (">=" in measure.row.of) and not (least.isdecimal() and int(least) > 0):
        text = "does not say from how many on"
        yield problem(measure, "of", text, measure.row.of, "write a whole number from 1 on")
    aces = [state for state in catalogue.located(StateRow) if state.row.ace]
    if not aces and catalogue.complete("states"):
        text = "no state counts as an adverse experience"
        yield problem(measure, "of", text, hint="mark states with ace = true in states.csv")


def _names(
    catalogue: Catalogue,
    measure: Located[MeasureRow] | Located[CausalOutcomeRow],
    field: str,
    text: str,
    table: str,
    what: str,
) -> Iterator[Problem]:
    for name in text.split():
        plain = name.rstrip(",;")
        if plain != name:
            hint = "separate names by spaces"
            yield problem(measure, field, f"is not {what}", name, hint)
        else:
            yield from catalogue.unknown(measure, field, name, what, table)
