"""Life-course lanes: one family, its states as bars and events as marks, arms on adjacent rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    MID_GREY,
    ORANGE,
    SMALL,
    TURQUOISE,
    WIDE,
    Picture,
    canvas,
    in_style,
    spread,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

COLOURS = (MID_GREY, BLUE, TURQUOISE, ORANGE)
"""Of the arms in order: the one to compare with is grey."""
MOST_LANES = 12
_LANE, _COSTS, _FRAME, _LINE = 0.72, 3.4, 2.6, 0.38  # cm
_MANY = 15  # marks in a row that call for small ones
_LETTERS = 105  # on a line of small text, at the least


@in_style
def lanes(
    spells: "DataFrame",
    events: "DataFrame",
    accrual: "DataFrame",
    lives: "DataFrame",
    *,
    arms: Sequence[str],
    title: str,
    subtitle: str,
    caption: str,
    name: str = "lanes",
) -> Picture:
    """Draw a traced life; the tables are those of its folder, and from when to when people live.

    A lane is a state that costs something or has a utility (any state, where none has); of more
    than `MOST_LANES` those that differ between arms come first, then the longest.  Marks are
    events, hollow where they happen in some arms only.
    """
    from pandas import concat

    kept, dropped = chosen_lanes(spells)
    people = [who for who in ("mother", "child") if (events["person"] == who).any()
              or any(who == person for person, _, _ in kept)]  # fmt: skip
    rows = [(who, "", "Events") for who in people] + kept
    rows = sorted(rows, key=lambda row: people.index(row[0]))
    begins, ends = float(accrual["age"].min()), float(accrual["age"].max())
    if dropped:
        caption = f"Not drawn: {', '.join(dropped)}. {caption}"
    lines = sum(len(text) // _LETTERS + 1 for text in (title, subtitle, caption))
    height = _FRAME + _LANE * len(rows) + _COSTS + _LINE * lines
    figure, (top, low) = canvas(
        WIDE, height, title=title, subtitle=subtitle, caption=caption, rows=2, sharex=True,
        gridspec_kw={"height_ratios": [_LANE * len(rows), _COSTS]},
    )  # fmt: skip
    _watermark(top, _LANE * len(rows))
    crowded = max(events.groupby(["arm", "person"]).size(), default=0) > _MANY
    bar = 0.8 / len(arms)
    for y, (who, state, _) in enumerate(rows):
        for a, arm in enumerate(arms):
            middle = y - 0.4 + bar * (a + 0.5)
            if state:
                mine = spells[(spells["state"] == state) & (spells["arm"] == arm)]
                spans: Any = list(
                    zip(mine["age_from"], mine["age_to"] - mine["age_from"], strict=True)
                )
                top.broken_barh(
                    spans,
                    (middle - bar / 2, bar * 0.92),
                    facecolor=COLOURS[a],
                    edgecolor=COLOURS[a],
                    linewidth=0.7,
                    zorder=2,  # so that days can be seen
                )
            else:
                mine = lives[(lives["person"] == who) & (lives["arm"] == arm)]
                for low_age, high_age in zip(mine["age_from"], mine["age_to"], strict=True):
                    top.plot(
                        [low_age, high_age], [middle] * 2, color=COLOURS[a], linewidth=0.8,
                        solid_capstyle="butt", zorder=2, label=f"life of the {who}, {arm}",
                    )  # fmt: skip
                mine = events[
                    (events["person"] == who) & (events["arm"] == arm) & (events["kind"] == "event")
                ]
                for shared, fill in ((True, COLOURS[a]), (False, "white")):
                    ages = mine["age"][mine["in_all_arms"] == shared]
                    if ages.empty:
                        continue
                    top.plot(
                        ages, [middle] * len(ages), linestyle="none", color=COLOURS[a],
                        marker="o" if shared else "D", markersize=3.5 if shared or crowded else 5,
                        markerfacecolor=fill, markeredgewidth=1.2, clip_on=False, zorder=4,
                    )  # fmt: skip
        if y and rows[y - 1][0] != who:
            top.axhline(y - 0.5, color=DARK_GREY, linewidth=0.8)
    service = events[events["kind"] == "service"]
    for axes in (top, low):
        if begins < 0.0:
            axes.axvline(0.0, color=DARK_GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        for age in service["age"].unique():
            axes.axvline(age, color=COLOURS[1], linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axes.grid(visible=False)
    top.set_ylim(len(rows) - 0.5, -0.5)
    top.set_yticks(range(len(rows)), [_row_label(row) for row in rows])
    top.tick_params(axis="both", length=0)
    top.spines[["left", "bottom"]].set_visible(False)
    drawn = _costs(low, accrual, arms, begins, ends)
    low.set_xlabel("age of the child, years")
    # Labels beside the lines move with the axes, so a layout at each drawing would never rest.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    table = concat(
        [spells.assign(drawn="bar"), events.assign(drawn="mark"), lives.assign(drawn="life"), drawn]
    )
    alt = f"{title}. {subtitle}"
    return Picture(name, figure, table, title, alt, caption)


def chosen_lanes(spells: "DataFrame") -> tuple[list[tuple[str, str, str]], list[str]]:
    """Return the lanes (person, state, label) in order of first stay, and labels left out."""
    worth = spells[spells["priced"] | (spells["utility"] != 1.0)]
    source = worth if len(worth) else spells
    lanes: list[tuple[bool, float, float, str, str, str]] = []
    grouped: Any = source.groupby(["person", "state", "label"], sort=True)
    for (person, state, label), mine in grouped:
        by_arm = {
            arm: list(zip(one["age_from"], one["age_to"], strict=True))
            for arm, one in mine.groupby("arm")
        }
        stays = list(by_arm.values())
        same = len(stays) == spells["arm"].nunique() and all(s == stays[0] for s in stays)
        length = float((mine["age_to"] - mine["age_from"]).sum())
        lanes.append((same, -length, float(mine["age_from"].min()), person, state, label))
    lanes.sort()
    kept = sorted(lanes[:MOST_LANES], key=lambda lane: (lane[2], lane[4]))
    return [lane[3:] for lane in kept], sorted(lane[5] for lane in lanes[MOST_LANES:])


def _row_label(row: tuple[str, str, str]) -> str:
    import textwrap

    who, state, label = row
    if not state:
        return f"{who.capitalize()}: events"
    return "\n".join(textwrap.wrap(label, 30)[:2])


def _costs(
    axes: "Axes", accrual: "DataFrame", arms: Sequence[str], begins: float, ends: float
) -> "DataFrame":
    """Draw the cost so far of each arm, named at the end of its line; return what is drawn."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    from babs_sim.analysis.wording import pounds

    costs = accrual[accrual["what"] == "cost"]
    total = costs.groupby(["arm", "age"], sort=False)["discounted"].sum().reset_index()
    finals = []
    for a, arm in enumerate(arms):
        mine = total[total["arm"] == arm]
        axes.plot(
            mine["age"], mine["discounted"], color=COLOURS[a], linewidth=2.4 if a == 0 else 1.4,
            zorder=3 + a,
        )  # fmt: skip
        finals.append(float(mine["discounted"].iloc[-1]) if len(mine) else 0.0)
    highest = float(total["discounted"].max()) if len(total) else 0.0
    axes.set_ylim(0.0, highest * 1.12 or 1.0)
    axes.set_xlim(begins, ends)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: pounds(value)))
    axes.locator_params(axis="y", nbins=4)
    axes.set_ylabel("cost so far")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, steps=[1, 2, 5, 10]))
    places = spread(finals, 0.17 * (highest * 1.12 or 1.0))
    for a, (arm, value, place) in enumerate(zip(arms, finals, places, strict=True)):
        label: Any = axes.annotate(
            f"{arm} {pounds(value)}", (ends, place), xytext=(5, 0), textcoords="offset points",
            va="center", color=DARK_GREY if a == 0 else COLOURS[a], size=SMALL,
            annotation_clip=False,
        )  # fmt: skip
        label.set_in_layout(True)
    return total.assign(drawn="cost so far")


def _watermark(axes: "Axes", height: float) -> None:
    """Write 'simulated' across the lanes, ``height`` cm high in all, behind them."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import PathPatch
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    word = TextPath((0, 0), "simulated", size=1, prop=FontProperties(family="DejaVu Sans"))
    box = word.get_extents()
    wide = 0.5
    high = wide * 0.6 * WIDE * box.height / box.width / height
    fit = Affine2D().translate(-box.x0, -box.y0).scale(wide / box.width, high / box.height)
    place = fit.translate((1.0 - wide) / 2, (1.0 - high) / 2) + axes.transAxes
    patch = PathPatch(word, transform=place, color="#EDEDED", linewidth=0, zorder=0)
    patch.set_in_layout(False)
    axes.add_artist(patch)
