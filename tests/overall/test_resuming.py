"""Long analyses from the command line: killed, stopped, resumed, and refused."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import babs_sim
from babs_sim.analysis import points
from babs_sim.cli.app import app
from tests.uncertainty.uncertain import write_uncertain

DRAWS = 60
PSA = f'\n[[analysis]]\nkind = "psa"\ndraws = {DRAWS}\nfamilies = 2000\n'
TABLES = ("psa", "psa_increments", "psa_summary", "costs", "effects", "draws", "payback",
          "convergence", "incremental")  # fmt: skip


def call(*words: object) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of ``babs-sim words``."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}


def finished(out: Path) -> int:
    try:
        return len(list((out / ".small.unfinished").rglob("[0-9]*.npy")))
    except FileNotFoundError:
        return 0  # just removed


def killed(words: list[str], out: Path, more: int) -> None:
    """Run the command and kill it once it has finished ``more`` further batches."""
    before = finished(out)
    above = str(Path(babs_sim.__file__).parent.parent)
    run = subprocess.Popen(
        [sys.executable, "-m", "babs_sim", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": above},
    )  # fmt: skip
    end = time.monotonic() + 120
    while finished(out) < before + more and run.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    assert run.wait(30) == -signal.SIGKILL, "it ended before it could be killed"


def test_killed_three_times_and_resumed_it_is_the_same_to_the_byte(tmp_path: Path) -> None:
    path = write_uncertain(tmp_path, PSA, families=100)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert call("run", path, "--out", whole, "--quiet", "--workers", 1)[0] == 0
    moment = random.Random()
    words = ["run", str(path), "--out", str(parts), "--workers", "2"]
    for resume in ([], ["--resume"], ["--resume"]):
        killed([*words, *resume], parts, moment.randint(1, 4))
        assert not (parts / "small").exists()
    assert 3 <= finished(parts) < DRAWS
    code, _, told = call("run", path, "--out", parts, "--quiet")
    assert code == 2 and "add --resume" in told
    assert call("run", path, "--out", parts, "--quiet", "--resume")[0] == 0
    assert tables(parts / "small") == tables(whole / "small")
    assert not (parts / ".small.unfinished").exists()


def stops_after(monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException) -> None:
    """Let the point of that number end in an error."""
    plain = points.Response.at

    def at(self: points.Response, point: object, index: int = 0) -> object:
        if index == number:
            raise error
        return plain(self, point, index)  # type: ignore[arg-type]

    monkeypatch.setattr(points.Response, "at", at)


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = write_uncertain(tmp_path, PSA, families=100), tmp_path / "out"
    with monkeypatch.context() as patched:
        stops_after(patched, 5, KeyboardInterrupt())
        code, _, told = call("run", path, "--out", out, "--draws", 8, "--workers", 1)
    assert code == 130 and "--resume goes on from here" in told
    assert finished(out) > 0
    for change, what in (
        (["--seed", "9"], "cohort"), (["--draws", "9"], "analysis 1"),
        (["--families", "120"], "analysis 1, cohort"),
    ):  # fmt: skip
        words = ["run", path, "--out", out, "--draws", 8, "--resume", *change]
        code, _, told = call(*words)
        assert code == 2 and "changed since it began" in told
        assert set(what.split(", ")) <= set(told.split("began: ")[1].split(" — ")[0].split(", "))
    prices = tmp_path / "parameters" / "unit_costs.csv"
    kept = prices.read_bytes()
    prices.write_bytes(kept.replace(b"4500", b"4600"))
    code, _, told = call("run", path, "--out", out, "--draws", 8, "--resume")
    assert code == 2 and "changed since it began: parameter tables" in told
    prices.write_bytes(kept)
    assert call("run", path, "--out", out, "--draws", 8, "--resume", "--quiet")[0] == 0
    assert call("run", path, "--out", tmp_path / "at once", "--draws", 8, "--quiet")[0] == 0
    assert tables(out / "small") == tables(tmp_path / "at once" / "small")


def test_a_mistake_leaves_nothing_behind(tmp_path: Path) -> None:
    path = write_uncertain(tmp_path, PSA + 'draws_file = "none.csv"\n', families=100)
    code, _, told = call("run", path, "--out", tmp_path / "out")
    assert code == 2 and "none.csv: there is no such file" in told
    assert not list((tmp_path / "out").glob("*")) and not list((tmp_path / "out").glob(".*"))
    code, _, told = call("run", path, "--backend", "gpu")
    assert code == 2 and "is not a back-end" in told


def test_all_kinds_in_one_file(tmp_path: Path) -> None:
    more = """
[[analysis]]
kind = "tornado"
parameters = ["cost.*"]

[[analysis]]
kind = "tornado"
measure = "cost_nhs"
parameters = ["cost.away"]

[[analysis]]
kind = "threshold"
parameters = ["cost.away"]
"""
    path, out = write_uncertain(tmp_path, more, families=60), tmp_path / "out"
    code, told, _ = call("run", path, "--out", out)
    assert code == 0 and "Tornado of cost_nhs, service: 1 parameters" in told
    manifest = json.loads((out / "small" / "manifest.json").read_text())
    assert [one["kind"] for one in manifest["analyses"]] == ["tornado", "tornado", "threshold"]
    assert {"tornado", "tornado_2", "threshold", "incremental"} <= manifest["tables"].keys()
