"""Perspectives: whose costs count."""

from dataclasses import dataclass

from babs_sim.economics.prices import PricedItem
from babs_sim.parameters import Model


@dataclass(frozen=True, slots=True)
class Perspective:
    """The payers whose costs count, and those of them whose transfers count."""

    name: str
    label: str
    payers: tuple[str, ...]
    transfers: frozenset[str]

    def counts(self, item: PricedItem) -> bool:
        """Return whether a cost counts: its payer belongs, and a transfer is not cancelled."""
        return item.payer in (self.transfers if item.transfer else self.payers)


def read_perspective(model: Model, name: str) -> Perspective:
    """Return a perspective of perspectives.csv; raises KeyError for an unknown name."""
    rows = [row for row in model.table("perspectives") if row.perspective == name]
    if not rows:
        raise KeyError(name)
    return Perspective(
        name=name,
        label=next((row.label for row in rows if row.label), name),
        payers=tuple(row.payer for row in rows),
        transfers=frozenset(row.payer for row in rows if row.transfers),
    )
