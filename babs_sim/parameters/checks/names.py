"""Names of traits, states and events: one thing has one name."""

import re
from collections.abc import Iterator

from babs_sim.errors import Problem
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import EventRow, PayerRow, Row, StateRow, TraitRow, UnitCostRow

ACE_COUNT = "child.ace_count"
"""The counter of the child's own adverse experiences, which every model has."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_KINDS: tuple[tuple[type[TraitRow | StateRow | EventRow], str], ...] = (
    (TraitRow, "a trait"),
    (StateRow, "a state"),
    (EventRow, "an event"),
)
_PLAIN: tuple[type[Row], ...] = (TraitRow, StateRow, EventRow, PayerRow, UnitCostRow)


def name_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield names that cannot stand in a list, and names of two things at once."""
    for row_class in _PLAIN:
        for found in catalogue.located(row_class):
            name = found.row.name  # type: ignore[attr-defined]
            if not _NAME.fullmatch(name):
                hint = "use letters, digits, '_', '.' and '-', and a letter first"
                yield problem(found, "name", "is not a name", name, hint)
    taken = {ACE_COUNT: "a counter that every model has", "family": "what each family costs"}
    taken |= dict.fromkeys(catalogue.exposures(), "an exposure of the service")
    for row_class, kind in _KINDS:
        for found in catalogue.located(row_class):
            name = found.row.name
            if name in taken:
                text = f"is also the name of {taken[name]}"
                yield problem(found, "name", text, name, "give one of the two another name")
            else:
                taken[name] = f"{kind} ({found.file}:{found.line})"
