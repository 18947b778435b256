"""Subgroups: bands of one trait that join up, so that every family is in one of them."""

from collections.abc import Iterator
from itertools import pairwise

from babs_sim.errors import Problem
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import SubgroupRow
from babs_sim.tables import Located


def subgroup_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with subgroups."""
    groups: dict[str, list[Located[SubgroupRow]]] = {}
    for band in catalogue.located(SubgroupRow):
        yield from catalogue.unknown(band, "trait", band.row.trait, "a trait", "traits")
        for field in ("subgroup", "band"):
            if not getattr(band.row, field):
                yield problem(band, field, "is empty", hint="give it a name")
        groups.setdefault(band.row.subgroup, []).append(band)
    if catalogue.complete("subgroups"):
        for bands in groups.values():
            yield from _gaps(bands)


def _gaps(bands: list[Located[SubgroupRow]]) -> Iterator[Problem]:
    """Yield where bands of one subgroup leave families out or hold them twice."""
    for band in bands[1:]:
        if band.row.trait != bands[0].row.trait:
            text = f"is not the trait of the subgroup's first band, {bands[0].row.trait}"
            yield problem(band, "trait", text, band.row.trait, "a subgroup parts one trait")
            return
    ordered = sorted(bands, key=lambda band: _low(band.row))
    if ordered[0].row.at_least is not None:
        text = "families below it are in no band"
        got, hint = f"{ordered[0].row.at_least:g}", "leave it blank in the lowest band"
        yield problem(ordered[0], "at_least", text, got, hint)
    if ordered[-1].row.below is not None:
        text = "families from there on are in no band"
        got, hint = f"{ordered[-1].row.below:g}", "leave it blank in the highest band"
        yield problem(ordered[-1], "below", text, got, hint)
    for lower, upper in pairwise(ordered):
        end, start = lower.row.below, upper.row.at_least
        if start is None or end != start or end <= _low(lower.row):
            text = f"the band '{upper.row.band}' does not begin where this one ends"
            got = "" if end is None else f"{end:g}"
            yield problem(lower, "below", text, got, "let the bands join up, each with its width")


def _low(row: SubgroupRow) -> float:
    return float("-inf") if row.at_least is None else row.at_least
