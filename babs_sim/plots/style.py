"""What all figures share: sizes, colours, heading, caption, files.

The look is the Analysis Function's (afcharts), with the font that matplotlib brings along, so that
a figure is the same on every machine.  Widths are 17 cm (a page) and 8.5 cm (a column); text is
never below 8 points at these sizes.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

WIDE, NARROW = 17.0, 8.5
"""Widths of a figure in centimetres."""

BLUE, TURQUOISE, PURPLE, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
MID_BLUE, LIGHT_BLUE = "#2073BC", "#6BACE6"
GREY, DARK_GREY = "#BFBFBF", "#595959"
MID_GREY = "#6E6E6E"
"""For a comparator among coloured lines: it stands apart from each for colour-blind readers."""
PALETTE = (BLUE, TURQUOISE, PURPLE, ORANGE)
"""Categories in this order, four at most."""
PAIR = (BLUE, ORANGE)
ORDERED = (BLUE, MID_BLUE, LIGHT_BLUE)
SMALL, USUAL, LARGE = 8.0, 9.0, 11.0
"""Text sizes in points."""

_INCH = 2.54
_POINT = 1 / 72

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with what belongs to it.

    ``drawn`` is the table of exactly what is drawn; ``alt`` describes the figure to those who do
    not see it: its title and two or three numbers; ``caption`` names the run.
    """

    name: str
    figure: "Figure"
    drawn: "DataFrame"
    title: str
    alt: str
    caption: str

    def _repr_svg_(self) -> str:
        """Return the figure as a notebook shows it."""
        return rendered(self, ("svg",))[f"{self.name}.svg"].decode("utf-8")

    def _repr_png_(self) -> bytes:
        """Return the figure for a notebook that shows no SVG."""
        return rendered(self, ("png",))[f"{self.name}.png"]

    def _repr_html_(self) -> str:
        """Return the figure with its alternative text, for a notebook."""
        from base64 import b64encode
        from html import escape

        image = b64encode(self._repr_svg_().encode("utf-8")).decode("ascii")
        return (
            f'<img src="data:image/svg+xml;base64,{image}" alt="{escape(self.alt, quote=True)}" '
            f'style="max-width:100%">'
        )


def in_style(draw: Callable[P, T]) -> Callable[P, T]:
    """Make a function draw in the style of this module; matplotlib is imported on the call."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> T:
        from matplotlib import rc_context
        from matplotlib.style import context

        with context("afcharts.afcharts"), rc_context(_RC):
            return draw(*args, **kwargs)

    return styled


_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": USUAL,
    "axes.labelsize": USUAL,
    "axes.titlesize": USUAL,
    "axes.titleweight": "bold",
    "axes.labelcolor": "#262626",
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "lines.linewidth": 1.6,
    "axes.unicode_minus": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "babs_sim",
    "figure.dpi": 100,
}


def canvas(
    width: float = WIDE,
    height: float = 9.5,
    *,
    title: str,
    subtitle: str = "",
    caption: str = "",
    rows: int = 1,
    columns: int = 1,
    **options: Any,
) -> "tuple[Figure, list[Axes]]":
    """Return a figure of ``width`` x ``height`` cm with heading and caption, and its axes in order.

    Heading and caption are wrapped to the width, and the axes get what is left.  ``options`` go to
    ``Figure.subplots``.  Call it inside a function decorated with `in_style`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / _INCH, height / _INCH), layout="constrained")
    inches = height / _INCH
    margin = 0.08
    left, right = margin / (width / _INCH), 1 - margin / (width / _INCH)
    top = 1 - margin / inches
    for text, size, weight, colour in (
        (title, LARGE if width > NARROW else USUAL + 1, "bold", "black"),
        (subtitle, SMALL, "normal", DARK_GREY),
    ):
        if not text:
            continue
        lines = wrapped(figure, text, size, weight, right - left)
        figure.text(
            left, top, "\n".join(lines), size=size, weight=weight, color=colour,
            va="top", ha="left", linespacing=1.25,
        )  # fmt: skip
        top -= (len(lines) * size * 1.3 + 3) * _POINT / inches
    bottom = margin / inches
    if caption:
        lines = wrapped(figure, caption, SMALL, "normal", right - left)
        figure.text(
            left, bottom, "\n".join(lines), size=SMALL, color=DARK_GREY,
            va="bottom", ha="left", linespacing=1.25,
        )  # fmt: skip
        bottom += (len(lines) * SMALL * 1.3 + 4) * _POINT / inches
    top -= 4 * _POINT / inches
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.0, bottom, 1.0, top - bottom), w_pad=0.06, h_pad=0.06)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, list(axes.flat)


def wrapped(figure: "Figure", text: str, size: float, weight: str, share: float) -> list[str]:
    """Return ``text`` in lines that fit into ``share`` of the figure's width.

    Line breaks in ``text`` stay.
    """
    room = share * figure.bbox.width
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split():
            longer = f"{line} {word}".strip()
            if line and width_of(figure, longer, size, weight) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def width_of(figure: "Figure", text: str, size: float, weight: str = "normal") -> float:
    """Return the width of one line of text in the figure's pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    if not isinstance(figure.canvas, FigureCanvasAgg):
        FigureCanvasAgg(figure)
    drawn = Text(0, 0, text, size=size, weight=weight)
    drawn.set_figure(figure)
    canvas: Any = figure.canvas
    return float(drawn.get_window_extent(canvas.get_renderer()).width)


def settled(figure: "Figure") -> "Figure":
    """Return a figure whose layout is made and stays: one made twice may move a little."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def spread(places: Sequence[float], apart: float) -> list[float]:
    """Return places for labels: in the order of ``places``, at least ``apart``, as near as can be.

    >>> spread([1.0, 1.1, 5.0], 1.0)
    [0.55, 1.55, 5.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[tuple[float, int]] = []
    for i in order:
        middle, size = places[i], 1
        while groups:
            before, number = groups[-1]
            if middle - before >= apart * (number + size) / 2:
                break
            groups.pop()
            middle = (before * number + middle * size) / (number + size)
            size += number
        groups.append((middle, size))
    found = [0.0] * len(places)
    taken = iter(order)
    for middle, size in groups:
        for j in range(size):
            found[next(taken)] = round(middle + (j - (size - 1) / 2) * apart, 12)
    return found


def rendered(
    picture: Picture, kinds: Sequence[str] = ("svg", "png", "csv", "txt")
) -> dict[str, bytes]:
    """Return the files of a picture by name: SVG, PNG (300 dots an inch), CSV and alt text."""
    from matplotlib import rc_context

    files = {}
    about = {"Title": picture.title, "Description": f"{picture.alt} {picture.caption}".strip()}
    with rc_context(_RC):
        for kind in (one for one in ("svg", "png") if one in kinds):
            held = io.BytesIO()
            extra = {"Date": None} if kind == "svg" else {"Software": "babs_sim"}
            picture.figure.savefig(held, format=kind, dpi=300, metadata={**about, **extra})
            files[f"{picture.name}.{kind}"] = held.getvalue()
    if "csv" in kinds:
        table = picture.drawn.to_csv(index=False, lineterminator="\n")
        files[f"{picture.name}.csv"] = table.encode("utf-8")
    if "txt" in kinds:
        files[f"{picture.name}.txt"] = (picture.alt.strip() + "\n").encode("utf-8")
    return files
