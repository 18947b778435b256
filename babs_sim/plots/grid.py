"""Two parameters at a time: a figure over a grid, with the line at which it breaks even."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import number, pounds
from babs_sim.plots.style import SMALL, Picture, canvas, in_style, settled
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from pandas import DataFrame


@in_style
def draw_grid(two_way: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Picture:
    """Draw two_way.csv of one arm as tiles, each with its value, and a line at 0."""
    mine = two_way[two_way["arm"] == arm]
    grid = mine.pivot_table(index="second_value", columns="first_value", values="result")
    money = str(mine["unit"].iloc[0]).startswith("£")
    show = pounds if money else number
    labels = {row["name"]: row["label"] for row in manifest["measures"]}
    measure = str(mine["measure"].iloc[0])
    words = labels.get(measure, measure.replace("_", " ").capitalize())
    base = str(mine["comparator"].iloc[0])
    first, second = str(mine["first"].iloc[0]), str(mine["second"].iloc[0])
    values = grid.to_numpy(dtype=float)
    figure, (axes,) = canvas(
        height=11.0,
        title="Two parameters at a time",
        subtitle=f"{words} of {arm} against {base}. {setting_of(manifest)}",
        caption=source_line(
            manifest,
            f"The same {manifest['families']:,} families in every tile. The line is where the "
            "figure is 0.",
        ),
    )
    top = float(np.abs(values).max()) or 1.0
    image = axes.imshow(values, origin="lower", aspect="auto", cmap="PuOr", vmin=-top, vmax=top)
    if values.min() < 0 < values.max():
        axes.contour(values, levels=[0.0], colors="black", linewidths=1.4)
    axes.set_xticks(
        range(len(grid.columns)), [number(float(x)) for x in np.asarray(grid.columns, dtype=float)]
    )
    axes.set_yticks(
        range(len(grid.index)), [number(float(y)) for y in np.asarray(grid.index, dtype=float)]
    )
    dark = 0.6 * top
    for (y, x), value in np.ndenumerate(values):
        axes.text(x, y, show(float(value)), ha="center", va="center", size=SMALL,
                  color="white" if abs(value) > dark else "black")  # fmt: skip
    axes.set_xlabel(first)
    axes.set_ylabel(second)
    axes.grid(False)
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    if money:
        bar.ax.yaxis.set_major_formatter(pounds_tick)
    low, high = float(values.min()), float(values.max())
    alt = f"{words} over a grid of {first} and {second}: from {show(low)} to {show(high)}."
    return Picture("two_way", settled(figure), mine, "Two parameters at a time", alt,
                   source_line(manifest))  # fmt: skip
