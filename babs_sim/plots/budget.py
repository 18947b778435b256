"""Budget impact by year and payer, a panel a place; waiting list and caseload over time."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.budget import Impact, PlaceBudget
from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.analysis.serving import over_time
from babs_sim.analysis.wording import MINUS, number, pounds
from babs_sim.handover import ServiceLog
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAIN = 2
"""Payers that have a line of their own; the others are one line."""
_LOOKS = ((TURQUOISE, "--"), (PURPLE, "-."), (ORANGE, ":"))
_THOUSAND = 1e3


@in_style
def draw_budget(budgets: Sequence[PlaceBudget], caption: str) -> Picture:
    """Return the net budget impact of one arm by year: all payers together, and the main ones.

    The band is 95 % Monte Carlo error of the sum; the grey line is what the service itself costs.
    """
    from matplotlib.ticker import FuncFormatter
    from pandas import DataFrame

    first = budgets[0]
    years = np.arange(1, first.whole.net.shape[1] + 1)
    total = [float(one.whole.net[0].sum()) for one in budgets]
    verb = "costs" if min(total) > 0 else "changes budgets by"
    low, high = pounds(min(total)), pounds(max(total))
    several = low if len(budgets) == 1 or low == high else f"{low} to {high}"
    title = f"{first.arm} {verb} {several} net in {len(years)} years"
    terms = first.base.terms
    columns = min(2, len(budgets))
    rows = math.ceil(len(budgets) / columns)
    figure, axes = canvas(
        height=3.6 + 5.4 * rows,
        title=title,
        subtitle=f"£ thousand a year against {first.comparator}, undiscounted, prices of "
        f"{terms.price_year}; above zero is a cost. Band: 95 % Monte Carlo interval of all payers, "
        f"{terms.perspective.label}.",
        caption=caption,
        rows=rows, columns=columns, sharex=True, sharey=True,
    )  # fmt: skip
    drawn = []
    for panel, one in zip(axes, budgets, strict=False):
        for label, impact_net, colour, style in _lines(one):
            value = impact_net[0] / _THOUSAND
            panel.plot(years, value, color=colour, linestyle=style, linewidth=1.6)
            error = one.error(impact_net) * NORMAL_95 / _THOUSAND
            drawn += [
                (one.label, label, int(year), v, v - e, v + e)
                for year, v, e in zip(years, value, error, strict=True)
            ]
        net = one.whole.net
        half = one.error(net) * NORMAL_95
        panel.fill_between(
            years, (net[0] - half) / _THOUSAND, (net[0] + half) / _THOUSAND,
            color=BLUE, alpha=0.2, linewidth=0,
        )  # fmt: skip
        panel.axhline(0.0, color=DARK_GREY, linewidth=1.0)
        panel.set_title(one.label, loc="left")
        panel.set_xticks(list(years))
        panel.yaxis.set_major_formatter(FuncFormatter(_thousand))
        panel.grid(axis="x", visible=False)
    for panel in axes[len(budgets) :]:
        panel.remove()
    axes = axes[: len(budgets)]
    for panel in axes[-columns:]:
        panel.set_xlabel("Year of the service")
        panel.tick_params(labelbottom=True)
    for panel in axes[::columns]:
        panel.set_ylabel("£ thousand")
    for panel in axes:
        panel.set_xlim(0.8, years[-1] + 1.9)
    _settle(figure)
    for panel, one in zip(axes, budgets, strict=False):
        _name(panel, years[-1], _lines(one))
    table = DataFrame(drawn, columns=["place", "line", "year", "thousand_pounds", "low", "high"])
    alt = (
        f"Lines of net budget impact in years 1 to {len(years)} for "
        f"{', '.join(one.label for one in budgets)}. {title}. In year 1 it is "
        f"{pounds(float(first.whole.net[0, 0]))} in {first.label}, in year {len(years)} "
        f"{pounds(float(first.whole.net[0, -1]))}."
    )
    return Picture("budget", figure, table, title, alt, caption)


@in_style
def draw_service(services: Mapping[str, ServiceLog], caption: str) -> Picture:
    """Return families waiting and in treatment by time, for each limited team."""
    from pandas import concat

    title = "Families waiting and in treatment"
    frames = {arm: over_time(log) for arm, log in services.items()}
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
    table = concat([frame.assign(arm=arm) for arm, frame in frames.items()], ignore_index=True)
    parts = [
        f"{arm}: {number(float(frame['waiting'].mean()))} waiting and "
        f"{number(float(frame['caseload'].mean()))} in treatment on average"
        for arm, frame in shown.items()
    ]
    return Picture("service", figure, table, title, f"{title}. {'; '.join(parts)}.", caption)


def _settle(figure: "Figure") -> None:
    """Lay the figure out once and for all: names at the ends of lines go by the final sizes."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _lines(one: PlaceBudget) -> list[tuple[str, np.ndarray, str, str]]:
    """Return name, pounds (1 + B, C), colour and line style of what is drawn."""
    payers = sorted(one.impacts[1:], key=lambda impact: -abs(impact.net[0]).sum())
    main, rest = payers[:MAIN], payers[MAIN:]
    lines = [
        ("Service alone", one.whole.fixed + one.whole.variable, MID_GREY, "-"),
        ("All payers", one.whole.net, BLUE, "-"),
    ]
    looks = dict(zip(sorted(impact.payer for impact in main), _LOOKS, strict=False))
    lines += [(_short(impact), impact.net, *looks[impact.payer]) for impact in main]
    if rest:
        others = np.sum([impact.net for impact in rest], axis=0)
        lines.append(("Other payers", others, *_LOOKS[-1]))
    return lines


def _short(impact: Impact) -> str:
    return impact.label.split(":")[0]


def _name(panel: "Axes", last: float, lines: list[tuple[str, np.ndarray, str, str]]) -> None:
    ends = [
        (label, float(net[0, -1]) / _THOUSAND, colour if colour != MID_GREY else DARK_GREY)
        for label, net, colour, _ in lines
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
