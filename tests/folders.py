"""Small parameter folders written by code: tables as lists of rows, as a user would write them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babs_sim.parameters.rows import TABLES, NumberRow

Rows = Sequence[Mapping[str, Any]]

_NUMBER = {"source": "assumption", "grade": "C"}
_UNITS = {
    "trait_levels": "probability",
    "correlations": "correlation",
    "selection": "count",
    "utilities": "utility ratio",
    "trait_utilities": "utility ratio",
    "utility_norms": "utility",
    "rates": "per year",
    "effects": "rate ratio",
    "profiles": "years",
    "unit_costs": "£",
    "price_index": "index",
    "discounting": "per year",
    "qaly_values": "£",
    "equity": "probability",
    "inequality_aversion": "score",
    "targets": "probability",
}
_BASE: dict[str, list[dict[str, Any]]] = {
    "sources": [{"name": "assumption", "citation": "assumption", "status": "assumption"}],
    "traits": [{"name": "family.one", "label": "one", "person": "family", "kind": "levels"}],
    "trait_levels": [{"trait": "family.one", "level": 1, "value": 1}],
    "correlations": [],
    "selection": [],
    "subgroups": [],
    "equity": [],
    "inequality_aversion": [],
    "claims": [],
    "states": [{"name": "child.alive", "label": "alive", "person": "child", "role": "alive"}],
    "utilities": [],
    "trait_utilities": [],
    "utility_norms": [
        {"sex": sex, "age": age, "value": 1} for sex in ("female", "male") for age in (0, 120)
    ],
    "events": [{"name": "child.nothing", "label": "nothing", "person": "child", "clock": "age"}],
    "rates": [{"event": "child.nothing", "age_from": 0, "value": 0}],
    "effects": [],
    "profiles": [],
    "unit_costs": [
        {
            "name": "life",
            "label": "life",
            "applies_to": "child.alive",
            "basis": "per year",
            "payers": "nhs",
            "kind": "fiscal",
            "cashable": 0,
            "price_year": "2024/25",
            "index": "flat",
            "value": 0,
        }
    ],
    "referrals": [],
    "payers": [{"name": "nhs", "label": "NHS"}],
    "perspectives": [{"perspective": "all", "payer": "nhs"}],
    "price_index": [{"index": "flat", "year": "2024/25", "value": 100}],
    "discounting": [
        {"scheme": "none", "applies_to": what, "from_year": 0, "value": 0}
        for what in ("costs", "health")
    ],
    "qaly_values": [{"name": "nice", "label": "NICE", "value": 20000, "price_year": "2024/25"}],
    "measures": [
        {"name": "cost", "label": "Cost", "unit": "£ per family", "kind": "cost"},
        {"name": "qalys", "label": "QALYs", "unit": "QALYs per family", "kind": "qaly"},
    ],
    "causal_outcomes": [],
    "domains": [],
    "targets": [],
    "calibration": [],
}
_SERVICE = """open = false
effect_set = "base"
capacity = false
"""
_ECONOMICS = """price_year = "2024/25"
default_perspective = "all"
default_discounting = "none"
default_qaly_value = "nice"
"""


def number(value: float, unit: str) -> str:
    """Return a TOML number with its unit."""
    return f'{{ value = {value}, unit = "{unit}", source = "assumption", grade = "C" }}'


def write_folder(
    folder: Path,
    tables: Mapping[str, Rows],
    *,
    entry: float = 0.0,
    service: str = "",
    model: str = "",
) -> Path:
    """Write a parameter folder: ``tables`` over a minimal model of one living child."""
    (folder / "rates").mkdir(parents=True, exist_ok=True)
    for name, row_class in TABLES.items():
        rows = [dict(row) for row in tables.get(name, _BASE[name])]
        if issubclass(row_class, NumberRow):
            rows = [{**_NUMBER, "unit": _UNITS[name], **row} for row in rows]
        path = folder / "rates" / "rates.csv" if name == "rates" else folder / f"{name}.csv"
        required = [k for k, f in row_class.model_fields.items() if f.is_required()]
        columns = list(dict.fromkeys(required + [k for row in rows for k in row]))
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "model.toml").write_text(
        f'[family]\nentry = {number(entry, "years")}\nreference_place = ""\n{model}',
        encoding="utf-8",
    )
    (folder / "service.toml").write_text(_SERVICE + service, encoding="utf-8")
    (folder / "economics.toml").write_text(_ECONOMICS, encoding="utf-8")
    return folder


def base(name: str) -> list[dict[str, Any]]:
    """Return the rows that a table has where a test gives none."""
    return [dict(row) for row in _BASE[name]]


def event(name: str, clock: str = "age", **more: Any) -> dict[str, Any]:
    """Return a row of events.csv; the person is the first part of the name."""
    return {"name": name, "label": name, "person": name.split(".")[0], "clock": clock, **more}


def state(name: str, **more: Any) -> dict[str, Any]:
    """Return a row of states.csv."""
    return {"name": name, "label": name, "person": name.split(".")[0], **more}


def cost(name: str, state_name: str, pounds: float) -> dict[str, Any]:
    """Return a row of unit_costs.csv: the cost of a year in a state."""
    return {
        "name": name, "label": name, "applies_to": state_name, "basis": "per year",
        "payers": "nhs", "kind": "fiscal", "cashable": 1, "price_year": "2024/25",
        "index": "flat", "value": pounds,
    }  # fmt: skip


def discounting(rate: float) -> list[dict[str, Any]]:
    """Return a scheme ``flat`` at a yearly rate beside ``none``."""
    rows = base("discounting")
    for what in ("costs", "health"):
        rows.append({"scheme": "flat", "applies_to": what, "from_year": 0, "value": rate})
    return rows


CHILD = state("child.alive", role="alive")
MOTHER = state("mother.alive", role="alive")
