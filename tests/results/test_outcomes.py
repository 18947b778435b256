"""Natural units per 1,000 families, counters and months, and the outcomes of bands, by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from babs_sim.analysis import analyse, bands_shown, outcomes_shown
from babs_sim.analysis.outcomes import Outcome
from babs_sim.errors import Problems
from babs_sim.handover import Ledger
from babs_sim.parameters import Model
from tests.results.small import STATES, at, during, ledger_of, model_of, run_of, world

MEASURES: list[dict[str, Any]] = [
    {"name": "months", "label": "Months in care", "unit": "months per family", "kind": "time",
     "of": STATES[0]},
    {"name": "aces", "label": "ACEs", "unit": "ACEs per family", "kind": "counter",
     "of": "child.ace_count"},
    {"name": "aces_2", "label": "2 or more ACEs", "unit": "children per family",
     "kind": "counter", "of": "child.ace_count>=2"},
    {"name": "aces_9", "label": "9 or more ACEs", "unit": "children per 1,000 families",
     "kind": "counter", "of": "child.ace_count>=9"},
]  # fmt: skip
BANDS = [
    {"subgroup": "half", "band": "a", "label": "Half A", "trait": "family.half", "below": 1},
    {"subgroup": "half", "band": "b", "label": "Half B", "trait": "family.half", "at_least": 1},
    {"subgroup": "half", "band": "c", "label": "Half C", "trait": "family.half", "at_least": 2},
]


@pytest.fixture
def model() -> Model:
    tables = world()
    tables["measures"] = tables["measures"] + MEASURES
    tables["subgroups"] = BANDS
    tables["traits"] = [
        {"name": "family.half", "label": "Half", "person": "family", "kind": "levels"}
    ]
    return model_of(tables)


def with_aces(ledger: Ledger, *reached: tuple[int, int]) -> Ledger:
    """Return a ledger in whose blocks so many children come to 1 and to 2 ACEs at age 1.5."""
    aces = np.zeros((len(ledger.families), 2, *ledger.count.shape[2:]))
    for block, numbers in enumerate(reached):
        for n, number in enumerate(numbers):
            aces[block, n] = number * at([1.5])
    return replace(ledger, aces=aces)


def arms() -> dict[str, Ledger]:
    """Return two arms of two blocks of 10: 8 entries and 3 years of care against 4 and 1."""
    usual = ledger_of(
        2, 10, count=[(0, 0, at([1.0] * 5)), (1, 0, at([2.0] * 3))],
        years=[(0, 0, during(1.0, 3.0)), (1, 0, during(2.0, 3.0))],
    )  # fmt: skip
    served = ledger_of(
        2, 10, count=[(0, 0, at([1.0] * 3)), (1, 0, at([2.0]))], years=[(0, 0, during(1.0, 2.0))]
    )
    return {
        "usual": with_aces(usual, (6, 4), (4, 2)),
        "BABS": with_aces(served, (5, 2), (3, 1)),
    }


def found(outcomes: tuple[Outcome, ...]) -> dict[str, Outcome]:
    return {one.measure: one for one in outcomes}


def test_outcomes_are_per_thousand_families_and_compared(model: Model) -> None:
    case = analyse(run_of(model, arms()))
    assert {(one.arm, one.comparator) for one in case.outcomes} == {("BABS", "usual")}
    rows = found(case.outcomes)
    entries = rows["entries"]  # its unit is per 1,000 families already
    assert (entries.comparator_value, entries.value) == (400.0, 200.0)
    assert (entries.difference, entries.error) == (-200.0, 0.0)  # both blocks lose two
    assert (entries.low, entries.high) == (-200.0, -200.0)
    assert rows["care_years"].comparator_value == pytest.approx(150.0)
    assert rows["care_years"].unit == "years per 1,000 families"
    assert rows["months"].value == pytest.approx(12 * 50.0)
    assert rows["months"].unit == "months per 1,000 families"
    # Differences of -100 and -100 years: the mean is -100, each block alone gives the same.
    assert rows["care_years"].difference == pytest.approx(-100.0)


def test_the_interval_is_that_of_the_monte_carlo_error(model: Model) -> None:
    """Blocks lose 2 and 3 of 10 ACEs: half the spread of two means is the standard error."""
    row = found(analyse(run_of(model, arms())).outcomes)["aces"]
    assert (row.comparator_value, row.value) == (800.0, 550.0)
    assert row.difference == pytest.approx(-250.0)
    assert row.error == pytest.approx(50.0)
    assert row.low == pytest.approx(-250.0 - 1.959964 * 50.0)


def test_counters_give_means_and_shares(model: Model) -> None:
    rows = found(analyse(run_of(model, arms())).outcomes)
    assert (rows["aces_2"].comparator_value, rows["aces_2"].value) == (300.0, 150.0)
    assert (rows["aces_9"].comparator_value, rows["aces_9"].value) == (0.0, 0.0)


def test_money_is_not_among_natural_units(model: Model) -> None:
    rows = found(analyse(run_of(model, arms())).outcomes)
    assert "cost" not in rows and "entries_to_break_even" not in rows and "qalys" in rows


def test_one_arm_alone_is_not_compared(model: Model) -> None:
    case = analyse(run_of(model, {"usual": arms()["usual"]}))
    rows = found(case.outcomes)
    assert rows["entries"].value == 400.0 and np.isnan(rows["entries"].difference)
    assert outcomes_shown(case) == []


def banded(model: Model) -> Any:
    """Return the case of a run with three bands, one of which has families in one block only."""
    both = arms()
    halves = {name: tuple(both.values()) for name in ("a", "b")}
    few = tuple(
        replace(ledger, families=np.array([10.0, 0.0]), count=ledger.count * [[[[1]]], [[[0]]]])
        for ledger in both.values()
    )  # fmt: skip
    run = replace(run_of(model, both), subgroups={"half": {**halves, "c": few}})
    return analyse(run)


def test_bands_have_outcomes_and_money(model: Model) -> None:
    case = banded(model)
    assert [(band.band, band.families) for band in case.bands] == [("a", 20), ("b", 20), ("c", 10)]
    rows = found(case.bands[0].outcomes)
    whole = {one.measure: one.value for one in case.incremental["BABS"]}
    for name in ("cost", "service_cost", "net_monetary_benefit"):
        assert rows[name].difference == pytest.approx(whole[name])
    assert rows["aces"].difference == pytest.approx(-250.0)
    half = float(student.ppf(0.975, 1)) * 50.0
    assert (rows["aces"].low, rows["aces"].high) == pytest.approx((-250 - half, -250 + half))
    assert case.bands[2].outcomes == ()


def test_bands_are_a_table_and_lines(model: Model) -> None:
    case = banded(model)
    frame = case.tables()["subgroups"]
    assert set(frame["band"]) == {"a", "b"}
    assert (frame["families"] == 20).all()
    row = frame[(frame["band"] == "b") & (frame["measure"] == "entries")].iloc[0]
    assert (row["band_label"], row["comparator_value"], row["value"]) == ("Half B", 400.0, 200.0)
    lines = bands_shown(case)
    assert lines[1] == "Half: change by BABS per 1,000 families"
    assert lines[2].startswith("  Half A (20 families): Care entries −200 (−200 to −200); Years")
    assert lines[4] == "  Half C: 10 families, too few to say"


def test_outcomes_are_shown_in_columns(model: Model) -> None:
    lines = outcomes_shown(analyse(run_of(model, arms())))
    assert lines[1].split("  ")[0] == "Per 1,000 families"
    row = next(line for line in lines if line.startswith("ACEs"))
    assert row.split() == ["ACEs", "800", "550", "−250", "(−348", "to", "−152)"]
    starts = {line.index(text) for line, text in zip(lines[1:3], ("diff", "−200"), strict=True)}
    assert len(starts) == 1


def test_sums_in_another_order_are_no_change(model: Model) -> None:
    both = arms()
    noisy = {
        "usual": both["usual"],
        "BABS": replace(both["usual"], count=both["usual"].count * (1 + 1e-15)),
    }
    row = found(analyse(run_of(model, noisy)).outcomes)["entries"]
    assert (row.difference, row.low, row.high) == (0.0, 0.0, 0.0)


def test_a_time_says_its_unit(model: Model) -> None:
    tables = world()
    row = {"name": "x", "label": "X", "unit": "stays per family", "kind": "time", "of": STATES[0]}
    tables["measures"].append(row)
    with pytest.raises(Problems, match="does not say in what time"):
        analyse(run_of(model_of(tables), arms()))
