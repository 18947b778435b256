"""Draw docs/model.svg from the tables: what drives what, and who pays.

Run it after a change of parameters/:  python docs/model_picture.py
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.rows import UnitCostRow
from babs_sim.parameters.service import exposures_of
from babs_sim.tables import shipped

TARGET = Path(__file__).with_name("model.svg")
BLUE, TEAL, PURPLE, ORANGE, GREY = "#12436D", "#28A197", "#801650", "#F46A25", "#6F6F6F"
SIZE = 9.0
LINE, PAD, GAP = 0.185, 0.12, 0.27
WIDTHS = (2.15, 1.75, 2.05, 2.85)
SPACE = 0.5
MARGIN = 0.14
HEADS = ("Drivers", "On the way", "What happens", "Who pays, and health")


@dataclass
class Box:
    """One box: its lines of text, the first in bold, and where it stands (left, bottom)."""

    key: str
    column: int
    colour: str
    head: str
    lines: list[str] = field(default_factory=list)
    left: float = 0.0
    bottom: float = 0.0

    @property
    def width(self) -> float:
        return WIDTHS[self.column]

    @property
    def height(self) -> float:
        return 2 * PAD + LINE * len(self.text)

    @property
    def text(self) -> list[tuple[str, bool]]:
        """Lines as they are drawn, each with whether it is bold."""
        most = int(self.width * 13.9)
        wrapped = [(line, True) for line in textwrap.wrap(self.head, most - 3)]
        for line in self.lines:
            parts = textwrap.wrap(line, most, initial_indent="", subsequent_indent="  ")
            wrapped += [(part, False) for part in parts]
        return wrapped

    @property
    def middle(self) -> float:
        return self.bottom + self.height / 2


def groups_of(model: Model) -> dict[str, list[str]]:
    """Return the states that lead to each other or exclude each other, by their first name."""
    leader = {row.name: row.name for row in model.table("states") if not row.role}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    used = used_states(model)
    for event in model.table("events"):
        needed = [name.lstrip("!") for name in event.requires.split()]
        sets = event.sets.split()
        names = [name for name in [*needed, *sets] if name in used] if sets else []
        for name in names[1:]:
            leader[find(name)] = find(names[0])
    order = [found.row.key for found in model.rows["states"]]
    found: dict[str, list[str]] = {}
    for name in order:
        if name in used:
            found.setdefault(find(name), []).append(name)
    return {names[0]: names for names in found.values()}


def used_states(model: Model) -> set[str]:
    """Return states that cost, are measured or set by what is, have a utility or drive events."""
    used = {row.applies_to for row in model.table("unit_costs")}
    used |= {name for row in model.table("measures") for name in row.of.split()}
    used |= {row.state for row in model.table("utilities")}
    used |= {row.driver for row in model.table("effects")}
    used |= {name for row in model.table("events") if row.name in used for name in row.sets.split()}
    return used & {row.name for row in model.table("states") if not row.role}


def markers(model: Model) -> set[str]:
    """Return states that only remember another one: set together with it and never cleared."""
    events = model.table("events")
    cleared = {name for row in events for name in row.clears.split()}
    alone = {row.sets for row in events if len(row.sets.split()) == 1}
    return {row.name for row in model.table("states")} - cleared - alone


def boxes_and_arrows(model: Model) -> tuple[list[Box], set[tuple[str, str]]]:
    """Return the boxes of the picture and the arrows between their keys."""
    groups = groups_of(model)
    of_state = {name: key for key, names in groups.items() for name in names}
    deaths = {row.name for row in model.table("events") if row.ends}
    traits = {row.name: row for row in model.table("traits")}
    of_event: dict[str, set[str]] = {}
    for event in model.table("events"):
        touched = [n for n in event.sets.split() if n in of_state] or [
            n for n in event.clears.split() if n in of_state
        ]
        of_event[event.name] = {"deaths"} if event.ends else {of_state[n] for n in touched}

    arrows: set[tuple[str, str]] = set()
    driving = set()
    for effect in model.table("effects"):
        for target in of_event[effect.event]:
            source = of_state.get(effect.driver, effect.driver)
            if effect.driver in traits:
                driving.add(effect.driver)
                source = "traits"
            if source != target:
                arrows.add((source, target))
    labels = {row.name: row.label for row in model.table("states")}
    persons = {row.name: row.person for row in model.table("states")}
    hidden = markers(model)
    boxes = [
        Box("traits", 0, GREY, "Traits of the family",
            [f"· {traits[name].label}" for name in traits if name in driving])
    ]  # fmt: skip
    reach = {name: sum(source == name for source, _ in arrows) for name in exposures_of(model)}
    for exposure in sorted(reach, key=lambda name: -reach[name]):
        label = str(model.values().setting(f"{exposure}.label", exposure))
        boxes.append(Box(exposure, 0, BLUE, f"Service: {label}"))
    mediators = {s for s, t in arrows if s in groups and t in groups}
    for key, names in groups.items():
        shown = [labels[name] for name in names if name not in hidden]
        head = "Mother" if persons[key] == "mother" else "Child"
        column, colour = (1, TEAL) if key in mediators else (2, PURPLE)
        boxes.append(Box(key, column, colour, head, [f"· {label}" for label in shown]))
    order = [f"· {row.label}" for row in model.table("events") if row.name in deaths]
    boxes.append(Box("deaths", 2, PURPLE, "Deaths", order))
    boxes += account_boxes(model, labels)
    return boxes, {pair for pair in arrows if {*pair} <= {box.key for box in boxes}}


def account_boxes(model: Model, labels: dict[str, str]) -> list[Box]:
    """Return a box for each payer, with what it pays for, and one for QALYs."""
    boxes = []
    for payer in model.table("payers"):
        paid = [
            f"· {found.row.label}"
            for found in model.rows["unit_costs"]
            if isinstance(found.row, UnitCostRow)
            and payer.name in [share.split()[0] for share in found.row.payers.split(";")]
        ]
        if paid:
            boxes.append(Box(payer.name, 3, ORANGE, payer.label.split(":")[0], paid))
    ratios = [f"· {labels[row.state]}" for row in model.table("utilities")]
    lines = ["· Length of life", "· Age and sex", *ratios]
    return [*boxes, Box("qalys", 3, ORANGE, "QALYs", lines)]


def place(boxes: Iterable[Box]) -> float:
    """Put the boxes of each column below each other, from the top; return the height of all."""
    columns: list[list[Box]] = [[], [], [], []]
    for box in boxes:
        columns[box.column].append(box)
    columns[2].sort(key=lambda box: len(box.lines))
    heights = [sum(box.height + GAP for box in column) - GAP for column in columns]
    top = max(heights)
    left = 0.0
    for column, width in zip(columns, WIDTHS, strict=True):
        y = top
        for box in column:
            y -= box.height
            box.left, box.bottom = left, y
            y -= GAP
        left += width + SPACE
    if columns[0] and columns[2]:
        columns[2][-1].bottom = min(columns[0][-1].bottom, columns[2][-1].bottom)
    return top


def draw_box(axes: Axes, box: Box) -> None:
    """Draw one box with its text."""
    axes.add_patch(
        FancyBboxPatch(
            (box.left, box.bottom), box.width, box.height, facecolor="white", zorder=3,
            boxstyle="round,pad=0,rounding_size=0.06", edgecolor=box.colour, linewidth=1.6,
        )
    )  # fmt: skip
    y = box.bottom + box.height - PAD
    for text, bold in box.text:
        axes.text(
            box.left + PAD, y, text, va="top", ha="left", fontsize=SIZE, zorder=4,
            fontweight="bold" if bold else "normal", color=box.colour if bold else "#0B0C0C",
        )  # fmt: skip
        y -= LINE


def draw_arrow(axes: Axes, source: Box, target: Box, shares: tuple[float, float]) -> None:
    """Draw one arrow; ``shares`` say how far up each box's side it leaves and arrives."""
    bend = 0.0
    if source.column == target.column:
        near = abs(source.bottom - target.bottom - target.height - GAP) < 1e-9
        if near:
            start = (source.left + source.width / 2, source.bottom)
            end = (target.left + target.width / 2, target.bottom + target.height)
        else:
            start = (source.left + source.width, source.bottom + source.height * 0.25)
            end = (target.left + target.width, target.bottom + target.height * 0.75)
            bend = -0.22
    else:
        start = (source.left + source.width, source.bottom + source.height * shares[0])
        end = (target.left, target.bottom + target.height * shares[1])
    axes.add_patch(
        FancyArrowPatch(
            start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=10,
            linewidth=1.4, color=source.colour, shrinkA=0, shrinkB=1, zorder=2,
        )
    )  # fmt: skip


def draw_frame(axes: Axes, boxes: list[Box], traits: Box) -> None:
    """Draw a frame around boxes that the traits act on, all of them, and one arrow to it."""
    left = min(box.left for box in boxes) - MARGIN
    bottom = min(box.bottom for box in boxes) - MARGIN
    width = max(box.left + box.width for box in boxes) + MARGIN - left
    height = max(box.bottom + box.height for box in boxes) + MARGIN - bottom
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.1",
            facecolor="#F7F7F7", edgecolor=traits.colour, linewidth=1.2, linestyle="--", zorder=1,
        )
    )  # fmt: skip
    start = (traits.left + traits.width, traits.middle + traits.height / 4)
    for begin, end, colour in (
        (start, (left, start[1]), traits.colour),
        ((left + width, start[1]), (left + width + SPACE - MARGIN, start[1]), PURPLE),
    ):
        axes.add_patch(
            FancyArrowPatch(
                begin, end, arrowstyle="-|>", mutation_scale=16, linewidth=3, color=colour,
                shrinkA=0, shrinkB=1, zorder=2,
            )
        )  # fmt: skip


def draw(model: Model, target: Path = TARGET) -> None:
    """Write the picture of a model to ``target``."""
    matplotlib.rcParams.update({"svg.hashsalt": "babs_sim", "font.family": "DejaVu Sans"})
    boxes, arrows = boxes_and_arrows(model)
    height = place(boxes)
    width = sum(WIDTHS) + 3 * SPACE
    figure, axes = plt.subplots(figsize=(width + 0.2, height + 0.9))
    axes.set(xlim=(-0.1, width + 0.1), ylim=(-0.3, height + 0.6), aspect="equal")
    axes.axis("off")
    figure.subplots_adjust(0, 0, 1, 1)
    left = 0.0
    for head, column in zip(HEADS, WIDTHS, strict=True):
        axes.text(left + column / 2, height + 0.32, head, ha="center", fontsize=SIZE + 2)
        left += column + SPACE
    by_key = {box.key: box for box in boxes}
    sides: dict[tuple[str, bool], list[Box]] = {}
    inside = [box for box in boxes if box.column in (1, 2)]
    drawn = {(s, t) for s, t in arrows if s != "traits"}
    if {t for s, t in arrows if s == "traits"} == {box.key for box in inside}:
        draw_frame(axes, inside, by_key["traits"])
    else:
        drawn = arrows
    pairs = [(by_key[s], by_key[t]) for s, t in sorted(drawn)]
    for source, goal in pairs:
        sides.setdefault((source.key, goal.column > source.column), []).append(goal)
        sides.setdefault((goal.key, source.column > goal.column), []).append(source)

    def share(box: Box, other: Box) -> float:
        """How far up its side a box meets another: others in order of height, evenly spread."""
        others = sorted(sides[box.key, other.column > box.column], key=lambda o: o.middle)
        return (others.index(other) + 1) / (len(others) + 1)

    for box in boxes:
        draw_box(axes, box)
    for source, goal in pairs:
        draw_arrow(axes, source, goal, (share(source, goal), share(goal, source)))
    figure.savefig(target, metadata={"Date": None, "Creator": "babs_sim"}, facecolor="white")
    plt.close(figure)


if __name__ == "__main__":
    draw(read_parameters([shipped() / "parameters"]))
