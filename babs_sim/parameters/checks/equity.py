"""Equity: numbers belong to bands that exist, cover them all, and shares sum to 1."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import AversionRow, EquityRow, SubgroupRow
from babs_sim.tables import Located
from babs_sim.units import UNITS

_SUM = 1e-6
_UNITS = {
    "health": "QALYs",
    "people": "probability",
    "given up": "probability",
    "births per family": "count",
}


def equity_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with equity.csv and inequality_aversion.csv."""
    bands: dict[str, set[str]] = {}
    for band in catalogue.located(SubgroupRow):
        bands.setdefault(band.row.subgroup, set()).add(band.row.band)
    sets: dict[tuple[str, str, str], list[Located[EquityRow]]] = {}
    for found in catalogue.located(EquityRow):
        row = found.row
        base = UNITS[row.unit].base if row.unit in UNITS else ""
        if base and base != _UNITS[row.what]:
            text = f"does not fit '{row.what}'"
            yield problem(found, "unit", text, row.unit, f"use {_UNITS[row.what]}")
        if row.what == "births per family":
            yield from _births(found)
            continue
        if (row.what == "given up") != bool(row.scheme):
            text = (
                "is missing: name the set of shares" if not row.scheme else "does not belong here"
            )
            yield problem(found, "scheme", text, row.scheme)
        if row.what == "health" and row.value <= 0.0:
            yield problem(found, "value", "is not above 0", f"{row.value:g}", "give QALYs at birth")
        if catalogue.complete("subgroups"):
            if row.subgroup not in bands:
                hint = nearest(row.subgroup, bands)
                yield problem(found, "subgroup", "is not a subgroup", row.subgroup, hint)
                continue
            if row.band not in bands[row.subgroup]:
                hint = nearest(row.band, bands[row.subgroup])
                text = f"is not a band of '{row.subgroup}'"
                yield problem(found, "band", text, row.band, hint)
                continue
        sets.setdefault((row.what, row.scheme, row.subgroup), []).append(found)
    if catalogue.complete("subgroups", "equity"):
        for (what, _, subgroup), rows in sets.items():
            yield from _whole(what, rows, bands[subgroup])
    for aversion in catalogue.located(AversionRow):
        if aversion.row.value < 0.0:
            got = f"{aversion.row.value:g}"
            yield problem(aversion, "value", "is below 0", got, "0 is no aversion")


def _births(found: Located[EquityRow]) -> Iterator[Problem]:
    row = found.row
    if row.subgroup or row.band:
        text = "is not by band: leave subgroup and band blank"
        yield problem(found, "subgroup", text, row.subgroup or row.band)
    if not row.scheme:
        yield problem(found, "scheme", "is missing: name the population of the cohort")
    if row.value < 1.0:
        hint = "each family has a birth, so there are 1 or more"
        yield problem(found, "value", "is below 1", f"{row.value:g}", hint)


def _whole(what: str, rows: list[Located[EquityRow]], bands: set[str]) -> Iterator[Problem]:
    missing = sorted(bands - {found.row.band for found in rows})
    if missing:
        text = "bands have no such row: " + ", ".join(missing)
        yield problem(rows[0], "band", text, hint="add a row for each band of the subgroup")
    elif what != "health":
        total = sum(found.row.value * UNITS[found.row.unit].factor for found in rows)
        if abs(total - 1.0) > _SUM:
            text = f"the shares of the bands sum to {total:.6g}, not to 1"
            yield problem(rows[0], "value", text, hint="correct the shares")
