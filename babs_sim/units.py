"""The units a number may have, and how each becomes its base unit.

Rates are per person-year, probabilities lie in 0 to 1, times are years, money is pounds of the
stated price year, and every ratio that multiplies a rate is a ratio of hazards.  A year has 365.25
days.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7
MONTHS_PER_YEAR = 12.0

RATE = "per year"
PROBABILITY = "probability"
YEARS = "years"
POUNDS = "£"
RATE_RATIO = "rate ratio"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: times ``times`` over ``over`` it is in ``base``; ``least`` to ``most`` is plausible.

    Two numbers rather than one factor keep 70 percent at 0.7.  ``least`` and ``most`` are in the
    base unit.  ``needs_risk``: the conversion is no factor but needs a reference risk.
    """

    name: str
    base: str
    times: float
    over: float
    least: float
    most: float
    needs_risk: bool = False

    @property
    def factor(self) -> float:
        """Return base units per unit."""
        return self.times / self.over


_ALL = (
    Unit(RATE, RATE, 1, 1, -10.0, 1000.0),
    Unit("per week", RATE, WEEKS_PER_YEAR, 1, -10.0, 1000.0),
    Unit("per month", RATE, MONTHS_PER_YEAR, 1, -10.0, 1000.0),
    Unit("percent per year", RATE, 1, 100, -10.0, 1000.0),
    Unit("per 1,000 per year", RATE, 1, 1_000, -10.0, 1000.0),
    Unit("per 10,000 per year", RATE, 1, 10_000, -10.0, 1000.0),
    Unit("per 100,000 per year", RATE, 1, 100_000, -10.0, 1000.0),
    Unit(PROBABILITY, PROBABILITY, 1, 1, 0.0, 1.0),
    Unit("percent", PROBABILITY, 1, 100, 0.0, 1.0),
    Unit("per 1,000", PROBABILITY, 1, 1_000, 0.0, 1.0),
    Unit("per 10,000", PROBABILITY, 1, 10_000, 0.0, 1.0),
    Unit("per 100,000", PROBABILITY, 1, 100_000, 0.0, 1.0),
    Unit(YEARS, YEARS, 1, 1, -1.0, 120.0),
    Unit("age", YEARS, 1, 1, -1.0, 120.0),
    Unit("months", YEARS, 1, MONTHS_PER_YEAR, -1.0, 120.0),
    Unit("weeks", YEARS, 1, WEEKS_PER_YEAR, -1.0, 120.0),
    Unit("days", YEARS, 1, DAYS_PER_YEAR, -1.0, 120.0),
    Unit(POUNDS, POUNDS, 1, 1, 0.0, 1e7),
    Unit(RATE_RATIO, RATE_RATIO, 1, 1, 0.001, 200.0),
    Unit("hazard ratio", RATE_RATIO, 1, 1, 0.001, 200.0),
    Unit("odds ratio", RATE_RATIO, 1, 1, 0.001, 200.0, needs_risk=True),
    Unit("risk ratio", RATE_RATIO, 1, 1, 0.001, 200.0, needs_risk=True),
    Unit("smd", RATE_RATIO, 1, 1, 0.001, 200.0, needs_risk=True),
    Unit("ratio", "ratio", 1, 1, 0.0, 200.0),
    Unit("utility ratio", "utility ratio", 1, 1, 0.0, 1.5),
    Unit("utility", "utility", 1, 1, -0.6, 1.0),
    Unit("correlation", "correlation", 1, 1, -1.0, 1.0),
    Unit("count", "count", 1, 1, 0.0, 1e6),
    Unit("sd", "sd", 1, 1, 0.0, 1000.0),
    Unit("index", "index", 1, 1, 1e-6, 1e5),
    Unit("QALYs", "QALYs", 1, 1, -120.0, 120.0),
    Unit("score", "score", 1, 1, 0.0, 1000.0),
    Unit("£ billion", "£ billion", 1, 1, 0.0, 1000.0),
    Unit("people per year", "people per year", 1, 1, 0.0, 1e8),
    Unit("births per year", "births per year", 1, 1, 0.0, 2e6),
    Unit("per capita", "per capita", 1, 1, 0.0, 1000.0),
)

UNITS: Mapping[str, Unit] = MappingProxyType({unit.name: unit for unit in _ALL})
"""Every unit by its name."""


def convert(value: float, unit: str, reference_risk: float | None = None) -> float:
    """Return ``value`` in the base unit of ``unit``.

    ``reference_risk`` (0 to 1, p0) is needed by odds ratios, risk ratios and standardised mean
    differences: ratio of hazards = ln(1 - p1) / ln(1 - p0), with p1 = OR p0 / (1 - p0 + OR p0) or
    RR p0, and OR = exp(pi d / sqrt 3) for a standardised mean difference d (Chinn 2000).
    Raises KeyError for an unknown unit, ValueError where the conversion has no result.

    >>> convert(2.0, "percent")
    0.02
    >>> round(convert(2.0, "odds ratio", reference_risk=0.3), 4)
    1.7356
    """
    known = UNITS[unit]
    if not known.needs_risk:
        return value * known.times / known.over
    if reference_risk is None or not 0.0 < reference_risk < 1.0:
        raise ValueError(f"{unit} needs a reference risk between 0 and 1")
    if unit == "risk ratio":
        risk = value * reference_risk
    else:
        odds_ratio = math.exp(math.pi * value / math.sqrt(3.0)) if unit == "smd" else value
        risk = odds_ratio * reference_risk / (1.0 - reference_risk + odds_ratio * reference_risk)
    if not 0.0 <= risk < 1.0:
        raise ValueError(f"{value:g} times the reference risk {reference_risk:g} is above 1")
    return math.log1p(-risk) / math.log1p(-reference_risk)


def conversions(unit: str, reference_risk: float | None = None) -> tuple[str, ...]:
    """Return the steps from ``unit`` to its base unit, one sentence each; none if it is the base.

    >>> conversions("per week")
    ('per week x 52.1786 = per year',)
    """
    known = UNITS[unit]
    if not known.needs_risk:
        if known.times == known.over:
            return () if unit == known.base else (f"{unit} taken as {known.base}",)
        return (f"{unit} x {known.factor:.6g} = {known.base}",)
    steps = []
    if unit == "smd":
        steps.append("odds ratio = exp(pi x smd / sqrt 3)")
    p1 = "RR p0" if unit == "risk ratio" else "OR p0 / (1 - p0 + OR p0)"
    risk = "?" if reference_risk is None else f"{reference_risk:g}"
    steps.append(f"rate ratio = ln(1 - p1) / ln(1 - p0), p1 = {p1}, reference risk p0 = {risk}")
    return tuple(steps)


def rate_of(probability: float, years: float) -> float:
    """Return the constant rate (per year) that gives ``probability`` within ``years``.

    >>> round(rate_of(0.5, 1.0), 6)
    0.693147
    """
    return -math.log1p(-probability) / years


def probability_of(rate: float, years: float) -> float:
    """Return the probability that an event of constant ``rate`` (per year) happens in ``years``.

    >>> round(probability_of(rate_of(0.3, 2.0), 2.0), 12)
    0.3
    """
    return -math.expm1(-rate * years)
