"""Tornado: what one parameter at a time does to a figure, from the base run."""

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import number, parameter_words, pounds
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    ORANGE,
    SMALL,
    WIDE,
    Picture,
    canvas,
    in_style,
    settled,
    width_of,
    wrapped,
)
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

MOST = 12
LOW, HIGH, QUARTILES = 2.5, 97.5, (25.0, 75.0)
_ERRORS = 2.0  # Monte Carlo errors below which a bar is drawn hollow
_ROW, _TALL_ROW = 0.85, 1.15  # centimetres
_LABEL = 40
_NARROW_SHARE = 0.88
"""Of the width of one column, what a name above its bar may take."""


@in_style
def draw_tornado(
    frame: "DataFrame", manifest: Mapping[str, Any], arm: str, measure: str,
    width: float = WIDE, most: int = MOST,
) -> Picture:  # fmt: skip
    """Draw the ``most`` widest bars of tornado.csv for one arm and measure, the widest on top.

    ``width`` is in centimetres; in one column of a journal (`style.NARROW`) names stand above bars.
    The line is the base run itself.  Bars are hollow where they are shorter than two Monte Carlo
    errors, and marked ▲ where a quartile lies outside the two ends.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    mine = frame[(frame["arm"] == arm) & (frame["measure"] == measure)]
    wide = mine.pivot_table(
        index="parameter", columns="percentile", values=["result", "value", "mc_error"],
        sort=False,
    )  # fmt: skip
    size = (wide["result"][HIGH] - wide["result"][LOW]).abs()
    order = list(size.sort_values(ascending=False, kind="stable").index)
    shown, rest = order[:most], order[most:]
    labels = mine.drop_duplicates("parameter").set_index("parameter")
    base = float(mine["base_result"].iloc[0])
    money = str(mine["measure_unit"].iloc[0]).startswith("£")
    show = pounds if money else number
    others = ""
    if rest:
        others = f" {len(rest)} others move it by no more than {show(float(size[rest].max()))}."
    narrow = width < WIDE
    figure, (axes,) = canvas(
        width,
        height=(8.6 if narrow else 5.2) + (_TALL_ROW if narrow else _ROW) * len(shown),
        title="What drives the answer, one parameter at a time",
        subtitle=f"{_words(manifest, measure)} of {arm} against {mine['comparator'].iloc[0]}. "
        f"{setting_of(manifest)}",
        caption=source_line(
            manifest,
            f"Bars: the parameter at the 2.5 and 97.5 percentile of its distribution, ticks at the "
            f"quartiles, all others at their base. The same {manifest['families']:,} families "
            f"in every run; hollow: shorter than two Monte Carlo errors. How far a bar reaches is "
            f"no chance. Dashed: break-even.{others}",
        ),
    )
    drawn = []
    for y, name in enumerate(shown):
        at = {p: float(wide["result"][p][name]) for p in (LOW, *QUARTILES, HIGH)}
        error = math.hypot(*(float(wide["mc_error"][p][name]) for p in (LOW, HIGH)))
        sure = abs(at[HIGH] - at[LOW]) > _ERRORS * error
        _bar(axes, y, base, at, sure)
        outside = not all(min(at[LOW], at[HIGH]) - 1e-9 <= at[q] <= max(at[LOW], at[HIGH]) + 1e-9
                          for q in QUARTILES)  # fmt: skip
        ends = {p: _value(float(wide["value"][p][name]), labels["unit"][name]) for p in (LOW, HIGH)}
        words = str(labels["label"][name])
        words = parameter_words(words) if words == name else words
        drawn.append((name, words, at[LOW], at[HIGH], *(at[q] for q in QUARTILES),
                      ends[LOW], ends[HIGH], sure, outside))  # fmt: skip
    axes.axvline(base, color="black", linewidth=1.0)
    ends_x = [x for row in drawn for x in row[2:6]] + [base]
    if money and min(ends_x) < 0 < max(ends_x):
        axes.axvline(0.0, color=DARK_GREY, linewidth=1.0, linestyle=(0, (4, 3)))
    _finish(axes, drawn, measure, manifest, money, narrow)
    text = f"base {pounds(base) if money else number(base)}"
    axes.annotate(text, (base, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
                  textcoords="offset points", ha="center", va="bottom", size=SMALL)  # fmt: skip
    start = "" if narrow else "parameter "
    axes.legend(
        handles=[
            Patch(color=ORANGE, label=f"{start}low (2.5 %)"),
            Patch(color=BLUE, label=f"{start}high (97.5 %)"),
            Line2D([], [], color="black", marker="|", linestyle="none", label="quartiles"),
        ],
        loc="lower right", bbox_to_anchor=(1.0, 1.06), ncols=2 if narrow else 3, frameon=False,
        borderpad=0,
    )  # fmt: skip
    table = _table(drawn)
    top = drawn[0]
    alt = (
        f"Tornado chart of {_words(manifest, measure)}: base {show(base)}. The widest bar is "
        f"{top[1]}: {show(top[2])} to {show(top[3])}. {len(rest)} narrower bars are not drawn."
    )
    return Picture("tornado", settled(figure), table, "What drives the answer", alt,
                   source_line(manifest))  # fmt: skip


def _bar(axes: "Axes", y: int, base: float, at: Mapping[float, float], sure: bool) -> None:
    for percentile, colour in ((LOW, ORANGE), (HIGH, BLUE)):
        axes.barh(
            y, at[percentile] - base, left=base, height=0.62, edgecolor=colour, linewidth=1.0,
            color=colour if sure else "white", zorder=2,
        )  # fmt: skip
    for percentile in QUARTILES:
        axes.plot([at[percentile]] * 2, [y - 0.31, y + 0.31], color="white", linewidth=2.2,
                  zorder=3)  # fmt: skip
        axes.plot([at[percentile]] * 2, [y - 0.31, y + 0.31], color="black", linewidth=0.9,
                  zorder=3)  # fmt: skip


def _finish(
    axes: "Axes", drawn: list[tuple[Any, ...]], measure: str, manifest: Mapping[str, Any],
    money: bool, narrow: bool,
) -> None:  # fmt: skip
    """Label the ends of bars with the parameter's values, and make room for them."""
    figure: Any = axes.figure
    spans = [x for row in drawn for x in row[2:6]]
    low, high = min(spans), max(spans)
    span = (high - low) or 1.0
    room = 0.0
    for y, row in enumerate(drawn):
        for end, other, text in ((row[2], row[3], row[6]), (row[3], row[2], row[7])):
            right = end > other or (end == other and text is row[7])
            edge = max(row[2:6]) if right else min(row[2:6])
            axes.annotate(
                text, (edge, y), xytext=(3 if right else -3, 0), textcoords="offset points",
                ha="left" if right else "right", va="center", size=SMALL, color=DARK_GREY,
            )  # fmt: skip
            room = max(room, width_of(figure, text, SMALL))
    axes.set_ylim(len(drawn) - 0.1, -0.6)
    names = [("▲ " if row[9] else "") + str(row[1]) for row in drawn]
    if narrow:
        axes.set_ylim(len(drawn) - 0.5, -0.95)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        for y, name in enumerate(names):
            line, *more = wrapped(figure, name, SMALL, "normal", _NARROW_SHARE)
            axes.text(
                0.0, y - 0.36, line + (" …" if more else ""), ha="left", va="bottom", size=SMALL,
                transform=axes.get_yaxis_transform(), in_layout=False, zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )  # fmt: skip
    else:
        texts = ["\n".join(textwrap.wrap(name, _LABEL)[:2]) for name in names]
        axes.set_yticks(range(len(drawn)), texts)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(_words(manifest, measure) + (", £ a family" if money else ""))
    if money:
        axes.xaxis.set_major_formatter(pounds_tick)
    axes.locator_params(axis="x", nbins=4 if narrow else 6)
    figure.draw_without_rendering()
    # Of the width, labels take their pixels on either side; the bars share what is left.
    share = min((room + 8.0) / axes.bbox.width, 0.4)
    side = span * share / (1.0 - 2.0 * share)
    axes.set_xlim(low - side, high + side)


def _words(manifest: Mapping[str, Any], measure: str) -> str:
    labels = {row["name"]: row["label"] for row in manifest["measures"]}
    return str(labels.get(measure, measure.replace("_", " ").capitalize()))


def _value(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".strip() if not unit.startswith("£") else pounds(value)


def _table(drawn: list[tuple[Any, ...]]) -> "DataFrame":
    from pandas import DataFrame

    return DataFrame(
        drawn,
        columns=["parameter", "label", "result_low", "result_high", "result_quartile_1",
                 "result_quartile_3", "value_low", "value_high", "clear", "not_monotone"],
    )  # fmt: skip
