"""The correction for Monte Carlo noise: few families in a draw make draws look too different.

An outcome of a draw is its expected value plus chance in the simulation.  Chance inflates both the
spread of the draws and EVPI, the mean of a maximum.  Each draw is moved towards what a regression
on its parameters predicts, just so far that the spread left is that of the expected values.
"""

import numpy as np

from babs_sim.analysis.decision.bases import Basis, normal_scores
from babs_sim.analysis.decision.evppi import Sample, check_sample
from babs_sim.analysis.decision.outcomes import Outcomes
from babs_sim.analysis.decision.regression import fit
from babs_sim.handover import Floats


def without_noise(
    outcomes: Outcomes, within: Floats, sample: Sample | None = None
) -> tuple[Outcomes, Floats]:
    """Return outcomes whose increments have lost their Monte Carlo noise, and what was kept.

    ``within`` (2T, 2T), T = A - 1: the mean over draws of the covariance of the Monte Carlo errors
    of a draw's increments, costs of the T arms first, then effects.  With S the covariance of the
    increments around their regression on ``sample`` (their mean, without one), each draw becomes
    prediction + M (draw - prediction), where M S M' = S - within, positive part: constrained
    empirical Bayes (Louis 1984, Ghosh 1992), which neither keeps the noise nor shrinks too far as a
    posterior mean would.  ``kept`` (2T,) is the share of each increment's variance that is not
    noise.  The comparator's own figures stay.  Raises ValueError unless ``within`` fits.
    """
    cost, effect = outcomes.increments()
    increments = np.hstack([cost, effect])
    size = increments.shape[1]
    if within.shape != (size, size):
        raise ValueError(f"within has shape {within.shape}, not {(size, size)}")
    if sample is not None:
        check_sample(outcomes, sample, {})
    smooth = fit(_straight(sample), increments)
    predicted = smooth.fitted()
    mover, true = _mover(smooth.residual, within)
    moved = predicted + (increments - predicted) @ mover.T
    costs, effects = outcomes.costs.copy(), outcomes.effects.copy()
    others, arms = list(outcomes.others), size // 2
    costs[:, others] = costs[:, [outcomes.base]] + moved[:, :arms]
    effects[:, others] = effects[:, [outcomes.base]] + moved[:, arms:]
    spread = increments.var(axis=0, ddof=1)
    lost = np.diag(smooth.residual) - np.diag(true)
    kept = 1.0 - np.divide(lost, spread, out=np.zeros(size), where=spread > 0)
    clean = Outcomes(outcomes.arms, outcomes.comparator, costs, effects, outcomes.source)
    return clean, np.clip(kept, 0.0, 1.0)


def _straight(sample: Sample | None) -> Basis | None:
    """Return a basis of one line for each parameter, drawn towards 0 where there are many."""
    if sample is None:
        return None
    varying = [column for column in sample.values.T if np.ptp(column) > 0]
    if not varying:
        return None
    columns = np.column_stack([normal_scores(column) for column in varying])
    columns -= columns.mean(axis=0)
    penalty = np.eye(len(varying)) * len(columns)
    return Basis(columns, penalty, np.zeros_like(penalty), "lines")


def _mover(spread: Floats, within: Floats) -> tuple[Floats, Floats]:
    """Return M and M spread M', the positive part of spread - within seen in whitened axes."""
    scale = np.sqrt(np.diag(spread))
    scale = np.where(scale > 0, scale, 1.0)
    size, axes = np.linalg.eigh(spread / np.outer(scale, scale))
    good = size > 1e-12 * max(float(size[-1]), 1e-300)
    root = scale[:, None] * axes[:, good] * np.sqrt(size[good])
    inverse = (axes[:, good] / np.sqrt(size[good])).T / scale
    share, turn = np.linalg.eigh(inverse @ within @ inverse.T)
    keep = np.clip(1.0 - share, 0.0, 1.0)
    mover = root @ (turn * np.sqrt(keep)) @ turn.T @ inverse
    true = root @ (turn * keep) @ turn.T @ root.T
    return np.asarray(mover), np.asarray(true)
