"""Events and the numbers of their clocks."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from babs_sim.errors import Problem
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import EventRow, RateRow, TraitRow, span
from babs_sim.tables import Located
from babs_sim.units import PROBABILITY, RATE, UNITS, YEARS

LAWS: dict[str, tuple[str, ...]] = {
    "exponential": ("rate",),
    "weibull": ("shape", "scale"),
    "gompertz": ("start", "growth"),
    "lognormal": ("median", "sigma"),
    "table": ("rate", "probability"),
}
"""Law of the time since an event was enabled to the quantities that it takes."""

_UNITS: dict[str, tuple[str, ...]] = {
    "rate": (RATE,),
    "probability": (PROBABILITY,),
    "age": (YEARS,),
    "shape": ("ratio",),
    "scale": (YEARS,),
    "median": (YEARS,),
    "sigma": ("ratio", "sd"),
    "start": (RATE,),
    "growth": (RATE,),
}
_POSITIVE = ("shape", "scale", "median", "sigma", "start")
_INFINITY = float("inf")

Rates = Sequence[Located[RateRow]]


def clock_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield numbers that belong to no event, and events whose clock lacks a number."""
    rates: dict[str, list[Located[RateRow]]] = {}
    sexed = any(found.row.role == "sex" for found in catalogue.located(TraitRow))
    for rate in catalogue.located(RateRow):
        yield from catalogue.unknown(rate, "event", rate.row.event, "an event", "events")
        rates.setdefault(rate.row.event, []).append(rate)
        yield from _one(rate)
        if rate.row.sex and not sexed and catalogue.complete("traits"):
            hint = "give a trait of the child the role 'sex' in traits.csv"
            yield problem(rate, "sex", "no trait says which sex the child has", rate.row.sex, hint)
    half_read = {cells.get("event", "") for cells in catalogue.broken["rates"]}
    for event in catalogue.located(EventRow):
        row = event.row
        mine = rates.get(row.name, [])
        if row.clock == "since" and not row.law:
            hint = "use one of: " + ", ".join(sorted(LAWS))
            yield problem(event, "law", "is missing, but the clock 'since' needs it", hint=hint)
            continue
        if row.clock != "since" and row.law:
            text = f"does not belong to the clock '{row.clock}'"
            yield problem(event, "law", text, row.law, "leave it blank, or use the clock 'since'")
            continue
        if row.clock == "since" and row.average_of:
            text = "does not belong to the clock 'since': only rates by age are averages"
            yield problem(event, "average_of", text, row.average_of, "leave it blank")
        if "rates" in catalogue.unread or row.name in half_read:
            continue
        check = {"age": _age, "since": _since, "at": _at}[row.clock]
        yield from check(event, mine)
        if row.person == "mother":
            for rate in mine:
                if rate.row.sex == "male":
                    hint = "leave the sex blank, or write female"
                    yield problem(rate, "sex", "belongs to no mother", "male", hint)


def _one(rate: Located[RateRow]) -> Iterator[Problem]:
    row = rate.row
    if row.unit in UNITS:
        fitting = _UNITS[row.quantity]
        if UNITS[row.unit].base not in fitting:
            text = f"does not fit the quantity '{row.quantity}'"
            hint = f"use a unit of {' or '.join(fitting)}"
            yield problem(rate, "unit", text, row.unit, hint)
            return
    if row.quantity == "rate" and row.value < 0.0:
        yield problem(rate, "value", "a rate is not below 0", f"{row.value:g}")
    if row.quantity in _POSITIVE and row.value <= 0.0:
        yield problem(rate, "value", f"the {row.quantity} is above 0", f"{row.value:g}")
    if row.age_from is not None and row.age_to is not None and row.age_from >= row.age_to:
        text = f"lies not below age_to, {row.age_to:g}"
        yield problem(rate, "age_from", text, f"{row.age_from:g}", "swap or correct the two")


def _wrong_quantities(
    event: Located[EventRow], mine: Rates, wanted: Sequence[str]
) -> Iterator[Problem]:
    what = f"the law '{event.row.law}'" if event.row.law else f"the clock '{event.row.clock}'"
    for rate in mine:
        if rate.row.quantity not in wanted:
            text = f"does not belong to {what} of '{event.row.name}'"
            hint = "use one of: " + ", ".join(wanted)
            yield problem(rate, "quantity", text, rate.row.quantity, hint)


def _nothing(event: Located[EventRow], what: str) -> Problem:
    name = event.row.name
    hint = f"add rows for '{name}' to a file in rates/"
    return problem(event, "name", f"has no {what}", name, hint)


def _age(event: Located[EventRow], mine: Rates) -> Iterator[Problem]:
    if not mine:
        yield _nothing(event, "rates, but the clock 'age' needs them")
        return
    yield from _wrong_quantities(event, mine, ("rate", "probability"))
    for sex in ("female", "male"):
        yield from _bands([rate for rate in mine if rate.row.sex in ("", sex)], sex)
    for rate in mine:
        yield from _certain(rate)


def _certain(rate: Located[RateRow]) -> Iterator[Problem]:
    """Yield why a probability in a band is no rate: no limits, or certainty."""
    row = rate.row
    if row.quantity != "probability":
        return
    for field, limit in (("age_from", row.age_from), ("age_to", row.age_to)):
        if limit is None:
            text = "is missing, but a probability holds for a band of ages"
            yield problem(rate, field, text, hint="give both limits, or a rate")
    if row.unit in UNITS and row.value * UNITS[row.unit].factor == 1.0:
        text = "is certain, so there is no rate that gives it"
        yield problem(rate, "value", text, f"{row.value:g}", "use the clock 'at'")


def _bands(rates: Rates, sex: str) -> Iterator[Problem]:
    """Yield bands of one sex that overlap; those of both sexes are reported once, as female."""
    limits = sorted(
        (
            -_INFINITY if rate.row.age_from is None else rate.row.age_from,
            _INFINITY if rate.row.age_to is None else rate.row.age_to,
            rate.file,
            rate.line,
            rate,
        )
        for rate in rates
        if rate.row.quantity in ("rate", "probability")
    )
    for (low, high, _, _, before), (start, end, _, _, rate) in pairwise(limits):
        if start >= high or (sex == "male" and not (rate.row.sex or before.row.sex)):
            continue
        text = f"the band overlaps {span(low, high)} ({before.file}:{before.line})"
        hint = "end each band where the next begins"
        yield problem(rate, "age_from", text, span(start, end), hint)


def _since(event: Located[EventRow], mine: Rates) -> Iterator[Problem]:
    row = event.row
    wanted = LAWS[row.law]
    if not mine:
        yield _nothing(event, f"numbers, but the law '{row.law}' needs {' and '.join(wanted)}")
        return
    yield from _wrong_quantities(event, mine, wanted)
    for rate in mine:
        if rate.row.sex:
            text = "does not belong to the clock 'since'"
            yield problem(rate, "sex", text, rate.row.sex, "leave it blank")
    if row.law == "table":
        for rate in mine:
            yield from _certain(rate)
            if rate.row.age_from is None or rate.row.age_from < 0.0:
                text = "of a table is the time since enabled, from 0 on"
                yield problem(rate, "age_from", text, hint="give both limits of the band")
        yield from _bands(mine, "female")
        return
    given = {rate.row.quantity for rate in mine}
    for quantity in wanted if given <= set(wanted) else ():
        if quantity not in given:
            yield _nothing(event, f"{quantity}, but the law '{row.law}' needs it")
    for rate in mine:
        if rate.row.age_from is not None or rate.row.age_to is not None:
            text = f"does not belong to the law '{row.law}'"
            hint = "leave age_from and age_to blank, or use the law 'table'"
            yield problem(rate, "age_from", text, hint=hint)


def _at(event: Located[EventRow], mine: Rates) -> Iterator[Problem]:
    if not mine:
        yield _nothing(event, "age, but the clock 'at' needs it")
        return
    yield from _wrong_quantities(event, mine, ("age", "probability"))
    ages = [rate for rate in mine if rate.row.quantity == "age"]
    chances = [rate for rate in mine if rate.row.quantity == "probability"]
    if ages and chances:
        text = "has a fixed age, so the probability stands beside it for nothing"
        hint = "give the probability with its age in age_from, and no row of 'age'"
        yield problem(chances[0], "quantity", text, "probability", hint)
    for rate in ages[1:]:
        yield problem(rate, "quantity", f"'{event.row.name}' has an age already", "age")
    for rate in chances:
        if rate.row.age_from is None:
            text = "is missing, but it is the age at which the chance is taken"
            yield problem(rate, "age_from", text, hint="give the age in years")
        if rate.row.age_to is not None:
            text = "does not belong to the clock 'at'"
            yield problem(rate, "age_to", text, f"{rate.row.age_to:g}", "leave it blank")
    moments = {rate.row.age_from for rate in chances}
    if len(moments) > 1:
        text = f"'{event.row.name}' happens at one age, but several are given"
        yield problem(chances[-1], "age_from", text, hint="use one age, or one event for each")
    for sex in ("female", "male"):
        same = [rate for rate in chances if rate.row.sex in ("", sex)]
        if len(same) > 1 and len(moments) == 1 and any(rate.row.sex for rate in same):
            text = f"there are two chances for the {sex} sex"
            yield problem(same[-1], "sex", text, hint="remove one of the two")
