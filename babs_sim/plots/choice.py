"""What a probabilistic sample says about the choice: plane, acceptability, loss."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    MID_GREY,
    ORANGE,
    PURPLE,
    SMALL,
    TURQUOISE,
    Picture,
    canvas,
    in_style,
    settled,
    spread,
)
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

POINTS = 2_000
LINES = (20_000.0, 30_000.0)
"""Pounds of a QALY at which lines are drawn, charts' convention."""
COLOURS = (MID_GREY, BLUE, TURQUOISE, PURPLE, ORANGE)
"""Of the arms, the comparator first."""
_STYLES = ("-", "-", "--", "-.", ":")


@in_style
def draw_plane(
    costs: "DataFrame", effects: "DataFrame", manifest: Mapping[str, Any], arm: str
) -> Picture:
    """Draw incremental cost against incremental QALYs of an arm, one point a draw.

    ``costs`` and ``effects`` are costs.csv and effects.csv.  The share of draws below each line is
    that of all draws; no more than `POINTS` are drawn.
    """
    from matplotlib.patches import Ellipse
    from pandas import DataFrame

    base = comparator_of(manifest)
    cost = (costs[arm] - costs[base]).to_numpy(dtype=float)
    effect = (effects[arm] - effects[base]).to_numpy(dtype=float)
    below = {value: float((cost < value * effect).mean()) for value in LINES}
    shown = slice(0, POINTS)
    figure, (axes,) = canvas(
        height=11.5,
        title=f"{arm}: cost and health gained, against {base}",
        subtitle=f"{setting_of(manifest)}; QALYs of mother and child",
        caption=source_line(
            manifest,
            f"A point is one of {len(cost):,} draws of all parameters, the cross their mean; "
            "ellipses hold about 50 and 95 % of them. Part of their spread is chance in the "
            "simulation.",
        ),
    )
    axes.axhline(0.0, color=DARK_GREY, linewidth=0.8)
    axes.axvline(0.0, color=DARK_GREY, linewidth=0.8)
    axes.scatter(effect[shown], cost[shown], s=7, color=BLUE, alpha=0.25, linewidths=0)
    if len(cost) > 2 and np.ptp(effect) > 0 and np.ptp(cost) > 0:
        for share in (0.5, 0.95):
            axes.add_patch(_ellipse(Ellipse, effect, cost, share))
    axes.plot(effect.mean(), cost.mean(), marker="+", markersize=12, color=ORANGE,
              markeredgewidth=2.2, zorder=5)  # fmt: skip
    _limits(axes, effect, cost)
    for value in LINES:
        _line(axes, value, below[value])
    for x, y, ha, va, text in (
        (0.005, 0.99, "left", "top", "worse health, costs more"),
        (0.995, 0.99, "right", "top", "better health, costs more"),
        (0.005, 0.01, "left", "bottom", "worse health, saves money"),
        (0.995, 0.01, "right", "bottom", "better health, saves money"),
    ):
        axes.text(x, y, text, transform=axes.transAxes, ha=ha, va=va, size=SMALL, color="#767676")
    axes.set_xlabel("QALYs gained, per family")
    axes.set_ylabel("Extra cost, £ a family")
    axes.yaxis.set_major_formatter(pounds_tick)
    table = DataFrame({"qalys": effect[shown], "cost": cost[shown]})
    alt = (
        f"Cost-effectiveness plane of {arm} against {base}: on average {number(effect.mean())} "
        f"QALYs and {pounds(cost.mean())} a family; {percent(below[LINES[0]])} of "
        f"{len(cost):,} draws lie below {pounds(LINES[0])} a QALY."
    )
    return Picture("plane", settled(figure), table, f"{arm}: cost and health gained", alt,
                   source_line(manifest))  # fmt: skip


@in_style
def draw_acceptability(ceac: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    """Draw the chance that each arm is best, the arm of the highest mean net benefit drawn thick.

    ``ceac`` is ceac.csv.
    """
    arms = list(dict.fromkeys(ceac["arm"]))
    figure, (axes,) = canvas(
        height=10.0,
        title="How likely each choice is best, by what a QALY is worth",
        subtitle=setting_of(manifest),
        caption=source_line(
            manifest,
            "The chance is that of the drawn parameters, chance in the simulation removed. Thick: "
            "the arm with the highest net benefit on average, the one to choose if nothing more is "
            "found out.",
        ),
    )
    for colour, style, arm in zip(COLOURS, _STYLES, arms, strict=False):
        mine = ceac[ceac["arm"] == arm]
        x, y = mine["value"].to_numpy(), mine["probability"].to_numpy()
        axes.plot(x, y, color=colour, linestyle=style, linewidth=1.5)
        best = mine["on_frontier"].to_numpy(dtype=bool)
        axes.plot(x, np.where(best, y, np.nan), color=colour, linewidth=4.0, alpha=0.9)
    _label_ends(axes, [(arm, ceac[ceac["arm"] == arm]["probability"].iloc[-1]) for arm in arms],
                0.05)  # fmt: skip
    _worth(axes, ceac)
    axes.set_ylim(0, 1)
    axes.set_yticks(np.linspace(0, 1, 6), [f"{100 * y:.0f} %" for y in np.linspace(0, 1, 6)])
    axes.set_ylabel("Chance of being the best choice")
    at = ceac[ceac["value"] == LINES[0]]
    said = ", ".join(f"{a} {percent(p)}" for a, p in zip(at["arm"], at["probability"], strict=True))
    alt = f"Acceptability curves. At {pounds(LINES[0])} a QALY the chance of being best is: {said}."
    return Picture("acceptability", settled(figure), ceac, "How likely each choice is best", alt,
                   source_line(manifest))  # fmt: skip


@in_style
def draw_loss(ceac: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    """Draw the expected loss of each choice; the lowest is the value of perfect information."""
    arms = list(dict.fromkeys(ceac["arm"]))
    figure, (axes,) = canvas(
        height=10.0,
        title="What a wrong choice costs, by what a QALY is worth",
        subtitle=setting_of(manifest),
        caption=source_line(
            manifest,
            "Expected loss: net benefit given up, on average over the draws, by choosing an arm "
            "where another is better; chance in the simulation removed. The lowest curve, shaded, "
            "is the expected value of perfect information (EVPI).",
        ),
    )
    top = 0.0
    for colour, style, arm in zip(COLOURS, _STYLES, arms, strict=False):
        mine = ceac[ceac["arm"] == arm]
        axes.plot(mine["value"], mine["loss"], color=colour, linestyle=style, linewidth=1.6)
        top = max(top, float(mine["loss"].max()))
    values = ceac.drop_duplicates("value")
    axes.fill_between(values["value"], 0, values["evpi"], color=GREY, alpha=0.55, linewidth=0)
    axes.set_ylim(0, top * 1.05 or 1.0)
    _label_ends(axes, [(arm, ceac[ceac["arm"] == arm]["loss"].iloc[-1]) for arm in arms],
                0.05 * (top or 1.0))  # fmt: skip
    _worth(axes, ceac)
    axes.set_ylabel("Expected loss, £ a family")
    axes.yaxis.set_major_formatter(pounds_tick)
    at = values[values["value"] == LINES[0]]
    alt = (
        f"Expected loss of each choice. At {pounds(LINES[0])} a QALY perfect information is worth "
        f"{pounds(float(at['evpi'].iloc[0]))} a family."
    )
    return Picture("loss", settled(figure), ceac, "What a wrong choice costs", alt,
                   source_line(manifest))  # fmt: skip


def comparator_of(manifest: Mapping[str, Any]) -> str:
    """Return the arm that the others are compared with."""
    return next(str(arm["name"]) for arm in manifest["arms"] if arm["comparator"])


def _ellipse(kind: Any, x: Any, y: Any, share: float) -> Any:
    """Return the ellipse that holds a share of a normal cloud with the draws' moments."""
    size, axes = np.linalg.eigh(np.cov(x, y))
    radius = np.sqrt(-2.0 * np.log(1.0 - share))
    width, height = 2 * radius * np.sqrt(np.maximum(size[::-1], 0.0))
    angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))
    return kind((x.mean(), y.mean()), width, height, angle=angle, fill=False, edgecolor=BLUE,
                linewidth=1.0)  # fmt: skip


def _limits(axes: "Axes", effect: Any, cost: Any) -> None:
    for values, put in ((effect, axes.set_xlim), (cost, axes.set_ylim)):
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        span = (high - low) or 1.0
        put(low - 0.08 * span, high + 0.14 * span)


def _line(axes: "Axes", value: float, below: float) -> None:
    """Draw a line of equal net benefit, with its name where it leaves the frame."""
    (left, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    axes.plot([left, right], [value * left, value * right], color=DARK_GREY, linewidth=1.0,
              linestyle=(0, (5, 3)), scalex=False, scaley=False)  # fmt: skip
    x = min(right, top / value) * 0.985
    axes.annotate(
        f"{pounds(value)}: {percent(round(below, 2))} of draws below", (x, value * x),
        xytext=(-4, -9 if value == LINES[0] else 7), textcoords="offset points", size=SMALL,
        ha="right", va="top" if value == LINES[0] else "bottom", color=DARK_GREY,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
    )  # fmt: skip


def _worth(axes: "Axes", ceac: "DataFrame") -> None:
    for value in LINES:
        axes.axvline(value, color=DARK_GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlim(0, float(ceac["value"].max()))
    axes.xaxis.set_major_formatter(pounds_tick)
    axes.set_xlabel("Value of a QALY")


def _label_ends(axes: "Axes", ends: Sequence[tuple[str, float]], apart: float) -> None:
    """Name curves at their right end, apart from each other."""
    places = spread([float(y) for _, y in ends], apart)
    for colour, (name, _), y in zip(COLOURS, ends, places, strict=False):
        axes.annotate(
            name, (1.0, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", ha="left", va="center", size=SMALL, color=colour,
            weight="bold", annotation_clip=False,
        )  # fmt: skip
