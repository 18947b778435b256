"""One block of families through one machine: the arrays that the kernel fills."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Exposure, Families, Floats, Ints
from babs_sim.lifecourse.compiling import Compiled

MOMENTS_OF_A_YEAR = np.array([1.0, 1.0 / 2.0, 1.0 / 3.0])


@dataclass(slots=True)
class Tally:
    """Sums over families: the arrays of `handover.Ledger` for one block, and of centring.

    ``groups`` has one more axis in front, that of groups of families: group 0 is all of them.
    """

    groups: tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats]
    risk: Floats
    hazard: Floats

    @classmethod
    def empty(
        cls, compiled: Compiled, activities: int, centring: bool = False, groups: int = 1
    ) -> "Tally":
        """Return zeros of the right shapes, for all families and ``groups`` - 1 parts of them."""
        m = compiled.machine
        years = years_of(m.horizon)
        events, states = len(m.person), len(m.state_person)
        rows = m.rate.shape if centring else (1, 1)
        return cls(
            (
                np.zeros((groups, events, years + 1, 3)),
                np.zeros((groups, states, years + 1, 3)),
                np.zeros((groups, states, years + 2)),
                np.zeros((groups, states, years + 1, 3)),
                np.zeros((groups, 2, years + 1, 3)),
                np.zeros((groups, activities, years + 1, 3)),
                np.zeros((groups, int(m.state_ace.sum()), years + 1, 3)),
            ),
            np.zeros(rows),
            np.zeros(rows),
        )

    @property
    def count(self) -> Floats:
        """Events of all families (E, Y + 1, 3)."""
        return self._whole(0)

    @property
    def stay(self) -> Floats:
        """Part years of all families in states (S, Y + 1, 3)."""
        return self._whole(1)

    @property
    def whole(self) -> Floats:
        """Whole years of all families in states, as differences (S, Y + 2)."""
        return self._whole(2)

    @property
    def onset(self) -> Floats:
        """First times that states of all families come on (S, Y + 1, 3)."""
        return self._whole(3)

    @property
    def qalys(self) -> Floats:
        """QALYs of all mothers and children (2, Y + 1, 3)."""
        return self._whole(4)

    @property
    def activity(self) -> Floats:
        """Activities of the service for all families (A, Y + 1, 3)."""
        return self._whole(5)

    @property
    def aces(self) -> Floats:
        """Children whose count of ACEs has come to 1, 2, ... (N, Y + 1, 3)."""
        return self._whole(6)

    def _whole(self, array: int) -> Floats:
        found: Floats = self.groups[array][0]
        return found

    def years_in_states(self, group: int = 0) -> Floats:
        """Return person-years (S, Y, 3): part years and whole years together."""
        stay, whole = self.groups[1][group], self.groups[2][group]
        whole = np.cumsum(whole, axis=1)[:, : stay.shape[1]]
        years: Floats = (stay + whole[:, :, None] * MOMENTS_OF_A_YEAR)[:, :-1]
        return years

    def quantities(self, group: int = 0) -> tuple[Floats, ...]:
        """Return count, years, first, activity, qalys, aces of a group, as in `handover.Ledger`."""
        count, _, _, onset, qalys, activity, aces = (array[group, :, :-1] for array in self.groups)
        return count, self.years_in_states(group), onset, activity, qalys, aces

    def take(self) -> tuple[Floats, ...]:
        """Return `quantities` of all families, and set those to zero."""
        found = tuple(array.copy() for array in self.quantities())
        for array in self.groups:
            array[0] = 0.0
        return found


@dataclass(frozen=True, slots=True)
class EventLog:
    """Every event of a run: family, event (row of the machine) and time, in order of families."""

    family: NDArray[np.int64]
    event: NDArray[np.int64]
    time: Floats


def years_of(horizon: float) -> int:
    """Return the number of years of follow-up, that of pregnancy included."""
    return int(np.ceil(horizon)) + 1


def live_families(
    compiled: Compiled,
    families: Families,
    exposure: Exposure,
    key: np.uint64,
    tally: Tally,
    *,
    slots: Ints | None = None,
    centring: bool = False,
    log: int = 0,
) -> EventLog:
    """Run families through a machine, adding to ``tally``; keep up to ``log`` events.

    ``slots`` (n, D) names the groups of the tally, other than 0, to which each family belongs.
    """
    from babs_sim.lifecourse.kernel import live

    everybody = np.zeros((len(families.traits), 1), np.int64)
    belongs = everybody if slots is None else np.concatenate([everybody, slots], axis=1)
    count, stay, whole, onset, qalys, activity, aces = tally.groups
    kept = EventLog(np.empty(log, np.int64), np.empty(log, np.int64), np.empty(log))
    happened = live(
        compiled.machine, key, families.first, families.traits, belongs,
        exposure.start, exposure.dose, count, stay, whole, onset, qalys, aces,
        centring, tally.risk, tally.hazard, kept.family, kept.event, kept.time,
    )  # fmt: skip
    add_activities(exposure, compiled.machine.entry, belongs, activity)
    n = min(happened, log)
    return EventLog(kept.family[:n], kept.event[:n], kept.time[:n])


def add_activities(exposure: Exposure, entry: float, slots: Ints, activity: Floats) -> None:
    """Add the moments of the service's activities to the groups of ``activity`` (G, A, Y + 1, 3).

    ``slots`` (n, .) names the groups of each family.
    """
    for a in range(len(exposure.activities)):
        times = exposure.activity[:, a]
        happens = np.isfinite(times) & (times < activity.shape[2] - 1)
        times, groups = times[happens], slots[happens]
        amount = 1.0 if exposure.amount is None else exposure.amount[happens, a]
        year = np.where(times < 0.0, 0, np.floor(times).astype(np.int64) + 1)
        inside = times - np.where(year == 0, entry, year - 1.0)
        for power in range(3):
            for column in range(groups.shape[1]):
                np.add.at(
                    activity[:, a, :, power], (groups[:, column], year), amount * inside**power
                )


def no_exposure(number: int, names: tuple[str, ...]) -> Exposure:
    """Return the exposure of families that get nothing."""
    nothing = np.full((number, len(names)), np.inf)
    return Exposure(names, nothing, np.zeros_like(nothing), (), np.empty((number, 0)))
