"""Units: every conversion keeps order, comes back, and agrees with what it stands for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babs_sim.units import (
    DAYS_PER_YEAR,
    MONTHS_PER_YEAR,
    UNITS,
    WEEKS_PER_YEAR,
    conversions,
    convert,
    probability_of,
    rate_of,
)

PLAIN = sorted(name for name, unit in UNITS.items() if not unit.needs_risk)
risks = st.floats(0.001, 0.9)
ratios = st.floats(0.05, 20.0)


@pytest.mark.parametrize("name", sorted(UNITS))
def test_a_base_unit_is_its_own_base(name: str) -> None:
    base = UNITS[UNITS[name].base]
    assert base.base == base.name
    assert convert(0.7, base.name) == 0.7
    assert conversions(base.name) == ()
    assert base.least < base.most


@pytest.mark.parametrize("name", sorted(UNITS))
def test_units_of_one_base_share_a_plausible_range(name: str) -> None:
    base = UNITS[UNITS[name].base]
    assert (UNITS[name].least, UNITS[name].most) == (base.least, base.most)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1.0, "per week", 365.25 / 7),
        (1.0, "per month", 12.0),
        (3.5, "percent per year", 0.035),
        (2.5, "per 1,000 per year", 0.0025),
        (48.0, "per 10,000 per year", 0.0048),
        (48.0, "per 100,000 per year", 0.00048),
        (74.0, "percent", 0.74),
        (48.0, "per 10,000", 0.0048),
        (6.0, "months", 0.5),
        (365.25, "days", 1.0),
        (-30.0, "weeks", -210 / 365.25),
        (18.0, "age", 18.0),
        (4500.0, "£", 4500.0),
        (1.3, "hazard ratio", 1.3),
    ],
)
def test_factors(value: float, unit: str, expected: float) -> None:
    assert convert(value, unit) == pytest.approx(expected, rel=1e-14)


def test_a_year() -> None:
    assert DAYS_PER_YEAR == 365.25
    assert pytest.approx(52.1786, abs=5e-5) == WEEKS_PER_YEAR
    assert MONTHS_PER_YEAR == 12
    assert convert(52.0, "weeks") + convert(1.25, "days") == pytest.approx(1.0, rel=1e-14)


@given(st.sampled_from(PLAIN), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_plain_units_are_factors(name: str, a: float, b: float) -> None:
    factor = convert(1.0, name)
    assert factor > 0.0
    assert convert(a, name) == pytest.approx(a * factor, rel=1e-12)
    assert (convert(a, name) <= convert(b, name)) == (a <= b) or math.isclose(a, b)


@given(st.floats(0.0, 0.999), st.floats(0.01, 30.0))
def test_rate_and_probability_undo_each_other(probability: float, years: float) -> None:
    rate = rate_of(probability, years)
    assert rate >= probability / years * (1 - 1e-12)
    assert probability_of(rate, years) == pytest.approx(probability, rel=1e-12, abs=1e-15)
    assert probability_of(rate, 2 * years) == pytest.approx(1 - (1 - probability) ** 2, abs=1e-12)


@given(ratios, risks)
def test_an_odds_ratio_gives_its_risk(odds_ratio: float, risk: float) -> None:
    hazard_ratio = convert(odds_ratio, "odds ratio", risk)
    exposed = 1 - (1 - risk) ** hazard_ratio
    odds = exposed / (1 - exposed) / (risk / (1 - risk))
    assert odds == pytest.approx(odds_ratio, rel=1e-9)


@given(ratios, risks)
def test_a_ratio_of_hazards_lies_between_1_and_the_odds_ratio(
    odds_ratio: float, risk: float
) -> None:
    hazard_ratio = convert(odds_ratio, "odds ratio", risk)
    low, high = sorted((1.0, odds_ratio))
    assert low * (1 - 1e-9) <= hazard_ratio <= high * (1 + 1e-9)


@given(st.floats(0.1, 5.0), st.floats(0.001, 0.15))
def test_a_risk_ratio_gives_its_risk(risk_ratio: float, risk: float) -> None:
    hazard_ratio = convert(risk_ratio, "risk ratio", risk)
    assert 1 - (1 - risk) ** hazard_ratio == pytest.approx(risk_ratio * risk, rel=1e-9)


@given(st.floats(-2.0, 2.0), risks)
def test_a_standardised_difference_goes_through_the_odds_ratio(d: float, risk: float) -> None:
    odds_ratio = math.exp(d * math.pi / math.sqrt(3))
    assert convert(d, "smd", risk) == convert(odds_ratio, "odds ratio", risk)
    both_ways = convert(d, "smd", risk) - 1.0, d
    assert both_ways[0] * both_ways[1] >= 0.0


@pytest.mark.parametrize("unit", ["odds ratio", "risk ratio"])
@given(risk=risks)
def test_no_association_is_a_ratio_of_1(unit: str, risk: float) -> None:
    assert convert(1.0, unit, risk) == pytest.approx(1.0, rel=1e-12)
    assert convert(0.0, "smd", risk) == pytest.approx(1.0, rel=1e-12)


def test_rare_outcomes_need_no_correction() -> None:
    assert convert(3.0, "odds ratio", 1e-6) == pytest.approx(3.0, rel=1e-5)


@pytest.mark.parametrize("unit", ["odds ratio", "risk ratio", "smd"])
@pytest.mark.parametrize("risk", [None, 0.0, 1.0, -0.1, 5.0, math.nan])
def test_a_conversion_without_a_risk_is_refused(unit: str, risk: float | None) -> None:
    with pytest.raises(ValueError, match="needs a reference risk between 0 and 1"):
        convert(1.5, unit, risk)


def test_a_risk_above_1_is_refused() -> None:
    with pytest.raises(ValueError, match="is above 1"):
        convert(4.0, "risk ratio", 0.3)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(KeyError):
        convert(1.0, "per fortnight")


def test_conversions_are_told_in_words() -> None:
    assert conversions("per week") == ("per week x 52.1786 = per year",)
    assert conversions("hazard ratio") == ("hazard ratio taken as rate ratio",)
    told = conversions("smd", 0.2)
    assert told[0] == "odds ratio = exp(pi x smd / sqrt 3)"
    assert "reference risk p0 = 0.2" in told[1]
