"""Indices of inequality against figures worked by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babs_sim.economics.inequality import (
    atkinson,
    kolm,
    mean_health,
    ranks,
    relative_index,
    slope_index,
)

FIFTHS = np.full(5, 0.2)
HEALTH = np.array([60.0, 64.0, 70.0, 72.0, 74.0])
healths = st.lists(st.floats(20, 100), min_size=3, max_size=3).map(np.array)
shares = st.lists(st.floats(0.05, 1), min_size=3, max_size=3).map(
    lambda parts: np.array(parts) / sum(parts)
)


def test_atkinson_without_aversion_is_the_mean_and_at_one_the_geometric_mean() -> None:
    assert atkinson(HEALTH, FIFTHS, 0.0) == pytest.approx(68.0, rel=1e-14)
    geometric = math.prod(HEALTH) ** 0.2
    assert atkinson(HEALTH, FIFTHS, 1.0) == pytest.approx(geometric, rel=1e-13)
    assert atkinson(HEALTH, FIFTHS, 1.0 + 1e-6) == pytest.approx(geometric, rel=1e-7)


def test_atkinson_at_two_is_the_harmonic_mean_with_weights() -> None:
    people = np.array([0.5, 0.3, 0.2])
    health = np.array([50.0, 60.0, 80.0])
    assert atkinson(health, people, 2.0) == pytest.approx(
        1.0 / (0.5 / 50 + 0.3 / 60 + 0.2 / 80), rel=1e-13
    )


def test_atkinson_at_the_median_aversion_weighs_the_poorest_fifth_as_published() -> None:
    # Robson and others: the poorest fifth counts six to seven times the richest at e = 10.95.
    health = np.array([63.199, 67.676, 69.99, 73.184, 75.07])
    small = 1e-4
    gains = [
        atkinson(health + small * (np.arange(5) == g), FIFTHS, 10.95)
        - atkinson(health, FIFTHS, 10.95)
        for g in (0, 4)
    ]
    assert 6.0 < gains[0] / gains[1] < 7.0
    assert gains[0] / gains[1] == pytest.approx((75.07 / 63.199) ** 10.95, rel=1e-4)


def test_kolm_by_hand_and_without_aversion() -> None:
    people, health = np.array([0.5, 0.5]), np.array([60.0, 70.0])
    by_hand = -math.log(0.5 * math.exp(-6.0) + 0.5 * math.exp(-7.0)) / 0.1
    assert kolm(health, people, 0.1) == pytest.approx(by_hand, rel=1e-13)
    assert kolm(health, people, 0.0) == 65.0


def test_slope_index_is_the_gradient_over_all_people() -> None:
    people = np.array([0.1, 0.2, 0.3, 0.4])
    line = 60.0 + 11.0 * ranks(people)
    assert slope_index(line, people) == pytest.approx(11.0, rel=1e-12)
    assert relative_index(line, people) == pytest.approx(11.0 / mean_health(line, people))
    assert slope_index(np.full(4, 70.0), people) == pytest.approx(0.0, abs=1e-12)


def test_slope_index_is_the_weighted_least_squares_slope() -> None:
    people = np.array([0.15, 0.25, 0.2, 0.3, 0.1])
    slope = np.polyfit(ranks(people), HEALTH, 1, w=np.sqrt(people))[0]
    assert slope_index(HEALTH, people) == pytest.approx(slope, rel=1e-12)


@given(healths, shares, st.floats(-5, 5))
def test_equal_gains_move_indices_as_their_formulas_say(
    health: np.ndarray, people: np.ndarray, gain: float
) -> None:
    more = health + gain
    assert slope_index(more, people) == pytest.approx(slope_index(health, people), abs=1e-9)
    for aversion in (0.05, 0.15, 0.3):
        assert kolm(more, people, aversion) == pytest.approx(
            kolm(health, people, aversion) + gain, abs=1e-9
        )


@given(healths, shares, st.floats(0.5, 2))
def test_equal_shares_of_gain_move_atkinson_in_proportion(
    health: np.ndarray, people: np.ndarray, factor: float
) -> None:
    for aversion in (0.0, 0.5, 1.0, 10.95, 15.0):
        assert atkinson(factor * health, people, aversion) == pytest.approx(
            factor * atkinson(health, people, aversion), rel=1e-9
        )
    assert relative_index(factor * health, people) == pytest.approx(
        relative_index(health, people), abs=1e-9
    )


@given(healths, shares)
def test_equivalents_fall_with_aversion_from_the_mean_towards_the_least(
    health: np.ndarray, people: np.ndarray
) -> None:
    mean = float(mean_health(health, people))
    for of, aversions in ((atkinson, (0, 0.5, 1, 5, 10.95, 60)), (kolm, (0, 0.05, 0.15, 0.3, 9))):
        found = [float(of(health, people, float(a))) for a in aversions]
        assert found[0] == pytest.approx(mean, rel=1e-12)
        assert all(a >= b - 1e-9 for a, b in pairwise(found))
        assert found[-1] >= health.min() - 1e-9


def test_health_of_nothing_has_no_atkinson_equivalent() -> None:
    both = np.array([[0.0, 50.0], [40.0, 50.0]])
    found = atkinson(both, np.array([0.5, 0.5]), 2.0)
    assert np.isnan(found[0]) and found[1] > 40.0
