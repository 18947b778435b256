"""Random numbers that are addressed, not consumed.

A uniform belongs to (seed, family, clock, episode) and to nothing else, so no draw depends on the
order in which things happen, on the other families, or on the number of workers.  The mix is the
finaliser of splitmix64 (Steele, Lea and Flood 2014), applied once to seed and family and once to
clock and episode.  The functions take and return ``uint64`` scalars inside compiled code and
``uint64`` arrays in numpy; both give the same bits.
"""

import math
from hashlib import blake2b
from typing import Any

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_ONE = np.uint64(1)


def mix(z: Any) -> Any:
    """Return the splitmix64 finaliser of ``z`` (``uint64``, any shape)."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


def family_key(seed_key: Any, family: Any) -> Any:
    """Return the 64-bit key of one family (``uint64``), the first of the two rounds."""
    return mix(seed_key + GOLDEN * (family + _ONE))


def uniform_of(key: Any, clock: Any, episode: Any) -> Any:
    """Return the uniform in (0, 1) of a family's key, a clock's hash and an episode."""
    bits = mix(key + clock + GOLDEN * (episode + _ONE))
    return ((bits >> _S11) + 0.5) * (1.0 / 9007199254740992.0)


def clock_hash(name: str) -> int:
    """Return the stable 64-bit hash of a name.

    >>> clock_hash("child.death") == clock_hash("child.death")
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def seed_key(seed: int) -> np.uint64:
    """Return the mixed 64-bit key of a seed (a whole number from 0 on)."""
    value = np.array([seed % 2**64], dtype=np.uint64)
    return np.uint64(mix(value + GOLDEN)[0])


def uniforms(seed: int, families: Any, name: str, episode: int = 0) -> np.ndarray[Any, Any]:
    """Return one uniform per family, shape (n,), for the draw called ``name``.

    >>> u = uniforms(1, np.arange(3), "start")
    >>> bool((uniforms(1, np.arange(1, 3), "start") == u[1:]).all())
    True
    """
    keys = family_key(np.full(1, seed_key(seed)), np.asarray(families).astype(np.uint64))
    hashed = np.full(1, clock_hash(name), dtype=np.uint64)
    numbered = np.full(1, episode, dtype=np.uint64)
    result: np.ndarray[Any, Any] = uniform_of(keys, hashed, numbered)
    return result


def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of p in (0, 1); Wichura's AS 241 (1988), 1e-16."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = (
            (
                (
                    (
                        (
                            (2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
                            + 6.7265770927008700853e4
                        )
                        * r
                        + 4.5921953931549871457e4
                    )
                    * r
                    + 1.3731693765509461125e4
                )
                * r
                + 1.9715909503065514427e3
            )
            * r
            + 1.3314166789178437745e2
        ) * r + 3.3871328727963666080e0
        den = (
            (
                (
                    (
                        (
                            (5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
                            + 3.9307895800092710610e4
                        )
                        * r
                        + 2.1213794301586595867e4
                    )
                    * r
                    + 5.3941960214247511077e3
                )
                * r
                + 6.8718700749205790830e2
            )
            * r
            + 4.2313330701600911252e1
        ) * r + 1.0
        return q * num / den
    r = p if q < 0.0 else 1.0 - p
    if r <= 0.0:
        return -math.inf if q < 0.0 else math.inf
    r = math.sqrt(-math.log(r))
    if r <= 5.0:
        r -= 1.6
        num = (
            (
                (
                    (
                        (
                            (7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
                            + 2.41780725177450611770e-1
                        )
                        * r
                        + 1.27045825245236838258e0
                    )
                    * r
                    + 3.64784832476320460504e0
                )
                * r
                + 5.76949722146069140550e0
            )
            * r
            + 4.63033784615654529590e0
        ) * r + 1.42343711074968357734e0
        den = (
            (
                (
                    (
                        (
                            (1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
                            + 1.51986665636164571966e-2
                        )
                        * r
                        + 1.48103976427480074590e-1
                    )
                    * r
                    + 6.89767334985100004550e-1
                )
                * r
                + 1.67638483018380384940e0
            )
            * r
            + 2.05319162663775882187e0
        ) * r + 1.0
    else:
        r -= 5.0
        num = (
            (
                (
                    (
                        (
                            (2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                            + 1.24266094738807843860e-3
                        )
                        * r
                        + 2.65321895265761230930e-2
                    )
                    * r
                    + 2.96560571828504891230e-1
                )
                * r
                + 1.78482653991729133580e0
            )
            * r
            + 5.46378491116411436990e0
        ) * r + 6.65790464350110377720e0
        den = (
            (
                (
                    (
                        (
                            (2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
                            + 1.84631831751005468180e-5
                        )
                        * r
                        + 7.86869131145613259100e-4
                    )
                    * r
                    + 1.48753612908506148525e-2
                )
                * r
                + 1.36929880922735805310e-1
            )
            * r
            + 5.99832206555887937690e-1
        ) * r + 1.0
    return -num / den if q < 0.0 else num / den
