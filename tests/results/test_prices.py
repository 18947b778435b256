"""Unit prices by hand: bases, indices, payers, perspectives."""

from typing import Any

import numpy as np
import pytest

from babs_sim.economics import (
    payer_shares,
    price,
    qaly_values,
    read_perspective,
    unit_prices,
)
from babs_sim.economics.discounting import project
from babs_sim.parameters import Model
from tests.results.small import YEARS, at, cost, during, ledger_of, model_of

Tables = dict[str, list[dict[str, Any]]]
PLAIN = np.tile([1.0, 0.0, 0.0], (YEARS, 1))


def by_item(model: Model, year: str = "2024/25", **changes: float) -> dict[tuple[str, str], float]:
    items = unit_prices(model, model.values({f"cost.{n}": v for n, v in changes.items()}), year)
    return {(item.name, item.payer): item.pounds for item in items}


def test_every_basis_comes_to_pounds_of_the_price_year(model: Model) -> None:
    assert by_item(model) == pytest.approx(
        {
            ("placement", "council"): 1_000 * 365.25 / 7 * 1.25,
            ("court", "treasury"): 24_000.0,
            ("court", "council"): 16_000.0,
            ("benefit", "treasury"): 4_800.0,
            ("therapy", "nhs"): 4_500.0,
            ("screen", "nhs"): 50.0,
        }
    )


def test_prices_go_back_as_well_as_forward(model: Model) -> None:
    then = by_item(model, "2020/21")
    assert then["placement", "council"] == pytest.approx(1_000 * 365.25 / 7)
    assert then["screen", "nhs"] == pytest.approx(40.0)


def test_a_changed_unit_cost_changes_its_own_items_only(model: Model) -> None:
    usual, changed = by_item(model), by_item(model, court=80_000.0)
    for key, pounds in usual.items():
        assert changed[key] == pytest.approx(pounds * (2 if key[0] == "court" else 1))


def test_a_year_that_the_index_lacks_is_refused(tables: Tables) -> None:
    tables["unit_costs"][0]["index"] = "health"
    with pytest.raises(KeyError, match="health"):
        by_item(model_of(tables))


def test_money_of_the_price_year_needs_no_index(tables: Tables) -> None:
    tables["unit_costs"] = [cost("x", "family", "per event", 7.0, "nhs", index="unknown")]
    assert by_item(model_of(tables)) == {("x", "nhs"): 7.0}


def test_shares_of_payers() -> None:
    assert payer_shares("nhs") == {"nhs": 1.0}
    assert payer_shares(" a 0.25;b 0.75 ; ") == {"a": 0.25, "b": 0.75}


def test_each_quantity_is_priced_where_it_happens(model: Model) -> None:
    ledger = ledger_of(
        count=[(0, 0, at([0.2, 2.5])), (1, 0, at([2.9]))],
        years=[(0, 0, during(0.2, 2.2)), (1, 1, during(1.0, 1.5))],
        activity=[(1, 0, at([-0.2, 0.1]))],
    )
    items = unit_prices(model, model.values(), "2024/25")
    pounds = price(ledger, items, PLAIN)
    row = {(item.name, item.payer): i for i, item in enumerate(items)}
    year = 365.25 / 7 * 1_250
    np.testing.assert_allclose(
        pounds[0, row["placement", "council"]], [0, 0.8 * year, year, 0.2 * year, 0, 0, 0, 0]
    )
    np.testing.assert_allclose(
        pounds[:, row["court", "treasury"]],
        [[0, 24_000, 0, 24_000, 0, 0, 0, 0], [0, 0, 0, 24_000, 0, 0, 0, 0]],
    )
    np.testing.assert_allclose(pounds[1, row["benefit", "treasury"]][:4], [0, 0, 2_400, 0])
    np.testing.assert_allclose(pounds[1, row["therapy", "nhs"]][:3], [4_500, 4_500, 0])
    np.testing.assert_allclose(pounds[:, row["screen", "nhs"], 0], [500, 500])
    assert pounds[:, row["screen", "nhs"], 1:].sum() == 0


def test_families_that_enter_after_the_birth_pay_in_that_year(tables: Tables) -> None:
    tables["unit_costs"] = [cost("x", "family", "per event", 7.0, "nhs")]
    model = model_of(tables)
    ledger = ledger_of(entry=1.25)
    pounds = price(ledger, unit_prices(model, model.values(), "2024/25"), PLAIN)
    assert pounds[0, 0].tolist() == [0, 0, 70, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("entry", "year"), [(-0.5, 0), (0.0, 1), (0.75, 1), (1.25, 2)])
def test_what_a_family_costs_at_entry_is_not_discounted(
    tables: Tables, entry: float, year: int
) -> None:
    """At 50 % a year, so that a moment wrongly placed would show."""
    tables["unit_costs"] = [cost("x", "family", "per event", 7.0, "nhs")]
    model = model_of(tables)
    weights = project([(0.0, 0.5)], entry, YEARS)
    items = unit_prices(model, model.values(), "2024/25")
    pounds = price(ledger_of(entry=entry), items, weights)[0, 0]
    assert pounds[year] == pytest.approx(70.0, abs=0.05)
    assert pounds.sum() == pounds[year]


def test_a_cost_of_something_that_nobody_counts_is_a_fault_of_ours(tables: Tables) -> None:
    tables["unit_costs"] = [cost("x", "service.dance", "per event", 7.0, "nhs")]
    model = model_of(tables)
    with pytest.raises(ValueError, match=r"service\.dance"):
        price(ledger_of(), unit_prices(model, model.values(), "2024/25"), PLAIN)


def test_transfers_count_for_the_payer_and_cancel_for_society(model: Model) -> None:
    items = unit_prices(model, model.values(), "2024/25")

    def counted(name: str) -> set[tuple[str, str]]:
        view = read_perspective(model, name)
        return {(item.name, item.payer) for item in items if view.counts(item)}

    assert counted("public") - counted("society") == {("benefit", "treasury")}
    assert counted("nhs") == {("therapy", "nhs"), ("screen", "nhs")}


def test_a_perspective_has_a_label_and_payers(model: Model) -> None:
    view = read_perspective(model, "society")
    assert (view.label, view.payers) == ("society view", ("council", "nhs", "treasury"))
    assert view.name == "society"
    with pytest.raises(KeyError, match="sociaty"):
        read_perspective(model, "sociaty")


def test_a_perspective_without_a_label_goes_by_its_name(tables: Tables) -> None:
    for row in tables["perspectives"]:
        row["label"] = ""
    assert read_perspective(model_of(tables), "society").label == "society"


def test_an_item_keeps_what_its_row_says(model: Model) -> None:
    items = unit_prices(model, model.values(), "2024/25")
    found = {item.name: (item.label, item.kind, item.cashable) for item in items}
    assert found["therapy"] == ("therapy", "fiscal", 1.0)
    assert found["screen"] == ("screen", "social", 0.5)


def test_the_value_of_a_qaly_is_as_stated(model: Model) -> None:
    assert qaly_values(model, model.values()) == {"low": 20_000.0, "high": 30_000.0}
