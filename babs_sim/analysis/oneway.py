"""One parameter at a time, or one group: tornado analysis with common random numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.factors import fits, varying
from babs_sim.analysis.points import Evaluated, Response
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found
from babs_sim.analysis.wording import number, pounds
from babs_sim.experiment import Analysis, Experiment
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.distributions import fit, group_of
from babs_sim.simulate.points import Point

if TYPE_CHECKING:
    from pandas import DataFrame

PERCENTILES = (2.5, 25.0, 75.0, 97.5)
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One parameter, or one group of them, at one percentile: what it is set to (base units)."""

    name: str
    label: str
    unit: str
    percentile: float
    value: float
    base: float
    point: Point


def run_tornado(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Move each parameter through its distribution; raises `Problems` for an unknown measure."""
    cohort = experiment.cohort
    response = Response(
        experiment, model, cohort.families, False, conditions.workers, conditions.tell
    )
    measure = analysis.measure or NET_BENEFIT
    response.check_measure(measure)
    bars = bars_of(model, analysis.parameters, analysis.groups)
    found = response.evaluate(
        [bar.point for bar in bars], workers=conditions.workers, backend=conditions.backend,
        batch=conditions.batch, progress=conditions.tell, what="running the points",
        checkpoint=conditions.part("points"),
    )  # fmt: skip
    measures = list(dict.fromkeys([measure, NET_BENEFIT, "cost", "qalys"]))
    frame = tornado_frame(bars, found, response.base, measures)
    facts = {"measure": measure, "families": cohort.families, "points": len(bars)}
    lines = _lines(bars, found, response.base, measure, cohort.families)
    return Found({"tornado": frame}, facts, tuple(lines))


def bars_of(model: Model, wanted: Sequence[str] = (), groups: bool = False) -> list[Bar]:
    """Return the points of a tornado: each parameter that varies at each of `PERCENTILES`.

    ``wanted`` names parameters, or beginnings of names that end in ``*``; none means all.  A share
    of a Dirichlet group is moved and the others of the group keep their proportions.  With
    ``groups`` the numbers of a correlated group also move together, all to the same percentile
    (those that move against the group to the opposite one), instead of one by one.
    """
    uncertain = varying(model)
    chosen = [p for p in uncertain if not wanted or any(fits(p.name, one) for one in wanted)]
    together: dict[str, list[Parameter]] = {}
    bars: list[Bar] = []
    for parameter in chosen:
        if groups and parameter.group and parameter.distribution != "dirichlet":
            together.setdefault(group_of(parameter)[0], []).append(parameter)
            continue
        fitted = fit(parameter)
        for percentile in PERCENTILES:
            value = float(fitted.ppf(percentile / 100.0))
            point = {parameter.name: value, **_rescaled(parameter, value, uncertain)}
            bars.append(_bar(parameter, percentile, value, point))
    for group, members in sorted(together.items()):
        for percentile in PERCENTILES:
            point = {
                p.name: float(fit(p).ppf(
                    percentile / 100.0 if group_of(p)[1] > 0 else 1.0 - percentile / 100.0
                ))
                for p in members
            }  # fmt: skip
            bars.append(
                Bar(f"group.{group}", f"Group {group} ({len(members)} parameters)", "percentile",
                    percentile, percentile, 50.0, point)
            )  # fmt: skip
    return bars


def _bar(parameter: Parameter, percentile: float, value: float, point: Point) -> Bar:
    label, unit = parameter.label or parameter.name, parameter.unit
    return Bar(parameter.name, label, unit, percentile, value, parameter.value, point)


def _rescaled(
    parameter: Parameter, value: float, uncertain: Sequence[Parameter]
) -> dict[str, float]:
    """Return the other shares of a Dirichlet group so that all keep their sum."""
    if parameter.distribution != "dirichlet":
        return {}
    others = [p for p in uncertain if p.group == parameter.group and p is not parameter
              and p.distribution == "dirichlet"]  # fmt: skip
    rest = sum(p.value for p in others)
    if rest <= 0.0:
        return {}
    factor = (rest + parameter.value - value) / rest
    return {p.name: p.value * factor for p in others}


def tornado_frame(
    bars: Sequence[Bar], found: Evaluated, base: Evaluated, measures: Sequence[str]
) -> "DataFrame":
    """Return each bar for each arm and measure, the base line being that of the base run.

    Columns parameter, label, unit, percentile, value, base_value (base units), arm, comparator,
    measure, measure_unit, result, base_result, difference (result minus base_result), mc_error (of
    the difference, blocks of families paired).  Centring at each point is by few births, and adds
    chance of about half that error where rates are centred anew; it is not in ``mc_error``.
    """
    from pandas import DataFrame

    columns = found.columns
    units = dict(columns.increments)
    frames = []
    for arm in columns.others:
        for measure in measures:
            first = float(base.increment(arm, measure)[0])
            results = found.increment(arm, measure)
            frames += [
                (bar.name, bar.label, bar.unit, bar.percentile, bar.value, bar.base, arm,
                 columns.comparator, measure, units[measure], float(result), first,
                 float(result) - first, float(error))
                for bar, result, error in zip(
                    bars, results, found.increment(arm, measure, change=True), strict=True
                )
            ]  # fmt: skip
    return DataFrame(
        frames,
        columns=["parameter", "label", "unit", "percentile", "value", "base_value", "arm",
                 "comparator", "measure", "measure_unit", "result", "base_result", "difference",
                 "mc_error"],
    )  # fmt: skip


def _lines(
    bars: Sequence[Bar], found: Evaluated, base: Evaluated, measure: str, families: int
) -> list[str]:
    if not bars:
        return ["No parameter varies."]
    arm = found.columns.others[0]
    first = float(base.increment(arm, measure)[0])
    show = pounds if found_in_pounds(found, measure) else number
    ends: Mapping[str, dict[float, tuple[float, float]]] = {bar.name: {} for bar in bars}
    errors = found.increment(arm, measure, change=True)
    results = found.increment(arm, measure)
    for bar, result, error in zip(bars, results, errors, strict=True):
        ends[bar.name][bar.percentile] = float(result), float(error)
    low, high = PERCENTILES[0], PERCENTILES[-1]
    size = {name: abs(at[high][0] - at[low][0]) for name, at in ends.items()}
    sure = sum(
        size[name] > 1.959964 * np.hypot(at[high][1], at[low][1]) for name, at in ends.items()
    )
    lines = [
        f"Tornado of {measure}, {arm}: {len(ends)} parameters, {families:,} families; base "
        f"{show(first)}. Result at the 2.5 and the 97.5 percentile:"
    ]
    for name in sorted(size, key=lambda one: -np.nan_to_num(size[one]))[:_SHOWN]:
        at = ends[name]
        lines.append(f"    {name}: {show(at[low][0])} to {show(at[high][0])}")
    lines.append(f"{sure} of {len(ends)} bars are longer than chance in the simulation explains.")
    return lines


def found_in_pounds(found: Evaluated, measure: str) -> bool:
    """Return whether a figure is pounds per family."""
    return dict(found.columns.increments)[measure].startswith("£ per family")
