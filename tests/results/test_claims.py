"""Claims: the model's own figure beside each, in the claim's unit, or why there is none."""

import csv
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from babs_sim.analysis import analyse
from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.claims import Claim
from babs_sim.experiment import load
from babs_sim.report import claims_page
from babs_sim.simulate import run
from babs_sim.tables import shipped
from tests.properties.rich import rich_experiment, rich_folder, rich_tables
from tests.results.small import at, during, ledger_of, model_of, run_of, world

CLAIM = {"claim": "It works.", "by": "service", "treatment": "Looked at.", "source": "book"}


def claim(name: str, **others: Any) -> dict[str, Any]:
    return {"name": name, **CLAIM, **others}


CLAIMS = [
    claim("none", figure="none", reason="Nobody knows."),
    claim(
        "level", figure="measure", of="ever_care", arm="without", unit="percent", low=10, high=20
    ),
    claim("rest", figure="measure", of="!ever_care", arm="with", unit="percent", published=70),
    claim("young", figure="measure", of="ever_care", arm="without", by_age=2, unit="percent"),
    claim("late", figure="measure", of="ever_care", arm="without", by_age=9, unit="percent"),
    claim("change", figure="measure", of="entries", arm="change", unit="per 1,000 families"),
    claim("own_unit", figure="measure", of="care_years", arm="change", unit="points"),
    claim("money", figure="measure", of="cost", arm="change", unit="£ per family"),
    claim("need", figure="measure", of="entries_to_break_even", arm="change"),
    claim("ratio", figure="parameter", of="cost.court", by="evidence"),
    claim("others", figure="measure", of="entries", arm="without", population="births"),
]


@pytest.fixture
def case() -> BaseCase:
    """Four of 20 children come into care at 1 or 3 without the service, two with it."""
    tables = world()
    tables["claims"] = CLAIMS
    usual = ledger_of(
        2, 10, count=[(0, 0, at([1.5, 1.5])), (1, 0, at([3.5, 3.5]))],
        first=[(0, 0, at([1.5, 1.5])), (1, 0, at([3.5, 3.5]))],
        years=[(0, 0, 2 * during(1.5, 2.5))],
    )  # fmt: skip
    served = ledger_of(
        2, 10, count=[(0, 0, at([1.5])), (1, 0, at([3.5]))],
        first=[(0, 0, at([1.5])), (1, 0, at([3.5]))],
        activity=[(0, 0, at([0.5])), (1, 0, at([0.5]))],
    )  # fmt: skip
    return analyse(run_of(model_of(tables), {"usual": usual, "BABS": served}))


def figures(case: BaseCase) -> dict[str, Claim]:
    return {one.row.name: one for one in case.claims}


def test_each_figure_is_in_the_claims_unit(case: BaseCase) -> None:
    found = figures(case)
    assert found["level"].value == pytest.approx(20.0)
    assert found["rest"].value == pytest.approx(90.0)
    assert (found["change"].value, found["change"].unit) == (-100.0, "per 1,000 families")
    assert found["own_unit"].value == pytest.approx(-0.1)
    assert found["own_unit"].unit == "years per family"
    incremental = {figure.measure: figure for figure in case.incremental["BABS"]}
    assert found["money"].value == pytest.approx(incremental["cost"].value)
    assert found["need"].value == pytest.approx(1000 * incremental["entries_to_break_even"].value)


def test_an_age_leaves_out_what_comes_later(case: BaseCase) -> None:
    assert figures(case)["young"].value == pytest.approx(10.0)


def test_intervals_are_of_chance_or_of_the_parameter(case: BaseCase) -> None:
    found = figures(case)
    young = found["young"]
    # Two of ten in the first block, none in the second: a standard error of 10 percentage points.
    assert (young.low, young.high) == pytest.approx((10 - 19.59964, 10 + 19.59964))
    assert young.interval == "Monte Carlo"
    ratio = found["ratio"]
    assert (ratio.value, ratio.interval) == (40_000.0, "95 % of the parameter")
    assert "grade C, assumption" in ratio.label


def test_a_range_says_where_the_figure_lies(case: BaseCase) -> None:
    assert figures(case)["level"].stands == "inside"
    rows = [replace_row(row, low=low, high=high) for row, low, high in (
        (CLAIMS[1], 21, 30), (CLAIMS[1], 5, 19),
    )]  # fmt: skip
    for row, stands in zip(rows, ("below", "above"), strict=True):
        tables = world()
        tables["claims"] = [row]
        ledger = case.run.ledgers
        again = analyse(run_of(model_of(tables), {"usual": ledger[0], "BABS": ledger[1]}))
        assert again.claims[0].stands == stands


def replace_row(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**row, **changes}


def test_where_there_is_no_figure_the_reason_stands(case: BaseCase) -> None:
    found = figures(case)
    reasons = {name: one.reason for name, one in found.items() if one.reason}
    assert reasons == {
        "none": "Nobody knows.",
        "late": "This run ends before the age of 9.",
        "others": "This run is not of the population 'births'.",
    }
    assert all(np.isnan(found[name].value) for name in reasons)


def test_one_arm_alone_changes_nothing(case: BaseCase) -> None:
    alone = run_of(case.run.model, {"usual": case.run.ledgers[0]})
    found = figures(analyse(alone))
    assert found["level"].value == pytest.approx(20.0)
    assert found["change"].reason == found["rest"].reason == "This run has one arm alone."


def test_the_table_holds_every_claim(case: BaseCase) -> None:
    frame = case.tables()["claims"]
    assert frame["name"].tolist() == [row["name"] for row in CLAIMS]
    assert frame["claim"].notna().all() and frame["treatment"].notna().all()
    assert (frame["model"].isna() == (frame["reason"] != "")).all()


def test_traits_are_those_of_the_families(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BABS_SIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))
    rows = [
        claim("mean", figure="trait", of="family.load", population="referred", source="assumption"),
        claim("share", figure="trait", of="family.load>=1", unit="percent", source="assumption"),
    ]
    folder = rich_folder(tmp_path / "p", {**rich_tables(), "claims": rows})
    experiment, model = load(rich_experiment(folder, families=3_000))
    found = figures(analyse(run(experiment, model)))
    assert found["mean"].value == pytest.approx(1.2, abs=0.05)  # what selection.csv asks for
    assert found["mean"].low < 1.2 < found["mean"].high
    assert 60.0 < found["share"].value < 95.0


class Cells(HTMLParser):
    """The texts of a page, and whether its tags are closed in order."""

    VOID = ("meta", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_says_it_in_words(case: BaseCase) -> None:
    model = case.run.model
    odd = next(found for found in model.rows["claims"] if found.row.key == "none")
    page = claims_page(case)
    cells = Cells()
    cells.feed(page)
    text = re.sub(r"\s+", " ", " ".join(cells.text))
    assert not cells.open and odd.row.key == "none"
    assert "It is not evidence for a claim" in text
    assert "None. Nobody knows." in text
    assert "20 percent" in text and ", inside the range" in text
    assert "£40,000" in text and "of the parameter" in text
    assert "pounds of 2024/25" in text and "public view" in text and "until the child is 7" in text
    assert "http" not in page, "nothing is fetched"


def test_a_page_shows_marks_as_they_are(case: BaseCase) -> None:
    tables = world()
    tables["claims"] = [claim("odd", figure="none", reason="<b>no & none</b>")]
    ledgers = case.run.ledgers
    again = analyse(run_of(model_of(tables), {"usual": ledgers[0], "BABS": ledgers[1]}))
    assert "&lt;b&gt;no &amp; none&lt;/b&gt;" in claims_page(again)


def test_without_claims_there_is_no_table(case: BaseCase) -> None:
    ledgers = case.run.ledgers
    again = analyse(run_of(model_of(world()), {"usual": ledgers[0], "BABS": ledgers[1]}))
    assert again.claims == () and "claims" not in again.tables()


def test_shipped_claims_cover_the_presentation_and_name_their_sources() -> None:
    path = shipped() / "parameters" / "claims.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    named = {row["name"] for row in rows}
    assert {"aces_mean", "removals_newborn", "unit_costs", "disorganised_referred"} <= named
    assert {row["by"] for row in rows} == {"service", "evidence"}
    assert all(row["source"] and row["treatment"] for row in rows)
