"""Scenarios ranked by net benefit, with when they pay back and what they prevent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import number, pounds
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    ORANGE,
    Picture,
    canvas,
    in_style,
    settled,
)
from babs_sim.plots.words import pounds_tick, source_line

if TYPE_CHECKING:
    from pandas import DataFrame

WORTH, PAYBACK = "net_monetary_benefit", "payback_years"
_BASE = "base"
_ROW = 0.46  # centimetres


@in_style
def draw_ranking(compare: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Picture:
    """Draw net benefit of each scenario (compare.csv), and beside it the first headline measure.

    Behind each name stands after how many years it has paid for itself, if it has.
    """
    mine = compare[compare["arm"] == arm]
    wide = mine.pivot(index="scenario", columns="measure", values=["value", "low", "high"])
    order = list(wide["value"][WORTH].sort_values(ascending=False, kind="stable").index)
    beside = _beside(mine, manifest)
    labels = {row["name"]: row["label"] for row in manifest["measures"]}
    comparator = str(mine["comparator"].iloc[0])
    shown = ((WORTH, 1.0), (beside, 1000.0)) if beside else ((WORTH, 1.0),)
    figure, panels = canvas(
        height=5.0 + _ROW * len(order), columns=len(shown), sharey=True,
        gridspec_kw={"width_ratios": [1.6, 1.0][: len(shown)]},
        title=f"What if? {arm} against {comparator}, the best for the money on top",
        subtitle=f"Families ({manifest['population']}) in "
        f"{str(manifest['place']).replace('_', ' ').title()} to the child's age of "
        f"{manifest['horizon_years']}, prices of {manifest['terms']['price_year']}, "
        f"{manifest['terms']['perspective']['label'].lower()}, unless the scenario says otherwise",
        caption=source_line(
            manifest,
            "Lines: 95 % interval for chance in "
            f"{manifest['families']:,} simulated families alone; how uncertain effects and costs "
            "are is not in them. Behind a name: years until paid back, or – for never.",
        ),
    )  # fmt: skip
    for axes, (measure, factor) in zip(panels, shown, strict=True):
        value, low, high = (factor * wide[part][measure][order].to_numpy(dtype=float)
                            for part in ("value", "low", "high"))  # fmt: skip
        axes.axvline(0.0, color=DARK_GREY, linewidth=0.9)
        base = float(value[order.index(_BASE)]) if _BASE in order else np.nan
        axes.axvline(base, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        for y, name in enumerate(order):
            colour = ORANGE if name == _BASE else BLUE
            axes.plot([low[y], high[y]], [y, y], color=colour, linewidth=1.3)
            axes.plot(value[y], y, marker="o", markersize=4, color=colour)
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=5 if measure == WORTH else 3)
        axes.tick_params(axis="y", length=0)
    years = wide["value"].get(PAYBACK)
    left = panels[0]
    left.set_yticks(range(len(order)), [_name(name, years) for name in order])
    left.set_xlabel("Net monetary benefit, £ a family")
    left.xaxis.set_major_formatter(pounds_tick)
    if beside:
        panels[1].xaxis.set_major_formatter(lambda value, _: number(value))
        panels[1].set_xlabel(f"{labels.get(beside, beside)},\nchange per 1,000 families")
    best = order[0]
    alt = (
        f"{len(order)} scenarios ranked by net monetary benefit: best {best} with "
        f"{pounds(float(wide['value'][WORTH][best]))} a family, worst {order[-1]} with "
        f"{pounds(float(wide['value'][WORTH][order[-1]]))}."
    )
    drawn = mine[mine["measure"].isin([WORTH, PAYBACK, beside])]
    return Picture("ranking", settled(figure), drawn, "Scenarios ranked by net benefit", alt,
                   source_line(manifest))  # fmt: skip


def _beside(mine: "DataFrame", manifest: Mapping[str, Any]) -> str:
    """Return the first headline measure that is neither money nor all QALYs, "" for none."""
    named = {row["name"] for row in manifest["measures"] if "£" not in row["unit"]} - {"qalys"}
    found = [name for name in mine["measure"] if name in named]
    return str(found[0]) if found else ""


def _name(name: str, years: Any) -> str:
    if years is None:
        return name
    value = float(years[name])
    return f"{name}  ({number(value, 2) if np.isfinite(value) else '–'})"
