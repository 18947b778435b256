"""The posterior of the free parameters: an emulator of the births, and Markov chains over it.

Births are simulated at points that fill the space near the best one.  A Gaussian process for each
target then stands in for the simulation; its own error widens the likelihood.  The chains are those
of Goodman and Weare's affine-invariant sampler (emcee).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from babs_sim.analysis.calibrating import Objective, Trial
from babs_sim.handover import Floats

WALKERS_A_PARAMETER = 6
BURN_IN, STEPS = 300, 600
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Posterior:
    """Draws ``u`` (N, P) of the free parameters, and how well the emulator did.

    ``emulator_error`` (T,) is the root mean squared error at points left out, in the target's
    unit; ``figures`` (N, T) what the emulator shows at the draws; ``acceptance`` the share of steps
    that were taken.
    """

    u: Floats
    figures: Floats
    emulator_error: Floats
    acceptance: float


def sample_posterior(
    objective: Objective, points: int, draws: int, tell: Callable[[int, int, str], None]
) -> Posterior:
    """Simulate ``points`` more points, emulate, and draw ``draws`` times from the posterior."""
    for done, u in enumerate(_design(objective, points)):
        tell(done, points, "filling the space")
        objective.try_at(u)
    tell(0, 1, "emulating")
    trials = objective.trials
    x = np.stack([trial.u for trial in trials])
    y = np.stack([trial.figures for trial in trials])
    emulators = [_emulator(x, y[:, t], objective.seed) for t in range(y.shape[1])]
    noise = np.stack([trial.errors for trial in trials]).mean(axis=0)
    left_out = np.array([_error_left_out(x, y[:, t], objective.seed) for t in range(y.shape[1])])

    def shown(u: Floats) -> tuple[Floats, Floats]:
        both = [emulate(u) for emulate in emulators]
        return np.stack([m for m, _ in both], axis=1), np.stack([s for _, s in both], axis=1)

    def log_posterior(u: Floats) -> Floats:
        prior = objective.log_prior(u)
        figures, spread = shown(np.clip(u, 0.0, 1.0))
        found = objective.log_likelihood(figures, np.hypot(spread, noise)) + prior
        return np.where(np.isfinite(found), found, -np.inf)

    chain, acceptance = _chains(log_posterior, objective, _best(trials), tell)
    chosen = np.random.default_rng(objective.seed).integers(0, len(chain), draws)
    u = chain[chosen]
    return Posterior(u, shown(u)[0], left_out, acceptance)


def _best(trials: list[Trial]) -> Floats:
    return max(trials, key=lambda trial: trial.log_posterior).u


def _design(objective: Objective, points: int) -> Floats:
    """Return points (N, P): half over the whole space, half near the best one found so far."""
    from scipy.stats import qmc

    best = _best(objective.trials)
    cube = qmc.LatinHypercube(len(best), rng=objective.seed).random(points)
    near = np.arange(points) % 2 == 1
    cube[near] = np.clip(best + 0.4 * (cube[near] - 0.5), 0.0, 1.0)
    return np.asarray(cube)


def _process(seed: int, dimensions: int) -> Any:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    kernel = ConstantKernel(1.0, (1e-2, 1e3)) * RBF(
        np.ones(dimensions), (0.05, 50.0)
    ) + WhiteKernel(1e-3, (1e-8, 1.0))
    return GaussianProcessRegressor(
        kernel, normalize_y=True, n_restarts_optimizer=1, random_state=seed % 2**32
    )


def _emulator(x: Floats, y: Floats, seed: int) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Return what gives mean and standard deviation of a target at points (N, P)."""
    if np.ptp(y) == 0.0:
        return lambda u: (np.full(len(u), y[0]), np.zeros(len(u)))
    from scipy.linalg import solve_triangular

    process = _fitted(x, y, seed)
    kernel, factor, weights = process.kernel_, process.L_, process.alpha_.ravel()
    middle, size = float(np.mean(y)), float(np.std(y))

    def emulate(u: Floats) -> tuple[Floats, Floats]:
        # What process.predict does, without its checks, which cost more than the sums.
        near = kernel(u, x)
        told = solve_triangular(factor, near.T, lower=True, check_finite=False)
        left = np.maximum(kernel.diag(u) - (told**2).sum(axis=0), 0.0)
        return middle + size * (near @ weights), size * np.sqrt(left)

    return emulate


def _fitted(x: Floats, y: Floats, seed: int) -> Any:
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # A length scale at its bound says that a parameter does not matter for the target.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _process(seed, x.shape[1]).fit(x, y)


def _error_left_out(x: Floats, y: Floats, seed: int) -> float:
    """Return the root mean squared error where a fifth of the points at a time is left out."""
    fold = np.arange(len(y)) % _FOLDS
    missed = np.zeros(len(y))
    for k in range(min(_FOLDS, len(y))):
        rest, here = fold != k, fold == k
        if rest.sum() < 2:
            return float("nan")
        missed[here] = y[here] - _emulator(x[rest], y[rest], seed)(x[here])[0]
    return float(np.sqrt((missed**2).mean()))


def _chains(
    log_posterior: Callable[[Floats], Floats],
    objective: Objective,
    best: Floats,
    tell: Callable[[int, int, str], None],
) -> tuple[Floats, float]:
    import emcee

    dimensions = len(best)
    walkers = max(2 * WALKERS_A_PARAMETER, WALKERS_A_PARAMETER * dimensions)
    generator = np.random.default_rng(objective.seed)
    first = np.clip(best + 0.02 * generator.standard_normal((walkers, dimensions)), 0.01, 0.99)
    state = emcee.State(
        first, random_state=np.random.RandomState(objective.seed % 2**32).get_state()
    )
    sampler = emcee.EnsembleSampler(walkers, dimensions, log_posterior, vectorize=True)
    whole = BURN_IN + STEPS
    for done, _ in enumerate(sampler.sample(state, iterations=whole)):
        tell(done, whole, "drawing from the posterior")
    return (
        np.asarray(sampler.get_chain(discard=BURN_IN, thin=5, flat=True)),
        float(np.mean(sampler.acceptance_fraction)),
    )
