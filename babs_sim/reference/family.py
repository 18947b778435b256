"""The life of one family in SimPy: processes for the mother, the child and every clock.

`live` starts them and returns what they wrote into the `Life`.  A clock sleeps until its bell
rings; whenever something that concerns it changes, it is woken by an interrupt, works out how much
of its threshold is spent, and sets a new bell or waits.
"""

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any, TypeAlias

import numpy as np
import simpy

from babs_sim.handover import Exposure, Families
from babs_sim.randomness import uniforms
from babs_sim.reference.effects import StateEffect
from babs_sim.reference.hazards import Bands, Hazard
from babs_sim.reference.rules import CHILD, MOTHER, EventRule, Rules

BIRTH_PLACE = 0
Waiting: TypeAlias = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Spell:
    """A stay in a state, ages of the child in years."""

    state: str
    begins: float
    ends: float


@dataclass
class Life:
    """What happened to one family, times as ages of the child in years.

    ``events`` are (time, event) in the order in which they happened, ``onsets`` (time, state) the
    first time that each state came on, ``spells`` all stays, cut at the end of follow-up.
    """

    family: int
    traits: Mapping[str, float]
    starts: Mapping[str, float]
    events: list[tuple[float, str]] = field(default_factory=list)
    onsets: list[tuple[float, str]] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)


def live(
    rules: Rules,
    seed: int,
    family: int,
    traits: Mapping[str, float],
    starts: Mapping[str, float],
    doses: Mapping[str, float],
) -> Life:
    """Let one family live from entry to the horizon.

    ``traits`` by name; ``starts`` and ``doses`` of the service by exposure, inf and 0 for none.
    """
    home = Family(rules, seed, Life(family, traits, starts), doses)
    home.calendar.process(person(home, MOTHER, comes=rules.entry))
    home.calendar.process(person(home, CHILD, comes=max(rules.entry, 0.0)))
    for event in rules.events:
        kind = {"age": age_clock, "since": since_clock, "at": at_clock}[event.clock]
        home.clocks[event.name] = home.calendar.process(kind(home, event))
    home.calendar.run(until=home.bell(rules.horizon, -1))
    home.close()
    return home.life


def live_families(rules: Rules, seed: int, families: Families, exposure: Exposure) -> list[Life]:
    """Let families live one after the other, each with what it got from the service."""
    lives = []
    for i, row in enumerate(families.traits):
        traits = dict(zip(families.names, map(float, row), strict=True))
        starts = dict(zip(exposure.names, map(float, exposure.start[i]), strict=True))
        doses = dict(zip(exposure.names, map(float, exposure.dose[i]), strict=True))
        lives.append(live(rules, seed, families.first + i, traits, starts, doses))
    return lives


def person(home: "Family", who: str, comes: float) -> Waiting:
    """The mother comes at entry, the child at its birth (at entry, where that is later)."""
    if comes > home.now:
        yield home.bell(comes, BIRTH_PLACE)
    home.begin(who)


def age_clock(home: "Family", event: EventRule) -> Waiting:
    """A rate by age: one threshold for each time that it fires, spent while the event is possible.

    What is left of the threshold is kept while the event is not possible.
    """
    hazard = home.hazard(event)
    born = home.born(event.person)
    for episode in count():
        left = math.nan
        while True:
            if not home.possible(event):
                yield from home.asleep()
                continue
            if math.isnan(left):
                left = home.threshold(event, episode)
            fired, left = yield from home.spend(event, hazard, born, left)
            if fired:
                break
        home.happen(event)


def since_clock(home: "Family", event: EventRule) -> Waiting:
    """A law of the time since the event became possible: a fresh threshold each time it does."""
    hazard = home.hazard(event)
    for episode in count():
        while not home.possible(event):
            yield from home.asleep()
        enabled = home.now
        left = home.threshold(event, episode)
        fired = False
        while home.possible(event) and not fired:
            fired, left = yield from home.spend(event, hazard, enabled, left)
        if fired:
            home.happen(event)


def at_clock(home: "Family", event: EventRule) -> Waiting:
    """One age, one chance: taken if the event is possible at that moment, and never again."""
    due = event.at_age + home.born(event.person)
    while True:
        try:
            if home.possible(event) and due >= home.now:
                yield home.bell(due, event.place)
                break
            yield home.calendar.event()
        except simpy.Interrupt:
            continue
    mass = event.mass[home.sex_of(event)]
    speed = home.speed(event) * home.lasting(event, home.now)[0]
    if mass > 0.0 and speed > 0.0 and home.threshold(event, 0) <= mass * speed:
        home.happen(event)


class Bell(simpy.Event):
    """Rings at an exact age of the child; bells of the same moment ring in the order of places."""

    def __init__(self, calendar: simpy.Environment, time: float, place: int) -> None:
        super().__init__(calendar)
        self._ok, self._value = True, None
        after_news: Any = simpy.events.NORMAL + place
        delay: Any = Fraction(time) - Fraction(calendar.now)
        calendar.schedule(self, after_news, delay)


class Family:
    """One family while it lives: its states and counters, its calendar, and its book of events.

    The calendar keeps time in fractions: these are exact, so that two bells set at different
    moments for the same age ring at the same moment.
    """

    def __init__(self, rules: Rules, seed: int, life: Life, doses: Mapping[str, float]) -> None:
        self.rules, self.seed, self.life, self.doses = rules, seed, life, doses
        entry: Any = Fraction(rules.entry)
        self.calendar = simpy.Environment(initial_time=entry)
        self.clocks: dict[str, simpy.Process] = {}
        self.person = {state.name: state.person for state in rules.states}
        self.aces = {state.name for state in rules.states if state.ace}
        self.on: dict[str, float] = {}
        self.ever: set[str] = set()
        self.counters: dict[str, int] = {}
        self.fixed = {
            event.name: math.prod(effect.ratio(life.traits) for effect in event.fixed)
            for event in rules.events
        }

    @property
    def now(self) -> float:
        """Age of the child."""
        return float(self.calendar.now)

    # What a clock asks.

    def possible(self, event: EventRule) -> bool:
        """Return whether every state that an event requires is on or off as it wants."""
        return all((state in self.on) == wanted for state, wanted in event.requires)

    def threshold(self, event: EventRule, episode: int) -> float:
        """Return an exponential threshold: minus the logarithm of the addressed uniform."""
        family = np.array([self.life.family])
        return -math.log(uniforms(self.seed, family, event.name, episode)[0])

    def born(self, person: str) -> float:
        """Return when a person's age is 0, as an age of the child."""
        if person == MOTHER and self.rules.mother_age:
            return -self.life.traits[self.rules.mother_age]
        return 0.0

    def sex_of(self, event: EventRule) -> str:
        """Return the sex by which an event has its rates, "" for one for both."""
        if "" in event.mass:
            return ""
        male = self.rules.sex and self.life.traits[self.rules.sex] == 1.0
        return "male" if male else "female"

    def hazard(self, event: EventRule) -> Hazard:
        """Return the hazard of an event, with the ratios of traits that hold in a window of age."""
        hazard = event.hazard[self.sex_of(event)]
        for window in event.windows:
            assert isinstance(hazard, Bands)
            ratio = window.effect.ratio(self.life.traits)
            hazard = hazard.times(window.low, window.high, ratio)
        return hazard

    def speed(self, event: EventRule) -> float:
        """Return the product of the ratios of traits, states and counters."""
        speed = self.fixed[event.name]
        for effect in event.moving:
            if isinstance(effect, StateEffect):
                acts = effect.driver in (self.ever if effect.ever else self.on)
                speed *= effect.full_ratio if acts else 1.0
            else:
                speed *= effect.ratio(self.counters.get(effect.driver, 0))
        return speed

    def lasting(self, event: EventRule, time: float) -> tuple[float, float]:
        """Return the product of the ratios of exposures at a time, and when it next changes."""
        ratio, until = 1.0, math.inf
        for effect in event.lasting:
            name = effect.driver
            if math.isfinite(start := self.life.starts[name]):
                one, later = effect.at(time, start, self.doses[name])
                ratio, until = ratio * one, min(until, later)
        return ratio, until

    def spend(
        self, event: EventRule, hazard: Hazard, origin: float, left: float
    ) -> Generator[simpy.Event, Any, tuple[bool, float]]:
        """Wait until the threshold is spent or something changes: (whether it fired, what is left).

        ``origin`` is where the hazard's own time begins.
        """
        began, speed = self.now, self.speed(event)
        due = self.due(event, hazard, origin, left, speed)
        try:
            yield self.bell(due, event.place) if due < math.inf else self.calendar.event()
            return True, 0.0
        except simpy.Interrupt:
            spent = self.spent(event, hazard, origin, speed, began, self.now)
            return False, max(left - spent, 0.0)

    def spent(
        self, event: EventRule, hazard: Hazard, origin: float, speed: float, began: float,
        until: float,
    ) -> float:  # fmt: skip
        """Return the integral of hazard x speed x ratio of exposures from ``began`` on."""
        total, time = 0.0, began
        while time < until:
            ratio, later = self.lasting(event, time)
            end = min(later, until)
            total += speed * ratio * (hazard.by(end - origin) - hazard.by(time - origin))
            time = end
        return total

    def due(
        self, event: EventRule, hazard: Hazard, origin: float, left: float, speed: float
    ) -> float:
        """Return when the integral reaches ``left``; inf where the end of follow-up comes first."""
        time = self.now
        while time < self.rules.horizon:
            ratio, later = self.lasting(event, time)
            end = min(later, self.rules.horizon)
            pace, built = speed * ratio, hazard.by(time - origin)
            if pace > 0.0:
                fired = origin + hazard.reached(built + left / pace)
                if fired < end:
                    return max(fired, time)
                left = max(left - pace * (hazard.by(end - origin) - built), 0.0)
            time = end
        return math.inf

    def bell(self, time: float, place: int) -> Bell:
        """Return a bell that rings at a time, in its place among those of the same moment."""
        return Bell(self.calendar, time, place)

    def asleep(self) -> Waiting:
        """Wait until something changes."""
        try:
            yield self.calendar.event()
        except simpy.Interrupt:
            return

    # What an event does.

    def begin(self, person: str) -> None:
        """Bring a person into the family, with the states that the traits ask for."""
        for state in self.rules.states:
            asked = state.starts_if and self.life.traits[state.starts_if] > 0.0
            if state.person == person and (asked or state.name == self.rules.alive.get(person)):
                self.turn_on(state.name)

    def happen(self, event: EventRule) -> None:
        """Let an event happen: count it, turn its states off and on, end a life."""
        self.life.events.append((self.now, event.name))
        self.count(f"count({event.name})")
        for state in event.clears:
            self.turn_off(state)
        if event.ends:
            for state in [s for s in self.on if self.person[s] == event.person]:
                self.turn_off(state)
        for state in event.sets:
            if self.lives(self.person[state]):
                self.turn_on(state)

    def lives(self, person: str) -> bool:
        """Return whether a person lives; one without such a state always does."""
        return person not in self.rules.alive or self.rules.alive[person] in self.on

    def turn_on(self, state: str) -> None:
        """Turn a state on, unless it is."""
        if state in self.on:
            return
        self.on[state] = self.now
        if state not in self.ever:
            self.ever.add(state)
            self.life.onsets.append((self.now, state))
            if state in self.aces:
                self.count("child.ace_count")
        self.tell(state)

    def turn_off(self, state: str) -> None:
        """Turn a state off, if it is on, and write down the stay."""
        if state in self.on:
            self.life.spells.append(Spell(state, self.on.pop(state), self.now))
            self.tell(state)

    def count(self, counter: str) -> None:
        """Raise a counter by one."""
        self.counters[counter] = self.counters.get(counter, 0) + 1
        self.tell(counter)

    def tell(self, driver: str) -> None:
        """Wake every clock that a state or counter concerns."""
        for name in self.rules.listeners.get(driver, ()):
            clock = self.clocks.get(name)
            if clock and clock.is_alive and clock is not self.calendar.active_process:
                clock.interrupt()

    def close(self) -> None:
        """Cut the stays that last at the end of follow-up."""
        self.life.spells += [Spell(s, since, self.rules.horizon) for s, since in self.on.items()]
        self.on.clear()
