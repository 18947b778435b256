"""Figures, months and checks of a service, from its log."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis.ceiling import ceiling_checks
from babs_sim.analysis.serving import lines_of, over_time, serving_checks
from babs_sim.handover import OUTCOMES
from babs_sim.parameters import read_parameters
from babs_sim.tables import shipped
from tests.pathway.services import World, service_of
from tests.pathway.test_limited_team import CUT
from tests.results.test_ceiling import ledger


def test_figures_of_a_year_add_up(tmp_path: Path) -> None:
    log = World(tmp_path, CUT).log(1_500)
    value = {line.name: line.value for line in lines_of(log)}
    left = sum(value[word.replace(" ", "_")] for word in OUTCOMES)
    assert value["accepted"] == pytest.approx(left)
    assert value["referred"] == pytest.approx(value["accepted"] + value["declined"])
    assert value["declined"] == pytest.approx(90.0 * 0.2, rel=0.15)
    endings = value["completed"] + value["dropped_out"] + value["discharged_by_age"]
    assert value["started"] == pytest.approx(endings)
    assert value["contacts"] == pytest.approx(value["contacts_worker"])
    assert value["caseload"] == pytest.approx(value["use_worker"] * value["places"] / 100)
    months = over_time(log)
    assert len(months) == 12 * 5 + 1
    assert months.caseload.max() <= value["places"]
    assert months.caseload.mean() == pytest.approx(value["caseload"], rel=0.05)
    assert months.waiting.mean() == pytest.approx(value["waiting_list"], rel=0.1)


def test_checks_see_what_is_wrong(tmp_path: Path) -> None:
    log = World(tmp_path, CUT).log(1_500)
    fine = serving_checks({"team": log})
    assert fine[0].startswith("team: no family lost")
    assert "Little's law holds" in fine[1]
    assert "THE QUEUE IS NOT STABLE" in fine[2]
    lost = replace(log, family=np.where(log.family == 700, -1, log.family))
    assert "1 FAMILIES LOST" in serving_checks({"team": lost})[0]
    wrong = replace(log, areas=log.areas * 1.5)
    assert "LITTLE'S LAW FAILS" in serving_checks({"team": wrong})[1]


def test_a_team_with_room_is_stable(tmp_path: Path) -> None:
    world = World(tmp_path, service_of(50.0, 60.0, 0.5))
    assert len(serving_checks({"team": world.log(1_000)})) == 2


def test_a_limited_team_cannot_prevent_more_than_there_is() -> None:
    model = read_parameters([shipped() / "parameters"], place="wigan")
    limit = model.parameters["place.infant_care_entries"].value
    arms = {"usual": ledger(50, 0), "service": ledger(30, 0)}
    one, two = ceiling_checks(model, "referred", "usual", arms, {"service": limit / 0.25})
    assert one == f"service prevents {limit * 0.8:.1f} infant care entries a year of the " \
        f"{limit:g} that the place has"  # fmt: skip
    assert two.startswith("TOO MANY: with usual care")
