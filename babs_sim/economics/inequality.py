"""How unequally health is spread over bands of people: slope indices, Atkinson and Kolm.

``health`` (..., G) is QALYs a person in each band, the worst off first; ``people`` (G,) are shares
that sum to 1.  Every function works along the last axis.
"""

import numpy as np

from babs_sim.handover import Floats


def mean_health(health: Floats, people: Floats) -> Floats:
    """Return the mean QALYs a person.

    >>> float(mean_health(np.array([60.0, 80.0]), np.array([0.25, 0.75])))
    75.0
    """
    return np.asarray(health @ people)


def ranks(people: Floats) -> Floats:
    """Return the middle of each band's place among all people, from 0 to 1.

    >>> ranks(np.array([0.5, 0.3, 0.2])).round(12).tolist()
    [0.25, 0.65, 0.9]
    """
    return np.asarray(np.cumsum(people) - people / 2)


def slope_index(health: Floats, people: Floats) -> Floats:
    """Return the slope index of inequality: QALYs at rank 1 less those at rank 0.

    It is the slope of the least-squares line of health on `ranks`, weighted by people: linear in
    health, positive where the last band is better off.

    >>> round(float(slope_index(np.array([60.0, 62.0, 64.0]), np.full(3, 1 / 3))), 9)
    6.0
    """
    away = ranks(people) - 0.5  # the mean rank is one half
    return np.asarray(health @ (people * away) / (people * away**2).sum())


def relative_index(health: Floats, people: Floats) -> Floats:
    """Return the relative index of inequality: `slope_index` over `mean_health`."""
    return np.asarray(slope_index(health, people) / mean_health(health, people))


def atkinson(health: Floats, people: Floats, aversion: float) -> Floats:
    """Return the equally distributed equivalent of Atkinson, in QALYs a person.

    (sum_g p_g h_g^(1 - e))^(1 / (1 - e)), for e = 1 the geometric mean; the mean for e = 0.  It is
    nan where health is not above 0.

    >>> round(float(atkinson(np.array([1.0, 4.0]), np.array([0.5, 0.5]), 1.0)), 12)
    2.0
    """
    sound = np.asarray((health > 0).all(axis=-1, keepdims=True))
    logs = np.log(np.where(sound, health, 1.0))
    power = 1.0 - aversion
    if abs(power) < 1e-9:
        found = np.exp(logs @ people)
    else:
        most = logs.max(axis=-1, keepdims=True)
        found = np.exp(most[..., 0] + np.log(np.exp(power * (logs - most)) @ people) / power)
    return np.where(sound[..., 0], found, np.nan)


def kolm(health: Floats, people: Floats, aversion: float) -> Floats:
    """Return the equally distributed equivalent of Kolm, in QALYs a person.

    -ln(sum_g p_g exp(-a h_g)) / a for aversion a per QALY; the mean for a = 0.

    >>> round(float(kolm(np.array([70.0, 70.0]), np.array([0.5, 0.5]), 0.15)), 12)
    70.0
    """
    if aversion == 0.0:
        return mean_health(health, people)
    least = health.min(axis=-1, keepdims=True)
    spread = np.log(np.exp(-aversion * (health - least)) @ people)
    return np.asarray(least[..., 0] - spread / aversion)
