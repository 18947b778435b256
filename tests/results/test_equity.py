"""Equity: gains by band add up to the whole, and health given up is shared out as the rows say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from babs_sim.analysis import analyse
from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.equity import Gains, Shares, gains_of, indices_of, narrowing
from babs_sim.analysis.equity_tables import run_equity, verdict
from babs_sim.cli.app import app
from babs_sim.economics.inequality import slope_index
from babs_sim.errors import Problems
from babs_sim.experiment import load
from babs_sim.parameters.rows import AversionRow
from babs_sim.population import Subgroup
from babs_sim.results import read
from babs_sim.simulate import run
from tests.properties.rich import rich_experiment, rich_folder, rich_tables

SUBGROUPS = [
    {"subgroup": "load", "band": "none", "label": "No load", "trait": "family.load", "below": 1},
    {"subgroup": "load", "band": "one", "label": "One load", "trait": "family.load",
     "at_least": 1, "below": 2},
    {"subgroup": "load", "band": "two", "label": "Two loads", "trait": "family.load",
     "at_least": 2},
    {"subgroup": "age", "band": "young", "label": "Under 30", "trait": "mother.age", "below": 30},
    {"subgroup": "age", "band": "older", "label": "30 up", "trait": "mother.age", "at_least": 30},
]  # fmt: skip
BANDS = ("none", "one", "two")


def rows(what: str, numbers: tuple[float, ...], scheme: str = "") -> list[dict[str, object]]:
    unit = "QALYs" if what == "health" else "probability"
    return [{"what": what, "scheme": scheme, "subgroup": "load", "band": band, "value": number,
             "unit": unit} for band, number in zip(BANDS, numbers, strict=True)]  # fmt: skip


EQUITY = [
    *rows("health", (74.0, 70.0, 62.0)),
    *rows("people", (0.5, 0.3, 0.2)),
    *rows("given up", (0.2, 0.3, 0.5), "steep"),
    {"what": "births per family", "scheme": "referred", "value": 20, "unit": "count"},
]
AVERSION = [
    {"index": "atkinson", "name": "none", "label": "none", "value": 0},
    {"index": "kolm", "name": "some", "label": "some", "value": 0.15},
]
ANALYSIS = '\n[[analysis]]\nkind = "equity"\nsubgroups = ["load", "age"]\n'


def experiment_of(
    folder: Path, more: str = ANALYSIS, equity: object = None, **options: str
) -> Path:
    tables = {
        **rich_tables(), "subgroups": SUBGROUPS, "inequality_aversion": AVERSION,
        "equity": EQUITY if equity is None else equity,
    }  # fmt: skip
    path = rich_experiment(rich_folder(folder / "p", tables), **options)  # type: ignore[arg-type]
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> BaseCase:
    folder = tmp_path_factory.mktemp("equity")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BABS_SIM_CACHE", str(folder / "cache"))
        patch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))
        return analyse(run(*load(experiment_of(folder))))


def gains(case: BaseCase, subgroup: str = "load") -> Gains:
    analysis = next(one for one in case.run.experiment.analyses if one.kind == "equity")
    return next(one for one in gains_of(case, analysis) if one.subgroup.name == subgroup)


def test_bands_add_up_to_the_increments_of_all_families(case: BaseCase) -> None:
    figures = {figure.measure: figure.value for figure in case.incremental["service"]}
    for name in ("load", "age"):
        one = gains(case, name)
        assert one.qalys[0].sum() == pytest.approx(figures["qalys"], rel=1e-9)
        assert one.pounds[0].sum() == pytest.approx(figures["cost"], rel=1e-9)
        assert one.families[0].sum() == pytest.approx(1.0, rel=1e-12)
    assert figures["qalys"] != 0 and figures["cost"] != 0


def test_shares_sum_to_one_and_what_is_given_up_is_cost_over_the_value(case: BaseCase) -> None:
    one = gains(case)
    assert [shares.name for shares in one.shares] == ["steep", "by head"]
    for shares in one.shares:
        assert shares.shares.sum() == pytest.approx(1.0, abs=1e-15)
        lost = one.given_up(shares)
        assert lost[0].sum() == pytest.approx(one.pounds[0].sum() / 20_000, rel=1e-12)
        assert lost[0] / lost[0].sum() == pytest.approx(shares.shares)
        net = one.net(shares)[0].sum()
        worth = {f.measure: f.value for f in case.incremental["service"]}["net_monetary_benefit"]
        assert net == pytest.approx(worth / 20_000, rel=1e-9)


def test_the_interval_of_the_sum_is_that_of_the_paired_blocks(case: BaseCase) -> None:
    one = gains(case)
    assert len(one.blocks) == 20
    error, low, high = one.interval(one.qalys.sum(axis=1))
    blocks = case.accounts["service"]
    assert error > 0 and low < one.qalys[0].sum() < high
    assert blocks.families.sum() == one.blocks.sum()


def test_tables_hold_the_figures_and_sums(case: BaseCase) -> None:
    found = run_equity(case)
    one = gains(case)
    frame = found.tables["equity"]
    mine = frame[(frame["subgroup"] == "load") & (frame["shares"] == "steep")]
    net = mine[mine["figure"] == "net"].set_index("band")["value"]
    assert net[list(BANDS)].to_numpy() == pytest.approx(1000 * one.net(one.shares[0])[0])
    assert net["all"] == pytest.approx(net[list(BANDS)].sum(), rel=1e-9)
    after = mine[mine["figure"] == "after"].set_index("band")["value"]
    people = np.array([0.5, 0.3, 0.2])
    spread = one.net(one.shares[0])[0] / (20 * people)
    assert after.to_numpy() == pytest.approx(np.array([74.0, 70.0, 62.0]) + spread, rel=1e-12)
    summary = found.tables["equity_summary"]
    steep = summary[summary["shares"] == "steep"].set_index("index")
    assert steep.loc["mean", "per_1000_families"] == pytest.approx(net["all"], rel=1e-6)
    assert steep.loc["atkinson", "change"] == pytest.approx(steep.loc["mean", "change"], rel=1e-6)
    closed = frame[(frame["figure"] == "narrowing") & (frame["shares"] == "steep")]["value"].iloc[0]
    # Health falls from the first band to the last: the slope is negative, and less so is narrower.
    assert steep.loc["slope_index", "before"] < 0
    assert closed == pytest.approx(steep.loc["slope_index", "per_1000_families"], rel=1e-6)
    assert set(summary["subgroup"]) == {"load"}, "age has no health by band"
    assert any("Equity" in line for line in found.lines)


def test_the_shipped_experiment_runs_as_it_is_and_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["run", "equity", "--families", "80"])
    assert ran.exit_code == 0, ran.output
    assert "Equity, by Deprivation fifth" in ran.stdout
    assert "no index of inequality is" in ran.stdout, "nothing is said of health by ACEs"
    results = read(tmp_path / "results" / "equity")
    (facts,) = results.manifest["analyses"]
    assert facts["qaly_value"] == {"name": "margin_15000", "pounds": 15_000.0}
    frame, summary = results.table("equity"), results.table("equity_summary")
    given = frame[(frame["figure"] == "share") & (frame["band"] != "all")]
    sums = given.groupby(["subgroup", "shares"])["value"].sum()
    assert set(sums.index) == {
        ("deprivation", "steep"), ("deprivation", "moderate"), ("deprivation", "by head"),
        ("maternal_aces", "by head"),
    }  # fmt: skip
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12)
    before = summary[summary["index"] == "slope_index"]["before"]
    assert before.to_numpy() == pytest.approx(np.full(3, 14.625), rel=1e-4)
    names = {name.partition(".")[0] for name in results.manifest["figures"]}
    assert {"equity_deprivation", "equity_maternal_aces", "icons_ever_in_care"} <= names
    drawn = CliRunner().invoke(app, ["plot", "results/equity", "equity"])
    assert drawn.exit_code == 0 and len(drawn.stdout.splitlines()) == 2


def fake(qalys: tuple[float, ...], pounds: tuple[float, ...]) -> Gains:
    subgroup = Subgroup("fifth", "t", ("a", "b", "c"), ("A", "B", "C"), np.array([1.0, 2.0]))
    whole = np.ones((4, 1))
    return Gains(
        "new", "old", subgroup, np.ones(3), whole / 3 * np.ones(3), whole * np.array(qalys),
        whole * np.array(pounds), 10_000.0, "k", np.array([0.2, 0.3, 0.5]),
        np.array([60.0, 66.0, 72.0]), (Shares("steep", np.array([0.5, 0.3, 0.2])),), 4.0,
    )  # fmt: skip


AVERSIONS = [
    (AversionRow(index=index, name="x", label="x", value=value, unit="score", source="s",
                 grade="C"), value)
    for index, value in (("atkinson", 0.0), ("atkinson", 10.95), ("kolm", 0.15))
]  # fmt: skip


def test_no_effect_and_no_cost_change_nothing() -> None:
    nothing = fake((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    for index in indices_of(nothing, nothing.shares[0], AVERSIONS):
        assert index.change == pytest.approx(0.0, abs=1e-12)
    assert not narrowing(nothing, nothing.shares[0]).any()
    assert "neither" in verdict(nothing, nothing.shares[0])


def test_a_programme_worked_by_hand() -> None:
    one = fake((0.03, 0.0, 0.0), (100.0, 50.0, 50.0))
    net = one.net(one.shares[0])[0]
    assert net == pytest.approx([0.03 - 0.01, -0.006, -0.004], rel=1e-12)
    after = np.array([60 + 0.02 / 0.8, 66 - 0.006 / 1.2, 72 - 0.004 / 2.0])
    assert one.after(one.shares[0])[0] == pytest.approx(after, rel=1e-12)
    people = np.array([0.2, 0.3, 0.5])
    found = {i.name: i for i in indices_of(one, one.shares[0], AVERSIONS)}
    assert found["mean"].change[0] * 4.0 == pytest.approx(0.01, rel=1e-9)
    assert found["slope_index"].change[0] == pytest.approx(
        slope_index(after, people) - slope_index(np.array([60.0, 66, 72]), people), rel=1e-9
    )
    assert narrowing(one, one.shares[0])[0] == pytest.approx(
        -4.0 * found["slope_index"].change[0], rel=1e-9
    )
    assert verdict(one, one.shares[0]) == "It gains health in total and narrows inequality"


def test_equal_gains_to_all_move_kolm_by_the_gain_and_leave_the_slope() -> None:
    one = fake((0.08, 0.12, 0.20), (0.0, 0.0, 0.0))  # 0.1 QALYs for everybody
    found = {(i.name, i.aversion): i for i in indices_of(one, one.shares[0], AVERSIONS)}
    assert found["kolm", 0.15].change == pytest.approx(0.1, rel=1e-9)
    assert found["atkinson", 0.0].change == pytest.approx(0.1, rel=1e-9)
    health, power = np.array([60.0, 66.0, 72.0]), 1 - 10.95
    people = np.array([0.2, 0.3, 0.5])
    before, after = (((people * h**power).sum()) ** (1 / power) for h in (health, health + 0.1))
    assert found["atkinson", 10.95].change[0] == pytest.approx(after - before, rel=1e-6)
    assert narrowing(one, one.shares[0]) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("qalys", "words"),
    [
        ((0.1, 0.0, 0.0), "gains health in total and narrows"),
        ((0.0, 0.0, 0.1), "gains health in total and widens"),
        ((0.0, 0.0, -0.1), "loses health in total and narrows"),
        ((-0.1, 0.0, 0.0), "loses health in total and widens"),
    ],
)
def test_right_is_fairer_and_up_is_healthier(qalys: tuple[float, ...], words: str) -> None:
    one = fake(qalys, (0.0, 0.0, 0.0))
    assert words in verdict(one, one.shares[0])
    fairer = narrowing(one, one.shares[0])[0] > 0
    assert fairer == ("narrows" in words)
    turned = replace(one, health=one.health[::-1].copy())  # type: ignore[index]
    assert (narrowing(turned, one.shares[0])[0] > 0) != fairer


@pytest.mark.parametrize(
    ("analysis", "words"),
    [
        ('\n[[analysis]]\nkind = "equity"\n', "name subgroups"),
        ('\n[[analysis]]\nkind = "equity"\nsubgroups = ["lead"]\n', "is not a subgroup"),
        ('\n[[analysis]]\nkind = "equity"\nsubgroups = ["load"]\nqaly_value = "nise"\n',
         "is not a value of a QALY"),
        ('\n[[analysis]]\nkind = "equity"\nsubgroups = ["load"]\ndraws = 9\n', "does not belong"),
    ],
)  # fmt: skip
def test_mistakes_in_the_analysis_are_told(tmp_path: Path, analysis: str, words: str) -> None:
    with pytest.raises(Problems) as found:
        load(experiment_of(tmp_path, analysis))
    assert words in str(found.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"value": 0.3}, "sum to 1.1, not to 1"),
        ({"band": "noen"}, "is not a band"),
        ({"subgroup": "lode"}, "is not a subgroup"),
        ({"unit": "count"}, "does not fit"),
        ({"scheme": ""}, "name the set of shares"),
    ],
)
def test_mistakes_in_the_shares_are_told(
    tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    place = next(i for i, row in enumerate(EQUITY) if row["what"] == "given up")
    equity = [{**row, **(changed if i == place else {})} for i, row in enumerate(EQUITY)]
    with pytest.raises(Problems) as found:
        load(experiment_of(tmp_path, ANALYSIS, equity))
    assert words in str(found.value)


def test_a_band_without_its_row_and_health_of_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="bands have no such row: none"):
        load(experiment_of(tmp_path, ANALYSIS, EQUITY[1:]))
    none = [{**EQUITY[0], "value": 0.0}, *EQUITY[1:]]
    with pytest.raises(Problems, match="is not above 0"):
        load(experiment_of(tmp_path / "x", ANALYSIS, none))
