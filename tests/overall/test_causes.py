"""Chains of causes read off the tables, and total effects against closed forms."""

import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.analysis.causes import contrasts_of, total_effects, without_state
from babs_sim.analysis.chains import chains, web_of
from babs_sim.cli.app import app
from babs_sim.parameters import Model, read_parameters
from tests.folders import CHILD, event, number, state, write_folder

ONSET, HARM, YEARS = 0.2, 0.3, 10.0
TRAIT, MEDIATED, DIRECT = 3.0, 4.0, 1.5


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Poverty makes illness come sooner, illness makes harm more frequent, and so does poverty."""
    folder = tmp_path_factory.mktemp("causes")
    return read_parameters([write_folder(folder, tables())])


def tables() -> dict[str, list[dict[str, object]]]:
    """Return the tables of that model."""
    return {
        "traits": [
            {"name": "family.poor", "label": "poor", "person": "family", "kind": "levels"},
            {"name": "family.one", "label": "one", "person": "family", "kind": "levels"},
        ],
        "trait_levels": [
            {"trait": "family.poor", "level": 0, "value": 0.5},
            {"trait": "family.poor", "level": 1, "value": 0.5},
            {"trait": "family.one", "level": 1, "value": 1},
        ],
        "states": [CHILD, state("child.ill"), state("child.idle")],
        "events": [
            event("child.falls_ill", requires="!child.ill", sets="child.ill"),
            event("child.harm"),
            event("child.idles", requires="child.ill", sets="child.idle"),
        ],
        "rates": [
            {"event": "child.falls_ill", "age_from": 0, "age_to": 100, "value": ONSET},
            {"event": "child.harm", "age_from": 0, "age_to": 100, "value": HARM},
            {"event": "child.idles", "age_from": 0, "age_to": 100, "value": 1},
        ],
        "effects": [
            effect("child.falls_ill", "family.poor", TRAIT, level=1, evidence="X1;X2"),
            effect("child.harm", "family.poor", DIRECT, level=1, evidence="X3; X1", grade="B"),
            effect("child.harm", "child.ill", MEDIATED, form="while"),
        ],
        "causal_outcomes": [
            {"name": "harm", "label": "Harm", "of": "child.harm", "until": YEARS},
        ],
    }


def effect(name: str, driver: str, ratio: float, **more: object) -> dict[str, object]:
    return {"event": name, "driver": driver, "form": "level", "value": ratio, **more}


def harms(onset: float, ratio: float) -> float:
    """Expected harms in ``YEARS``: illness, once there, stays."""
    ill = YEARS - (1.0 - math.exp(-onset * YEARS)) / onset if onset else 0.0
    return HARM * ratio * (YEARS + (MEDIATED - 1.0) * ill)


def test_total_effects_are_those_of_the_closed_form(model: Model) -> None:
    found = total_effects(model, families=40_000).set_index("driver")
    poor = harms(ONSET * TRAIT, DIRECT) / harms(ONSET, 1.0)
    row = found.loc["family.poor"]
    error = math.log(row.high / row.low) / (2 * 1.96)
    assert row.contrast == "1 v 0" and row.direct == pytest.approx(DIRECT)
    assert 0.0 < error < 0.02
    assert abs(math.log(row.total / poor)) < 4 * error
    assert row.chains == 1
    assert "X1 (family.poor on child.falls_ill)" in row.flag
    power = math.log(row.total) / math.log(DIRECT)
    assert f"its power {power:.2f}" in row.flag and power > 1.25

    ill = found.loc["child.ill"]
    usual = harms(ONSET, 1.0) + harms(ONSET * TRAIT, DIRECT)
    never = harms(0.0, 1.0) + harms(0.0, DIRECT)
    error = math.log(ill.high / ill.low) / (2 * 1.96)
    assert abs(math.log(ill.total / (usual / never))) < 4 * error
    assert ill.chains == 0 and ill.flag == ""
    assert set(found.index) == {"family.poor", "child.ill"}


def test_chains_are_listed_shortest_first(model: Model) -> None:
    web = web_of(model)
    paths = [[k.driver for k in path] for path in chains(web, "family.poor", ["child.harm"])]
    assert paths == [["family.poor"], ["family.poor", "child.ill"]]
    assert chains(web, "child.idle", ["child.harm"]) == []
    needs = chains(web, "family.poor", ["child.idles"])
    assert [[(k.driver, k.form) for k in path] for path in needs] == [
        [("family.poor", "level"), ("child.ill", "needs")]
    ]
    assert chains(web, "family.poor", ["child.idles"], longest=1) == []


def test_a_state_can_be_taken_out(model: Model) -> None:
    gone = without_state(model, "child.ill")
    row = next(row for row in gone.table("events") if row.name == "child.falls_ill")
    assert row.sets == ""
    assert {c.driver for c in contrasts_of(model)} == {"family.poor", "child.ill"}


def test_no_cause_no_row(tmp_path) -> None:  # type: ignore[no-untyped-def]
    tables = {
        "causal_outcomes": [{"name": "n", "label": "n", "of": "child.nothing", "until": 3}],
    }
    model = read_parameters([write_folder(tmp_path, tables, model=f"# {number(1, 'years')}\n")])
    assert len(total_effects(model, families=100)) == 0


def test_causes_are_printed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "parameters", tables())
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["causes", "--families", "4000", "--workers", "1"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Harm, until 10" in result.stdout
    assert "[1] figure used on a chain too: X1" in result.stdout
    folder = tmp_path / "results" / "causes"
    assert {"causes.csv", "chains.csv", "manifest.json"} <= {path.name for path in folder.iterdir()}
    assert "family.poor > child.ill > child.harm" in (folder / "chains.csv").read_text("utf-8")
