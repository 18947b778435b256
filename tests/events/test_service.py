"""Exposure without a queue: who gets what, when, and how much."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from babs_sim.handover import Exposure, Families
from babs_sim.parameters import read_parameters
from babs_sim.pathway import run_service
from babs_sim.population import make_families, read_cohort
from tests.events.test_closed_forms import therapy
from tests.folders import number, write_folder
from tests.properties.rich import rich_tables

SHARES = {"start_share": 0.8, "antenatal_share": 0.76, "complete_share": 0.65}
ASSESSMENT = f"""
[assessment]
label = "assessment"
only_if = "family.load >= 1"
after = "therapy"
antenatal_only = true
start_share = {number(0.5, "probability")}
complete_share = {number(1, "probability")}
dose_complete = {number(1, "ratio")}
dose_partial = {number(1, "ratio")}
"""
NUMBER = 40_000


def served(folder: Path, changes: dict[str, Any] | None = None) -> tuple[Families, Exposure]:
    service = therapy(**SHARES) + ASSESSMENT
    model = read_parameters([write_folder(folder, rich_tables(), entry=-0.5, service=service)])
    values = model.values({"service.open": True, **(changes or {})})
    families = make_families(read_cohort(model, values, "births"), 5, 0, NUMBER)
    return families, run_service(model, values, families, 5)


def near(found: float, share: float, of: float = NUMBER) -> bool:
    return abs(found - share) <= 4.5 * math.sqrt(share * (1 - share) / of)


def test_shares_of_starting_timing_and_eligibility(tmp_path: Path) -> None:
    families, exposure = served(tmp_path)
    assert exposure.names == ("service.assessment", "service.therapy")
    assessed, treated = exposure.start.T
    starts = np.isfinite(treated)
    assert near(starts.mean(), 0.8)
    before = treated == -0.3
    assert near(before[starts].mean(), 0.76, starts.sum())
    assert set(treated[starts]) == {-0.3, 1.5}
    may = (families.column("family.load") >= 1) & before
    assert not np.isfinite(assessed[~may]).any()
    assert near(np.isfinite(assessed[may]).mean(), 0.5, may.sum())


def test_dose_follows_completion(tmp_path: Path) -> None:
    _, exposure = served(tmp_path, {"service.therapy.dose_partial": 0.5})
    starts = np.isfinite(exposure.start[:, 1])
    dose = exposure.dose[:, 1]
    assert (dose[~starts] == 0.0).all()
    assert near((dose[starts] == 1.0).mean(), 0.65, starts.sum())
    assert set(dose[starts]) == {0.5, 1.0}


def test_an_exposure_that_says_nothing_else_is_open_to_all(tmp_path: Path) -> None:
    """Without only_if, after and antenatal_only: all families, by their own timing."""
    plain = therapy(start_share=1.0, antenatal_share=0.5)
    plain = "\n".join(line for line in plain.splitlines() if line not in ("only_if = ''",
                                                                         "after = ''"))  # fmt: skip
    visit = ASSESSMENT.replace("assessment", "visit").replace("antenatal_only = true\n", "")
    visit = visit.replace('only_if = "family.load >= 1"\n', "")
    folder = write_folder(tmp_path, rich_tables(), entry=-0.5, service=plain + visit)
    model = read_parameters([folder])
    values = model.values({"service.open": True})
    families = make_families(read_cohort(model, values, "births"), 5, 0, 4_000)
    exposure = run_service(model, values, families, 5)
    assert exposure.names == exposure.activities[:2] == ("service.therapy", "service.visit")
    assert np.array_equal(exposure.activity[:, :2], exposure.start)
    treated, visited = exposure.start.T
    assert set(treated) == {-0.3, 1.5}
    both = np.isfinite(visited)
    assert near(both.mean(), 0.5, 4_000)
    assert np.array_equal(visited[both], treated[both])
    assert set(visited[both]) == {-0.3, 1.5}


def test_a_start_at_the_birth_is_not_antenatal(tmp_path: Path) -> None:
    _, exposure = served(tmp_path, {"service.therapy.postnatal_start": 0.0})
    assessed, treated = exposure.start.T
    assert (treated == 0.0).any()
    assert set(assessed) == {-0.3, math.inf}


def test_a_batch_of_families_gets_what_it_gets_in_the_whole(tmp_path: Path) -> None:
    service = therapy(**SHARES) + ASSESSMENT
    model = read_parameters([write_folder(tmp_path, rich_tables(), entry=-0.5, service=service)])
    values = model.values({"service.open": True})
    cohort = read_cohort(model, values, "births")
    whole = run_service(model, values, make_families(cohort, 5, 0, 120), 5)
    batch = run_service(model, values, make_families(cohort, 5, 70, 50), 5)
    assert np.array_equal(batch.start, whole.start[70:])
    assert np.array_equal(batch.dose, whole.dose[70:])


def test_a_closed_service_gives_nothing(tmp_path: Path) -> None:
    _, exposure = served(tmp_path, {"service.open": False})
    assert np.isinf(exposure.start).all()
    assert np.isinf(exposure.activity).all()


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_more_uptake_only_adds_families(tmp_path: Path, share: float) -> None:
    _, usual = served(tmp_path)
    _, changed = served(tmp_path, {"service.therapy.start_share": share})
    a, b = np.isfinite(usual.start[:, 1]), np.isfinite(changed.start[:, 1])
    fewer, more = (b, a) if share < 0.8 else (a, b)
    assert (more | ~fewer).all()
    both = a & b
    assert np.array_equal(usual.start[both, 1], changed.start[both, 1])
