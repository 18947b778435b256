"""The charts of a programme can be read, whatever the number of places and arms."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis.budget import PlaceBudget, budget_frame, budget_of_place
from babs_sim.analysis.serving import time_frame
from babs_sim.experiment import load
from babs_sim.plots.budget import draw_budget, draw_service
from tests.figures.looks import assert_readable
from tests.figures.test_uncertainty import MANIFEST
from tests.pathway.services import World
from tests.pathway.test_budget import experiment
from tests.pathway.test_limited_team import CUT


@pytest.fixture(scope="module")
def budget(tmp_path_factory: pytest.TempPathFactory) -> PlaceBudget:
    found, model = load(experiment(tmp_path_factory.mktemp("budget")))
    return replace(budget_of_place(found, model, 2, lambda *_: None)[0], label="Somewhere")


@pytest.mark.parametrize("places", [1, 3, 4])
def test_budgets_can_be_read_and_show_the_table(budget: PlaceBudget, places: int) -> None:
    several = [replace(budget, place=f"b{n}") for n in range(places)]
    labels = {f"b{n}": f"Borough {n}" for n in range(places)}
    payers = {name: name for name in ("nhs", "council")}
    facts = {**MANIFEST, "places": labels, "payers": payers}
    picture = draw_budget(budget_frame(several), facts, budget.arm)
    assert_readable(picture)
    whole = picture.drawn[picture.drawn.line == "All payers"]
    assert whole.thousand_pounds.to_numpy() == pytest.approx(
        np.tile(budget.whole.net[0] / 1000, places)
    )
    lines = picture.drawn.groupby(["place", "year"]).thousand_pounds.sum()
    payers = picture.drawn[picture.drawn.line.isin(["nhs", "council"])]
    assert payers.groupby(["place", "year"]).thousand_pounds.sum().to_numpy() == pytest.approx(
        whole.thousand_pounds.to_numpy()
    )
    assert len(lines) == 3 * places


def test_waiting_list_and_caseload_can_be_read(tmp_path: Path) -> None:
    world = World(tmp_path, CUT)
    logs = {"one team": world.log(800), "two teams": world.log(800, pathway__team_size=2.0)}
    picture = draw_service(time_frame(logs), MANIFEST)
    assert_readable(picture)
    assert picture.drawn.groupby("arm").caseload.max()["one team"] <= 16.0
    assert_readable(draw_service(time_frame({"one team": logs["one team"]}), MANIFEST))
