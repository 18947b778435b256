"""An experiment as a function of its parameters: a point in, one ledger an arm out.

A point names what differs from the tables: numbers in base units, and settings.  Each arm's own
``set`` lies on top.  Rates are centred anew, near the base case, wherever the births of the
reference place read something that has changed.  Where nothing that lives are made of has
changed, ledgers are used again, so a price costs no new lives and moves nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from threading import Lock, local
from typing import Any, TypeAlias

import numpy as np

from babs_sim.errors import Problem, Problems
from babs_sim.experiment import Experiment
from babs_sim.handover import Floats, Ledger
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import Model, Values
from babs_sim.parameters.overriding import override
from babs_sim.parameters.service import activities_of
from babs_sim.parameters.watching import Memo, Reads
from babs_sim.pathway import open_service
from babs_sim.population import (
    Cohort,
    NearbyCohorts,
    SelectionFailed,
    make_families,
    read_cohort,
)
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families
from babs_sim.simulate.centring import Factors, centre
from babs_sim.simulate.nearby import NEARBY_BIRTHS, NearbyCentring
from babs_sim.simulate.running import (
    CHUNK,
    Arm,
    Progress,
    centring_factors,
    cohort_of,
    reference_of,
)

POINT_BLOCKS = 20
"""Blocks of families at a point: enough for a Monte Carlo error, few enough to be quick."""

CENTRING_ROUNDS = 1
"""Rounds of births in which a point is centred: what a second one adds is lost in its noise.

Ten draws of the shipped model, held against full centring: the net cost of 20,000 families differed
by £98 (root mean square), their Monte Carlo error was £224, and draws varied by £1,950.
"""

Point: TypeAlias = Mapping[str, float | str | bool]
"""What differs from the tables: numbers in base units, and settings, by name."""


@dataclass(frozen=True, slots=True)
class Lived:
    """The arms of one point: values and ledgers in the order of the experiment's arms."""

    values: tuple[Values, ...]
    ledgers: tuple[Ledger, ...]


@dataclass(slots=True)
class _Last:
    """What a thread did last: machines, and with their stamps factors and lives."""

    machines: Memo[Compiled]
    births: Memo[Compiled]
    factors: tuple[bytes, Factors] | None = None
    lived: tuple[bytes, int, tuple[Ledger, ...]] | None = None


class PointRunner:
    """Runs points of one experiment; the same object may serve several threads.

    ``families`` live in each arm of each point, ``blocks`` at most are told apart.  ``first`` of a
    run chooses the families: the same number gives the same families, in all arms.  ``births`` are
    those in which rates are centred anew.  Each thread keeps what it did last, so that a point that
    differs from the one before in a price, or in nothing that is read, costs no new lives.
    """

    def __init__(
        self,
        experiment: Experiment,
        model: Model,
        families: int,
        blocks: int = POINT_BLOCKS,
        workers: int = 1,
        tell: Progress = lambda done, total, what: None,
        births: int = NEARBY_BIRTHS,
    ) -> None:
        self.experiment, self.model, self.families = experiment, model, families
        self._births_number = births
        self._horizon = float(experiment.cohort.horizon_years)
        self._population = experiment.cohort.population
        number = max(2, min(blocks, families // 2))
        self._limits = [families * b // number for b in range(number + 1)]
        self._activities = activities_of(model)
        self._arm_changes = [override(model, arm.set)[:2] for arm in experiment.arms]
        self._reference = reference_of(experiment, model)
        self._shared = _shared_names(model, self._reference)
        self._factors = centring_factors(self._reference, {}, self._horizon, workers, tell)
        self._cohort = cohort_of(experiment, model)[0]
        self._machines = Memo(lambda values: compile_rates(model, values, self._horizon))
        self._cohorts = NearbyCohorts(model, model.values(), self._population, self._cohort)
        closed = self._closed({})
        self._births = Memo(lambda values: compile_rates(self._reference, values, self._horizon))
        self._births_cohort = read_cohort(self._reference, closed, "births")
        self._births_cohorts = NearbyCohorts(self._reference, closed, "births", self._births_cohort)
        self._births_base = self._births(closed, keep=True)
        self._births_stamp = _stamp(_unexposed(self._births_base), self._births_cohort)
        self._machines(self._values_of({})[0], keep=True)
        self._threads = local()
        self._base_stamp = self._stamp_of(*self._prepared({}))
        self._lock = Lock()
        self._base: dict[int, tuple[Ledger, ...]] = {}

    def values_of(self, point: Point) -> tuple[Values, ...]:
        """Return the values of each arm at a point."""
        return tuple(self._values_of(point))

    def run(self, point: Point, first: int = 0) -> Lived:
        """Let families [first, first + families) live in every arm.

        Raises `Problems` where selection.csv asks for the impossible at this point.
        """
        arms, cohort = self._prepared(point)
        values = tuple(arm.values for arm in arms)
        stamp = self._stamp_of(arms, cohort)
        if stamp != self._base_stamp:
            own = self._own
            if own.lived is None or own.lived[:2] != (stamp, first):
                own.lived = (stamp, first, self._live(arms, cohort, first))
            return Lived(values, own.lived[2])
        with self._lock:
            known = self._base.get(first)
        if known is None:
            known = self._live(arms, cohort, first)
            with self._lock:
                self._base = {**self._base, first: known} if first == 0 else self._base
        return Lived(values, known)

    def read_in_lives(self) -> frozenset[str]:
        """Return the names of all numbers that the lives of the base case depend on."""
        found = set[str]()
        for values, model, population in (
            *((values, self.model, self._population) for values in self._values_of({})),
            (self._closed({}), self._reference, "births"),
        ):
            reads = Reads()
            watched = reads.watch(values)
            compile_rates(model, watched, self._horizon)
            cohort = cohort_of(self.experiment, self.model)[0]
            if population != "csv":
                cohort = read_cohort(model, watched, population)
            open_service(model, watched, cohort, 2, 0).serve(make_families(cohort, 0, 0, 2))
            found |= set(reads.numbers)
        return frozenset(found)

    def lives_anew(self, point: Point) -> bool:
        """Return whether families live otherwise at a point than in the base case."""
        return self._stamp_of(*self._prepared(point)) != self._base_stamp

    @property
    def _own(self) -> "_Last":
        """What this thread did last."""
        found = getattr(self._threads, "last", None)
        if found is None:
            found = _Last(self._machines.beside(), self._births.beside())
            self._threads.last = found
        return found

    def _values_of(self, point: Point) -> list[Values]:
        base = self.model.values()
        settings = {**base.settings, **_settings(point)}
        numbers = {**base.numbers, **_numbers(point)}
        return [
            Values({**numbers, **changed}, {**settings, **chosen})
            for changed, chosen in self._arm_changes
        ]

    def _closed(self, point: Point) -> Values:
        base = self._reference.values({"service.open": False})
        shared = {name: value for name, value in point.items() if name in self._shared}
        settings = {**base.settings, **_settings(shared), "service.open": False}
        return Values({**base.numbers, **_numbers(shared)}, settings)

    def _prepared(self, point: Point) -> tuple[list[Arm], Cohort]:
        factors = self._factors_at(point)
        machines = self._own.machines
        scaled: dict[int, Compiled] = {}
        arms = []
        values_of_arms = self._values_of(point)
        for arm, values in zip(self.experiment.arms, values_of_arms, strict=True):
            plain = machines(values)
            if id(plain) not in scaled:
                scaled[id(plain)] = plain.scaled(*factors)
            arms.append(Arm(arm.name, values, scaled[id(plain)]))
        base = self.model.values()
        shared = Values({**base.numbers, **_numbers(point)}, {**base.settings, **_settings(point)})
        return arms, self._cohort_at(shared)

    def _cohort_at(self, values: Values) -> Cohort:
        try:
            return self._cohorts(values)
        except SelectionFailed as error:
            text = f"{error}, at one of the points of an analysis"
            hint = "make the intervals of selection.csv and of the traits' levels narrower"
            raise Problems([Problem("selection.csv", None, "value", text, hint=hint)]) from error

    def _factors_at(self, point: Point) -> Factors:
        values = self._closed(point)
        own = self._own
        compiled = own.births(values)
        cohort = self._births_cohorts(values)
        stamp = _stamp(_unexposed(compiled), cohort)
        if stamp == self._births_stamp:
            return self._factors
        if own.factors is None or own.factors[0] != stamp:
            own.factors = (stamp, self._centred(compiled, cohort))
        return own.factors[1]

    def _centred(self, compiled: Compiled, cohort: Cohort) -> Factors:
        if not compiled.centred.any():
            return np.ones_like(compiled.published), np.ones(len(compiled.centred))
        near = self._near
        if near.fits(compiled):
            return near(compiled, cohort)
        return centre(compiled, cohort, lambda work, number: [work(i) for i in range(number)])

    @cached_property
    def _near(self) -> NearbyCentring:
        return NearbyCentring(
            self._births_base,
            self._births_cohort,
            self._factors,
            CENTRING_ROUNDS,
            self._births_number,
        )

    def _stamp_of(self, arms: list[Arm], cohort: Cohort) -> bytes:
        stamp = blake2b(_stamp(None, cohort), digest_size=16)
        two = make_families(cohort, 0, 0, 2)
        for arm in arms:
            reads = Reads()
            open_service(self.model, reads.watch(arm.values), cohort, 2, 0).serve(two)
            stamp.update(_stamp(arm.compiled, None))
            stamp.update(repr((sorted(reads.numbers.items()), reads.settings)).encode())
        return stamp.digest()

    def _live(self, arms: list[Arm], cohort: Cohort, first: int) -> tuple[Ledger, ...]:
        seed, limits = self.experiment.cohort.seed, self._limits
        key = seed_key(seed)
        tallies = [Tally.empty(arm.compiled, len(self._activities)) for arm in arms]
        found: list[list[tuple[Floats, ...]]] = [[] for _ in arms]
        services = [
            open_service(self.model, arm.values, cohort, self.families, seed, first) for arm in arms
        ]
        for low, high in pairwise(limits):
            for start in range(low, high, CHUNK):
                people = make_families(cohort, seed, first + start, min(CHUNK, high - start))
                for arm, service, tally in zip(arms, services, tallies, strict=True):
                    exposure = service.serve(people)
                    live_families(arm.compiled, people, exposure, key, tally)
            for tally, blocks in zip(tallies, found, strict=True):
                blocks.append(tally.take())
        sizes = np.diff(limits).astype(float)
        return tuple(
            Ledger(
                arm.compiled.machine.entry, arm.compiled.names.events, arm.compiled.names.states,
                self._activities, sizes, *(np.stack(parts) for parts in zip(*blocks, strict=True)),
            )
            for arm, blocks in zip(arms, found, strict=True)
        )  # fmt: skip


def in_base_units(model: Model, changes: Mapping[str, float | str | bool]) -> dict[str, Any]:
    """Return a point from changes in the units of the tables, as an arm's ``set`` has them.

    Raises `Problems` for unknown names and impossible values.
    """
    numbers, settings, problems = override(model, changes)
    if problems:
        raise Problems(problems)
    return {**numbers, **settings}


def _numbers(point: Point) -> dict[str, float]:
    return {n: v for n, v in point.items() if not isinstance(v, str | bool | tuple)}


def _settings(point: Point) -> dict[str, Any]:
    return {n: v for n, v in point.items() if isinstance(v, str | bool | tuple)}


def _shared_names(model: Model, reference: Model) -> frozenset[str]:
    """Return what the model and that of the reference place believe alike: it varies in both."""
    if model is reference:
        return frozenset((*model.parameters, *model.settings))
    numbers = (
        name
        for name, parameter in model.parameters.items()
        if (other := reference.parameters.get(name)) is not None
        and (parameter.value, parameter.low, parameter.high, parameter.distribution)
        == (other.value, other.low, other.high, other.distribution)
    )
    settings = (
        name
        for name, setting in model.settings.items()
        if name in reference.settings and reference.settings[name].value == setting.value
    )
    return frozenset((*numbers, *settings))


def _unexposed(compiled: Compiled) -> Compiled:
    """Return a machine without what only families in the service can feel."""
    m = compiled.machine
    log, fade = np.zeros_like(m.fading_log), np.zeros_like(m.fade)
    return replace(compiled, machine=m._replace(fading_log=log, fade=fade))


def _stamp(compiled: Compiled | None, cohort: Cohort | None) -> bytes:
    """Return a hash of all that a machine, and a cohort, are made of."""
    stamp = blake2b(digest_size=16)

    def add(arrays: Any) -> None:
        for array in arrays:
            stamp.update(np.ascontiguousarray(array).tobytes())

    if compiled is not None:
        stamp.update(repr(compiled.names).encode())
        add(compiled.machine)
        add((compiled.published, compiled.published_mass, compiled.keyed, compiled.piece))
    if cohort is not None:
        stamp.update(repr((cohort.names, cohort.order, cohort.selecting)).encode())
        add(cohort.sampler)
    return stamp.digest()
