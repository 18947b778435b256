"""Decision analysis: closed forms, laws that hold for any sample, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babs_sim.analysis.decision import (
    Observation,
    Outcomes,
    Sample,
    Study,
    acceptability,
    acceptability_frame,
    affected_families,
    against_comparator,
    evppi,
    evsi,
    icer_table,
    outcomes_of,
    switch_points,
    without_noise,
)
from babs_sim.errors import Problems

N = 20_000
NAMES = ("theta1", "theta2", "theta3")
EVPPI = {
    ("theta1",): 197.79655740130602,
    ("theta2",): 67.98293476436,
    ("theta3",): 0.40082743582564095,
    ("theta1", "theta2"): 257.36072447063253,
    ("theta1", "theta3"): 204.78577676214402,
    ("theta2", "theta3"): 77.29749359126329,
}
EVPI = 263.56469385712876
EVSI = {10: 144.50956555337467, 40: 181.51190019930704, 100: 190.976583198897}
"""Closed forms for INB = 500 + 1000 z1 + 600 z2 + 200 z3, z standard normal; data sd 2."""


def normal_model(draws: int = N, seed: int = 5) -> tuple[Outcomes, Sample]:
    z = np.random.default_rng(seed).standard_normal((draws, 3))
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    benefit = 500 + z @ [1000.0, 600.0, 200.0]
    zero = np.zeros(draws)
    effects = np.column_stack([zero, zero])
    return Outcomes(("a", "b"), "a", np.column_stack([zero, -benefit]), effects), Sample(NAMES, z)


def random_outcomes(seed: int, arms: int, draws: int = 200) -> Outcomes:
    rng = np.random.default_rng(seed)
    names = tuple("abcde"[:arms])
    costs, effects = rng.gamma(2, 500, (draws, arms)), rng.normal(1, 0.1, (draws, arms))
    return Outcomes(names, names[seed % arms], costs.round(-2), effects.round(2))


def test_information_on_a_normal_model() -> None:
    outcomes, sample = normal_model()
    curves = acceptability(outcomes, [20_000.0])
    assert abs(curves.evpi[0] - EVPI) < 4 * curves.evpi_error[0]
    assert curves.probability[0, 1] == pytest.approx(0.6636980912792417, abs=0.01)
    ours = evppi(outcomes, sample, {"+".join(s): s for s in EVPPI}, 20_000.0)
    for (members, exact), row in zip(EVPPI.items(), ours.itertuples(), strict=True):
        assert abs(row.evppi - exact) < 4 * row.error, members
        assert row.error < max(0.03 * exact, 3)


def test_a_study_of_a_normal_model_and_its_net_benefit() -> None:
    outcomes, sample = normal_model()
    study = Study("s", (Observation("theta1", sd=2.0),), tuple(EVSI), 250_000, 1500)
    steps = [(0.0, 0.035)]
    ours = evsi(
        outcomes, sample, study, 20_000, families_a_year=20_000, decision_years=10, steps=steps
    )
    for row, exact in zip(ours.itertuples(), EVSI.values(), strict=True):
        assert abs(row.evsi - exact) < 4 * row.error
        assert row.affected_families == pytest.approx(172153.73017736373, rel=1e-12)
        assert row.cost == 250_000 + 1500 * row.families
        population = row.evsi * row.affected_families
        assert row.net_benefit_of_sampling == pytest.approx(population - row.cost)
    assert ours["evsi"].is_monotonic_increasing
    assert ours["evsi"].max() <= evppi(outcomes, sample, {"x": ("theta1",)}, 20_000)["evppi"][0]


def test_families_count_only_once_the_study_is_known() -> None:
    steps = [(0.0, 0.035)]
    late = affected_families(1000, 10, steps, after=4)
    assert affected_families(1000, 4, steps) + late == pytest.approx(
        affected_families(1000, 10, steps)
    )
    assert affected_families(1000, 3, after=5) == 0


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(2, 5), st.lists(st.floats(0, 1e5), min_size=1, max_size=5)
)
def test_laws_of_the_curves(seed: int, arms: int, values: list[float]) -> None:
    outcomes = random_outcomes(seed, arms)
    curves = acceptability(outcomes, values)
    assert curves.probability.sum(axis=1) == pytest.approx(np.ones(len(values)), abs=1e-12)
    assert (curves.loss >= 0).all() and (curves.evpi >= 0).all()
    assert curves.evpi == pytest.approx(curves.loss.min(axis=1))
    for k, value in enumerate(values):
        benefit = outcomes.net_benefit(value)
        assert curves.evpi[k] == pytest.approx(
            benefit.max(axis=1).mean() - benefit.mean(axis=0).max(), abs=1e-6
        )
    frame = acceptability_frame(curves)
    assert frame.groupby(frame.index // arms)["on_frontier"].sum().eq(1).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_the_frontier_switches_at_the_ratios_of_the_table(seed: int, arms: int) -> None:
    outcomes = random_outcomes(seed, arms)
    table = icer_table(outcomes)
    ratios = table.loc[table["versus"] != "", "icer"].to_list()
    switches = switch_points(outcomes)
    assert [value for value, _, _ in switches] == ratios == sorted(ratios)
    for value, before, after in switches:
        around = acceptability(outcomes, [value * (1 - 1e-9), value * (1 + 1e-9)])
        low, high = around.net_benefit
        # Two switches may be nearer to each other than the step to either side of this one.
        near = 2e-9 * value * np.abs(outcomes.effects.mean(axis=0)).max()
        assert low[outcomes.arms.index(before)] >= low.max() - near
        assert high[outcomes.arms.index(after)] >= high.max() - near
    chosen = table.set_index("arm")["status"]
    curves = acceptability(outcomes, np.linspace(1, 1e6, 50))
    assert {outcomes.arms[a] for a in curves.best} <= set(chosen.index[chosen == "frontier"])


def test_information_is_worth_most_where_the_choice_switches() -> None:
    outcomes = random_outcomes(3, 2, 4000)
    ((switch, _, _),) = switch_points(outcomes) or [(None, None, None)]
    assert switch is not None
    grid = np.sort(np.append(np.linspace(0, 3 * switch, 61), switch))
    loss = acceptability(outcomes, grid).evpi
    here = int(np.searchsorted(grid, switch))
    slope = np.diff(loss) / np.maximum(np.diff(grid), 1e-12)
    assert slope[here - 1] > slope[here]


def test_without_uncertainty_information_is_worth_nothing() -> None:
    costs, effects = np.tile([1000.0, 1234.56, 999.9], (50, 1)), np.tile([0.1, 0.17, 0.2], (50, 1))
    outcomes = Outcomes(("a", "b", "c"), "a", costs, effects)
    assert (acceptability(outcomes, np.linspace(0, 1e5, 101)).evpi == 0).all()
    sample = Sample(("x", "y"), np.random.default_rng(1).random((50, 2)))
    ours = evppi(outcomes, sample, {"x": ("x",), "xy": ("x", "y")}, 20_000)
    assert ours["evppi"].to_list() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(4))
def test_a_parameter_more_is_never_worth_less(seed: int) -> None:
    """Of pure noise, too, and for sets beyond the splines; EVPI >= EVPPI >= 0."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((400, 6))
    benefit = z[:, [0, 1]] * 300 + z[:, [2]] * z[:, [3]] * 200 + rng.standard_normal((400, 2)) * 500
    costs = np.column_stack([np.zeros(400), -benefit])
    outcomes = Outcomes(("a", "b", "c"), "b", costs, np.zeros_like(costs))
    names = tuple("uvwxyz")
    order = tuple(rng.permutation(names))
    sets = {"".join(order[: n + 1]): order[: n + 1] for n in range(6)}
    worth = evppi(outcomes, Sample(names, z), sets, 20_000)["evppi"].to_numpy()
    assert (np.diff(worth) >= 0).all() and worth[0] >= 0
    assert worth[-1] <= acceptability(outcomes, [20_000]).evpi[0]
    smaller = {k: v for k, v in sets.items() if len(v) <= 4}
    alone = [float(evppi(outcomes, Sample(names, z), {k: v}, 20_000)["evppi"][0])
             for k, v in smaller.items()]  # fmt: skip
    assert alone == worth[:4].tolist()


def test_two_parameters_that_matter_only_together() -> None:
    z = np.random.default_rng(1).standard_normal((8000, 2))
    benefit = 500 * z[:, 0] * z[:, 1]
    zero = np.zeros(8000)
    outcomes = Outcomes(("a", "b"), "a", np.column_stack([zero, -benefit]), np.zeros((8000, 2)))
    ours = evppi(outcomes, Sample(("x", "y"), z), {"x": ("x",), "xy": ("x", "y")}, 0.0)
    assert ours["evppi"][0] < 20
    assert ours["evppi"][1] == pytest.approx(500 * (2 / np.pi) / 2, rel=0.05)


@pytest.mark.parametrize("kind", ["constant", "two levels"])
def test_a_parameter_of_few_values(kind: str) -> None:
    rng = np.random.default_rng(2)
    x = np.full(2000, 3.0) if kind == "constant" else (rng.random(2000) < 0.25).astype(float)
    benefit = np.where(x == 1, 300.0, -100.0) + rng.standard_normal(2000) * 50
    zero = np.zeros(2000)
    outcomes = Outcomes(("a", "b"), "a", np.column_stack([zero, -benefit]), np.zeros((2000, 2)))
    (worth,) = evppi(outcomes, Sample(("x",), x[:, None]), {"x": ("x",)}, 0.0)["evppi"]
    share = x.mean()
    known = 300 * share - max(0.0, 300 * share - 100 * (1 - share))
    assert worth == pytest.approx(0 if kind == "constant" else known, rel=0.02)


def test_noise_of_the_simulation_inflates_information_and_is_taken_out() -> None:
    true, sample = normal_model(4000)
    noise = np.random.default_rng(3).standard_normal((4000, 2)) * [1500.0, 0.02]
    costs, effects = true.costs.copy(), true.effects.copy()
    costs[:, 1] += noise[:, 0]
    effects[:, 1] += 0.05 * np.random.default_rng(4).standard_normal(4000) + noise[:, 1]
    noisy = Outcomes(true.arms, "a", costs, effects)
    exact = acceptability(true, [0.0]).evpi[0]
    raw = acceptability(noisy, [0.0]).evpi[0]
    within = np.diag([1500.0**2, 0.02**2])
    for parameters in (sample, None):
        clean, kept = without_noise(noisy, within, parameters)
        assert raw > 1.5 * exact
        assert acceptability(clean, [0.0]).evpi[0] == pytest.approx(exact, rel=0.1)
        assert kept[0] == pytest.approx(1.4 / (1.4 + 2.25), abs=0.05)
        assert kept[1] == pytest.approx(0.0025 / 0.0029, abs=0.05)
        assert clean.costs.mean(axis=0) == pytest.approx(noisy.costs.mean(axis=0))
    same, kept = without_noise(true, np.zeros((2, 2)), sample)
    assert same.costs == pytest.approx(true.costs) and kept[0] == pytest.approx(1)


def test_against_the_comparator_by_hand() -> None:
    costs = np.array([[0.0, 100.0, -50.0], [0.0, 300.0, -50.0]])
    effects = np.array([[0.0, 0.02, 0.0], [0.0, 0.02, 0.0]])
    table = against_comparator(Outcomes(("u", "v", "w"), "u", costs, effects), 20_000)
    assert table["arm"].to_list() == ["v", "w"] and set(table["comparator"]) == {"u"}
    assert table["icer"][0] == pytest.approx(10_000) and np.isnan(table["icer"][1])
    assert table["net_benefit"].to_list() == [200.0, 50.0]
    assert table["chance_better"].to_list() == [1.0, 0.5]
    assert table["chance_cheaper"].to_list() == [0.0, 1.0]
    assert table["net_benefit_low"][0] == pytest.approx(105)


def test_of_three_the_one_that_dominates_both_is_alone_on_the_frontier() -> None:
    """dampack's tied case: equal effect, lower cost."""
    cost, effect = [163771.0, 164848.7, 163765.1], [6.48273, 6.52861, 6.52861]
    arms = ("No Treat", "Treat all", "Test & treat")
    table = icer_table(Outcomes(arms, arms[0], np.tile(cost, (2, 1)), np.tile(effect, (2, 1))))
    assert table.loc[table["status"] == "frontier", "arm"].to_list() == ["Test & treat"]


def test_ties_are_shared_and_the_comparator_stays() -> None:
    same = np.ones((10, 3))
    curves = acceptability(Outcomes(("a", "b", "c"), "b", same, same), [0.0, 100.0])
    assert curves.probability == pytest.approx(np.full((2, 3), 1 / 3))
    assert curves.best.tolist() == [1, 1]


def test_every_fault_of_a_table_is_named_at_once() -> None:
    with pytest.raises(Problems) as found:
        Outcomes(("a", "a"), "z", np.zeros((5, 2)), np.full((4, 2), np.nan))
    text = str(found.value)
    for words in ("differ in length", "same name", "not one of the arms", "not finite"):
        assert words in text


def test_arms_need_the_same_draws() -> None:
    rows = [(d, arm, 1.0, 2.0) for arm in ("a", "b") for d in range(5)]
    frame = pd.DataFrame(rows, columns=["draw", "arm", "cost", "qalys"])
    assert outcomes_of(frame.sample(frac=1, random_state=1), "a").draws == 5
    for broken, words in (
        (frame.iloc[:-1], "same draws"),
        (pd.concat([frame, frame.iloc[:1]]), "twice"),
        (frame.drop(columns="qalys"), "no such column"),
    ):
        with pytest.raises(Problems, match=words):
            outcomes_of(broken, "a")


def test_parameters_and_studies_that_do_not_fit() -> None:
    outcomes, sample = normal_model(100)
    with pytest.raises(Problems, match="did you mean 'theta1'"):
        evppi(outcomes, sample, {"x": ("theta_1",)}, 1.0)
    with pytest.raises(Problems, match="same draws"):
        evppi(outcomes, Sample(NAMES, sample.values[:-1]), {"x": ("theta1",)}, 1.0)
    for kind in ("proportion", "rate", "ratio"):
        study = Study("s", (Observation("theta1", kind),), (10,))
        with pytest.raises(Problems, match="cannot be observed"):
            evsi(outcomes, sample, study, 1.0, families_a_year=1, decision_years=1)
