"""Scenarios: what they change, how they are chosen by name, and the table that compares them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.analysis.points import Response
from babs_sim.analysis.scenarios import run_scenarios
from babs_sim.analysis.study import NET_BENEFIT, Conditions
from babs_sim.cli.app import app
from babs_sim.errors import Problems
from babs_sim.experiment import load
from babs_sim.experiment.scenarios import with_scenarios
from babs_sim.parameters.overriding import override
from babs_sim.plots.ranking import draw_ranking
from babs_sim.tables import shipped
from tests.figures.looks import assert_readable
from tests.figures.test_uncertainty import MANIFEST
from tests.uncertainty.uncertain import ARM, write_uncertain

SCENARIOS = """
[[analysis]]
kind = "scenarios"

[[analysis.scenario]]
name = "1 as it is"
about = "Nothing changes."

[[analysis.scenario]]
name = "2 all births"
population = "births"

[[analysis.scenario]]
name = "3 short"
horizon_years = 2

[[analysis.scenario]]
name = "4 impossible"
cannot = "Nobody can."
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_uncertain(tmp_path_factory.mktemp("scenarios"), SCENARIOS)


def test_scenarios_are_runs_of_their_own(file: Path) -> None:
    experiment, model = load(file)
    (analysis,) = (one for one in experiment.analyses if one.kind == "scenarios")
    found = run_scenarios(analysis, experiment, model, Conditions())
    worth = found.tables["scenarios"]
    worth = worth[(worth["measure"] == NET_BENEFIT) & (worth["arm"] == ARM)].set_index("scenario")
    assert list(worth.index) == ["base", "1 as it is", "2 all births", "3 short"]
    assert worth["result"]["1 as it is"] == worth["result"]["base"]
    for name, change in (("2 all births", {"population": "births"}),
                         ("3 short", {"horizon_years": 2})):  # fmt: skip
        cohort = experiment.cohort.model_copy(update=change)
        from dataclasses import replace

        alone = Response(replace(experiment, cohort=cohort), model, cohort.families)
        assert worth["result"][name] == float(alone.base.increment(ARM, NET_BENEFIT)[0])
        assert worth["result"][name] != worth["result"]["base"]
    assert found.facts["left_out"] == [{"name": "4 impossible", "reason": "Nobody can."}]
    assert any("4 impossible: not run. Nobody can." in line for line in found.lines)

    compare = found.tables["compare"]
    ranked = compare[compare["measure"] == NET_BENEFIT].set_index("scenario")
    assert ranked["rank"].to_list() == worth["result"].rank(ascending=False, method="min").to_list()
    assert ranked["horizon_years"]["3 short"] == 2
    assert ranked["population"]["2 all births"] == "births"
    assert ranked["about"]["1 as it is"] == "Nothing changes."
    assert (ranked["low"] <= ranked["value"]).all() and (ranked["value"] <= ranked["high"]).all()
    manifest = {
        **MANIFEST,
        "measures": [{"name": "service_cost", "label": "Starts", "unit": "a family"}],
    }
    assert_readable(draw_ranking(compare, manifest, ARM))
    assert_readable(draw_ranking(compare, {**manifest, "measures": []}, ARM))


def test_scenarios_are_chosen_by_the_beginning_of_their_name(file: Path) -> None:
    experiment, _ = load(file)
    chosen = with_scenarios(experiment, ["1", "3 short"])
    names = [scenario.name for one in chosen.analyses for scenario in one.scenario]
    assert names == ["1 as it is", "3 short"]
    with pytest.raises(Problems) as found:
        with_scenarios(experiment, ["9", "3 shirt"])
    assert len(found.value.problems) == 2
    with pytest.raises(Problems, match="holds no scenarios"):
        from dataclasses import replace

        with_scenarios(replace(experiment, analyses=()), ["1"])


def test_the_library_answers_all_thirty_questions() -> None:
    experiment, model = load(shipped() / "experiments" / "investing_in_babies.toml")
    scenarios = [scenario for one in experiment.analyses for scenario in one.scenario]
    assert {int(one.name.split()[0]) for one in scenarios} == set(range(1, 31))
    for one in scenarios:
        assert one.about.endswith("."), one.name
        assert not override(model, one.set)[2], one.name
        assert one.runs or not one.set, one.name


def test_scenarios_are_listed() -> None:
    found = CliRunner().invoke(app, ["list", "scenarios", "a year's gap"])
    assert found.exit_code == 0 and "Not run:" in found.stdout
