"""Exposure drawn without a queue (capacity off): whether, when and how much of each exposure."""

import math

import numpy as np

from babs_sim.handover import Exposure, Families, Floats
from babs_sim.parameters import Model, Values
from babs_sim.parameters.service import exposures_of
from babs_sim.randomness import uniforms


def run_service(model: Model, values: Values, families: Families, seed: int) -> Exposure:
    """Draw what the service gives to each family; all is inf (nothing) where it is closed.

    Each draw belongs to the family and to the step, so two arms that differ in one share still
    agree on every other draw.
    """
    names = exposures_of(model)
    number = len(families.traits)
    start = np.full((number, len(names)), math.inf)
    dose = np.zeros((number, len(names)))
    if values.setting("service.open"):
        for name in _in_order(names, values):
            x = names.index(name)
            start[:, x], dose[:, x] = _one(values, name, names, start, families, seed)
    return Exposure(names, start, dose, names, start)


def _in_order(names: tuple[str, ...], values: Values) -> list[str]:
    """Return the exposures, each behind the one that it comes after."""
    ordered: list[str] = []
    while len(ordered) < len(names):
        for name in names:
            after = values.setting(f"{name}.after", "")
            if name not in ordered and (not after or f"service.{after}" in ordered):
                ordered.append(name)
    return ordered


def _one(
    values: Values, name: str, names: tuple[str, ...], start: Floats, families: Families, seed: int
) -> tuple[Floats, Floats]:
    index = families.first + np.arange(len(families.traits))

    def happens(step: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(uniforms(seed, index, f"{name}.{step}") < values[f"{name}.{step}_share"])

    eligible = _holds(str(values.setting(f"{name}.only_if", "")), families)
    after = values.setting(f"{name}.after", "")
    if after:
        begins = start[:, names.index(f"service.{after}")]
        if values.setting(f"{name}.antenatal_only", False):
            begins = np.where(begins < 0.0, begins, math.inf)
    else:
        begins = np.where(
            happens("antenatal"),
            values[f"{name}.antenatal_start"],
            values[f"{name}.postnatal_start"],
        )
    when = np.where(eligible & happens("start"), begins, math.inf)
    completes = happens("complete")
    dose = np.where(completes, values[f"{name}.dose_complete"], values[f"{name}.dose_partial"])
    return when, np.where(np.isfinite(when), dose, 0.0)


def _holds(condition: str, families: Families) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not condition:
        return np.ones(len(families.traits), dtype=bool)
    trait, least = (part.strip() for part in condition.split(">="))
    return np.asarray(families.column(trait) >= float(least))
