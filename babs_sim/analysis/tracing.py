"""The life of one family in several arms, side by side: events, costs and QALYs.

A family is named by its number, from 1, or picked by a rule among the first families of the
experiment (`PICKS`).  It is one simulated life: nothing follows from it for families at large.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.accounts import Terms, terms_of
from babs_sim.analysis.flows import Flow, accrued, flows_of
from babs_sim.economics import PricedItem, discount_steps, discount_weights, price, unit_prices
from babs_sim.errors import Problem, Problems, nearest
from babs_sim.experiment import Experiment
from babs_sim.handover import Floats, Ledger
from babs_sim.parameters import Model
from babs_sim.simulate.single import OneLife, Prepared, live_each, live_one

if TYPE_CHECKING:
    from pandas import DataFrame

SEARCHED = 2_000
"""Families among which one is picked, unless the experiment has fewer."""
_CHUNK = 50

PICKS = {
    "cost": "the largest difference in discounted cost between the arms",
    "care": "the first with fewer events of the break-even measure in the second arm",
    "median": "the median discounted cost in the first arm",
}
"""Rules by which a family is picked; ties go to the lower number."""


@dataclass(frozen=True)
class TracedArm:
    """One family in one arm, with its flows of money and health."""

    name: str
    one: OneLife
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Trace:
    """One family in its arms, the first of them the one to compare with.

    ``family`` counts from 1; ``costs`` and ``health`` are the discount steps.
    """

    experiment: Experiment
    model: Model
    terms: Terms
    family: int
    chosen: str
    arms: tuple[TracedArm, ...]
    costs: tuple[tuple[float, float], ...]
    health: tuple[tuple[float, float], ...]

    @property
    def entry(self) -> float:
        """Age of the child at entry."""
        return self.arms[0].one.rules.entry

    @property
    def horizon(self) -> float:
        """Age of the child at the end."""
        return self.arms[0].one.rules.horizon

    @cached_property
    def differs(self) -> bool:
        """Return whether the arms differ in anything that happens or accrues."""
        first = self.arms[0]
        return any(
            arm.one.life.events != first.one.life.events
            or arm.one.life.spells != first.one.life.spells
            or arm.flows != first.flows
            for arm in self.arms[1:]
        )

    def counted(self, arm: TracedArm, payer: str = "") -> list[Flow]:
        """Return the costs that count in the perspective, of one payer or of all."""
        perspective = self.terms.perspective
        return [
            flow
            for flow in arm.flows
            if flow.kind == "cost"
            and payer in ("", flow.whom)
            and flow.whom in (perspective.transfers if flow.transfer else perspective.payers)
        ]

    def cost(self, arm: TracedArm, until: float | None = None, payer: str = "") -> float:
        """Return pounds by the child's age ``until``, discounted, in the perspective."""
        age = self.horizon if until is None else until
        return accrued(self.counted(arm, payer), age, self.entry, self.costs)

    def qalys(self, arm: TracedArm, until: float | None = None, person: str = "") -> float:
        """Return discounted QALYs by the child's age ``until``, of one person or of both."""
        age = self.horizon if until is None else until
        flows = [f for f in arm.flows if f.kind == "qaly" and person in ("", f.whom)]
        return accrued(flows, age, self.entry, self.health)

    @cached_property
    def payers(self) -> tuple[str, ...]:
        """Return the payers that pay anything, in the order of the perspective."""
        paying = {flow.whom for arm in self.arms for flow in self.counted(arm) if flow.amount}
        return tuple(payer for payer in self.terms.perspective.payers if payer in paying)

    @property
    def labels(self) -> dict[str, str]:
        """Return labels of events, states, payers and activities."""
        model = self.model
        found = {row.name: row.label for row in model.table("events")}
        found |= {row.name: row.label for row in model.table("states")}
        found |= {row.name: row.label for row in model.table("payers")}
        for name in self.arms[0].one.life.starts:
            found[name] = str(model.values().setting(f"{name}.label", name))
        return found

    def tables(self) -> "dict[str, DataFrame]":
        """Return the tables of the results folder: events, spells, accrual and traits."""
        from babs_sim.analysis import timeline

        return timeline.tables(self)


def trace_family(
    prepared: Prepared, family: int | None, pick: str = "", searched: int = SEARCHED
) -> Trace:
    """Trace family ``family`` (from 1), or the one that the rule ``pick`` of `PICKS` finds.

    Raises `Problems` for a number that no family has, an unknown rule, and where no family fits.
    """
    number = prepared.experiment.cohort.families
    if family is not None:
        check_family(family, number)
    chosen = ""
    terms = terms_of(prepared.experiment, prepared.model)
    if family is None:
        searched = min(searched, number)
        family = 1 + pick_family(prepared, terms, pick, searched)
        chosen = f"{PICKS[pick]}{_named(prepared.model, pick)}, among families 1 to {searched:,}"
    arms = []
    for one in live_one(prepared, family - 1):
        flows = flows_of(one, prepared.model, one.arm.values, terms.price_year)
        arms.append(TracedArm(one.arm.name, one, flows))
    values = prepared.arms[0].values
    costs, health = (
        tuple(discount_steps(prepared.model, values, terms.discounting, what))
        for what in ("costs", "health")
    )
    return Trace(
        prepared.experiment, prepared.model, terms, family, chosen, tuple(arms), costs, health
    )


def _named(model: Model, pick: str) -> str:
    """Return the labels of the events that a rule looks for, in brackets."""
    if pick != "care":
        return ""
    labels = {row.name: row.label for row in model.table("events")}
    return f" ({'; '.join(labels[name] for name in prevented_events(model))})"


def check_family(family: int | None, number: int) -> None:
    """Raise `Problems` unless a family's number is one of 1 to ``number``."""
    if family is None or not 1 <= family <= number:
        hint = f"the experiment has families 1 to {number:,}"
        text = "there is no such family"
        raise Problems([Problem("", None, "--family", text, str(family), hint)])


def check_pick(pick: str, model: Model, arms: Sequence[str]) -> None:
    """Raise `Problems` unless a rule is known and the model and the arms allow it."""
    field = "--pick"
    if pick not in PICKS:
        hint = nearest(pick, PICKS)
        raise Problems([Problem("", None, field, "is not a rule", pick, hint)])
    if pick != "median" and len(arms) < 2:
        hint = "name two arms, or pick by 'median'"
        raise Problems([Problem("", None, field, "compares two arms", pick, hint)])
    if pick == "care" and not prevented_events(model):
        text, hint = "needs a measure of the kind 'break even'", "add one to measures.csv"
        raise Problems([Problem("", None, field, text, pick, hint)])


def prevented_events(model: Model) -> tuple[str, ...]:
    """Return the events of the first measure of the kind ``break even``, () where there is none."""
    for row in model.table("measures"):
        if row.kind == "break even":
            return tuple(row.of.split())
    return ()


def pick_family(prepared: Prepared, terms: Terms, pick: str, searched: int) -> int:
    """Return the family (from 0) that a rule finds among the first ``searched``.

    Raises `Problems` where the rule ``care`` finds none.
    """
    names = [arm.name for arm in prepared.arms]
    check_pick(pick, prepared.model, names)
    cost = np.zeros((len(names), searched))
    number = np.zeros((len(names), searched))
    wanted = prevented_events(prepared.model)
    for first in range(0, searched, _CHUNK):
        here = slice(first, min(first + _CHUNK, searched))
        for a, ledger in enumerate(live_each(prepared, first, here.stop - here.start)):
            cost[a, here] = costs_of(prepared, a, ledger, terms)
            events = [ledger.events.index(event) for event in wanted]
            number[a, here] = ledger.count[..., 0][:, events].sum(axis=(1, 2))
    if pick == "median":
        order = np.argsort(cost[0], kind="stable")
        return int(order[(searched - 1) // 2])
    if pick == "cost":
        return int(np.argmax(np.abs(cost[1] - cost[0])))
    fewer = np.flatnonzero(number[1] < number[0])
    if not len(fewer):
        text = f"none of the families 1 to {searched:,} has fewer of them in '{names[1]}'"
        hint = "use another arm, more families, or pick by 'cost'"
        raise Problems([Problem("", None, "--pick", text, pick, hint)])
    return int(fewer[0])


def costs_of(prepared: Prepared, arm: int, ledger: Ledger, terms: Terms) -> Floats:
    """Return discounted pounds of each block (B,) in the perspective."""
    values = prepared.arms[arm].values
    items: list[PricedItem] = [
        item
        for item in unit_prices(prepared.model, values, terms.price_year)
        if terms.perspective.counts(item)
    ]
    weights = discount_weights(
        prepared.model, values, terms.discounting, "costs", ledger.entry, ledger.count.shape[2]
    )
    total: Floats = price(ledger, items, weights).sum(axis=(1, 2))
    return total
