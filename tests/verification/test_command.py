"""`babs-sim verify`: the table, the page, the words and the exit code."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.analysis.verification import CHECKS, Subject
from babs_sim.analysis.verification.checks import Seen, check
from babs_sim.analysis.verification.subject import NotApplicable
from babs_sim.cli.app import app
from tests.verification.small import small_subject

VERIFYING = "babs_sim.analysis.verification.verifying.CHECKS"


@check("results", "A check that fails")
def fails(subject: Subject) -> Seen:
    """Two and two are five."""
    return Seen("2 + 2 = 4 <b>", False)


@check("results", "A check that stops")
def stops(subject: Subject) -> Seen:
    """It comes to an end."""
    raise ValueError("no end")


@check("uncertainty", "A check of nothing")
def skips(subject: Subject) -> Seen:
    """Something is seen."""
    raise NotApplicable("there is nothing")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BABS_SIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))
    monkeypatch.chdir(tmp_path)
    small_subject(tmp_path)
    return tmp_path


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["verify", "small.toml", "--families", "200", *words])
    return result.exit_code, result.stdout, result.stderr


def rows(root: Path) -> list[dict[str, str]]:
    path = root / "results" / "verification" / "verification.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_all_is_well(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VERIFYING, (*CHECKS[:2], skips))
    code, out, err = call()
    assert (code, err) == (0, "")
    assert "3 checks; 2 passed, 0 failed, 1 do not apply." in out
    found = rows(root)
    assert list(found[0]) == ["domain", "check", "expectation", "seen", "passed"]
    assert [row["passed"] for row in found] == ["yes", "yes", "not applicable"]
    assert (
        found[2]["expectation"] == "Not applicable: there is nothing. Otherwise: Something is seen."
    )
    page = (root / "results/verification/verification.html").read_text(encoding="utf-8")
    parts = [page.index(f"<h2>Part {letter}.") for letter in "ABCDE"]
    assert parts == sorted(parts)
    assert "babs-sim verify small.toml --families 200" in page
    assert "has not been run beside" in " ".join(page.split())
    assert "http" not in page
    manifest = json.loads((root / "results/verification/manifest.json").read_text())
    assert (manifest["passed"], manifest["failed"], manifest["not_applicable"]) == (2, 0, 1)


def test_a_failure_is_told_and_ends_with_1(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VERIFYING, (fails, stops))
    code, out, _ = call()
    assert code == 1
    words = " ".join(out.split())
    assert "2 checks; 0 passed, 2 failed" in words
    assert "FAILED results: A check that fails. Two and two are five. Seen: 2 + 2 = 4" in words
    assert [row["passed"] for row in rows(root)] == ["no", "no"]
    assert "it stopped: ValueError: no end" in rows(root)[1]["seen"]
    page = (root / "results/verification/verification.html").read_text(encoding="utf-8")
    assert "2 of 2 checks failed" in page
    assert "2 + 2 = 4 &lt;b&gt;" in page


def test_quiet_says_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VERIFYING, CHECKS[:1])
    assert call("--quiet") == (0, "", "")


def test_a_mistake_is_bad_input(root: Path) -> None:
    path = root / "small.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\nnonsense = 1\n", encoding="utf-8")
    code, _, err = call()
    assert code == 2
    assert "nonsense" in err
    assert not (root / "results").exists()


def test_the_page_shows_what_validation_missed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.overall.test_validating import TARGETS
    from tests.results.test_gauging import folder_with

    folder_with(root / "parameters", TARGETS)
    done = CliRunner().invoke(app, ["validate", "--families", "2000", "--quiet"])
    assert done.exit_code == 0, done.stderr
    monkeypatch.setattr(VERIFYING, CHECKS[:1])
    assert call()[0] == 0
    page = " ".join((root / "results/verification/verification.html").read_text().split())
    assert "2 of 3 figures in band" in page
    assert "Out of band: 1, listed below" in page
    assert "because it is meant to miss" in page
