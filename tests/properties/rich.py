"""A small model with both persons, all clocks, all effect forms and a service."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.events.test_closed_forms import PROFILE, therapy
from tests.folders import CHILD, MOTHER, base, cost, event, state, write_folder

TRAITS = [
    {"name": "family.one", "label": "one", "person": "family", "kind": "levels"},
    {"name": "family.load", "label": "load", "person": "family", "kind": "levels"},
    {"name": "family.frailty", "label": "frailty", "person": "family", "kind": "normal"},
    {"name": "mother.age", "label": "age", "person": "mother", "kind": "normal", "role": "age"},
    {"name": "child.sex", "label": "sex", "person": "child", "kind": "levels", "role": "sex"},
]
LEVELS = [
    {"trait": "family.one", "level": 1, "value": 1},
    *({"trait": "family.load", "level": k, "value": v} for k, v in enumerate((0.5, 0.3, 0.2))),
    {"trait": "child.sex", "level": 0, "value": 0.488},
    {"trait": "child.sex", "level": 1, "value": 0.512},
    {"trait": "family.frailty", "level": "mean", "value": 0, "unit": "sd"},
    {"trait": "family.frailty", "level": "sd", "value": 1, "unit": "sd"},
    {"trait": "mother.age", "level": "mean", "value": 29, "unit": "years"},
    {"trait": "mother.age", "level": "sd", "value": 6, "unit": "years"},
]


def rich_tables() -> dict[str, list[dict[str, Any]]]:
    """Return the tables of the model."""
    return {
        "traits": deepcopy(TRAITS),
        "trait_levels": deepcopy(LEVELS),
        "correlations": [{"a": "family.load", "b": "family.frailty", "value": 0.3}],
        "selection": [{"population": "referred", "trait": "family.load", "value": 1.2}],
        "states": [CHILD, MOTHER, state("mother.low", starts_if="family.load"),
                   state("child.away"), state("child.ever_away"), state("child.upset")],
        "events": [
            event("mother.onset", requires="!mother.low", sets="mother.low",
                  average_of="at risk"),
            event("mother.recovery", "since", law="weibull", requires="mother.low",
                  clears="mother.low"),
            event("mother.death", ends="true"),
            event("child.leaves", requires="!child.away !child.ever_away",
                  sets="child.away child.ever_away", average_of="!child.ever_away"),
            event("child.returns", "since", law="exponential", requires="child.away",
                  clears="child.away"),
            event("child.check", "at", sets="child.upset", average_of="at risk"),
            event("child.death", ends="true"),
        ],
        "rates": [
            {"event": "mother.onset", "age_from": 15, "age_to": 30, "value": 0.3},
            {"event": "mother.onset", "age_from": 30, "value": 0.2},
            {"event": "mother.recovery", "quantity": "shape", "value": 0.9, "unit": "ratio"},
            {"event": "mother.recovery", "quantity": "scale", "value": 0.8, "unit": "years"},
            {"event": "mother.death", "age_from": 15, "value": 0.004},
            {"event": "child.leaves", "age_from": 0, "age_to": 1, "value": 0.06},
            {"event": "child.leaves", "age_from": 1, "value": 0.02},
            {"event": "child.returns", "value": 0.5},
            {"event": "child.check", "age_from": 2.25, "quantity": "probability",
             "value": 0.3, "unit": "probability"},
            {"event": "child.death", "sex": "female", "age_from": 0, "value": 0.003},
            {"event": "child.death", "sex": "male", "age_from": 0, "value": 0.005},
        ],
        "effects": [
            {"event": "child.leaves", "driver": "family.frailty", "form": "per unit",
             "value": 1.6},
            {"event": "child.leaves", "driver": "mother.low", "form": "while", "value": 2.0},
            {"event": "mother.onset", "driver": "family.load", "form": "per unit", "value": 1.4},
            {"event": "child.check", "driver": "child.ever_away", "form": "ever", "value": 2.0},
            {"event": "child.death", "driver": "family.load", "form": "level", "level": 2,
             "value": 2.0, "age_from": 0, "age_to": 5},
            {"event": "child.returns", "driver": "count(child.leaves)", "form": "per unit",
             "value": 1.1},
            *({"event": e, "driver": "service.therapy", "form": "profile", "profile": "fades",
               "value": v, "effect_set": name}
              for e, v, name in (("mother.recovery", 1.8, "base"), ("child.leaves", 0.6, "base"),
                                 ("child.leaves", 1.0, "null"))),
        ],
        "profiles": PROFILE,
        "utilities": [{"state": "mother.low", "value": 0.8}, {"state": "child.away", "value": 0.9}],
        "unit_costs": [
            cost("away", "child.away", 40_000), cost("low", "mother.low", 900),
            {**cost("leaving", "child.leaves", 5_000), "basis": "per event"},
            {**cost("therapy", "service.therapy", 4_500), "basis": "per event"},
        ],
        "measures": [
            *base("measures"),
            {"name": "leaving", "label": "Leaving", "unit": "per family", "kind": "count",
             "of": "child.leaves"},
        ],
    }  # fmt: skip


def rich_folder(folder: Path, tables: dict[str, list[dict[str, Any]]] | None = None) -> Path:
    """Write the model, therapy for eight in ten, most of them before the birth."""
    service = therapy(start_share=0.8, antenatal_share=0.76)
    return write_folder(folder, tables or rich_tables(), entry=-0.5, service=service)


OPEN = 'set = { "service.open" = true }'
EXPERIMENT = """title = "small"
parameters = ["{folder}"]

[cohort]
population = "{population}"
families = {families}
horizon_years = 10
seed = 3

[money]
price_year = "2024/25"
discounting = "none"
perspective = "all"

[[arm]]
name = "usual care"
comparator = true
set = {{ "service.open" = false }}

[[arm]]
name = "service"
{changes}
"""


def rich_experiment(
    folder: Path, families: int = 2_000, population: str = "referred", changes: str = OPEN
) -> Path:
    """Write an experiment over ``folder`` and return its path."""
    text = EXPERIMENT.format(
        folder=folder.name, population=population, families=families, changes=changes
    )
    path = folder.parent / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path
