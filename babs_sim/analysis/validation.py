"""Validation: births without the service, held against published figures."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.gauging import Board, Gauge, horizon_of, read_gauges
from babs_sim.economics.montecarlo import block_error, replicate_means
from babs_sim.errors import Problem, Problems
from babs_sim.handover import Floats
from babs_sim.parameters import Model
from babs_sim.parameters.distributions import Z
from babs_sim.parameters.rows import TargetRow
from babs_sim.simulate.births import Births, births_of, live_births
from babs_sim.simulate.running import Progress, centring_factors

if TYPE_CHECKING:
    from pandas import DataFrame

NEAR = 0.1
"""A figure is in band within this share of the published one ..."""
ERRORS = 2.0
"""... or within this many standard errors, whichever is more."""

COLUMNS = (
    "target", "population", "published", "simulated", "mc_error", "band", "role", "expressed",
    "in_band", "note", "domain", "published_error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """One target beside what the births show: ``simulated`` and ``mc_error`` in its unit.

    Both are nan where the model cannot express it.
    """

    row: TargetRow
    simulated: float = math.nan
    mc_error: float = math.nan

    @property
    def published_error(self) -> float:
        """Return the standard error of the published figure, 0 where it has no interval."""
        return published_error(self.row)

    @property
    def band(self) -> float:
        """Return half the width of the band around the published figure."""
        error = math.hypot(
            self.published_error, 0.0 if math.isnan(self.mc_error) else self.mc_error
        )
        return max(NEAR * abs(self.row.value), ERRORS * error)

    @property
    def in_band(self) -> bool:
        """Return whether the simulated figure lies in the band."""
        return abs(self.simulated - self.row.value) <= self.band


@dataclass(frozen=True, slots=True)
class Validation:
    """All targets of one place beside the births of that place."""

    label: str
    families: int
    seed: int
    seconds: float
    comparisons: tuple[Comparison, ...]

    def frame(self) -> "DataFrame":
        """Return the table validation.csv, in the order of targets.csv."""
        from pandas import DataFrame

        rows = []
        for one in self.comparisons:
            shown = one.row.expressed
            words = ("yes" if one.in_band else "no") if shown else ""
            band = one.band if shown else math.nan
            rows.append(
                (one.row.label, one.row.population, one.row.value, one.simulated, one.mc_error,
                 band, one.row.role, "yes" if shown else "no", words, one.row.note,
                 one.row.domain, one.published_error)
            )  # fmt: skip
        return DataFrame(rows, columns=list(COLUMNS))

    def counts(self, role: str = "") -> tuple[int, int]:
        """Return how many expressed targets of a role ("" both) are in band, and how many are."""
        found = [c for c in self.comparisons if c.row.expressed and role in ("", c.row.role)]
        return sum(c.in_band for c in found), len(found)

    def misses(self) -> tuple[Comparison, ...]:
        """Return the expressed targets that are out of band."""
        return tuple(c for c in self.comparisons if c.row.expressed and not c.in_band)


def published_error(row: TargetRow) -> float:
    """Return the standard error that a target's 95 % interval tells, 0 where it has none."""
    if row.low is None or row.high is None:
        return 0.0
    return (row.high - row.low) / (2.0 * Z)


def targets_of(model: Model, place: str) -> tuple[TargetRow, ...]:
    """Return the targets of one place ("" the reference place), in the order of the table.

    Raises `Problems` if there are none.
    """
    found = [located.row for located in model.rows.get("targets", ())]
    rows = tuple(row for row in found if isinstance(row, TargetRow) and row.place == place)
    if not rows:
        named = sorted({row.place for row in found if isinstance(row, TargetRow)} - {""})
        hint = "targets.csv has targets of: " + (", ".join(named) or "no place")
        text = "has no targets"
        raise Problems([Problem("--place", None, "", text, place or "the reference place", hint)])
    return rows


def validate(
    model: Model,
    reference: Model,
    place: str,
    families: int,
    seed: int,
    workers: int,
    tell: Progress,
) -> Validation:
    """Simulate births of ``model`` and compare them with the targets of ``place``.

    ``reference`` is the model of the births that published averages describe, on which rates are
    centred.  Raises `Problems` if the place has no targets.
    """
    began = time.perf_counter()
    rows = targets_of(model, place)
    gauges = read_gauges(model, place=place)
    horizon = horizon_of(gauges)
    factors = centring_factors(reference, {}, horizon, workers, tell)
    births = births_of(model, {}, horizon, factors)
    value, error = measure(births, gauges, families, seed, workers, tell)
    found = {g.row.key: (float(v), float(e)) for g, v, e in zip(gauges, value, error, strict=True)}
    comparisons = tuple(
        Comparison(row, *found[row.key]) if row.key in found else Comparison(row) for row in rows
    )
    label = str(model.values().setting("place.label", model.place or "all births"))
    return Validation(label, families, seed, time.perf_counter() - began, comparisons)


def measure(
    births: Births,
    gauges: Sequence[Gauge],
    families: int,
    seed: int,
    workers: int,
    tell: Progress,
) -> tuple[Floats, Floats]:
    """Return the figures of gauges (T,) in their units, and their Monte Carlo errors (T,)."""
    board = Board(gauges)
    lived = list(
        live_births(births, families, seed, workers, tell, board.read, board.groups, board.slots)
    )
    number = np.array([n for n, _ in lived], dtype=np.float64)
    replicates = board.figures(replicate_means(np.stack([sums for _, sums in lived]), number))
    return replicates[0], block_error(replicates, number)
