"""One block of families through one machine: the arrays that the kernel fills."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Exposure, Families, Floats
from babs_sim.lifecourse.compiling import Compiled

MOMENTS_OF_A_YEAR = np.array([1.0, 1.0 / 2.0, 1.0 / 3.0])


@dataclass(slots=True)
class Tally:
    """Sums over families: the arrays of `handover.Ledger` for one block, and of centring."""

    count: Floats
    stay: Floats
    whole: Floats
    onset: Floats
    qalys: Floats
    activity: Floats
    risk: Floats
    hazard: Floats

    @classmethod
    def empty(cls, compiled: Compiled, activities: int, centring: bool = False) -> "Tally":
        """Return zeros of the right shapes."""
        m = compiled.machine
        years = years_of(m.horizon)
        events, states = len(m.person), len(m.state_person)
        rows = m.rate.shape if centring else (1, 1)
        return cls(
            np.zeros((events, years + 1, 3)),
            np.zeros((states, years + 1, 3)),
            np.zeros((states, years + 2)),
            np.zeros((states, years + 1, 3)),
            np.zeros((2, years + 1, 3)),
            np.zeros((activities, years + 1, 3)),
            np.zeros(rows),
            np.zeros(rows),
        )

    def years_in_states(self) -> Floats:
        """Return person-years (S, Y, 3): part years and whole years together."""
        whole = np.cumsum(self.whole, axis=1)[:, : self.stay.shape[1]]
        years: Floats = (self.stay + whole[:, :, None] * MOMENTS_OF_A_YEAR)[:, :-1]
        return years


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
    centring: bool = False,
    log: int = 0,
) -> EventLog:
    """Run families through a machine, adding to ``tally``; keep up to ``log`` events."""
    from babs_sim.lifecourse.kernel import live

    kept = EventLog(np.empty(log, np.int64), np.empty(log, np.int64), np.empty(log))
    happened = live(
        compiled.machine, key, families.first, families.traits, exposure.start, exposure.dose,
        tally.count, tally.stay, tally.whole, tally.onset, tally.qalys,
        centring, tally.risk, tally.hazard, kept.family, kept.event, kept.time,
    )  # fmt: skip
    add_activities(exposure, compiled.machine.entry, tally.activity)
    n = min(happened, log)
    return EventLog(kept.family[:n], kept.event[:n], kept.time[:n])


def add_activities(exposure: Exposure, entry: float, activity: Floats) -> None:
    """Add the moments of the service's activities to ``activity`` (A, Y + 1, 3)."""
    for a in range(len(exposure.activities)):
        times = exposure.activity[:, a]
        times = times[np.isfinite(times) & (times < activity.shape[1] - 1)]
        year = np.where(times < 0.0, 0, np.floor(times).astype(np.int64) + 1)
        inside = times - np.where(year == 0, entry, year - 1.0)
        for power in range(3):
            np.add.at(activity[a, :, power], year, inside**power)


def no_exposure(number: int, names: tuple[str, ...]) -> Exposure:
    """Return the exposure of families that get nothing."""
    nothing = np.full((number, len(names)), np.inf)
    return Exposure(names, nothing, np.zeros_like(nothing), (), np.empty((number, 0)))
