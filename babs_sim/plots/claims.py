"""How many events pay for a service for a year, place by place, beside how many there are."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import chance, number
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    ORANGE,
    PURPLE,
    Picture,
    canvas,
    in_style,
    settled,
)
from babs_sim.plots.words import source_line

if TYPE_CHECKING:
    from pandas import DataFrame

_ROW = 1.15  # centimetres


def draw_claim_places(
    table: "DataFrame", manifest: Mapping[str, Any], arm: str
) -> Iterator[Picture]:
    """Draw each claim of claim_places.csv for one arm: needed, prevented, and in the place."""
    mine = table[table["arm"] == arm]
    for name in dict.fromkeys(mine["claim"]):
        yield _draw(mine[mine["claim"] == name].reset_index(drop=True), manifest, str(name))


@in_style
def _draw(mine: "DataFrame", manifest: Mapping[str, Any], name: str) -> Picture:
    first = mine.iloc[0]
    claimed = float(first["claimed"])
    title = f"{number(claimed)} a year is claimed; {_span(mine['needed'])} are needed"
    caption = source_line(
        manifest,
        f"Needed: line is 95 % of {int(first['draws']):,} draws of unit costs. Prevented: line is "
        "95 % for chance in the simulation. Effects of the service are not varied.",
    )
    figure, (axes,) = canvas(
        height=6.0 + _ROW * len(mine),
        title=title,
        subtitle=f"{first['measure_label']}: how many a year pay for {first['arm']} against "
        f"{first['comparator']} for a year, over {int(first['horizon_years'])} years of each "
        f"family, prices of {first['price_year']}, {first['perspective']}",
        caption=caption,
    )
    for y, row in enumerate(mine.to_dict("records")):
        axes.plot([row["needed_low"], row["needed_high"]], [y, y], color=BLUE, linewidth=1.6)
        axes.plot(row["needed"], y, marker="o", markersize=5, color=BLUE, linestyle="none",
                  label="needed" if y == 0 else None)  # fmt: skip
        low = y + 0.25
        axes.plot(
            [row["prevented_low"], row["prevented_high"]], [low, low], color=ORANGE, linewidth=1.6
        )
        axes.plot(row["prevented"], low, marker="D", markersize=4, color=ORANGE, linestyle="none",
                  label="prevented in the model" if y == 0 else None)  # fmt: skip
        if np.isfinite(row["infant_entries_of_place"]):
            axes.plot(row["infant_entries_of_place"], y, marker="|", markersize=12, color=PURPLE,
                      markeredgewidth=2, linestyle="none",
                      label="of infants in the place" if y == 0 else None)  # fmt: skip
    axes.axvline(claimed, color=DARK_GREY, linewidth=1.0, linestyle=(0, (4, 3)),
                 label="claimed")  # fmt: skip
    axes.set_yticks(
        range(len(mine)),
        [f"{label}\nholds: {chance(share)}" for label, share in
         zip(mine["label"], mine["chance_holds"], strict=True)],
    )  # fmt: skip
    axes.set_ylim(len(mine) - 0.4, -0.6)
    axes.set_xlim(left=min(0.0, float(mine["prevented_low"].min())))
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"{first['measure_label']} a year")
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2, frameon=False)
    alt = (
        f"{title}. For each place, how many events a year pay for the service, how many the model "
        f"prevents, and how many there are. In {first['label']} {number(float(first['needed']))} "
        f"are needed and {number(float(first['prevented']))} are prevented; the claim holds with "
        f"a chance of {chance(float(first['chance_holds']))}."
    )
    return Picture(f"claim_places_{name}", settled(figure), mine, title, alt, caption)


def _span(needed: Any) -> str:
    low, high = number(float(needed.min()), 2), number(float(needed.max()), 2)
    return low if low == high else f"{low} to {high}"
