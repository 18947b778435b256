"""How near the births without the service come to published figures."""

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babs_sim.analysis.validation import ERRORS, NEAR
from babs_sim.plots.style import BLUE, DARK_GREY, GREY, ORANGE, SMALL, Picture, canvas, in_style

if TYPE_CHECKING:
    from pandas import DataFrame

_ROW = 0.42  # centimetres
_WIDEST = 62
_MARKERS = {"calibrated": "s", "held_out": "o"}


@dataclass(frozen=True, slots=True)
class Point:
    """One row of validation.csv that the model can express."""

    domain: str
    label: str
    population: str
    role: str
    published: float
    simulated: float
    error: float
    in_band: bool


def validation_caption(families: int, seed: int, model: str) -> str:
    """Return the line that says which run a chart of validation is of."""
    return (
        f"{families:,} births, seed {seed}, tables {model[:8]}; "
        f"band: {100 * NEAR:g} % or two standard errors."
    )


def _points(table: "DataFrame") -> list[Point]:
    return [
        Point(row["domain"], row["target"], row["population"], row["role"], row["published"],
              row["simulated"], math.hypot(row["published_error"], row["mc_error"]),
              row["in_band"] == "yes")
        for row in table.to_dict("records") if row["expressed"] == "yes"
    ]  # fmt: skip


def _met(points: list[Point]) -> str:
    return f"{sum(point.in_band for point in points)} of {len(points)}"


@in_style
def draw_validation(validation: "DataFrame", label: str, families: int, caption: str) -> Picture:
    """Return simulated over published figures (validation.csv) with their bands, by domain.

    ``label`` names the place, ``families`` are its births.  Dots of targets that set parameters are
    squares, of held-out ones circles; those out of band are orange and carry their ratio.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, NullLocator
    from pandas import DataFrame

    points = _points(validation)
    held = [point for point in points if point.role == "held_out"]
    title = f"{_met(points)} published figures are met, {_met(held)} of those held out"
    lines = _lines([point for point in points if point.published > 0])
    figure, (axes,) = canvas(
        height=6.0 + _ROW * len(lines),
        title=title,
        subtitle=f"{label}, {families:,} births without the service; "
        f"simulated over published figure; lines are {ERRORS:g} standard errors either way",
        caption=caption,
    )
    axes.axvspan(1 - NEAR, 1 + NEAR, color=GREY, alpha=0.45, linewidth=0)
    axes.axvline(1.0, color=DARK_GREY, linewidth=1.0)
    rows = []
    for y, line in enumerate(lines):
        if isinstance(line, str):
            continue
        ratio, spread = _ratio(line)
        colour = BLUE if line.in_band else ORANGE
        low, high = max(ratio - spread, 1e-3), ratio + spread
        axes.plot([low, high], [y, y], color=colour, linewidth=1.2)
        axes.plot(
            [max(ratio, 1e-3)], [y], marker=_MARKERS[line.role], color=colour, markersize=5,
            markerfacecolor="white" if line.role == "calibrated" else colour, linestyle="none",
        )  # fmt: skip
        if not line.in_band:
            below = ratio < 1
            axes.annotate(
                f"{ratio:.2f}", (low if below else high, y), xytext=(-5 if below else 5, 0),
                textcoords="offset points", ha="right" if below else "left", va="center",
                size=SMALL, color=DARK_GREY,
            )  # fmt: skip
        rows.append((line.domain, line.label, line.population, line.role,
                     line.published, line.simulated, ratio, spread,
                     "yes" if line.in_band else "no"))  # fmt: skip
    axes.set_xscale("log")
    ends = [r[6] + side * r[7] for r in rows for side in (-1, 1)] or [1.0]
    axes.set_xlim(min(0.75, 0.8 * max(min(ends), 0.02)), max(1.35, 1.25 * max(ends)))
    ticks = [t for t in (0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 1.0, 1.25, 2.0, 5.0, 10.0)
             if axes.get_xlim()[0] <= t <= axes.get_xlim()[1]]  # fmt: skip
    axes.set_xticks(ticks)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_xlabel("Simulated / published (logarithmic)")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks(range(len(lines)), [_words(line) for line in lines])
    for tick, line in zip(axes.get_yticklabels(), lines, strict=True):
        tick.set_fontweight("bold" if isinstance(line, str) else "normal")
    axes.grid(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(
        handles=[
            Line2D([], [], marker="s", color=BLUE, markerfacecolor="white", linestyle="none",
                   label="set parameters"),
            Line2D([], [], marker="o", color=BLUE, linestyle="none", label="held out"),
            Line2D([], [], marker="o", color=ORANGE, linestyle="none", label="out of band"),
            Patch(color=GREY, alpha=0.45, label=f"within {100 * NEAR:g} %"),
        ],
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, frameon=False, borderpad=0,
        handletextpad=0.3, columnspacing=1.2,
    )  # fmt: skip
    # The legend lies outside the axes, and a layout that is made twice moves it.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    table = DataFrame(
        rows,
        columns=["domain", "target", "population", "role", "published", "simulated", "ratio",
                 "two_standard_errors", "in_band"],
    )  # fmt: skip
    alt = (
        f"Dots show simulated over published figures for {len(rows)} targets in "
        f"{label}. {title}. {sum(not point.in_band for point in points)} lie out of their band."
    )
    return Picture("validation", figure, table, title, alt, caption)


def _lines(drawn: list[Point]) -> list[str | Point]:
    lines: list[str | Point] = []
    for domain in dict.fromkeys(one.domain for one in drawn):
        lines += [domain, *(one for one in drawn if one.domain == domain)]
    return lines


def _ratio(one: Point) -> tuple[float, float]:
    """Return simulated over published figure, and two standard errors of that."""
    return one.simulated / one.published, ERRORS * one.error / one.published


def _words(line: str | Point) -> str:
    if isinstance(line, str):
        return line
    return textwrap.shorten(f"{line.label}, {line.population}", _WIDEST, placeholder=" …")
