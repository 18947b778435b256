"""`babs-sim compare`: what it says differs, differs, and nothing else does."""

import math
from pathlib import Path

import pytest
from pandas import DataFrame, read_csv
from typer.testing import CliRunner

from babs_sim.cli.app import app
from babs_sim.report.contrast import changed, contrast
from babs_sim.results import Results, read, write_folder

FIGURES = {
    "cost": (100.0, 10.0, "£ per family"), "qalys": (0.5, 0.01, "QALYs per family"),
    "sum": (0.3, 0.0, "years"), "payback_years": (math.nan, math.nan, "years"),
}  # fmt: skip


def folder(at: Path, figures: dict[str, tuple[float, float, str]] = FIGURES, price: float = 5.0,
           **facts: object) -> Results:  # fmt: skip
    manifest = {
        "format": 1, "title": "It", "experiment": "it", "created": "2026-01-02T03:04:05+00:00",
        "command": "babs-sim run it", "versions": {"babs-sim": "0"}, "seed": 1, "families": 10,
        "population": "referred", "place": "", "horizon_years": 18,
        "terms": {"price_year": "2024/25", "perspective": {"name": "public"}},
        "arms": [{"name": "usual", "comparator": True, "set": {}},
                 {"name": "new", "comparator": False, "set": {"service.open": True}}],
        "inputs": {"model": "0123456789abcdef", "files": {}}, **facts,
    }  # fmt: skip
    table = DataFrame([
        {"arm": "new", "comparator": "usual", "measure": name, "unit": unit, "value": value,
         "mc_error": error} for name, (value, error, unit) in figures.items()
    ])  # fmt: skip
    parameters = DataFrame([
        {"name": "cost.a", "label": "a", "value": price, "unit": "£", "distribution": "fixed",
         "low": math.nan, "high": math.nan, "price_year": "2024/25", "source": "s",
         "status": "seen", "grade": "A", "file": "x.csv", "line": 2},
    ])  # fmt: skip
    tables = {"summary": table.drop(columns="comparator"), "incremental": table,
              "parameters": parameters}  # fmt: skip
    return read(write_folder(at, manifest, tables))


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    a, b = folder(tmp_path / "a"), folder(tmp_path / "b")
    found = contrast(a, b)
    assert found.alike and found.same_lives and not len(changed(found.results))
    result = CliRunner().invoke(app, ["compare", str(a.folder), str(b.folder), "--check"])
    assert result.exit_code == 0 and "Nothing differs." in result.stdout


def test_what_differs_is_told_beside_chance(tmp_path: Path) -> None:
    other = {
        **FIGURES, "cost": (110.0, 10.0, "£ per family"), "qalys": (0.6, 0.01, "QALYs per family"),
        "sum": (0.1 + 0.2, 0.0, "years"), "payback_years": (7.0, 1.0, "years"),
        "new_one": (1.0, 0.1, "years"),
    }  # fmt: skip
    a = folder(tmp_path / "a")
    b = folder(tmp_path / "b", other, price=6.0, seed=2, versions={"babs-sim": "1", "numpy": "2"})
    found = contrast(a, b)
    verdicts = dict(zip(found.results["measure"], found.results["verdict"], strict=True))
    assert verdicts == {
        "qalys": "differs", "cost": "within chance", "payback_years": "only in B",
        "new_one": "only in B", "sum": "the same",
    }  # fmt: skip
    row = found.results.set_index("measure").loc["cost"]
    assert row["difference"] == pytest.approx(10.0)
    assert row["mc_error"] == pytest.approx(math.sqrt(200.0))
    assert row["low"] == pytest.approx(10.0 - 1.96 * math.sqrt(200.0))
    assert found.parameters == (("cost.a", "value 5", "value 6"),)
    assert ("seed", "1", "2") in found.setting and (
        "version of numpy",
        "none",
        "2",
    ) in found.setting
    assert not found.same_lives
    out = tmp_path / "all.csv"
    result = CliRunner().invoke(
        app, ["compare", str(a.folder), str(b.folder), "--out", str(out), "--check"]
    )
    assert result.exit_code == 1
    assert "1 by more than chance" in result.stdout and "£10 (−£17.7 to £37.7)" in result.stdout
    assert read_csv(out)["measure"].tolist() == found.results["measure"].tolist()


def test_other_terms_and_arms_are_told(tmp_path: Path) -> None:
    b = folder(
        tmp_path / "b",
        terms={"price_year": "2019/20", "perspective": {"name": "nhs"}},
        arms=[{"name": "usual", "comparator": True, "set": {}}],
    )
    found = contrast(folder(tmp_path / "a"), b)
    assert ("price year", "2024/25", "2019/20") in found.setting
    assert ("perspective", "public", "nhs") in found.setting
    assert ("arm new", "service.open = True", "no such arm") in found.setting


def test_parameters_that_came_or_went_are_told(tmp_path: Path) -> None:
    a, b = folder(tmp_path / "a"), folder(tmp_path / "b")
    table = b.table("parameters").assign(name="cost.b")
    table.to_csv(b.folder / "parameters.csv", index=False)
    found = contrast(a, b)
    assert found.parameters == (("cost.a", "5 £", "none"), ("cost.b", "none", "5 £"))


def test_both_wrong_folders_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(app, ["compare", str(tmp_path / "empty"), str(tmp_path / "no")])
    assert result.exit_code == 2
    assert "empty" in result.stderr and "no" in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.strip()]) >= 2
