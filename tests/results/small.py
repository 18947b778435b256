"""A small world for the tests of money and health: tables by rows, ledgers by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from babs_sim.experiment import Arm, Cohort, Experiment, Money
from babs_sim.handover import Ledger
from babs_sim.parameters import Model
from babs_sim.parameters.numbers import parameter_of
from babs_sim.parameters.rows import TABLES, NumberRow, Row, SourceRow
from babs_sim.simulate import Run
from babs_sim.tables import Located

ENTRY = -0.5
YEARS = 8  # pregnancy and seven years of life
EVENTS = ("child.care_entry", "child.visit")
STATES = ("child.in_care", "mother.poor")
THERAPY = "service.therapy"


def number(value: float, unit: str, **others: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": "book", "grade": "C", **others}


def cost(
    name: str, applies_to: str, basis: str, pounds: float, payers: str, **others: Any
) -> dict[str, Any]:
    usual = {"kind": "fiscal", "cashable": 0.5, "price_year": "2024/25", "index": "general"}
    row = {"name": name, "label": name, "applies_to": applies_to, "basis": basis, "payers": payers}
    return {**row, **usual, **number(pounds, "£"), **others}


def world() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table that money needs."""
    event = {"label": "", "person": "child", "clock": "age"}
    rates = (
        ("flat", "costs", 0, 0.035),
        ("flat", "health", 0, 0.015),
        ("declining", "costs", 0, 0.035),
        ("declining", "costs", 3, 0.03),
        ("declining", "health", 0, 0.015),
    )
    viewed = {
        "public": {"council": True, "nhs": True, "treasury": True},
        "society": {"council": True, "nhs": True, "treasury": False},
        "nhs": {"nhs": True},
    }
    return {
        "sources": [{"name": "book", "citation": "A book, 2024", "status": "assumption"}],
        "events": [{"name": name, **event} for name in EVENTS],
        "states": [{"name": name, "label": "", "person": name.split(".")[0]} for name in STATES],
        "payers": [
            {"name": "council", "label": "the council"},
            {"name": "nhs", "label": "the NHS"},
            {"name": "treasury", "label": "the Treasury"},
        ],
        "perspectives": [
            {"perspective": name, "label": f"{name} view", "payer": payer, "transfers": transfers}
            for name, payers in viewed.items()
            for payer, transfers in payers.items()
        ],
        "price_index": [
            {"index": index, "year": year, **number(level, "index")}
            for index, year, level in (
                ("general", "2020/21", 100.0),
                ("general", "2024/25", 125.0),
                ("health", "2024/25", 110.0),
            )
        ],
        "discounting": [
            {"scheme": scheme, "applies_to": what, "from_year": year, **number(rate, "per year")}
            for scheme, what, year, rate in rates
        ],
        "qaly_values": [
            {"name": name, "label": name, "price_year": "2024/25", **number(pounds, "£")}
            for name, pounds in (("low", 20_000.0), ("high", 30_000.0))
        ],
        "unit_costs": [
            cost("placement", STATES[0], "per week", 1_000.0, "council", price_year="2020/21"),
            cost("court", EVENTS[0], "per event", 40_000.0, "treasury 0.6; council 0.4"),
            cost("benefit", STATES[1], "per month", 400.0, "treasury", transfer=True),
            cost("therapy", THERAPY, "per event", 4_500.0, "nhs", cashable=1.0),
            cost("screen", "family", "per event", 50.0, "nhs", kind="social"),
        ],
        "measures": [
            {"name": "entries", "label": "Care entries", "unit": "per 1,000 families",
             "kind": "count", "of": EVENTS[0], "headline": 1},
            {"name": "care_years", "label": "Years in care", "unit": "years per family",
             "kind": "time", "of": STATES[0], "headline": 2},
            {"name": "ever_care", "label": "Ever in care", "unit": "per family", "kind": "first",
             "of": STATES[0]},
            {"name": "qalys_child", "label": "QALYs of the child", "unit": "QALYs per family",
             "kind": "qaly", "of": "child", "headline": 3},
            {"name": "care_cost", "label": "Cost of care", "unit": "£ per family", "kind": "cost",
             "of": "placement court"},
            {"name": "entries_to_break_even", "label": "Care entries to break even",
             "unit": "per family", "kind": "break even", "of": EVENTS[0],
             "costs": "placement court", "headline": 4},
        ],
    }  # fmt: skip


def model_of(tables: dict[str, list[dict[str, Any]]]) -> Model:
    sources = {row["name"]: SourceRow.model_validate(row) for row in tables["sources"]}
    rows: dict[str, tuple[Located[Row], ...]] = {}
    parameters = {}
    for name, schema in TABLES.items():
        found = [
            Located(schema.model_validate(row), f"parameters/{name}.csv", line)
            for line, row in enumerate(tables.get(name, []), start=2)
        ]
        rows[name] = tuple(found)
        for located in found:
            if isinstance(located.row, NumberRow):
                parameter = parameter_of(
                    located.row, located.row.key, located.file, located.line, sources
                )
                parameters[parameter.name] = parameter
    return Model(rows, parameters, {}, fingerprint="f" * 64)


def at(times: Sequence[float], entry: float = ENTRY) -> np.ndarray:
    """Return the moments (Y, 3) of things that happen at these ages of the child."""
    moments = np.zeros((YEARS, 3))
    for time in times:
        year = 0 if time < 0 else int(time) + 1
        x = time - (entry if year == 0 else year - 1)
        moments[year] += 1.0, x, x * x
    return moments


def during(start: float, end: float, entry: float = ENTRY) -> np.ndarray:
    """Return the moments (Y, 3) of the time from one age of the child to another."""
    moments = np.zeros((YEARS, 3))
    for year in range(YEARS):
        begin, finish = (entry, 0.0) if year == 0 else (year - 1.0, float(year))
        low, high = max(start, begin) - begin, min(end, finish) - begin
        if high > low:
            for power in range(3):
                moments[year, power] += (high ** (power + 1) - low ** (power + 1)) / (power + 1)
    return moments


def ledger_of(
    blocks: int = 2, families: int | Sequence[int] = 10, entry: float = ENTRY, **moments: Any
) -> Ledger:
    """Return a ledger with nothing in it but ``moments``: kind_block=[(row, moments), ...]."""
    sizes = np.broadcast_to(np.asarray(families, dtype=float), (blocks,)).copy()
    shapes = {
        "count": len(EVENTS),
        "years": len(STATES),
        "first": len(STATES),
        "activity": 1,
        "qalys": 2,
    }
    arrays = {name: np.zeros((blocks, rows, YEARS, 3)) for name, rows in shapes.items()}
    for name, entries in moments.items():
        for block, row, value in entries:
            arrays[name][block, row] += value
    return Ledger(entry, EVENTS, STATES, (THERAPY,), sizes, **arrays)


def run_of(model: Model, ledgers: dict[str, Ledger], **money: str) -> Run:
    """Return a run of arms; the first is the comparator."""
    chosen = {
        "price_year": "2024/25", "discounting": "flat", "perspective": "public",
        "qaly_value": "low",
    }  # fmt: skip
    first = next(iter(ledgers))
    experiment = Experiment(
        name="small",
        path=Path("small.toml").resolve(),
        title="A small world",
        folders=(),
        cohort=Cohort(place="here", families=20, horizon_years=YEARS - 1, seed=3),
        money=Money(**{**chosen, **money}),
        arms=tuple(Arm(name=arm, comparator=arm == first) for arm in ledgers),
        analyses=(),
        lines={},
    )
    return Run(experiment, model, tuple(ledgers), tuple(ledgers.values()), 1.5, ("all is well",))


def random_ledger(seed: int) -> Ledger:
    """Return a ledger of random lives in five uneven blocks."""
    rng = np.random.default_rng(seed)
    lives: dict[str, list[Any]] = {
        "count": [], "years": [], "first": [], "activity": [], "qalys": []
    }  # fmt: skip
    for block in range(5):
        for _ in range(2 + rng.poisson(4)):
            age = rng.uniform(0, 4)
            lives["count"].append((block, 0, at([age])))
            lives["first"].append((block, 0, at([age])))
            lives["years"].append((block, 0, during(age, rng.uniform(age, 7))))
        lives["years"].append((block, 1, during(ENTRY, rng.uniform(1, 7))))
        lives["activity"].append((block, 0, at(list(rng.uniform(-0.4, 1.0, 6)))))
        for person in range(2):
            lives["qalys"].append((block, person, rng.uniform(6, 9) * during(ENTRY, 7)))
    return ledger_of(5, [10, 12, 8, 10, 11], ENTRY, **lives)


def event_rows(ledger: Ledger) -> np.ndarray:
    """Return the number of events of the first kind in each block, (B,)."""
    return np.asarray(ledger.count[:, 0, :, 0].sum(axis=1))
