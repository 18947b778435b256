"""Laws of the time since an event was enabled: cumulative hazard and its inverse, compiled.

Numbers of a law, in this order: exponential (rate), Weibull (shape, scale), Gompertz (start,
growth), log-normal (median, sigma).  ``table`` is piecewise constant and lives in `kernel`.
Times are years, hazards per year.
"""

import math

from babs_sim import randomness
from babs_sim.speed import compiled

EXPONENTIAL, WEIBULL, GOMPERTZ, LOGNORMAL, TABLE = 0, 1, 2, 3, 4
LAWS = {
    "exponential": EXPONENTIAL,
    "weibull": WEIBULL,
    "gompertz": GOMPERTZ,
    "lognormal": LOGNORMAL,
    "table": TABLE,
}

_ROOT_HALF = math.sqrt(0.5)
normal_quantile = compiled(randomness.normal_quantile)


@compiled
def hazard_by(law: int, a: float, b: float, u: float) -> float:
    """Return the cumulative hazard of a law by the time ``u`` since it was enabled."""
    if u <= 0.0:
        return 0.0
    if law == EXPONENTIAL:
        return a * u
    if law == WEIBULL:
        return (u / b) ** a
    if law == GOMPERTZ:
        return a * u if b == 0.0 else a / b * math.expm1(b * u)
    return -math.log(0.5 * math.erfc(math.log(u / a) / b * _ROOT_HALF))


@compiled
def time_of(law: int, a: float, b: float, hazard: float) -> float:
    """Return the time at which a law's cumulative hazard reaches ``hazard``; inf for never."""
    if law == EXPONENTIAL:
        return hazard / a if a > 0.0 else math.inf
    if law == WEIBULL:
        return float(b * hazard ** (1.0 / a))
    if law == GOMPERTZ:
        if a <= 0.0:
            return math.inf
        if b == 0.0:
            return hazard / a
        inside = b * hazard / a
        return math.log1p(inside) / b if inside > -1.0 else math.inf
    survival = math.exp(-hazard)
    z = -normal_quantile(survival) if survival < 0.5 else normal_quantile(-math.expm1(-hazard))
    return a * math.exp(b * z)
