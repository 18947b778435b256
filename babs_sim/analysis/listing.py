"""Effects in natural units, and subgroups, as lines of text."""

from collections.abc import Iterator, Sequence

from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.outcomes import Band, Outcome
from babs_sim.analysis.wording import number, pounds

_GAP = "  "


def outcomes_shown(case: BaseCase, arm: str | None = None) -> list[str]:
    """Return a table of effects per 1,000 families of one arm (by default the first).

    Nothing where there is one arm alone.  Raises KeyError for an unknown arm.
    """
    chosen = _chosen(case, arm)
    rows = [one for one in case.outcomes if one.arm == chosen and one.comparator]
    if not rows:
        return []
    title = ("Per 1,000 families", case.comparator, chosen, "difference")
    table = [title, *((one.label, *_cells(one)) for one in rows)]
    return ["", *aligned(table)]


def bands_shown(case: BaseCase, arm: str | None = None) -> list[str]:
    """Return a line for each band of each subgroup: what the first lines show of all families."""
    chosen = _chosen(case, arm)
    names = [m.name for m in case.measures if m.headline is not None and m.natural]
    lines: list[str] = []
    for subgroup in dict.fromkeys(band.subgroup for band in case.bands):
        mine = [band for band in case.bands if band.subgroup == subgroup]
        label = _label(case, subgroup)
        lines += ["", f"{label}: change by {chosen} per 1,000 families"]
        lines += [_band(band, chosen, (*names, "cost")) for band in mine]
    return lines


def _chosen(case: BaseCase, arm: str | None) -> str:
    others = list(case.incremental)
    if arm is not None and arm not in others:
        raise KeyError(arm)
    return arm or (others[0] if others else case.comparator)


def _label(case: BaseCase, subgroup: str) -> str:
    """Return the label of the trait that parts a subgroup."""
    model = case.run.model
    trait = next(row.trait for row in model.table("subgroups") if row.subgroup == subgroup)
    return next(row.label for row in model.table("traits") if row.name == trait)


def _band(band: Band, arm: str, names: Sequence[str]) -> str:
    if not band.outcomes:
        return f"{_GAP}{band.label}: {band.families:,} families, too few to say"
    found = {one.measure: one for one in band.outcomes if one.arm == arm}
    parts = [_change(found[name]) for name in names if name in found]
    return f"{_GAP}{band.label} ({band.families:,} families): {'; '.join(parts)}"


def _change(one: Outcome) -> str:
    alone = not one.comparator
    words = number if "per 1,000" in one.unit else pounds
    name = one.label if words is number else f"{one.label} a family"
    if alone:
        return f"{name} {words(one.value)}"
    return f"{name} {words(one.difference)} ({words(one.low)} to {words(one.high)})"


def _cells(one: Outcome) -> tuple[str, str, str]:
    change = number(one.difference)
    if one.error > 0:
        change += f" ({number(one.low)} to {number(one.high)})"
    return number(one.comparator_value), number(one.value), change


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines with the first column to the left and the others to the right of theirs."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *middle = row[:-1]
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
        yield _GAP.join([*cells, row[-1]]).rstrip()
