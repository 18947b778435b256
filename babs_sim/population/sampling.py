"""The compiled sampler: a Gaussian copula of traits, with rejection for a selected population.

Small functions take arrays, not the sampler: passing it on costs more than drawing a trait.
"""

import math
from typing import Any

import numpy as np

from babs_sim import randomness
from babs_sim.handover import Floats
from babs_sim.population.sampler import Sampler
from babs_sim.speed import compiled, inlined

mix = inlined(randomness.mix)
normal_quantile = compiled(randomness.normal_quantile)
_GOLDEN, _ONE, _S11 = randomness.GOLDEN, np.uint64(1), np.uint64(11)
_ROOT_HALF = math.sqrt(0.5)


@inlined
def uniform(key: Any, clock: Any, episode: int) -> float:
    """Return the uniform of a family's key, a clock's hash and an episode."""
    bits = mix(key + clock + _GOLDEN * (np.uint64(episode) + _ONE))
    return (np.float64(bits >> _S11) + 0.5) * (1.0 / 9007199254740992.0)


@compiled
def draw_traits(key0: Any, first: int, selecting: int, p: Sampler, out: Floats) -> None:
    """Draw families ``first`` on into ``out`` (n, T), columns in drawing order.

    The first ``selecting`` traits decide about acceptance.  Trait 0 is drawn from its tilted shares
    at once; the tilts of the others accept or reject: candidates of a family are numbered, and the
    first one accepted is taken.  ``p`` is a `families.Sampler`.
    """
    number = out.shape[1]
    noise = np.zeros(number)
    for i in range(out.shape[0]):
        key = mix(key0 + _GOLDEN * (np.uint64(first + i) + _ONE))
        candidate = 0
        while True:
            score = -p.ceiling
            for j in range(selecting):
                if j == 0:
                    out[i, 0] = lead(
                        uniform(key, p.clock[0], candidate), noise, p.level, p.lead_share,
                        p.lead_base,
                    )  # fmt: skip
                else:
                    out[i, j] = draw_one(
                        uniform(key, p.clock[j], candidate), j, noise, p.lower, p.cut, p.level,
                        p.cut_from[j], p.cut_from[j + 1], p.mean[j], p.sd[j], p.least_share[j],
                        p.most_share[j],
                    )  # fmt: skip
            for f in range(p.feature_trait.shape[0]):
                if p.feature_trait[f] == 0:
                    continue
                x = out[i, p.feature_trait[f]]
                if math.isnan(p.feature_least[f]):
                    score += p.tilt[f] * x
                elif x >= p.feature_least[f]:
                    score += p.tilt[f]
            if score >= 0.0 or math.log(uniform(key, p.accept, candidate)) <= score:
                break
            candidate += 1
        for j in range(selecting, number):
            out[i, j] = draw_one(
                uniform(key, p.clock[j], candidate), j, noise, p.lower, p.cut, p.level,
                p.cut_from[j], p.cut_from[j + 1], p.mean[j], p.sd[j], p.least_share[j],
                p.most_share[j],
            )  # fmt: skip


@compiled
def lead(u: float, noise: Floats, levels: Floats, share: Floats, base: Floats) -> float:
    """Draw trait 0 from its tilted shares; its noise is that of the same place in its level."""
    level = 0
    while level < share.shape[0] - 2 and u > share[level + 1]:
        level += 1
    inside = (u - share[level]) / (share[level + 1] - share[level])
    low, high = base[level], base[level + 1]
    noise[0] = normal_quantile(min(max(low + inside * (high - low), 1e-300), 1.0 - 1e-16))
    return levels[level]


@compiled
def draw_one(
    u: float,
    j: int,
    noise: Floats,
    lower: Floats,
    cut: Floats,
    levels: Floats,
    low: int,
    high: int,
    mean: float,
    sd: float,
    least_share: float,
    most_share: float,
) -> float:
    """Return trait ``j`` of one candidate, given the noise of the traits before it."""
    noise[j] = normal_quantile(u)
    z = 0.0
    for k in range(j + 1):
        z += lower[j, k] * noise[k]
    if high > low:
        level = low
        while level < high - 1 and z > cut[level]:
            level += 1
        return levels[level]
    if least_share > 0.0 or most_share < 1.0:
        share = 0.5 * math.erfc(-z * _ROOT_HALF)
        z = normal_quantile(least_share + share * (most_share - least_share))
    return mean + sd * z
