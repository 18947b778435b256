"""Who is in which state at which age: a small panel a state, with and without the service."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import percent
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    SMALL,
    Picture,
    canvas,
    in_style,
    settled,
    wrapped,
)
from babs_sim.plots.words import source_line

if TYPE_CHECKING:
    from pandas import DataFrame

MOST = 12
"""Panels of a picture."""
_LEAST = 0.001
"""A state in which fewer people ever are at any age has no panel."""
_FEW = 0.02
"""Ages at which a smaller share of people still live are left out: chance rules there."""
_COLUMNS, _ROW = 3, 4.1
_PEOPLE = {"child": "children", "mother": "mothers"}


def draw_states(
    states_by_age: "DataFrame", manifest: Mapping[str, Any], arm: str
) -> Iterator[Picture]:
    """Draw states_by_age.csv of an arm and the comparator, one picture a person.

    States with a unit cost or a utility have a panel, those first that differ most between the
    arms; where no state has either, all may.
    """
    base = next(str(one["name"]) for one in manifest["arms"] if one["comparator"])
    mine = states_by_age[states_by_age["arm"].isin([arm, base]) & (states_by_age["alive"] >= _FEW)]
    for person in ("child", "mother"):
        own = mine[mine["person"] == person]
        kept = chosen_states(own, arm)
        if kept:
            yield _draw(own[own["state"].isin(kept)], manifest, arm, base, person, kept)


def chosen_states(table: "DataFrame", arm: str) -> list[str]:
    """Return the states that have a panel, in their order in the table."""
    if table["weighs"].any():
        table = table[table["weighs"]]
    reach = table.groupby("state", sort=False)["share"].max()
    lived = table["share"] * table["alive"]
    signed = lived.where(table["arm"] == arm, -lived)
    gap = signed.groupby([table["state"], table["age"]], sort=False).sum().abs()
    apart = gap.groupby("state", sort=False).sum()
    names = [name for name in reach.index if reach[name] >= _LEAST]
    ranked = sorted(names, key=lambda name: (-float(apart[name]), -float(reach[name])))[:MOST]
    return [str(name) for name in names if name in ranked]


@in_style
def _draw(
    table: "DataFrame", manifest: Mapping[str, Any], arm: str, base: str, person: str,
    kept: list[str],
) -> Picture:  # fmt: skip
    columns = min(_COLUMNS, len(kept))
    rows = ceil(len(kept) / columns)
    people = _PEOPLE[person]
    title = f"States of {people} by the child’s age"
    place = f" in {str(manifest['place']).replace('_', ' ').title()}" if manifest["place"] else ""
    figure, panels = canvas(
        height=4.4 + _ROW * rows,
        rows=rows,
        columns=columns,
        sharex=True,
        title=title,
        subtitle=f"Share of {people} alive who are in each state, percent. Grey: {base}; blue line:"
        f" {arm}. Families ({manifest['population']}){place}. States overlap, and scales differ.",
        caption=source_line(
            manifest,
            "States that have a cost or a utility, those that differ most between the arms. "
            f"95 % intervals for chance in {manifest['families']:,} simulated families are shaded.",
        ),
    )
    largest = ("", 0.0, 0.0, 0)
    for place_, axes in enumerate(panels):
        if place_ >= len(kept):
            axes.set_visible(False)
            continue
        own = table[table["state"] == kept[place_]]
        top = 0.0
        for name, colour in ((base, GREY), (arm, BLUE)):
            line = own[own["arm"] == name].sort_values("age")
            x, y = line["age"].to_numpy() + 0.5, 100 * line["share"].to_numpy()
            reach = 196 * line["mc_error"].to_numpy()
            if name == base:
                axes.fill_between(x, 0, y, color=GREY, linewidth=0)
            else:
                axes.fill_between(x, y - reach, y + reach, color=BLUE, alpha=0.18, linewidth=0)
                axes.plot(x, y, color=colour, linewidth=1.4)
            top = max(top, float((y + reach).max(initial=0.0)))
        wide = own.pivot(index="age", columns="arm", values="share").fillna(0.0)
        if {arm, base} <= set(wide):
            gap = wide[arm] - wide[base]
            age = int(gap.index[int(np.abs(gap.to_numpy()).argmax())])
            if abs(float(gap[age])) >= abs(largest[1] - largest[2]):
                label = str(own["label"].iloc[0])
                largest = (label, float(wide[arm][age]), float(wide[base][age]), age)
        lines = wrapped(figure, str(own["label"].iloc[0]), SMALL, "bold", 0.8 / columns)
        axes.set_title("\n".join(lines), fontsize=SMALL, loc="left", color="#262626")
        axes.set_ylim(0.0, top * 1.08 or 1.0)
        axes.margins(x=0)
        axes.locator_params(axis="y", nbins=4)
        axes.tick_params(labelbottom=place_ + columns >= len(kept))
        if place_ + columns >= len(kept):
            axes.set_xlabel("Age of the child", fontsize=SMALL, color=DARK_GREY)
    alt = (
        f"{title}, {arm} against {base}, in {len(kept)} panels. The largest difference: "
        f"{largest[0]}, {percent(largest[1])} against {percent(largest[2])} at age {largest[3]}."
    )
    name = f"states_by_age_{person}"
    return Picture(name, settled(figure), table, title, alt, source_line(manifest))
