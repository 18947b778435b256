"""Figures of an arm, and of an arm against the comparator, each with its Monte Carlo error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from babs_sim.analysis.accounts import Account, Terms, cost_by_year, evaluate, paired
from babs_sim.analysis.derived import (
    NEVER,
    NOTHING,
    PAYS_BACK,
    QUADRANTS,
    benefit_cost_ratio,
    break_even,
    icer,
    net_monetary_benefit,
    payback,
    quadrant,
)
from babs_sim.analysis.measures import Measure
from babs_sim.handover import Floats

POUNDS = "£ per family"
BUDGET_YEARS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table: ``error`` is the Monte Carlo error, nan where it has none.

    ``replicates`` (R,) is what it was computed from, None where it has none.
    """

    measure: str
    unit: str
    value: float
    error: float
    replicates: Floats | None = field(default=None, compare=False, repr=False)


def figure(account: Account, name: str, unit: str, replicates: Floats) -> Figure:
    """Return a figure from its replicates (R,)."""
    return Figure(name, unit, float(replicates[0]), float(account.error(replicates)), replicates)


def summary_of(account: Account, measures: Sequence[Measure]) -> Iterator[Figure]:
    """Yield every measure of one arm, discounted ones with an undiscounted companion."""
    for measure in measures:
        if measure.kind == "break even":
            continue
        yield figure(account, measure.name, measure.unit, evaluate(measure, account))
        if measure.discounted:
            plain = evaluate(measure, account, discounted=False)
            yield figure(account, f"{measure.name}_undiscounted", measure.unit, plain)


def increments(
    account: Account, comparator: Account, measures: Sequence[Measure], terms: Terms
) -> Iterator[Figure]:
    """Yield every measure as arm minus comparator, then the figures that need both arms.

    Costs are those of the perspective, QALYs those of mother and child together, both discounted.
    Raises ValueError where the arms do not hold the same families.
    """
    paired(account, comparator)
    for measure in measures:
        if measure.kind == "break even":
            continue
        yield figure(account, measure.name, measure.unit, _change(measure, account, comparator))
        if measure.discounted:
            plain = _change(measure, account, comparator, discounted=False)
            yield figure(account, f"{measure.name}_undiscounted", measure.unit, plain)
    by_name = {measure.name: measure for measure in measures}
    cost = _change(by_name["cost"], account, comparator)
    qalys = _change(by_name["qalys"], account, comparator)
    spent = _money(account, terms, service=True) - _money(comparator, terms, service=True)

    yield figure(account, "icer", "£ per QALY", icer(cost, qalys))
    codes = "; ".join(f"{code} {words.split(':')[0]}" for code, words in QUADRANTS.items())
    yield Figure("icer_quadrant", codes, float(quadrant(cost, qalys)[0]), np.nan)
    chosen = comparator.qaly_values[terms.qaly_value]
    worth = net_monetary_benefit(cost, qalys, chosen)
    yield figure(account, "net_monetary_benefit", POUNDS, worth)
    for name, value in sorted(comparator.qaly_values.items()):
        other = net_monetary_benefit(cost, qalys, value)
        yield figure(account, f"net_monetary_benefit_{name}", POUNDS, other)
    yield figure(account, "net_present_value", POUNDS, 0.0 - cost)
    benefit = chosen * qalys - (cost - spent)
    yield figure(account, "benefit_cost_ratio", "£ per £", benefit_cost_ratio(benefit, spent))
    yield from _cashable(account, comparator, terms)
    yield from _paybacks(account, comparator, by_name)
    yield from _budget(account, comparator, by_name["cost"])
    for measure in measures:
        if measure.kind == "break even":
            needed, prevented = _break_even(measure, account, comparator, cost)
            yield figure(account, measure.name, measure.unit, needed)
            yield figure(account, f"{measure.name}_prevented", measure.unit, prevented)


def cost_change(
    measure: Measure, account: Account, comparator: Account, discounted: bool = True
) -> Floats:
    """Return incremental pounds per family by year of follow-up (R, Y)."""
    arm, base = (cost_by_year(measure, one, discounted) for one in (account, comparator))
    return arm - base


def cashable_by_year(measure: Measure, account: Account) -> Floats:
    """Return the cashable part of a measure's undiscounted pounds per family, (R, Y)."""
    assert measure.items is not None
    share = np.array([item.cashable * measure.items(item) for item in account.items])
    return np.asarray((account.pounds * share[:, None]).sum(axis=1))


def _change(
    measure: Measure, account: Account, comparator: Account, discounted: bool = True
) -> Floats:
    return evaluate(measure, account, discounted) - evaluate(measure, comparator, discounted)


def _money(
    account: Account,
    terms: Terms,
    *,
    service: bool,
    cashable: bool = False,
    discounted: bool = True,
) -> Floats:
    """Return pounds (R,) of the perspective for the service's activities, or for all the rest."""
    weight = np.array(
        [
            ((item.quantity == "activity") is service and terms.perspective.counts(item))
            * (item.cashable if cashable else 1.0)
            for item in account.items
        ]
    )
    pounds = account.pounds_discounted if discounted else account.pounds
    return np.asarray((pounds * weight[:, None]).sum(axis=(1, 2)))


def _cashable(account: Account, comparator: Account, terms: Terms) -> Iterator[Figure]:
    for name, discounted in (("cashable_savings", True), ("cashable_savings_undiscounted", False)):
        with_arm, without = (
            _money(one, terms, service=False, cashable=True, discounted=discounted)
            for one in (account, comparator)
        )
        yield figure(account, name, POUNDS, without - with_arm)


def _paybacks(
    account: Account, comparator: Account, by_name: dict[str, Measure]
) -> Iterator[Figure]:
    codes = f"{PAYS_BACK} pays back, {NEVER} not within the horizon, {NOTHING} nothing flows"
    for measure in by_name.values():
        whole = measure.name == "cost"
        if not whole and not measure.payer:
            continue
        ending = "" if whole else f"_{measure.payer}"
        change = cost_change(measure, account, comparator)
        years, status = payback(change, account.ends)
        yield figure(account, f"payback_years{ending}", "years since entry", years)
        yield Figure(f"payback_status{ending}", codes, float(status[0]), np.nan)


def _budget(account: Account, comparator: Account, cost: Measure) -> Iterator[Figure]:
    """Yield undiscounted impact by year; the first is pregnancy and the first year of life."""
    change = cost_change(cost, account, comparator, discounted=False)
    for number in range(1, min(BUDGET_YEARS, change.shape[1] - 1) + 1):
        years = slice(0, 2) if number == 1 else slice(number, number + 1)
        impact = change[:, years].sum(axis=1)
        yield figure(account, f"budget_impact_year_{number}", POUNDS, impact)


def _break_even(
    measure: Measure, account: Account, comparator: Account, cost: Floats
) -> tuple[Floats, Floats]:
    """Return how many events must be prevented to break even, and how many are prevented."""
    own = cost_change(measure, account, comparator).sum(axis=1)
    paid = cost_by_year(measure, comparator).sum(axis=1)
    with_arm, without = (
        one.count[:, [one.events.index(name) for name in measure.of]].sum(axis=(1, 2))
        for one in (account, comparator)
    )
    needed = break_even(cost - own, paid, without)
    return needed * measure.scale, (without - with_arm) * measure.scale
