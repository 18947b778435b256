"""When and how surely money comes back, and how a probabilistic analysis settles."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    LIGHT_BLUE,
    SMALL,
    Picture,
    canvas,
    in_style,
    settled,
    spread,
)
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from pandas import DataFrame

_NAMED = 4  # payers with a line of their own


@in_style
def draw_payback(payback: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Picture:
    """Draw the chance, year by year, that each payer has its money back (payback.csv)."""
    from babs_sim.plots.choice import COLOURS

    mine = payback[(payback["arm"] == arm) & (payback["year"] >= 0)]
    last = mine.groupby("payer", sort=False)["ahead"].last()
    paying = [payer for payer in last.index if payer]
    kept = sorted(paying, key=lambda payer: float(last[payer]))[:_NAMED]
    labels = {name: label.split(":")[0] for name, label in manifest["payers"].items()}
    labels[""] = str(manifest["terms"]["perspective"]["label"])
    draws = next(a["draws"] for a in manifest["analyses"] if a["kind"] == "psa")
    figure, (axes,) = canvas(
        height=10.5,
        title=f"How likely {arm} has paid for itself, year by year",
        subtitle=setting_of(manifest),
        caption=source_line(
            manifest,
            f"Chance over {draws:,} draws of all parameters that the payer has spent no more than "
            f"with {mine['comparator'].iloc[0]} by then. Drawn are the whole and the payers "
            "for whom it is least likely.",
        ),
    )
    ends = []
    for number_, payer in enumerate(["", *kept]):
        line = mine[mine["payer"] == payer]
        colour = "black" if not payer else COLOURS[1:][number_ - 1]
        axes.plot(line["years_since_entry"], line["ahead"], color=colour,
                  linewidth=2.6 if not payer else 1.5)  # fmt: skip
        ends.append((labels.get(payer, payer), float(line["ahead"].iloc[-1]), colour))
    for (label, _, colour), y in zip(ends, spread([e[1] for e in ends], 0.06), strict=True):
        axes.annotate(
            label, (1.0, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", size=SMALL, color=colour, weight="bold",
            annotation_clip=False,
        )  # fmt: skip
    axes.set_ylim(-0.02, 1.02)
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    axes.set_yticks(ticks, [f"{100 * y:.0f} %" for y in ticks])
    axes.set_xlim(0, float(mine["years_since_entry"].max()))
    axes.set_xlabel("Years since the family came")
    axes.set_ylabel("Chance of having paid for itself")
    whole = mine[mine["payer"] == ""]
    alt = (
        f"Chance that {arm} has paid for itself for {labels['']}: "
        f"{percent(float(whole['ahead'].iloc[-1]))} after "
        f"{number(float(whole['years_since_entry'].iloc[-1]))} years."
    )
    return Picture("payback", settled(figure), mine[mine["payer"].isin(["", *kept])],
                   "How likely it has paid for itself", alt, source_line(manifest))  # fmt: skip


@in_style
def draw_convergence(
    convergence: "DataFrame", manifest: Mapping[str, Any], arm: str, measure: str
) -> Picture:
    """Draw the mean of a figure, and the chance that it is above 0, over more and more draws."""
    mine = convergence[(convergence["arm"] == arm) & (convergence["measure"] == measure)]
    labels = {row["name"]: row["label"] for row in manifest["measures"]}
    words = labels.get(measure, measure.replace("_", " ").capitalize())
    figure, axes = canvas(
        height=8.5, columns=2,
        title="How the probabilistic analysis settles",
        subtitle=f"{words} of {arm} against {mine['comparator'].iloc[0]}. {setting_of(manifest)}",
        caption=source_line(
            manifest, "Shaded: 95 % interval for the chance in the draws, not for the parameters."
        ),
    )  # fmt: skip
    for place, (what, title) in zip(
        axes, (("mean", "Mean over the draws"), ("chance", "Chance of more than 0")),
        strict=True,
    ):  # fmt: skip
        line = mine[mine["what"] == what]
        place.fill_between(line["draws"], line["low"], line["high"], color=LIGHT_BLUE, alpha=0.5,
                           linewidth=0)  # fmt: skip
        place.plot(line["draws"], line["value"], color=BLUE)
        place.set_xlabel("Draws")
        place.set_ylabel(title)
        if what == "chance":
            place.set_ylim(0, 1)
            place.set_yticks([0, 0.5, 1.0], ["0 %", "50 %", "100 %"])
        else:
            place.yaxis.set_major_formatter(pounds_tick)
            place.axhline(0.0, color=DARK_GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    means = mine[mine["what"] == "mean"]
    end = means.iloc[-1]
    alt = (
        f"Running mean of {words} over {int(end['draws']):,} draws, ending at "
        f"{pounds(float(end['value']))}, Monte Carlo error {pounds(float(end['mc_error']))}."
    )
    return Picture("convergence", settled(figure), mine, "How the draws settle", alt,
                   source_line(manifest))  # fmt: skip
