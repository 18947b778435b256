"""Cumulative cash flow by payer: when extra spending comes back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import number, pounds
from babs_sim.plots.choice import COLOURS
from babs_sim.plots.style import DARK_GREY, SMALL, Picture, canvas, in_style, settled, spread
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from pandas import DataFrame

WHOLE = "perspective:"
_NAMED = 4
_STYLES = ("-", "--", "-.", ":")


@in_style
def draw_cashflow(cashflow: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Picture:
    """Draw discounted extra cost to date of the perspective and its payers (cashflow.csv).

    Above 0 the payer has spent more than with the comparator; the four payers with the largest sums
    have a line.
    """
    mine = cashflow[cashflow["arm"] == arm]
    whole = mine[mine["payer"].str.startswith(WHOLE)]
    largest = mine.groupby("payer", sort=False)["cumulative_discounted"].agg(
        lambda sums: sums.abs().max()
    )
    paying = [name for name in largest.index if not name.startswith(WHOLE)]
    kept = sorted(paying, key=lambda name: -float(largest[name]))[:_NAMED]
    labels = {name: label.split(":")[0] for name, label in manifest["payers"].items()}
    base = str(mine["comparator"].iloc[0])
    figure, (axes,) = canvas(
        height=10.5,
        title=f"What {arm} costs and saves each payer, to date",
        subtitle=setting_of(manifest),
        caption=source_line(
            manifest,
            f"Extra pounds a family against {base}, added up from the start; year 0 is pregnancy. "
            f"Shaded: 95 % interval for chance in {manifest['families']:,} simulated families, not "
            "for the parameters. Drawn are the whole and the payers with the largest sums.",
        ),
    )
    axes.axhline(0.0, color=DARK_GREY, linewidth=0.9)
    ends = []
    lines = [("", whole), *((name, mine[mine["payer"] == name]) for name in kept)]
    for place, (name, line) in enumerate(lines):
        colour = COLOURS[place] if name else "black"
        x, y = line["year"].to_numpy(), line["cumulative_discounted"].to_numpy()
        reach = 1.96 * line["mc_error"].to_numpy()
        axes.fill_between(x, y - reach, y + reach, color=colour, alpha=0.16, linewidth=0)
        axes.plot(x, y, color=colour, linewidth=2.4 if not name else 1.5,
                  linestyle=_STYLES[(place - 1) % 4] if name else "-")  # fmt: skip
        label = labels.get(name, name) if name else manifest["terms"]["perspective"]["label"]
        ends.append((label, float(y[-1]), colour))
    low, high = axes.get_ylim()
    for (label, _, colour), y in zip(
        ends, spread([end[1] for end in ends], 0.06 * (high - low)), strict=True
    ):
        axes.annotate(
            label, (1.0, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", size=SMALL, color=colour, weight="bold",
            annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, float(mine["year"].max()))
    axes.set_xlabel("Year of the child's life")
    axes.set_ylabel("Extra cost to date, £ a family")
    axes.yaxis.set_major_formatter(pounds_tick)
    last = whole.iloc[-1]
    alt = (
        f"Cumulative extra cost of {arm} against {base}: {ends[0][0]} "
        f"{pounds(float(last['cumulative_discounted']))} a family by year "
        f"{number(float(last['year']))}."
    )
    drawn = mine[mine["payer"].isin(kept) | mine["payer"].str.startswith(WHOLE)]
    return Picture("cashflow", settled(figure), drawn, "What each payer spends and saves", alt,
                   source_line(manifest))  # fmt: skip
