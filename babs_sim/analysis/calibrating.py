"""Calibration: free parameters are moved until births without the service show the targets.

Only targets whose role is ``calibrated`` are ever read.  Each trial follows the same births with
the same random numbers, and rates are centred anew, near the known factors.  With s the simulated
figure, p the published one, e its standard error (half the band of 10 % where no interval is
published) and m the Monte Carlo error, the log likelihood is the sum over targets of
-((s - p)^2 / v + ln v) / 2, with v = e^2 + m^2.
"""

import math
import time
from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.freeing import Free, changes, free_parameters, starting_point
from babs_sim.analysis.gauging import Gauge, horizon_of, read_gauges
from babs_sim.analysis.validation import ERRORS, NEAR, measure, published_error
from babs_sim.errors import Problem, Problems
from babs_sim.handover import Floats
from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import Model
from babs_sim.parameters.rows import TargetRow
from babs_sim.parameters.service import exposures_of
from babs_sim.population import read_cohort
from babs_sim.simulate.births import Births
from babs_sim.simulate.nearby import NearbyCentring
from babs_sim.simulate.running import Progress, centring_factors

CALIBRATED = "calibrated"
_FIRST_STEP = 0.12
_WORST = 1e12


@dataclass(frozen=True, slots=True)
class Trial:
    """One point that was tried: ``u`` (P,), figures and Monte Carlo errors (T,), log posterior."""

    u: Floats
    figures: Floats
    errors: Floats
    log_likelihood: float
    log_posterior: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a search found: every trial in order, the first being the tables as they are."""

    free: tuple[Free, ...]
    gauges: tuple[Gauge, ...]
    trials: tuple[Trial, ...]
    families: int
    seed: int
    seconds: float

    @property
    def before(self) -> Trial:
        """The trial of the tables as they are."""
        return self.trials[0]

    @property
    def best(self) -> Trial:
        """The trial of the highest posterior density."""
        return max(self.trials, key=lambda trial: trial.log_posterior)


class Objective:
    """The births of a model as a function of its free parameters."""

    def __init__(
        self, model: Model, families: int, seed: int, workers: int, tell: Progress
    ) -> None:
        self.free = free_parameters(model)
        self.gauges = read_gauges(model, role=CALIBRATED, place="")
        if not self.gauges:
            text, hint = "has no calibrated target that the model expresses", "add a row"
            raise Problems([Problem("targets.csv", None, "role", text, hint=hint)])
        self.published = np.array([g.row.value for g in self.gauges])
        self.tolerance = np.array([tolerance(g.row) for g in self.gauges])
        self.families, self.seed, self.workers, self.tell = families, seed, workers, tell
        self.trials: list[Trial] = []
        self._model = model
        self._horizon = horizon_of(self.gauges)
        self._exposures = exposures_of(model)
        factors = centring_factors(model, {}, self._horizon, workers, tell)
        values = model.values({"service.open": False})
        compiled = compile_rates(model, values, self._horizon)
        self._near = NearbyCentring(compiled, read_cohort(model, values, "births"), factors)

    def try_at(self, u: Floats) -> Trial:
        """Simulate the births at ``u`` (P,), within the limits, and keep the trial."""
        u = np.clip(u, 0.0, 1.0)
        values = self._model.values({**changes(self.free, u), "service.open": False})
        compiled = compile_rates(self._model, values, self._horizon)
        cohort = read_cohort(self._model, values, "births")
        births = Births(compiled.scaled(*self._near(compiled, cohort)), cohort, self._exposures)
        figures, errors = measure(
            births, self.gauges, self.families, self.seed, self.workers, _silent
        )
        likelihood = float(self.log_likelihood(figures, errors))
        trial = Trial(u, figures, errors, likelihood, likelihood + float(self.log_prior(u)))
        self.trials.append(trial)
        return trial

    def log_likelihood(self, figures: Floats, errors: Floats) -> Floats:
        """Return the log likelihood of figures (..., T) with their own errors (..., T)."""
        variance = self.tolerance**2 + errors**2
        return np.asarray(
            -0.5 * ((figures - self.published) ** 2 / variance + np.log(variance)).sum(axis=-1)
        )

    def log_prior(self, u: Floats) -> Floats:
        """Return the log density of points (..., P) before any target is seen."""
        each = [free.log_prior(u[..., k]) for k, free in enumerate(self.free)]
        return np.asarray(np.sum(each, axis=0))


def tolerance(row: TargetRow) -> float:
    """Return the standard error that a target is held to."""
    return published_error(row) or NEAR * abs(row.value) / ERRORS


def calibrate(
    model: Model, families: int, seed: int, evaluations: int, workers: int, tell: Progress
) -> tuple[Calibration, Objective]:
    """Search for the highest posterior density by Nelder and Mead's method, within the limits.

    Raises `Problems` where no parameter is free or no target is there to calibrate to.
    """
    from scipy.optimize import minimize

    began = time.perf_counter()
    objective = Objective(model, families, seed, workers, tell)
    start = starting_point(objective.free)
    what = "searching"

    def cost(u: Floats) -> float:
        tell(min(len(objective.trials), evaluations), evaluations, what)
        value = objective.try_at(u).log_posterior
        return -value if math.isfinite(value) else _WORST

    cost(start)
    if evaluations > 1:
        minimize(
            cost,
            start,
            method="Nelder-Mead",
            bounds=[(0.0, 1.0)] * len(start),
            options={
                "maxfev": evaluations - 1,
                "initial_simplex": _simplex(start),
                "xatol": 1e-3,
                "fatol": 1e-3,
                "adaptive": len(start) > 2,
            },
        )
    return found_by(objective, began), objective


def found_by(objective: Objective, began: float) -> Calibration:
    """Return all trials of an objective so far; ``began`` is the clock at the start."""
    return Calibration(
        objective.free, objective.gauges, tuple(objective.trials), objective.families,
        objective.seed, time.perf_counter() - began,
    )  # fmt: skip


def _simplex(start: Floats) -> Floats:
    """Return start and one step along each axis, away from the nearer limit."""
    corners = np.tile(start, (len(start) + 1, 1))
    for k, place in enumerate(start):
        corners[k + 1, k] += _FIRST_STEP if place < 0.5 else -_FIRST_STEP
    return corners


def _silent(done: int, total: int, what: str) -> None:
    pass
