"""Penalised regression: least squares on a basis, smoothness by generalised cross-validation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.decision.bases import Basis
from babs_sim.handover import Floats

_STRENGTHS = np.logspace(-8, 6, 57)
_WEIGHTS = (1.0, 1e2, 1e4)
"""Strengths of the penalty that are tried, and how much stronger it is for the extra block."""


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """A fitted regression of T targets.

    ``means`` (T,); ``axes`` (N, P) orthonormal, by target; ``height`` and ``doubt`` (T, P) the
    coefficients along them and their standard errors in the Bayesian view of the penalty;
    ``freedom`` (T,) effective degrees of freedom; ``residual`` (T, T) covariance of the residuals.
    """

    means: Floats
    axes: tuple[Floats, ...]
    height: tuple[Floats, ...]
    doubt: tuple[Floats, ...]
    freedom: Floats
    residual: Floats

    def fitted(self) -> Floats:
        """Return the fitted means (N, T); their means are those of the targets."""
        return np.column_stack(
            [m + q @ h for m, q, h in zip(self.means, self.axes, self.height, strict=True)]
        )

    def simulated(
        self, number: int, seed: int, most: int = 2_000, at_once: int = 50
    ) -> Iterator[Floats]:
        """Yield ``number`` draws of the fitted means from their posterior, each (S, n, T).

        Of many rows, ``most`` are taken, evenly spread.
        """
        rng = np.random.default_rng(seed)
        draws = len(self.axes[0])
        rows = slice(None, None, max(1, draws // most))
        scale = np.sqrt(np.diag(self.residual))
        safe = np.where(scale > 0, scale, 1.0)
        root = _root(self.residual / np.outer(safe, safe))
        for first in range(0, number, at_once):
            size = min(at_once, number - first)
            longest = max(len(h) for h in self.height)
            shocks = rng.standard_normal((size, longest + 1, len(self.means))) @ root
            drawn = np.empty((size, len(self.axes[0][rows]), len(self.means)))
            for t, (axes, height, doubt) in enumerate(
                zip(self.axes, self.height, self.doubt, strict=True)
            ):
                coefficients = (
                    height[:, None] + doubt[:, None] * shocks[:, 1 : len(height) + 1, t].T
                )
                shift = scale[t] / np.sqrt(draws) * shocks[:, 0, t]
                drawn[:, :, t] = (axes[rows] @ coefficients + self.means[t] + shift).T
            yield drawn


def fit(basis: Basis | None, y: Floats) -> Smooth:
    """Return the regression of ``y`` (N, T) on a basis; on a constant where there is none.

    In coordinates in which columns are orthonormal and the penalty is diagonal (Demmler and
    Reinsch), coefficients shrink by 1 / (1 + strength x d).  Strength, and how much more the
    products are penalised, minimise N RSS / (N - freedom - 1)^2, each target by itself.
    """
    draws, targets = y.shape
    means = y.mean(axis=0)
    centred = y - means
    if basis is None:
        none = np.zeros((draws, 0))
        residual = np.atleast_2d(np.cov(centred.T))
        empty = tuple(np.zeros(0) for _ in range(targets))
        return Smooth(means, (none,) * targets, empty, empty, np.zeros(targets), residual)
    gram = basis.columns.T @ basis.columns
    size, directions = np.linalg.eigh(gram)
    kept = size > 1e-9 * size[-1]
    whiten = directions[:, kept] / np.sqrt(size[kept])
    total = (centred**2).sum(axis=0)
    best = np.full(targets, np.inf)
    axes = [np.zeros((draws, 0))] * targets
    height, doubt = [np.zeros(0)] * targets, [np.zeros(0)] * targets
    freedom = np.zeros(targets)
    for weight in _WEIGHTS if basis.extra.any() else (1.0,):
        rough, turn = np.linalg.eigh(whiten.T @ (basis.main + weight * basis.extra) @ whiten)
        rotate = whiten @ turn
        along = rotate.T @ (basis.columns.T @ centred)
        shrink = 1.0 / (1.0 + _STRENGTHS[:, None] * np.maximum(rough, 0.0))
        edf = shrink.sum(axis=1)
        left = total - (2.0 * shrink - shrink**2) @ along**2
        score = draws * left / np.maximum(draws - edf - 1.0, 1.0)[:, None] ** 2
        turned: Floats | None = None
        for t in range(targets):
            at = int(np.argmin(score[:, t]))
            if score[at, t] >= best[t]:
                continue
            best[t], freedom[t] = score[at, t], edf[at]
            turned = basis.columns @ rotate if turned is None else turned
            axes[t] = turned
            height[t] = shrink[at] * along[:, t]
            spread = max(left[at, t], 0.0) / max(draws - edf[at] - 1.0, 1.0)
            doubt[t] = np.sqrt(spread * shrink[at])
    rest = centred - np.column_stack([q @ h for q, h in zip(axes, height, strict=True)])
    scale = np.sqrt(np.maximum(draws - freedom - 1.0, 1.0))
    residual = (rest / scale).T @ (rest / scale)
    return Smooth(means, tuple(axes), tuple(height), tuple(doubt), freedom, residual)


def _root(correlation: Floats) -> Floats:
    """Return the symmetric root of a matrix that is at least nearly positive."""
    size, directions = np.linalg.eigh(correlation)
    return np.asarray((directions * np.sqrt(np.maximum(size, 0.0))) @ directions.T)
