"""Effects: what a driver multiplies the hazard of an event by."""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from babs_sim.parameters.rows import EffectRow

QUARTER, FINE_TO = 0.25, 6.0
HALF_LIVES = 10.0


@dataclass(frozen=True)
class Bend:
    """How many units a number counts: not above ``cap``, beyond ``knot`` each ``beyond`` of one."""

    knot: float = math.inf
    beyond: float = 1.0
    cap: float = math.inf

    @classmethod
    def of(cls, row: EffectRow) -> "Bend":
        """Return the bend that a row of effects.csv asks for."""
        knot = math.inf if row.knot is None else row.knot
        return cls(knot, row.beyond, math.inf if row.cap is None else row.cap)

    def units(self, number: float) -> float:
        """Return the units that ``number`` counts."""
        number = min(number, self.cap)
        return number if number <= self.knot else self.knot + self.beyond * (number - self.knot)


@dataclass(frozen=True)
class TraitEffect:
    """A trait: the ratio at one ``level``, or to the power of the trait where there is none."""

    driver: str
    full_ratio: float
    level: float | None = None
    bend: Bend = Bend()

    @classmethod
    def of(cls, row: EffectRow, ratio: float) -> "TraitEffect":
        """Return the effect of a row of effects.csv."""
        return cls(row.driver, ratio, row.level, Bend.of(row))

    def ratio(self, traits: Mapping[str, float]) -> float:
        """Return the ratio for a family with these traits."""
        found = traits[self.driver]
        if self.level is not None:
            return self.full_ratio if found == self.level else 1.0
        return float(self.full_ratio ** self.bend.units(found))


@dataclass(frozen=True)
class WindowEffect:
    """An effect of a trait while the event's person is in an age band."""

    effect: TraitEffect
    low: float
    high: float


@dataclass(frozen=True)
class StateEffect:
    """A state: the ratio while it is on, or (``ever``) from the first time it has been on."""

    driver: str
    ever: bool
    full_ratio: float


@dataclass(frozen=True)
class CounterEffect:
    """A counter: the ratio to the power of the units that it counts."""

    driver: str
    full_ratio: float
    bend: Bend

    @classmethod
    def of(cls, row: EffectRow, ratio: float) -> "CounterEffect":
        """Return the effect of a row of effects.csv."""
        return cls(row.driver, ratio, Bend.of(row))

    def ratio(self, number: int) -> float:
        """Return the ratio at a count."""
        return float(self.full_ratio ** self.bend.units(float(number)))


@dataclass(frozen=True)
class Profile:
    """How the effect of an exposure lasts: a weight in each step of the child's age.

    ``limits`` are the ages at which steps begin; ``weights`` hold from each on.
    """

    limits: tuple[float, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(
        cls, hold_to: float, half_life: float, floor: float, entry: float, horizon: float
    ) -> "Profile":
        """Return the mean weight of each step of a profile of profiles.csv."""

        def area(low: float, high: float) -> float:
            """Return the integral of the weight: 1, then floor + (1 - floor) 2^-(u / half_life)."""
            full = max(min(high, hold_to) - low, 0.0)
            a, b = max(low - hold_to, 0.0), max(high - hold_to, 0.0)
            lost: float = 2.0 ** (-a / half_life) - 2.0 ** (-b / half_life)
            fading = lost * half_life / math.log(2.0)
            return full + floor * (b - a) + (1.0 - floor) * fading

        limits = step_limits(entry, horizon)
        weights = [
            floor if low >= hold_to + HALF_LIVES * half_life else area(low, high) / (high - low)
            for low, high in pairwise(limits)
        ]
        return cls(tuple(limits[:-1]), tuple(weights))

    def at(self, time: float) -> tuple[float, float]:
        """Return the weight at the child's age ``time`` and the age at which the next begins."""
        step = max(bisect_right(self.limits, time) - 1, 0)
        later = self.limits[step + 1] if step + 1 < len(self.limits) else math.inf
        return self.weights[step], later


def step_limits(entry: float, horizon: float) -> list[float]:
    """Return the limits of the steps: quarters of a year to age 6, then years, to the horizon.

    >>> step_limits(0.0, 0.6)
    [0.0, 0.25, 0.5, 0.6]
    """
    quarter = math.floor(min(entry, 0.0) / QUARTER)
    limits = []
    while quarter * QUARTER < min(horizon, FINE_TO):
        limits.append(quarter * QUARTER)
        quarter += 1
    year = FINE_TO
    while year < horizon:
        limits.append(year)
        year += 1.0
    return [*limits, horizon]


@dataclass(frozen=True)
class ExposureEffect:
    """An exposure: from its start on, 1 + weight x (ratio to the power of the dose - 1)."""

    driver: str
    full_ratio: float
    profile: Profile

    def at(self, time: float, start: float, dose: float) -> tuple[float, float]:
        """Return the ratio at ``time`` and the next time at which it changes."""
        if time < start:
            return 1.0, start
        weight, later = self.profile.at(time)
        return 1.0 + weight * (self.full_ratio**dose - 1.0), later
