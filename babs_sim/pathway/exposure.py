"""Exposure: whether, when and how much of each thing that the service does, family by family."""

import math
from collections.abc import Mapping

import numpy as np

from babs_sim.handover import Exposure, Families, Floats
from babs_sim.parameters import Model, Values
from babs_sim.parameters.catalogue import REFERRAL
from babs_sim.parameters.service import activities_of, exposures_of
from babs_sim.pathway.plans import ENTRY, Plan, dose_of, follows, ordered, plan_of


def run_service(model: Model, values: Values, families: Families, seed: int) -> Exposure:
    """Draw what a service without a queue gives to each family; inf (nothing) where it is closed.

    Families whose child is older than ``waiting.oldest_start`` do not start.
    """
    if not values.setting("service.open"):
        return nothing(model, len(families.traits))
    plan = plan_of(model, values, families, seed)
    begins = np.where(plan.ready <= oldest_start(values), plan.ready, math.inf)
    starts = starts_of(model, values, plan, begins)
    referred = plan.ready - values.get("service.referral.triage", 0.0)
    return exposure_of(model, values, plan, starts, {REFERRAL: (referred, referrals_each(values))})


def nothing(model: Model, number: int) -> Exposure:
    """Return the exposure of ``number`` families that get nothing."""
    names, activities = exposures_of(model), activities_of(model)
    start = np.full((number, len(names)), math.inf)
    return Exposure(
        names, start, np.zeros_like(start), activities, np.full((number, len(activities)), math.inf)
    )


def starts_of(
    model: Model,
    values: Values,
    plan: Plan,
    begins: Floats,
    waits: Mapping[str, Floats] | None = None,
) -> Floats:
    """Return the child's age at the start of each exposure (n, X), inf for none.

    ``begins`` (n,) is the age at which a family gets its place, inf for never; ``waits`` (n,) are
    years that it then waits for an exposure with places of its own.
    """
    starts = np.full(plan.willing.shape, math.inf)
    for name in ordered(model, values):
        x = plan.names.index(name)
        after = values.setting(f"{name}.after", "")
        if after:
            first = starts[:, plan.names.index(f"service.{after}")]
            could = follows(values, name, first) + (waits or {}).get(name, 0.0)
        else:
            could = begins
        starts[:, x] = np.where(plan.willing[:, x], could, math.inf)
    return starts


def exposure_of(
    model: Model,
    values: Values,
    plan: Plan,
    starts: Floats,
    counted: dict[str, tuple[Floats, float | Floats]],
) -> Exposure:
    """Return starts with their doses and activities; ``counted`` holds time and amount of more."""
    activities = activities_of(model)
    dose = np.stack([dose_of(values, n, starts[:, x], plan) for x, n in enumerate(plan.names)], 1)
    times = np.full((len(starts), len(activities)), math.inf)
    amounts = np.ones_like(times)
    times[:, : len(plan.names)] = starts
    for name, (time, amount) in counted.items():
        a = activities.index(name)
        times[:, a] = np.maximum(time, values[ENTRY])
        amounts[:, a] = amount
    return Exposure(plan.names, starts, dose, activities, times, amounts)


def oldest_start(values: Values) -> float:
    """Return the child's age beyond which no family starts."""
    return values.get("service.waiting.oldest_start", math.inf)


def referrals_each(values: Values) -> float:
    """Return how many referrals come for one that is accepted."""
    return 1.0 / values.get("service.referral.accepted_share", 1.0)
