"""One family by the readable engine; many, with a ledger each, by the fast one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from babs_sim.experiment import Experiment
from babs_sim.handover import Exposure, Families, Ledger
from babs_sim.parameters import Model
from babs_sim.parameters.service import activities_of
from babs_sim.pathway import Service
from babs_sim.population import Cohort, make_families
from babs_sim.randomness import seed_key
from babs_sim.reference import Life, Rules, ledger_of, live_families, rules_of
from babs_sim.simulate.blocks import Tally
from babs_sim.simulate.blocks import live_families as live_fast
from babs_sim.simulate.factors import factors_by_row
from babs_sim.simulate.running import (
    Arm,
    Progress,
    centring_factors,
    cohort_of,
    open_services,
    prepare_arm,
    reference_of,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An experiment ready to live, with the rules of each arm for the readable engine."""

    experiment: Experiment
    model: Model
    arms: tuple[Arm, ...]
    rules: tuple[Rules, ...]
    cohort: Cohort
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class OneLife:
    """One family in one arm: its life, its ledger (one block), what it got from the service."""

    arm: Arm
    rules: Rules
    life: Life
    ledger: Ledger
    exposure: Exposure


def prepare(
    experiment: Experiment,
    model: Model,
    arms: Sequence[str],
    workers: int = 1,
    progress: Progress | None = None,
) -> Prepared:
    """Make the named arms of an experiment ready; ``progress`` gets (done, total, what)."""
    tell = progress or (lambda done, total, what: None)
    horizon = float(experiment.cohort.horizon_years)
    factors = centring_factors(reference_of(experiment, model), {}, horizon, workers, tell)
    changes = {arm.name: arm.set for arm in experiment.arms}
    ready = tuple(prepare_arm(model, name, changes[name], horizon, factors) for name in arms)
    rules = tuple(
        rules_of(model, arm.values, horizon, factors_by_row(model, arm.compiled, factors))
        for arm in ready
    )
    cohort, families = cohort_of(experiment, model)
    services = open_services(model, ready, cohort, families, experiment.cohort.seed, tell)
    return Prepared(experiment, model, ready, rules, cohort, tuple(services))


def live_one(prepared: Prepared, family: int) -> tuple[OneLife, ...]:
    """Let family ``family`` (from 0) live in every arm.

    Raises RuntimeError unless the fast engine gives the same number of each event.
    """
    seed = prepared.experiment.cohort.seed
    people = make_families(prepared.cohort, seed, family, 1)
    fast = live_each(prepared, family, 1)
    found = []
    each = zip(prepared.arms, prepared.rules, prepared.services, fast, strict=True)
    for arm, rules, service, ledger in each:
        exposure = service.serve(people)
        (life,) = live_families(rules, seed, people, exposure)
        own = ledger_of(rules, [life], exposure, family)
        if not np.array_equal(own.count[..., 0], ledger.count[..., 0]):
            raise RuntimeError(f"the two engines differ in family {family + 1} of {arm.name}")
        found.append(OneLife(arm, rules, life, own, exposure))
    return tuple(found)


def live_each(prepared: Prepared, first: int, number: int) -> tuple[Ledger, ...]:
    """Let families live in every arm; return a ledger an arm, each family a block of its own."""
    seed = prepared.experiment.cohort.seed
    people = make_families(prepared.cohort, seed, first, number)
    return tuple(
        _ledger_of_each(prepared, arm, service, people, seed)
        for arm, service in zip(prepared.arms, prepared.services, strict=True)
    )


def _ledger_of_each(
    prepared: Prepared, arm: Arm, service: Service, people: Families, seed: int
) -> Ledger:
    number = len(people.traits)
    activities = activities_of(prepared.model)
    tally = Tally.empty(arm.compiled, len(activities), groups=1 + number)
    exposure = service.serve(people)
    own = 1 + np.arange(number, dtype=np.int64)[:, None]
    live_fast(arm.compiled, people, exposure, seed_key(seed), tally, slots=own)
    each = zip(*(tally.quantities(1 + i) for i in range(number)), strict=True)
    names = arm.compiled.names
    return Ledger(
        arm.compiled.machine.entry, names.events, names.states, activities, np.ones(number),
        *(np.stack(arrays) for arrays in each),
    )  # fmt: skip
