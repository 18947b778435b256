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


def pictures_of(case: "BaseCase", budgets: "Sequence[PlaceBudget]") -> dict[str, bytes]:
    """Return the files of the charts of budgets, and of services with a limited team."""
    run = case.run
    if not run.services and not budgets:
        return {}
    from babs_sim.plots import rendered
    from babs_sim.plots.budget import draw_budget, draw_service

    cohort = run.experiment.cohort
    caption = (
        f"{run.experiment.title}; {cohort.families:,} families, seed {cohort.seed}, "
        f"tables {run.model.fingerprint[:8]}."
    )
    files = rendered(draw_service(run.services, caption)) if run.services else {}
    arms = list(dict.fromkeys(one.arm for one in budgets))
    for number, arm in enumerate(arms, start=1):
        picture = draw_budget([one for one in budgets if one.arm == arm], caption)
        name = picture.name if len(arms) == 1 else f"{picture.name}_{number}"
        files |= rendered(replace(picture, name=name))
    return files


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
