"""A traced life as tables: what happened in which arm, stays in states, what accrued by when."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babs_sim import __version__
from babs_sim.analysis.flows import PERSONS, activity_times
from babs_sim.analysis.wording import MINUS, number, percent, pounds

if TYPE_CHECKING:
    from pandas import DataFrame

    from babs_sim.analysis.tracing import Trace, TracedArm

ENTRY, BIRTH, SERVICE = "entry", "birth", "service"
_DAYS, _WEEKS, _MONTHS = 365.25, 365.25 / 7, 12.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happens, at an age of the child, in some of the arms (their indices)."""

    age: float
    person: str
    kind: str
    name: str
    label: str
    arms: tuple[int, ...]


def moments(trace: "Trace") -> list[Moment]:
    """Return everything that happens in any arm, in order; the same in two arms is one moment."""
    found: dict[tuple[float, int, int, str], list[int]] = {}
    told: dict[tuple[float, int, int, str], tuple[str, str, str, str]] = {}
    for a, arm in enumerate(trace.arms):
        seen: dict[tuple[float, str], int] = {}
        for age, rank, person, kind, name, label in _of_arm(trace, arm):
            times = seen[age, name] = seen.get((age, name), 0) + 1
            key = (age, rank, times, name)
            found.setdefault(key, []).append(a)
            told[key] = (person, kind, name, label)
    return [Moment(key[0], *told[key], tuple(arms)) for key, arms in sorted(found.items())]


def _of_arm(trace: "Trace", arm: "TracedArm") -> list[tuple[float, int, str, str, str, str]]:
    rules, life, labels = arm.one.rules, arm.one.life, trace.labels
    person = {state.name: state.person for state in rules.states}
    rows: list[tuple[float, int, str, str, str, str]] = []
    born = max(trace.entry, 0.0)
    alive = set(rules.alive.values())
    for who, age in (("mother", trace.entry), ("child", born)):
        at_start = [
            labels[state]
            for time, state in life.onsets
            if time == age and person[state] == who and state not in alive and _starts(arm, state)
        ]
        if at_start:
            words = "At the start: " + "; ".join(at_start)
            rows.append((age, -1, who, ENTRY, f"{ENTRY} {who}", words))
    if trace.entry < 0.0:
        rows.append((0.0, -2, "child", BIRTH, BIRTH, "Birth"))
    for activity in arm.one.exposure.activities:
        for age in activity_times(arm.one, activity):
            rows.append((age, -1, "family", SERVICE, activity, labels.get(activity, activity)))
    places = {event.name: event for event in rules.events}
    for age, name in life.events:
        event = places[name]
        rows.append((age, event.place, event.person, "event", name, labels[name]))
    return rows


def _starts(arm: "TracedArm", state: str) -> bool:
    rule = next(rule for rule in arm.one.rules.states if rule.name == state)
    return bool(rule.starts_if) and arm.one.life.traits[rule.starts_if] > 0.0


def tables(trace: "Trace") -> "dict[str, DataFrame]":
    """Return the tables of a trace's folder: events, spells, accrual and traits."""
    return {
        "events": events_frame(trace),
        "spells": spells_frame(trace),
        "accrual": accrual_frame(trace),
        "traits": traits_frame(trace),
    }


def events_frame(trace: "Trace") -> "DataFrame":
    """Return ``arm, age, person, kind, event, label, in_all_arms``, in order of age."""
    from pandas import DataFrame

    columns = ("arm", "age", "person", "kind", "event", "label", "in_all_arms")
    rows = [
        (trace.arms[a].name, m.age, m.person, m.kind, m.name, m.label,
         len(m.arms) == len(trace.arms))
        for m in moments(trace)
        for a in m.arms
    ]  # fmt: skip
    return DataFrame(rows, columns=list(columns))


def spells_frame(trace: "Trace") -> "DataFrame":
    """Return ``arm, person, state, label, age_from, age_to, priced, utility``; 1 for no utility.

    ``priced`` says whether a unit cost applies to the state; lives themselves are left out.
    """
    from pandas import DataFrame

    priced = {row.applies_to for row in trace.model.table("unit_costs")}
    rows = []
    for arm in trace.arms:
        rules = arm.one.rules
        person = {state.name: state.person for state in rules.states}
        for spell in sorted(arm.one.life.spells, key=lambda s: (s.begins, s.state)):
            if spell.state in rules.alive.values() or spell.begins == spell.ends:
                continue
            rows.append(
                (arm.name, person[spell.state], spell.state, trace.labels[spell.state],
                 spell.begins, spell.ends, spell.state in priced,
                 rules.utilities.get(spell.state, 1.0))
            )  # fmt: skip
    columns = ["arm", "person", "state", "label", "age_from", "age_to", "priced", "utility"]
    return DataFrame(rows, columns=columns)


def lives_frame(trace: "Trace") -> "DataFrame":
    """Return ``arm, person, age_from, age_to``: from when to when each person lives."""
    from pandas import DataFrame

    rows = [
        (arm.name, person, spell.begins, spell.ends)
        for arm in trace.arms
        for person, alive in arm.one.rules.alive.items()
        for spell in arm.one.life.spells
        if spell.state == alive
    ]
    return DataFrame(rows, columns=["arm", "person", "age_from", "age_to"])


def accrual_frame(trace: "Trace") -> "DataFrame":
    """Return what has accrued by each age at which something happens, and by each whole year.

    Columns ``arm, age, what`` (cost or qaly), ``of`` (payer of the perspective, or person),
    ``discounted``, from entry on.  The age just before something happens has a row too, so that a
    line between the rows jumps where a lump is paid.
    """
    from pandas import DataFrame

    ages = {trace.entry, trace.horizon, *(float(y) for y in range(int(trace.horizon) + 1))}
    happens = {moment.age for moment in moments(trace) if moment.age > trace.entry}
    ages |= happens | {math.nextafter(age, -math.inf) for age in happens}
    rows: list[tuple[str, float, str, str, float]] = []
    for arm in trace.arms:
        for age in sorted(ages):
            for payer in trace.payers:
                rows.append((arm.name, age, "cost", payer, trace.cost(arm, age, payer)))
            for person in PERSONS:
                rows.append((arm.name, age, "qaly", person, trace.qalys(arm, age, person)))
    return DataFrame(rows, columns=["arm", "age", "what", "of", "discounted"])


def traits_frame(trace: "Trace") -> "DataFrame":
    """Return ``trait, label, value, level``: the family as it enters."""
    from pandas import DataFrame

    labels = {row.name: row.label for row in trace.model.table("traits")}
    levels = {
        (row.trait, row.level): row.label or row.level for row in trace.model.table("trait_levels")
    }
    traits = trace.arms[0].one.life.traits
    rows = [
        (name, labels[name], value, levels.get((name, f"{value:g}"), ""))
        for name, value in sorted(traits.items())
    ]
    return DataFrame(rows, columns=["trait", "label", "value", "level"])


def age_words(age: float) -> str:
    """Return an age of the child in words.

    >>> age_words(-0.3), age_words(0.02), age_words(1.26), age_words(18.0)
    ('16 wk before', '7 d', '1 y 3 m', '18 y')
    """
    if age == 0.0:
        return "birth"
    if age < 0.0:
        return f"{round(-age * _WEEKS)} wk before"
    if age * _MONTHS < 1.0:
        return f"{int(age * _DAYS + 1e-9)} d"
    years, months = divmod(int(age * _MONTHS + 1e-9), 12)
    return " ".join(part for part, has in ((f"{years} y", years), (f"{months} m", months)) if has)


COST, QALYS = "Cost", "QALYs of mother and child"
TOTALS = (COST, QALYS)


def sums(trace: "Trace") -> list[tuple[str, list[str]]]:
    """Return lines of (label, one cell an arm, one change for each other arm).

    Discounted pounds by payer, QALYs by person, and years in states that have a cost or utility.
    """
    arms, labels = trace.arms, trace.labels
    lines: list[tuple[str, list[str]]] = []

    def add(label: str, values: list[float], words: Callable[[float], str]) -> None:
        changes = [words(value - values[0]) for value in values[1:]]
        lines.append((label, [*map(words, values), *changes]))

    for payer in trace.payers:
        label = f"Cost: {labels[payer].split(':')[0]}"
        add(label, [trace.cost(arm, payer=payer) for arm in arms], pounds)
    add(COST, [trace.cost(arm) for arm in arms], pounds)
    for person in PERSONS:
        if person in arms[0].one.rules.alive:
            values = [trace.qalys(arm, person=person) for arm in arms]
            add(f"QALYs of the {person}", values, _thousandths)
    add(QALYS, [trace.qalys(arm) for arm in arms], _thousandths)
    spells = spells_frame(trace)
    years = (spells["age_to"] - spells["age_from"]).groupby([spells["state"], spells["arm"]]).sum()
    worth = spells[spells["priced"] | (spells["utility"] != 1.0)]
    for state in dict.fromkeys(worth["state"]):
        values = [float(years.get((state, arm.name), 0.0)) for arm in arms]
        add(f"Years: {labels[state]}", values, lambda x: number(round(x, 2)))
    return lines


@dataclass(frozen=True, slots=True)
class Words:
    """What is said about a trace, in the terminal and on its picture."""

    title: str
    subtitle: str
    difference: str
    caution: str
    caption: str


def words(trace: "Trace") -> Words:
    """Return what is said about a trace."""
    cohort, arms = trace.experiment.cohort, trace.arms
    picked = f", picked: {trace.chosen}" if trace.chosen else ""
    steps = [
        f"{what} {percent(found[0][1])}{' falling' if len(found) > 1 else ''}"
        for what, found in (("costs", trace.costs), ("health", trace.health))
    ]
    terms = trace.terms
    place = str(trace.model.values().settings.get("place.label", cohort.place))
    subtitle = (
        f"One simulated family ({cohort.population}{f', {place}' if place else ''})"
        f"{picked}; followed until the child is {number(trace.horizon)}. Costs to: "
        f"{terms.perspective.label}, prices of {terms.price_year}, discounted a year: "
        f"{', '.join(steps)}."
    )
    caution = (
        "This is one simulated life, not a real family, and no forecast for any family: nothing "
        "about the service follows from it."
    )
    caption = (
        "Filled marks: events in every arm; open diamonds: in that arm only; on a line as long as "
        f"the person lives. Dotted: the service begins; dashed: birth. {caution} "
        f"{trace.experiment.name}, seed {cohort.seed}, family {trace.family}, babs_sim "
        f"{__version__}."
    )
    names = " and ".join(arm.name for arm in arms)
    title = f"Family {trace.family}: {names}" if len(arms) > 1 else f"Family {trace.family}"
    return Words(title, subtitle, _difference(trace), caution, caption)


def _difference(trace: "Trace") -> str:
    base, *others = trace.arms
    if not others:
        return "There is one arm only, so nothing is compared."
    if not trace.differs:
        return "The arms do not differ for this family: every event, cost and QALY is the same."
    parts = []
    for arm in others:
        cost = trace.cost(arm) - trace.cost(base)
        more = "more" if cost >= 0 else "less"
        gained = trace.qalys(arm) - trace.qalys(base)
        parts.append(
            f"With {arm.name} this family costs {pounds(abs(cost))} {more} than with {base.name} "
            f"(discounted, no interval: one life) and has {_thousandths(abs(gained))} QALYs "
            f"{'more' if gained >= 0 else 'fewer'}."
        )
    return " ".join(parts)


def _thousandths(value: float) -> str:
    """Return a number to three places; what rounds to nothing has no sign.

    >>> _thousandths(-0.0004), _thousandths(-0.0123)
    ('0.000', '−0.012')
    """
    return f"{round(value, 3) + 0.0:.3f}".replace("-", MINUS)
