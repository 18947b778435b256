"""A claim that so many events pay for a service for a year, place by place."""

from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis import claim_places as tested
from babs_sim.analysis.budget import budget_of_place
from babs_sim.analysis.claim_places import claim_lines, claim_places, claims_to_test, cost_ratios
from babs_sim.experiment import load
from tests.pathway.test_budget import experiment

CLAIMS = "name,claim,by,published,unit,treatment,figure,of,arm,source\n" + "".join(
    f"{name},It pays.,service,{published},{unit},x,measure,{of},change,assumption\n"
    for name, published, unit, of in (
        ("many", 600, "visits a year of one service", "needed"),
        ("few", 1, "visits a year of one service", "needed"),
        ("other", 1, "£ per family", "cost"),
    )
)


def test_needed_and_there_are_what_arithmetic_says(tmp_path: Path) -> None:
    path = experiment(tmp_path)
    (tmp_path / "parameters" / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    found, model = load(path)
    (one,) = budget_of_place(found, model, 2, lambda *_: None)
    assert [row.name for row in claims_to_test(model)] == ["few", "many"]
    table = claim_places([one], 50).set_index("claim")
    few, many = table.loc["few"], table.loc["many"]
    # Staff 50,000 a year and the opening of 7,000 in one of three years; 10 pounds a start; paid
    # by both payers in full.
    assert few.service_cost_year == pytest.approx(52_333.3 + 600, rel=0.02)
    whole = one.whole
    assert few.service_cost_year == pytest.approx((whole.fixed + whole.variable)[0].mean())
    assert few.cost_of_one == pytest.approx(100.0)
    assert few.needed == pytest.approx(few.service_cost_year / 100.0)
    assert few.chance_holds < 1e-6
    # Two visits a year in the five years of follow-up, for 60 families a year.
    assert few.events_of_families == pytest.approx(600, rel=0.03)
    assert 0 < few.prevented < few.events_of_families
    prevented = next(f for f in one.base.incremental["team"] if f.measure == "needed_prevented")
    assert few.prevented == pytest.approx(60 * prevented.value)
    expected = float(many.claimed * 100 >= many.service_cost_year)
    assert many.chance_holds == pytest.approx(expected, abs=1e-3)
    lines = claim_lines(claim_places([one], 50), claims_to_test(model))
    assert sum("Claim:" in line for line in lines) == 2
    assert any("Effects are not varied" in line for line in lines)


def test_the_chance_is_the_share_of_draws_that_pay() -> None:
    worth = np.array([100.0, 80.0, 100.0, 120.0, 140.0])
    service = np.full(5, 110.0)
    assert tested._chance(1.0, 0.0, worth, 0.0, service, 0.0) == 0.5
    assert tested._chance(2.0, 0.0, worth, 0.0, service, 0.0) == 1.0
    even = np.full(5, 110.0)
    assert tested._chance(1.0, 0.0, even, 7.0, service, 0.0) == pytest.approx(0.5)


def test_draws_of_costs_vary_only_what_is_uncertain(tmp_path: Path) -> None:
    path = experiment(tmp_path)
    table = tmp_path / "parameters" / "unit_costs.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[0] += ",distribution,low,high"
    lines[1:] = [
        line + (",gamma,60,150" if "visit" in line.split(",") else ",fixed,,") for line in lines[1:]
    ]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _, model = load(path)
    ratios = cost_ratios(model, ["visit", "worker"], 1, 2000)
    assert (ratios[0] == 1.0).all() and (ratios[:, 1] == 1.0).all()
    assert ratios[1:, 0].mean() == pytest.approx(1.0, abs=0.03)
    low, high = np.quantile(ratios[1:, 0], [0.025, 0.975])
    assert high - low == pytest.approx(0.9, abs=0.06)
