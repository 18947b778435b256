"""What drives a figure, over the whole range of all parameters: Morris and Sobol."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.variance import DUMMY
from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    ORANGE,
    SMALL,
    Picture,
    canvas,
    in_style,
    settled,
    wrapped,
)
from babs_sim.plots.words import number_tick, pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

NAMED = 8
"""Parameters whose names stand beside their points."""

MOST = 15
"""Parameters with a row of their own."""

RATIOS = (0.1, 0.5, 1.0)
"""Of sigma to mu*: nearly straight, moderate, strong interaction or curvature."""

_SHARE = 0.38  # of the width, for labels


def draw_morris(morris: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Iterator[Picture]:
    """Draw mu* against sigma, and mu* as ranked rows; ``morris`` is morris.csv."""
    mine = morris[(morris["arm"] == arm) & np.isfinite(morris["mu_star"])]
    yield _plane(mine, manifest)
    yield _ranked(mine, manifest)


@in_style
def _plane(mine: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    first, facts = mine.iloc[0], _facts(manifest, "morris")
    show, tick = _money(first)
    figure, (axes,) = canvas(
        height=14.0,
        title="Which parameters matter at all, and which act together",
        subtitle=f"{_measure(first, manifest)}. {setting_of(manifest)}",
        caption=source_line(
            manifest,
            "Morris: mean size (mu*, with 95 % interval) and spread (sigma) of the change when a "
            "parameter goes from its 2.5 to its 97.5 percentile. Above a line the effect depends "
            f"the more on the others, or is curved. {_runs(facts)}",
        ),
    )
    x, y = mine["mu_star"].to_numpy(), mine["sigma"].to_numpy()
    half = mine["mu_star_conf"].to_numpy()
    named = np.arange(len(mine)) < NAMED
    for keep, colour in ((~named, GREY), (named, BLUE)):
        axes.errorbar(x[keep], y[keep], xerr=half[keep], fmt="o", color=colour, markersize=4.5,
                      elinewidth=1.0, linestyle="none")  # fmt: skip
    right = float((x + half).max()) * 1.12 or 1.0
    top = float(y.max()) * 1.15 or 1.0
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, top)
    for ratio in RATIOS:
        axes.plot([0.0, right], [0.0, ratio * right], color=DARK_GREY, linewidth=0.9,
                  linestyle=(0, (4, 3)), scalex=False, scaley=False)  # fmt: skip
    marks = []
    for place in range(min(NAMED, len(mine))):
        axes.annotate(
            str(place + 1), (x[place], y[place]), xytext=(0, 5), ha="center", size=SMALL,
            textcoords="offset points", weight="bold", color=BLUE,
        )  # fmt: skip
        marks.append(f"{place + 1} {mine['label'].iloc[place]}")
    axes.set_xlabel("Mean size of the effect, mu*")
    axes.set_ylabel("Spread of the effect, sigma")
    axes.xaxis.set_major_formatter(tick)
    axes.yaxis.set_major_formatter(tick)
    lines = [line for mark in marks for line in wrapped(figure, mark, SMALL, "normal", 0.94)[:1]]
    axes.annotate("\n".join(lines), (0.0, 0.0), xycoords="axes fraction", xytext=(0, -38),
                  textcoords="offset points", size=SMALL, va="top", linespacing=1.3)  # fmt: skip
    _ratio_names(axes, right, top)
    alt = (
        f"Morris screening of {len(mine):,} parameters. The largest mean effect is that of "
        f"{first['label']}: {show(float(first['mu_star']))}, spread {show(float(first['sigma']))}."
    )
    return Picture("morris", settled(figure), mine, "Which parameters matter at all", alt,
                   source_line(manifest))  # fmt: skip


@in_style
def _ranked(mine: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    first, facts = mine.iloc[0], _facts(manifest, "morris")
    show, tick = _money(first)
    table = mine.head(MOST)
    figure, (axes,) = canvas(
        height=5.5 + 0.86 * len(table),
        title="Which parameters matter most",
        subtitle=f"{_measure(first, manifest)}. {setting_of(manifest)}",
        caption=source_line(
            manifest,
            "Morris: mean size of the change when a parameter goes from its 2.5 to its 97.5 "
            f"percentile (mu*), with 95 % interval. The {len(table)} largest of "
            f"{len(mine):,}. {_runs(facts)}",
        ),
    )
    places = np.arange(len(table))
    value = table["mu_star"].to_numpy()
    axes.barh(places, value, height=0.55, color=BLUE)
    axes.errorbar(value, places, xerr=table["mu_star_conf"].to_numpy(), fmt="none",
                  ecolor="black", elinewidth=1.0, capsize=2.5)  # fmt: skip
    _rows(figure, axes, table)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("Mean size of the effect, mu*")
    axes.xaxis.set_major_formatter(tick)
    last = table.iloc[-1]
    alt = (
        f"The {len(table)} largest mean effects of {len(mine):,} parameters, from "
        f"{first['label']}, {show(float(first['mu_star']))}, to {last['label']}, "
        f"{show(float(last['mu_star']))}."
    )
    return Picture("morris_ranked", settled(figure), table, "Which parameters matter most", alt,
                   source_line(manifest))  # fmt: skip


@in_style
def draw_sobol(sobol: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Picture:
    """Draw first-order and total indices with intervals, the dummy last; ``sobol`` is sobol.csv."""
    facts = _facts(manifest, "sobol")
    mine = sobol[(sobol["arm"] == arm) & np.isfinite(sobol["total"])]
    real, dummy = mine[mine["parameter"] != DUMMY], mine[mine["parameter"] == DUMMY]
    from pandas import concat

    table = concat([real.head(MOST), dummy], ignore_index=True)
    explained = float(real["first"].sum())
    figure, (axes,) = canvas(
        height=5.5 + 0.86 * len(table),
        title=f"Where the uncertainty comes from: main effects explain {percent(explained)}",
        subtitle=f"{_measure(mine.iloc[0], manifest)}. {setting_of(manifest)}",
        caption=source_line(
            manifest,
            "Sobol: share of the variance by the parameter alone (open) and in all, with what it "
            "does together with others (filled), 95 % intervals. Grey: not clearly above the "
            f"dummy, whose runs differ in nothing but their families. N {facts['samples']:,}. "
            f"{_runs(facts)}",
        ),
    )
    for y, row in enumerate(table.to_dict("records")):
        colour = BLUE if row["clear"] else GREY
        for name, up, face in (("total", -0.14, colour), ("first", 0.14, "white")):
            at = y + up
            axes.plot([row[f"{name}_low"], row[f"{name}_high"]], [at, at], color=colour,
                      linewidth=1.2)  # fmt: skip
            axes.plot(row[name], at, "o", markersize=5, markerfacecolor=face,
                      markeredgecolor=colour, markeredgewidth=1.3)  # fmt: skip
    _rows(figure, axes, table)
    if len(dummy):
        axes.axvline(float(dummy["total"].iloc[0]), color=ORANGE, linewidth=1.0, linestyle=":")
    axes.axvline(0.0, color=DARK_GREY, linewidth=0.8)
    low = float(np.nanmin(table[["first_low", "total_low"]].to_numpy()))
    high = float(np.nanmax(table[["first_high", "total_high"]].to_numpy()))
    axes.set_xlim(min(0.0, low) - 0.02, max(1.0, high) + 0.02)
    axes.set_xlabel("Share of the variance")
    first = table.iloc[0]
    alt = (
        f"Sobol indices of {len(real)} parameters. The largest total is that of {first['label']}: "
        f"{percent(float(first['total']))}, {percent(float(first['first']))} by itself. Main "
        f"effects explain {percent(explained)} together."
    )
    return Picture("sobol", settled(figure), table, "Where the uncertainty comes from", alt,
                   source_line(manifest))  # fmt: skip


def _rows(figure: Any, axes: "Axes", table: "DataFrame") -> None:
    """Name the rows of a figure by their labels, the first on top."""
    labels = []
    for label in table["label"]:
        lines = wrapped(figure, str(label), SMALL, "normal", _SHARE)
        labels.append("\n".join(lines if len(lines) <= 2 else [lines[0], lines[1] + " ..."]))
    axes.set_yticks(np.arange(len(table)), labels)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)


def _ratio_names(axes: "Axes", right: float, top: float) -> None:
    """Write each ratio where its line leaves the frame."""
    for ratio in RATIOS:
        inside = ratio * right <= top
        x, y = (right, ratio * right) if inside else (top / ratio, top)
        axes.annotate(f"{ratio:g}", (x, y), xytext=(4, 0) if inside else (0, 3),
                      textcoords="offset points", va="center" if inside else "bottom",
                      ha="left" if inside else "center", size=SMALL, color=DARK_GREY,
                      annotation_clip=False)  # fmt: skip


def _facts(manifest: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(a for a in manifest["analyses"] if a["kind"] == kind)
    return found


def _runs(facts: Mapping[str, Any]) -> str:
    return f"{facts['points']:,} points of {facts['families']:,} families."


def _measure(row: Any, manifest: Mapping[str, Any]) -> str:
    labels = {one["name"]: one["label"] for one in manifest["measures"]}
    name = str(row["measure"])
    words = labels.get(name, name.replace("_", " ").capitalize())
    return f"{words} of {row['arm']} against {row['comparator']}"


def _money(row: Any) -> tuple[Callable[[float], str], Any]:
    """Return how amounts of the measure are written, in text and on an axis."""
    if str(row["measure_unit"]).startswith("£"):
        return pounds, pounds_tick
    return number, number_tick
