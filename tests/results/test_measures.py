"""What measures.csv may say, and the measures that always stand."""

from typing import Any

import pytest

from babs_sim.analysis.measures import read_measures
from babs_sim.economics import read_perspective
from babs_sim.errors import Problems
from babs_sim.parameters import Model
from tests.results.small import EVENTS, STATES, model_of

Tables = dict[str, list[dict[str, Any]]]


def measures_of(model: Model) -> dict[str, Any]:
    found = read_measures(model, read_perspective(model, "public"))
    assert len({measure.name for measure in found}) == len(found)
    return {measure.name: measure for measure in found}


def test_rows_come_first_by_headline_then_the_standing_measures(model: Model) -> None:
    assert list(measures_of(model)) == [
        "entries", "care_years", "qalys_child", "entries_to_break_even", "care_cost", "ever_care",
        "cost", "service_cost", "cost_council", "cost_nhs", "cost_treasury", "fiscal_cost",
        "social_cost", "qalys",
    ]  # fmt: skip


def test_a_unit_says_per_how_many_families(model: Model) -> None:
    measures = measures_of(model)
    assert measures["entries"].scale == 1000.0
    assert measures["care_years"].scale == 1.0


@pytest.mark.parametrize("of", ["", "mother child", "child mother"])
def test_a_row_may_stand_in_for_a_standing_measure(tables: Tables, of: str) -> None:
    tables["measures"] += [
        {"name": "qalys", "label": "Health", "unit": "QALYs per family", "kind": "qaly", "of": of},
        {"name": "cost", "label": "Money", "unit": "£ per family", "kind": "cost"},
    ]  # fmt: skip
    measures = measures_of(model_of(tables))
    assert (measures["qalys"].label, measures["qalys"].of) == ("Health", ("mother", "child"))
    assert (measures["cost"].label, measures["cost"].of) == ("Money", ())


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"unit": "entries"}, "unit", "does not say per how many families"),
    ({"kind": "first", "of": " ".join(STATES)}, "of", "takes one state"),
    ({"name": "icer"}, "name", "is kept for a figure"),
    ({"name": "x_undiscounted"}, "name", "is kept for a figure"),
    ({"name": "net_monetary_benefit_low"}, "name", "is kept for a figure"),
    (
        {"name": "cost", "kind": "cost", "of": "", "unit": "£ per 1,000 families"},
        "unit",
        "is per family",
    ),
    ({"name": "cost"}, "name", "that of a standing measure"),
    ({"name": "qalys", "kind": "qaly", "of": "child"}, "name", "that of a standing measure"),
    ({"name": "cost", "kind": "cost", "of": "court"}, "name", "that of a standing measure"),
]


@pytest.mark.parametrize(("change", "field", "text"), WRONG)
def test_what_is_wrong_is_named_with_its_line(
    tables: Tables, change: dict[str, Any], field: str, text: str
) -> None:
    row = {"name": "x", "label": "X", "unit": "per family", "kind": "count", "of": EVENTS[0]}
    tables["measures"].append({**row, **change})
    with pytest.raises(Problems, match=text) as caught:
        measures_of(model_of(tables))
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (len(tables["measures"]) + 1, field)


def test_all_that_is_wrong_is_said_at_once(tables: Tables) -> None:
    for row in tables["measures"]:
        row["unit"] = "each"
    with pytest.raises(Problems) as caught:
        measures_of(model_of(tables))
    assert len(caught.value.problems) == len(tables["measures"])
