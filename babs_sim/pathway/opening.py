"""Open the service for a cohort: everybody starts at once, or all wait for a limited team."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from babs_sim.handover import Exposure, Families, Floats, Ints, ServiceLog
from babs_sim.parameters import Model, Values
from babs_sim.parameters.catalogue import CONTACT, REFERRAL, START_UP
from babs_sim.parameters.service import is_limited, roles_of
from babs_sim.pathway import referrals
from babs_sim.pathway.exposure import (
    exposure_of,
    nothing,
    oldest_start,
    referrals_each,
    run_service,
    starts_of,
)
from babs_sim.pathway.plans import Plan, draws, holds, oldest, plan_of
from babs_sim.pathway.queue import STARTED, Comers, Outcome, Rules, role_slots, serve_window
from babs_sim.pathway.team import Order, Post, Spells, posts_of
from babs_sim.population import Cohort, make_families

LONGEST = 3.0
"""Years after its window in which a family may still start."""
MONTHS = 12.0
_ABSENCES = ("absence", "vacancy")
_MOST_POSTS = 2**12

Serve: TypeAlias = Callable[[Families], Exposure]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is open (or closed) for a cohort: what each family gets, and the log.

    ``serve`` takes families of the cohort by their numbers.  ``log`` is None without a limited
    team.
    """

    serve: Serve
    log: ServiceLog | None = None


def open_service(
    model: Model, values: Values, cohort: Cohort, families: int, seed: int, first: int = 0
) -> Service:
    """Open the service of one arm for ``families`` families of a cohort, from ``first`` on.

    Each family is the next referral that is accepted.  With a limited team, windows of
    ``pathway.years`` follow each other, each served by a service of its own that has run for
    ``pathway.warm_up`` years.
    """
    if not is_limited(values):
        return Service(lambda people: run_service(model, values, people, seed))
    if not _team(model, values):
        # No places, so nobody is referred and nothing is paid.
        return Service(lambda people: nothing(model, len(people.traits)))
    arrivals = referrals.arrivals_of(model, values, first)
    times = referrals.times_of_cohort(arrivals, families, seed)
    return _Opened(model, values, cohort, seed, arrivals).run(times)


def window_ends(arrivals: referrals.Arrivals, times: Floats) -> Ints:
    """Return the number of the first family after each window, (windows,)."""
    windows = int(times[-1] // arrivals.years) + 1
    return np.searchsorted(times, arrivals.years * np.arange(1, windows + 1), "left")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the families (n,) of a cohort come, by the calendar of the service.

    ``yearly`` accepted referrals are expected a year; ``window`` (n,) is the service that a family
    comes to, each followed for ``years``, and ``referred`` (n,) the time since it began.
    """

    yearly: float
    years: float
    window: Ints
    referred: Floats

    def born(self, model: Model, values: Values, people: Families, seed: int) -> Floats:
        """Return when children are born (n,), in years since the window began."""
        ready = plan_of(model, values, people, seed).ready
        mine = slice(people.first, people.first + len(people.traits))
        triage = values.get("service.referral.triage", 0.0)
        return np.asarray(self.referred[mine] + triage - ready)


def calendar_of(model: Model, values: Values, families: int, seed: int) -> Calendar:
    """Return the calendar of whole windows that hold about ``families`` families.

    Two at least: the Monte Carlo error is told from differences between windows.
    """
    arrivals = referrals.arrivals_of(model, values)
    each = arrivals.yearly * arrivals.years
    windows = max(2, round(families / each))
    number = int(windows * each + 10.0 * math.sqrt(windows * each) + 10.0)
    times = referrals.times_of_cohort(arrivals, number, seed)
    times = times[times < windows * arrivals.years]
    window = np.floor(times / arrivals.years).astype(np.int64)
    return Calendar(arrivals.yearly, arrivals.years, window, times - window * arrivals.years)


@dataclass(frozen=True, slots=True)
class _Opened:
    model: Model
    values: Values
    cohort: Cohort
    seed: int
    arrivals: referrals.Arrivals

    def run(self, times: Floats) -> Service:
        """Serve all windows; ``times`` (n,) are those of the cohort, windows laid end to end."""
        found = []
        first = 0
        for window, end in enumerate(window_ends(self.arrivals, times)):
            mine = times[first:end] - window * self.arrivals.years
            whole = end < len(times)
            until = self.arrivals.years if whole else float(mine[-1])
            start = self.arrivals.first + first
            found.append(self._window(window, start, mine, until))
            first = int(end)
        wait = np.concatenate([one.wait for one in found])
        own = np.concatenate([one.own for one in found])
        log = self._log(found)
        return Service(lambda people: self._exposure(people, wait, own), log)

    def _window(self, window: int, first: int, times: Floats, until: float) -> "_Window":
        """Serve families that come at ``times``, others before, and after ``until``."""
        model, values, seed = self.model, self.values, self.seed
        early, earlier = referrals.before(self.arrivals, window, seed)
        late, later = referrals.after(self.arrivals, window, until, LONGEST, seed)
        parts = [
            make_families(self.cohort, seed, start, len(when))
            for start, when in ((early, earlier), (first, times), (late, later))
        ]
        plans = [plan_of(model, values, part, seed) for part in parts]
        referred = np.concatenate([earlier, times, later])
        cohort = slice(len(earlier), len(earlier) + len(times))
        root, own = _root(values, plans[0].names), _own(values, plans[0].names)
        rate = values.get("service.waiting.attrition", 0.0)

        def joined(part: Callable[[int], Any]) -> Any:
            return np.concatenate([part(i) for i in range(len(parts))])

        def patience(i: int) -> Floats:
            if rate <= 0.0:
                return np.full(len(parts[i].traits), math.inf)
            return -np.log(draws("service.waiting.patience", parts[i], seed)) / rate

        willing = joined(lambda i: plans[i].willing)
        triage = values.get("service.referral.triage", 0.0)
        comers = Comers(
            referred=referred,
            age=joined(lambda i: plans[i].ready),
            patience=joined(patience),
            stay=joined(lambda i: plans[i].stay[:, root]),
            willing=willing[:, root],
            completes=joined(lambda i: plans[i].completes[:, root]),
            own=willing[:, own],
            own_stay=joined(lambda i: plans[i].stay[:, own]),
            own_until=np.array([self._until(plans[0].names[x]) for x in own]),
        )
        posts = _team(model, values)
        rules = Rules(
            years=self.arrivals.years,
            warm_up=self.arrivals.warm_up,
            triage=triage,
            oldest_start=oldest_start(values),
            discharge_age=oldest(values, plans[0].names[root]),
            most=values.get("service.waiting.longest_list", math.inf),
        )
        out = serve_window(
            comers, cohort, rules, posts,
            [round(values[f"{plans[0].names[x]}.slots"]) for x in own],
            _order(values, parts, comers, triage),
            list(_absences(model, values, posts, window)), seed, LONGEST,
        )  # fmt: skip
        share = values.get("service.referral.accepted_share", 1.0)
        numbers = joined(lambda i: parts[i].first + np.arange(len(parts[i].traits)))
        gaps = np.diff(referred, prepend=-self.arrivals.warm_up)
        declined = referrals.declined(self.arrivals, share, gaps, numbers, seed)
        rows = slice(0, int(np.searchsorted(referred, self.arrivals.years)))
        family = np.full(len(referred), -1, np.int64)
        family[cohort] = first + np.arange(len(times))
        starts = np.where(out.outcome[cohort] == STARTED, out.wait[cohort], math.inf)
        contacts = self._contacts(comers, out, plans[0].names[root])
        return _Window(
            window, rows, family, comers, out, declined, contacts, starts, out.own_wait[cohort]
        )

    def _until(self, name: str) -> float:
        return 0.0 if self.values.setting(f"{name}.antenatal_only", False) else math.inf

    def _contacts(self, comers: Comers, out: Outcome, root: str) -> Floats:
        """Return contacts (n,): they come evenly over the time that a family is seen."""
        seen = np.nan_to_num(out.ended - out.resolved)
        return self.values.get(f"{root}.contacts", 0.0) * seen / self.values[f"{root}.length"]

    def _exposure(self, people: Families, wait: Floats, own: Floats) -> Exposure:
        model, values = self.model, self.values
        plan = plan_of(model, values, people, self.seed)
        begin = people.first - self.arrivals.first
        mine = slice(begin, begin + len(people.traits))
        starts = starts_of(
            model, values, plan, plan.ready + wait[mine], self._waits(plan, own[mine])
        )
        root = _root(values, plan.names)
        referred = plan.ready - values.get("service.referral.triage", 0.0)
        begins = starts[:, root]
        until = oldest(values, plan.names[root])
        started = np.isfinite(begins)
        left = np.maximum(until - np.where(started, begins, 0.0), 0.0)
        seen = np.where(started, np.minimum(plan.stay[:, root], left), 0.0)
        contacts = values.get(f"{plan.names[root]}.contacts", 0.0) * seen
        yearly, years = self.arrivals.yearly, self.arrivals.years
        counted: dict[str, tuple[Floats, float | Floats]] = {
            REFERRAL: (referred, referrals_each(values)),
            START_UP: (referred, 1.0 / (yearly * years)),
            CONTACT: (begins + seen / 2.0, contacts / values[f"{plan.names[root]}.length"]),
        }
        for role, paid in zip(roles_of(model), staff_paid(model, values), strict=True):
            counted[role] = (referred, float(paid) / yearly)
        return exposure_of(model, values, plan, starts, counted)

    def _waits(self, plan: Plan, own: Floats) -> dict[str, Floats]:
        return {plan.names[x]: own[:, k] for k, x in enumerate(_own(self.values, plan.names))}

    def _log(self, found: Sequence["_Window"]) -> ServiceLog:
        def joined(part: Callable[["_Window"], Any]) -> Any:
            return np.concatenate([part(one)[one.rows] for one in found])

        roles = roles_of(self.model)
        return ServiceLog(
            windows=len(found),
            years=self.arrivals.years,
            yearly=self.arrivals.yearly,
            window=np.concatenate([np.full(one.rows.stop, one.window) for one in found]),
            family=joined(lambda one: one.family),
            referred=joined(lambda one: one.comers.referred),
            ready=joined(
                lambda one: one.comers.referred + self.values.get("service.referral.triage", 0.0)
            ),
            age=joined(lambda one: one.comers.age),
            resolved=joined(lambda one: one.out.resolved),
            ended=joined(lambda one: one.out.ended),
            outcome=joined(lambda one: one.out.outcome),
            ending=joined(lambda one: one.out.ending),
            role=joined(lambda one: one.out.role),
            contacts=joined(lambda one: one.contacts),
            declined=joined(lambda one: one.declined),
            roles=roles,
            slots=role_slots(_team(self.model, self.values), len(roles)),
            team=staff_paid(self.model, self.values),
            areas=np.array([one.out.areas for one in found]),
        )


@dataclass(frozen=True, slots=True)
class _Window:
    window: int
    rows: slice
    family: Ints
    comers: Comers
    out: Outcome
    declined: Ints
    contacts: Floats
    wait: Floats
    own: Floats


def staff_paid(model: Model, values: Values) -> Floats:
    """Return the staff of each role (roles,) that is paid, in whole-time equivalents."""
    size = values["service.pathway.team_size"]
    return np.array([size * values[f"{role}.wte"] for role in roles_of(model)])


def _team(model: Model, values: Values) -> list[Post]:
    size = values["service.pathway.team_size"]
    return [
        post
        for r, role in enumerate(roles_of(model))
        for post in posts_of(r, size * values[f"{role}.wte"], values[f"{role}.slots"])
    ]


def _absences(
    model: Model, values: Values, posts: Sequence[Post], window: int
) -> "list[tuple[int, Post, Spells]]":
    found = []
    roles = roles_of(model)
    for number, post in enumerate(posts):
        role = roles[post.role]
        for kind in _ABSENCES:
            share = values.get(f"{role}.{kind}_share", 0.0)
            length = values.get(f"{role}.{kind}_length", 0.0)
            if 0.0 < share < 1.0 and length > 0.0:
                spells = Spells(f"{role}.{kind}", share, length)
                found.append((window * _MOST_POSTS + number, post, spells))
    return found


def _root(values: Values, names: Sequence[str]) -> int:
    """Return the exposure for which families take a place of the team."""
    return next(x for x, name in enumerate(names) if not values.setting(f"{name}.after", ""))


def _own(values: Values, names: Sequence[str]) -> list[int]:
    """Return the exposures that have places of their own."""
    return [x for x, name in enumerate(names) if f"{name}.slots" in values]


def _order(values: Values, parts: Sequence[Families], comers: Comers, triage: float) -> Order:
    """Return who is first: by the list ``waiting.priority``, the earlier in it the stronger.

    An exposure: families who could have it now; ``age``: the younger, by month; a trait: the more.
    """
    born = comers.referred + triage - comers.age
    keys: list[Callable[[int, float], float]] = []
    for name in values.setting("service.waiting.priority", ()):
        exposure = f"service.{name}"
        if name == "age":
            keys.append(lambda i, now: math.floor((now - born[i]) * MONTHS))
        elif f"{exposure}.start_share" in values:
            condition = str(values.setting(f"{exposure}.only_if", ""))
            meets = np.concatenate([holds(condition, part) for part in parts])
            unborn = values.setting(f"{exposure}.antenatal_only", False)
            keys.append(_could(meets, born if unborn else None))
        else:
            trait = np.concatenate([part.column(str(name)) for part in parts])
            keys.append(_more(trait))

    def order(family: int, now: float) -> tuple[float, ...]:
        return tuple(key(family, now) for key in keys)

    return order


def _could(meets: Floats, born: Floats | None) -> Callable[[int, float], float]:
    return lambda i, now: 0.0 if meets[i] and (born is None or now < born[i]) else 1.0


def _more(trait: Floats) -> Callable[[int, float], float]:
    return lambda i, now: -float(trait[i])
