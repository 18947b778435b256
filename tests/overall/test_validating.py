"""`babs-sim validate` and `calibrate`: what is in band, what is said, exit codes."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from babs_sim.analysis.validation import COLUMNS, Comparison, Validation
from babs_sim.cli.app import app
from babs_sim.parameters.rows import TargetRow
from babs_sim.plots.validation import draw_validation
from babs_sim.tables import shipped
from tests.figures.looks import assert_readable
from tests.folders import write_folder
from tests.results.test_gauging import folder_with, target

SHARE = (1.0 - math.exp(-2.0)) / 2.0  # ever ill by 10: illness and death both at 0.1 a year


def ill(name: str, value: float, **more: Any) -> dict[str, Any]:
    return target(name, "ever", value, of="child.been_ill", age_to=10, **more)


TARGETS = [
    ill("near", 0.95 * SHARE),
    ill("far", 0.9, note="because it is meant to miss"),
    ill("calibrated", 0.44, role="calibrated"),
    target("unknown", "", 12.0, unit="score", expressed="no", note="no scores"),
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder_with(tmp_path / "parameters", TARGETS)
    return tmp_path


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_validate_says_what_is_met_and_what_is_missed(root: Path) -> None:
    code, out, err = call("validate", "--families", "4000", "--workers", "1")
    assert (code, err) == (0, "")
    assert "In band: 2 of 3 that the model can express (67 %)" in out
    assert "held out 1 of 2" in " ".join(out.split())
    assert "because it is meant to miss" in out
    folder = root / "results" / "validation"
    rows = rows_of(folder / "validation.csv")
    assert list(rows[0]) == list(COLUMNS)
    assert [row["target"] for row in rows] == ["near", "far", "calibrated", "unknown"]
    assert [row["in_band"] for row in rows] == ["yes", "no", "yes", ""]
    assert [row["expressed"] for row in rows] == ["yes", "yes", "yes", "no"]
    assert [row["role"] for row in rows] == ["held_out", "held_out", "calibrated", "held_out"]
    assert rows[3]["simulated"] == rows[3]["band"] == ""
    assert rows[3]["note"] == "no scores"
    for row in rows[:3]:
        assert float(row["simulated"]) == pytest.approx(SHARE, abs=4 * float(row["mc_error"]))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["in_band"] == {"expressed": [2, 3], "held_out": [1, 2]}
    assert {path.name for path in (folder / "figures").iterdir()} == {
        f"validation.{kind}" for kind in ("svg", "png", "csv", "txt")
    }


def test_workers_change_nothing(root: Path) -> None:
    found = []
    for workers in ("1", "2"):
        assert call("validate", "--families", "500", "--workers", workers, "-q")[0] == 0
        found.append((root / "results" / "validation" / "validation.csv").read_bytes())
    assert found[0] == found[1]


def test_a_place_without_targets_is_bad_input(root: Path) -> None:
    places = root / "parameters" / "places"
    places.mkdir()
    births = '{ value = 9, unit = "births per year", source = "assumption", grade = "C" }'
    (places / "town.toml").write_text(f'label = "Town"\nbirths = {births}\n', encoding="utf-8")
    code, out, err = call("validate", "--place", "town")
    assert (code, out) == (2, "")
    assert "has no targets (got 'town')" in err
    assert not (root / "results").exists()


def test_calibrate_without_free_parameters_is_bad_input(root: Path) -> None:
    code, out, err = call("calibrate", "--families", "100", "--evaluations", "1")
    assert (code, out) == (2, "")
    assert "names no free parameter" in err


def test_calibrate_writes_its_record(root: Path) -> None:
    free = "parameter,low,high,prior\nrate.child.falls_ill.0,0.02,0.4,flat\n"
    (root / "parameters" / "calibration.csv").write_text(free, encoding="utf-8")
    words = ("--families", "400", "--evaluations", "6", "--points", "6", "--draws", "20")
    code, out, err = call("calibrate", *words, "--workers", "1")
    assert (code, err) == (0, "")
    assert "1 calibration targets, 1 free parameters, 12 trials of 400 births" in out
    folder = root / "results" / "calibration"
    record = rows_of(folder / "calibration.csv")
    assert [row["target"] for row in record] == ["calibrated"]
    assert [record[0][name] for name in ("seed", "families", "evaluations")] == ["1", "400", "12"]
    draws = rows_of(folder / "posterior.csv")
    assert list(draws[0]) == ["draw", "rate.child.falls_ill.0"]
    assert [row["draw"] for row in draws] == [str(n) for n in range(1, 21)]
    assert all(0.02 <= float(row["rate.child.falls_ill.0"]) <= 0.4 for row in draws)
    both = ("-p", "parameters", "-p", str(folder / "calibrated"))
    code, out, err = call("list", "parameters", "falls_ill", *both)
    assert code == 0, err
    assert "derived" in out


MISTAKES = [
    ({"kind": "evre"}, "kind: is not one of the allowed words"),
    ({"kind": ""}, "kind: is missing"),
    ({"of": "child.il"}, "of: is not a state (got 'child.il') — did you mean 'child.ill'?"),
    ({"of": "!child.ill"}, "of: cannot be off in the kind 'ever'"),
    ({"age_to": ""}, "age_to: is missing, but the kind 'ever' needs it"),
    ({"age_from": 12}, "age_to: is not above age_from"),
    ({"unit": "years", "value": 3}, "unit: does not fit the kind 'ever' (got 'years')"),
    ({"place": "nowhere"}, "place: is not a place (got 'nowhere')"),
    ({"role": "kept"}, "role: is not one of the allowed words"),
    ({"expressed": "no"}, "note: is missing, but a target that the model cannot express"),
    ({"where": "child.sex"}, "where: is not a condition (got 'child.sex')"),
    ({"against": "child.sexx=1"}, "against: is not a trait (got 'child.sexx')"),
    ({"among": "child.gone"}, "among: is not a state"),
    ({"discount": 0.03}, "discount: does not belong to the kind 'ever'"),
    ({"value": 2}, "value: lies outside 0 to 1"),
    ({"source": "nobody"}, "source: is not a source of sources.csv"),
    ({"kind": "rate", "of": "child.fell", "unit": "per year"}, "of: is not an event"),
    ({"kind": "qale", "of": "baby", "unit": "QALYs"}, "of: is neither mother nor child"),
]


@pytest.mark.parametrize(("change", "says"), MISTAKES, ids=lambda x: str(x)[:40])
def test_mistakes_in_targets(
    change: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder_with(tmp_path / "parameters", [{**ill("it", 0.5), **change}])
    code, out, err = call("validate")
    assert (code, out) == (2, "")
    assert f"parameters/targets.csv:2: {says}" in err, err
    assert "Traceback" not in err


def test_two_targets_of_the_same_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder_with(tmp_path / "parameters", [ill("it", 0.5), {**ill("other", 0.5), "label": "it"}])
    code, _, err = call("validate")
    assert code == 2
    assert "targets.csv:3: label: is said of the same population in line 2" in err


FREE = {"parameter": "rate.child.visit.0", "low": 0.05, "high": 0.2, "prior": "flat"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"parameter": "rate.child.visits.0"}, "parameter: is not a parameter"),
        ({"ties": "rate.child.visits.0"}, "ties: is not a parameter"),
        ({"high": 0.01}, "high: is not above low"),
        ({"low": 0}, "low: is not above 0, as the scale 'log' needs it"),
        ({"low": 0.15}, "parameter: the limits 0.15 to 0.2 do not contain its value"),
        ({"prior": "table"}, "prior: is 'table', but the parameter has no distribution"),
        ({"high": 5000}, "high: lies outside -10 to 1000"),
        ({"ties": "trait.child.sex.0"}, "ties: has not the unit of rate.child.visit.0"),
    ],
)
def test_mistakes_in_free_parameters(
    change: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = folder_with(tmp_path / "parameters", TARGETS)
    row = {**FREE, **change}
    text = ",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n"
    (folder / "calibration.csv").write_text(text, encoding="utf-8")
    code, out, err = call("calibrate")
    assert (code, out) == (2, "")
    assert f"parameters/calibration.csv:2: {says}" in err, err


def comparison(simulated: float, error: float, **more: Any) -> Comparison:
    row = {**ill("it", 0.5), "unit": "probability", "source": "s", "grade": "A", **more}
    return Comparison(TargetRow.model_validate(row), simulated, error)


def test_the_band_is_the_wider_of_ten_per_cent_and_two_standard_errors() -> None:
    assert comparison(0.549, 0.0).in_band
    assert not comparison(0.551, 0.0).in_band
    assert comparison(0.551, 0.026).in_band  # two Monte Carlo errors
    published = {"low": 0.5 - 1.96 * 0.04, "high": 0.5 + 1.96 * 0.04}
    assert comparison(0.579, 0.0, **published).in_band  # two standard errors of 0.04
    assert not comparison(0.581, 0.0, **published).in_band
    both = comparison(0.6, 0.03, **published)
    assert both.band == pytest.approx(2 * 0.05, rel=1e-4)


RATIOS = (0.4, 0.7, 0.97, 1.0, 1.05, 1.2, 2.5, 0.93)


def test_the_chart_is_readable_and_draws_the_table() -> None:
    many = tuple(
        comparison(0.5 * ratio, 0.01, label=f"Target {k} with quite a long name of its own",
                   domain=f"Domain {k % 3}", role=("held_out", "calibrated")[k % 2])
        for k, ratio in enumerate(RATIOS)
    )  # fmt: skip
    frame = Validation("England", 500_000, 1, 1.0, many).frame()
    picture = draw_validation(frame, "England", 500_000, "A caption 1.")
    assert_readable(picture)
    assert sorted(picture.drawn["ratio"].round(6)) == sorted(RATIOS)
    assert picture.title.startswith("4 of 8 published figures")
    assert list(picture.drawn["in_band"]).count("no") == 4


def test_every_shipped_target_is_there_with_its_reason() -> None:
    rows = rows_of(shipped() / "parameters" / "targets.csv")
    assert len({row["evidence"] for row in rows}) == len(rows) > 108
    assert all(row["note"] for row in rows if row["expressed"] == "no")


def test_a_model_without_targets_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "parameters", {})
    code, _, err = call("validate")
    assert code == 2
    assert "has no targets (got 'the reference place')" in err
