"""Unit prices: what one unit of something costs each payer, in pounds of one price year."""

from dataclasses import dataclass
from typing import Literal

from babs_sim.errors import Problem, Problems, nearest, raise_if
from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import UnitCostRow
from babs_sim.units import MONTHS_PER_YEAR, WEEKS_PER_YEAR

PER_YEAR = {"per week": WEEKS_PER_YEAR, "per month": MONTHS_PER_YEAR, "per year": 1.0}
"""Units of a person-year for each basis of time."""

Quantity = Literal["event", "state", "activity", "family"]


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One payer's part of one unit cost.

    ``of`` names what it is paid for, of the kind ``quantity``; ``pounds`` are per event or activity,
    per person-year in a state, or per family, in the price year; ``cashable`` is a share, 0 to 1.
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

    Raises `Problems` where an index lacks the price year, or a basis does not fit what is priced.
    """
    years: dict[str, list[str]] = {}
    for row in model.table("price_index"):
        years.setdefault(row.index, []).append(row.year)
    owners: dict[str, Quantity] = {"family": "family"}
    owners |= {row.name: "event" for row in model.table("events")}
    owners |= {row.name: "state" for row in model.table("states")}
    items: list[PricedItem] = []
    problems: list[Problem] = []
    for cost in sorted(model.table("unit_costs"), key=lambda row: row.name):
        quantity = owners.get(cost.applies_to, "activity")
        wrong = _wrong(cost, quantity, price_year, years.get(cost.index, []))
        if wrong:
            problems += wrong
            continue
        factor = price_factor(values, cost.index, cost.price_year, price_year)
        pounds = values[cost.key] * PER_YEAR.get(cost.basis, 1.0) * factor
        items += [
            PricedItem(
                name=cost.name,
                label=cost.label,
                quantity=quantity,
                of=cost.applies_to,
                pounds=pounds * share,
                payer=payer,
                kind=cost.kind,
                cashable=cost.cashable,
                transfer=cost.transfer,
            )
            for payer, share in payer_shares(cost.payers).items()
        ]
    raise_if(problems)
    return tuple(items)


def _wrong(cost: UnitCostRow, quantity: str, price_year: str, years: list[str]) -> list[Problem]:
    found = []
    if (quantity == "state") != (cost.basis in PER_YEAR):
        takes = "per week, per month or per year" if quantity == "state" else "per event"
        text = f"{cost.name}: what is paid for is {_WORDS[quantity]}, so it is {takes}"
        found.append(Problem("unit_costs.csv", None, "basis", text, cost.basis))
    if cost.price_year != price_year:
        for year in {cost.price_year, price_year} - set(years):
            text = f"{cost.name}: the index {cost.index} has no such year"
            hint = nearest(year, years)
            found.append(Problem("price_index.csv", None, "year", text, year, hint))
    return found


_WORDS = {
    "event": "an event",
    "state": "a state",
    "activity": "an activity of the service",
    "family": "each family once, at entry",
}


def qaly_value(model: Model, values: Values, name: str) -> float:
    """Return the pounds that stand for one QALY, as stated in qaly_values.csv (not uprated).

    Raises `Problems` for a name that is not there.
    """
    known = {row.name: row.key for row in model.table("qaly_values")}
    if name not in known:
        text = "there is no such value of a QALY"
        hint = nearest(name, known)
        raise Problems([Problem("qaly_values.csv", None, "name", text, name, hint)])
    return values[known[name]]
