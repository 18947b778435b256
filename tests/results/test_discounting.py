"""Discounting against closed forms and numerical integration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from babs_sim.economics import discount_factor, discount_steps, discount_weights, year_limits
from babs_sim.economics.discounting import project
from babs_sim.parameters import Model
from tests.results.small import ENTRY, YEARS, at, during

FLAT = [(0.0, 0.035)]
DECLINING = [(0.0, 0.035), (31.0, 0.03), (76.0, 0.025)]


def discounted(moments: np.ndarray, steps: list[tuple[float, float]]) -> float:
    return float((moments * project(steps, ENTRY, YEARS)).sum())


def test_a_year_divides_by_one_plus_the_rate() -> None:
    times = np.array([0.0, 1.0, 2.5])
    np.testing.assert_allclose(discount_factor(times, FLAT), 1.035**-times, rtol=1e-14)


def test_whole_numbers_of_years_are_discounted_like_others() -> None:
    np.testing.assert_allclose(discount_factor(np.array([0, 2]), [(0, 0.25)]), [1, 0.64])


def test_a_new_rate_changes_the_marginal_year_only() -> None:
    factor = discount_factor(np.array([31.0, 32.0, 80.0]), DECLINING)
    first = 1.035**-31
    last = first * 1.03**-45 * 1.025**-4
    np.testing.assert_allclose(factor, [first, first / 1.03, last], rtol=1e-13)


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_factor_falls_with_time(one: float, other: float) -> None:
    early, late = sorted((one, other))
    factor = discount_factor(np.array([early, late]), DECLINING)
    assert factor[0] >= factor[1] > 0


@pytest.mark.parametrize("age", [ENTRY, -0.31, 0.0, 0.5, 2.999, 6.25])
def test_an_event_is_discounted_from_entry(age: float) -> None:
    assert discounted(at([age]), FLAT) == pytest.approx(1.035 ** -(age - ENTRY), abs=1e-6)


@pytest.mark.parametrize(("start", "end"), [(-0.4, 5.3), (0.2, 0.3), (ENTRY, 7.0), (3.0, 4.0)])
def test_time_in_a_state_is_integrated(start: float, end: float) -> None:
    exact, _ = quad(lambda age: 1.035 ** -(age - ENTRY), start, end, epsabs=1e-13)
    assert discounted(during(start, end), FLAT) == pytest.approx(exact, abs=1e-6)


def test_a_uniform_flow_is_exact_even_where_the_rate_changes_within_a_year() -> None:
    steps = [(0.0, 0.035), (3.0, 0.01)]
    exact, _ = quad(
        lambda t: float(discount_factor(np.array(t), steps)), 0, 7.5, points=[3.0], epsabs=1e-13
    )
    assert discounted(during(ENTRY, 7.0), steps) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("entry", [-0.75, -0.575, 0.0, 1.4])
def test_the_quadratic_stays_within_a_millionth_of_the_factor(entry: float) -> None:
    weights = project([(0.0, 0.04)], entry, 20)
    for year in range(20):
        begin, end = (min(entry, 0.0), 0.0) if year == 0 else (year - 1.0, float(year))
        ages = np.linspace(max(begin, entry), end, 50)
        if end <= entry:
            continue
        x = ages - begin
        fitted = weights[year] @ np.array([np.ones_like(x), x, x**2])
        np.testing.assert_allclose(fitted, 1.04 ** -(ages - entry), atol=1e-6)


@pytest.mark.parametrize("entry", [0.0, 1.4])
def test_a_year_without_any_time_leaves_the_others_alone(entry: float) -> None:
    """Entered at or after the birth, year 0 is empty; what happens at entry counts in full."""
    weights = project(FLAT, entry, YEARS)
    assert np.isfinite(weights).all()
    assert float((at([entry], entry) * weights).sum()) == pytest.approx(1.0, abs=1e-6)
    expected = 1.035 ** -(3.5 - entry)
    assert float((at([3.5], entry) * weights).sum()) == pytest.approx(expected, abs=1e-6)


def test_a_change_of_rate_within_a_year_costs_little() -> None:
    weights = project(DECLINING, -0.575, 80)
    for age in (30.0, 30.3, 30.425, 30.5, 30.99, 75.2, 75.425):
        x = age % 1
        fitted = weights[int(age) + 1] @ np.array([1.0, x, x * x])
        exact = discount_factor(np.array(age + 0.575), DECLINING)
        assert fitted == pytest.approx(float(exact), abs=1e-4)


def test_years_of_follow_up_end_on_birthdays() -> None:
    np.testing.assert_allclose(year_limits(-0.575, 4), [0, 0.575, 1.575, 2.575, 3.575])
    np.testing.assert_allclose(year_limits(0.0, 3), [0, 0, 1, 2])
    np.testing.assert_allclose(year_limits(1.5, 4), [0, 0, 0, 0.5, 1.5])


def test_no_discounting_is_exactly_the_count(model: Model) -> None:
    plain = np.tile([1.0, 0.0, 0.0], (YEARS, 1))
    values = model.values()
    weights = discount_weights(model, values, "none", "costs", ENTRY, YEARS)
    assert np.array_equal(weights, plain)
    assert discount_steps(model, values, "none", "costs") == [(0.0, 0.0)]
    assert np.array_equal(project([(0.0, 0.0), (3.0, 0.0)], ENTRY, YEARS), plain)


def test_costs_and_health_have_their_own_rates(model: Model) -> None:
    values = model.values()
    assert discount_steps(model, values, "declining", "costs") == [(0, 0.035), (3, 0.03)]
    assert discount_steps(model, values, "declining", "health") == [(0, 0.015)]


def test_an_override_changes_the_rate(model: Model) -> None:
    values = model.values({"discount.flat.costs.0": 0.1})
    assert discount_steps(model, values, "flat", "costs") == [(0, 0.1)]


def test_weights_are_those_of_the_scheme_of_what_they_apply_to(model: Model) -> None:
    """At age 1 a family that entered half a year before the birth has been there 1.5 years."""
    values = model.values({"discount.flat.costs.0": 0.02})
    for what, rate in (("costs", 0.02), ("health", 0.015)):
        weights = discount_weights(model, values, "flat", what, ENTRY, YEARS)
        found = float((at([1.0]) * weights).sum())
        assert found == pytest.approx((1 + rate) ** -1.5, abs=1e-7)


def test_an_unknown_scheme_is_refused(model: Model) -> None:
    with pytest.raises(KeyError, match="declinin"):
        discount_steps(model, model.values(), "declinin", "costs")


@given(st.floats(0, 0.1), st.floats(0, 0.1), st.floats(ENTRY, 6.9))
def test_a_higher_rate_never_raises_a_value(one: float, other: float, age: float) -> None:
    low, high = sorted((one, other))
    value = discounted(at([age]), [(0.0, high)])
    assert value <= discounted(at([age]), [(0.0, low)]) + 1e-5
