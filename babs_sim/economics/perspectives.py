"""Perspectives: whose costs count."""

from dataclasses import dataclass

from babs_sim.economics.prices import PricedItem
from babs_sim.errors import Problem, Problems, nearest
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
    """Return a perspective of perspectives.csv; raises `Problems` for an unknown name."""
    table = model.table("perspectives")
    rows = sorted((row for row in table if row.perspective == name), key=lambda row: row.payer)
    if not rows:
        hint = nearest(name, {row.perspective for row in table})
        text = "there is no such perspective"
        raise Problems([Problem("perspectives.csv", None, "perspective", text, name, hint)])
    return Perspective(
        name=name,
        label=next((row.label for row in rows if row.label), name),
        payers=tuple(row.payer for row in rows),
        transfers=frozenset(row.payer for row in rows if row.transfers),
    )
