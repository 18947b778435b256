"""Small results folders to report on: the rich small model with other costs of its service."""

import csv
from pathlib import Path

from typer.testing import CliRunner

from babs_sim.analysis import analyse
from babs_sim.analysis.kinds import run_analyses
from babs_sim.analysis.study import Conditions
from babs_sim.cli.app import app
from babs_sim.experiment import load
from babs_sim.report.subject import Subject, subject_of
from babs_sim.results import Results, manifest_of, read
from babs_sim.simulate import run
from tests.uncertainty.uncertain import write_uncertain

PSA = '\n[[analysis]]\nkind = "psa"\ndraws = {draws}\nfamilies = 200\n'
TORNADO = '\n[[analysis]]\nkind = "tornado"\nmeasure = "net_monetary_benefit"\n'
BETTER = {"qalys": "higher", "leaving": "lower"}
BREAK_EVEN = {
    "name": "leaving_to_break_even",
    "label": "Leavings to prevent",
    "unit": "leavings per family",
    "kind": "break even",
    "of": "child.leaves",
    "costs": "leaving away",
}
THERAPY = 4500
"""What the small model's service costs, as its tables have it."""


def small_files(
    folder: Path, analyses: str = "", therapy: float = THERAPY, families: int = 400
) -> Path:
    """Write the small model with a service at this cost; return the experiment's path."""
    path = write_uncertain(folder, analyses, families)
    tables = folder / "parameters"
    costs = _rows(tables / "unit_costs.csv")
    for row in costs:
        if row["name"] == "therapy":
            for column in ("value", "low", "high"):
                row[column] = str(float(row[column]) * therapy / THERAPY)
    _write(tables / "unit_costs.csv", costs)
    measures = [*_rows(tables / "measures.csv"), BREAK_EVEN]
    for row in measures:
        row["better"] = BETTER.get(row["name"], "")
    _write(tables / "measures.csv", measures)
    return path


def small_run(folder: Path, analyses: str = "") -> Results:
    """Run the small model from the command line; return its results."""
    path = small_files(folder, analyses)
    call("run", str(path), "--out", str(folder / "results"), "--quiet")
    return read(folder / "results" / "small")


def small_subject(folder: Path, analyses: str, therapy: float) -> Subject:
    """Run the small model in memory, without figures; return what a report is of."""
    experiment, model = load(small_files(folder, analyses, therapy))
    outcome = run(experiment, model, workers=1)
    case = analyse(outcome)
    found = run_analyses(experiment, model, Conditions(workers=1))
    tables = {**case.tables(), **found.tables}
    facts = manifest_of(outcome, "", {**case.facts(), **found.facts})
    subject = subject_of(tables.__getitem__, {**facts, "tables": dict.fromkeys(tables)})
    assert subject is not None
    return subject


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def small_report(folder: Path) -> Path:
    """Return the page of a small run with draws and a tornado."""
    results = small_run(folder, PSA.format(draws=24) + TORNADO)
    call("report", str(results.folder))
    return results.folder / "report.html"


def call(*words: str) -> str:
    """Run a command that must succeed; return what it prints."""
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout
