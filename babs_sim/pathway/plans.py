"""What each family brings to the service: when it comes, and what it would do without a queue.

Each draw belongs to the family and to the step, so two arms that differ in one share still agree
on every other draw, and so do a service with a queue and one without.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Families, Floats
from babs_sim.parameters import Model, Values
from babs_sim.parameters.service import exposures_of, is_limited
from babs_sim.randomness import uniforms

Flags: TypeAlias = NDArray[np.bool_]

ENTRY = "model.family.entry"
_BEFORE_BIRTH = -1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """Families (n,) by exposure (X,) of ``names``, before any waiting.

    ``ready`` (n,) is the child's age at which a family could start, ``willing`` (n, X) whether it
    is eligible and takes the exposure up, ``completes`` (n, X) whether it stays to the end, and
    ``stay`` (n, X) for how long, in years; 0 where nothing depends on it.
    """

    names: tuple[str, ...]
    ready: Floats
    willing: Flags
    completes: Flags
    stay: Floats


def ordered(model: Model, values: Values) -> list[str]:
    """Return the exposures, each behind the one that it comes after."""
    names = exposures_of(model)
    found: list[str] = []
    while len(found) < len(names):
        for name in names:
            after = values.setting(f"{name}.after", "")
            if name not in found and (not after or f"service.{after}" in found):
                found.append(name)
    return found


def plan_of(model: Model, values: Values, families: Families, seed: int) -> Plan:
    """Return what families would do at a service that lets everybody start at once."""
    names = exposures_of(model)
    number = len(families.traits)
    plan = Plan(
        names,
        np.full(number, math.inf),
        np.zeros((number, len(names)), dtype=bool),
        np.zeros((number, len(names)), dtype=bool),
        np.zeros((number, len(names))),
    )
    for x, name in enumerate(names):
        if not values.setting(f"{name}.after", ""):
            np.minimum(plan.ready, _ready(model, values, name, families, seed), out=plan.ready)
        eligible = holds(str(values.setting(f"{name}.only_if", "")), families)
        plan.willing[:, x] = eligible & _happens(values, name, "start", families, seed)
        plan.completes[:, x] = _happens(values, name, "complete", families, seed)
        if _stay_matters(values, name):
            plan.stay[:, x] = _stay(values, name, plan.completes[:, x], families, seed)
    return plan


def follows(values: Values, name: str, begins: Floats) -> Floats:
    """Return when ``name`` can start, given when the exposure that it comes after begins."""
    if values.setting(f"{name}.antenatal_only", False):
        begins = np.where(begins < 0.0, begins, math.inf)
    if values.setting(f"{name}.postnatal_only", False):
        begins = np.where(begins >= 0.0, begins, math.inf)
    return begins


def dose_of(values: Values, name: str, starts: Floats, plan: Plan) -> Floats:
    """Return the dose (n,) of families that start at ``starts``, 0 for those that do not.

    A family whose time ends with the age of discharge has not completed.
    """
    x = plan.names.index(name)
    completes = plan.completes[:, x] & (starts + plan.stay[:, x] <= oldest(values, name))
    dose = np.where(completes, values[f"{name}.dose_complete"], values[f"{name}.dose_partial"])
    return np.where(np.isfinite(starts), dose, 0.0)


def oldest(values: Values, name: str) -> float:
    """Return the child's age at which work with a family ends at the latest."""
    return values.get(f"{name}.discharge_age", math.inf)


def holds(condition: str, families: Families) -> Flags:
    """Return which families meet a condition such as ``mother.aces >= 4``; "" is met by all."""
    if not condition:
        return np.ones(len(families.traits), dtype=bool)
    trait, least = (part.strip() for part in condition.split(">="))
    return np.asarray(families.column(trait) >= float(least))


def draws(name: str, families: Families, seed: int) -> Floats:
    """Return one uniform a family for the step ``name``."""
    index = families.first + np.arange(len(families.traits))
    return np.asarray(uniforms(seed, index, name))


def _happens(values: Values, name: str, step: str, families: Families, seed: int) -> Flags:
    return np.asarray(draws(f"{name}.{step}", families, seed) < values[f"{name}.{step}_share"])


def _ready(model: Model, values: Values, name: str, families: Families, seed: int) -> Floats:
    """Return the child's age (n,) at which families could start: by chance, or as was recorded."""
    recorded = model.rows.get("referrals", ())
    if recorded:
        rows = model.table("referrals")
        ages = np.array([row.age for row in sorted(rows, key=lambda row: (row.time, row.number))])
        index = (families.first + np.arange(len(families.traits))) % len(ages)
        return np.asarray(ages[index] + values.get("service.referral.triage", 0.0))
    before = _happens(values, name, "antenatal", families, seed)
    apart = 2.0 * draws(f"{name}.age", families, seed) - 1.0
    antenatal, postnatal = values[f"{name}.antenatal_start"], values[f"{name}.postnatal_start"]
    unborn = antenatal + values.get(f"{name}.antenatal_spread", 0.0) * apart
    born = postnatal + values.get(f"{name}.postnatal_spread", 0.0) * apart
    unborn = np.clip(unborn, min(values[ENTRY], antenatal), _BEFORE_BIRTH)
    return np.asarray(np.where(before, unborn, np.maximum(born, 0.0)))


def _stay_matters(values: Values, name: str) -> bool:
    """Return whether a limited team, or the dose, hangs on how long families stay."""
    if f"{name}.length" not in values:
        return False
    cut_short = values[f"{name}.dose_complete"] != values[f"{name}.dose_partial"]
    return is_limited(values) or (cut_short and math.isfinite(oldest(values, name)))


def _stay(values: Values, name: str, completes: Flags, families: Families, seed: int) -> Floats:
    """Return gamma lengths of stay (n,) with the coefficient of variation ``length_cv``."""
    from scipy.special import gammaincinv

    length = values[f"{name}.length"]
    mean = np.where(completes, length, values.get(f"{name}.length_partial", length))
    spread = values.get(f"{name}.length_cv", 0.0)
    if spread <= 0.0:
        return mean
    shape = spread**-2.0
    drawn = gammaincinv(shape, draws(f"{name}.stay", families, seed)) / shape
    return np.asarray(mean * drawn)
