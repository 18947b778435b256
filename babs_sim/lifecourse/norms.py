"""Utility norms: a row for each combination of a person's sex and traits, as a `Machine` has it."""

import itertools
import math
from typing import Any

import numpy as np

from babs_sim.handover import Floats
from babs_sim.lifecourse.driving import lists
from babs_sim.lifecourse.rates import PERSONS, levels_of
from babs_sim.parameters import Model, Values

OLDEST = 121
_SEXES = ("female", "male")


def norm_rows(
    model: Model, values: Values, traits: tuple[str, ...], sex_trait: int
) -> dict[str, Any]:
    """Return the arrays ``norm*`` of a machine.

    The norm of a person is that of age and sex, times the utility ratio of each trait's level.
    Sexes: 0 female (the mother's), 1 male.
    """
    by_sex = _by_age(model, values)
    ratios: dict[str, dict[float, float]] = {}
    for row in model.table("trait_utilities"):
        ratios.setdefault(row.trait, {})[row.level] = values[row.key]
    owner = {row.name: row.person for row in model.table("traits")}
    rows: list[Floats] = []
    keys: list[list[tuple[int, int, int, int]]] = []
    starts = []
    for person in PERSONS:
        mine = sorted(name for name in ratios if owner[name] in (person, "family"))
        levels = [levels_of(model, name) for name in mine]
        places = [
            (traits.index(n), int(at[0]), len(at)) for n, at in zip(mine, levels, strict=True)
        ]
        sexes = range(2) if person == "child" and sex_trait >= 0 else range(1)
        if len(sexes) > 1:
            places.insert(0, (sex_trait, 0, 2))
        strides = [math.prod(size for _, _, size in places[j + 1 :]) for j in range(len(places))]
        starts.append(len(rows))
        keys.append([(*place, stride) for place, stride in zip(places, strides, strict=True)])
        for sex, *chosen in itertools.product(sexes, *levels):
            ratio = math.prod(ratios[n].get(at, 1.0) for n, at in zip(mine, chosen, strict=True))
            rows.append(by_sex[int(sex)] * ratio)
    norm_from, norm_trait = lists([[key[0] for key in person] for person in keys], int)
    base, size, stride = (
        np.array([key[part] for person in keys for key in person], np.int64) for part in (1, 2, 3)
    )
    return {
        "norm": np.array(rows),
        "norm_row": np.array(starts, np.int64),
        "norm_from": norm_from,
        "norm_trait": norm_trait,
        "norm_base": base,
        "norm_size": size,
        "norm_stride": stride,
    }


def _by_age(model: Model, values: Values) -> Floats:
    norm = np.full((2, OLDEST), math.nan)
    for row in model.table("utility_norms"):
        if row.age < OLDEST:
            norm[_SEXES.index(row.sex), row.age] = values[row.key]
    for sex in range(2):
        known = np.flatnonzero(~np.isnan(norm[sex]))
        if len(known) == 0:
            norm[sex] = 1.0
        else:
            norm[sex] = np.interp(np.arange(OLDEST), known, norm[sex, known])
    return norm
