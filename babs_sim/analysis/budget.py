"""Budget impact of a service in a place: its years one by one, undiscounted, by payer.

Every figure is that of one service in one place.  Year 1 begins when the service does (or, after a
warm-up, when it is first followed).  A cost is positive; a saving is negative.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.accounts import Terms
from babs_sim.analysis.base import BaseCase, analyse
from babs_sim.analysis.ceiling import ENTRIES
from babs_sim.analysis.measures import Measure
from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.analysis.serving import Line, lines_of
from babs_sim.analysis.wording import number, pounds
from babs_sim.economics import PricedItem, block_error, price, replicate_means, unit_prices
from babs_sim.experiment import Experiment
from babs_sim.handover import Floats, Ledger
from babs_sim.parameters import Model
from babs_sim.simulate.programme import Programme, run_programmes
from babs_sim.simulate.running import Progress, run

if TYPE_CHECKING:
    from pandas import DataFrame

WHOLE = "perspective:"
"""What the name of a payer begins with that stands for all of a perspective."""
PER_FAMILY = {"per family": 1.0, "per 1,000 families": 1e-3}


@dataclass(frozen=True, slots=True)
class Impact:
    """Pounds (1 + B, C) by calendar year that one payer, or the perspective, pays more.

    ``fixed`` does not depend on how many families come (staff and opening), ``variable`` is what
    the service costs beside, ``others`` all other public costs; ``cashable`` is the part of the
    sum that a budget could release or must find.
    """

    payer: str
    label: str
    fixed: Floats
    variable: Floats
    others: Floats
    cashable: Floats

    @property
    def net(self) -> Floats:
        """Return all three together."""
        return self.fixed + self.variable + self.others


@dataclass(frozen=True, slots=True)
class PlaceBudget:
    """One arm in one place: impacts by payer, events prevented, and the base case of the place.

    ``prevented`` (1 + B, C) are fewer events of the break-even measure by calendar year; rows 1 on
    leave out a block of services, ``services`` (B,) of them each.  ``service_cost`` (1 + B, I) is
    what each of the ``items`` of the service costs in a mean year.
    """

    place: str
    label: str
    arm: str
    comparator: str
    yearly: float
    services: Floats
    impacts: tuple[Impact, ...]
    prevented_label: str
    prevented: Floats
    infant_entries: float | None
    lines: tuple[Line, ...]
    base: BaseCase
    items: tuple[PricedItem, ...]
    service_cost: Floats
    seed: int

    def error(self, figure: Floats) -> Floats:
        """Return the Monte Carlo error of a figure (1 + B, ...)."""
        return block_error(figure, self.services)

    @property
    def whole(self) -> Impact:
        """Return the impact in the perspective of the experiment."""
        return next(impact for impact in self.impacts if impact.payer.startswith(WHOLE))


def budget_of_place(
    experiment: Experiment, model: Model, workers: int, tell: Progress, base: BaseCase | None = None
) -> list[PlaceBudget]:
    """Return the budget of every arm but the comparator in the model's place.

    ``base`` is the base case of the same experiment and model, run here if it is not given.
    """
    case = base or analyse(run(experiment, model, workers, tell))
    programmes = run_programmes(experiment, model, workers, tell)
    return [_budget(model, case, programme) for programme in programmes]


def _budget(model: Model, case: BaseCase, programme: Programme) -> PlaceBudget:
    items = unit_prices(model, programme.values, case.terms.price_year)
    usual = unit_prices(
        model, model.values(case.run.experiment.comparator.set), case.terms.price_year
    )
    plain = np.tile([1.0, 0.0, 0.0], (programme.years, 1))
    services = programme.ledger.families
    pounds = replicate_means(price(programme.ledger, items, plain), services)
    before = replicate_means(price(programme.usual, usual, plain), services)
    change = pounds - before
    measure = next((m for m in case.measures if m.kind == "break even"), None)
    limit = model.parameters.get(ENTRIES)
    return PlaceBudget(
        place=model.place,
        label=str(model.values().settings.get("place.label", model.place)),
        arm=programme.arm,
        comparator=case.comparator,
        yearly=programme.yearly,
        services=services,
        impacts=tuple(_impacts(model, case.terms, programme, items, change)),
        prevented_label=_label(case, measure),
        prevented=_prevented(programme, measure),
        infant_entries=None if limit is None else limit.value,
        lines=() if programme.log is None else lines_of(programme.log),
        base=case,
        items=items,
        service_cost=change.mean(axis=2) * _of_service(items, case.terms),
        seed=case.run.experiment.cohort.seed,
    )


def _of_service(items: Sequence[PricedItem], terms: Terms) -> Floats:
    """Return 1 for the items of the service that count in the perspective, 0 for others (I,)."""
    counts = terms.perspective.counts
    return np.array([float(i.quantity == "activity" and counts(i)) for i in items])


def _impacts(
    model: Model, terms: Terms, programme: Programme, items: Sequence[PricedItem], change: Floats
) -> Iterator[Impact]:
    paid = set(model_fixed(model))
    fixed = np.array([item.of in paid for item in items])
    service = np.array([item.quantity == "activity" for item in items])
    cashable = np.array([item.cashable for item in items])

    def impact(payer: str, label: str, counts: Floats) -> Impact:
        def total(of: Floats) -> Floats:
            return np.asarray((change * (counts * of)[:, None]).sum(axis=1))

        return Impact(
            payer, label, total(fixed), total(service & ~fixed), total(~service), total(cashable)
        )

    perspective = terms.perspective
    whole = np.array([perspective.counts(item) for item in items], dtype=float)
    yield impact(f"{WHOLE}{perspective.name}", perspective.label, whole)
    for payer in model.table("payers"):
        own = np.array([item.payer == payer.name for item in items], dtype=float)
        if own.any():
            yield impact(payer.name, payer.label, own)


def model_fixed(model: Model) -> tuple[str, ...]:
    """Return the activities that are paid however many families come."""
    from babs_sim.parameters.catalogue import START_UP
    from babs_sim.parameters.service import roles_of

    return (*roles_of(model), START_UP)


def _label(case: BaseCase, measure: Measure | None) -> str:
    """Return what the events of the break-even measure are called where they are counted."""
    if measure is None:
        return ""
    same = (m for m in case.measures if m.kind == "count" and set(m.of) == set(measure.of))
    return next((m.label for m in same), measure.label)


def _prevented(programme: Programme, measure: Measure | None) -> Floats:
    """Return fewer events (1 + B, C) with the service than without."""
    if measure is None:
        return np.zeros((1 + len(programme.ledger.families), programme.years))

    def counted(ledger: Ledger) -> Floats:
        assert measure is not None
        chosen = [ledger.events.index(name) for name in measure.of]
        return replicate_means(ledger.count[..., 0][:, chosen].sum(axis=1), ledger.families)

    return counted(programme.usual) - counted(programme.ledger)


def budget_frame(budgets: Sequence[PlaceBudget]) -> "DataFrame":
    """Return pounds by place, arm, year and payer, with the Monte Carlo error of the net impact.

    Rows with the year ``all`` hold the sum over the years.
    """
    from pandas import DataFrame

    rows = []
    for one in budgets:
        for impact in one.impacts:
            parts = (impact.fixed, impact.variable, impact.others, impact.net, impact.cashable)
            years = impact.net.shape[1]
            for name, columns in [(str(y + 1), [y]) for y in range(years)] + [
                ("all", list(range(years)))
            ]:
                sums = [part[:, columns].sum(axis=1) for part in parts]
                found = [float(total[0]) for total in sums]
                about = (one.place, one.arm, one.comparator, name, impact.payer)
                rows.append((*about, *found, float(one.error(sums[3]))))
    return DataFrame(
        rows,
        columns=["place", "arm", "comparator", "year", "payer", "service_fixed",
                 "service_variable", "other_costs", "net", "net_cashable", "mc_error"],
    )  # fmt: skip


def programme_frame(budgets: Sequence[PlaceBudget]) -> "DataFrame":
    """Return what a service does in its place, one figure a row, with its Monte Carlo error.

    ``scope`` is ``year`` (a mean year of the service), ``years`` (all that are followed) or
    ``lifetime`` (all families of one year's intake, over the horizon of the experiment).
    """
    from pandas import DataFrame

    rows = [
        (one.place, one.arm, scope, line.name, line.label, line.unit, line.value, line.error)
        for one in budgets
        for scope, line in _figures(one)
    ]
    return DataFrame(
        rows,
        columns=["place", "arm", "scope", "figure", "label", "unit", "value", "mc_error"],
    )


def _figures(one: PlaceBudget) -> Iterator[tuple[str, Line]]:
    yield "year", Line("intake", "Accepted referrals expected", "a year", one.yearly)
    for line in one.lines:
        yield "year", line
    cost = (one.whole.fixed + one.whole.variable).mean(axis=1)
    yield "year", _line(one, "service_cost", "Cost of the service", "£ a year", cost)
    started = next((line.value for line in one.lines if line.name == "started"), 0.0)
    if started > 0.0:
        per = cost / started
        yield "year", _line(one, "cost_per_start", "Cost per family that starts", "£", per)
    total = one.prevented.sum(axis=1)
    yield "years", _line(one, "prevented", f"{one.prevented_label} prevented", "events", total)
    for figure in one.base.incremental[one.arm]:
        ending = next((end for end in PER_FAMILY if figure.unit.endswith(end)), None)
        if ending is None:
            continue
        scale = one.yearly * PER_FAMILY[ending]
        unit = figure.unit.removesuffix(ending).strip()
        yield "lifetime", Line(figure.measure, "", unit, figure.value * scale, figure.error * scale)


def _line(one: PlaceBudget, name: str, label: str, unit: str, figure: Floats) -> Line:
    return Line(name, label, unit, float(figure[0]), float(one.error(figure)))


def budget_checks(budgets: Sequence[PlaceBudget]) -> tuple[str, ...]:
    """Return the checks of every place: those of its base case, place by place."""
    found = {(one.label, text): None for one in budgets for text in one.base.checks()}
    return tuple(f"{label}: {text}" for label, text in found)


def shown_figures(one: PlaceBudget) -> list[tuple[str, str]]:
    """Return labels and texts of the figures that a commissioner looks at first."""
    found = {line.name: line for scope, line in _figures(one) if scope != "lifetime"}

    def plain(name: str) -> str:
        return number(found[name].value) if name in found else "-"

    def money(figure: Floats) -> str:
        value, error = float(figure[0]), float(one.error(figure))
        half = NORMAL_95 * error
        return f"{pounds(value)} ({pounds(value - half)} to {pounds(value + half)})"

    rows = [
        ("Accepted referrals expected a year", plain("intake")),
        ("Families who start a year", plain("started")),
        ("Places of the team", plain("places")),
        ("Families waiting, mean", plain("waiting_list")),
        ("Wait of those who start, mean weeks", plain("wait_mean")),
        ("Cost of the service a year", pounds(found["service_cost"].value)),
        ("Cost per family that starts", pounds(found["cost_per_start"].value)
         if "cost_per_start" in found else "-"),
    ]  # fmt: skip
    whole = one.whole
    rows += [
        (f"Net impact, {whole.label}, year {year + 1}", money(whole.net[:, year]))
        for year in range(whole.net.shape[1])
    ]
    rows.append((f"Net impact, {whole.label}, all years", money(whole.net.sum(axis=1))))
    rows.append(("  of it what budgets must find", money(whole.cashable.sum(axis=1))))
    rows += [
        (f"Net impact, {impact.label.split(':')[0]}, all years", money(impact.net.sum(axis=1)))
        for impact in one.impacts[1:]
        if abs(impact.net[0]).sum() > 0.0
    ]
    if one.prevented_label:
        prevented = one.prevented.sum(axis=1)
        half = NORMAL_95 * float(one.error(prevented))
        value = float(prevented[0])
        text = f"{number(value)} ({number(value - half)} to {number(value + half)})"
        rows.append((f"{one.prevented_label} prevented, all years", text))
    return rows
