"""The lines that a person reads first."""

from collections.abc import Callable, Iterator

from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.comparing import Figure
from babs_sim.analysis.derived import DOMINANT, DOMINATED, NORTH_EAST, SOUTH_WEST
from babs_sim.analysis.measures import Measure
from babs_sim.analysis.outcomes import NORMAL_95, PER
from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.economics import discount_steps

MAIN_PAYERS = 4
WARNINGS = ("TOO MANY", "NOT STABLE", "LOST", "FAILS")
"""Words that a check holds when it warns."""

_QUADRANTS = {
    NORTH_EAST: "costs more and gains QALYs: {icer} a QALY gained",
    SOUTH_WEST: "costs less and loses QALYs: {icer} saved for each QALY lost",
    DOMINANT: "dominant: no worse in cost or QALYs, and better in one",
    DOMINATED: "dominated: no better in cost or QALYs, and worse in one",
}


def headline(case: BaseCase, arm: str | None = None) -> list[str]:
    """Return about ten lines on one arm against the comparator (by default the first such arm).

    Rows of measures.csv with a ``headline`` number fill the middle.  Every interval is Monte Carlo
    error only, and the last line says so.  Raises KeyError for an unknown arm.
    """
    others = list(case.incremental)
    chosen = arm or (others[0] if others else "")
    if not chosen:
        return [_question(case, ""), *_setting(case), *_alone(case)]
    figures = {figure.measure: figure for figure in case.incremental[chosen]}
    lines = [_question(case, chosen), *_setting(case)]
    lines.append(_service(case, chosen))
    shown = [measure for measure in case.measures if measure.headline is not None]
    lines += [
        _measure(case, measure, chosen, figures)
        for measure in shown
        if measure.kind != "break even"
    ]
    lines.append(_payers(case, figures))
    lines.append(_worth(case, figures))
    lines += [_break_even(measure, figures) for measure in shown if measure.kind == "break even"]
    lines += [check + "." for check in case.checks() if any(word in check for word in WARNINGS)]
    lines.append(
        "Intervals are 95 % Monte Carlo intervals: chance in the simulation alone. They say "
        "nothing about how uncertain the parameters are."
    )
    return lines


def _question(case: BaseCase, arm: str) -> str:
    against = f": {arm} compared with {case.comparator}" if arm else f": {case.comparator}"
    return f"{case.run.experiment.title}{against}."


def _setting(case: BaseCase) -> Iterator[str]:
    cohort, terms, model = case.run.experiment.cohort, case.terms, case.run.model
    label = model.values().settings.get("place.label", cohort.place)
    place = f" in {label}" if cohort.place else ""
    rates = []
    for what in ("costs", "health"):
        steps = discount_steps(model, model.values(), terms.discounting, what)
        falling = f" falling to {percent(steps[-1][1])}" if len(steps) > 1 else ""
        rates.append(f"{what} {percent(steps[0][1])}{falling}")
    yield (
        f"{cohort.families:,} families ({cohort.population}){place}, followed until the child is "
        f"{cohort.horizon_years}; discounting {terms.discounting} ({', '.join(rates)} a year)."
    )
    yield f"Costs are those of: {terms.perspective.label}, in prices of {terms.price_year}."


def _alone(case: BaseCase) -> Iterator[str]:
    figures = {figure.measure: figure for figure in case.summary[case.comparator]}
    for measure in case.measures:
        if measure.headline is not None and measure.name in figures:
            figure = figures[measure.name]
            yield f"{measure.label}: {number(figure.value)} {measure.unit}."
    yield "There is one arm only, so nothing is compared."


def _service(case: BaseCase, arm: str) -> str:
    row = next(f for f in case.summary[arm] if f.measure == "service_cost")
    return f"The service costs {_money(row)} a family, over all families, whoever pays."


def _measure(case: BaseCase, measure: Measure, arm: str, figures: dict[str, Figure]) -> str:
    change = figures[measure.name]
    if measure.kind == "cost":
        return f"{measure.label}, change: {_money(change, 1 / measure.scale)} a family."
    factor = PER / measure.scale
    difference = _with_interval(change, factor)
    if measure.kind == "qaly":
        return f"{measure.label}, change per 1,000 families: {difference}."
    with_arm, without = (
        next(f.value for f in case.summary[one] if f.measure == measure.name)
        for one in (arm, case.comparator)
    )
    return (
        f"{measure.label} per 1,000 families: {number(factor * with_arm)} with {arm}, "
        f"{number(factor * without)} with {case.comparator}; difference {difference}."
    )


def _payers(case: BaseCase, figures: dict[str, Figure]) -> str:
    labels = {row.name: row.label.split(":")[0] for row in case.run.model.table("payers")}
    flows = [
        (measure.payer, figures[measure.name])
        for measure in case.measures
        if measure.payer and figures[measure.name].value != 0
    ]
    flows = sorted(flows, key=lambda flow: (-abs(flow[1].value), flow[0]))[:MAIN_PAYERS]
    parts = [f"{labels[payer]} {_money(figure)}" for payer, figure in flows]
    main = f"; by main payer: {'; '.join(parts)}" if parts else ""
    return f"Net cost a family: {_money(figures['cost'])} in all{main}."


def _worth(case: BaseCase, figures: dict[str, Figure]) -> str:
    name = case.terms.qaly_value
    value = case.accounts[case.comparator].qaly_values[name]
    words = _QUADRANTS.get(int(figures["icer_quadrant"].value), "no difference in cost or QALYs")
    ratio = words.format(icer=_money(figures["icer"]))
    worth = _money(figures["net_monetary_benefit"])
    return f"Net monetary benefit at {pounds(value)} a QALY: {worth} a family; {ratio}."


def _break_even(measure: Measure, figures: dict[str, Figure]) -> str:
    needed, prevented = (
        _with_interval(figures[name], PER / measure.scale)
        for name in (measure.name, f"{measure.name}_prevented")
    )
    return f"{measure.label}, per 1,000 families: {needed} needed, {prevented} prevented."


def _with_interval(figure: Figure, factor: float) -> str:
    return _interval(figure, number, factor)


def _money(figure: Figure, factor: float = 1.0) -> str:
    return _interval(figure, pounds, factor)


def _interval(figure: Figure, words: Callable[[float], str], factor: float) -> str:
    """Return a value with its interval; the value alone where there is no error to speak of."""
    value, half = factor * figure.value, factor * NORMAL_95 * figure.error
    if not half > 0:
        return words(value)
    return f"{words(value)} ({words(value - half)} to {words(value + half)})"
