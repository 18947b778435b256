"""The rich small model with distributions, correlated groups and shares, and its experiments."""

from pathlib import Path
from typing import Any

from babs_sim.analysis.study import Conditions
from babs_sim.experiment import Analysis, Experiment, load
from babs_sim.parameters import Model
from tests.properties.rich import EXPERIMENT, OPEN, rich_folder, rich_tables

SPREAD: dict[tuple[str, str], dict[str, Any]] = {
    ("unit_costs", "away"): {"distribution": "gamma", "low": 30_000, "high": 51_000},
    ("unit_costs", "low"): {"distribution": "gamma", "low": 700, "high": 1_100},
    ("unit_costs", "therapy"): {"distribution": "gamma", "low": 4_000, "high": 5_000},
    ("effects", "1.6"): {"distribution": "lognormal", "low": 1.3, "high": 1.97},
    ("effects", "0.6"): {"distribution": "lognormal", "low": 0.4, "high": 0.9, "group": "efficacy"},
    ("effects", "1.8"): {"distribution": "lognormal", "low": 1.2, "high": 2.7,
                         "group": "-efficacy"},
    ("rates", "0.06"): {"distribution": "lognormal", "low": 0.05, "high": 0.072},
}  # fmt: skip
"""What is uncertain: the table and the name or value of its row."""

GROUP = """[groups.efficacy]
correlation = { value = 0.5, unit = "correlation", source = "assumption", grade = "C" }
"""
UNREAD = "index.flat.2019/20"


def uncertain_tables(centred: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return the tables; `UNREAD` varies, but no cost is of its price year.

    Without ``centred`` no rate is an average, which is much quicker.
    """
    tables = rich_tables()
    for row in tables["events"]:
        if not centred:
            row.pop("average_of", None)
    for (table, mark), spread in SPREAD.items():
        rows = [row for row in tables[table] if mark in (row.get("name"), str(row["value"]))]
        assert len(rows) == 1, mark
        rows[0].update(spread)
    for row, (low, high) in zip(
        [r for r in tables["trait_levels"] if r["trait"] == "family.load"],
        ((0.45, 0.55), (0.25, 0.35), (0.16, 0.24)),
        strict=True,
    ):
        row.update({"distribution": "dirichlet", "low": low, "high": high, "group": "load"})
    tables["price_index"] = [
        {"index": "flat", "year": "2024/25", "value": 100},
        {"index": "flat", "year": "2019/20", "value": 90, "distribution": "normal", "low": 80,
         "high": 100},
    ]  # fmt: skip
    return tables


def write_uncertain(
    folder: Path, analysis: str = "", families: int = 200, centred: bool = False
) -> Path:
    """Write model and experiment under ``folder``; return the experiment's path."""
    parameters = rich_folder(folder / "parameters", uncertain_tables(centred))
    with (parameters / "model.toml").open("a", encoding="utf-8") as stream:
        stream.write(GROUP)
    path = folder / "small.toml"
    text = EXPERIMENT.format(
        folder="parameters", population="referred", families=families, changes=OPEN
    )
    path.write_text(text + analysis, encoding="utf-8")
    return path


def uncertain(
    folder: Path, analysis: str = "", families: int = 200, centred: bool = False
) -> tuple[Experiment, Model]:
    """Return the experiment and its model."""
    return load(write_uncertain(folder, analysis, families, centred))


def the_analysis(experiment: Experiment) -> Analysis:
    """Return the only analysis of an experiment."""
    (analysis,) = experiment.analyses
    return analysis


HERE = Conditions()
ARM = "service"
