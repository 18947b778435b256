"""Where a number lands: which events, states, costs and measures it acts on."""

from collections.abc import Iterable, Iterator

from babs_sim.parameters.model import Model
from babs_sim.parameters.rows import (
    AversionRow,
    CorrelationRow,
    DiscountRow,
    EffectRow,
    EquityRow,
    EventRow,
    NormRow,
    PriceIndexRow,
    ProfileRow,
    QalyValueRow,
    RateRow,
    Row,
    SelectionRow,
    TraitLevelRow,
    TraitUtilityRow,
    UnitCostRow,
    UtilityRow,
)

MOST = 6
"""Names that a sentence lists before it only counts the rest."""

_EQUITY = {
    "health": "health of people in band '{row.band}' of '{row.subgroup}' before the service",
    "people": "share of people in band '{row.band}' of '{row.subgroup}', for equity",
    "given up": "share of health given up that band '{row.band}' of '{row.subgroup}' loses, "
    "shares '{row.scheme}'",
    "births per family": "spreads gains of the cohort '{row.scheme}' over births, for equity",
}


def row_of(model: Model, name: str) -> Row | None:
    """Return the row of a table that holds the parameter ``name``; None for a TOML key."""
    for located in (found for rows in model.rows.values() for found in rows):
        if located.row.key == name:
            return located.row
    return None


def uses(model: Model, name: str) -> tuple[str, ...]:
    """Return sentences on where the parameter ``name`` lands, the nearest use first."""
    row = row_of(model, name)
    lines = _of_key(model, name) if row is None else _of_row(model, row)
    return tuple(dict.fromkeys([*lines, *_named_by(model, name)]))


def _of_row(model: Model, row: Row) -> Iterator[str]:
    match row:
        case RateRow():
            yield from _of_rate(model, row)
        case EffectRow():
            yield from _of_effect(model, row)
        case UnitCostRow():
            yield from _of_cost(model, row)
        case TraitLevelRow():
            yield from _of_trait(model, row.trait)
        case CorrelationRow():
            yield f"{row.a} and {row.b} are drawn together, in every population"
        case SelectionRow():
            yield f"the population '{row.population}' is selected to show this of {row.trait}"
        case UtilityRow():
            yield f"multiplies the utility of a person in the state {row.state}"
            yield from _measures(model, {"qaly"}, {row.state.split(".")[0]}, blank=True)
        case TraitUtilityRow():
            yield f"multiplies the utility of people where {row.trait} is {row.level:g}"
            yield from _measures(model, {"qaly"}, set(), blank=True, every=True)
        case NormRow():
            yield f"utility of a {row.sex} aged {row.age}, before the states' ratios"
            yield from _measures(model, {"qaly"}, set(), blank=True, every=True)
        case ProfileRow():
            rows = [r for r in model.table("effects") if r.profile == row.profile]
            yield f"says how the effects with the profile '{row.profile}' last: " + _list(
                sorted({f"{r.driver} on {r.event}" for r in rows})
            )
        case PriceIndexRow():
            costs = [r.name for r in model.table("unit_costs") if r.index == row.index]
            yield f"brings costs to another price year: {_list(costs)}"
        case DiscountRow():
            yield f"discounts {row.applies_to} from year {row.from_year}, scheme '{row.scheme}'"
        case QalyValueRow():
            yield f'values a QALY in the net monetary benefit where qaly_value = "{row.name}"'
        case EquityRow():
            yield _EQUITY[row.what].format(row=row)
        case AversionRow():
            yield f"aversion to inequality ({row.label}) in equity_summary.csv, index {row.index}"
        case _:
            return


def _of_rate(model: Model, row: RateRow) -> Iterator[str]:
    event = next(r for r in model.table("events") if r.name == row.event)
    yield f"the event {event.name}: {event.label} ({_clock(event)})"
    if event.requires:
        yield f"which needs: {event.requires}"
    if event.sets or event.clears:
        parts = [f"{verb} {names}" for verb, names in
                 (("sets", event.sets), ("clears", event.clears)) if names]  # fmt: skip
        yield "which " + " and ".join(parts)
    drivers = sorted({r.driver for r in model.table("effects") if r.event == event.name})
    if drivers:
        yield f"its hazard is multiplied by effects of {_list(drivers)}"
    yield from _reach(model, event.name, event.sets.split())


def _clock(event: EventRow) -> str:
    if event.clock == "since":
        return f"time since it became possible, {event.law}"
    if event.clock == "at":
        return "at a fixed age"
    if event.average_of:
        return "rate by age, centred so that the population shows it"
    return "rate by age, for a person whose drivers are all at reference"


def _of_effect(model: Model, row: EffectRow) -> Iterator[str]:
    event = next(r for r in model.table("events") if r.name == row.event)
    level = "" if row.level is None else f"{row.level:g}"
    words = {
        "per unit": f"once for each unit of {row.driver}",
        "level": f"where {row.driver} is {level}",
        "while": f"while {row.driver} is on",
        "ever": f"once {row.driver} has been on",
        "profile": f"after {row.driver}, lasting as the profile '{row.profile}' says",
    }
    yield f"multiplies the hazard of {event.name} ({event.label}) {words[row.form]}"
    if row.effect_set:
        chosen = model.values().setting("service.effect_set", "")
        active = "the set in use" if row.effect_set == chosen else f"not in use; '{chosen}' is"
        yield f"only in the effect set '{row.effect_set}' ({active})"
    if row.causal_share:
        carrier = f"; {row.carrier} carries the rest" if row.carrier else ""
        yield f"acts to the power of its causal share, {row.causal_share}{carrier}"
    yield from _reach(model, event.name, event.sets.split())


def _of_cost(model: Model, row: UnitCostRow) -> Iterator[str]:
    yield f"paid {row.basis} for {row.applies_to}, {row.kind}, {100 * row.cashable:g} % cashable"
    shares = [part.split() for part in row.payers.split(";")]
    yield "paid by " + ", ".join(
        part[0] if len(part) == 1 else f"{part[0]} {100 * float(part[1]):g} %" for part in shares
    )
    payers = {part[0] for part in shares}
    seen = {r.perspective for r in model.table("perspectives")
            if r.payer in payers and (r.transfers or not row.transfer)}  # fmt: skip
    yield f"counts in the perspectives {_list(sorted(seen), len(seen))}"
    yield f"comes to another price year by the index '{row.index}'"
    yield f"ledger.csv, item {row.name}"
    measures = [
        r.name
        for r in model.table("measures")
        if (r.kind == "cost" and (not r.of or row.name in r.of.split()))
        or row.name in r.costs.split()
    ]
    yield f"the measures {_list(measures)}"


def _of_trait(model: Model, trait: str) -> Iterator[str]:
    row = next(r for r in model.table("traits") if r.name == trait)
    yield f"the trait {trait}: {row.label}"
    events = sorted({r.event for r in model.table("effects") if trait in (r.driver, r.carrier)})
    if events:
        yield f"which acts on {_list(events)}"
    states = [r.name for r in model.table("states") if r.starts_if == trait]
    if states:
        yield f"with which these states begin: {_list(states)}"
    populations = sorted({r.population for r in model.table("selection") if r.trait == trait})
    if populations:
        yield f"on which the population {_list(populations)} is selected"


def _of_key(model: Model, name: str) -> Iterator[str]:
    """Yield the uses of a number that stands in a TOML file."""
    parts = name.split(".")
    if name.startswith("service.team."):
        role = ".".join(parts[:3])
        label = model.values().setting(f"{role}.label", "")
        yield f"the role {role} of a limited team" + (f": {label}" if label else "")
        costs = [r.name for r in model.table("unit_costs") if r.applies_to == role]
        if costs:
            yield f"which costs {_list(costs)}"
    elif parts[0] == "service" and parts[1] in ("pathway", "referral", "waiting"):
        yield "how families come to the service, wait and start (service.capacity = true)"
    elif parts[0] == "service" and len(parts) > 2:
        exposure = ".".join(parts[:2])
        label = model.values().setting(f"{exposure}.label", "")
        yield f"the exposure {exposure}" + (f": {label}" if label else "")
        events = sorted({r.event for r in model.table("effects") if r.driver == exposure})
        if events:
            yield f"which acts on {_list(events)}"
        costs = [r.name for r in model.table("unit_costs") if r.applies_to == exposure]
        if costs:
            yield f"which costs {_list(costs)}"
    elif parts[:2] == ["model", "groups"]:
        names = [p.name for p in model.parameters.values() if p.group.removeprefix("-") == parts[2]]
        yield f"these are drawn together: {_list(names)}"
    elif name == "model.family.entry":
        yield "the child's age at which every family enters, follow-up and discounting begin"
    elif name == "place.infant_care_entries":
        yield "the most care entries of infants that can be prevented in the place in a year"
    elif name == "place.births":
        yield "births of the place in a year: turns figures per family into figures for the place"


def _named_by(model: Model, name: str) -> Iterator[str]:
    """Yield the effects that take ``name`` as their causal share."""
    rows = [r for r in model.table("effects") if r.causal_share == name]
    if rows:
        yield "the causal share of the effects of " + _list(
            sorted({f"{r.driver} on {r.event}" for r in rows})
        )


def _reach(model: Model, event: str, states: Iterable[str]) -> Iterator[str]:
    """Yield what an event and the states it sets drive, cost and are measured by."""
    states = set(states)
    drivers = {event, f"count({event})", *states}
    events = sorted({r.event for r in model.table("effects") if r.driver in drivers})
    if events:
        yield f"that in turn acts on {_list(events)}"
    costs = [r.name for r in model.table("unit_costs") if r.applies_to in {event, *states}]
    if costs:
        yield f"that costs {_list(costs)}"
    yield from _measures(model, {"count", "time", "first", "break even"}, {event, *states})


def _measures(
    model: Model, kinds: set[str], names: set[str], *, blank: bool = False, every: bool = False
) -> Iterator[str]:
    found = [
        row.name
        for row in model.table("measures")
        if row.kind in kinds and (every or names & set(row.of.split()) or (blank and not row.of))
    ]
    if found:
        yield f"the measures {_list(found)}"


def _list(names: Iterable[str], most: int = MOST) -> str:
    """Return names as a list in words.

    >>> _list(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    known = list(names)
    if len(known) <= most:
        return ", ".join(known) or "nothing"
    return f"{', '.join(known[:most])} and {len(known) - most} more"
