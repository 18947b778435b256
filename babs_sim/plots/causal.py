"""The causal argument on one page: domains in columns of life stages, arrows, payers."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from babs_sim.analysis.domains import TRAITS, Domain, domains_in
from babs_sim.plots.style import (
    BLUE,
    DARK_GREY,
    LARGE,
    ORANGE,
    PURPLE,
    SMALL,
    TURQUOISE,
    USUAL,
    Picture,
    in_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

WIDTH = 29.7
"""Centimetres: A4 on its side."""
_BOX, _PAD, _LINE, _HEAD, _FOOT = 4.75, 0.14, 0.355, 1.7, 1.1
_LETTERS = 29  # on a line of a box
_MARGIN, _BOW = 0.35, 0.75
_LEAST = 0.45  # between two boxes of a column
_CM = 1 / 2.54


@dataclass
class _Box:
    domain: Domain
    number: int
    column: int
    colour: str
    causes: list[int] = field(default_factory=list)
    left: float = 0.0
    bottom: float = 0.0

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Return the text, a line each, with its weight and colour."""
        found: list[tuple[str, str, str]] = []

        def add(text: str, weight: str, colour: str, mark: str = "") -> None:
            parts = textwrap.wrap(
                mark + text,
                _LETTERS,
                subsequent_indent="  " if mark else "",
                break_long_words=False,
            )
            found.extend((part, weight, colour) for part in parts)

        add(f"{self.number}  {self.domain.label}", "bold", self.colour)
        for part in self.domain.parts:
            add(part, "normal", "black", "· ")
        if self.causes:
            add("← " + " ".join(map(str, self.causes)), "normal", self.colour)
        paid = list(self.domain.payers) + (["QALYs"] if self.domain.health else [])
        if paid:
            add("£ " * bool(self.domain.payers) + ", ".join(paid), "bold", DARK_GREY)
        return found

    @property
    def height(self) -> float:
        return 2 * _PAD + _LINE * len(self.lines)

    @property
    def right(self) -> float:
        return self.left + _BOX


_TITLE = "The causal argument: what acts on what, and who pays"
_HOW = (
    "Boxes hold states of mother and child. Arrows lead from what acts to what it acts on, the "
    "thicker the more links; dashed ones lead back. Behind ← stand the numbers of all boxes that "
    "act on a box, behind £ who pays for what is in it; QALYs: it counts in the health of mother "
    "or child."
)


def draw_causes(boxes: "DataFrame", links: "DataFrame", model: str) -> Picture:
    """Draw boxes.csv and links.csv, the argument on one page; ``model`` is its fingerprint."""
    arrows = {
        (str(row["from"]), str(row["to"])): int(row["links"]) for row in links.to_dict("records")
    }
    caption = f"{_HOW} Drawn from tables {model[:8]}."
    return causal_picture(domains_in(boxes), arrows, title=_TITLE, caption=caption)


@in_style
def causal_picture(
    domains: Sequence[Domain],
    arrows: Mapping[tuple[str, str], int],
    *,
    title: str,
    caption: str,
    name: str = "causal_picture",
) -> Picture:
    """Draw domains as boxes, in a column for each stage, with an arrow for each linked pair.

    ``arrows`` holds the number of links between two domains; links of traits are not drawn, since
    they act on nearly all: the numbers behind ← name what acts on a box.
    """
    from matplotlib.figure import Figure
    from pandas import DataFrame

    stages = list(dict.fromkeys(domain.stage for domain in domains))
    boxes = _boxes(domains, arrows, stages)
    high = max(_tall([box for box in boxes if box.column == c]) for c in range(len(stages)))
    height = high + _HEAD + _FOOT + 0.3
    figure = Figure(figsize=(WIDTH * _CM, height * _CM))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0.0, WIDTH), ylim=(0.0, height))
    axes.axis("off")
    _place(boxes, len(stages), high)
    _heading(axes, stages, title, caption, height)
    by_name = {box.domain.name: box for box in boxes}
    for (source, target), links in sorted(arrows.items()):
        if source != TRAITS and source in by_name and target in by_name:
            _arrow(axes, by_name[source], by_name[target], links)
    for box in boxes:
        _draw(axes, box)
    drawn = DataFrame(
        [(source, target, links) for (source, target), links in sorted(arrows.items())],
        columns=["from", "to", "links"],
    )
    alt = (
        f"{title}. {len(boxes)} boxes in {len(stages)} columns, {len(arrows)} pairs of them linked."
    )
    return Picture(name, figure, drawn, title, alt, caption)


def _boxes(
    domains: Sequence[Domain], arrows: Mapping[tuple[str, str], int], stages: Sequence[str]
) -> list[_Box]:
    colours = (ORANGE, BLUE, TURQUOISE, PURPLE)
    numbers = {domain.name: number for number, domain in enumerate(domains, 1)}
    return [
        _Box(
            domain, numbers[domain.name], stages.index(domain.stage),
            DARK_GREY if domain.name == TRAITS else colours[stages.index(domain.stage) % 4],
            sorted(numbers[a] for a, b in arrows if b == domain.name and a in numbers),
        )
        for domain in domains
    ]  # fmt: skip


def _tall(column: Sequence[_Box]) -> float:
    return sum(box.height for box in column) + _LEAST * (len(column) - 1)


def _step(columns: int) -> float:
    return (WIDTH - 2 * _MARGIN - _BOW - _BOX) / max(columns - 1, 1)


def _place(boxes: Sequence[_Box], columns: int, high: float) -> None:
    """Put the boxes of each column below each other, spread over the height of the highest."""
    step = _step(columns)
    for number in range(columns):
        column = [box for box in boxes if box.column == number]
        spare = (high - _tall(column)) / max(len(column) - 1, 1) if column else 0.0
        y = _FOOT + high
        for box in column:
            y -= box.height
            box.left, box.bottom = _MARGIN + number * step, y
            y -= _LEAST + min(spare, 1.6)


def _heading(axes: "Axes", stages: Sequence[str], title: str, caption: str, height: float) -> None:
    step = _step(len(stages))
    axes.text(_MARGIN, height - 0.25, title, size=LARGE, weight="bold", va="top")
    for number, stage in enumerate(stages):
        axes.text(
            _MARGIN + number * step, height - _HEAD + 0.25, stage or "What drives it",
            size=USUAL + 1, color=DARK_GREY, va="bottom",
        )  # fmt: skip
    axes.text(
        _MARGIN, 0.15, "\n".join(textwrap.wrap(caption, 190)), size=SMALL, color=DARK_GREY,
        va="bottom", linespacing=1.25,
    )  # fmt: skip


def _draw(axes: "Axes", box: _Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (box.left, box.bottom), _BOX, box.height, facecolor="white", zorder=3,
            boxstyle="round,pad=0,rounding_size=0.12", edgecolor=box.colour, linewidth=1.3,
        )
    )  # fmt: skip
    y = box.bottom + box.height - _PAD
    for text, weight, colour in box.lines:
        axes.text(
            box.left + _PAD, y, text, va="top", size=SMALL, weight=weight, color=colour, zorder=4
        )
        y -= _LINE


def _arrow(axes: "Axes", source: _Box, target: _Box, links: int) -> None:
    """Draw an arrow from side to side; back to an earlier column, or within one, it is a bow."""
    from matplotlib.patches import FancyArrowPatch

    up = 0.5 + 0.4 * (target.number - source.number) / (abs(target.number - source.number) + 3)
    leave = source.bottom + source.height * (1 - up)
    reach = target.bottom + target.height * up
    start, end, style = (source.right, leave), (target.left, reach), "arc3,rad=0"
    if target.column < source.column:
        start, end = (source.left, leave), (target.right, reach)
    elif target.column == source.column:
        end = (target.right, reach)
        bend = 2 * _BOW / max(abs(reach - leave), 2 * _BOW)
        style = f"arc3,rad={bend if reach > leave else -bend}"
    axes.add_patch(
        FancyArrowPatch(
            start, end, connectionstyle=style, arrowstyle="-|>", mutation_scale=7, zorder=2,
            linewidth=0.7 + 0.25 * min(links, 6), color=source.colour, alpha=0.75, shrinkA=0,
            shrinkB=1, linestyle="--" if target.column < source.column else "-",
        )
    )  # fmt: skip
