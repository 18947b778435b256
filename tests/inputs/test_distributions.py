"""Distributions: the value is the mean, the interval comes back, and groups are drawn together."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from babs_sim.handover import Floats
from babs_sim.parameters import Model, Parameter, read_parameters
from babs_sim.parameters.distributions import LATENT, draw_of, drawn, fit, sample
from babs_sim.parameters.rows import Distribution
from tests.inputs.small import write_parameters

GRID = (np.arange(20_000) + 0.5) / 20_000
"""Mid-points of equal shares: the mean of the quantiles is the mean, but for the very tails."""


def parameter(
    distribution: Distribution, low: float | None, value: float, high: float | None,
    unit: str = "sd",
) -> Parameter:  # fmt: skip
    return Parameter(
        name="p", value=value, unit=unit, distribution=distribution, low=low, high=high,
        price_year="", source="s", status="seen", grade="A", evidence="", group="", note="",
        file="f", line=1, label="p", raw_value=value, raw_unit=unit,
    )  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return read_parameters([write_parameters(tmp_path_factory.mktemp("small") / "parameters")])


def uniforms(model: Model, draws: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).random((draws, len(drawn(model))))


def ranks_of(draws: Floats) -> Floats:
    return draws.argsort().argsort().astype(float)


def correlation(a: Floats, b: Floats) -> float:
    return float(np.mean((a - a.mean()) * (b - b.mean())) / (a.std() * b.std()))


@pytest.mark.parametrize(
    ("distribution", "low", "value", "high"),
    [
        ("normal", -0.2, 0.1, 0.4),
        ("normal", 27.0, 30.0, 35.0),
        ("beta", 0.66, 0.74, 0.81),
        ("beta", 0.001, 0.004, 0.02),
        ("beta", 0.9, 0.97, 0.999),
        ("gamma", 1900.0, 4500.0, 7500.0),
        ("gamma", 0.0001, 0.001, 0.004),
        ("dirichlet", 0.2, 0.3, 0.4),
    ],
)
def test_mean_and_width_are_those_of_the_row(
    distribution: Distribution, low: float, value: float, high: float
) -> None:
    unit = "probability" if high < 1 and low > 0 else "£" if low > 100 else "correlation"
    fitted = fit(parameter(distribution, low, value, high, "years" if low == 27 else unit))
    assert fitted.mean() == value
    assert np.mean(fitted.ppf(GRID)) == pytest.approx(value, rel=2e-3)
    lower, upper = fitted.ppf(0.025), fitted.ppf(0.975)
    assert upper - lower == pytest.approx(high - low, rel=1e-6)


def test_a_symmetric_interval_comes_back_whole() -> None:
    fitted = fit(parameter("normal", 8.0, 10.0, 12.0))
    assert fitted.ppf(np.array([0.025, 0.5, 0.975])) == pytest.approx([8.0, 10.0, 12.0])
    fitted = fit(parameter("beta", 0.4, 0.5, 0.6, "probability"))
    assert fitted.ppf(np.array([0.025, 0.5, 0.975])) == pytest.approx([0.4, 0.5, 0.6], abs=1e-9)


def test_the_median_of_a_lognormal_is_the_value() -> None:
    fitted = fit(parameter("lognormal", 1.2, 1.8, 2.7, "rate ratio"))
    quantiles = fitted.ppf(np.array([0.025, 0.5, 0.975]))
    assert quantiles == pytest.approx([1.2, 1.8, 2.7])
    sigma = math.log(2.7 / 1.2) / (2 * 1.959964)
    assert fitted.mean() == pytest.approx(1.8 * math.exp(sigma**2 / 2), rel=1e-6)
    assert np.mean(fitted.ppf(GRID)) == pytest.approx(fitted.mean(), rel=1e-3)


@pytest.mark.parametrize(
    ("distribution", "low", "value", "high", "median"),
    [
        ("uniform", 12.0, 24.0, 36.0, 24.0),
        ("triangular", 0.25, 0.55, 0.75, None),
        ("triangular", 0.0, 2.0, 6.0, 6 - math.sqrt(18)),
        ("pert", 0.0, 0.1, 0.4, None),
        ("pert", 0.0, 0.5, 1.0, 0.5),
    ],
)
def test_limits_hold_and_the_value_is_the_mean(
    distribution: Distribution, low: float, value: float, high: float, median: float | None
) -> None:
    fitted = fit(parameter(distribution, low, value, high))
    draws = fitted.ppf(GRID)
    assert low <= draws.min() < draws.max() <= high
    assert fitted.mean() == pytest.approx(value)
    assert np.mean(draws) == pytest.approx(value, rel=1e-4)
    if median is not None:
        assert fitted.ppf(0.5) == pytest.approx(median)


def test_a_fixed_number_does_not_vary() -> None:
    fitted = fit(parameter("fixed", 1.0, 2.0, 3.0))
    assert (fitted.ppf(GRID) == 2.0).all()
    assert fitted.mean() == 2.0


@pytest.mark.parametrize(("unit", "least", "most"), [("probability", 0, 1), ("£", 0, 1e7)])
def test_a_draw_stays_within_what_its_unit_allows(unit: str, least: float, most: float) -> None:
    draws = fit(parameter("normal", 0.01, 0.5, 0.99, unit)).ppf(np.array([1e-9, 1 - 1e-9]))
    assert draws.min() >= least
    assert draws.max() <= most


def test_an_interval_too_wide_for_a_beta_gives_the_nearest() -> None:
    fitted = fit(parameter("beta", 0.0, 0.5, 1.0, "probability"))
    assert fitted.ppf(0.975) - fitted.ppf(0.025) > 0.99
    assert np.mean(fitted.ppf(GRID)) == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["normal", "lognormal", "beta", "gamma", "uniform", "triangular", "pert"]),
    st.floats(0.01, 0.6), st.floats(0.02, 0.5), st.floats(0.3, 0.7),
)  # fmt: skip
def test_quantiles_rise(distribution: Distribution, low: float, width: float, share: float) -> None:
    high = low + width
    value = low + share * width if distribution != "uniform" else low + width / 2
    assume(high < 0.999)
    draws = fit(parameter(distribution, low, value, high, "probability")).ppf(GRID[::50])
    assert np.isfinite(draws).all()
    assert (np.diff(draws) >= 0).all()
    assert 0 <= draws.min() <= draws.max() <= 1


def test_what_is_drawn(model: Model) -> None:
    names = drawn(model)
    assert names[-1] == LATENT + "efficacy"
    assert list(names[:-1]) == sorted(names[:-1])
    assert set(names[:-1]) == {n for n, p in model.parameters.items() if p.distribution != "fixed"}


def test_draw_0_is_the_base_case(model: Model) -> None:
    first = draw_of(model, sample(model, uniforms(model, 3))[0])
    assert first == {name: model.parameters[name].value for name in first}
    assert model.values(draw=first) == model.values()


def test_a_draw_becomes_values_below_what_an_arm_sets(model: Model) -> None:
    draw = draw_of(model, sample(model, uniforms(model, 3))[2])
    values = model.values({"cost.care": 1000}, draw=draw)
    assert values["cost.therapy"] == draw["cost.therapy"] != model.values()["cost.therapy"]
    assert values["cost.care"] == 1000.0


def test_a_number_depends_on_its_own_uniform_alone(model: Model) -> None:
    u = uniforms(model, 50)
    before = sample(model, u)
    column = drawn(model).index("cost.care")
    u[:, column] = 1 - u[:, column]
    after = sample(model, u)
    same = [c for c in range(u.shape[1]) if c != column]
    assert (after[:, same] == before[:, same]).all()
    assert (after[1:, column] != before[1:, column]).all()


def test_draws_do_not_depend_on_how_many_there_are(model: Model) -> None:
    u = uniforms(model, 40)
    assert (sample(model, u)[:10] == sample(model, u[:10])).all()


def test_draws_have_the_means_of_the_tables(model: Model) -> None:
    names = drawn(model)
    draws = sample(model, uniforms(model, 40_000))[1:]
    for column, name in enumerate(names[:-1]):
        fitted = fit(model.parameters[name])
        error = draws[:, column].std() / math.sqrt(len(draws))
        bias = abs(draws[:, column].mean() - fitted.mean())
        assert bias < 5 * error + 0.003 * abs(fitted.mean()), name


def test_a_group_is_correlated_as_it_says(model: Model) -> None:
    names = drawn(model)
    draws = sample(model, uniforms(model, 40_000))[1:]
    members = [n for n in names if not n.startswith(LATENT)
               and model.parameters[n].group == "efficacy"]  # fmt: skip
    assert len(members) == 2
    ranks = [ranks_of(draws[:, names.index(n)]) for n in members]
    found = correlation(*ranks)
    assert found == pytest.approx(6 / math.pi * math.asin(0.6 / 2), abs=0.015)
    outside = ranks_of(draws[:, names.index("cost.care")])
    assert abs(correlation(ranks[0], outside)) < 0.02


def test_each_number_of_a_group_keeps_its_own_distribution(model: Model) -> None:
    names = drawn(model)
    draws = sample(model, uniforms(model, 40_000))[1:]
    name = "effect.child.care_entry.service.therapy@base"
    limits = np.quantile(draws[:, names.index(name)], [0.025, 0.5, 0.975])
    assert limits == pytest.approx([0.64, 0.8, 1.0], rel=0.01)


@pytest.mark.parametrize(("shared", "expected"), [(0.0, 0.0), (1.0, 1.0)])
def test_limits_of_a_group(tmp_path: Path, shared: float, expected: float) -> None:
    folder = write_parameters(tmp_path / "parameters")
    text = (folder / "model.toml").read_text(encoding="utf-8")
    text = text.replace("{ value = 0.6,", f"{{ value = {shared},")
    (folder / "model.toml").write_text(text, encoding="utf-8")
    model = read_parameters([folder])
    draws = sample(model, uniforms(model, 4_000))[1:]
    columns = [c for c, n in enumerate(drawn(model)) if "service.therapy" in n]
    ranks = [ranks_of(draws[:, c]) for c in columns]
    assert correlation(*ranks) == pytest.approx(expected, abs=0.05)


def test_shares_of_a_dirichlet_sum_to_1(model: Model) -> None:
    names = drawn(model)
    columns = [c for c, n in enumerate(names) if n.startswith("trait.mother.aces")]
    draws = sample(model, uniforms(model, 20_000))[:, columns]
    assert len(columns) == 3
    assert draws.sum(axis=1) == pytest.approx(np.ones(len(draws)), rel=1e-12)
    assert draws.mean(axis=0) == pytest.approx([0.5, 0.3, 0.2], abs=0.003)
    assert np.quantile(draws[:, 1], [0.025, 0.975]) == pytest.approx([0.2, 0.4], abs=0.02)


def test_uniforms_of_the_wrong_shape_are_refused(model: Model) -> None:
    with pytest.raises(ValueError, match="u has shape"):
        sample(model, np.full((3, 2), 0.5))


NIL_COLUMN = LATENT + "efficacy.nil"


def with_nil(path: Path, extra: str = "", *, against: bool = False) -> Model:
    """Return the small model with a quarter of the draws nil."""
    folder = write_parameters(path / "parameters")
    text = (folder / "model.toml").read_text(encoding="utf-8")
    share = 'nil_share = { value = 0.25, unit = "probability", source = "judgement", grade = "C" }'
    (folder / "model.toml").write_text(f"{text}\n{share}\n{extra}\n", encoding="utf-8")
    if against:
        effects = (folder / "effects.csv").read_text(encoding="utf-8")
        changed = effects.replace(",efficacy,judgement,C", ",-efficacy,judgement,C", 1)
        changed = changed if changed != effects else effects.replace(",efficacy", ",-efficacy", 1)
        (folder / "effects.csv").write_text(changed, encoding="utf-8")
    return read_parameters([folder])


def members_of(model: Model) -> list[str]:
    return [p.name for p in model.parameters.values() if p.group.removeprefix("-") == "efficacy"]


def test_effects_are_nil_together_in_a_share_of_the_draws(tmp_path: Path) -> None:
    model = with_nil(tmp_path)
    names = drawn(model)
    assert names[-1] == NIL_COLUMN
    draws = sample(model, uniforms(model, 20_001))
    nil = draws[:, -1] == 1.0
    assert not nil[0]
    assert nil[1:].mean() == pytest.approx(0.25, abs=0.01)
    for name in members_of(model):
        column = draws[:, names.index(name)]
        assert (column[nil] == 1.0).all()
        assert (column[~nil] != 1.0).all()
    first = draw_of(model, draws[0])
    assert model.values(draw=first) == model.values()


def test_nil_effects_are_those_on_one_person(tmp_path: Path) -> None:
    """All effects of the group are on events of the child: none is nil for the mother."""
    of_mother = with_nil(tmp_path / "a", 'nil_person = "mother"')
    draws = sample(of_mother, uniforms(of_mother, 2_000))
    columns = [drawn(of_mother).index(name) for name in members_of(of_mother)]
    assert (draws[1:, columns] != 1.0).all()
    of_child = with_nil(tmp_path / "b", 'nil_person = "child"')
    draws = sample(of_child, uniforms(of_child, 2_000))
    nil = draws[:, -1] == 1.0
    assert nil.any()
    assert (draws[nil][:, columns] == 1.0).all()


def test_a_number_may_move_against_its_group(tmp_path: Path) -> None:
    model = with_nil(tmp_path, against=True)
    names = drawn(model)
    draws = sample(model, uniforms(model, 40_000))[1:]
    alive = draws[draws[:, -1] == 0.0]
    a, b = (ranks_of(alive[:, names.index(n)]) for n in members_of(model))
    assert correlation(a, b) == pytest.approx(-6 / math.pi * math.asin(0.6 / 2), abs=0.02)
