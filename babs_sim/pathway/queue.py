"""One window of a service with a limited team: families wait, start, are seen and leave.

A SimPy process for each family, and one for each kind of absence of each post.  Time is in years
from the beginning of the window; a warm-up lies before it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from babs_sim.handover import ENDINGS, OUTCOMES, Floats, Ints
from babs_sim.pathway.plans import Flags
from babs_sim.pathway.team import Area, Order, Places, Post, Spells, come_and_go

WAITING, STARTED, REFUSED, LEFT, TOO_OLD, TURNED_AWAY = range(len(OUTCOMES))
_, COMPLETED, DROPPED_OUT, BY_AGE = range(len(ENDINGS))


@dataclass(frozen=True, slots=True)
class Comers:
    """Families (n,) that come to one window, in order of time.

    ``referred`` (year of the window) and ``age`` (of the child, when the family could start);
    ``triage`` years lie between the two.  ``patience`` is how long it waits, ``stay`` how long
    the work lasts, ``willing`` and ``completes`` as in `plans.Plan`.  ``own`` (n, K), ``own_stay``
    (n, K) and ``own_until`` (K,) belong to the K exposures with places of their own: whether a
    family wants one, for how long, and the child's age at which it is too late.
    """

    referred: Floats
    age: Floats
    patience: Floats
    stay: Floats
    willing: Flags
    completes: Flags
    own: Flags
    own_stay: Floats
    own_until: Floats


@dataclass(frozen=True, slots=True)
class Rules:
    """The service's rules: times in years, ``most`` families on the list, ages of the child."""

    years: float
    warm_up: float
    triage: float
    oldest_start: float
    discharge_age: float
    most: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the families (n,) of a window: as in `handover.ServiceLog`.

    ``wait`` (n,) are years on the list; ``own_wait`` (n, K) those for an exposure with places of
    its own, inf where it got none.
    """

    wait: Floats
    resolved: Floats
    ended: Floats
    outcome: Ints
    ending: Ints
    role: Ints
    own_wait: Floats
    areas: tuple[float, float]


def serve_window(
    comers: Comers,
    cohort: slice,
    rules: Rules,
    posts: Sequence[Post],
    own_slots: Sequence[int],
    order: Order,
    absences: Sequence[tuple[int, Post, Spells]],
    seed: int,
    longest: float,
) -> Outcome:
    """Run one window until all families of ``cohort`` have started or left.

    ``posts`` are the team's, ``own_slots`` the places of the exposures that have their own;
    ``absences`` are what sends posts away, with the number of each.  Whoever still waits
    ``longest`` years after the window is left waiting.
    """
    import simpy

    env: Any = simpy.Environment(initial_time=-rules.warm_up)
    listed, busy = Area(rules.years), Area(rules.years)
    team = Places(env, list(posts), order, lambda i: bool(comers.willing[i]), listed, busy)
    own = [
        Places(env, [Post(-1, slots, slots)] if slots else [], order, lambda _: True,
               Area(rules.years), Area(rules.years))
        for slots in own_slots
    ]  # fmt: skip
    n = len(comers.referred)
    found = Outcome(
        np.zeros(n), np.full(n, math.nan), np.full(n, math.nan), np.zeros(n, np.int64),
        np.zeros(n, np.int64), np.full(n, -1, np.int64), np.full((n, len(own)), math.inf),
        (0.0, 0.0),
    )  # fmt: skip
    unresolved = cohort.stop - cohort.start
    closing = env.event()

    def resolve(i: int, outcome: int) -> None:
        nonlocal unresolved
        found.outcome[i], found.resolved[i] = outcome, env.now
        if cohort.start <= i < cohort.stop:
            unresolved -= 1
            if unresolved == 0 and not closing.triggered:
                closing.succeed()

    def family(i: int) -> Iterator[Any]:
        yield env.timeout(rules.triage)
        if comers.age[i] > rules.oldest_start:
            return resolve(i, TOO_OLD)
        if len(team.waiting) >= rules.most and team.full():
            return resolve(i, TURNED_AWAY)
        asked = env.now
        place = team.ask(i)
        if not place.triggered:
            still = rules.oldest_start - comers.age[i]
            limit = min(comers.patience[i], still)
            if math.isfinite(limit):
                yield place | env.timeout(limit)
            else:
                yield place
            found.wait[i] = env.now - asked
            if not place.triggered:
                team.leave(i)
                return resolve(i, LEFT if comers.patience[i] <= still else TOO_OLD)
        post = place.value
        if post is None:
            return resolve(i, REFUSED)
        resolve(i, STARTED)
        found.role[i] = post.role
        age = comers.age[i] + found.wait[i]
        for k, places in enumerate(own):
            if comers.own[i, k]:
                env.process(wait_for_own(i, k, places, age))
        until = rules.discharge_age - age
        stay = max(min(comers.stay[i], until), 0.0)
        if comers.stay[i] > until:
            found.ending[i] = BY_AGE
        else:
            found.ending[i] = COMPLETED if comers.completes[i] else DROPPED_OUT
        found.ended[i] = env.now + stay
        yield env.timeout(stay)
        team.release(post)
        return None

    def wait_for_own(i: int, k: int, places: Places, age: float) -> Iterator[Any]:
        left = comers.own_until[k] - age
        if left <= 0.0:
            return
        asked = env.now
        place = places.ask(i)
        if not place.triggered:
            yield (place | env.timeout(left)) if math.isfinite(left) else place
            if not place.triggered or env.now - asked >= left:
                if place.triggered:
                    places.release(place.value)
                else:
                    places.leave(i)
                return
        found.own_wait[i, k] = env.now - asked
        yield env.timeout(comers.own_stay[i, k])
        places.release(place.value)

    def come() -> Iterator[Any]:
        for i, when in enumerate(comers.referred):
            yield env.timeout(max(when - env.now, 0.0))
            env.process(family(i))

    env.process(come())
    for number, post, spells in absences:
        env.process(come_and_go(env, team, post, spells, seed, number))
    if unresolved:
        env.run(until=closing | env.timeout(rules.warm_up + rules.years + longest))
    if env.now < rules.years:
        env.run(until=rules.years)
    listed.until(rules.years)
    busy.until(rules.years)
    return Outcome(
        found.wait, found.resolved, found.ended, found.outcome, found.ending, found.role,
        found.own_wait, (listed.total, busy.total),
    )  # fmt: skip


def role_slots(posts: Sequence[Post], roles: int) -> Floats:
    """Return the places of each role (roles,)."""
    slots = np.zeros(roles)
    for post in posts:
        slots[post.role] += post.slots
    return slots
