"""Flows of one life: what costs money or is worth health, when, and how much of it has accrued.

A flow is a lump at a moment (``begins`` = ``ends``) or an even stream; it is discounted at the very
moment at which it arises, to the family's entry.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from babs_sim.economics import discount_factor, unit_prices
from babs_sim.parameters import Model, Values
from babs_sim.simulate.single import OneLife

Steps = Sequence[tuple[float, float]]
PERSONS = ("mother", "child")


@dataclass(frozen=True, slots=True)
class Flow:
    """Pounds (kind ``cost``; to ``whom`` payer) or QALYs (``qaly``; of ``whom`` person).

    ``amount`` in all for a lump, a year for a stream; ``begins`` and ``ends`` are ages of the
    child; ``item`` is the unit cost, or "" for health; ``transfer`` as in unit_costs.csv.
    """

    kind: str
    whom: str
    item: str
    label: str
    begins: float
    ends: float
    amount: float
    transfer: bool = False

    @property
    def lump(self) -> bool:
        """Return whether it arises at one moment."""
        return self.begins == self.ends


def flows_of(one: OneLife, model: Model, values: Values, price_year: str) -> tuple[Flow, ...]:
    """Return every flow of one family in one arm, in pounds of ``price_year``."""
    from babs_sim.reference import utility_of

    life, entry = one.life, one.rules.entry
    flows = []
    for item in unit_prices(model, values, price_year):
        if item.quantity == "state":
            times = [(s.begins, s.ends) for s in life.spells if s.state == item.of]
        elif item.quantity == "event":
            times = [(t, t) for t, event in life.events if event == item.of]
        elif item.quantity == "activity":
            times = [(t, t) for t in activity_times(one, item.of)]
        else:
            times = [(entry, entry)]
        flows += [
            Flow("cost", item.payer, item.name, item.label, a, b, item.pounds, item.transfer)
            for a, b in times
            if b > a or item.quantity != "state"
        ]
    for person in PERSONS:
        flows += [
            Flow("qaly", person, "", "QALYs", a, b, utility)
            for a, b, utility in utility_of(one.rules, life, person)
        ]
    return tuple(sorted(flows, key=lambda f: (f.begins, f.ends, f.kind, f.whom, f.item)))


def activity_times(one: OneLife, activity: str) -> list[float]:
    """Return when the family got an activity of the service, as ages of the child."""
    times = one.exposure.activity[0, one.exposure.activities.index(activity)]
    return [float(times)] if times < one.rules.horizon else []


def accrued(flows: Iterable[Flow], until: float, entry: float, steps: Steps) -> float:
    """Return what has accrued by the child's age ``until`` (that moment included), discounted.

    ``steps`` as for `discount_factor`: (year since entry, yearly rate).
    """
    total = 0.0
    for flow in flows:
        if flow.begins > until:
            continue
        if flow.lump:
            total += flow.amount * float(discount_factor(np.array(flow.begins - entry), steps))
        else:
            end = min(flow.ends, until)
            total += flow.amount * discounted_years(flow.begins - entry, end - entry, steps)
    return total


def discounted_years(begins: float, ends: float, steps: Steps) -> float:
    """Return the integral of the discount factor between two times since entry, in years.

    >>> round(discounted_years(0.0, 1.0, [(0.0, 0.035)]), 9)
    0.982994845
    """
    limits = [start for start, _ in steps[1:]] + [math.inf]
    total = 0.0
    for (start, rate), end in zip(steps, limits, strict=True):
        a, b = max(begins, start if start > 0 else -math.inf), min(ends, end)
        if a >= b:
            continue
        pace = math.log1p(rate)
        length = b - a if pace == 0.0 else -math.expm1(-pace * (b - a)) / pace
        total += float(discount_factor(np.array(a), steps)) * length
    return total
