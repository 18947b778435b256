"""Gauges: what a target measures, as sums over families whose quotient is the figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.paths import Flags, Log, Path
from babs_sim.economics.discounting import project
from babs_sim.handover import Families, Floats, Ints
from babs_sim.lifecourse.rates import PERSONS
from babs_sim.parameters import Model
from babs_sim.parameters.conditions import conditions_of
from babs_sim.parameters.rows import TargetRow
from babs_sim.simulate.births import Lives
from babs_sim.units import UNITS

LIFETIME = 110.0
"""Age at which a whole life is over: the oldest that an experiment may follow."""

_COMPARE: dict[str, Callable[[Floats, float], Flags]] = {
    "=": lambda trait, value: trait == value,
    ">=": lambda trait, value: trait >= value,
    "<=": lambda trait, value: trait <= value,
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """What one target measures, names resolved: ``of`` and ``among`` are (state, on) pairs.

    ``signature`` is equal for targets that differ only in whom they look at.
    """

    row: TargetRow
    person: str
    states: tuple[str, ...]
    of: tuple[tuple[str, bool], ...]
    among: tuple[tuple[str, bool], ...]
    events: tuple[str, ...]

    @property
    def signature(self) -> tuple[object, ...]:
        row = self.row
        return (row.kind, row.of, row.age_from, row.age_to, row.least, row.among)

    @property
    def scale(self) -> float:
        """Return how many of the target's units are one base unit."""
        return 1.0 / UNITS[self.row.unit].factor


def read_gauges(model: Model, role: str = "", place: str | None = None) -> tuple[Gauge, ...]:
    """Return gauges of the targets that the model can express, in order of the table.

    ``role`` keeps one role only; ``place`` those of one place ("" the reference place).
    """
    rows = [found.row for found in model.rows.get("targets", ())]
    return tuple(
        _gauge(model, row)
        for row in rows
        if isinstance(row, TargetRow)
        and row.expressed
        and role in ("", row.role)
        and place in (None, row.place)
    )


def _gauge(model: Model, row: TargetRow) -> Gauge:
    states = {state.name: state for state in model.table("states")}
    alive: dict[str, str] = {
        state.person: state.name for state in states.values() if state.role == "alive"
    }
    of: tuple[tuple[str, bool], ...] = ()
    events: tuple[str, ...] = ()
    person: str
    if row.kind == "qale":
        person = row.of
    elif row.kind == "rate":
        events = tuple(row.of.split())
        person = next(e.person for e in model.table("events") if e.name in events)
    else:
        of = _conditions(row.of) or tuple((s.name, True) for s in states.values() if s.ace)
        person = states[of[0][0]].person
    among = (*_conditions(row.among), (alive[person], True))
    named = dict.fromkeys(name for name, _ in (*of, *among))
    return Gauge(row, person, tuple(named), of, among, events)


def _conditions(text: str) -> tuple[tuple[str, bool], ...]:
    return tuple((word.removeprefix("!"), not word.startswith("!")) for word in text.split())


def horizon_of(gauges: Sequence[Gauge]) -> float:
    """Return the age to which families must be followed for all of the gauges."""
    ages = [1.0]
    for gauge in gauges:
        row = gauge.row
        if row.kind in ("qale", "years") and row.age_to is None:
            ages.append(LIFETIME)
        ages += [age + (row.kind == "at") for age in (row.age_from, row.age_to) if age is not None]
    return min(float(np.ceil(max(ages))), LIFETIME)


class Board:
    """Reads all gauges off some lives: sums (T, 2, 2) of numerator and denominator.

    The second axis is whom the target looks at (``where``) and whom it sets against them.
    """

    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self.gauges = tuple(gauges)
        wheres = (side for g in gauges if g.row.kind == "qale" for side in sides(g.row))
        self._groups = tuple(dict.fromkeys(wheres))

    @property
    def groups(self) -> int:
        """Return how many groups a tally needs: all, each that is asked for, and the rest."""
        return len(self._groups) + 2

    def slots(self, families: Families) -> Ints | None:
        """Return the groups of each family (n, D), padded with the rest's."""
        if not self._groups:
            return None
        inside = np.stack([belongs(families, where) for where in self._groups], axis=1)
        number = np.where(inside, np.arange(len(self._groups)) + 1, len(self._groups) + 1)
        number = np.sort(number, axis=1)[:, : max(1, int(inside.sum(axis=1).max()))]
        return np.ascontiguousarray(number, dtype=np.int64)

    def read(self, lives: Lives) -> Floats:
        """Return the sums of all gauges over some lives."""
        log, sums = Log(lives), np.zeros((len(self.gauges), 2, 2))
        whom = {side: belongs(lives.families, side) for g in self.gauges for side in sides(g.row)}
        paths: dict[tuple[str, ...], Path] = {}
        found: dict[tuple[object, ...], tuple[Floats, Floats]] = {}
        for t, gauge in enumerate(self.gauges):
            if gauge.row.kind == "qale":
                for k, side in enumerate(sides(gauge.row)):
                    health = lives.qalys[1 + self._groups.index(side), PERSONS[gauge.person]]
                    sums[t, k] = _discounted(health, gauge.row.discount), whom[side].sum()
                continue
            if gauge.signature not in found:
                if gauge.states not in paths:
                    paths[gauge.states] = log.path(gauge.states)
                found[gauge.signature] = _by_family(gauge, log, paths[gauge.states])
            above, below = found[gauge.signature]
            for k, side in enumerate(sides(gauge.row)):
                sums[t, k] = above[whom[side]].sum(), below[whom[side]].sum()
        return sums

    def figures(self, means: Floats) -> Floats:
        """Return the figures (R, T) in the targets' units from sums or means (R, T, 2, 2)."""
        above, below = means[..., 0], means[..., 1]
        there = np.full(above.shape, np.nan)
        np.divide(above, below, out=there, where=below > 0)
        twosided = np.array([len(sides(g.row)) == 2 for g in self.gauges], dtype=bool)
        figure = there[..., 0] - np.where(twosided, there[..., 1], 0.0)
        return np.asarray(figure * np.array([g.scale for g in self.gauges]))


def sides(row: TargetRow) -> tuple[str, ...]:
    """Return whom a target looks at, then whom it sets against them if it does."""
    return (row.where, row.against) if row.against else (row.where,)


def belongs(families: Families, where: str) -> Flags:
    """Return which families satisfy all conditions of ``where`` (n,)."""
    inside = np.ones(len(families.traits), dtype=bool)
    for condition in conditions_of(where):
        inside &= _COMPARE[condition.sign](families.column(condition.trait), condition.value)
    return inside


def _discounted(health: Floats, rate: float) -> float:
    """Return QALYs (Y, 3) from the birth on, each year's worth 1 / (1 + rate) of that before."""
    weights = project([(0.0, rate)], 0.0, len(health))
    weights[0] = 0.0
    return float((health * weights).sum())


def _by_family(gauge: Gauge, log: Log, path: Path) -> tuple[Floats, Floats]:
    """Return numerator and denominator of each family (n,)."""
    row, n = gauge.row, path.families
    low = -np.inf if row.age_from is None else row.age_from
    high = np.inf if row.age_to is None else row.age_to
    column = {name: path.on[:, k] for k, name in enumerate(gauge.states)}
    base = np.logical_and.reduce([column[name] == on for name, on in gauge.among])

    def total(weights: Floats | Flags, rows: Flags | slice = slice(None)) -> Floats:
        found = np.bincount(path.family[rows], np.asarray(weights, np.float64)[rows], n)
        return np.asarray(found)

    def lived(rows: Flags) -> Floats:
        inside = np.minimum(path.end[rows], high) - np.maximum(path.start[rows], low)
        return np.asarray(np.bincount(path.family[rows], np.maximum(inside, 0.0), n))

    if row.kind == "rate":
        events = [log.names.events.index(name) for name in gauge.events]
        rows = log.rows(events)
        time = log.lives.log.time[rows]
        rows = rows[(time >= low) & (time < high)]
        count = np.bincount(log.family[rows], minlength=n)
        return count.astype(np.float64), lived(base)
    if row.kind in ("ever", "mean ever"):
        before = path.start < high
        been = np.stack([total(column[name] & before) > 0.0 for name, _ in gauge.of], axis=1)
        people = total(base & before) > 0.0 if row.among else np.ones(n, dtype=bool)
        number = been.sum(axis=1).astype(np.float64)
        reached = number if row.kind == "mean ever" else number >= row.least
        return np.where(people, reached, 0.0), people.astype(np.float64)
    some = [column[name] for name, on in gauge.of if on]
    none = [column[name] for name, on in gauge.of if not on]
    wanted = np.logical_or.reduce(some) if some else np.ones(len(path.family), dtype=bool)
    for off in none:
        wanted = wanted & ~off
    if row.kind == "at":
        now = (path.start <= low) & (low < path.end)
        if row.among:
            return total(wanted & base & now), total(base & now)
        return total(wanted & now), np.ones(n)
    if row.kind == "years":
        return lived(wanted & base), np.ones(n)
    if row.kind == "share":
        return lived(wanted & base), lived(base)
    begins = wanted & ~np.append(False, wanted[:-1] & (path.family[1:] == path.family[:-1]))
    inside = (path.start >= low) & (path.start < high)
    if row.kind == "in year":
        return lived(wanted & base) + total(begins & base & inside), lived(base)
    rows_on = np.flatnonzero(wanted)
    first = np.zeros(len(wanted), dtype=bool)
    first[rows_on[np.unique(path.family[rows_on], return_index=True)[1]]] = True
    return total(first & inside), lived(base)
