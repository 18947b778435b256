"""Bases for regression on parameter draws: penalised splines, their products, a Gaussian process.

Curves run over the normal scores of a parameter's ranks, so that heavy tails leave no gaps, and
have a straight line in the parameter itself beside them.
Two blocks of columns, each with its own penalty: ``main`` is one smooth curve for each parameter,
``extra`` what they do together.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from babs_sim.handover import Floats

FEW = 12
"""A parameter with fewer distinct values gets a level for each."""
MOST_FOR_SPLINES = 4
"""Sets of more parameters than this are regressed by a Gaussian process."""

_SINGLE, _MAIN, _PRODUCT = 16, 10, 5
_LEARN_FROM, _LANDMARKS, _STEPS = 300, 300, 25


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Columns (N, P) and the penalties (P, P) of the two blocks, both on the same scale."""

    columns: Floats
    main: Floats
    extra: Floats
    method: str


def basis_of(values: Floats, y: Floats, seed: int = 1) -> Basis | None:
    """Return the basis for a set of parameters, ``values`` (N, P); None if none of them varies.

    Up to `MOST_FOR_SPLINES` parameters: cubic P-splines (Eilers and Marx 1996), with products for
    each pair.  More: curves with few knots, and a Gaussian process with a length scale for each
    parameter, learnt on a part of the draws (scikit-learn) from ``y`` (N, T) and then carried to
    all draws by the Nystroem method.
    """
    varying = values[:, np.ptp(values, axis=0) > 0] if len(values) else values
    number = varying.shape[1]
    if number == 0:
        return None
    scores = [normal_scores(column) for column in varying.T]
    lines = [_line(column) for column in varying.T]
    if number == 1:
        return _joined([curve(scores[0], _SINGLE), *lines], [], "spline")
    if number <= MOST_FOR_SPLINES:
        mains = [*(curve(score, _MAIN) for score in scores), *lines]
        small = [curve(score, _PRODUCT) for score in scores]
        products = [_product(one, other) for one, other in combinations(small, 2)]
        return _joined(mains, products, "spline with products")
    size = int(np.clip(len(values) / (10 * number), 1, _MAIN))
    mains = lines if size < 4 else [*(curve(score, size) for score in scores), *lines]
    return _joined(mains, [_process(np.column_stack(scores), y, seed)], "Gaussian process")


def normal_scores(column: Floats) -> Floats:
    """Return the normal scores (N,) of a column's ranks; equal numbers get the same score.

    >>> normal_scores(np.array([5.0, 1.0, 9.0])).round(3) + 0.0
    array([ 0.   , -0.967,  0.967])
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return np.asarray(ndtri((rankdata(column) - 0.5) / len(column)))


Block = tuple[Floats, Floats]


def curve(score: Floats, size: int) -> Block:
    """Return columns (N, size) and penalty (size, size) of a smooth curve: a cubic P-spline.

    The penalty is on second differences, so that a straight line is free.  A column of few
    distinct numbers gets a level for each, drawn towards their mean.
    """
    from scipy.interpolate import BSpline

    levels = np.unique(score)
    if len(levels) < FEW:
        return (score[:, None] == levels).astype(np.float64), np.eye(len(levels))
    low, high = levels[0], levels[-1]
    step = (high - low) / (size - 3)
    knots = low + step * np.arange(-3, size + 1)
    knots[size] = max(knots[size], high)
    columns = BSpline.design_matrix(score, knots, 3).toarray()
    difference = np.diff(np.eye(size), 2, axis=0)
    return columns, difference.T @ difference


def _line(column: Floats) -> Block:
    """Return a straight line in the parameter itself, without penalty."""
    scaled = (column - column.mean()) / column.std()
    return scaled[:, None], np.zeros((1, 1))


def _product(one: Block, other: Block) -> Block:
    (x, p), (z, q) = one, other
    columns = (x[:, :, None] * z[:, None, :]).reshape(len(x), -1)
    penalty = np.kron(p, np.eye(len(q))) + np.kron(np.eye(len(p)), q)
    return columns, penalty + 1e-3 * np.eye(len(penalty))


def _process(scores: Floats, y: Floats, seed: int) -> Block:
    """Return features (N, L) of a Gaussian process; their penalty is the identity."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    from sklearn.kernel_approximation import Nystroem

    draws, number = scores.shape
    order = np.random.default_rng(seed).permutation(draws)
    learnt = order[: min(_LEARN_FROM, draws)]
    target = y[learnt] - y[learnt].mean(axis=0)
    spread = target.std(axis=0)
    target = target[:, spread > 0] / spread[spread > 0]
    kernel = RBF(np.full(number, 2.0 * np.sqrt(number)), (0.3, 1e3)) + WhiteKernel(0.5, (1e-4, 1e2))
    process = GaussianProcessRegressor(kernel, optimizer=_few_steps)
    with warnings.catch_warnings():
        # A length scale at its upper bound is a parameter that does not matter: no cause for alarm.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(scores[learnt], target if target.size else y[learnt])
    learnt_kernel: Any = process.kernel_
    features = Nystroem(learnt_kernel.k1, n_components=min(_LANDMARKS, draws), random_state=seed)
    columns = features.fit_transform(scores)
    return columns, np.eye(columns.shape[1])


def _few_steps(
    objective: Callable[..., Any], start: Floats, bounds: Floats
) -> tuple[Floats, float]:
    """Climb for a few steps only: the length scales need not be exact."""
    from scipy.optimize import minimize

    climb: Any = minimize
    found = climb(
        objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": _STEPS}
    )
    return found.x, float(found.fun)


def _joined(mains: list[Block], extras: list[Block], method: str) -> Basis:
    """Put blocks side by side; each penalty is scaled to the size of its columns."""
    blocks = mains + extras
    columns = np.hstack([block for block, _ in blocks])
    columns -= columns.mean(axis=0)
    main = np.zeros((columns.shape[1], columns.shape[1]))
    extra = np.zeros_like(main)
    first = 0
    for number, (block, penalty) in enumerate(blocks):
        own = slice(first, first + block.shape[1])
        weight = (columns[:, own] ** 2).sum() / max(float(np.trace(penalty)), 1e-300)
        into = main if number < len(mains) else extra
        into[own, own] = penalty * (weight if penalty.any() else 0.0)
        first += block.shape[1]
    return Basis(columns, main, extra, method)
