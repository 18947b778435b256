"""A service by the calendar: what happens in each of its years, to all families of the place.

Families come to the service as long as it is followed, and each brings quantities at ages of the
child.  They are added up in groups of births a quarter of a year long, and each group's quantities
fall into calendar years as its births are spread: exact but for the spread within the quarter.
"""

from dataclasses import dataclass

import numpy as np

from babs_sim.economics import project_function
from babs_sim.experiment import Arm as ArmOf
from babs_sim.experiment import Experiment
from babs_sim.handover import Families, Floats, Ints, Ledger, ServiceLog
from babs_sim.parameters import Model, Values
from babs_sim.parameters.catalogue import START_UP
from babs_sim.parameters.service import activities_of, is_limited, roles_of
from babs_sim.pathway import Calendar, Service, calendar_of, open_service
from babs_sim.population import Cohort, make_families
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families
from babs_sim.simulate.running import (
    CHUNK,
    Arm,
    Progress,
    centring_factors,
    cohort_of,
    in_parallel,
    prepare_arm,
    reference_of,
)

QUARTERS = 4
EARLIEST = -1
"""Births before it, in years since the service began, count as born in its first quarter."""
BLOCKS = 20


@dataclass(frozen=True, slots=True)
class Programme:
    """The years of one arm's service against the comparator, in the same families.

    ``ledger`` and ``usual`` have calendar years (from 1) in place of years of life, only first
    moments, and windows of the service in place of families: means are those of one service.
    """

    arm: str
    values: Values
    years: int
    yearly: float
    ledger: Ledger
    usual: Ledger
    log: ServiceLog | None


def run_programmes(
    experiment: Experiment, model: Model, workers: int, tell: Progress
) -> list[Programme]:
    """Return the programme of every arm but the comparator."""
    return [
        _programme(experiment, model, arm, workers, tell)
        for arm in experiment.arms
        if not arm.comparator
    ]


def _programme(
    experiment: Experiment, model: Model, arm: ArmOf, workers: int, tell: Progress
) -> Programme:
    values = model.values(arm.set)
    seed = experiment.cohort.seed
    cohort, families = cohort_of(experiment, model)
    calendar = calendar_of(model, values, families, seed)
    years = int(np.ceil(calendar.years))
    horizon = float(years - EARLIEST)
    factors = centring_factors(reference_of(experiment, model), {}, horizon, workers, tell)
    base = experiment.comparator
    arms = [prepare_arm(model, one.name, one.set, horizon, factors) for one in (arm, base)]
    number = len(calendar.window)
    tell(0, 1, "opening the service")
    services = [open_service(model, one.values, cohort, number, seed) for one in arms]
    ledgers = _live(model, values, arms, services, cohort, calendar, years, seed, workers, tell)
    ledgers = [
        _paid_by_year(model, one.values, ledger) for one, ledger in zip(arms, ledgers, strict=True)
    ]
    return Programme(
        arm.name, values, years, calendar.yearly, ledgers[0], ledgers[1], services[0].log
    )


def _live(
    model: Model, values: Values, arms: list[Arm], services: list[Service], cohort: Cohort,
    calendar: Calendar, years: int, seed: int, workers: int, tell: Progress,
) -> list[Ledger]:  # fmt: skip
    """Let families live in both arms, and add up by calendar year, block by block of windows."""
    windows = int(calendar.window[-1]) + 1
    blocks = min(BLOCKS, windows)
    limits = [windows * b // blocks for b in range(blocks + 1)]
    ends = np.searchsorted(calendar.window, limits)
    groups = (years + 1 - EARLIEST) * QUARTERS
    activities = activities_of(model)
    key = seed_key(seed)
    entry = arms[0].compiled.machine.entry
    size = Tally.empty(arms[0].compiled, 1).quantities()[0].shape[1]
    weights = calendar_weights(entry, size, groups, years)

    def live_block(block: int) -> list[tuple[Floats, ...]]:
        tallies = [Tally.empty(arm.compiled, len(activities), groups=1 + groups) for arm in arms]
        for first in range(ends[block], ends[block + 1], CHUNK):
            number = min(CHUNK, int(ends[block + 1]) - first)
            people = make_families(cohort, seed, first, number)
            slots = 1 + _quarter(model, values, calendar, people, seed, groups)
            for arm, service, tally in zip(arms, services, tallies, strict=True):
                exposure = service.serve(people)
                live_families(arm.compiled, people, exposure, key, tally, slots=slots[:, None])
        return [_by_year(tally, groups, weights) for tally in tallies]

    found = list(in_parallel(live_block, blocks, workers, tell, "living the lives"))
    of = np.diff(limits).astype(float)
    ledgers = []
    for a, arm in enumerate(arms):
        m, names = arm.compiled.machine, arm.compiled.names
        arrays = [np.stack(arrays) for arrays in zip(*(one[a] for one in found), strict=True)]
        ledgers.append(Ledger(m.entry, names.events, names.states, activities, of, *arrays))
    return ledgers


def _quarter(
    model: Model, values: Values, calendar: Calendar, people: Families, seed: int, groups: int
) -> Ints:
    born = calendar.born(model, values, people, seed)
    return np.clip(np.floor((born - EARLIEST) * QUARTERS), 0, groups - 1).astype(np.int64)


def _by_year(tally: Tally, groups: int, weights: Floats) -> tuple[Floats, ...]:
    """Return the arrays of a ledger (., C, 3) by calendar year, first moments only."""
    each = [tally.quantities(1 + group) for group in range(groups)]
    found = []
    for arrays in zip(*each, strict=True):
        flows = np.einsum("gxym,gcym->xc", np.stack(arrays), weights)
        found.append(np.stack([flows, np.zeros_like(flows), np.zeros_like(flows)], axis=-1))
    return tuple(found)


def calendar_weights(entry: float, years: int, groups: int, calendar: int) -> Floats:
    """Return weights (G, C, Y, 3) of moments at ages for calendar years.

    Group g is born evenly over a quarter from ``EARLIEST`` + g / 4 on; the weight of age x is the
    share of its births b for which b + x falls in calendar year c (from c to c + 1).
    """
    width = 1.0 / QUARTERS
    found = np.empty((groups, calendar, years, 3))
    for g in range(groups):
        for c in range(calendar):
            begins = EARLIEST + g * width - c  # of the births, seen from the calendar year

            def share(time: Floats, begins: float = begins) -> Floats:
                low = begins + time + entry
                overlap = np.minimum(low + width, 1.0) - np.maximum(low, 0.0)
                return np.asarray(np.maximum(overlap, 0.0) / width)

            kinks = [edge - begins - entry for edge in (-width, 0.0, 1.0 - width, 1.0)]
            found[g, c] = project_function(share, kinks, entry, years)
    return found


def _paid_by_year(model: Model, values: Values, ledger: Ledger) -> Ledger:
    """Return the ledger with staff paid evenly in each year, and the opening in the first.

    A service that has run for a time before it is followed has been opened already.
    """
    if not is_limited(values) or not ledger.activity.any():
        return ledger
    activity = ledger.activity.copy()
    for role in roles_of(model):
        staff = values["service.pathway.team_size"] * values[f"{role}.wte"]
        a = ledger.activities.index(role)
        activity[:, a] = 0.0
        activity[:, a, :, 0] = staff * ledger.families[:, None]
    a = ledger.activities.index(START_UP)
    activity[:, a] = 0.0
    if values["service.pathway.warm_up"] <= 0.0:
        activity[:, a, 0, 0] = ledger.families
    return Ledger(
        ledger.entry, ledger.events, ledger.states, ledger.activities, ledger.families,
        ledger.count, ledger.years, ledger.first, activity, ledger.qalys, ledger.aces,
    )  # fmt: skip
