"""The causal argument on one page: domains of states, what acts on them, and who pays.

Domains are rows of domains.csv; links, payers and utilities are read off the other tables.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.chains import ACE_COUNT, Web, web_of
from babs_sim.parameters import Model
from babs_sim.parameters.service import exposures_of

if TYPE_CHECKING:
    from pandas import DataFrame

TRAITS = "traits"


@dataclass(frozen=True, slots=True)
class Domain:
    """What a picture shows in one box: its parts, who pays for them, and whether QALYs count them.

    ``stage`` is the column; that of traits and exposures is "".
    """

    name: str
    label: str
    stage: str
    parts: tuple[str, ...]
    payers: tuple[str, ...] = ()
    health: bool = False


def domains_of(model: Model) -> list[Domain]:
    """Return the boxes: traits and exposures first, then domains in the order of their table."""
    values = model.values()
    driving = {row.driver for row in model.table("effects")}
    traits = [row.label for row in _in_order(model, "traits") if row.name in driving]
    boxes = [Domain(TRAITS, "Traits of the family", "", tuple(traits))] if traits else []
    for exposure in exposures_of(model):
        label = str(values.setting(f"{exposure}.label", exposure))
        boxes.append(Domain(exposure, "Service", "", (label,), _payers(model, {exposure})))
    labels = {row.name: row.label for row in model.table("events")}
    labels |= {row.name: row.label for row in model.table("states")}
    set_by = {row.name: set(row.sets.split()) for row in model.table("events")}
    weighed = {row.state for row in model.table("utilities")}
    ends = {row.name for row in model.table("events") if row.ends}
    hidden = _markers(model)
    for row in _in_order(model, "domains"):
        members = row.of.split()
        shown = tuple(labels[name] for name in members if name not in hidden)
        causes = {event for event, sets in set_by.items() if sets.intersection(members)}
        payers = _payers(model, causes.union(members))
        health = bool((weighed | ends).intersection(members))
        boxes.append(Domain(row.name, row.label, row.stage, shown, payers, health))
    return boxes


def arrows_of(model: Model, web: Web | None = None) -> dict[tuple[str, str], int]:
    """Return the number of links from box to box; a box's links to itself are left out.

    A driver that stands in no domain, such as an age, gives no arrow.
    """
    web = web or web_of(model)
    home = _homes(model)
    traits = {row.name for row in model.table("traits")}
    clears = {row.name: row.clears.split() for row in model.table("events")}
    found: Counter[tuple[str, str]] = Counter()
    for driver, links in web.links.items():
        source = TRAITS if driver in traits else home.get(driver, "")
        for link in links:
            if not source:
                continue
            targets = {home[name] for name in (link.event, *web.leads[link.event]) if name in home}
            targets = targets or {home[name] for name in clears[link.event] if name in home}
            found.update((source, target) for target in targets if target != source)
    return dict(found)


BETWEEN = " | "
"""What stands between parts, or payers, in a cell of boxes.csv."""


def boxes_frame(domains: Sequence[Domain]) -> "DataFrame":
    """Return the boxes of the picture as a table: name, label, stage, parts, payers, health."""
    from pandas import DataFrame

    rows = [
        (one.name, one.label, one.stage, BETWEEN.join(one.parts), BETWEEN.join(one.payers),
         one.health)
        for one in domains
    ]  # fmt: skip
    return DataFrame(rows, columns=["name", "label", "stage", "parts", "payers", "health"])


def links_frame(model: Model) -> "DataFrame":
    """Return the links between boxes as a table: from, to, links."""
    from pandas import DataFrame

    rows = [(*pair, links) for pair, links in sorted(arrows_of(model).items())]
    return DataFrame(rows, columns=["from", "to", "links"])


def domains_in(boxes: "DataFrame") -> list[Domain]:
    """Return the boxes of a table that `boxes_frame` made."""

    def parts(cell: str) -> tuple[str, ...]:
        return tuple(cell.split(BETWEEN)) if cell else ()

    return [
        Domain(row["name"], row["label"], row["stage"], parts(row["parts"]),
               parts(row["payers"]), bool(row["health"]))
        for row in boxes.to_dict("records")
    ]  # fmt: skip


def _homes(model: Model) -> Mapping[str, str]:
    homes = {name: row.name for row in model.table("domains") for name in row.of.split()}
    counted = [homes[row.name] for row in model.table("states") if row.ace and row.name in homes]
    if counted:
        homes[ACE_COUNT] = Counter(counted).most_common(1)[0][0]
    for event in model.table("events"):
        if event.name in homes:
            homes[f"count({event.name})"] = homes[event.name]
    return homes | {name: name for name in exposures_of(model)}


def _payers(model: Model, members: set[str]) -> tuple[str, ...]:
    """Return the labels of the payers of what the members cost, as listed in payers.csv."""
    short = {row.name: row.label.split(":")[0] for row in _in_order(model, "payers")}
    paying = {
        share.split()[0]
        for row in model.table("unit_costs")
        if row.applies_to in members
        for share in row.payers.split(";")
    }
    return tuple(label for name, label in short.items() if name in paying)


def _markers(model: Model) -> set[str]:
    """Return states that only remember another one: set together with it and never cleared."""
    events = model.table("events")
    cleared = {name for row in events for name in row.clears.split()}
    alone = {row.sets for row in events if len(row.sets.split()) == 1}
    return {row.name for row in model.table("states")} - cleared - alone


def _in_order(model: Model, table: str) -> Iterator[Any]:
    return (found.row for found in model.rows[table])
