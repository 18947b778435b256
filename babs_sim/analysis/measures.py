"""Measures: what measures.csv asks for, and what is always reported."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from babs_sim.economics import Perspective, PricedItem
from babs_sim.errors import Problem, nearest, raise_if
from babs_sim.parameters import Model
from babs_sim.parameters.rows import MeasureRow, Row
from babs_sim.tables import Located

PERSONS = ("mother", "child")
"""Persons in the order of `handover.Ledger.qalys`."""

SCALES = {"per family": 1.0, "per 1,000 families": 1000.0}
"""What a measure's unit may end in, and what a mean over families is multiplied by."""

RESERVED = re.compile(
    r"icer(_quadrant)?|net_monetary_benefit.*|net_present_value|benefit_cost_ratio|payback_.*"
    r"|cashable_savings|budget_impact_year_.*|.*_(undiscounted|prevented)"
)
"""Names that the incremental table gives to figures of its own."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure with its names resolved.

    ``of`` holds events, states or persons; ``items`` says which unit costs belong to a ``cost`` or
    ``break even`` measure; ``scale`` turns a mean per family into the unit.  ``payer`` is set where
    the measure is all that one payer pays.  ``headline`` is its place among the first lines that
    are shown, None for no place.
    """

    name: str
    label: str
    unit: str
    kind: str
    scale: float
    of: tuple[str, ...] = ()
    items: Callable[[PricedItem], bool] | None = None
    better: str = ""
    payer: str = ""
    headline: int | None = None

    @property
    def discounted(self) -> bool:
        """Return whether the measure is discounted and has an undiscounted companion."""
        return self.kind in ("cost", "qaly")


def read_measures(model: Model, perspective: Perspective) -> tuple[Measure, ...]:
    """Return the rows of measures.csv by headline and name, then the standing measures.

    Standing measures: ``cost`` and ``qalys`` in all, ``service_cost`` (unit costs of the service's
    activities, whoever pays), ``cost_<payer>`` (all that a payer pays, transfers too) and
    ``<kind>_cost`` (fiscal, economic and social parts of the perspective's cost).  A row of the
    same name and kind with a blank ``of`` replaces one.  Raises `Problems` for unknown names and
    units.
    """
    standing = {measure.name: measure for measure in standing_measures(model, perspective)}
    known = _known(model)
    found: dict[str, Measure] = {}
    problems: list[Problem] = []
    for located in sorted(model.rows["measures"], key=_place):
        row = located.row
        assert isinstance(row, MeasureRow)
        wrong = _wrong(row, located.file, located.line, known)
        double = standing.pop(row.name, None)
        if double is not None and (row.kind != double.kind or _names(row.of)):
            text = f"'{row.name}' is a standing measure: {double.label}"
            hint = "give the row another name"
            wrong.append(Problem(located.file, located.line, "name", text, hint=hint))
        problems += wrong
        if not wrong:
            found[row.name] = _resolved(row, perspective, double)
    raise_if(problems)
    return (*found.values(), *standing.values())


def standing_measures(model: Model, perspective: Perspective) -> tuple[Measure, ...]:
    """Return the measures that are reported whatever measures.csv holds."""

    def cost(
        name: str, label: str, items: Callable[[PricedItem], bool], payer: str = ""
    ) -> Measure:
        return Measure(name, label, "£ per family", "cost", 1.0, (), items, "lower", payer)

    def of_payer(payer: str) -> Callable[[PricedItem], bool]:
        return lambda item: item.payer == payer

    def of_kind(kind: str) -> Callable[[PricedItem], bool]:
        return lambda item: item.kind == kind and perspective.counts(item)

    payers = sorted(model.table("payers"), key=lambda row: row.name)
    kinds = sorted({row.kind for row in model.table("unit_costs")})
    return (
        cost("cost", f"Cost, {perspective.label}", perspective.counts),
        cost("service_cost", "Cost of the service", lambda item: item.quantity == "activity"),
        *(
            cost(f"cost_{row.name}", f"Cost to {row.label}", of_payer(row.name), row.name)
            for row in payers
        ),
        *(cost(f"{kind}_cost", f"{kind.capitalize()} cost", of_kind(kind)) for kind in kinds),
        Measure("qalys", "QALYs", "QALYs per family", "qaly", 1.0, PERSONS, None, "higher"),
    )


def _place(located: Located[Row]) -> tuple[float, str]:
    place = getattr(located.row, "headline", None)
    return (math.inf if place is None else place, located.row.key)


def _resolved(row: MeasureRow, perspective: Perspective, double: Measure | None) -> Measure:
    of = _names(row.of)
    chosen = frozenset(of if row.kind == "cost" else _names(row.costs))
    items = double.items if double is not None else None
    if row.kind in ("cost", "break even") and items is None:

        def items(item: PricedItem) -> bool:
            return (item.name in chosen or not chosen) and perspective.counts(item)

    return Measure(
        name=row.name,
        label=row.label,
        unit=row.unit,
        kind=row.kind,
        scale=next(scale for end, scale in SCALES.items() if row.unit.endswith(end)),
        of=of or PERSONS if row.kind == "qaly" else of,
        items=items,
        better=row.better,
        payer="" if double is None else double.payer,
        headline=row.headline,
    )


def _known(model: Model) -> dict[str, set[str]]:
    return {
        "events": {row.name for row in model.table("events")},
        "states": {row.name for row in model.table("states")},
        "persons": set(PERSONS),
        "unit costs": {row.name for row in model.table("unit_costs")},
    }


_OF = {
    "count": "events",
    "break even": "events",
    "time": "states",
    "first": "states",
    "qaly": "persons",
    "cost": "unit costs",
}


def _wrong(row: MeasureRow, file: str, line: int, known: dict[str, set[str]]) -> list[Problem]:
    found: list[Problem] = []

    def add(field: str, text: str, got: str = "", hint: str = "") -> None:
        found.append(Problem(file, line, field, text, got, hint))

    if RESERVED.fullmatch(row.name):
        add("name", "is kept for a figure that is always reported", row.name, "use another name")
    if not row.unit.endswith(tuple(SCALES)):
        add("unit", "does not say per how many families", row.unit, "end it in 'per family'")
    wanted = [("of", _OF[row.kind], row.of)]
    if row.kind == "break even":
        wanted.append(("costs", "unit costs", row.costs))
    for field, what, text in wanted:
        for name in _names(text):
            if name not in known[what]:
                add(field, f"is not among the {what}", name, nearest(name, known[what]))
        if not _names(text) and row.kind not in ("cost", "qaly"):
            add(field, f"is empty: it names {what}")
    if row.kind == "first" and len(_names(row.of)) > 1:
        add("of", "takes one state: somebody in two would count twice", row.of)
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.replace(";", " ").split())
