"""The account of one arm: means per family, with a replicate for each block left out.

Shapes: R = 1 + B replicates (row 0 all families, row 1 + b without block b), E events, S states,
I priced items, Y years of follow-up, 2 persons (mother, child).
"""

from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.measures import PERSONS, Measure
from babs_sim.economics import (
    Perspective,
    PricedItem,
    block_error,
    discount_weights,
    price,
    qaly_values,
    read_perspective,
    replicate_means,
    unit_prices,
    year_limits,
)
from babs_sim.experiment import Experiment
from babs_sim.handover import Floats, Ledger
from babs_sim.parameters import Model, Values


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in which money and health are stated."""

    price_year: str
    discounting: str
    perspective: Perspective
    qaly_value: str


@dataclass(frozen=True, slots=True)
class Account:
    """One arm in numbers: means per family of quantities, pounds and QALYs.

    ``count`` (R, E, Y), ``years`` and ``first`` (R, S, Y), ``aces`` (R, N, Y): children whose ACEs
    have come to 1, 2, ..., N; ``pounds`` and ``pounds_discounted`` (R, I, Y), ``qalys`` and
    ``qalys_discounted`` (R, 2, Y); ``families`` (B,); ``ends`` (Y,) years since entry at which the
    years of follow-up end; ``qaly_values`` pounds for a QALY by name.
    """

    arm: str
    families: Floats
    ends: Floats
    events: tuple[str, ...]
    states: tuple[str, ...]
    items: tuple[PricedItem, ...]
    count: Floats
    years: Floats
    first: Floats
    aces: Floats
    pounds: Floats
    pounds_discounted: Floats
    qalys: Floats
    qalys_discounted: Floats
    qaly_values: dict[str, float]

    def error(self, figure: Floats) -> Floats:
        """Return the Monte Carlo error of a figure (R, ...) computed on each replicate."""
        return block_error(figure, self.families)


def terms_of(experiment: Experiment, model: Model) -> Terms:
    """Return the terms of an experiment; raises KeyError for an unknown perspective."""
    money = experiment.money
    return Terms(
        price_year=money.price_year,
        discounting=money.discounting,
        perspective=read_perspective(model, money.perspective),
        qaly_value=money.qaly_value,
    )


def account_of(arm: str, ledger: Ledger, model: Model, values: Values, terms: Terms) -> Account:
    """Price a ledger and take means over families.

    ``values`` are those of the arm.  Raises KeyError where a price or rate is missing.
    """
    years = ledger.count.shape[2]
    items = unit_prices(model, values, terms.price_year)
    plain = np.tile([1.0, 0.0, 0.0], (years, 1))
    costs, health = (
        discount_weights(model, values, terms.discounting, what, ledger.entry, years)
        for what in ("costs", "health")
    )

    def means(totals: Floats) -> Floats:
        return replicate_means(totals, ledger.families)

    return Account(
        arm=arm,
        families=ledger.families,
        ends=year_limits(ledger.entry, years)[1:],
        events=ledger.events,
        states=ledger.states,
        items=items,
        count=means(ledger.count[..., 0]),
        years=means(ledger.years[..., 0]),
        first=means(ledger.first[..., 0]),
        aces=means(ledger.aces[..., 0])
        if ledger.aces.size
        else np.zeros((1 + len(ledger.families), 0, 0)),
        pounds=means(price(ledger, items, plain)),
        pounds_discounted=means(price(ledger, items, costs)),
        qalys=means(ledger.qalys[..., 0]),
        qalys_discounted=means((ledger.qalys * health).sum(axis=-1)),
        qaly_values=qaly_values(model, values),
    )


def paired(account: Account, comparator: Account) -> None:
    """Raise ValueError unless two accounts hold the same blocks of families and the same years."""
    if not np.array_equal(account.families, comparator.families):
        raise ValueError(f"{account.arm} and {comparator.arm} have different blocks of families")
    if not np.array_equal(account.ends, comparator.ends):
        raise ValueError(f"{account.arm} and {comparator.arm} have different years of follow-up")


def evaluate(
    measure: Measure, account: Account, discounted: bool = True, by_age: int | None = None
) -> Floats:
    """Return a measure (R,) of one arm, in its unit; undiscounted on demand.

    Counts, years and people are never discounted.  ``by_age`` leaves out the years from that age
    of the child on.  Raises ValueError for ``break even``, which compares two arms.
    """
    if measure.kind == "count":
        figure = account.count[:, _where(account.events, measure.of)]
    elif measure.kind == "time":
        figure = account.years[:, _where(account.states, measure.of)]
    elif measure.kind == "first":
        figure = account.first[:, _where(account.states, measure.of)]
    elif measure.kind == "counter":
        figure = account.aces if measure.least is None else _reached(account, measure.least)
    elif measure.kind == "qaly":
        qalys = account.qalys_discounted if discounted else account.qalys
        figure = qalys[:, _where(PERSONS, measure.of)]
    elif measure.kind == "cost":
        figure = cost_by_year(measure, account, discounted)[:, None]
    else:
        raise ValueError(f"{measure.name} is no measure of one arm")
    until = None if by_age is None else by_age + 1
    return np.asarray(figure[..., :until].sum(axis=(1, 2)) * (measure.scale * measure.times))


def cost_by_year(measure: Measure, account: Account, discounted: bool = True) -> Floats:
    """Return pounds per family (R, Y) of the unit costs that belong to a measure."""
    assert measure.items is not None
    chosen = [i for i, item in enumerate(account.items) if measure.items(item)]
    pounds = account.pounds_discounted if discounted else account.pounds
    return np.asarray(pounds[:, chosen].sum(axis=1))


def _reached(account: Account, least: int) -> Floats:
    return account.aces[:, least - 1 : least]


def _where(names: tuple[str, ...], wanted: tuple[str, ...]) -> list[int]:
    return [names.index(name) for name in wanted]
