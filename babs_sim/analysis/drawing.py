"""Draws of the parameters, as points: one row a draw, row 0 the base case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.handover import Floats
from babs_sim.parameters import Model
from babs_sim.parameters.distributions import LATENT, drawn, sample
from babs_sim.parameters.numbers import range_fault
from babs_sim.randomness import uniforms
from babs_sim.simulate.points import Point
from babs_sim.tables import read_numbers

if TYPE_CHECKING:
    from pandas import DataFrame

DRAW = "draw"
"""The column of a file of draws that only counts them."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws(Sequence[Point]):
    """A sample of parameters in base units (1 + N, C), columns by name; row 0 is the base case.

    As a sequence it holds the points, latent columns left out.
    """

    names: tuple[str, ...]
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> Point: ...
    @overload
    def __getitem__(self, place: slice) -> "list[Point]": ...
    def __getitem__(self, place: int | slice) -> "Point | list[Point]":
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        row = self.values[place].tolist()
        return {
            name: value
            for name, value in zip(self.names, row, strict=True)
            if not name.startswith(LATENT)
        }

    def __iter__(self) -> Iterator[Point]:
        return (self[i] for i in range(len(self)))

    def mean(self, draws: int) -> Point:
        """Return the point at which each parameter is the mean of draws 1 to ``draws``."""
        middle = self.values[1 : draws + 1].mean(axis=0)
        return Draws(self.names, middle[None])[0]

    def frame(self, draws: int) -> "DataFrame":
        """Return draws 1 to ``draws``, one column a parameter, in base units."""
        from pandas import DataFrame

        return DataFrame(self.values[1 : draws + 1], columns=list(self.names))


def draw_points(
    model: Model, draws: int, seed: int, sequence: str = "random", file: Path | None = None
) -> Draws:
    """Return the base case and ``draws`` draws of everything that varies.

    Each number of a draw is addressed by seed, draw and parameter, so more draws, or another
    parameter, change none of the others.  ``sequence`` "sobol" takes scrambled Sobol points (Owen
    1998) instead, which fill the space more evenly; then another parameter changes them all.
    ``file`` holds draws of some parameters, in the units of their tables, such as
    ``posterior.csv`` of a calibration; they take the place of their own distributions.  Raises
    `Problems` for a file with fewer draws, or that does not fit the model.
    """
    names = drawn(model)
    if sequence == "sobol":
        u = _sobol(len(names), draws, seed)
    else:
        number = np.arange(draws + 1)
        u = np.empty((draws + 1, len(names)))
        for column, name in enumerate(names):
            u[:, column] = uniforms(seed, number, f"draw:{name}")
    found = Draws(names, sample(model, u))
    return found if file is None else _with_file(model, found, file)


def _sobol(columns: int, draws: int, seed: int) -> Floats:
    from scipy.stats import qmc

    points = qmc.Sobol(max(columns, 1), scramble=True, rng=seed)
    powers = max(1, int(np.ceil(np.log2(max(draws, 2)))))
    u = points.random_base2(powers)[:draws, :columns]
    least = 2.0**-54
    return np.vstack([np.full((1, columns), 0.5), np.clip(u, least, 1.0 - 2.0**-53)])


def _with_file(model: Model, draws: Draws, path: Path) -> Draws:
    given = read_numbers(path)
    problems = list(given.problems)
    columns = [(c, name) for c, name in enumerate(given.names) if name != DRAW]
    for _, name in columns:
        if name not in model.parameters:
            hint = nearest(name, model.parameters)
            problems.append(Problem(given.file, 1, name, "is not a parameter", hint=hint))
    wanted = len(draws) - 1
    if not problems and len(given.rows) < wanted:
        text = f"holds fewer draws than the {wanted:,} that are asked for"
        problems.append(Problem(given.file, None, "", text, f"{len(given.rows):,}"))
    names, added = list(draws.names), []
    if not problems:
        for column, name in columns:
            parameter = model.parameters[name]
            values = []
            for line, row in given.rows[:wanted]:
                raw = row[column]
                fault = range_fault(raw, parameter.raw_unit, parameter.reference_risk)
                if fault:
                    problems.append(Problem(given.file, line, name, fault, f"{raw:g}"))
                else:
                    values.append(parameter.in_base(raw))
            added.append((name, np.array([parameter.value, *values])))
    if problems:
        raise Problems(problems)
    values_now = draws.values.copy()
    for name, numbers in added:
        if name in names:
            values_now[:, names.index(name)] = numbers
        else:
            names.append(name)
            values_now = np.column_stack([values_now, numbers])
    return Draws(tuple(names), values_now)
