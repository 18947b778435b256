"""Tornado, grids, thresholds and scenarios: held against what can be said without them."""

from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis import analyse, scanning, scenarios
from babs_sim.analysis.oneway import PERCENTILES, bars_of, run_tornado
from babs_sim.analysis.points import Response
from babs_sim.analysis.study import Found
from babs_sim.errors import Problems
from babs_sim.experiment import Experiment
from babs_sim.parameters import Model
from babs_sim.parameters.distributions import fit
from babs_sim.simulate import run
from tests.uncertainty.uncertain import ARM, HERE, UNREAD, the_analysis, uncertain

TORNADO = '\n[[analysis]]\nkind = "tornado"\nmeasure = "cost"\n'


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Model]:
    return uncertain(tmp_path_factory.mktemp("oneway"), TORNADO)


@pytest.fixture(scope="module")
def tornado(small: tuple[Experiment, Model]) -> Found:
    experiment, model = small
    return run_tornado(the_analysis(experiment), experiment, model, HERE)


def test_the_base_line_is_that_of_the_base_run(
    small: tuple[Experiment, Model], tornado: Found
) -> None:
    base = {f.measure: f.value for f in analyse(run(*small)).incremental[ARM]}
    for name, rows in tornado.tables["tornado"].groupby("measure"):
        assert np.ptp(rows["base_result"]) == 0.0
        assert rows["base_result"].iloc[0] == pytest.approx(base[str(name)], rel=1e-9)


def test_every_parameter_that_varies_is_moved_through_its_distribution(
    small: tuple[Experiment, Model], tornado: Found
) -> None:
    model, frame = small[1], tornado.tables["tornado"]
    varying = {p.name for p in model.parameters.values() if p.distribution != "fixed"}
    assert set(frame["parameter"]) == varying and UNREAD in varying
    for name, rows in frame[frame["measure"] == "cost"].groupby("parameter"):
        fitted = fit(model.parameters[str(name)])
        wanted = [float(fitted.ppf(q / 100)) for q in PERCENTILES]
        assert rows["value"].tolist() == wanted
        assert (rows["base_value"] == model.parameters[str(name)].value).all()


def test_a_parameter_that_nobody_reads_has_bars_of_nothing(tornado: Found) -> None:
    frame = tornado.tables["tornado"]
    unread = frame[frame["parameter"] == UNREAD]
    assert len(unread) == 4 * 3
    assert (unread["difference"] == 0.0).all() and (unread["mc_error"] == 0.0).all()
    moved = frame[(frame["parameter"] == "effect.child.leaves.family.frailty")]
    assert (moved["difference"] != 0.0).all()


def test_the_bar_of_a_price_is_what_it_is_paid_for(
    small: tuple[Experiment, Model], tornado: Found
) -> None:
    usual, service = run(*small).ledgers
    families = usual.families.sum()
    bought = {
        "cost.away": ("years", "child.away"), "cost.low": ("years", "mother.low"),
    }  # fmt: skip
    frame = tornado.tables["tornado"]
    for name, (kind, state) in bought.items():
        place = usual.states.index(state)
        more = sum(
            sign * getattr(one, kind)[:, place, :, 0].sum() / families
            for sign, one in ((1, service), (-1, usual))
        )
        rows = frame[(frame["parameter"] == name) & (frame["measure"] == "cost")]
        wanted = (rows["value"] - rows["base_value"]) * more
        assert rows["difference"].to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-8)
    net = frame[frame["measure"] == "net_monetary_benefit"]["difference"].to_numpy()
    cost = frame[frame["measure"] == "cost"]["difference"].to_numpy()
    qalys = frame[frame["measure"] == "qalys"]["difference"].to_numpy()
    assert net == pytest.approx(20_000 * qalys - cost, abs=1e-6)


def test_shares_keep_their_sum_and_proportions(small: tuple[Experiment, Model]) -> None:
    bars = [bar for bar in bars_of(small[1]) if bar.name == "trait.family.load.1"]
    assert len(bars) == 4
    for bar in bars:
        assert sum(float(v) for v in bar.point.values()) == pytest.approx(1.0)
        assert bar.point["trait.family.load.0"] == pytest.approx(
            2.5 * float(bar.point["trait.family.load.2"])
        )


def test_a_group_moves_together(small: tuple[Experiment, Model]) -> None:
    model = small[1]
    bars = bars_of(model, ["effect.*"], groups=True)
    assert {bar.name for bar in bars} == {"effect.child.leaves.family.frailty", "group.efficacy"}
    (high,) = (b for b in bars if b.name == "group.efficacy" and b.percentile == 97.5)
    away, recovery = (f"effect.{e}.service.therapy@base" for e in ("child.leaves",
                                                                    "mother.recovery"))  # fmt: skip
    assert high.point[away] == pytest.approx(float(fit(model.parameters[away]).ppf(0.975)))
    assert high.point[recovery] == pytest.approx(float(fit(model.parameters[recovery]).ppf(0.025)))
    one = bars_of(model, ["cost.away"])
    assert [bar.name for bar in one] == ["cost.away"] * 4


def test_an_unknown_measure_is_a_problem(small: tuple[Experiment, Model]) -> None:
    experiment, model = small
    wrong = the_analysis(experiment).model_copy(update={"measure": "qaly"})
    with pytest.raises(Problems, match="did you mean 'qalys'"):
        run_tornado(wrong, experiment, model, HERE)


def test_a_grid_is_each_of_its_points(tmp_path: Path) -> None:
    experiment, model = uncertain(
        tmp_path,
        '\n[[analysis]]\nkind = "two_way"\nparameters = ["cost.away", "service.therapy.start_share"'
        "]\nvalues = [[30000, 50000], [0.4, 0.6, 0.9]]\n",
    )
    table = scanning.run_two_way(the_analysis(experiment), experiment, model, HERE)
    frame = table.tables["two_way"]
    assert len(frame) == 6 and (frame["measure"] == "net_monetary_benefit").all()
    one = frame[(frame["first_value"] == 50_000) & (frame["second_value"] == 0.6)].iloc[0]
    point = {"cost.away": 50_000.0, "service.therapy.start_share": 0.6}
    wanted = Response(experiment, model, 200).evaluate([point])
    assert one["result"] == wanted.increment(ARM, "net_monetary_benefit")[0]
    assert one["mc_error"] == wanted.increment(ARM, "net_monetary_benefit", change=True)[0]
    plain = the_analysis(experiment).model_copy(update={"values": [], "steps": 3, "parameters": [
        "cost.away", "cost.low"]})  # fmt: skip
    grid = scanning.run_two_way(plain, experiment, model, HERE).tables["two_way"]
    ends = [float(fit(model.parameters["cost.low"]).ppf(q)) for q in (0.025, 0.975)]
    assert len(grid) == 9 and sorted(set(grid["second_value"]))[::2] == pytest.approx(ends)


def test_the_threshold_of_a_price_is_where_a_line_crosses(tmp_path: Path) -> None:
    experiment, model = uncertain(
        tmp_path,
        '\n[[analysis]]\nkind = "threshold"\nparameters = ["cost.therapy", "cost.low"]\n'
        "values = [[0, 1000000], [850, 950]]\n",
    )
    found = scanning.run_threshold(the_analysis(experiment), experiment, model, HERE)
    therapy, low = (row for _, row in found.tables["threshold"].iterrows())
    slope = (therapy["high_result"] - therapy["low_result"]) / 1_000_000
    crossing = 4_500 - therapy["base_result"] / slope
    assert therapy["threshold"] == pytest.approx(crossing, abs=200)
    assert abs(therapy["result"]) <= 200 * abs(slope)
    assert np.isnan(low["threshold"]) and low["evaluations"] == 2
    assert "does not cross" in found.lines[1]


def test_scenarios_change_effects_money_and_years(tmp_path: Path) -> None:
    experiment, model = uncertain(
        tmp_path,
        """
[[analysis]]
kind = "scenarios"

[[analysis.scenario]]
name = "no effect"
set = { "service.effect_set" = "null", "effect.child.leaves.family.frailty" = 1.6 }

[[analysis.scenario]]
name = "two years"
horizon_years = 2

[[analysis.scenario]]
name = "as it is"
""",
    )
    found = scenarios.run_scenarios(the_analysis(experiment), experiment, model, HERE)
    frame = found.tables["scenarios"].set_index(["scenario", "measure"])
    assert frame.loc[("no effect", "leaving"), "result"] == 0.0
    assert frame.loc[("base", "leaving"), "result"] != 0.0
    same, base = (frame.loc[name]["result"].to_numpy() for name in ("as it is", "base"))
    assert np.array_equal(same, base, equal_nan=True)
    cohort = experiment.cohort.model_copy(update={"horizon_years": 2})
    import dataclasses

    short = analyse(run(dataclasses.replace(experiment, cohort=cohort), model))
    wanted = {f.measure: f.value for f in short.incremental[ARM]}
    got = frame.loc[("two years", "cost"), "result"]
    assert got == pytest.approx(wanted["cost"], rel=1e-9)
    assert np.isnan(frame.loc[("two years", "cost"), "difference_mc_error"])
