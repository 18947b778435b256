"""Deaths: final, complete in a lifetime, absent without mortality and certain with it."""

import numpy as np

from babs_sim.analysis.verification.changing import (
    all_at,
    endings,
    hastened,
    numbers_of_clocks,
    silenced,
)
from babs_sim.analysis.verification.checks import Check, Seen, check, each, joined, listed, same
from babs_sim.analysis.verification.replaying import MOST_FAULTS, history_of, retold
from babs_sim.analysis.verification.subject import NotApplicable, Subject, events_of
from babs_sim.analysis.wording import number
from babs_sim.parameters.rows import EventRow

PERSONS = ("mother", "child")
MANY = {"mother": "mothers", "child": "children"}
OLD = 110
"""Years to which a whole life is followed."""


@check("events", "Nobody leaves death, and the number of dead never falls")
def death_is_final(subject: Subject) -> Seen:
    """Each person dies at most once, nothing happens to the dead, and deaths only add up."""
    events = endings(subject.model)
    if not events:
        raise NotApplicable("no event ends a life")
    case = subject.case(scaled=_rates_of_deaths(subject, 20.0))

    def look(arm: str) -> Seen:
        history = history_of(subject, arm, _values(subject, _rates_of_deaths(subject, 20.0)))
        told = retold(subject.model, history)
        late = [fault for fault in told.faults if "does not live" in fault]
        account = case.accounts[arm]
        falls, most = 0, 0.0
        for person in PERSONS:
            mine = [account.events.index(e.name) for e in events if e.person == person]
            dead = np.cumsum(account.count[0, mine].sum(axis=0))
            falls += int((np.diff(dead) < 0.0).sum())
            most = max(most, float(dead[-1]))
        text = (
            f"with death rates 20 times as high {number(100 * most)} % of the mothers or children "
            f"die; events after death: {listed(late, MOST_FAULTS)}; falls: {falls}"
        )
        return Seen(text, not late and falls == 0 and 0.0 < most <= 1.0 + 1e-12)

    return each(subject.arms, look)


def _rates_of_deaths(subject: Subject, factor: float) -> dict[str, float]:
    found = numbers_of_clocks(subject.model, endings(subject.model))
    return all_at([row.key for _, row in found if row.quantity in ("rate", "start")], factor)


def _values(subject: Subject, scaled: dict[str, float]) -> dict[str, float]:
    return {name: subject.model.parameters[name].value * by for name, by in scaled.items()}


@check("events", "At the end of a lifetime nearly all are dead")
def lifetime(subject: Subject) -> Seen:
    """Followed to 110, with rates as published, at most 2 % of mothers and children are alive."""
    events = endings(subject.model)
    if not events:
        raise NotApplicable("no event ends a life")
    spared = _spared(subject, events)
    if spared > 0.005:
        raise NotApplicable(
            f"by the death rates of the tables themselves {number(100 * spared)} % live to {OLD}"
        )
    number_of = min(500, subject.experiment.cohort.families)
    case = subject.case(horizon=OLD, families=number_of)
    account = case.accounts[subject.comparator]

    def look(person: str) -> Seen:
        mine = [account.events.index(e.name) for e in events if e.person == person]
        alive = 1.0 - float(account.count[0, mine].sum())
        return Seen(f"{100 * alive:.2f} % alive", alive <= 0.02)

    return each(PERSONS, look)


def _spared(subject: Subject, events: tuple[EventRow, ...]) -> float:
    """Return the largest share that the death rates leave alive to 110."""
    model, worst = subject.model, 0.0
    for person in PERSONS:
        for sex in ("female", "male"):
            hazard = 0.0
            for event, row in numbers_of_clocks(model, events):
                if event.person != person or row.sex not in ("", sex) or row.quantity != "rate":
                    continue
                low = max(row.age_from or 0.0, 40.0 if person == "mother" else 0.0)
                high = min(OLD if row.age_to is None else row.age_to, OLD)
                hazard += model.parameters[row.key].value * max(high - low, 0.0)
            worst = max(worst, float(np.exp(-hazard)))
    return worst


@check("events", "Mortality 0: everybody is alive at the end")
def no_deaths(subject: Subject) -> Seen:
    """No death, and each person lives every year that is followed."""
    events = endings(subject.model)
    if not events:
        raise NotApplicable("no event ends a life")
    case = subject.case(silenced(subject.model, events))

    def look(arm: str) -> Seen:
        account = case.accounts[arm]
        deaths = sum(events_of(case, arm)[event.name] for event in events)
        alive = [r.name for r in subject.model.table("states") if r.role == "alive"]
        lived = account.years[0, [account.states.index(name) for name in alive], 1:]
        whole = same("years lived a year", lived, np.ones_like(lived), 1e-9)
        return Seen(f"{number(deaths)} deaths; {whole.text}", deaths == 0.0 and whole.passed)

    return each(subject.arms, look)


@check("events", "Mortality 1: everybody is dead at once")
def all_die(subject: Subject) -> Seen:
    """With every death rate of the tables at a million a year, all die, and nobody lives a day
    after the first birthday.
    """
    events = endings(subject.model)
    if not events:
        raise NotApplicable("no event ends a life")
    case = subject.case(hastened(subject.model, events))

    def look(arm: str) -> Seen:
        account = case.accounts[arm]
        parts = []
        for state in (r for r in subject.model.table("states") if r.role == "alive"):
            mine = [e.name for e in events if e.person == state.person]
            if not mine:
                continue
            dead = sum(events_of(case, arm)[name] for name in mine)
            lived = float(account.years[0, account.states.index(state.name), 2:].sum())
            text = (
                f"{number(100 * dead)} % of {MANY[state.person]} dead, {number(lived)} years after"
            )
            parts.append(Seen(text, abs(dead - 1.0) < 1e-9 and lived < 1.0 / 365.25))
        return joined(parts)

    return each(subject.arms, look)


CHECKS: tuple[Check, ...] = (death_is_final, lifetime, no_deaths, all_die)
