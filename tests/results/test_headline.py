"""The lines that a person reads first."""

import re
from typing import Any

import pytest

from babs_sim.analysis import analyse, headline
from babs_sim.handover import Ledger
from babs_sim.parameters import Model
from tests.results.small import at, ledger_of, model_of, random_ledger, run_of


def lines_of(model: Model, ledgers: dict[str, Ledger], **money: str) -> list[str]:
    return headline(analyse(run_of(model, ledgers, **money)))


def saving() -> dict[str, Ledger]:
    """Four entries among 20 families without the service, two with it, therapy for all."""
    usual = ledger_of(count=[(b, 0, at([0.5, 1.5])) for b in (0, 1)])
    served = ledger_of(
        count=[(b, 0, at([0.5])) for b in (0, 1)],
        activity=[(b, 0, at([0.0] * 10)) for b in (0, 1)],
    )
    return {"usual": usual, "served": served}


def test_the_lines_of_a_small_case(model: Model) -> None:
    assert lines_of(model, saving(), discounting="none") == [
        "A small world: served compared with usual.",
        "20 families (referred) in here, followed until the child is 7; discounting none "
        "(costs 0 %, health 0 % a year).",
        "Costs are those of: public view, in prices of 2024/25.",
        "The service costs £4,500 a family, over all families, whoever pays.",
        "Care entries per 1,000 families: 100 with served, 200 with usual; difference −100.",
        "Years in care per 1,000 families: 0 with served, 0 with usual; difference 0.",
        "QALYs of the child, change per 1,000 families: 0.",
        "Net cost a family: £500 in all; by main payer: the NHS £4,500; the Treasury −£2,400; "
        "the council −£1,600.",
        "Net monetary benefit at £20,000 a QALY: −£500 a family; dominated: no better in cost or "
        "QALYs, and worse in one.",
        "Care entries to break even, per 1,000 families: 112 needed, 100 prevented.",
        "Intervals are 95 % Monte Carlo intervals: chance in the simulation alone. They say "
        "nothing about how uncertain the parameters are.",
    ]


def test_numbers_are_written_as_people_read_them(model: Model) -> None:
    for seed in range(20):
        text = " ".join(lines_of(model, {"usual": random_ledger(seed), "x": random_ledger(99)}))
        assert "£−" not in text
        assert "£-" not in text
        assert not re.search(r"(?<!\w)-\d", text)
        assert "nan" not in text
        for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text.replace("1,000 families", "")):
            digits = number.replace(",", "").replace(".", "").strip("0")
            assert len(digits) <= 3 or number in ("2024", "20,000"), number


def test_intervals_are_shown_and_named(model: Model) -> None:
    case = analyse(run_of(model, {"usual": random_ledger(1), "served": random_ledger(2)}))
    lines = headline(case)
    figure = next(f for f in case.incremental["served"] if f.measure == "entries")
    half = 1.959964 * figure.error
    line = next(line for line in lines if line.startswith("Care entries per"))
    low, high = (float(n.replace("−", "-")) for n in re.findall(r"\((\S+) to (\S+)\)", line)[0])
    assert low == pytest.approx(figure.value - half, rel=6e-3)
    assert high == pytest.approx(figure.value + half, rel=6e-3)
    assert "Monte Carlo" in lines[-1]


def test_a_falling_rate_and_a_ratio_are_spelled_out(model: Model) -> None:
    arms = {"usual": ledger_of(), "served": ledger_of(
        activity=[(b, 0, at([0.0])) for b in (0, 1)],
        qalys=[(b, 1, at([0.5])) for b in (0, 1)],
    )}  # fmt: skip
    lines = lines_of(model, arms, discounting="declining")
    assert "costs 3.5 % falling to 3 %, health 1.5 % a year" in lines[1]
    worth = next(line for line in lines if line.startswith("Net monetary"))
    assert "costs more and gains QALYs: £4,4" in worth
    assert worth.endswith(" a QALY gained.")


def test_an_arm_that_changes_nothing_says_so(model: Model) -> None:
    ledger = random_ledger(5)
    lines = lines_of(model, {"usual": ledger, "same": ledger})
    assert any("£0 a family; no difference in cost or QALYs." in line for line in lines)
    assert any("difference 0." in line for line in lines)


def test_each_arm_can_be_asked_for(model: Model) -> None:
    arms = {"usual": random_ledger(1), "a": random_ledger(2), "b": random_ledger(3)}
    case = analyse(run_of(model, arms))
    assert headline(case) == headline(case, "a")
    assert "b compared with usual" in headline(case, "b")[0]
    with pytest.raises(KeyError):
        headline(case, "usual")


def test_one_arm_alone_is_described(model: Model) -> None:
    lines = lines_of(model, {"usual": saving()["usual"]})
    assert lines[0] == "A small world: usual."
    assert "Care entries: 200 per 1,000 families." in lines
    assert "nothing is compared" in lines[-1]


def test_rows_without_a_place_stay_out(tables: dict[str, list[dict[str, Any]]]) -> None:
    for row in tables["measures"]:
        row["headline"] = None
    lines = lines_of(model_of(tables), saving())
    assert not any("Care entries" in line for line in lines)
