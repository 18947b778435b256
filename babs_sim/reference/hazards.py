"""Hazards: how much has built up by an age (or time since enabled), and when it reaches a sum."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Hazard(Protocol):
    """A hazard over time u: years of age, or years since the event was enabled."""

    def by(self, u: float) -> float:
        """Return the hazard that has built up by ``u``."""

    def reached(self, total: float) -> float:
        """Return the ``u`` at which ``total`` has built up; inf for never."""


@dataclass(frozen=True)
class Bands:
    """Constant rates in bands: ``rates[i]`` holds from ``limits[i]`` to ``limits[i + 1]``."""

    limits: tuple[float, ...]
    rates: tuple[float, ...]
    built: tuple[float, ...]

    @classmethod
    def of(cls, bands: Sequence[tuple[float, float, float]]) -> "Bands":
        """Return the hazard of bands (from, to, rate) that do not overlap; 0 between them.

        >>> Bands.of([(1.0, 2.0, 0.5), (4.0, math.inf, 2.0)]).by(5.0)
        2.5
        """
        limits, rates = [-math.inf], [0.0]
        for low, high, rate in sorted(bands):
            if low > limits[-1]:
                limits.append(low)
                rates.append(0.0)
            rates[-1] = rate
            limits.append(high)
            rates.append(0.0)
        if limits[-1] == math.inf:
            limits.pop()
            rates.pop()
        built = [0.0] * len(limits)
        for i in range(2, len(limits)):
            built[i] = built[i - 1] + rates[i - 1] * (limits[i] - limits[i - 1])
        return cls(tuple(limits), tuple(rates), tuple(built))

    def times(self, low: float, high: float, ratio: float) -> "Bands":
        """Return the same hazard, multiplied by ``ratio`` from ``low`` to ``high``."""
        edges = sorted({*self.limits, low, high})
        pieces = []
        for a, b in zip(edges, [*edges[1:], math.inf], strict=True):
            rate = self.rates[bisect_right(self.limits, a) - 1]
            pieces.append((a, b, rate * ratio if low <= a < high else rate))
        return Bands.of([piece for piece in pieces if piece[2] > 0.0])

    def by(self, u: float) -> float:
        """Return the hazard that has built up by ``u``."""
        i = bisect_right(self.limits, u) - 1
        return self.built[i] + (self.rates[i] * (u - self.limits[i]) if i else 0.0)

    def reached(self, total: float) -> float:
        """Return the ``u`` at which ``total`` has built up; inf for never."""
        i = bisect_right(self.built, total) - 1
        if self.rates[i] <= 0.0:
            return math.inf
        return self.limits[i] + (total - self.built[i]) / self.rates[i]


@dataclass(frozen=True)
class Exponential:
    """A constant rate."""

    rate: float

    def by(self, u: float) -> float:
        """Return rate x u."""
        return self.rate * u

    def reached(self, total: float) -> float:
        """Return total / rate."""
        return total / self.rate if self.rate > 0.0 else math.inf


@dataclass(frozen=True)
class Weibull:
    """Survival exp(-(u / scale)^shape)."""

    shape: float
    scale: float

    def by(self, u: float) -> float:
        """Return (u / scale)^shape."""
        return float((u / self.scale) ** self.shape)

    def reached(self, total: float) -> float:
        """Return scale x total^(1 / shape)."""
        return float(self.scale * total ** (1.0 / self.shape))


@dataclass(frozen=True)
class Gompertz:
    """A rate of ``start`` that grows by the factor e^growth a year."""

    start: float
    growth: float

    def by(self, u: float) -> float:
        """Return start (e^(growth u) - 1) / growth."""
        if self.growth == 0.0:
            return self.start * u
        return self.start * math.expm1(self.growth * u) / self.growth

    def reached(self, total: float) -> float:
        """Return ln(1 + growth total / start) / growth; never, where a falling rate dies out."""
        if self.growth == 0.0:
            return total / self.start
        inside = self.growth * total / self.start
        return math.log1p(inside) / self.growth if inside > -1.0 else math.inf


@dataclass(frozen=True)
class LogNormal:
    """ln u is normal with mean ln median and standard deviation sigma."""

    median: float
    sigma: float

    def by(self, u: float) -> float:
        """Return -ln of the survival at u."""
        from scipy.special import log_ndtr

        if u <= 0.0:
            return 0.0
        return -float(log_ndtr(-math.log(u / self.median) / self.sigma))

    def reached(self, total: float) -> float:
        """Return the u at which the survival is exp(-total)."""
        from scipy.special import ndtri_exp

        return self.median * math.exp(-self.sigma * float(ndtri_exp(-total)))


def law_of(law: str, numbers: Mapping[str, float]) -> Hazard:
    """Return the hazard of a law of the clock ``since``, by the quantities of its rows."""
    if law == "exponential":
        return Exponential(numbers["rate"])
    if law == "weibull":
        return Weibull(numbers["shape"], numbers["scale"])
    if law == "gompertz":
        return Gompertz(numbers["start"], numbers["growth"])
    return LogNormal(numbers["median"], numbers["sigma"])
