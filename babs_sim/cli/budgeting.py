"""Budgets of an experiment, place by place, and the lines that show them side by side."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from babs_sim.cli.layout import WIDEST, columns
from babs_sim.parameters import Model, read_parameters

if TYPE_CHECKING:
    from babs_sim.analysis import BaseCase
    from babs_sim.analysis.budget import PlaceBudget
    from babs_sim.analysis.study import Found
    from babs_sim.cli.progress import Bar
    from babs_sim.experiment import Experiment


def budgets_of(
    experiment: "Experiment", model: Model, case: "BaseCase", workers: int, bar: "Bar"
) -> "list[PlaceBudget]":
    """Return the budgets of the places that the experiment asks for, none if for no budget."""
    from babs_sim.analysis.budget import budget_of_place

    own = experiment.cohort.place
    asked = [one.places or [own] for one in experiment.analyses if one.kind == "budget"]
    found = []
    for place in dict.fromkeys(name for names in asked for name in names):
        if place == own:
            found += budget_of_place(experiment, model, workers, bar, case)
            continue
        there = replace(experiment, cohort=experiment.cohort.model_copy(update={"place": place}))
        local = read_parameters(experiment.folders, place or None)
        found += budget_of_place(there, local, workers, bar)
    return found


BUDGET_FIGURES = ("budget", "service", "claim_places")
"""Figures that a run has without an analysis of many points."""


def budgets_found(case: "BaseCase", budgets: "Sequence[PlaceBudget]") -> "Found":
    """Return the tables, facts and lines of budgets, and the claims tested in their places."""
    from babs_sim.analysis.budget import budget_checks, budget_frame, programme_frame
    from babs_sim.analysis.claim_places import claim_lines, claim_places, claims_to_test
    from babs_sim.analysis.study import Found

    if not budgets:
        return Found({})
    tables = {"budget": budget_frame(budgets), "programme": programme_frame(budgets)}
    lines = budgets_shown(budgets)
    tested = claim_places(budgets)
    if len(tested):
        tables["claim_places"] = tested
        for line in claim_lines(tested, claims_to_test(case.run.model)):
            lines += textwrap.wrap(line, WIDEST, subsequent_indent="    ") or [""]
    facts = {
        "places": {one.place: one.label for one in budgets},
        "checks": [*case.checks(), *budget_checks(budgets)],
    }
    return Found(tables, facts, tuple(lines))


def budgets_shown(budgets: "Sequence[PlaceBudget]") -> list[str]:
    """Return the figures of budgets side by side, an arm after the other."""
    lines: list[str] = []
    for arm in dict.fromkeys(one.arm for one in budgets):
        lines += _shown([one for one in budgets if one.arm == arm])
    return lines


def _shown(budgets: "Sequence[PlaceBudget]") -> list[str]:
    from babs_sim.analysis.budget import shown_figures

    first = budgets[0]
    terms = first.base.terms
    years = first.whole.net.shape[1]
    lines = [
        "",
        f"{first.arm} against {first.comparator} in a place: the first {years} years, "
        f"undiscounted, prices of {terms.price_year}. A cost is positive, a saving negative.",
    ]
    rows = [("", *(one.label for one in budgets))]
    each = [dict(shown_figures(one)) for one in budgets]
    labels = dict.fromkeys(label for figures in each for label in figures)
    rows += [(label, *(figures.get(label, "£0") for figures in each)) for label in labels]
    lines += columns(rows)
    lines.append(
        "Intervals are 95 % Monte Carlo intervals of the mean; one service's own years vary more."
    )
    return [
        part if len(part) <= WIDEST or "  " in part else "\n".join(textwrap.wrap(part, WIDEST))
        for part in lines
    ]
