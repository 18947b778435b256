"""Budget impact by year and payer, a panel a place; waiting list and caseload over time."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from babs_sim.analysis.budget import WHOLE
from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.analysis.wording import MINUS, number, pounds
from babs_sim.handover import Floats
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    MID_GREY,
    ORANGE,
    PURPLE,
    SMALL,
    TURQUOISE,
    Picture,
    canvas,
    in_style,
    spread,
)
from babs_sim.plots.words import source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

Curve: TypeAlias = "tuple[str, Floats, Floats, str, str]"
"""Name, pounds by year, their Monte Carlo errors (nan: not drawn), colour and line style."""
MAIN = 2
"""Payers that have a line of their own; the others are one line."""
_LOOKS = ((TURQUOISE, "--"), (PURPLE, "-."), (ORANGE, ":"))
_THOUSAND = 1e3


@in_style
def draw_budget(budget: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Picture:
    """Return the net budget impact (budget.csv) of one arm by year: all payers, and the main ones.

    A panel a place.  The band is 95 % Monte Carlo error of the sum; the grey line is what the
    service itself costs.
    """
    from matplotlib.ticker import FuncFormatter
    from pandas import DataFrame

    mine = budget[(budget["arm"] == arm) & (budget["year"] != "all")]
    names = manifest.get("places", {})
    places = {
        str(names.get(place, place)): _curves(rows, manifest["payers"])
        for place, rows in mine.groupby("place", sort=False)
    }
    whole = {label: next(c for c in curves if c[0] == ALL) for label, curves in places.items()}
    years = np.arange(1, len(next(iter(whole.values()))[1]) + 1)
    total = [float(net.sum()) for _, net, *_ in whole.values()]
    verb = "costs" if min(total) > 0 else "changes budgets by"
    low, high = pounds(min(total)), pounds(max(total))
    several = low if len(places) == 1 or low == high else f"{low} to {high}"
    title = f"{arm} {verb} {several} net in {len(years)} years"
    terms = manifest["terms"]
    caption = source_line(manifest)
    columns = min(2, len(places))
    rows_ = math.ceil(len(places) / columns)
    figure, axes = canvas(
        height=3.6 + 5.4 * rows_,
        title=title,
        subtitle=f"£ thousand a year against {mine['comparator'].iloc[0]}, undiscounted, prices of "
        f"{terms['price_year']}; above zero is a cost. Band: 95 % Monte Carlo interval of all "
        f"payers, {terms['perspective']['label']}.",
        caption=caption,
        rows=rows_, columns=columns, sharex=True, sharey=True,
    )  # fmt: skip
    drawn = []
    for panel, (label, curves) in zip(axes, places.items(), strict=False):
        for name, net, error, colour, style in curves:
            value, half = net / _THOUSAND, error * NORMAL_95 / _THOUSAND
            panel.plot(years, value, color=colour, linestyle=style, linewidth=1.6)
            if name == ALL:
                panel.fill_between(
                    years, value - half, value + half, color=BLUE, alpha=0.2, linewidth=0
                )
            drawn += [
                (label, name, int(year), v, v - e, v + e)
                for year, v, e in zip(years, value, half, strict=True)
            ]
        panel.axhline(0.0, color=DARK_GREY, linewidth=1.0)
        panel.set_title(label, loc="left")
        panel.set_xticks(list(years))
        panel.yaxis.set_major_formatter(FuncFormatter(_thousand))
        panel.grid(axis="x", visible=False)
    for panel in axes[len(places) :]:
        panel.remove()
    axes = axes[: len(places)]
    for panel in axes[-columns:]:
        panel.set_xlabel("Year of the service")
        panel.tick_params(labelbottom=True)
    for panel in axes[::columns]:
        panel.set_ylabel("£ thousand")
    for panel in axes:
        panel.set_xlim(0.8, years[-1] + 1.9)
    _settle(figure)
    for panel, curves in zip(axes, places.values(), strict=False):
        _name(panel, years[-1], curves)
    table = DataFrame(drawn, columns=["place", "line", "year", "thousand_pounds", "low", "high"])
    first, (_, net, *_) = next(iter(whole.items()))
    alt = (
        f"Lines of net budget impact in years 1 to {len(years)} for "
        f"{', '.join(places)}. {title}. In year 1 it is {pounds(float(net[0]))} in {first}, in "
        f"year {len(years)} {pounds(float(net[-1]))}."
    )
    return Picture("budget", figure, table, title, alt, caption)


@in_style
def draw_service(times: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    """Return families waiting and in treatment (pathway_time.csv), for each limited team."""
    title = "Families waiting and in treatment"
    caption = source_line(manifest)
    frames = {str(arm): frame for arm, frame in times.groupby("arm", sort=False)}
    figure, axes = canvas(
        height=7.5,
        title=title,
        subtitle="Mean of the simulated services by year of the service; band: 95 % of services.",
        caption=caption,
        columns=2,
    )
    looks = [(BLUE, "-"), *_LOOKS]
    shown = dict(list(frames.items())[: len(looks)])
    named: list[tuple[Axes, list[tuple[str, float, str]]]] = []
    for panel, column, label in (
        (axes[0], "waiting", "Families waiting"),
        (axes[1], "caseload", "Families in treatment"),
    ):
        ends = []
        for (arm, frame), (colour, style) in zip(shown.items(), looks, strict=False):
            panel.plot(frame["time"], frame[column], color=colour, linestyle=style)
            panel.fill_between(
                frame["time"], frame[f"{column}_low"], frame[f"{column}_high"],
                color=colour, alpha=0.12, linewidth=0,
            )  # fmt: skip
            ends.append((arm, float(frame[column].iloc[-1]), colour))
        most = max(float(frame["time"].iloc[-1]) for frame in shown.values())
        panel.set_xlim(0.0, most * (1.0 if len(shown) == 1 else 1.4))
        panel.set_xticks(np.arange(int(most) + 1))
        panel.set_ylim(bottom=0.0)
        panel.set_xlabel("Year of the service")
        panel.set_ylabel(label)
        panel.grid(axis="x", visible=False)
        named.append((panel, ends))
    _settle(figure)
    for panel, ends in named if len(shown) > 1 else []:
        _ends(panel, most, ends)
    parts = [
        f"{arm}: {number(float(frame['waiting'].mean()))} waiting and "
        f"{number(float(frame['caseload'].mean()))} in treatment on average"
        for arm, frame in shown.items()
    ]
    return Picture("service", figure, times, title, f"{title}. {'; '.join(parts)}.", caption)


def _settle(figure: "Figure") -> None:
    """Lay the figure out once and for all: names at the ends of lines go by the final sizes."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


ALL, ALONE, REST = "All payers", "Service alone", "Other payers"


def _curves(rows: "DataFrame", payers: Mapping[str, str]) -> list[Curve]:
    """Return what is drawn of one place, given its rows of budget.csv."""
    by_payer = {str(payer): own for payer, own in rows.groupby("payer", sort=False)}
    (whole,) = (own for payer, own in by_payer.items() if payer.startswith(WHOLE))
    nets = {
        payer: own["net"].to_numpy(dtype=float)
        for payer, own in by_payer.items()
        if not payer.startswith(WHOLE)
    }
    order = sorted(nets, key=lambda payer: -abs(nets[payer]).sum())
    main, rest = order[:MAIN], order[MAIN:]
    alone = (whole["service_fixed"] + whole["service_variable"]).to_numpy(dtype=float)
    unknown = np.full(len(alone), np.nan)
    curves: list[Curve] = [
        (ALONE, alone, unknown, MID_GREY, "-"),
        (ALL, whole["net"].to_numpy(dtype=float), whole["mc_error"].to_numpy(dtype=float), BLUE,
         "-"),
    ]  # fmt: skip
    looks = dict(zip(sorted(main), _LOOKS, strict=False))
    curves += [
        (payers.get(payer, payer).split(":")[0], nets[payer],
         by_payer[payer]["mc_error"].to_numpy(dtype=float), *looks[payer])
        for payer in main
    ]  # fmt: skip
    if rest:
        curves.append((REST, np.sum([nets[p] for p in rest], axis=0), unknown, *_LOOKS[-1]))
    return curves


def _name(panel: "Axes", last: float, curves: list[Curve]) -> None:
    ends = [
        (label, float(net[-1]) / _THOUSAND, colour if colour != MID_GREY else DARK_GREY)
        for label, net, _, colour, _ in curves
    ]
    _ends(panel, last, ends)


def _ends(panel: "Axes", last: float, ends: list[tuple[str, float, str]]) -> None:
    """Write the name of each line at its end, no two on top of each other."""
    low, high = panel.get_ylim()
    box = panel.get_window_extent()
    apart = (high - low) * SMALL * 1.5 * panel.figure.dpi / 72 / box.height
    places = spread([value for _, value, _ in ends], apart)
    for (label, _, colour), y in zip(ends, places, strict=True):
        panel.annotate(
            label, (last, y), xytext=(4, 0), textcoords="offset points", va="center", ha="left",
            size=SMALL, color=colour, annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip


def _thousand(value: float, _: int) -> str:
    text = f"{abs(value):,.0f}"
    return f"{MINUS}£{text}" if value < 0 else f"£{text}"
