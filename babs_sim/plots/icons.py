"""Icon arrays: a square a family, the same thousand with and without the service."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import number
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    ORANGE,
    PURPLE,
    SMALL,
    USUAL,
    Picture,
    canvas,
    in_style,
    settled,
)
from babs_sim.plots.words import source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame, Series

ACROSS, DOWN = 40, 25
ALL = ACROSS * DOWN
"""Squares of a grid, one for a family."""
_LEAST = 1.0
"""Per 1,000 families; what is rarer has no picture."""
SAME, FEWER, MORE, NONE = "with both", "prevented", "added", "neither"
_LOOKS = {SAME: ORANGE, FEWER: BLUE, MORE: PURPLE, NONE: "#DEDEDE"}


def draw_icons(outcomes: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Iterator[Picture]:
    """Draw outcomes.csv of an arm: one picture for each measure that the manifest names.

    A measure that fewer than one in 1,000 families have in either arm has none.
    """
    mine = outcomes[outcomes["arm"] == arm].set_index("measure")
    for name in manifest.get("icons", ()):
        if name in mine.index:
            row = mine.loc[name]
            if max(float(row["value"]), float(row["comparator_value"])) >= _LEAST:
                yield _draw(row, str(name), manifest, arm)


def counts_of(value: float, comparator: float) -> dict[str, int]:
    """Return how many of 1,000 squares each group has, rounded to whole squares.

    >>> counts_of(150.4, 180.2)
    {'with both': 150, 'prevented': 30, 'added': 0, 'neither': 820}
    """
    arm, base = (min(round(per), ALL) for per in (value, comparator))
    both = min(arm, base)
    return {SAME: both, FEWER: base - both, MORE: arm - both, NONE: ALL - max(arm, base)}


@in_style
def _draw(row: "Series[Any]", name: str, manifest: Mapping[str, Any], arm: str) -> Picture:
    from matplotlib.patches import Patch
    from pandas import DataFrame

    base = str(row["comparator"])
    counts = counts_of(float(row["value"]), float(row["comparator_value"]))
    label = str(row["label"])
    place = f" in {str(manifest['place']).replace('_', ' ').title()}" if manifest["place"] else ""
    change = float(row["difference"])
    interval = ""
    if float(row["mc_error"]) > 0:
        interval = f" (from {number(float(row['low']))} to {number(float(row['high']))})"
    figure, panels = canvas(
        height=9.2,
        columns=2,
        title=f"{label}: of 1,000 families, with and without {arm}",
        subtitle=f"A square is a family ({manifest['population']}){place}, followed to the child’s "
        f"age of {manifest['horizon_years']}. Change: {number(change)} per 1,000 families"
        f"{interval}.",
        caption=source_line(
            manifest,
            "Rounded to whole squares. The interval is for chance in "
            f"{manifest['families']:,} simulated families, not for the parameters.",
        ),
    )
    shown = {
        base: [(SAME, counts[SAME] + counts[FEWER]), (NONE, counts[NONE] + counts[MORE])],
        arm: [(SAME, counts[SAME]), (FEWER, counts[FEWER]), (MORE, counts[MORE]),
              (NONE, counts[NONE])],
    }  # fmt: skip
    values = {base: float(row["comparator_value"]), arm: float(row["value"])}
    for axes, (who, groups) in zip(panels, shown.items(), strict=True):
        _grid(axes, groups)
        axes.set_title(f"{who}: {number(values[who])} of 1,000", fontsize=USUAL, loc="left",
                       color="#262626")  # fmt: skip
    keys = [(SAME, "happens"), (NONE, "does not happen")]
    keys += [(FEWER, f"prevented: {counts[FEWER]}")] if counts[FEWER] else []
    keys += [(MORE, f"added: {counts[MORE]}")] if counts[MORE] else []
    panels[0].legend(
        handles=[Patch(facecolor=_LOOKS[key], hatch=_HATCH.get(key, ""), edgecolor="white",
                       linewidth=0, label=text) for key, text in keys],
        loc="upper left", bbox_to_anchor=(0.0, -0.02), ncols=4, frameon=False, borderpad=0,
        handletextpad=0.4, columnspacing=1.4, fontsize=SMALL, labelcolor=DARK_GREY,
    )  # fmt: skip
    table = DataFrame(
        [(who, group, count) for who, groups in shown.items() for group, count in groups],
        columns=["arm", "group", "squares"],
    )
    alt = (
        f"{label}: {number(values[base])} of 1,000 families with {base}, {number(values[arm])} "
        f"with {arm}; change {number(change)}{interval}."
    )
    title = f"{label}: of 1,000 families"
    return Picture(f"icons_{name}", settled(figure), table, title, alt, source_line(manifest))


_HATCH = {FEWER: "/////", MORE: "xxxxx"}
"""So that colour is not the only sign."""


def _grid(axes: "Axes", groups: list[tuple[str, int]]) -> None:
    """Fill a grid from the lower left corner, column by column, group after group."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    places = np.arange(ALL)
    x, y = places // DOWN, places % DOWN
    first = 0
    for group, count in groups:
        squares = [
            Rectangle((float(x[i]), float(y[i])), 0.8, 0.8) for i in range(first, first + count)
        ]
        first += count
        if not squares:
            continue
        axes.add_collection(
            PatchCollection(squares, facecolor=_LOOKS[group], edgecolor="white", linewidth=0,
                            hatch=_HATCH.get(group, ""), label=group)
        )  # fmt: skip
    axes.set_xlim(-0.3, ACROSS + 0.1)
    axes.set_ylim(-0.3, DOWN + 0.1)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_color(GREY)
