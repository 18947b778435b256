"""Lives told again from the log of their events, by what the tables say and by nothing else.

The engine says which event happened to whom and when.  Here each family's states are followed by
the rows of events.csv and states.csv alone: what an event requires must hold, and what it sets and
clears gives every spell in every state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from babs_sim.analysis.verification.subject import Subject
from babs_sim.handover import Exposure, Families
from babs_sim.lifecourse.machine import Names
from babs_sim.parameters import Model
from babs_sim.parameters.rows import EventRow, StateRow
from babs_sim.pathway import open_service
from babs_sim.population import make_families
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import EventLog, Tally, live_families
from babs_sim.simulate.running import prepare_arm

MOST_FAULTS = 3
_EVENTS_OF_A_FAMILY = 200


@dataclass(frozen=True, slots=True)
class History:
    """Every event of some families in one arm, as the engine tells it."""

    names: Names
    families: Families
    exposure: Exposure
    log: EventLog
    entry: float
    horizon: float


@dataclass(frozen=True, slots=True)
class Spell:
    """A stay of family ``family`` in a state, ages of the child."""

    family: int
    state: str
    begins: float
    ends: float


@dataclass(slots=True)
class Retold:
    """Lives as the tables tell them: spells, events by name, and what cannot have happened."""

    spells: list[Spell] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    events: int = 0

    def years(self, state: str) -> float:
        """Return the years of all families in a state."""
        return sum(s.ends - s.begins for s in self.spells if s.state == state)


def history_of(
    subject: Subject, arm: str, numbers: Mapping[str, float] | None = None, families: int = 0
) -> History:
    """Return the events of the first families in an arm, with changed numbers if any."""
    from babs_sim.analysis.verification.changing import changed

    model = changed(subject.model, numbers or {})
    own = next(one.set for one in subject.experiment.arms if one.name == arm)
    sets = {name: value for name, value in own.items() if name not in (numbers or {})}
    ready = prepare_arm(model, arm, sets, subject.horizon, subject.factors)
    number, seed = families or subject.number_of_few, subject.experiment.cohort.seed
    people = make_families(subject.cohort, seed, 0, number)
    exposure = open_service(model, ready.values, subject.cohort, number, seed).serve(people)
    room = _EVENTS_OF_A_FAMILY * number
    while True:
        tally = Tally.empty(ready.compiled, len(exposure.activities))
        log = live_families(ready.compiled, people, exposure, seed_key(seed), tally, log=room)
        if len(log.time) < room:
            break
        room *= 2
    machine = ready.compiled.machine
    return History(ready.compiled.names, people, exposure, log, machine.entry, machine.horizon)


def retold(model: Model, history: History) -> Retold:
    """Return the lives of a history as the tables tell them."""
    events = {row.name: row for row in model.table("events")}
    states = {row.name: row for row in model.table("states")}
    found = Retold(times={name: [] for name in events})
    log, first = history.log, history.families.first
    limits = np.searchsorted(log.family - first, np.arange(len(history.families.traits) + 1))
    for i in range(len(history.families.traits)):
        rows = slice(limits[i], limits[i + 1])
        traits = dict(zip(history.families.names, history.families.traits[i], strict=True))
        happened = [
            (float(t), events[history.names.events[e]])
            for t, e in zip(log.time[rows], log.event[rows], strict=True)
        ]
        _Family(i, traits, states, history, found).live(happened)
    found.events = len(log.time)
    return found


class _Family:
    """One family: which states are on, and since when."""

    def __init__(
        self, number: int, traits: Mapping[str, float], states: Mapping[str, StateRow],
        history: History, found: Retold,
    ) -> None:  # fmt: skip
        self.number, self.traits, self.states = number, traits, states
        self.history, self.found = history, found
        self.on: dict[str, float] = {}
        self.there: set[str] = set()
        self.alive = {row.person: row.name for row in states.values() if row.role == "alive"}

    def live(self, happened: list[tuple[float, EventRow]]) -> None:
        entry, horizon = self.history.entry, self.history.horizon
        birth = max(entry, 0.0)
        self._comes("mother", entry)
        before = entry
        for time, event in happened:
            if "child" not in self.there and time >= birth:
                self._comes("child", birth)
            if time < before:
                self._fault(f"{event.name} at {time:.6g} comes after {before:.6g}")
            if not entry <= time < horizon:
                self._fault(f"{event.name} at {time:.6g} is outside the time followed")
            self._happens(time, event)
            before = time
        if "child" not in self.there and birth < horizon:
            self._comes("child", birth)
        for state in list(self.on):
            self._off(state, horizon)

    def _comes(self, person: str, time: float) -> None:
        self.there.add(person)
        for state in self.states.values():
            begins = state.role == "alive" or (
                state.starts_if and self.traits[state.starts_if] > 0.0
            )
            if state.person == person and begins:
                self.on[state.name] = time

    def _happens(self, time: float, event: EventRow) -> None:
        self.found.times[event.name].append(time)
        if not self._lives(event.person):
            self._fault(f"{event.name} at {time:.6g} happens to one who does not live")
        for word in event.requires.split():
            if (word.removeprefix("!") in self.on) is word.startswith("!"):
                self._fault(f"{event.name} at {time:.6g} needs {word}")
        for name in event.clears.split():
            self._off(name, time)
        if event.ends:
            for name in [n for n in self.on if self.states[n].person == event.person]:
                self._off(name, time)
        for name in event.sets.split():
            if name not in self.on and self._lives(self.states[name].person):
                self.on[name] = time

    def _lives(self, person: str) -> bool:
        if person not in self.there:
            return False
        return person not in self.alive or self.alive[person] in self.on

    def _off(self, state: str, time: float) -> None:
        begins = self.on.pop(state, None)
        if begins is not None:
            self.found.spells.append(Spell(self.number, state, begins, time))

    def _fault(self, text: str) -> None:
        self.found.faults.append(f"family {self.number + 1}: {text}")


def at_risk(model: Model, history: History, event: EventRow) -> Iterator[tuple[int, float, float]]:
    """Yield (family, from, to) of times at which an ``age`` event is possible and has a rate."""
    told = retold(model, history)
    spells: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for one in told.spells:
        spells.setdefault((one.family, one.state), []).append((one.begins, one.ends))
    wanted = [(word.removeprefix("!"), not word.startswith("!")) for word in event.requires.split()]
    alive = [r.name for r in model.table("states")
             if r.role == "alive" and r.person == event.person]  # fmt: skip
    ages = [r.name for r in model.table("traits") if r.role == "age"]
    sexes = [r.name for r in model.table("traits") if r.role == "sex"]
    rates = [
        r for r in model.table("rates")
        if r.event == event.name and model.parameters[r.key].value > 0.0
    ]  # fmt: skip
    for i in range(len(history.families.traits)):
        traits = dict(zip(history.families.names, history.families.traits[i], strict=True))
        shift = traits[ages[0]] if event.person == "mother" and ages else 0.0
        sex = "male" if event.person == "child" and sexes and traits[sexes[0]] == 1 else "female"
        start = history.entry if event.person == "mother" else max(history.entry, 0.0)
        for row in rates:
            if row.sex not in ("", sex):
                continue
            low = max(start, (0.0 if row.age_from is None else max(row.age_from, 0.0)) - shift)
            high = min(history.horizon, np.inf if row.age_to is None else row.age_to - shift)
            times = [(low, high)] if low < high else []
            for name, on in [*wanted, *((name, True) for name in alive)]:
                times = list(_where(times, sorted(spells.get((i, name), [])), on))
            yield from ((i, a, b) for a, b in times)


def _where(
    times: list[tuple[float, float]], spells: list[tuple[float, float]], on: bool
) -> Iterator[tuple[float, float]]:
    """Yield the parts of ``times`` that lie in spells, or with ``on`` False between them."""
    for low, high in times:
        at = low
        for begins, ends in spells:
            if ends <= low or begins >= high:
                continue
            if on:
                yield max(begins, low), min(ends, high)
            elif begins > at:
                yield at, begins
            at = max(at, ends)
        if not on and at < high:
            yield at, high
