"""Tables of a base case: by hand on a small world, and the identities that always hold."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babs_sim.analysis import BaseCase, analyse
from babs_sim.handover import Ledger
from babs_sim.parameters import Model
from tests.results.small import (
    ENTRY,
    EVENTS,
    YEARS,
    at,
    cost,
    during,
    event_rows,
    ledger_of,
    model_of,
    random_ledger,
    run_of,
    world,
)

WEEK = 1_000 * 365.25 / 7 * 1.25  # a year of placement in the price year
Tables = dict[str, list[dict[str, Any]]]


def hand() -> dict[str, Ledger]:
    """Two blocks of ten families: four care entries without, one with the service."""
    usual = ledger_of(
        count=[(0, 0, at([0.5, 1.5])), (1, 0, at([0.5, 2.5]))],
        first=[(0, 0, at([0.5, 1.5])), (1, 0, at([0.5, 2.5]))],
        years=[(0, 0, during(0.5, 2.5)), (0, 0, during(1.5, 2.5)), (1, 0, during(0.5, 3.5)),
               (1, 0, during(2.5, 3.5)), (1, 1, during(0.0, 2.0))],
        qalys=[(b, p, 10 * during(ENTRY, 5)) for b in (0, 1) for p in (0, 1)],
    )  # fmt: skip
    served = ledger_of(
        count=[(0, 0, at([0.5]))],
        first=[(0, 0, at([0.5]))],
        years=[(0, 0, during(0.5, 1.5)), (1, 1, during(0.0, 1.0))],
        activity=[(b, 0, at([-0.25, -0.25, 0.25])) for b in (0, 1)],
        qalys=[(b, p, 10 * during(ENTRY, 5 + p / 10)) for b in (0, 1) for p in (0, 1)],
    )
    return {"usual": usual, "served": served}


def case_of(model: Model, ledgers: dict[str, Ledger], **money: str) -> BaseCase:
    return analyse(run_of(model, ledgers, **money))


def increments(case: BaseCase, arm: str = "served") -> dict[str, float]:
    return {figure.measure: figure.value for figure in case.incremental[arm]}


def summary(case: BaseCase, arm: str) -> dict[str, float]:
    return {figure.measure: figure.value for figure in case.summary[arm]}


def test_a_case_by_hand_without_discounting(model: Model) -> None:
    case = case_of(model, hand(), discounting="none")
    usual, served, change = summary(case, "usual"), summary(case, "served"), increments(case)
    assert usual["entries"] == pytest.approx(200.0)
    assert served["entries"] == pytest.approx(50.0)
    assert change["care_years"] == pytest.approx(-6 / 20)
    assert change["ever_care"] == pytest.approx(-3 / 20)
    assert usual["cost_council"] == pytest.approx((7 * WEEK + 4 * 16_000) / 20)
    assert usual["cost_treasury"] == pytest.approx((4 * 24_000 + 2 * 4_800) / 20)
    assert usual["cost_nhs"] == pytest.approx(50)
    assert served["service_cost"] == pytest.approx(6 * 4_500 / 20)
    assert change["cost_nhs"] == pytest.approx(1_350)
    assert usual["social_cost"] == pytest.approx(50)
    assert usual["care_cost"] == pytest.approx((7 * WEEK + 4 * 40_000) / 20)
    total = 1_350 - (6 * WEEK + 3 * 40_000 + 4_800) / 20
    assert change["cost"] == pytest.approx(total)
    assert change["net_present_value"] == pytest.approx(-total)
    assert change["qalys"] == pytest.approx(0.1)
    assert change["qalys_child"] == pytest.approx(0.1)
    assert change["net_monetary_benefit"] == pytest.approx(2_000 - total)
    assert change["net_monetary_benefit_high"] == pytest.approx(3_000 - total)
    assert change["icer_quadrant"] == 4
    assert np.isnan(change["icer"])
    saved = (6 * WEEK + 3 * 40_000 + 4_800) / 20
    assert change["benefit_cost_ratio"] == pytest.approx((2_000 + saved) / 1_350)
    assert change["cashable_savings"] == pytest.approx(saved / 2)
    each = (7 * WEEK + 4 * 40_000) / 4
    assert change["entries_to_break_even"] == pytest.approx((1_350 - 4_800 / 20) / each)
    assert change["entries_to_break_even_prevented"] == pytest.approx(3 / 20)


def test_discounted_and_plain_figures_stand_side_by_side(model: Model) -> None:
    plain = increments(case_of(model, hand(), discounting="none"))
    change = increments(case_of(model, hand()))
    assert change["cost_undiscounted"] == pytest.approx(plain["cost"])
    assert change["qalys_undiscounted"] == pytest.approx(plain["qalys"])
    therapy = (4 * 1.035**-0.25 + 2 * 1.035**-0.75) * 4_500 / 20
    assert change["cost_nhs"] == pytest.approx(therapy, rel=1e-6)
    assert change["entries"] == plain["entries"]


def test_budget_years_are_undiscounted_and_leave_nothing_out(model: Model) -> None:
    change = increments(case_of(model, hand()))
    years = [change[f"budget_impact_year_{n}"] for n in range(1, 6)]
    assert "budget_impact_year_6" not in change
    first = (6 * 4_500 - 0.5 * WEEK - 1 * 40_000) / 20
    assert years[0] == pytest.approx(first)
    assert sum(years) == pytest.approx(change["cost_undiscounted"])


def test_payback_counts_from_entry(model: Model) -> None:
    """One therapy early in pregnancy, one care entry less at 1.5: paid back in that year."""
    usual = ledger_of(count=[(b, 0, at([1.5])) for b in (0, 1)])
    served = ledger_of(activity=[(b, 0, at([ENTRY])) for b in (0, 1)])
    case = case_of(model, {"usual": usual, "served": served}, discounting="none")
    change = increments(case)
    assert change["payback_years"] == pytest.approx(1.5 + 4_500 / 40_000)
    assert change["payback_status"] == 1
    assert change["payback_status_nhs"] == -1
    assert np.isnan(change["payback_years_nhs"])
    assert (change["payback_years_council"], change["payback_status_council"]) == (0.0, 1.0)


def test_cash_flows_by_hand(model: Model) -> None:
    frame = case_of(model, hand()).tables()["cashflow"]
    council = frame[frame["payer"] == "council"].set_index("year")
    assert council["undiscounted"][1] == pytest.approx((-0.5 * WEEK - 16_000) / 20)
    assert council["cashable"].tolist() == pytest.approx((council["undiscounted"] / 2).tolist())
    nhs = frame[frame["payer"] == "nhs"].set_index("year")
    assert nhs["cashable"][0] == pytest.approx(4 * 4_500 / 20)
    assert nhs["undiscounted"][:2].tolist() == pytest.approx([900, 450])
    assert nhs["discounted"][0] == pytest.approx(900 * 1.035**-0.25, rel=1e-6)
    whole = frame[frame["payer"] == "perspective:public"].set_index("year")
    np.testing.assert_allclose(whole["cumulative_discounted"], whole["discounted"].cumsum())
    figure = next(f for f in case_of(model, hand()).incremental["served"] if f.measure == "cost")
    assert whole["mc_error"].iloc[-1] == pytest.approx(figure.error)
    assert whole["mc_error"][0] == pytest.approx(0, abs=1e-9)


def test_the_chosen_value_of_a_qaly_is_used(model: Model) -> None:
    low, high = (increments(case_of(model, hand(), qaly_value=v)) for v in ("low", "high"))
    assert low["net_monetary_benefit"] == low["net_monetary_benefit_low"]
    assert high["net_monetary_benefit"] == high["net_monetary_benefit_high"]
    assert high["benefit_cost_ratio"] - low["benefit_cost_ratio"] == pytest.approx(
        10_000 * low["qalys"] / low["service_cost"]
    )


def test_the_perspective_decides_what_counts(model: Model) -> None:
    public = summary(case_of(model, hand()), "usual")
    society = summary(case_of(model, hand(), perspective="society"), "usual")
    nhs = summary(case_of(model, hand(), perspective="nhs"), "usual")
    benefit = public["cost"] - society["cost"]
    assert benefit == pytest.approx((1.035**-1.0) * 4_800 * 2 / 20, rel=0.02)
    assert nhs["cost"] == pytest.approx(50, rel=1e-6)
    assert public["cost_treasury"] == society["cost_treasury"] == nhs["cost_treasury"]


def test_break_even_needs_events_that_cost_something(model: Model) -> None:
    change = increments(case_of(model, hand(), perspective="nhs"))
    assert np.isnan(change["entries_to_break_even"])
    assert change["entries_to_break_even_prevented"] == pytest.approx(3 / 20)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_an_arm_like_the_comparator_differs_by_exactly_nothing(seed: int) -> None:
    ledger = random_ledger(seed)
    case = case_of(model_of(world()), {"usual": ledger, "same": ledger, "served": ledger})
    ratios = {"icer", "benefit_cost_ratio"}
    for arm in ("same", "served"):
        for figure in case.incremental[arm]:
            if figure.measure in ratios or figure.measure.startswith("payback_years"):
                assert np.isnan(figure.value), figure
            elif figure.measure != "entries_to_break_even":
                assert figure.value == 0.0, figure
                assert figure.error == 0.0 or np.isnan(figure.error)
            else:
                assert (figure.value, figure.error) == (0.0, 0.0)


@given(st.integers(0, 10_000), st.sampled_from(["flat", "declining", "none"]))
@settings(max_examples=15, deadline=None)
def test_the_tables_add_up(seed: int, scheme: str) -> None:
    arms = {"usual": random_ledger(seed), "served": random_ledger(seed + 1)}
    case = case_of(model_of(world()), arms, discounting=scheme, perspective="society")
    tables = case.tables()
    ledger, cashflow = tables["ledger"], tables["cashflow"]
    counted = set(case.facts()["terms"]["perspective"]["items"])  # type: ignore[index]
    society = ledger[ledger["item"].isin(counted)]
    for arm in arms:
        own = summary(case, arm)
        sums = society[society["arm"] == arm][["pounds", "pounds_discounted"]].sum()
        assert sums["pounds_discounted"] == pytest.approx(own["cost"], rel=1e-12)
        assert sums["pounds"] == pytest.approx(own["cost_undiscounted"], rel=1e-12)
        by_payer = ledger[ledger["arm"] == arm].groupby("payer")["pounds_discounted"].sum()
        for payer, pounds in by_payer.items():
            assert pounds == pytest.approx(own[f"cost_{payer}"], rel=1e-12)
        assert own["fiscal_cost"] + own["social_cost"] == pytest.approx(own["cost"], rel=1e-12)
        events = tables["events"].query("arm == @arm and event == @EVENTS[0]")["count"].sum()
        assert 1000 * events == pytest.approx(own["entries"])
    change = increments(case)
    assert change["cost"] == pytest.approx(
        summary(case, "served")["cost"] - summary(case, "usual")["cost"], abs=1e-8
    )
    whole = cashflow[cashflow["payer"] == "perspective:society"]
    assert whole["discounted"].sum() == pytest.approx(change["cost"], abs=1e-8)
    assert whole["cumulative_discounted"].iloc[-1] == pytest.approx(change["cost"], abs=1e-8)
    for payer in ("council", "nhs", "treasury"):
        flows = cashflow[cashflow["payer"] == payer]
        assert flows["undiscounted"].sum() == pytest.approx(
            change[f"cost_{payer}_undiscounted"], abs=1e-8
        )


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_swapping_the_arms_turns_every_sign(seed: int) -> None:
    one, other = random_ledger(seed), random_ledger(seed + 1)
    model = model_of(world())
    there = case_of(model, {"usual": one, "served": other}).incremental["served"]
    back = {f.measure: f for f in case_of(model, {"a": other, "b": one}).incremental["b"]}
    for figure in there:
        if figure.measure.startswith(("icer", "benefit_cost", "payback", "entries_to_break_even")):
            continue
        assert back[figure.measure].value == -figure.value, figure
        assert back[figure.measure].error == pytest.approx(figure.error, rel=1e-9)


def test_a_price_twice_as_high_adds_its_own_part_once_more(tables: Tables) -> None:
    usual = summary(case_of(model_of(tables), hand()), "usual")
    tables["unit_costs"][1]["value"] *= 2
    dearer = summary(case_of(model_of(tables), hand()), "usual")
    court = 0.4 * (dearer["cost"] - usual["cost"])
    assert dearer["cost_council"] - usual["cost_council"] == pytest.approx(court)
    assert dearer["cost_nhs"] == usual["cost_nhs"]
    assert dearer["qalys"] == usual["qalys"]


def test_a_new_outcome_with_its_cost_needs_rows_only(tables: Tables) -> None:
    tables["events"].append({**tables["events"][0], "name": "child.prize"})
    tables["payers"].append({"name": "school", "label": "the school"})
    tables["perspectives"].append({"perspective": "public", "payer": "school"})
    tables["unit_costs"].append(cost("prize", "child.prize", "per event", 30.0, "school"))
    tables["measures"].append(
        {"name": "prizes", "label": "Prizes", "unit": "per family", "kind": "count",
         "of": "child.prize"}
    )  # fmt: skip
    extra = np.stack([at([4.5]), np.zeros((YEARS, 3))])[:, None]
    ledger = hand()["usual"]
    wider = replace(
        ledger,
        events=(*EVENTS, "child.prize"),
        count=np.concatenate([ledger.count, extra], axis=1),
    )
    before = summary(case_of(model_of(world()), hand()), "usual")
    after = summary(case_of(model_of(tables), {"usual": wider}), "usual")
    assert after["prizes"] == pytest.approx(1 / 20)
    assert after["cost_school_undiscounted"] == pytest.approx(30 / 20)
    assert after["cost"] - before["cost"] == pytest.approx(1.5 * 1.035**-5, abs=1e-5)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"cost", "cost_undiscounted", "fiscal_cost", "fiscal_cost_undiscounted"}


def test_the_error_is_that_of_the_paired_blocks(model: Model) -> None:
    arms = {"usual": random_ledger(1), "served": random_ledger(2)}
    case = case_of(model, arms)
    figure = next(f for f in case.incremental["served"] if f.measure == "entries")
    change = event_rows(arms["served"]) - event_rows(arms["usual"])
    families = arms["usual"].families
    blocks, mean = change / families, change.sum() / families.sum()
    variance = np.mean((blocks - mean) ** 2 / (families.sum() / families - 1))
    assert figure.error == pytest.approx(1000 * np.sqrt(variance), rel=1e-9)


def test_arms_with_other_families_are_refused(model: Model) -> None:
    arms = hand()
    arms["served"] = replace(arms["served"], families=np.array([10.0, 11.0]))
    with pytest.raises(ValueError, match="different blocks of families"):
        case_of(model, arms)


def test_one_arm_alone_has_tables_too(model: Model) -> None:
    tables = case_of(model, {"usual": hand()["usual"]}).tables()
    assert len(tables["incremental"]) == len(tables["cashflow"]) == 0
    assert len(tables["summary"]) > 0


def test_arms_are_priced_with_their_own_values(model: Model) -> None:
    run = run_of(model, hand())
    dear = run.experiment.arms[1].model_copy(update={"set": {"cost.therapy": 9_000.0}})
    experiment = replace(run.experiment, arms=(run.experiment.arms[0], dear))
    case = analyse(replace(run, experiment=experiment))
    usual = increments(analyse(run))
    assert increments(case)["cost_nhs"] == pytest.approx(2 * usual["cost_nhs"])


COLUMNS = {
    "summary": ["arm", "measure", "unit", "value", "mc_error"],
    "incremental": ["arm", "comparator", "measure", "unit", "value", "mc_error"],
    "outcomes": [
        "arm", "comparator", "measure", "label", "unit", "value", "comparator_value",
        "difference", "mc_error", "low", "high",
    ],
    "ledger": ["arm", "payer", "kind", "item", "year", "pounds", "pounds_discounted"],
    "cashflow": [
        "arm", "comparator", "payer", "year", "undiscounted", "discounted",
        "cumulative_discounted", "cashable", "mc_error",
    ],
    "events": ["arm", "event", "age", "count"],
    "states_by_age": [
        "arm", "person", "state", "label", "age", "share", "mc_error", "alive", "weighs",
    ],
    "parameters": [
        "name", "label", "value", "unit", "distribution", "low", "high", "price_year", "source",
        "citation", "status", "grade", "evidence", "note", "file", "line",
    ],
}  # fmt: skip


def test_tables_have_the_stated_columns(model: Model) -> None:
    tables = case_of(model, hand()).tables()
    assert {name: list(frame.columns) for name, frame in tables.items()} == COLUMNS
    assert tables["events"]["age"].min() == -1
    assert tables["ledger"]["year"].max() == YEARS - 1
    assert not tables["summary"]["value"].isna().any()
    assert not tables["summary"].duplicated(["arm", "measure"]).any()
    assert not tables["incremental"].duplicated(["arm", "measure"]).any()


def test_every_parameter_is_listed_with_its_source(model: Model) -> None:
    frame = case_of(model, hand()).tables()["parameters"].set_index("name")
    assert set(frame.index) == set(model.parameters)
    row = frame.loc["cost.court"]
    assert (row["value"], row["unit"], row["price_year"]) == (40_000.0, "£", "2024/25")
    assert (row["citation"], row["status"], row["grade"]) == ("A book, 2024", "assumption", "C")
    assert (row["file"], row["line"]) == ("parameters/unit_costs.csv", 3)


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    code = "import sys, babs_sim.analysis, babs_sim.results; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
