"""What it is worth to know more: everything, some parameters, a study."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.wording import number, pounds
from babs_sim.plots.choice import LINES
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    LIGHT_BLUE,
    ORANGE,
    PALETTE,
    SMALL,
    Picture,
    canvas,
    in_style,
    settled,
    spread,
    wrapped,
)
from babs_sim.plots.words import pounds_tick, setting_of, source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

MOST_SINGLE = 12
"""Single parameters that are drawn, those worth most to know."""

MOST_TOGETHER = 8
"""Sets and groups that are drawn."""

_STYLES = ("-", "--", "-.", ":")
_SHARE = 0.38  # of the width, for labels
_PAUSE = 0.6  # between together and alone, in rows


@in_style
def draw_evpi(evpi: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    """Draw what perfect information is worth for all families, by the value of a QALY.

    ``evpi`` is evpi.csv; the right axis is pounds a family.
    """
    facts = _facts(manifest)
    table = evpi[evpi["value"] <= 50_000]
    figure, (axes,) = canvas(
        height=10.0,
        title="What perfect information would be worth, by what a QALY is worth",
        subtitle=setting_of(manifest),
        caption=source_line(
            manifest,
            f"EVPI: what could be gained if no choice had to be made in doubt; the most that all "
            f"research together can be worth. {_affected(facts)} Band: 95 % for the number of "
            f"draws ({facts['draws']:,}).",
        ),
    )
    x, y = table["value"].to_numpy(), table["population_evpi"].to_numpy()
    half = 1.96 * table["population_error"].to_numpy()
    axes.fill_between(x, np.maximum(y - half, 0), y + half, color=LIGHT_BLUE, alpha=0.5,
                      linewidth=0)  # fmt: skip
    axes.plot(x, y, color=BLUE)
    top = float((y + half).max()) * 1.12 or 1.0
    axes.set_ylim(0, top)
    axes.set_xlim(0, float(x.max()))
    for value in LINES:
        axes.axvline(value, color=DARK_GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlabel("Pounds for a QALY")
    axes.xaxis.set_major_formatter(pounds_tick)
    axes.set_ylabel("For all families, £")
    axes.yaxis.set_major_formatter(pounds_tick)
    families = float(facts["affected_families"])
    both: Any = (lambda v: np.asarray(v) / families, lambda v: np.asarray(v) * families)
    second = axes.secondary_yaxis("right", functions=both)
    second.set_ylabel("A family, £")
    second.yaxis.set_major_formatter(pounds_tick)
    here = table[table["value"] == float(facts["qaly_value"]["pounds"])].iloc[0]
    alt = (
        f"Value of perfect information by the value of a QALY. At {pounds(here['value'])} it is "
        f"{pounds(here['evpi'])} a family and {pounds(here['population_evpi'])} for "
        f"{number(families)} families."
    )
    return Picture("evpi", settled(figure), table, "What perfect information is worth", alt,
                   source_line(manifest))  # fmt: skip


@in_style
def draw_evppi(evppi: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    """Draw what knowing sets, groups and single parameters is worth; ``evppi`` is evppi.csv."""
    from pandas import concat

    facts = _facts(manifest)
    together = evppi[evppi["kind"] != "parameter"].sort_values(
        "evppi", ascending=False, kind="stable"
    )
    alone = evppi[evppi["kind"] == "parameter"]
    parts = [together.head(MOST_TOGETHER), alone.head(MOST_SINGLE)]
    rows = sum(len(part) for part in parts)
    first = evppi.iloc[0]
    figure, (axes,) = canvas(
        height=6.0 + 0.86 * rows,
        title="What it would be worth to know more about",
        subtitle=f"{setting_of(manifest)}; at {pounds(first['value'])} a QALY",
        caption=source_line(
            manifest,
            "EVPPI, with 95 % interval. Values of several need not add up, and may exceed EVPI "
            "together. Grey: not clearly more than columns of chance seem worth (dotted line). "
            f"{len(alone):,} single parameters; the {len(parts[1])} worth most are drawn. "
            f"{_affected(facts)}",
        ),
    )
    limit, chance = float(first["evpi"]), float(first["chance"])
    places, labels = [], []
    y = 0.0
    for part in parts:
        for row in part.to_dict("records"):
            colour = BLUE if row["clear"] else GREY
            axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.6)
            axes.plot(row["evppi"], y, "o", color=colour, markersize=5)
            places.append(y)
            size = f" ({row['parameters']})" if row["parameters"] > 1 else ""
            lines = wrapped(figure, f"{row['label']}{size}", SMALL, "normal", _SHARE)
            labels.append("\n".join(_short(lines)))
            y += 1.0
        y += _PAUSE if len(part) else 0.0
    axes.set_yticks(places, labels)
    axes.set_ylim(y - _PAUSE, -1.6)
    axes.set_xlim(left=0.0, right=1.12 * max(limit, float(evppi["high"].max()), 1e-9))
    axes.axvline(limit, color=ORANGE, linewidth=1.4)
    axes.annotate(f"EVPI {pounds(limit)}", (limit, -1.0), xytext=(-4, 0),
                  textcoords="offset points", ha="right", va="center", size=SMALL, weight="bold",
                  color="#B3440F")  # fmt: skip
    axes.axvline(chance, color=DARK_GREY, linewidth=1.0, linestyle=":")
    axes.set_xlabel("Worth of knowing it, £ a family")
    axes.xaxis.set_major_formatter(pounds_tick)
    axes.grid(axis="y", visible=False)
    drawn = concat(parts, ignore_index=True)
    top = drawn.iloc[drawn["evppi"].to_numpy().argmax()]
    alt = (
        f"Value of partial perfect information. The most is {top['label']}: "
        f"{pounds(float(top['evppi']))} a family, of {pounds(limit)} for knowing everything; "
        f"{int(evppi['clear'].sum())} of {len(evppi)} are clearly worth more than chance gives."
    )
    return Picture("evppi", settled(figure), drawn, "What it would be worth to know more about",
                   alt, source_line(manifest))  # fmt: skip


@in_style
def draw_evsi(evsi: "DataFrame", manifest: Mapping[str, Any]) -> Picture:
    """Draw what studies are worth by their size, and what they cost; ``evsi`` is evsi.csv."""
    facts = _facts(manifest)
    names = list(dict.fromkeys(evsi["study"]))[: len(PALETTE)]
    table = evsi[evsi["study"].isin(names)]
    figure, axes = canvas(
        height=10.5, columns=2,
        title="What a study would be worth, by its size",
        subtitle=f"{setting_of(manifest)}; at {pounds(evsi['value'].iloc[0])} a QALY",
        caption=source_line(
            manifest,
            "Left: EVSI for all families whom the decision affects once the study is known, band "
            "95 %; thin: what the study costs. Right: the one minus the other; a study pays above "
            f"0. {_affected(facts)}",
        ),
    )  # fmt: skip
    left, right = axes
    for colour, style, name in zip(PALETTE, _STYLES, names, strict=False):
        mine = table[table["study"] == name]
        x = mine["families"].to_numpy()
        worth = mine["population_evsi"].to_numpy()
        half = 1.96 * mine["population_error"].to_numpy()
        left.fill_between(x, np.maximum(worth - half, 0.0), worth + half, color=colour, alpha=0.15,
                          linewidth=0)  # fmt: skip
        left.plot(x, worth, color=colour, linestyle=style, marker="o", markersize=3.5)
        left.plot(x, mine["cost"], color=colour, linestyle=style, linewidth=0.9)
        net = mine["net_benefit_of_sampling"].to_numpy()
        right.plot(x, net, color=colour, linestyle=style, marker="o", markersize=3.5)
    right.axhline(0.0, color=DARK_GREY, linewidth=0.8)
    for place, label in ((left, "Worth and cost, £"), (right, "Net benefit of the study, £")):
        if table["families"].nunique() > 1:
            place.set_xscale("log")
        _families(place, sorted(set(table["families"])))
        place.set_ylabel(label)
        place.yaxis.set_major_formatter(pounds_tick)
    left.set_ylim(bottom=0.0)
    _ends(figure, right, table, names)
    best = table.sort_values("net_benefit_of_sampling").iloc[-1]
    alt = (
        f"Value of sample information. The best net benefit is that of '{best['study']}' with "
        f"{int(best['families']):,} families: {pounds(float(best['net_benefit_of_sampling']))}."
    )
    return Picture("evsi", settled(figure), table, "What a study would be worth", alt,
                   source_line(manifest))  # fmt: skip


def _facts(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(a for a in manifest["analyses"] if a["kind"] == "voi")
    return found


def _affected(facts: Mapping[str, Any]) -> str:
    return (
        f"Affected: {number(facts['families_a_year'])} families a year for "
        f"{facts['decision_years']} years, {number(facts['affected_families'])} discounted."
    )


def _short(lines: list[str], most: int = 2) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + " ..."]


def _families(axes: "Axes", sizes: list[int]) -> None:
    from matplotlib.ticker import NullLocator

    shown = sizes if len(sizes) <= 4 else [sizes[i] for i in np.linspace(0, len(sizes) - 1, 4,
                                                                           dtype=int)]  # fmt: skip
    axes.set_xticks(shown, [f"{size:,}" for size in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Families in the study")


def _ends(figure: Any, axes: "Axes", table: "DataFrame", names: list[str]) -> None:
    """Name the studies below the right panel, in their colours: their lines may lie together."""
    low, high = axes.get_ylim()
    span = high - low
    shares = spread([0.06 + 0.09 * k for k in range(len(names))][::-1], 0.09)
    axes.set_ylim(low - 0.12 * span * len(names), high)
    for colour, name, share in zip(PALETTE, names, shares, strict=False):
        text = "\n".join(_short(wrapped(figure, name, SMALL, "bold", 0.36), 1))
        axes.text(0.02, share, text, transform=axes.transAxes, size=SMALL, weight="bold",
                  color=colour if colour != ORANGE else "#B3440F", va="center")  # fmt: skip
