"""The model is data: an outcome, what drives it and what it costs, by rows alone."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from babs_sim.tables import shipped

ROWS = {
    "states.csv": ["child.sleepless,Sleeps badly,child,,,,"],
    "events.csv": [
        "child.sleep_worsens,Sleep gets worse,child,!child.sleepless,child.sleepless,,age,,"
        "at risk,,,",
        "child.sleep_mends,Sleep mends,child,child.sleepless,,child.sleepless,age,,,,,",
    ],
    "rates/sleep.csv": [
        "event,age_from,age_to,value,unit,source,grade",
        "child.sleep_worsens,0,6,0.2,per year,assumption,C",
        "child.sleep_mends,0,18,1.5,per year,assumption,C",
    ],
}
EFFECTS = [
    {"event": "child.sleep_worsens", "driver": "mother.depression_anxiety", "form": "while",
     "value": "2", "unit": "rate ratio", "source": "assumption", "grade": "C"},
    {"event": "child.sleep_worsens", "driver": "service.therapy", "form": "profile",
     "profile": "attachment", "effect_set": "base", "value": "0.5", "unit": "rate ratio",
     "source": "assumption", "grade": "C"},
]  # fmt: skip
COST = {"name": "sleep_clinic", "label": "Sleep clinic", "applies_to": "child.sleep_worsens",
        "basis": "per event", "payers": "nhs", "kind": "fiscal", "cashable": "0.5",
        "price_year": "2024/25", "index": "nhscii", "value": "250", "unit": "£",
        "source": "assumption", "grade": "C"}  # fmt: skip
MEASURE = {"name": "sleepless_years", "label": "Years of bad sleep", "unit": "years per family",
           "kind": "time", "of": "child.sleepless", "better": "lower"}  # fmt: skip


def append(path: Path, rows: list[dict[str, str]]) -> None:
    """Append rows to a table with the columns that it has."""
    with path.open(encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writerows(rows)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run the base case with the shipped tables, and with rows added to a copy of them."""
    root = tmp_path_factory.mktemp("data_only")
    found = []
    for name in ("before", "after"):
        home = root / name
        shutil.copytree(shipped() / "parameters", home / "parameters")
        shutil.copytree(shipped() / "experiments", home / "experiments")
        if name == "after":
            tables = home / "parameters"
            for file, lines in ROWS.items():
                path = tables / file
                before = path.read_text(encoding="utf-8") if path.exists() else ""
                path.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
            append(tables / "effects.csv", EFFECTS)
            append(tables / "unit_costs.csv", [COST])
            append(tables / "measures.csv", [MEASURE])
        experiment = str(home / "experiments" / "base_case.toml")
        words = ["run", experiment, "--families", "4000", "--quiet", "--out", str(home)]
        subprocess.run([sys.executable, "-m", "babs_sim", *words], check=True)
        found.append(home / "base_case")
    return found[0], found[1]


def test_the_new_outcome_is_measured_and_the_service_lowers_it(folders) -> None:
    rows = {r["measure"]: r for r in read(folders[1] / "incremental.csv")}
    assert float(rows["sleepless_years"]["value"]) < -4 * float(rows["sleepless_years"]["mc_error"])
    levels = [
        float(r["value"])
        for r in read(folders[1] / "summary.csv")
        if r["measure"] == "sleepless_years"
    ]
    assert len(levels) == 2
    assert all(0.3 < level < 1.5 for level in levels)


def test_the_new_cost_is_in_the_ledger(folders) -> None:
    pounds = [
        float(r["pounds"]) for r in read(folders[1] / "ledger.csv") if r["item"] == "sleep_clinic"
    ]
    assert sum(pounds) > 0.0
    events = [r for r in read(folders[1] / "events.csv") if r["event"] == "child.sleep_worsens"]
    count = sum(float(r["count"]) for r in events)
    assert sum(pounds) == pytest.approx(250.0 * count, rel=1e-9)


def test_no_other_event_changes(folders) -> None:
    """Nothing depends on sleep, so every other count is the same to the last digit."""
    before, after = (
        {(r["arm"], r["event"], r["age"]): r["count"] for r in read(folder / "events.csv")}
        for folder in folders
    )
    assert all(after[key] == count for key, count in before.items())
    assert {key[1] for key in after} - {key[1] for key in before} == {
        "child.sleep_worsens",
        "child.sleep_mends",
    }
