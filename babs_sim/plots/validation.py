"""How near the births without the service come to published figures."""

import math
import textwrap
from collections.abc import Sequence

from babs_sim.analysis.validation import ERRORS, NEAR, Comparison, Validation
from babs_sim.plots.style import BLUE, DARK_GREY, GREY, ORANGE, SMALL, Picture, canvas, in_style

_ROW = 0.42  # centimetres
_WIDEST = 62
_MARKERS = {"calibrated": "s", "held_out": "o"}


@in_style
def draw_validation(validation: Validation, caption: str) -> Picture:
    """Return simulated over published figures with their bands, by domain.

    Dots of targets that set parameters are squares, of held-out ones circles; those out of band
    are orange and carry their ratio.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, NullLocator
    from pandas import DataFrame

    drawn = [c for c in validation.comparisons if c.row.expressed and c.row.value > 0]
    near, whole = validation.counts()
    held, all_held = validation.counts("held_out")
    title = f"{near} of {whole} published figures are met, {held} of {all_held} of those held out"
    lines = _lines(drawn)
    figure, (axes,) = canvas(
        height=6.0 + _ROW * len(lines),
        title=title,
        subtitle=f"{validation.label}, {validation.families:,} births without the service; "
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
            [max(ratio, 1e-3)], [y], marker=_MARKERS[line.row.role], color=colour, markersize=5,
            markerfacecolor="white" if line.row.role == "calibrated" else colour, linestyle="none",
        )  # fmt: skip
        if not line.in_band:
            below = ratio < 1
            axes.annotate(
                f"{ratio:.2f}", (low if below else high, y), xytext=(-5 if below else 5, 0),
                textcoords="offset points", ha="right" if below else "left", va="center",
                size=SMALL, color=DARK_GREY,
            )  # fmt: skip
        rows.append((line.row.domain, line.row.label, line.row.population, line.row.role,
                     line.row.value, line.simulated, ratio, spread,
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
        f"{validation.label}. {title}. {len(validation.misses())} lie out of their band."
    )
    return Picture("validation", figure, table, title, alt, caption)


def _lines(drawn: Sequence[Comparison]) -> list[str | Comparison]:
    lines: list[str | Comparison] = []
    for domain in dict.fromkeys(one.row.domain for one in drawn):
        lines += [domain, *(one for one in drawn if one.row.domain == domain)]
    return lines


def _ratio(one: Comparison) -> tuple[float, float]:
    """Return simulated over published figure, and two standard errors of that."""
    error = math.hypot(one.published_error, one.mc_error)
    return one.simulated / one.row.value, ERRORS * error / one.row.value


def _words(line: str | Comparison) -> str:
    if isinstance(line, str):
        return line
    return textwrap.shorten(f"{line.row.label}, {line.row.population}", _WIDEST, placeholder=" …")
