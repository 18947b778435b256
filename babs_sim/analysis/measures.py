"""Measures: what measures.csv asks for, and what is always reported."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from babs_sim.economics import Perspective, PricedItem
from babs_sim.errors import Problem, raise_if
from babs_sim.parameters import Model
from babs_sim.parameters.rows import MeasureRow, Row
from babs_sim.tables import Located

PERSONS = ("mother", "child")
"""Persons in the order of `handover.Ledger.qalys`."""

SCALES = {"per family": 1.0, "per 1,000 families": 1000.0}
"""What a measure's unit may end in, and what a mean over families is multiplied by."""

TIMES = {"years": 1.0, "months": 12.0}
"""What the unit of a time may begin with, and what years are multiplied by."""

RESERVED = re.compile(
    r"icer(_quadrant)?|net_monetary_benefit.*|net_present_value|benefit_cost_ratio|payback_.*"
    r"|cashable_savings|budget_impact_year_.*|.*_(undiscounted|prevented)"
)
"""Names that the incremental table gives to figures of its own."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure with its names resolved.

    ``of`` holds events, states or persons; ``items`` says which unit costs belong to a ``cost`` or
    ``break even`` measure.  ``scale`` turns a mean per family into that per so many families, and
    ``times`` years into the unit.  ``least`` is set where people count whose counter has come to
    it.  ``payer`` is set where the measure is all that one payer pays.  ``headline`` is its place
    among the first lines that are shown, None for no place.
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
    times: float = 1.0
    least: int | None = None

    @property
    def natural(self) -> bool:
        """Return whether the measure is one of an arm, and not of money."""
        return self.kind not in ("cost", "break even")

    @property
    def discounted(self) -> bool:
        """Return whether the measure is discounted and has an undiscounted companion."""
        return self.kind in ("cost", "qaly")


def read_measures(model: Model, perspective: Perspective) -> tuple[Measure, ...]:
    """Return the rows of measures.csv by headline and name, then the standing measures.

    Standing measures: ``cost`` and ``qalys`` in all, ``service_cost`` (unit costs of the service's
    activities, whoever pays), ``cost_<payer>`` (all that a payer pays, transfers too) and
    ``<kind>_cost`` (fiscal, economic and social parts of the perspective's cost).  A row of the
    same name, kind and scope replaces one.  Raises `Problems` for units and names that
    cannot be reported.
    """
    standing = {measure.name: measure for measure in standing_measures(model, perspective)}
    found: dict[str, Measure] = {}
    problems: list[Problem] = []
    for located in sorted(model.rows["measures"], key=_place):
        row = located.row
        assert isinstance(row, MeasureRow)
        double = standing.pop(row.name, None)
        faults = list(_faults(row, double))
        problems += [Problem(located.file, located.line, *fault) for fault in faults]
        if not faults:
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
        cost(
            "service_cost",
            "Cost of the service, whoever pays",
            lambda item: item.quantity == "activity",
        ),
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
    of = _of(row)
    chosen = frozenset(of if row.kind == "cost" else row.costs.split())
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
        of=() if row.kind in ("cost", "counter") else of,
        items=items,
        better=row.better,
        payer="" if double is None else double.payer,
        headline=row.headline,
        times=_times(row),
        least=int(row.of.partition(">=")[2]) if row.kind == "counter" and ">=" in row.of else None,
    )


def _faults(row: MeasureRow, double: Measure | None) -> Iterator[tuple[str, str, str, str]]:
    """Yield field, text, what stands there and a hint for what no other table can tell."""
    if RESERVED.fullmatch(row.name):
        yield "name", "is kept for a figure that is always reported", row.name, "use another name"
    if double is not None and (row.kind, _of(row)) != (double.kind, double.of):
        text = f"is that of a standing measure: {double.label}"
        yield "name", text, row.name, "use another name"
    if not row.unit.endswith(tuple(SCALES)):
        hint = "end it in " + " or ".join(f"'{scale}'" for scale in SCALES)
        yield "unit", "does not say per how many families", row.unit, hint
    elif double is not None and not row.unit.endswith("per family"):
        yield "unit", "of a standing measure is per family", row.unit, f"use '{double.unit}'"
    elif row.kind == "time" and row.unit.split(" ")[0] not in TIMES:
        hint = "begin it with " + " or ".join(f"'{time}'" for time in TIMES)
        yield "unit", "does not say in what time is counted", row.unit, hint
    if row.kind == "first" and len(row.of.split()) > 1:
        yield "of", "takes one state: somebody in two would count twice", row.of, ""


def _times(row: MeasureRow) -> float:
    return TIMES[row.unit.split(" ")[0]] if row.kind == "time" else 1.0


def _of(row: MeasureRow) -> tuple[str, ...]:
    """Return the names in ``of``; of QALYs, the persons in their order, both where it is blank."""
    names = tuple(row.of.split())
    if row.kind != "qaly":
        return names
    return tuple(person for person in PERSONS if person in names or not names)
