"""Figures made of others, each by hand."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from babs_sim.analysis.derived import (
    DOMINANT,
    DOMINATED,
    NEVER,
    NORTH_EAST,
    NOTHING,
    PAYS_BACK,
    SAME,
    SOUTH_WEST,
    benefit_cost_ratio,
    break_even,
    icer,
    net_monetary_benefit,
    payback,
    quadrant,
)

ENDS = np.array([0.5, 1.5, 2.5, 3.5])
money = st.floats(-1e6, 1e6)


def one(*figures: float) -> np.ndarray:
    return np.array(figures, dtype=float)


@pytest.mark.parametrize(
    ("cost", "effect", "expected"),
    [
        (1, 1, NORTH_EAST), (1, -1, DOMINATED), (-1, -1, SOUTH_WEST), (-1, 1, DOMINANT),
        (0, 0, SAME), (1, 0, DOMINATED), (-1, 0, DOMINANT), (0, 1, DOMINANT), (0, -1, DOMINATED),
    ],
)  # fmt: skip
def test_quadrants_and_their_borders(cost: float, effect: float, expected: int) -> None:
    assert quadrant(one(cost), one(effect)).tolist() == [expected]


def test_the_ratio_is_given_only_where_it_means_something() -> None:
    assert icer(one(1000, 900), one(0.1, 0.09)).tolist() == [10_000, 10_000]
    assert icer(one(-1000), one(-0.05)).tolist() == [20_000]
    for cost, effect in ((1, -1), (-1, 1), (0, 0), (1, 0), (0, 1)):
        assert np.isnan(icer(one(cost), one(effect))).all()


@given(money, st.floats(-10, 10), st.floats(1, 1e5))
def test_net_benefit_agrees_with_the_ratio(cost: float, effect: float, value: float) -> None:
    assume(abs(cost) > 1e-6 and abs(effect) > 1e-9)
    ratio = float(icer(one(cost), one(effect))[0])
    worth = float(net_monetary_benefit(one(cost), one(effect), value)[0])
    code = int(quadrant(one(cost), one(effect))[0])
    assume(abs(worth) > 1e-6)
    if code == DOMINANT:
        assert worth > 0
    elif code == DOMINATED:
        assert worth < 0
    else:
        assert (worth > 0) == ((ratio < value) if code == NORTH_EAST else (ratio > value))


def test_published_ratios_of_the_sick_sicker_model_come_out() -> None:
    """Costs and QALYs of the four strategies, ICERs as DARTH's cohort tutorial prints them."""
    usual, a = (151_579.86595738993, 20.711331464322175), (284_804.5133705726, 21.498662808437548)
    b, both = (259_100.41061700447, 22.184465140845496), (378_875.19839449215, 23.13684413500261)

    def compared(arm: tuple[float, float], base: tuple[float, float]) -> tuple[float, int]:
        cost, effect = one(arm[0] - base[0]), one(arm[1] - base[1])
        return round(float(icer(cost, effect)[0])), int(quadrant(cost, effect)[0])

    assert compared(b, usual) == (72_988, NORTH_EAST)
    assert compared(both, b) == (125_764, NORTH_EAST)
    assert quadrant(one(a[0] - b[0]), one(a[1] - b[1])).tolist() == [DOMINATED]


def test_benefit_for_each_pound() -> None:
    assert benefit_cost_ratio(one(300, -50), one(100, 100)).tolist() == [3.0, -0.5]
    assert np.isnan(benefit_cost_ratio(one(300, 300), one(0, -5))).all()


@pytest.mark.parametrize(
    ("cost", "years", "status"),
    [
        ([100, -50, -100, 0], 2.0, PAYS_BACK),
        ([100, -100, 0, 0], 1.5, PAYS_BACK),
        ([100, -150, 100, -50], 3.5, PAYS_BACK),
        ([100, -200, 0, 200], np.nan, NEVER),
        ([-10, -10, 5, 15], 0.0, PAYS_BACK),
        ([-10, 30, -5, -20], 3.25, PAYS_BACK),
        ([50, 0, 0, -25], np.nan, NEVER),
        ([0, 0, 0, 0], np.nan, NOTHING),
        ([0, 0, 5, -5], 3.5, PAYS_BACK),
        ([0, 0, 0, 5], np.nan, NEVER),
    ],
)
def test_payback_by_hand(cost: list[float], years: float, status: int) -> None:
    time, code = payback(one(*cost)[None], ENDS)
    assert time == pytest.approx(one(years), nan_ok=True)
    assert code.tolist() == [status]


def test_rounding_does_not_delay_payback() -> None:
    assert 0.1 + 0.2 - 0.3 > 0
    time, code = payback(one(0.1, 0.2, -0.3, 0.0)[None], ENDS)
    assert (time.tolist(), code.tolist()) == ([2.5], [PAYS_BACK])


@given(st.lists(money, min_size=4, max_size=4), st.floats(0, 1e6))
def test_spending_more_at_first_never_pays_back_sooner(cost: list[float], more: float) -> None:
    early, dear = one(*cost)[None], one(cost[0] + more, *cost[1:])[None]
    (first,), (code,) = payback(early, ENDS)
    (later,), (other,) = payback(dear, ENDS)
    if other == PAYS_BACK and code != NOTHING:
        assert code == PAYS_BACK
        assert later >= first - 1e-5


def test_the_number_that_breaks_even() -> None:
    """3,000 a family to recover, 10,000 a family on 0.1 events: 100,000 an event, so 0.03."""
    assert break_even(one(3_000), one(10_000), one(0.1)).tolist() == pytest.approx([0.03])
    assert break_even(one(-3_000), one(10_000), one(0.1))[0] < 0
    assert np.isnan(break_even(one(3_000, 3_000), one(10_000, 0), one(0, 0.1))).all()


@given(st.floats(1, 1e5), st.floats(1, 1e6), st.floats(1e-3, 1))
def test_preventing_the_number_leaves_nothing_to_pay(
    other: float, paid: float, events: float
) -> None:
    needed = float(break_even(one(other), one(paid), one(events))[0])
    assert other - needed * paid / events == pytest.approx(0, abs=1e-6 * other)
