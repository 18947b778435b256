"""The pathway of a service as a flow: from referral to how the work ended, left to right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import number
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    GREY,
    MID_GREY,
    SMALL,
    Picture,
    canvas,
    in_style,
    settled,
    spread,
    wrapped,
)
from babs_sim.plots.words import source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

_STAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("referred", "", ("accepted", "declined")),
    ("accepted", "", ("started", "waiting", "not_taken_up", "left_the_list", "too_old",
                      "turned_away")),
    ("started", "not yet ended", ("completed", "dropped_out", "discharged_by_age")),
)  # fmt: skip
"""Each step: the whole, what its rest is called, and what it parts into, who go on first."""
_LEAST = 0.01
"""Of all referrals; smaller flows of a step are one, 'other'."""
_ON = {"accepted", "started", "completed"}
"""Those who go on, drawn in blue; the others leave, in grey."""
_THICK = 0.03
"""Width of a node, in steps."""
_GAP = 0.05
"""Between two nodes, of all referrals."""


@dataclass(frozen=True, slots=True)
class Node:
    """Families a year that are somewhere: ``stage`` is the column, ``whole`` where they were."""

    name: str
    label: str
    stage: int
    count: float
    whole: str = ""


def nodes_of(pathway: "DataFrame") -> list[Node]:
    """Return the nodes of one arm of pathway.csv; what flows in flows out.

    What starts in one year may end after it: such families are a rest of their own.
    """
    names = [str(name) for name in pathway["figure"]]
    count = dict(zip(names, map(float, pathway["value"]), strict=True))
    heads = (str(label).partition(",")[0] for label in pathway["label"])
    labels = dict(zip(names, heads, strict=True))
    all_ = count.get("referred", 0.0)
    if not all_ > 0:
        return []
    found = [Node("referred", labels["referred"], 0, all_)]
    for stage, (whole, rest, parts) in enumerate(_STAGES, start=1):
        there = [name for name in parts if count.get(name, 0.0) > 0]
        if whole not in {node.name for node in found} or not there:
            continue
        small = [n for n in there if count[n] < _LEAST * all_ and n not in _ON]
        found += [
            Node(n, labels[n], stage, count[n], whole)
            for n in there if n not in small
        ]  # fmt: skip
        other = sum(count[n] for n in small)
        left = count[whole] - sum(count[n] for n in there)
        if rest and left > 1e-9 * all_:
            found.append(Node(f"{whole}_rest", rest.capitalize(), stage, left, whole))
        if other > 0:
            found.append(Node(f"{whole}_other", "Other", stage, other, whole))
    return found


def draw_flow(pathway: "DataFrame", manifest: Mapping[str, Any], arm: str) -> Iterator[Picture]:
    """Draw pathway.csv of an arm; nothing for an arm without a limited team."""
    nodes = nodes_of(pathway[pathway["arm"] == arm])
    if nodes:
        yield _draw(nodes, manifest, arm)


@in_style
def _draw(nodes: list[Node], manifest: Mapping[str, Any], arm: str) -> Picture:
    from pandas import DataFrame

    all_ = nodes[0].count
    last = max(node.stage for node in nodes)
    title = f"Where families who are referred to {arm} go"
    place = f" in {str(manifest['place']).replace('_', ' ').title()}" if manifest["place"] else ""
    figure, (axes,) = canvas(
        height=10.5,
        title=title,
        subtitle=f"Families a year of one service{place}; percent of all referrals. Blue goes on, "
        "grey leaves or waits.",
        caption=source_line(
            manifest,
            "Means over the services simulated. What starts in one year may end in the next.",
        ),
    )
    axes.axis("off")
    tops = _tops(nodes)
    for node in nodes:
        top = tops[node.name]
        colour = BLUE if node.stage == 0 or node.name in _ON else MID_GREY
        axes.fill_between([node.stage, node.stage + _THICK], top - node.count / all_, top,
                          color=colour, linewidth=0)  # fmt: skip
    for node in nodes[1:]:
        _ribbon(axes, nodes, node, tops, all_)
    deepest = min(tops[node.name] - node.count / all_ for node in nodes)
    axes.set_ylim(min(deepest, 0.0) - 0.03, 1.03)
    axes.set_xlim(-0.02, last + 0.62)
    settled(figure)
    stages = [[node for node in nodes if node.stage == stage] for stage in range(last + 1)]
    for _ in range(2):  # names need room below, and room changes how far apart they stand
        low = min(_names(axes, stage, tops, all_, last)[1] for stage in stages)
        axes.set_ylim(min(low, axes.get_ylim()[0]), axes.get_ylim()[1])
    for stage in stages:
        for node, (text, y) in zip(stage, _names(axes, stage, tops, all_, last)[0], strict=True):
            colour = "black" if node.name in _ON or not node.stage else DARK_GREY
            right = node.stage + _THICK + 0.03
            axes.text(right, y, text, va="center", ha="left", size=SMALL, color=colour)
    table = DataFrame(
        [(node.whole, node.name, node.label, node.stage, node.count, node.count / all_)
         for node in nodes],
        columns=["from", "to", "label", "stage", "families_a_year", "share_of_referrals"],
    )  # fmt: skip
    parts = [
        f"{node.label.lower()} {number(node.count)} ({_percent(node.count / all_)})"
        for node in nodes[1:] if node.name in _ON
    ]  # fmt: skip
    alt = f"{title}: of {number(all_)} a year, {', '.join(parts)}."
    return Picture("flow", figure, table, title, alt, source_line(manifest))


def _percent(share: float) -> str:
    """Return a share in whole percent.

    >>> _percent(0.526), _percent(0.001)
    ('53 %', '< 1 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"


def _tops(nodes: list[Node]) -> dict[str, float]:
    """Return the upper end of each node; who go on stay on top, who leave go down."""
    all_ = nodes[0].count
    tops: dict[str, float] = {}
    for stage in range(max(node.stage for node in nodes) + 1):
        at = 1.0
        for node in (one for one in nodes if one.stage == stage):
            tops[node.name] = at
            at -= node.count / all_ + _GAP
    return tops


def _ribbon(
    axes: "Axes", nodes: list[Node], node: Node, tops: Mapping[str, float], all_: float
) -> None:
    """Draw what flows into a node, as wide at both ends as the node is."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    before = 0.0
    for one in nodes:
        if one is node:
            break
        before += one.count / all_ if one.whole == node.whole else 0.0
    share = node.count / all_
    left, right = node.stage - 1 + _THICK, float(node.stage)
    high, top = tops[node.whole] - before, tops[node.name]
    middle = (left + right) / 2
    axes.add_patch(
        PathPatch(
            Path(
                [(left, high), (middle, high), (middle, top), (right, top), (right, top - share),
                 (middle, top - share), (middle, high - share), (left, high - share), (left, high)],
                [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4,
                 Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY],
            ),
            facecolor=BLUE if node.name in _ON else GREY, alpha=0.3, linewidth=0,
            gid=f"flow {node.name}",
        )
    )  # fmt: skip


def _names(
    axes: "Axes", nodes: list[Node], tops: Mapping[str, float], all_: float, last: int
) -> tuple[list[tuple[str, float]], float]:
    """Return name, number and share of nodes with their height, and the lower end of the lowest.

    No two lie on top of each other, and none above the axes.
    """
    from matplotlib.figure import Figure

    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    low, high = axes.get_ylim()
    box = axes.get_window_extent()
    unit = (high - low) / box.height
    step = box.width / (axes.get_xlim()[1] - axes.get_xlim()[0])
    room = (0.5 if nodes[0].stage == last else 0.8) * step / figure.bbox.width
    line = SMALL * 1.3 * figure.dpi / 72 * unit
    texts = []
    for node in nodes:
        share = f" ({_percent(node.count / all_)})" if node.stage else ""
        name = wrapped(figure, node.label, SMALL, "normal", room)
        texts.append("\n".join([*name, f"{number(node.count)}{share}"]))
    middles = [tops[node.name] - node.count / all_ / 2 for node in nodes]
    tall = max(text.count("\n") + 1 for text in texts) * line * 1.1
    places = spread(middles, tall)
    places = [y - max(0.0, max(places) + tall / 2 - high) for y in places]
    return list(zip(texts, places, strict=True)), min(places) - tall / 2
