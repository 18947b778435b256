"""The value of information as an analysis of an experiment: tables, bounds and repairs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis import psa
from babs_sim.analysis.decision import affected_families
from babs_sim.analysis.kinds import run_analyses
from babs_sim.analysis.study import Conditions, Found
from babs_sim.analysis.worth import run_worth
from babs_sim.economics import discount_steps
from babs_sim.errors import Problems
from babs_sim.experiment import Experiment, load
from babs_sim.parameters import Model
from tests.uncertainty.uncertain import HERE, UNREAD, uncertain, write_uncertain

VOI = """
[[analysis]]
kind = "voi"
draws = 150
families = 300
families_a_year = 100
decision_years = 5
sets = {{ "all prices" = ["cost.*"], "one price" = ["cost.therapy"] }}
{more}
"""
STUDY = """
[[analysis.study]]
name = "survey of prices"
families = [{sizes}]
fixed_cost = 1000
cost_per_family = 10
years = {years}
observes = [{{ parameter = "{name}", kind = "{kind}", sd = 4000 }}]
"""
PRICE = {"sizes": "10, 1000, 100000", "years": 1, "name": "cost.therapy", "kind": "mean"}


def asked(**changes: object) -> str:
    return VOI.format(more=STUDY.format(**{**PRICE, **changes}))


def dear(folder: Path, analysis: str) -> tuple[Experiment, Model]:
    """Return the small model with a therapy that costs about what it is worth."""
    path = write_uncertain(folder, analysis)
    prices = folder / "parameters" / "unit_costs.csv"
    text = prices.read_text(encoding="utf-8")
    *rows, therapy = text.splitlines()
    assert therapy.startswith("4500,") and therapy.endswith("4000,5000")
    therapy = therapy.replace("4500", "10500").replace("4000,5000", "7500,14000")
    prices.write_text("\n".join([*rows, therapy, ""]), encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Model]:
    return dear(tmp_path_factory.mktemp("worth"), asked())


@pytest.fixture(scope="module")
def found(small: tuple[Experiment, Model]) -> Found:
    return run_analyses(*small, HERE)


def test_information_has_the_order_it_must_have(found: Found) -> None:
    evppi, evsi, evpi = (found.tables[name] for name in ("evppi", "evsi", "evpi"))
    limit = float(evppi["evpi"].iloc[0])
    here = evpi.loc[evpi["value"] == evppi["value"].iloc[0], "evpi"]
    assert limit == pytest.approx(float(here.iloc[0])) and limit > 0
    assert evppi["evppi"].between(0, limit).all()
    assert (evppi["low"] <= evppi["evppi"]).all() and (evppi["evppi"] <= evppi["high"]).all()
    worth = evppi.set_index("set")["evppi"]
    assert worth["set.all prices"] >= worth["set.one price"] == worth["cost.therapy"]
    assert evsi["evsi"].between(0, worth["cost.therapy"]).all()
    assert evsi["net_benefit_of_sampling"].to_numpy() == pytest.approx(
        evsi["evsi"] * evsi["affected_families"] - 1000 - 10 * evsi["families"]
    )


def test_sets_stand_first_then_groups_then_single_parameters(
    found: Found, small: tuple[Experiment, Model]
) -> None:
    table = found.tables["evppi"]
    assert list(dict.fromkeys(table["kind"])) == ["set", "group", "parameter"]
    for _, part in table.groupby("kind"):
        assert part["rank"].tolist() == list(range(1, len(part) + 1))
        assert part["evppi"].is_monotonic_decreasing
    vary = {p.name for p in small[1].parameters.values() if p.distribution != "fixed"}
    single = set(table.loc[table["kind"] == "parameter", "set"])
    assert vary - single == {UNREAD}


def test_the_worth_for_all_is_that_of_a_family_times_discounted_families(
    found: Found, small: tuple[Experiment, Model]
) -> None:
    experiment, model = small
    steps = discount_steps(model, model.values(), experiment.money.discounting, "costs")
    for table, name, after in (("evpi", "evpi", 0), ("evppi", "evppi", 0), ("evsi", "evsi", 1)):
        frame = found.tables[table]
        families = affected_families(100, 5, steps, after)
        assert frame["affected_families"].to_numpy() == pytest.approx(families)
        assert frame[f"population_{name}"].to_numpy() == pytest.approx(frame[name] * families)


def test_a_sample_before_it_is_used_again(tmp_path: Path) -> None:
    text = '\n[[analysis]]\nkind = "psa"\ndraws = 150\nfamilies = 300\n'
    again = asked().replace("draws = 150\nfamilies = 300\n", "")
    experiment, model = dear(tmp_path, text + again)
    both = run_analyses(experiment, model, HERE)
    alone = run_analyses(*dear(tmp_path / "alone", asked()), HERE)
    for name in ("evpi", "evppi", "evsi", "draws", "costs", "effects", "ceac", "icer"):
        assert both.tables[name].equals(alone.tables[name]), name
    first = psa.run_psa(experiment.analyses[0], experiment, model, HERE)
    assert first.sampled is not None and len(first.sampled.found) == 150


def test_workers_change_no_bit(small: tuple[Experiment, Model], found: Found) -> None:
    two = run_analyses(*small, Conditions(workers=2, batch=7))
    assert all(two.tables[name].equals(frame) for name, frame in found.tables.items())


def test_what_chance_alone_gives_is_told(found: Found) -> None:
    table = found.tables["evppi"]
    clear = table[table["clear"]]
    assert (clear["evppi"] > clear["chance"]).all() and (clear["low"] > 0).all()
    assert table["chance"].nunique() == 1
    text = " ".join(found.lines)
    for label in table.loc[(table["kind"] == "parameter") & ~table["clear"], "label"]:
        assert f"{label} £" not in text


def test_the_lines_name_value_horizon_and_families(found: Found) -> None:
    text = " ".join(found.lines)
    assert "a QALY" in text and "holds for 5 years" in text and "EVPI" in text
    pays = found.tables["evsi"]["net_benefit_of_sampling"].max() > 0
    assert ("it pays" in text) == pays and ("it does not pay" in text) != pays


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("families_a_year = 100\n", "", "how many families a year"),
        ('"cost.therapy"]', '"cost.awy"]', "is not a parameter"),
        ('["cost.*"]', '["coast.*"]', "is the beginning of no parameter"),
        ('"cost.therapy", kind', '"cost.awa", kind', "is not a parameter"),
        ('"cost.therapy", kind', '"cost.*", kind', "needs the name of one parameter"),
        ('"cost.therapy", kind', '"service.therapy.dose_complete", kind', "does not vary"),
        ("years = 1\n", "years = 5\n", "leave no family affected"),
        ("[10, 1000, 100000]", "[]", "is empty"),
        ("[10, 1000, 100000]", "[0]", "must not be below 1"),
    ],
)
def test_mistakes_are_told_with_line_and_repair(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert asked().count(old) == 1
    path = write_uncertain(tmp_path, asked().replace(old, new))
    with pytest.raises(Problems) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert words in str(problem) and problem.line is not None


def test_an_impossible_study_is_told_before_anything_is_run(tmp_path: Path) -> None:
    experiment, model = uncertain(tmp_path, asked(kind="proportion"))

    def tell(done: int, total: int, what: str) -> None:
        raise AssertionError("something was run")

    with pytest.raises(Problems, match="a proportion lies between 0 and 1"):
        run_worth(experiment.analyses[0], experiment, model, Conditions(tell=tell))
    lonely = replace(experiment, arms=experiment.arms[:1])
    with pytest.raises(Problems, match="two arms"):
        run_worth(experiment.analyses[0], lonely, model, Conditions(tell=tell))


def test_a_larger_study_of_a_price_is_worth_as_much_as_knowing_it(found: Found) -> None:
    evsi = found.tables["evsi"].set_index("families")["evsi"]
    known = found.tables["evppi"].set_index("set").loc["cost.therapy"]
    assert evsi[100_000] == pytest.approx(known["evppi"], abs=0.1 * known["error"] + 1e-9)
    assert np.isfinite(evsi.to_numpy()).all()
