"""Who gains: the equity-impact plane, and beside it health gained and given up by band."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import number, pounds
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    MID_BLUE,
    ORANGE,
    SMALL,
    TURQUOISE,
    Picture,
    canvas,
    in_style,
    settled,
    wrapped,
)
from babs_sim.plots.words import number_tick, setting_of, source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

ALL = "all"
_MARKERS = ("o", "s", "D", "^", "v")
_GAINED, _LOST, _NET = TURQUOISE, ORANGE, BLUE
_LABEL_SHARE = 0.2
"""Share of the figure's width that names of bands take."""


def draw_equity(equity: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Iterator[Picture]:
    """Draw equity.csv of an arm, one picture a subgroup.

    On the plane right is less inequality and up is more health in total; subgroups whose health at
    birth is not known have no plane.
    """
    mine = equity[equity["arm"] == arm]
    for subgroup in dict.fromkeys(mine["subgroup"]):
        yield _draw(mine[mine["subgroup"] == subgroup], manifest, arm, str(subgroup))


@in_style
def _draw(table: "DataFrame", manifest: Mapping[str, Any], arm: str, subgroup: str) -> Picture:
    from pandas import concat

    base = str(table["comparator"].iloc[0])
    plane = (table["figure"] == "narrowing").any()
    analyses: list[dict[str, Any]] = list(manifest.get("analyses", ()))
    facts = next((one for one in analyses if one.get("kind") == "equity"), {})
    worth = facts.get("qaly_value", {}).get("pounds")
    sets = [name for name in dict.fromkeys(table["shares"]) if name]
    shares = sets[0] if sets else ""
    lost = (
        f" Net: less the health that others give up, a QALY for each {pounds(worth)} of net cost, "
        f"shared out over the bands ‘{shares}’."
        if shares and worth
        else ""
    )
    title = f"Who gains from {arm}, against {base}"
    figure, panels = canvas(
        height=12.5,
        columns=2 if plane else 1,
        title=title,
        subtitle=f"{setting_of(manifest)}.{lost}",
        caption=source_line(
            manifest,
            "Lines: 95 % interval for chance in the simulation (Student’s t over "
            f"{facts.get('blocks', 20)} blocks of families), not for the parameters.",
        ),
        gridspec_kw={"width_ratios": [1.0, 1.15]} if plane else None,
    )
    parts = []
    said = ""
    if plane:
        drawn = _plane(panels[0], table)
        parts.append(drawn)
        one = drawn[drawn["shares"] == shares].set_index("figure")["value"]
        said = (
            f" In total {number(float(one['net']))} QALYs per 1,000 families net; the gap between "
            f"the ends changes by {number(-float(one['narrowing']))} QALYs."
        )
    drawn = _bands(panels[-1], table, shares, _LABEL_SHARE / len(panels))
    parts.append(drawn)
    most = drawn[drawn["figure"] == "gain"]
    first, last = most.iloc[0], most.iloc[-1]
    alt = (
        f"{title}. Health gained per 1,000 families: {first['band_label']} "
        f"{number(float(first['value']))} QALYs, {last['band_label']} "
        f"{number(float(last['value']))}.{said}"
    )
    return Picture(f"equity_{subgroup}", settled(figure), concat(parts, ignore_index=True), title,
                   alt, source_line(manifest))  # fmt: skip


def _plane(axes: "Axes", table: "DataFrame") -> "DataFrame":
    """Draw total net health against the gap closed, a mark for each set of shares."""
    whole = table[(table["band"] == ALL) & table["figure"].isin(["net", "narrowing"])]
    axes.axhline(0.0, color=DARK_GREY, linewidth=0.9)
    axes.axvline(0.0, color=DARK_GREY, linewidth=0.9)
    marks = []
    for place, shares in enumerate(dict.fromkeys(whole["shares"])):
        mine = whole[whole["shares"] == shares].set_index("figure")
        x, y = mine.loc["narrowing"], mine.loc["net"]
        colour, inside = ((BLUE, BLUE), (MID_BLUE, MID_BLUE), (BLUE, "white"))[place % 3]
        axes.plot([x["low"], x["high"]], [y["value"]] * 2, color=colour, linewidth=1.2)
        axes.plot([x["value"]] * 2, [y["low"], y["high"]], color=colour, linewidth=1.2)
        axes.plot(x["value"], y["value"], marker=_MARKERS[place % 5], color=colour, markersize=6,
                  markerfacecolor=inside, linestyle="none", label=shares)  # fmt: skip
        marks += [(float(v["low"]), float(v["high"])) for v in (x, y)]
    for which, ends in (("x", marks[0::2]), ("y", marks[1::2])):
        reach = max([abs(end) for pair in ends for end in pair] + [1e-9]) * 1.6
        (axes.set_xlim if which == "x" else axes.set_ylim)(-reach, reach)
    for x, y, ha, va, text in (
        (0.02, 0.985, "left", "top", "more health,\nless equal"),
        (0.98, 0.985, "right", "top", "more health,\nmore equal"),
        (0.02, 0.015, "left", "bottom", "less health,\nless equal"),
        (0.98, 0.015, "right", "bottom", "less health,\nmore equal"),
    ):
        axes.text(x, y, text, transform=axes.transAxes, ha=ha, va=va, size=SMALL, color="#767676")
    axes.set_xlabel("Gap closed between the ends,\nQALYs per 1,000 families")
    axes.set_ylabel("Net health in all, QALYs per 1,000 families")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(number_tick)
    axes.locator_params(axis="x", nbins=5)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, borderpad=0,
                handletextpad=0.2, columnspacing=0.9, title="Health given up falls",
                title_fontsize=SMALL, alignment="left")  # fmt: skip
    return whole


def _bands(axes: "Axes", table: "DataFrame", shares: str, room: float) -> "DataFrame":
    """Draw gain, what is given up and net health of each band, the first band on top."""
    own = table[(table["band"] != ALL)
                & (((table["figure"] == "gain") & (table["shares"] == ""))
                   | (table["figure"].isin(["given_up", "net"]) & (table["shares"] == shares)
                      & (shares != "")))]  # fmt: skip
    bands = list(dict.fromkeys(own["band"]))
    looks = (
        ("gain", _GAINED, "o", "gained", -0.24),
        ("given_up", _LOST, "s", "given up", 0.0),
        ("net", _NET, "D", "net", 0.24),
    )
    axes.axvline(0.0, color=DARK_GREY, linewidth=0.9)
    for figure, colour, marker, label, shift in looks:
        mine = own[own["figure"] == figure].set_index("band")
        if mine.empty:
            continue
        for y, band in enumerate(bands):
            row = mine.loc[band]
            axes.plot([row["low"], row["high"]], [y + shift] * 2, color=colour, linewidth=1.3)
            axes.plot(row["value"], y + shift, marker=marker, color=colour, markersize=5,
                      linestyle="none", label=label if y == 0 else "_")  # fmt: skip
    for y in range(1, len(bands)):
        axes.axhline(y - 0.5, color=GREY, linewidth=0.5)
    labels = own.drop_duplicates("band").set_index("band")["band_label"]
    drawn = axes.get_figure(root=True)
    assert drawn is not None
    axes.set_yticks(range(len(bands)), [
        "\n".join(wrapped(drawn, str(labels[band]), SMALL, "normal", room))
        for band in bands
    ])  # fmt: skip
    axes.set_ylim(len(bands) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(number_tick)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel("QALYs per 1,000 families")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, borderpad=0,
                handletextpad=0.2, columnspacing=0.9)  # fmt: skip
    return own
