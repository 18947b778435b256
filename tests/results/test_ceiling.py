"""Infant care entries of a place bound what a service can prevent there."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from babs_sim.analysis.ceiling import ceiling_checks, infant_rate
from babs_sim.handover import Ledger
from babs_sim.parameters import read_parameters
from babs_sim.tables import shipped


def ledger(infants: float, later: float) -> Ledger:
    """Two blocks of 50 families; entries in the first year, and in the third."""
    count = np.zeros((2, 1, 5, 3))
    count[0, 0, 1, 0], count[1, 0, 3, 0] = infants, later
    none = np.zeros((2, 0, 5, 3))
    sizes = np.array([50.0, 50.0])
    return Ledger(
        -0.5, ("child.care_entry",), (), (), sizes, count, none, none, none, np.zeros((2, 2, 5, 3))
    )


def test_entries_before_the_first_birthday_count() -> None:
    assert infant_rate(ledger(4, 9), {"child.care_entry"}) == 0.04


def test_more_than_the_place_has_is_flagged(tmp_path: Path) -> None:
    model = read_parameters([shipped() / "parameters"], place="wigan")
    births, limit = (
        model.parameters[f"place.{n}"].value for n in ("births", "infant_care_entries")
    )
    over = 100.0 * (limit + 1.0) / births
    arms = {"usual": ledger(2 * over, 0), "service": ledger(over, 5)}
    (flag,) = ceiling_checks(model, "births", "usual", arms)
    assert flag == f"TOO MANY: service prevents {limit + 1:.1f} infant care entries a year, " \
        f"but the place has {limit:g}"  # fmt: skip
    under = {**arms, "service": ledger(1.5 * over, 0)}
    (fine,) = ceiling_checks(model, "births", "usual", under)
    assert fine.startswith("service prevents ") and fine.endswith("that the place has")


def test_selected_families_are_told_how_many_there_can_be() -> None:
    model = read_parameters([shipped() / "parameters"], place="wigan")
    arms = {"usual": ledger(4, 0), "service": ledger(3, 0)}
    (text,) = ceiling_checks(model, "referred", "usual", arms)
    assert "if there were 1,070 of them a year" in text


def test_a_place_without_a_number_says_nothing() -> None:
    model = read_parameters([shipped() / "parameters"], place="halton")
    arms = {"usual": ledger(4, 0), "service": ledger(3, 0)}
    assert ceiling_checks(model, "births", "usual", arms) == ()
    assert ceiling_checks(replace(model, parameters={}), "births", "usual", arms) == ()
