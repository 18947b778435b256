"""Selection of a referred population: exponential tilting of all births to stated means."""

import numpy as np

from babs_sim.handover import Floats


class SelectionFailed(ValueError):
    """No selection of these births shows what selection.csv asks for."""


def tilt_to(features: Floats, targets: Floats, rounds: int = 60) -> Floats:
    """Return tilts (F,) for which births weighted by exp(features @ tilt) have the target means.

    ``features`` (n, F) of a sample of births, ``targets`` (F,).  The weights are those nearest to
    the births in relative entropy; Newton's method on its convex dual, with step halving.
    Raises `SelectionFailed` where no weights reach the targets.
    """
    centred = features - targets
    tilt = np.zeros(features.shape[1])
    value, weights = _dual(centred, tilt)
    for _ in range(rounds):
        gradient = np.einsum("n,nf->f", weights, centred)
        if np.abs(gradient).max() < 1e-10:
            return tilt
        spread = np.einsum("nf,ng->fg", centred * weights[:, None], centred)
        spread -= np.outer(gradient, gradient)
        step = np.linalg.lstsq(spread, -gradient, rcond=1e-12)[0]
        size = 1.0
        while True:
            candidate, trial = _dual(centred, tilt + size * step)
            if candidate <= value or size < 1e-6:
                break
            size *= 0.5
        tilt, value, weights = tilt + size * step, candidate, trial
    raise SelectionFailed("no selection of the births of this place reaches all of its targets")


def _dual(centred: Floats, tilt: Floats) -> tuple[float, Floats]:
    # Not by BLAS, whose last bits depend on how many threads it has.
    score = np.einsum("nf,f->n", centred, tilt)
    top = float(score.max())
    weights = np.exp(score - top)
    total = float(weights.sum())
    return top + np.log(total / len(score)), weights / total
