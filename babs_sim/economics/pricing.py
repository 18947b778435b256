"""Price a ledger: quantity x unit price x discount weight, by block, item and year."""

from collections.abc import Sequence

import numpy as np

from babs_sim.economics.prices import PricedItem
from babs_sim.handover import Floats, Ledger


def price(ledger: Ledger, items: Sequence[PricedItem], weights: Floats) -> Floats:
    """Return pounds (B, I, Y) of each block, item and year of follow-up.

    ``weights`` (Y, 3) from `discount_weights`; ``[1, 0, 0]`` in each year leaves pounds
    undiscounted.  Raises ValueError for an item whose event, state or activity the ledger lacks.
    """
    pounds = np.empty((len(ledger.families), len(items), len(weights)))
    for i, item in enumerate(items):
        pounds[:, i] = item.pounds * (quantity(ledger, item) * weights).sum(axis=-1)
    return pounds


def quantity(ledger: Ledger, item: PricedItem) -> Floats:
    """Return the moments (B, Y, 3) of what an item is paid for."""
    if item.quantity == "family":
        return entries(ledger)
    names, moments = {
        "event": (ledger.events, ledger.count),
        "state": (ledger.states, ledger.years),
        "activity": (ledger.activities, ledger.activity),
    }[item.quantity]
    if item.of not in names:
        raise ValueError(f"cost {item.name}: no {item.quantity} {item.of!r} in the ledger")
    return moments[:, names.index(item.of)]


def entries(ledger: Ledger) -> Floats:
    """Return the moments (B, Y, 3) of families entering."""
    moments = np.zeros((len(ledger.families), ledger.count.shape[2], 3))
    year = 0 if ledger.entry < 0 else int(np.floor(ledger.entry)) + 1
    inside = 0.0 if year == 0 else ledger.entry - (year - 1)
    moments[:, year] = ledger.families[:, None] * np.array([1.0, inside, inside**2])
    return moments
