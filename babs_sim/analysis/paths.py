"""The way of each family through some states of one person, from the log of its events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Floats, Ints
from babs_sim.lifecourse.machine import Names
from babs_sim.simulate.births import Lives

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Path:
    """Spells between changes of k states: row r is family ``family[r]`` in [start[r], end[r]).

    Rows are in order of family (counted from 0) and time; ``on`` (R, k) says which states are on.
    The first row of a family begins at entry for a mother, at the birth for a child.
    """

    families: int
    family: Ints
    start: Floats
    end: Floats
    on: Flags


class Log:
    """The events of some lives, each event's rows at hand."""

    def __init__(self, lives: Lives) -> None:
        self.lives = lives
        event = lives.log.event
        self._order = np.argsort(event, kind="stable")
        self._limits = np.searchsorted(event[self._order], np.arange(len(self.names.events) + 1))
        self.family = lives.log.family - lives.families.first

    @property
    def names(self) -> Names:
        """Names of the machine's rows."""
        return self.lives.compiled.names

    def rows(self, events: Sequence[int] | Ints) -> Ints:
        """Return the rows of the log that are one of ``events``, in the order of the log."""
        parts = [self._order[self._limits[e] : self._limits[e + 1]] for e in events]
        return np.sort(np.concatenate([np.empty(0, np.int64), *parts]))

    def path(self, states: Sequence[str]) -> Path:
        """Return the path of every family through ``states``, all of one person."""
        machine, number = self.lives.compiled.machine, len(self.lives.families.traits)
        index = [self.names.states.index(name) for name in states]
        person = int(machine.state_person[index[0]])
        change, ends = self._changes(index, person)
        rows = self.rows(np.flatnonzero(np.abs(change).any(axis=1)))
        family, time = self.family[rows], self.lives.log.time[rows]
        begin = machine.entry if person == 0 else max(machine.entry, 0.0)
        moves = change[self.lives.log.event[rows]]
        last = np.full(number, np.iinfo(np.int64).max)
        deaths = self.rows(ends)
        last[self.family[deaths]] = deaths
        moves[(rows >= last[family])[:, None] & (moves > 0)] = 0  # nothing comes on for the dead
        born = time >= begin
        family, time, moves = family[born], time[born], moves[born]
        at = np.searchsorted(family, np.arange(number))
        family = np.insert(family, at, np.arange(number))
        start = np.insert(time, at, begin)
        moves = np.insert(moves, at, self._at_first(index, person), axis=0)
        known = np.where(moves != 0, np.arange(len(moves))[:, None], 0)
        latest = np.maximum.accumulate(known, axis=0)
        on = np.take_along_axis(moves, latest, axis=0) > 0
        end = np.append(start[1:], machine.horizon)
        end[np.append(family[1:] != family[:-1], True)] = machine.horizon
        return Path(number, family, start, end, on)

    def _changes(self, index: Sequence[int], person: int) -> tuple[Ints, Ints]:
        """Return what each event does to the states (E, k), 1 on and -1 off, and which kill."""
        m = self.lives.compiled.machine
        change = np.zeros((len(m.person), len(index)), np.int64)
        column = {state: k for k, state in enumerate(index)}
        for e in range(len(m.person)):
            if m.ends[e] == person:
                change[e] = -1
                continue
            for s in m.clear_state[m.clear_from[e] : m.clear_from[e + 1]]:
                if s in column:
                    change[e, column[s]] = -1
            for s in m.set_state[m.set_from[e] : m.set_from[e + 1]]:
                if s in column:
                    change[e, column[s]] = 1
        return change, np.flatnonzero(m.ends == person)

    def _at_first(self, index: Sequence[int], person: int) -> Ints:
        m, traits = self.lives.compiled.machine, self.lives.families.traits
        first = np.full((len(traits), len(index)), -1)
        for k, s in enumerate(index):
            if s == m.alive[person]:
                first[:, k] = 1
            elif m.state_trait[s] >= 0:
                first[traits[:, m.state_trait[s]] > 0.0, k] = 1
        return first
