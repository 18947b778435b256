"""Events and the flow of families: does everybody live as the tables say, and is nobody lost?"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.measures import Measure
from babs_sim.analysis.verification.changing import (
    all_at,
    endings,
    hastened,
    numbers_of_clocks,
    service_effects,
    silenced,
)
from babs_sim.analysis.verification.checks import (
    ERRORS,
    Check,
    Seen,
    check,
    differing,
    each,
    joined,
    listed,
    same,
)
from babs_sim.analysis.verification.replaying import (
    MOST_FAULTS,
    at_risk,
    history_of,
    retold,
)
from babs_sim.analysis.verification.subject import (
    NotApplicable,
    Subject,
    changes,
    events_of,
    figures,
    quantities,
)
from babs_sim.analysis.wording import number
from babs_sim.experiment import Arm
from babs_sim.handover import Floats, Ledger
from babs_sim.parameters.rows import EventRow

PERSONS = ("mother", "child")
MANY = {"mother": "mothers", "child": "children"}
OLD = 110
"""Years to which a whole life is followed."""
MOST_WATCHED = 5


@check("events", "People alive and dead sum to the cohort at every time")
def cohort_sums(subject: Subject) -> Seen:
    """In each year of each arm the years lived are those of all who entered, less the time after
    each death, exactly.
    """

    def look(arm: str) -> Seen:
        ledger = _ledger(subject, arm)
        gaps = [same(MANY[person], lived, wanted)
                for person, lived, wanted in _lived(subject, ledger)]  # fmt: skip
        if not gaps:
            raise NotApplicable("no state says who is alive")
        return joined(gaps)

    return each(subject.arms, look)


def _ledger(subject: Subject, arm: str) -> Ledger:
    return subject.base.run.ledgers[subject.base.run.arms.index(arm)]


def _lived(subject: Subject, ledger: Ledger) -> Iterator[tuple[str, Floats, Floats]]:
    """Yield person, years lived by year of follow-up, and those that deaths leave."""
    years = np.arange(ledger.count.shape[2])
    length = np.where(years == 0, max(-ledger.entry, 0.0), 1.0)
    families = ledger.families.sum()
    for state in subject.model.table("states"):
        if state.role != "alive":
            continue
        events = [ledger.events.index(e.name) for e in endings(subject.model)
                  if e.person == state.person]  # fmt: skip
        deaths = ledger.count[:, events].sum(axis=(0, 1))
        alive = families - np.concatenate([[0.0], np.cumsum(deaths[:-1, 0])])
        wanted = alive * length - (length * deaths[:, 0] - deaths[:, 1])
        lived = ledger.years[:, ledger.states.index(state.name), :, 0].sum(axis=0)
        first = 0 if state.person == "mother" else 1
        yield state.person, lived[first:], wanted[first:]


@check("events", "Shares lie between 0 and 1")
def shares(subject: Subject) -> Seen:
    """No event happens less than 0 times, no state comes on for the first time in more people than
    there are, and nobody spends more than a year a year in a state.
    """

    def look(arm: str) -> Seen:
        one = subject.base.accounts[arm]
        most_first = float(one.first[0].sum(axis=1).max(initial=0.0))
        most_years = float(one.years[0, :, 1:].max(initial=0.0))
        least = min(float(x[0].min(initial=0.0)) for x in (one.count, one.years, one.first))
        text = (
            f"largest share ever in a state {number(most_first)}, most years in a state in a year "
            f"{number(most_years)}, least figure {number(least)}"
        )
        return Seen(text, least >= -1e-12 and max(most_first, most_years) <= 1.0 + 1e-12)

    return each(subject.arms, look)


@check("events", "Lives follow the tables, and the ledger adds up")
def lives_follow(subject: Subject) -> Seen:
    """The events of the first families, told again one after the other by events.csv alone: each
    had what it requires; counts and years in each state are those of the ledger.
    """

    def look(arm: str) -> Seen:
        told = retold(subject.model, history_of(subject, arm))
        account = subject.few.accounts[arm]
        families = account.families.sum()
        counts = np.array([len(told.times[name]) for name in account.events]) / families
        stays = np.array([told.years(name) for name in account.states]) / families
        faults = Seen(f"{told.events:,} events, faults: {listed(told.faults, MOST_FAULTS)}",
                      not told.faults and told.events > 0)  # fmt: skip
        return joined([
            faults,
            same("counts", counts, account.count[0].sum(axis=1)),
            same("years in states", stays, account.years[0].sum(axis=1), 1e-7),
        ])  # fmt: skip

    return each(subject.arms, look)


@check("events", "Event times are not before entry, in order, and before the horizon")
def times_in_order(subject: Subject) -> Seen:
    """Every event of the first families in every arm."""

    def look(arm: str) -> Seen:
        history = history_of(subject, arm)
        families, time = history.log.family, history.log.time
        if not len(time):
            raise NotApplicable("nothing happens in these tables")
        back = sum(
            int((np.diff([time[k] for k in rows]) < 0.0).sum())
            for rows in (list(r) for _, r in groupby(range(len(time)), lambda k: families[k]))
        )
        inside = time.min() >= history.entry and time.max() < history.horizon
        text = (
            f"{len(time):,} events from {time.min():.3f} to {time.max():.3f} years; "
            f"out of order: {back}"
        )
        return Seen(text, bool(inside) and back == 0)

    return each(subject.arms, look)


@check("events", "All hazards 0: nothing happens")
def no_hazard(subject: Subject) -> Seen:
    """No event in any arm."""
    case = subject.case(silenced(subject.model, subject.model.table("events")))

    def look(arm: str) -> Seen:
        before, after = (sum(events_of(one, arm).values()) for one in (subject.base, case))
        text = f"{number(before)} events per family become {number(after)}"
        return Seen(text, after == 0.0 and before > 0.0)

    return each(subject.arms, look)


@check("events", "A very high hazard: the event happens to all, at once")
def high_hazard(subject: Subject) -> Seen:
    """Each of the commonest events that end their own possibility, in turn, at a million a year
    wherever the tables have a rate: nobody stays at risk for more than an hour in all.
    """
    model = subject.model
    counts = events_of(subject.base, subject.comparator)
    rows = [row for row in model.table("events") if row.clock == "age" and _stops_itself(row)]
    rows = sorted(rows, key=lambda row: -counts[row.name])[:MOST_WATCHED]
    if not rows:
        raise NotApplicable("no event with a rate by age ends its own possibility")

    def look(name: str) -> Seen:
        event = next(row for row in rows if row.name == name)
        history = history_of(subject, subject.comparator, hastened(model, [event]))
        exposed = list(at_risk(model, history, event))
        longest = max((end - start for _, start, end in exposed), default=0.0)
        index = history.names.events.index(name)
        happened = int((history.log.event == index).sum())
        text = f"{happened} events, longest time at risk {number(longest)} years"
        return Seen(text, happened > 0 and longest < 1.0 / (365.25 * 24))

    return each([row.name for row in rows], look)


def _stops_itself(row: EventRow) -> bool:
    """Return whether an event makes itself impossible."""
    words = row.requires.split()
    sets, clears = row.sets.split(), row.clears.split()
    return (
        row.ends
        or any(w.startswith("!") and w[1:] in sets for w in words)
        or any(not w.startswith("!") and w in clears and w not in sets for w in words)
    )


@check("events", "Equal arms give equal flows")
def equal_arms(subject: Subject) -> Seen:
    """An arm that sets what the comparator sets differs from it by nothing, in every figure."""
    own = subject.experiment.comparator
    twin = Arm(name=f"{own.name}, again", set=own.set)
    case = subject.case(arms=(own, twin))
    base, other = (quantities(case, arm) for arm in (own.name, twin.name))
    moved = [n for n, v in changes(case, twin.name).items() if v == v and v != 0.0
             and not _needs_no_change(n, case.measures)]  # fmt: skip
    lives = same("all quantities by year", base, other, 0.0)
    text = f"{lives.text}; figures that are not 0: {listed(moved)}"
    return Seen(text, lives.passed and not moved)


def _needs_no_change(name: str, measures: Sequence[Measure]) -> bool:
    """Return whether a figure says how much must change, whatever has changed."""
    return any(one.kind == "break even" and one.name == name for one in measures)


@check("events", "Effects of the service at a ratio of 1: no increment")
def no_effect(subject: Subject) -> Seen:
    """Arms differ in nothing but what the service itself costs, to the last digit."""
    keys = [row.key for row in service_effects(subject.model)]
    if not keys:
        raise NotApplicable("the service has no effect in use")
    others = subject.others
    case = subject.case(all_at(keys, 1.0))

    def look(arm: str) -> Seen:
        moved = changes(case, arm)
        natural = [m.name for m in case.measures if m.natural and m.kind != "qaly"]
        health = [m.name for m in case.measures if m.kind == "qaly"]
        other = [n for n in (*natural, *health) if moved[n] != 0.0]
        service = moved["service_cost"]
        text = f"the service costs {number(service)}; other figures that are not 0: {listed(other)}"
        if _differs_otherwise(subject, arm):
            raise NotApplicable(f"{arm} differs from the comparator in more than the service")
        rest = {n: v for n, v in _pounds_apart(case, arm).items() if v != 0.0}
        extra = f"; costs that are not the service's: {listed(rest)}"
        return Seen(text + extra, not other and not rest)

    return each(others, look)


def _pounds_apart(case: BaseCase, arm: str) -> dict[str, float]:
    """Return pounds of an arm less the comparator's by unit cost, without the service's."""
    one, base = case.accounts[arm], case.accounts[case.comparator]
    gaps = one.pounds[0].sum(axis=1) - base.pounds[0].sum(axis=1)
    return {
        item.name: float(gap)
        for item, gap in zip(one.items, gaps, strict=True) if item.quantity != "activity"
    }  # fmt: skip


def _differs_otherwise(subject: Subject, arm: str) -> bool:
    own, base = (
        next(one.set for one in subject.experiment.arms if one.name == name)
        for name in (arm, subject.comparator)
    )
    names = {name for name in {*own, *base} if own.get(name) != base.get(name)}
    return any(not name.startswith("service.") for name in names)


@check("events", "Half the rate gives half the early events")
def half_the_rate(subject: Subject) -> Seen:
    """Of the commonest event with a rate by age, made rare so that it comes at most once or so,
    half as high a rate leaves half of the events, within five standard errors.
    """
    model = subject.model
    counts = events_of(subject.base, subject.comparator)
    rows = [row for row in model.table("events") if row.clock == "age" and not row.ends]
    event = max(rows, key=lambda row: counts[row.name], default=None)
    if event is None or counts[event.name] == 0.0:
        raise NotApplicable("no event with a rate by age happens")
    keys = [r.key for _, r in numbers_of_clocks(model, [event]) if r.quantity == "rate"]
    rare = min(1.0, 0.1 / counts[event.name])
    families = subject.experiment.cohort.families
    whole, half = (
        families * events_of(subject.case(scaled=all_at(keys, by)), subject.comparator)[event.name]
        for by in (rare, rare / 2)
    )
    share, error = half / max(whole, 1.0), 0.5 / np.sqrt(max(whole, 1.0))
    text = f"{event.name}: {whole:.0f} events become {half:.0f}, a share of {number(share)}"
    return Seen(text, whole > 0 and abs(share - 0.5) <= ERRORS * error and half < whole)


@check("events", "A closed service reaches nobody")
def closed_service(subject: Subject) -> Seen:
    """With the service closed in every arm nobody starts, it costs nothing, and arms that differ in
    the service alone are the same.
    """
    others = subject.others
    arms = [
        arm.model_copy(update={"set": {**arm.set, "service.open": False}})
        for arm in subject.experiment.arms
    ]
    case = subject.case(arms=arms)

    def look(arm: str) -> Seen:
        ledger = case.run.ledgers[case.run.arms.index(arm)]
        starts, cost = float(ledger.activity.sum()), figures(case, arm)["service_cost"]
        text = f"{number(starts)} starts, {number(cost)} pounds"
        return Seen(text, starts == 0.0 and cost == 0.0)

    parts = [each(subject.arms, look)]
    for arm in others:
        if not _differs_otherwise(subject, arm):
            pair = (figures(case, arm), figures(case, case.comparator))
            parts.append(Seen(f"{arm}: other figures {listed(differing(*pair))}",
                              not differing(*pair)))  # fmt: skip
    return joined(parts)


CHECKS: tuple[Check, ...] = (
    cohort_sums, shares, lives_follow, times_in_order, no_hazard, high_hazard, equal_arms,
    no_effect, half_the_rate, closed_service,
)  # fmt: skip
