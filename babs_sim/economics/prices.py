"""Unit prices: what one unit of something costs each payer, in pounds of one price year."""

from dataclasses import dataclass
from typing import Literal

from babs_sim.parameters import Model, Values
from babs_sim.parameters.service import REPLACES, is_limited
from babs_sim.units import MONTHS_PER_YEAR, WEEKS_PER_YEAR

PER_YEAR = {"per week": WEEKS_PER_YEAR, "per month": MONTHS_PER_YEAR, "per year": 1.0}
"""Units of a person-year for each basis of time."""

Quantity = Literal["event", "state", "activity", "family"]


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One payer's part of one unit cost.

    ``of`` names what it is paid for, of the kind ``quantity``; ``pounds`` are per event, activity
    or family, or per person-year in a state, in the price year; ``cashable`` is a share, 0 to 1.
    """

    name: str
    label: str
    quantity: Quantity
    of: str
    pounds: float
    payer: str
    kind: str
    cashable: float
    transfer: bool


def payer_shares(text: str) -> dict[str, float]:
    """Return each payer's share of a unit cost; one payer alone pays all.

    >>> payer_shares("moj 0.6; local_authority 0.4")
    {'moj': 0.6, 'local_authority': 0.4}
    """
    parts = [part.split() for part in text.split(";") if part.strip()]
    return {part[0]: float(part[1]) if len(part) > 1 else 1.0 for part in parts}


def price_factor(values: Values, index: str, from_year: str, to_year: str) -> float:
    """Return what pounds of ``from_year`` are multiplied by to be pounds of ``to_year``."""
    if from_year == to_year:
        return 1.0
    return values[f"index.{index}.{to_year}"] / values[f"index.{index}.{from_year}"]


def unit_prices(model: Model, values: Values, price_year: str) -> tuple[PricedItem, ...]:
    """Return every unit cost in pounds of ``price_year``, one item a payer, in order of name.

    Where the team is limited its staff are paid, and the costs that they replace are 0.
    Raises KeyError where an index lacks the price year.
    """
    owners: dict[str, Quantity] = {"family": "family"}
    owners |= {row.name: "event" for row in model.table("events")}
    owners |= {row.name: "state" for row in model.table("states")}
    items = []
    replaced = values.setting(REPLACES, ()) if is_limited(values) else ()
    for cost in model.table("unit_costs"):
        factor = price_factor(values, cost.index, cost.price_year, price_year)
        pounds = values[cost.key] * PER_YEAR.get(cost.basis, 1.0) * factor
        if cost.name in replaced:
            pounds = 0.0
        items += [
            PricedItem(
                name=cost.name,
                label=cost.label,
                quantity=owners.get(cost.applies_to, "activity"),
                of=cost.applies_to,
                pounds=pounds * share,
                payer=payer,
                kind=cost.kind,
                cashable=cost.cashable,
                transfer=cost.transfer,
            )
            for payer, share in payer_shares(cost.payers).items()
        ]
    return tuple(items)


def qaly_values(model: Model, values: Values) -> dict[str, float]:
    """Return the pounds that stand for one QALY by name, as stated: they are not uprated."""
    return {row.name: values[row.key] for row in model.table("qaly_values")}
