"""Subgroups: families parted into bands of a trait, such as deprivation fifths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.handover import Families, Floats, Ints
from babs_sim.parameters import Model


@dataclass(frozen=True, slots=True)
class Subgroup:
    """A way to part families: ``bands`` in order, ``limits`` the trait's values between them."""

    name: str
    trait: str
    bands: tuple[str, ...]
    labels: tuple[str, ...]
    limits: Floats


def read_subgroups(model: Model, names: Sequence[str]) -> tuple[Subgroup, ...]:
    """Return the subgroups of subgroups.csv that are named; raises `Problems` for others."""
    rows = model.table("subgroups")
    known = sorted({row.subgroup for row in rows})
    problems = [
        Problem("", None, "subgroups", "is not a subgroup", name, nearest(name, known))
        for name in names
        if name not in known
    ]
    if problems:
        raise Problems(problems)
    found = []
    for name in names:
        mine = [row for row in rows if row.subgroup == name]
        mine.sort(key=lambda row: -np.inf if row.at_least is None else row.at_least)
        found.append(
            Subgroup(
                name,
                mine[0].trait,
                tuple(row.band for row in mine),
                tuple(row.label for row in mine),
                np.array([row.at_least for row in mine[1:]], dtype=np.float64),
            )
        )
    return tuple(found)


def slots_of(families: Families, subgroups: Sequence[Subgroup]) -> Ints:
    """Return the band of each family in each subgroup (n, D), all bands numbered from 1 on."""
    slots = np.empty((len(families.traits), len(subgroups)), np.int64)
    first = 1
    for column, one in enumerate(subgroups):
        place = np.searchsorted(one.limits, families.column(one.trait), side="right")
        slots[:, column] = first + place
        first += len(one.bands)
    return slots
