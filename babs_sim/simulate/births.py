"""All births of a place, without the service: each family's events, block by block."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from babs_sim.handover import Families, Floats, Ints
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import Model
from babs_sim.parameters.service import exposures_of
from babs_sim.population import Cohort, make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import EventLog, Tally, live_families, no_exposure
from babs_sim.simulate.centring import Factors
from babs_sim.simulate.running import Changes, Progress, in_parallel, limits_of

CHUNK = 5_000
_EVENTS_OF_A_FAMILY = 100

T = TypeVar("T")
Slots = Callable[[Families], "Ints | None"]


@dataclass(frozen=True, slots=True)
class Lives:
    """Some families that have lived.

    ``log`` holds every event, in order of families and time; ``qalys`` (G, 2, Y, 3) are those of
    the groups that were asked for, group 0 being all families.
    """

    compiled: Compiled
    families: Families
    log: EventLog
    qalys: Floats


@dataclass(frozen=True, slots=True)
class Births:
    """Births of a place without the service, ready to live: centred rates and the cohort."""

    compiled: Compiled
    cohort: Cohort
    exposures: tuple[str, ...]


def births_of(model: Model, changes: Changes, horizon: float, factors: Factors) -> Births:
    """Return the births of a model with ``changes``, to be followed to age ``horizon``."""
    values = model.values({**changes, "service.open": False})
    compiled = compile_rates(model, values, horizon).scaled(*factors)
    return Births(compiled, read_cohort(model, values, "births"), exposures_of(model))


def live_births(
    births: Births,
    families: int,
    seed: int,
    workers: int,
    tell: Progress,
    view: Callable[[Lives], Any],
    groups: int = 1,
    slots: Slots = lambda _: None,
) -> Iterator[tuple[int, Any]]:
    """Yield for each block its number of families and the sum of what ``view`` makes of them.

    ``groups`` and ``slots`` are those of `blocks.live_families`.
    """
    limits = limits_of(families)

    def block(index: int) -> tuple[int, Any]:
        total = None
        for first in range(limits[index], limits[index + 1], CHUNK):
            number = min(CHUNK, limits[index + 1] - first)
            seen = view(_live(births, seed, first, number, groups, slots))
            total = seen if total is None else total + seen
        return limits[index + 1] - limits[index], total

    yield from in_parallel(block, len(limits) - 1, workers, tell, "living the lives")


def _live(births: Births, seed: int, first: int, number: int, groups: int, slots: Slots) -> Lives:
    people = make_families(births.cohort, seed, first, number)
    nothing = no_exposure(number, births.exposures)
    belongs = slots(people)
    room = _EVENTS_OF_A_FAMILY * number
    while True:
        tally = Tally.empty(births.compiled, len(births.exposures), groups=groups)
        log = live_families(
            births.compiled, people, nothing, seed_key(seed), tally, slots=belongs, log=room
        )
        if len(log.time) < room:
            return Lives(births.compiled, people, log, np.asarray(tally.groups[4])[:, :, :-1])
        room *= 2
