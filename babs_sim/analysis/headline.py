"""The lines that a person reads first."""

from collections.abc import Callable, Iterator

from babs_sim.analysis.base import Analysis
from babs_sim.analysis.comparing import Figure
from babs_sim.analysis.derived import DOMINANT, DOMINATED, NORTH_EAST, SOUTH_WEST
from babs_sim.analysis.measures import Measure
from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.economics import discount_steps

NORMAL_95 = 1.959964
MAIN_PAYERS = 4
PER = 1000.0

_QUADRANTS = {
    NORTH_EAST: "costs more and gains QALYs: {icer} a QALY gained",
    SOUTH_WEST: "costs less and loses QALYs: {icer} saved for each QALY lost",
    DOMINANT: "dominant: no worse in cost or QALYs, and better in one",
    DOMINATED: "dominated: no better in cost or QALYs, and worse in one",
}


def headline(analysis: Analysis, arm: str | None = None) -> list[str]:
    """Return about ten lines on one arm against the comparator (by default the first such arm).

    Rows of measures.csv with a ``headline`` number fill the middle.  Every interval is Monte Carlo
    error only, and the last line says so.  Raises KeyError for an unknown arm.
    """
    others = list(analysis.incremental)
    chosen = arm or (others[0] if others else "")
    if not chosen:
        return [_question(analysis, ""), *_setting(analysis), *_alone(analysis)]
    figures = {figure.measure: figure for figure in analysis.incremental[chosen]}
    lines = [_question(analysis, chosen), *_setting(analysis)]
    lines.append(_service(analysis, chosen))
    shown = [measure for measure in analysis.measures if measure.headline is not None]
    lines += [
        _measure(analysis, measure, chosen, figures)
        for measure in shown
        if measure.kind != "break even"
    ]
    lines.append(_payers(analysis, figures))
    lines.append(_worth(analysis, figures))
    lines += [_break_even(measure, figures) for measure in shown if measure.kind == "break even"]
    lines.append(
        "Intervals are 95 % Monte Carlo intervals: chance in the simulation alone. They say "
        "nothing about how uncertain the parameters are."
    )
    return lines


def _question(analysis: Analysis, arm: str) -> str:
    against = f": {arm} compared with {analysis.comparator}" if arm else f": {analysis.comparator}"
    return f"{analysis.run.experiment.title}{against}."


def _setting(analysis: Analysis) -> Iterator[str]:
    cohort, terms, model = analysis.run.experiment.cohort, analysis.terms, analysis.run.model
    place = f" in {cohort.place}" if cohort.place else ""
    rates = []
    for what in ("costs", "health"):
        steps = discount_steps(model, model.values(), terms.discounting, what)
        falling = f" falling to {percent(steps[-1][1])}" if len(steps) > 1 else ""
        rates.append(f"{what} {percent(steps[0][1])}{falling}")
    yield (
        f"{cohort.families:,} families ({cohort.population}){place}, followed until the child is "
        f"{number(terms.horizon)}; discounting {terms.discounting} ({', '.join(rates)} a year)."
    )
    yield f"Costs are those of: {terms.perspective.label}, in prices of {terms.price_year}."


def _alone(analysis: Analysis) -> Iterator[str]:
    figures = {figure.measure: figure for figure in analysis.summary[analysis.comparator]}
    for measure in analysis.measures:
        if measure.headline is not None and measure.name in figures:
            figure = figures[measure.name]
            yield f"{measure.label}: {number(figure.value)} {measure.unit}."
    yield "There is one arm only, so nothing is compared."


def _service(analysis: Analysis, arm: str) -> str:
    row = next(f for f in analysis.summary[arm] if f.measure == "service_cost")
    return f"The service costs {_money(row)} a family, over all families, whoever pays."


def _measure(
    analysis: Analysis, measure: Measure, arm: str, figures: dict[str, Figure]
) -> str:
    change = figures[measure.name]
    if measure.kind == "cost":
        return f"{measure.label}, change: {_money(change)} a family."
    factor = PER / measure.scale
    difference = _with_interval(change, factor)
    if measure.kind == "qaly":
        return f"{measure.label}, change per 1,000 families: {difference}."
    with_arm, without = (
        next(f.value for f in analysis.summary[one] if f.measure == measure.name)
        for one in (arm, analysis.comparator)
    )
    return (
        f"{measure.label} per 1,000 families: {number(factor * with_arm)} with {arm}, "
        f"{number(factor * without)} with {analysis.comparator}; difference {difference}."
    )


def _payers(analysis: Analysis, figures: dict[str, Figure]) -> str:
    labels = {row.name: row.label for row in analysis.run.model.table("payers")}
    flows = [
        (measure.payer, figures[measure.name]) for measure in analysis.measures if measure.payer
    ]
    flows = sorted(flows, key=lambda flow: (-abs(flow[1].value), flow[0]))[:MAIN_PAYERS]
    main = "; ".join(f"{labels[payer]} {_money(figure)}" for payer, figure in flows)
    total = _money(figures["cost"])
    return f"Net cost a family: {total} in all; by main payer: {main}."


def _worth(analysis: Analysis, figures: dict[str, Figure]) -> str:
    name = analysis.terms.qaly_value
    value = analysis.accounts[analysis.comparator].qaly_values[name]
    words = _QUADRANTS.get(int(figures["icer_quadrant"].value), "no difference in cost or QALYs")
    ratio = words.format(icer=pounds(figures["icer"].value))
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


def _money(figure: Figure) -> str:
    return _interval(figure, pounds, 1.0)


def _interval(figure: Figure, words: Callable[[float], str], factor: float) -> str:
    """Return a value with its interval; the value alone where there is no error to speak of."""
    value, half = factor * figure.value, factor * NORMAL_95 * figure.error
    if not half > 0:
        return words(value)
    return f"{words(value)} ({words(value - half)} to {words(value + half)})"
