"""Run small models written by `folders.write_folder` through the ordinary engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.pathway import run_service
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import EventLog, Tally, live_families


@dataclass(frozen=True)
class Lived:
    """What happened: sums over families, and each event where a log was asked for."""

    compiled: Compiled
    families: int
    tally: Tally
    log: EventLog

    def times(self, event: str) -> np.ndarray:
        """Return all times of an event."""
        return self.log.time[self.log.event == self.compiled.names.events.index(event)]

    def first_times(self, event: str) -> np.ndarray:
        """Return the time of the first event of each family, inf for none, shape (families,)."""
        found = np.full(self.families, np.inf)
        mine = self.log.event == self.compiled.names.events.index(event)
        np.minimum.at(found, self.log.family[mine], self.log.time[mine])
        return found

    def counted(self, event: str) -> float:
        """Return events per family."""
        e = self.compiled.names.events.index(event)
        return float(self.tally.count[e, :, 0].sum() / self.families)

    def years(self, state: str) -> float:
        """Return years in a state per family."""
        s = self.compiled.names.states.index(state)
        return float(self.tally.years_in_states()[s, :, 0].sum() / self.families)


def lives(
    folder: Path,
    horizon: float,
    families: int = 20_000,
    *,
    seed: int = 1,
    log: bool = True,
    changes: Mapping[str, Any] | None = None,
    population: str = "births",
    chunk: int = 5_000,
) -> Lived:
    """Run families of a folder's model, rates as published, and keep every event."""
    model = read_parameters([folder])
    values = model.values(dict(changes or {}))
    compiled = compile_rates(model, values, horizon)
    cohort = read_cohort(model, values, population)
    tally = None
    logs = []
    for first in range(0, families, chunk):
        people = make_families(cohort, seed, first, min(chunk, families - first))
        exposure = run_service(model, values, people, seed)
        tally = tally or Tally.empty(compiled, len(exposure.activities))
        room = 400 * len(people.traits) if log else 0
        kept = live_families(compiled, people, exposure, seed_key(seed), tally, log=room)
        assert not log or len(kept.time) < room
        logs.append(kept)
    assert tally is not None
    return Lived(
        compiled,
        families,
        tally,
        EventLog(
            np.concatenate([kept.family for kept in logs]),
            np.concatenate([kept.event for kept in logs]),
            np.concatenate([kept.time for kept in logs]),
        ),
    )
