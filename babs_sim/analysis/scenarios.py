"""Scenarios: named changes, of numbers, settings, money terms, years and families."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.oneway import found_in_pounds
from babs_sim.analysis.points import Evaluated, Response
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found
from babs_sim.analysis.wording import number, pounds
from babs_sim.experiment import Analysis, Experiment, Scenario
from babs_sim.parameters import Model, read_parameters
from babs_sim.simulate.points import in_base_units

if TYPE_CHECKING:
    from pandas import DataFrame

BASE = "base"
_REACH = 1.959964  # standard errors of a 95 % interval
_ALWAYS = ("net_monetary_benefit", "cost", "service_cost", "qalys", "payback_years")


def run_scenarios(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Run named scenarios, each with the random numbers of the base case.

    A scenario changes parameters and settings in all arms (an arm's own ``set`` lies on top) and
    may change money terms, the horizon, the place and the population.  Tables: scenarios, see
    `_rows`, the first scenario being ``base``; compare, see `compare_frame`.  Raises `Problems`.
    """
    from pandas import DataFrame

    wanted = [one for one in analysis.scenario if one.runs]
    models = {one.place: _model_of(experiment, one.place) for one in wanted if one.place}
    base = Response(
        experiment, model, experiment.cohort.families, False, conditions.workers, conditions.tell
    )
    measure = analysis.measure or NET_BENEFIT
    base.check_measure(measure)
    rows = _rows(BASE, base.base, base.base)
    terms: dict[str, Experiment] = {BASE: experiment}
    for done, scenario in enumerate(wanted):
        conditions.tell(done, len(wanted), f"running {scenario.name}")
        changed = _changed(experiment, scenario)
        response = base
        if changed is not experiment:
            own = models.get(scenario.place, model)
            response = Response(
                changed, own, experiment.cohort.families, False, conditions.workers,
            )  # fmt: skip
        point = in_base_units(response.model, scenario.set)
        found = response.evaluate([point], batch=1, checkpoint=conditions.part(f"scenario{done}"))
        rows += _rows(scenario.name, found, base.base)
        terms[scenario.name] = changed
    columns = ["scenario", "arm", "comparator", "measure", "unit", "result", "mc_error",
               "base_result", "difference", "difference_mc_error"]  # fmt: skip
    frame = DataFrame(rows, columns=columns)
    compare = compare_frame(frame, terms, {one.name: one.about for one in wanted}, model)
    left = [one for one in analysis.scenario if not one.runs]
    facts = {"scenarios": len(wanted), "measure": measure,
             "left_out": [{"name": one.name, "reason": one.cannot} for one in left]}  # fmt: skip
    show = pounds if found_in_pounds(base.base, measure) else number
    arm = base.columns.others[0]
    return Found(
        {"scenarios": frame, "compare": compare}, facts,
        tuple(_lines(frame, arm, measure, show, left)),
    )  # fmt: skip


def compare_frame(
    frame: "DataFrame",
    terms: Mapping[str, Experiment],
    about: Mapping[str, str],
    model: Model,
) -> "DataFrame":
    """Return what scenarios are compared by: net benefit, cost, payback, QALYs, headline measures.

    Columns scenario, about, arm, comparator, measure, label, unit, value, low and high (95 %,
    chance in the simulation alone), rank (by net benefit, 1 the best; blank where there is none),
    population, place, horizon_years, perspective, price_year, discounting.
    """
    headline = [row.name for row in model.table("measures") if row.headline is not None]
    labels = {row.name: row.label for row in model.table("measures")}
    wanted = list(dict.fromkeys([*_ALWAYS, *headline]))
    kept = frame[frame["measure"].isin(wanted)].copy()
    kept["place_"] = kept["measure"].map(wanted.index)
    kept["turn"] = kept["scenario"].map(list(terms).index)
    kept = kept.sort_values(["turn", "arm", "place_"], kind="stable")
    worth = frame[frame["measure"] == NET_BENEFIT].set_index(["scenario", "arm"])["result"]
    ranks = worth.rank(ascending=False, method="min")
    kept["rank"] = [ranks.get((s, a), np.nan) for s, a in
                    zip(kept["scenario"], kept["arm"], strict=True)]  # fmt: skip
    kept["about"] = kept["scenario"].map(lambda name: about.get(name, ""))
    kept["label"] = kept["measure"].map(
        lambda name: labels.get(name, name.replace("_", " ").capitalize())
    )
    kept["low"] = kept["result"] - _REACH * kept["mc_error"]
    kept["high"] = kept["result"] + _REACH * kept["mc_error"]
    for column in ("population", "place", "horizon_years"):
        kept[column] = [getattr(terms[name].cohort, column) for name in kept["scenario"]]
    for column in ("perspective", "price_year", "discounting"):
        kept[column] = [getattr(terms[name].money, column) for name in kept["scenario"]]
    kept = kept.rename(columns={"result": "value"})
    return kept[
        ["scenario", "about", "arm", "comparator", "measure", "label", "unit", "value", "low",
         "high", "rank", "population", "place", "horizon_years", "perspective", "price_year",
         "discounting"]
    ].reset_index(drop=True)  # fmt: skip


def _lines(
    frame: "DataFrame", arm: str, measure: str, show: Any, left: list[Scenario]
) -> list[str]:
    here = frame[(frame["arm"] == arm) & (frame["measure"] == measure)]
    here = here.sort_values("result", ascending=False, kind="stable")
    words = measure.replace("_", " ").capitalize()
    lines = [f"{words} of {arm} a family by scenario, the best first (95 % for chance alone):"]
    for name, value, error in zip(here["scenario"], here["result"], here["mc_error"], strict=True):
        low, high = show(float(value - _REACH * error)), show(float(value + _REACH * error))
        lines.append(f"    {name}: {show(float(value))} ({low} to {high})")
    lines += [f"    {one.name}: not run. {one.cannot}" for one in left]
    return lines


def _model_of(experiment: Experiment, place: str) -> Model:
    return read_parameters(experiment.folders, place, (str(experiment.path), None))


def _changed(experiment: Experiment, scenario: Scenario) -> Experiment:
    money = {name: text for name, text in scenario.money.model_dump().items() if text}
    cohort = {
        name: value
        for name, value in (
            ("horizon_years", scenario.horizon_years),
            ("place", scenario.place),
            ("population", scenario.population),
        )
        if value
    }
    if not money and not cohort:
        return experiment
    return replace(
        experiment,
        money=experiment.money.model_copy(update=money),
        cohort=experiment.cohort.model_copy(update=cohort),
    )


def _rows(name: str, found: Evaluated, base: Evaluated) -> list[tuple[object, ...]]:
    """Return a row an arm and figure; ``difference_mc_error`` is blank where terms are others."""
    columns = found.columns
    rows: list[tuple[object, ...]] = []
    known = {figure for figure, _ in base.columns.increments}
    for arm in columns.others:
        for figure, unit in columns.increments:
            result = float(found.increment(arm, figure)[0])
            error = float(found.increment(arm, figure, error=True)[0])
            first = float(base.increment(arm, figure)[0]) if figure in known else np.nan
            paired = float(found.increment(arm, figure, change=True)[0])
            if columns != base.columns:
                paired = np.nan
            rows.append((name, arm, columns.comparator, figure, unit, result, error, first,
                         result - first, paired))  # fmt: skip
    return rows
