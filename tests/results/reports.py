"""Small results folders to report on: the rich small model with other costs of its service."""

import csv
import json
from pathlib import Path

from typer.testing import CliRunner

from babs_sim.cli.app import app
from babs_sim.results import Results, read
from tests.uncertainty.uncertain import write_uncertain

PSA = '\n[[analysis]]\nkind = "psa"\ndraws = {draws}\nfamilies = 200\n'
TORNADO = '\n[[analysis]]\nkind = "tornado"\nmeasure = "net_monetary_benefit"\n'
THERAPY = 4500
"""What the small model's service costs, as its tables have it."""


def small_run(
    folder: Path, analyses: str = "", therapy: float = THERAPY, families: int = 400
) -> Results:
    """Run the small model with a service at this cost; return its results."""
    path = write_uncertain(folder, analyses, families)
    with (folder / "parameters" / "unit_costs.csv").open(
        "r+", encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
        for row in rows:
            if row["name"] == "therapy":
                for column in ("value", "low", "high"):
                    row[column] = str(float(row[column]) * therapy / THERAPY)
        file.seek(0)
        file.truncate()
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "parameters" / "measures.csv").open("r+", encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
        file.seek(0, 2)
        more = {"name": "leaving_to_break_even", "label": "Leavings to prevent",
                "unit": "leavings per family", "kind": "break even", "of": "child.leaves",
                "costs": "leaving away"}  # fmt: skip
        new = [name for name in more if name not in columns]
        assert not new, new
        csv.DictWriter(file, columns, restval="").writerow(more)
    call("run", str(path), "--out", str(folder / "results"), "--quiet")
    return read(folder / "results" / "small")


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


def facts_of(results: Results) -> dict[str, object]:
    """Return the manifest of a folder as it stands on disk."""
    return dict(json.loads((results.folder / "manifest.json").read_text(encoding="utf-8")))
