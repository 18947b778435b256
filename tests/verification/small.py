"""A small experiment to which every check applies."""

from pathlib import Path
from typing import Any

from babs_sim.analysis.verification import Subject
from babs_sim.experiment import load
from tests.events.test_closed_forms import therapy
from tests.folders import base, cost, event, number, write_folder
from tests.properties.rich import rich_tables

FAMILIES = 600
DRAWS = 40
GROUPS = f"""
[groups.efficacy]
correlation = {number(0.6, "correlation")}
nil_share = {number(0.2, "probability")}
nil_person = "child"
"""
EXPERIMENT = f"""title = "small"
parameters = ["p"]

[cohort]
population = "referred"
families = {FAMILIES}
horizon_years = 10
seed = 3

[money]
price_year = "2024/25"
discounting = "flat"
perspective = "all"
qaly_value = "nice"

[[arm]]
name = "usual care"
comparator = true
set = {{ "service.open" = false }}

[[arm]]
name = "service"
set = {{ "service.open" = true }}
"""


def spread(row: dict[str, Any], kind: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    """Return a row with a distribution."""
    return {**row, "distribution": kind, "low": low, "high": high, **more}


def tables() -> dict[str, list[dict[str, Any]]]:
    """Return the tables of `rich` with old age, two payers and price years, and uncertainty."""
    found = rich_tables()
    found["rates"] = [
        row for row in found["rates"] if row["event"] not in ("mother.death", "child.death")
    ] + [
        {"event": "mother.death", "age_from": 0, "age_to": 70, "value": 0.004},
        {"event": "mother.death", "age_from": 70, "value": 0.2},
        *({"event": "child.death", "sex": sex, "age_from": age, "age_to": end, "value": value}
          for sex, low in (("female", 0.003), ("male", 0.005))
          for age, end, value in ((0, 60, low), (60, None, 0.2))),
    ]  # fmt: skip
    levels = found["trait_levels"]
    shares = [r for r in levels if r["trait"] == "family.load"]
    limits = {0: (0.4, 0.6), 1: (0.2, 0.4), 2: (0.1, 0.3)}
    found["trait_levels"] = [r for r in levels if r["trait"] != "family.load"] + [
        spread(r, "dirichlet", *limits[r["level"]], group="load") for r in shares
    ]
    found["effects"] = [
        *(spread(r, "lognormal", r["value"] / 1.3, r["value"] * 1.3,
                 **({"group": ("" if r["value"] > 1 else "-") + "efficacy"}
                    if r["driver"] == "service.therapy" else {}))
          for r in found["effects"] if r["value"] != 1.0),
        *(r for r in found["effects"] if r["value"] == 1.0),
    ]  # fmt: skip
    found["utilities"] = [
        spread({"state": "mother.low", "value": 0.8}, "beta", 0.7, 0.9),
        spread({"state": "child.away", "value": 0.9}, "normal", 0.85, 0.95),
    ]
    old = {"price_year": "2019/20"}
    found["unit_costs"] = [
        spread({**cost("away", "child.away", 800), "basis": "per week", **old}, "gamma", 600, 1000),
        spread(cost("low", "mother.low", 900), "triangular", 700, 1100),
        {**cost("leaving", "child.leaves", 5_000), "basis": "per event", "kind": "social",
         "payers": "nhs 0.4; council 0.6"},
        {**cost("therapy", "service.therapy", 4_500), "basis": "per event",
         "payers": "council"},
        {**cost("welcome", "family", 20), "basis": "per event"},
    ]  # fmt: skip
    found["payers"] = [*base("payers"), {"name": "council", "label": "the council"}]
    found["perspectives"] = [
        {"perspective": name, "payer": payer}
        for name, payer in (("all", "nhs"), ("all", "council"), ("nhs", "nhs"))
    ]
    found["price_index"] = [
        {"index": "flat", "year": year, "value": value}
        for year, value in (("2019/20", 80), ("2024/25", 100))
    ]
    found["qaly_values"] = [
        *base("qaly_values"),
        {"name": "high", "label": "High", "value": 60_000, "price_year": "2024/25"},
    ]
    found["discounting"] = [
        *base("discounting"),
        *({"scheme": "flat", "applies_to": what, "from_year": 0, "value": 0.035}
          for what in ("costs", "health")),
    ]  # fmt: skip
    found["subgroups"] = [
        {"subgroup": "load", "band": "low", "label": "low", "trait": "family.load", "below": 1},
        {"subgroup": "load", "band": "high", "label": "high", "trait": "family.load",
         "at_least": 1},
    ]  # fmt: skip
    found["events"] = [*found["events"], event("mother.visit")]
    found["rates"].append({"event": "mother.visit", "age_from": 15, "value": 0.5})
    return found


def small_subject(folder: Path) -> Subject:
    """Return the experiment, its tables written to a folder."""
    service = therapy(start_share=0.8, antenatal_share=0.76)
    write_folder(folder / "p", tables(), entry=-0.5, service=service, model=GROUPS)
    path = folder / "small.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return Subject(*load(path), draws_in_all=DRAWS)
