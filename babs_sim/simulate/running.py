"""Run an experiment: the same families live once in each arm, block by block.

A block is the unit of work and of Monte Carlo error.  Its limits depend on the number of families
alone, and inside a block families are added up one after the other, so the number of workers
changes nothing, not even the last bit.  Families are made in chunks and not kept, so memory does
not grow with their number.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from babs_sim.errors import Problem, Problems
from babs_sim.experiment import Experiment
from babs_sim.handover import Floats, Ledger, ServiceLog
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import Model, Values, read_parameters
from babs_sim.parameters.service import activities_of
from babs_sim.pathway import Service, open_service
from babs_sim.population import (
    Cohort,
    SelectionFailed,
    make_families,
    read_cohort,
    read_subgroups,
    slots_of,
)
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families
from babs_sim.simulate.centring import Factors, centre

MOST_BLOCKS = 100
MOST_PARTS = 20
CHUNK = 2_000
CENTRING = "centring rates on the population"

Progress = Callable[[int, int, str], None]
Changes = Mapping[str, float | str | bool]
Subgroups = Mapping[str, Mapping[str, tuple[Ledger, ...]]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gives: one ledger an arm, in the order of ``arms``.

    ``subgroups`` holds, by subgroup and band, ledgers of the families of that band alone, and
    ``services`` by arm what happened at a service with a limited team.
    """

    experiment: Experiment
    model: Model
    arms: tuple[str, ...]
    ledgers: tuple[Ledger, ...]
    seconds: float
    checks: tuple[str, ...]
    subgroups: Subgroups = field(default_factory=dict)
    services: Mapping[str, ServiceLog] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm, ready to live: its values and its machine with centred rates."""

    name: str
    values: Values
    compiled: Compiled


def run(
    experiment: Experiment,
    model: Model,
    workers: int = 1,
    progress: Progress | None = None,
    subgroups: Sequence[str] | None = None,
    factors: Factors | None = None,
    cohort: Cohort | None = None,
) -> Run:
    """Simulate all arms of an experiment; ``progress`` gets (done, total, what).

    ``subgroups`` are names of subgroups.csv, by default those that the experiment asks for.
    ``factors`` of centring and ``cohort``, where they are known already, are taken as they are.
    """
    began = time.perf_counter()
    tell = progress or (lambda done, total, what: None)
    horizon = float(experiment.cohort.horizon_years)
    if factors is None:
        factors = centring_factors(reference_of(experiment, model), {}, horizon, workers, tell)
    arms = [prepare_arm(model, arm.name, arm.set, horizon, factors) for arm in experiment.arms]
    if cohort is None:
        cohort = cohort_of(experiment, model)[0]
    families = experiment.cohort.families
    named = experiment.subgroups if subgroups is None else subgroups
    seed = experiment.cohort.seed
    services = open_services(model, arms, cohort, families, seed, tell)
    ledgers, parts = live_groups(
        model, arms, cohort, families, seed, workers, tell, named, services
    )
    checks = (f"{families:,} families in {len(limits_of(families)) - 1} blocks",)
    return Run(
        experiment,
        model,
        tuple(arm.name for arm in arms),
        ledgers,
        time.perf_counter() - began,
        checks,
        parts,
        {
            arm.name: service.log
            for arm, service in zip(arms, services, strict=True)
            if service.log is not None
        },
    )


def centring_factors(
    model: Model, changes: Changes, horizon: float, workers: int, tell: Progress
) -> Factors:
    """Return the factors that make published averages come out in the reference births."""
    from babs_sim.speed import cache_folder

    closed = model.values({**changes, "service.open": False})
    compiled = compile_rates(model, closed, horizon)
    cohort = read_cohort(model, closed, "births")

    def mapper(work: Callable[[int], Tally], number: int) -> list[Tally]:
        return list(in_parallel(work, number, workers, tell, CENTRING))

    return centre(compiled, cohort, mapper, folder=cache_folder() / "centring")


def reference_of(experiment: Experiment, model: Model) -> Model:
    """Return the model of the place whose births the published averages describe."""
    place = str(model.values().setting("model.family.reference_place"))
    if place == model.place:
        return model
    return read_parameters(experiment.folders, place=place or None)


def prepare_arm(model: Model, name: str, changes: Changes, horizon: float, factors: Factors) -> Arm:
    """Compile one arm: its changes act on centred rates."""
    values = model.values(changes)
    return Arm(name, values, compile_rates(model, values, horizon).scaled(*factors))


def cohort_of(experiment: Experiment, model: Model) -> tuple[Cohort, int]:
    """Return the cohort of an experiment and how many families it asks for."""
    wanted = experiment.cohort
    given = experiment.given_families
    try:
        cohort = read_cohort(model, model.values(), wanted.population, given)
    except SelectionFailed as error:
        raise Problems([_at_selection(model, wanted.population, str(error))]) from error
    return cohort, wanted.families


def _at_selection(model: Model, population: str, text: str) -> Problem:
    row = next(r for r in model.rows["selection"] if getattr(r.row, "population", "") == population)
    hint = "make the targets agree with each other and with the traits' levels"
    return Problem(row.file, row.line, "value", text, hint=hint)


def open_services(
    model: Model, arms: Sequence[Arm], cohort: Cohort, families: int, seed: int, tell: Progress
) -> list[Service]:
    """Open the service of each arm for all families of the cohort."""
    found = []
    for done, arm in enumerate(arms):
        tell(done, len(arms), "opening the service")
        found.append(open_service(model, arm.values, cohort, families, seed))
    return found


def limits_of(families: int) -> list[int]:
    """Return the limits of the blocks: 100 blocks, fewer where families are few."""
    blocks = max(2, min(MOST_BLOCKS, families // 2))
    return [families * b // blocks for b in range(blocks + 1)]


def live_arms(
    model: Model,
    arms: Sequence[Arm],
    cohort: Cohort,
    families: int,
    seed: int,
    workers: int,
    tell: Progress,
) -> tuple[Ledger, ...]:
    """Let the same families live in every arm; return a ledger for each."""
    return live_groups(model, arms, cohort, families, seed, workers, tell)[0]


def live_groups(
    model: Model,
    arms: Sequence[Arm],
    cohort: Cohort,
    families: int,
    seed: int,
    workers: int,
    tell: Progress,
    subgroups: Sequence[str] = (),
    services: Sequence[Service] | None = None,
) -> tuple[tuple[Ledger, ...], Subgroups]:
    """Let the same families live in every arm; return a ledger an arm, and those of each band.

    ``services`` are those of the arms, opened here where they are not given.

    ``subgroups`` are names of subgroups.csv.  Ledgers of bands have fewer blocks, each of several
    blocks of the whole, so that memory stays small.  The bands of a subgroup add up to the whole.
    """
    limits = limits_of(families)
    parted = read_subgroups(model, subgroups)
    bands = sum(len(one.bands) for one in parted)
    blocks = len(limits) - 1
    parts = min(MOST_PARTS, blocks) if bands else blocks
    ends = [blocks * part // parts for part in range(parts + 1)]
    key = seed_key(seed)
    activities = activities_of(model)
    opened = services or open_services(model, arms, cohort, families, seed, tell)

    def live_part(part: int) -> _Part:
        tallies = [Tally.empty(arm.compiled, len(activities), groups=1 + bands) for arm in arms]
        members = np.zeros(1 + bands)
        whole: list[list[tuple[Floats, ...]]] = [[] for _ in arms]
        for block in range(ends[part], ends[part + 1]):
            for first in range(limits[block], limits[block + 1], CHUNK):
                number = min(CHUNK, limits[block + 1] - first)
                people = make_families(cohort, seed, first, number)
                slots = slots_of(people, parted)
                members += np.bincount(slots.ravel(), minlength=1 + bands)
                for arm, service, tally in zip(arms, opened, tallies, strict=True):
                    exposure = service.serve(people)
                    live_families(arm.compiled, people, exposure, key, tally, slots=slots)
            for tally, found in zip(tallies, whole, strict=True):
                found.append(tally.take())
        banded = [[tally.quantities(1 + band) for band in range(bands)] for tally in tallies]
        return members[1:], whole, banded

    sizes = np.diff(limits).astype(float)
    totals = [_Filling(blocks) for _ in arms]
    of_bands = [[_Filling(parts) for _ in range(bands)] for _ in arms]
    members = np.zeros((parts, bands))
    work = in_parallel(live_part, parts, workers, tell, "living the lives")
    for part, (counted, whole, banded) in enumerate(work):
        members[part] = counted
        for a in range(len(arms)):
            for block, found in zip(range(ends[part], ends[part + 1]), whole[a], strict=True):
                totals[a].put(block, found)
            for band, found in enumerate(banded[a]):
                of_bands[a][band].put(part, found)

    def ledger(arm: Arm, of: Floats, filled: _Filling) -> Ledger:
        m, names = arm.compiled.machine, arm.compiled.names
        return Ledger(m.entry, names.events, names.states, activities, of, *filled.arrays)

    split: dict[str, dict[str, tuple[Ledger, ...]]] = {one.name: {} for one in parted}
    places = [(one.name, band) for one in parted for band in one.bands]
    for b, (name, label) in enumerate(places):
        split[name][label] = tuple(
            ledger(arm, members[:, b], of_bands[a][b]) for a, arm in enumerate(arms)
        )
    return tuple(ledger(arm, sizes, totals[a]) for a, arm in enumerate(arms)), split


_Part = tuple[Floats, list[list[tuple[Floats, ...]]], list[list[tuple[Floats, ...]]]]


class _Filling:
    """Arrays of a ledger that are filled block by block."""

    def __init__(self, blocks: int) -> None:
        self.blocks, self.arrays = blocks, list[Floats]()

    def put(self, block: int, found: tuple[Floats, ...]) -> None:
        if not self.arrays:
            self.arrays = [np.empty((self.blocks, *array.shape)) for array in found]
        for array, one in zip(self.arrays, found, strict=True):
            array[block] = one


def in_parallel(
    work: Callable[[int], T], number: int, workers: int, tell: Progress, what: str
) -> Iterator[T]:
    """Yield ``work(0)``, ``work(1)``, ... in this order, on threads (the kernel frees the lock)."""
    from joblib import Parallel, delayed

    tell(0, number, what)
    pool = Parallel(n_jobs=workers, backend="threading", return_as="generator")
    for done, result in enumerate(pool(delayed(work)(i) for i in range(number)), start=1):
        tell(done, number, what)
        yield result
