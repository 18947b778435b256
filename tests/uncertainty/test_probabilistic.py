"""Probabilistic analysis: what is drawn, what must come out, and what its tables say."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis import psa, sizes
from babs_sim.analysis.drawing import Draws, draw_points
from babs_sim.analysis.points import Response
from babs_sim.analysis.psa_tables import convergence_frame, payback_frame
from babs_sim.analysis.sizes import best_families
from babs_sim.analysis.study import Conditions, Found
from babs_sim.errors import Problems
from babs_sim.experiment import Experiment, load
from babs_sim.parameters import Model
from babs_sim.parameters.distributions import LATENT
from tests.events.test_closed_forms import therapy
from tests.folders import CHILD, cost, event, write_folder
from tests.properties.rich import EXPERIMENT, OPEN
from tests.uncertainty.uncertain import ARM, HERE, the_analysis, uncertain

PSA = '\n[[analysis]]\nkind = "psa"\n'
SIZED = PSA + "draws = 12\nfamilies = 100\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Model]:
    return uncertain(tmp_path_factory.mktemp("probabilistic"), SIZED)


@pytest.fixture(scope="module")
def found(small: tuple[Experiment, Model]) -> Found:
    experiment, model = small
    return psa.run_psa(the_analysis(experiment), experiment, model, HERE)


def certain(folder: Path, **prices: float) -> tuple[Experiment, Model]:
    """Return a world in which every family has therapy; ``prices`` may have an interval."""
    spread = {"distribution": "gamma", "low": 3_000, "high": 6_500} if prices else {}
    tables = {
        "states": [CHILD],
        "events": [event("child.nothing")],
        "rates": [{"event": "child.nothing", "age_from": 0, "value": 0}],
        "unit_costs": [{**cost("therapy", "service.therapy", 4_500), "basis": "per event",
                        **spread}],
    }  # fmt: skip
    service = therapy(start_share=1.0, antenatal_share=1.0)
    write_folder(folder / "parameters", tables, entry=-0.5, service=service)
    path = folder / "certain.toml"
    text = EXPERIMENT.format(folder="parameters", population="births", families=50, changes=OPEN)
    path.write_text(text + PSA + "draws = 30\nfamilies = 50\n", encoding="utf-8")
    return load(path)


def test_where_only_a_price_is_uncertain_the_draws_are_that_price(tmp_path: Path) -> None:
    experiment, model = certain(tmp_path, therapy=4_500)
    tables = psa.run_psa(the_analysis(experiment), experiment, model, HERE).tables
    price = tables["draws"]["cost.therapy"]
    assert price.std() > 500
    spent = tables["costs"][ARM] - tables["costs"]["usual care"]
    assert spent.to_numpy() == pytest.approx(price.to_numpy(), rel=1e-12)
    assert (tables["effects"][ARM] == tables["effects"]["usual care"]).all()
    row = tables["psa_summary"].query("measure == 'cost' and comparator == 'usual care'").iloc[0]
    assert row["mean"] == pytest.approx(price.mean())
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.percentile(price, [2.5, 97.5])))
    assert row["mc_error"] == pytest.approx(price.std() / math.sqrt(30))
    assert row["noise"] == pytest.approx(0.0, abs=1e-9) and row["base"] == pytest.approx(4_500)


def test_without_uncertainty_every_draw_is_the_base_case(tmp_path: Path) -> None:
    experiment, model = certain(tmp_path)
    tables = psa.run_psa(the_analysis(experiment), experiment, model, HERE).tables
    assert tables["draws"].shape == (30, 0)
    summary = tables["psa_summary"].query("defined == 1")
    assert summary["mean"].to_numpy() == pytest.approx(summary["base"].to_numpy(), rel=1e-12)
    assert np.abs(summary["sd"]).max() == pytest.approx(0.0, abs=1e-9)
    away = tables["psa_mean"][["difference", "from_means", "from_shape"]]
    assert np.abs(away.to_numpy()).max() == pytest.approx(0.0, abs=1e-9)


def test_tables_fit_each_other(found: Found) -> None:
    tables = found.tables
    assert {name: len(tables[name]) for name in ("costs", "effects", "draws")} == dict.fromkeys(
        ("costs", "effects", "draws"), 12
    )
    assert list(tables["costs"]) == list(tables["effects"]) == ["usual care", ARM]
    levels = tables["psa"].set_index(["draw", "arm"])
    assert sorted(set(levels.index.get_level_values("draw"))) == list(range(1, 13))
    cost_of_arm = levels.xs(ARM, level="arm")["cost"].to_numpy()
    assert np.array_equal(cost_of_arm, tables["costs"][ARM].to_numpy())
    change = tables["psa_increments"].set_index("draw")["cost"].to_numpy()
    assert change == pytest.approx(tables["costs"][ARM] - tables["costs"]["usual care"])
    explained = tables["psa_mean"]
    whole = explained["from_means"] + explained["from_shape"]
    assert whole.to_numpy() == pytest.approx(explained["difference"].to_numpy(), abs=1e-9)
    assert found.facts["draws"] == 12 and found.facts["families"] == 100
    assert len(found.lines) == 4


def test_payback_adds_up_and_the_last_of_convergence_is_the_mean(
    small: tuple[Experiment, Model],
) -> None:
    experiment, model = small
    draws = draw_points(model, 40, 2)
    evaluated = Response(experiment, model, 60, fresh=True).evaluate(draws[1:], start=1)
    payback = payback_frame(evaluated)
    assert payback.groupby("payer")["here"].sum().to_numpy() == pytest.approx([1.0, 1.0])
    total = evaluated.array("cashflow")[:, 0, 0]
    last = payback.query("payer == '' and year == 10").iloc[0]
    assert last["ahead"] == pytest.approx((total[:, -1] <= 0).mean())
    assert last["mc_error"] == pytest.approx(math.sqrt(last["ahead"] * (1 - last["ahead"]) / 40))
    frame = convergence_frame(evaluated, "net_monetary_benefit")
    values = evaluated.increment(ARM, "net_monetary_benefit")
    mean, chance = (
        frame.query(f"measure == 'net_monetary_benefit' and what == '{what}'").iloc[-1]
        for what in ("mean", "chance")
    )
    assert mean["value"] == pytest.approx(values.mean()) and mean["draws"] == 40
    assert mean["mc_error"] == pytest.approx(values.std(ddof=1) / math.sqrt(40))
    assert chance["value"] == pytest.approx((values > 0).mean())


class TestDraws:
    def test_more_draws_and_other_seeds(self, small: tuple[Experiment, Model]) -> None:
        model = small[1]
        few, many = draw_points(model, 5, 3), draw_points(model, 50, 3)
        assert np.array_equal(few.values, many.values[:6])
        assert not np.array_equal(few.values[1:], draw_points(model, 5, 4).values[1:])
        assert few[0] == {
            name: model.parameters[name].value for name in few.names if LATENT not in name
        }
        assert not any(name.startswith(LATENT) for name in few[2]) and few[1:3] == [few[1], few[2]]

    def test_another_parameter_changes_no_draw(self, small: tuple[Experiment, Model]) -> None:
        model = small[1]
        kept = {n: p for n, p in model.parameters.items() if n != "cost.away"}
        fewer = replace(
            model,
            parameters={**kept, "cost.away": replace(
                model.parameters["cost.away"], distribution="fixed")},
        )  # fmt: skip
        whole, part = draw_points(model, 9, 3), draw_points(fewer, 9, 3)
        assert set(whole.names) - set(part.names) == {"cost.away"}
        for name in part.names:
            column = whole.values[:, whole.names.index(name)]
            assert np.array_equal(part.values[:, part.names.index(name)], column), name

    def test_sobol_points_fill_more_evenly(self, small: tuple[Experiment, Model]) -> None:
        model = small[1]
        value = model.parameters["cost.away"].value
        away = []
        for sequence in ("random", "sobol"):
            draws = draw_points(model, 256, 1, sequence)
            mean = draws.values[1:, draws.names.index("cost.away")].mean()
            away.append(abs(mean / value - 1.0))
        assert away[1] < 1e-3 < away[0]

    def test_the_mean_point(self) -> None:
        draws = Draws(("a", "latent.g"), np.array([[9.0, 0.0], [1.0, 2.0], [3.0, 2.0]]))
        assert draws.mean(2) == {"a": 2.0} and draws.mean(1) == {"a": 1.0}

    def test_a_file_takes_the_place_of_distributions(
        self, tmp_path: Path, small: tuple[Experiment, Model]
    ) -> None:
        model, file = small[1], tmp_path / "posterior.csv"
        file.write_text("draw,cost.away,cost.leaving\n1,100,7\n2,200,8\n3,300,9\n")
        draws = draw_points(model, 2, 3, file=file)
        plain = draw_points(model, 2, 3)
        assert [point["cost.away"] for point in draws] == [40_000, 100, 200]
        assert [point["cost.leaving"] for point in draws] == [5_000, 7, 8]
        assert draws[2]["cost.low"] == plain[2]["cost.low"]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("draw,cost.awry\n1,1\n2,2\n", "cost.awry: is not a parameter"),
            ("draw,cost.away\n1,1\n", "fewer draws than the 2"),
            ("draw,effect.child.leaves.family.frailty\n1,1\n2,-2\n", "posterior.csv:3: effect"),
        ],
    )
    def test_a_file_that_does_not_fit_is_a_problem(
        self, tmp_path: Path, small: tuple[Experiment, Model], text: str, says: str
    ) -> None:
        file = tmp_path / "posterior.csv"
        file.write_text(text)
        with pytest.raises(Problems, match=says):
            draw_points(small[1], 2, 3, file=file)


class TestSizes:
    def test_families_that_make_the_mean_most_precise(self) -> None:
        between, within, arms = 4.0e6, 1.6e9, 2
        best = best_families(between, within, arms)
        fixed = best**2 * between / within * arms  # what a draw costs, in families

        def variance_for_time(families: float) -> float:
            return (between + within / families) * (fixed + arms * families)

        assert variance_for_time(best) < min(
            variance_for_time(0.8 * best), variance_for_time(1.2 * best)
        )
        assert best_families(-1.0, 5.0, 2) == sizes.MOST_FAMILIES

    def test_a_pilot_chooses_what_is_not_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sizes, "PILOT_DRAWS", 8)
        monkeypatch.setattr(sizes, "PILOT_FAMILIES", 50)
        experiment, model = uncertain(tmp_path)
        chosen = sizes.sizes_of(
            experiment, model, "net_monetary_benefit", None, None, 0.0, Conditions()
        )
        assert chosen.draws == sizes.LEAST_DRAWS and chosen.within > 0.0
        best = best_families(chosen.between, chosen.within, 2)
        assert chosen.families == np.clip(round(best, -2), 500, 50_000)
        given = sizes.sizes_of(experiment, model, "cost", 9, 70, 0.0, Conditions())
        assert (given.draws, given.families) == (9, 70) and math.isnan(given.best)

    def test_draws_stop_once_the_mean_is_precise(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(psa, "LOOK", 5)
        experiment, model = certain(tmp_path, therapy=4_500)
        analysis = the_analysis(experiment).model_copy(
            update={"measure": "cost", "precision": 0.08}
        )
        kept = psa.run_psa(analysis, experiment, model, HERE)
        number = int(str(kept.facts["draws"]))
        assert number % 5 == 0 and 5 <= number < 30 and kept.facts["stopped_early"]
        price = kept.tables["draws"]["cost.therapy"].to_numpy()
        error = price.std(ddof=1) / math.sqrt(number)
        assert error <= 0.08 * price.mean()
        before = price[: number - 5]
        assert number == 5 or before.std(ddof=1) / math.sqrt(number - 5) > 0.08 * before.mean()
