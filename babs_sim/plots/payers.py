"""Who pays and who saves: net cost of each payer with its interval."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import pence
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    SMALL,
    Picture,
    canvas,
    in_style,
    settled,
)
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from pandas import DataFrame

_ROW = 0.85  # centimetres


@in_style
def draw_payers(
    table: "DataFrame", manifest: Mapping[str, Any], arm: str, comparator: str, draws: int
) -> Picture:
    """Draw the net cost of each payer, the sum of all below them.

    ``table`` has the columns payer (its label), value, low and high, in pounds a family, and as its
    last row the sum; ``draws`` is 0 where the intervals are for chance in the simulation alone.
    """
    size = len(table)
    kind = (
        f"95 % of {draws:,} draws of all parameters, the dot their mean"
        if draws
        else f"95 % interval for chance in {manifest['families']:,} simulated families, not for "
        "the parameters"
    )
    figure, (axes,) = canvas(
        height=4.6 + _ROW * size,
        title=f"Who pays more and who pays less with {arm}",
        subtitle=setting_of(manifest),
        caption=source_line(
            manifest,
            f"Net cost a family against {comparator}, the service included. Lines: {kind}.",
        ),
    )
    axes.axvline(0.0, color=DARK_GREY, linewidth=1.1)
    figures = table[["value", "low", "high"]].to_numpy(dtype=float).tolist()
    for y, (value, below, above) in enumerate(figures):
        whole = y == size - 1
        axes.plot([below, above], [y, y], color=BLUE, linewidth=4.0 if whole else 1.8,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(value, y, marker="D" if whole else "o", markersize=9 if whole else 6,
                  color=BLUE, markeredgecolor="white", linestyle="none", zorder=4)  # fmt: skip
        axes.annotate(
            pence(value), (1.0, y), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", size=SMALL, annotation_clip=False,
            weight="bold" if whole else "normal", color="#262626",
        )  # fmt: skip
    if size > 1:
        axes.axhline(size - 1.5, color=DARK_GREY, linewidth=0.6)
    ends = [0.0, *table["low"], *table["high"]]
    low, high = min(ends), max(ends)
    room = 0.04 * ((high - low) or 1.0)
    axes.set_xlim(low - room, high + room)
    axes.set_yticks(range(size), list(table["payer"]))
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(size - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(pounds_tick)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel("Pays less  ←  net cost, £ a family  →  pays more")
    last = table.iloc[-1]
    most, least = table.iloc[:-1].nlargest(1, "value"), table.iloc[:-1].nsmallest(1, "value")
    alt = f"Net cost a family of {arm} against {comparator}: {last['payer']} " + _words(last)
    if size > 2:
        alt += f"; highest {most['payer'].iloc[0]} {_words(most.iloc[0])}"
        alt += f", lowest {least['payer'].iloc[0]} {_words(least.iloc[0])}"
    return Picture("payers", settled(figure), table, "Who pays more and who pays less", f"{alt}.",
                   source_line(manifest))  # fmt: skip


def _words(row: "Any") -> str:
    low, high = pence(float(row["low"])), pence(float(row["high"]))
    return f"{pence(float(row['value']))} ({low} to {high})"
