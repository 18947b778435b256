"""The jackknife against textbook errors, and the pairing of arms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from babs_sim.economics import block_error, jackknife, replicate_means


def test_the_error_of_a_mean_is_the_standard_error_of_the_block_means() -> None:
    rng = np.random.default_rng(1)
    totals, families = rng.normal(50, 10, 40), np.full(40, 25.0)
    value, error = jackknife(lambda mean: mean, totals, families)
    means = totals / 25
    assert value == pytest.approx(means.mean(), rel=1e-14)
    assert error == pytest.approx(means.std(ddof=1) / np.sqrt(40), rel=1e-12)


def test_uneven_blocks_give_the_weighted_error() -> None:
    totals, families = np.array([4.0, 9.0, 20.0]), np.array([2.0, 3.0, 5.0])
    mean, share = 33 / 10, np.array([2.0, 3.0, 5.0]) / 10
    blocks = np.array([2.0, 3.0, 4.0])
    variance = np.mean((blocks - mean) ** 2 / (1 / share - 1))
    _, error = jackknife(lambda m: m, totals, families)
    assert error == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_the_error_of_a_square_by_hand() -> None:
    """Blocks of 2 and 4: 9 in all, 16 and 4 without one; changes -7 and 5 around -1."""
    value, error = jackknife(lambda mean: mean**2, np.array([2.0, 4.0]), np.ones(2))
    assert (float(value), float(error)) == (9.0, pytest.approx(6.0))


def test_each_figure_of_a_table_has_its_own_error() -> None:
    """The blocks are uneven: a figure's error is the one that it has alone."""
    totals = np.arange(24.0).reshape(4, 3, 2) ** 2
    families = np.array([1.0, 2.0, 3.0, 4.0])
    values, errors = jackknife(lambda mean: mean**2, totals, families)
    for place in np.ndindex(3, 2):
        value, error = jackknife(lambda mean: mean**2, totals[:, *place], families)
        assert values[place] == pytest.approx(float(value), rel=1e-12)
        assert errors[place] == pytest.approx(float(error), rel=1e-12)


def test_the_error_of_a_ratio_follows_the_delta_method() -> None:
    rng = np.random.default_rng(2)
    effects = rng.normal(2.0, 0.05, 200)
    costs = 3.0 * effects + rng.normal(0.0, 0.1, 200)
    totals = np.stack([costs, effects], axis=1) * 10
    _, error = jackknife(lambda m: m[:, 0] / m[:, 1], totals, np.full(200, 10.0))
    ratio = costs.sum() / effects.sum()
    expected = (costs - ratio * effects).std(ddof=1) / effects.mean() / np.sqrt(200)
    assert error == pytest.approx(expected, rel=0.01)


def test_the_error_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    blocks = rng.exponential(1.0, (2000, 20))
    hits = 0
    for row in blocks:
        value, error = jackknife(lambda m: m**2, row, np.ones(20))
        hits += bool(abs(value - 1.0) < 2.09 * error)  # t with 19 degrees of freedom
    assert 0.88 < hits / len(blocks) < 0.96


def test_leaving_out_a_block_is_the_mean_of_the_rest() -> None:
    totals = np.arange(24.0).reshape(4, 3, 2)
    families = np.array([1.0, 2.0, 3.0, 4.0])
    replicates = replicate_means(totals, families)
    assert replicates.shape == (5, 3, 2)
    np.testing.assert_allclose(replicates[0], totals.sum(axis=0) / 10)
    np.testing.assert_allclose(replicates[3], totals[[0, 1, 3]].sum(axis=0) / 7)


def test_common_chance_cancels_between_arms() -> None:
    rng = np.random.default_rng(4)
    common = rng.normal(100, 30, 50)
    families = np.full(50, 10.0)
    arm = replicate_means(common - 2.0, families)
    comparator = replicate_means(common, families)
    assert block_error(arm, families) > 0.3
    assert block_error(arm - comparator, families) < 1e-12


@given(arrays.arrays(np.float64, 6, elements=st.floats(-1e9, 1e9)))
def test_equal_arms_differ_by_exactly_nothing(totals: np.ndarray) -> None:
    families = np.array([3.0, 5.0, 7.0, 2.0, 9.0, 4.0])
    change = replicate_means(totals, families) - replicate_means(totals.copy(), families)
    assert change.tolist() == [0.0] * 7
    assert float(block_error(change, families)) == 0.0


@given(
    arrays.arrays(np.float64, 5, elements=st.floats(-1e3, 1e3)),
    st.floats(0.1, 10),
    st.permutations(range(5)),
)
def test_the_error_scales_and_forgets_the_order_of_blocks(
    totals: np.ndarray, factor: float, order: list[int]
) -> None:
    families = np.array([3.0, 5.0, 7.0, 2.0, 9.0])
    _, error = jackknife(lambda m: m, totals, families)
    _, scaled = jackknife(lambda m: factor * m, totals, families)
    _, turned = jackknife(lambda m: m, totals[order], families[order])
    assert scaled == pytest.approx(factor * error, rel=1e-9, abs=1e-9)
    assert turned == pytest.approx(error, rel=1e-9, abs=1e-9)


def test_a_replicate_that_is_not_a_number_leaves_no_error() -> None:
    families = np.ones(3)
    assert np.isnan(block_error(np.array([1.0, 2.0, np.nan, 1.0]), families))


@pytest.mark.parametrize(
    ("totals", "families", "words"),
    [
        ([1.0], [1.0], "^a Monte Carlo error needs two blocks or more, each with families$"),
        ([1.0, 2.0], [1.0, 0.0], "^a Monte Carlo error needs two blocks or more"),
        ([1.0, 2.0, 3.0], [1.0, 1.0], r"totals \(3,\) do not fit families \(2,\)"),
    ],
)
def test_too_few_families_are_refused(
    totals: list[float], families: list[float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        replicate_means(np.array(totals), np.array(families))
