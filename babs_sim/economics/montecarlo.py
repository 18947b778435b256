"""Monte Carlo error of any figure: the delete-one-block jackknife.

Families run in blocks that are independent of each other.  Leaving out one block at a time and
computing a figure anew shows how much it hangs on chance; ratios and payback times are figures like
any other.  Arms that are compared share their blocks, so their common chance cancels.
"""

from collections.abc import Callable

import numpy as np

from babs_sim.handover import Floats


def replicate_means(totals: Floats, families: Floats) -> Floats:
    """Return means per family over all blocks, then over all blocks but one.

    ``totals`` (B, ...) are sums over the families of each block and ``families`` (B,) their
    numbers.  In the result (1 + B, ...) row 0 is the full mean; row 1 + b leaves out block b.
    Raises ValueError unless two blocks or more hold families.

    >>> replicate_means(np.array([2.0, 4.0]), np.array([1.0, 1.0]))
    array([3., 4., 2.])
    """
    if families.ndim != 1 or totals.shape[:1] != families.shape:
        raise ValueError(f"totals {totals.shape} do not fit families {families.shape}")
    if len(families) < 2 or not (families > 0).all():
        raise ValueError("a Monte Carlo error needs two blocks or more, each with families")
    whole = totals.sum(axis=0)
    sums = np.concatenate([whole[None], whole - totals])
    number = np.concatenate([[families.sum()], families.sum() - families])
    return np.asarray(sums / number.reshape(-1, *[1] * (totals.ndim - 1)), dtype=np.float64)


def block_error(replicates: Floats, families: Floats) -> Floats:
    """Return the standard error of figures computed on each row of `replicate_means`.

    ``replicates`` (1 + B, ...).  With n families in all, m_b of them in block b and h_b = n / m_b,
    d_b = (h_b - 1)(f - f_b) and the variance is the mean over blocks of
    (d_b - sum_b d_b / h_b)^2 / (h_b - 1): the delete-m_j jackknife of Busing and others (1999), for
    equal blocks the usual (B - 1) / B sum (f_b - mean f_b)^2.  It is exactly 0 where no
    replicate differs, and nan where a replicate is.

    >>> round(float(block_error(np.array([3.0, 4.0, 2.0]), np.array([1.0, 1.0]))), 12)
    1.0
    """
    weight = (families.sum() / families).reshape(-1, *[1] * (replicates.ndim - 1))
    change = (weight - 1) * (replicates[0] - replicates[1:])
    centre = (change / weight).sum(axis=0)
    return np.asarray(np.sqrt(((change - centre) ** 2 / (weight - 1)).mean(axis=0)))


def block_covariance(replicates: Floats, families: Floats) -> Floats:
    """Return the covariance (K, K) of the errors of K figures, as `block_error` has its squares.

    ``replicates`` (1 + B, K).

    >>> both = np.array([[3.0, 1.0], [4.0, 0.5], [2.0, 1.5]])
    >>> block_covariance(both, np.array([1.0, 1.0])).round(12).tolist()
    [[1.0, -0.5], [-0.5, 0.25]]
    """
    weight = (families.sum() / families)[:, None]
    change = (weight - 1) * (replicates[0] - replicates[1:])
    away = change - (change / weight).sum(axis=0)
    return np.asarray(np.einsum("bk,bl->kl", away / (weight - 1), away) / len(families))


def jackknife(
    figure: Callable[[Floats], Floats], totals: Floats, families: Floats
) -> tuple[Floats, Floats]:
    """Return a figure and its Monte Carlo error.

    ``figure`` takes means per family (R, ...) and returns figures (R, ...), each row by itself.

    >>> value, error = jackknife(lambda mean: mean ** 2, np.array([2.0, 4.0]), np.ones(2))
    >>> float(value), float(error)
    (9.0, 6.0)
    """
    replicates = figure(replicate_means(totals, families))
    return replicates[0], block_error(replicates, families)
