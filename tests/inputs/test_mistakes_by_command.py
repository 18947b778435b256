"""Every mistake through the command line: exit code 2, all problems said, results untouched."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.cli.app import app
from tests.inputs.cases import CASES, Case
from tests.inputs.small import write_small


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistake_by_command(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    case.change(tmp_path)
    kept = tmp_path / "results" / "small" / "manifest.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept", encoding="utf-8")
    result = CliRunner().invoke(app, ["run", "experiments/small.toml"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    # A file that is not there is said by the command, which looks for experiments by name too.
    gone = not (tmp_path / "experiments" / "small.toml").exists()
    at, says = ("experiments/small.toml: ", "no such experiment") if gone else (case.at, case.says)
    assert any(line.startswith(at) and says in line for line in lines), result.stderr
    assert kept.read_text(encoding="utf-8") == "kept"
    assert [path.name for path in (tmp_path / "results").rglob("*")] == ["small", "manifest.json"]
