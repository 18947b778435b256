"""Figures inside a page: SVG with ids of their own, words for it, and a table of what it draws."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from babs_sim.analysis.wording import number
from babs_sim.plots.style import Picture, rendered

if TYPE_CHECKING:
    from pandas import DataFrame

_SPACE = re.compile(r"\{[^}]*\}")
_OUTSIDE = ("metadata", "style")
_NUMBER_FIGURES = 5
LONGEST = 400
"""Rows of a figure's table that a page shows; all of them stand in the CSV."""


@dataclass(frozen=True, slots=True)
class Inline:
    """A figure as a page shows it: id, number, note, SVG, title, words, rows of its table."""

    id: str
    number: int
    note: str
    svg: str
    title: str
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int


def inline(picture: Picture, order: int, note: str = "") -> Inline:
    """Return a picture for a page, the ``order``-th on it, with a note on how to read it.

    Its name, unique on the page, begins every id in its SVG.
    """
    name = f"figure-{re.sub(r'[^a-z0-9]+', '-', picture.name.lower())}"
    source = rendered(picture, ("svg",))[f"{picture.name}.svg"]
    columns, rows = _table(picture.drawn)
    return Inline(
        id=name,
        number=order,
        note=note,
        svg=_svg(source, name, picture.title, picture.alt),
        title=picture.title,
        alt=picture.alt,
        columns=columns,
        rows=rows[:LONGEST],
        left_out=max(len(rows) - LONGEST, 0),
    )


def _svg(source: bytes, name: str, title: str, alt: str) -> str:
    """Return an SVG as an element of HTML: ids begin with ``name``, no style reaches beyond it."""
    root = ElementTree.fromstring(source)
    for parent in root.iter():
        for child in list(parent):
            if _SPACE.sub("", child.tag) in _OUTSIDE:
                parent.remove(child)
    known = {element.get("id") for element in root.iter()} - {None}
    for element in root.iter():
        element.tag = _SPACE.sub("", element.tag)
        for key, value in list(element.attrib.items()):
            del element.attrib[key]
            element.attrib[_SPACE.sub("", key)] = _renamed(key, value, known, name)
    view = root.get("viewBox", "0 0 480 300")
    root.attrib = {
        "viewBox": view,
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-alt",
        "style": "stroke-linejoin: round; stroke-linecap: butt",
        "focusable": "false",
    }
    words = ElementTree.Element("title", {"id": f"{name}-title"})
    words.text = title
    more = ElementTree.Element("desc", {"id": f"{name}-alt"})
    more.text = alt
    root[:0] = [words, more]
    for element in root.iter():
        element.tail = None
        if element.tag not in ("title", "desc") and not (element.text or "").strip():
            element.text = None
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _renamed(key: str, value: str, known: "set[str | None]", name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if "#" in value:
        return re.sub(r"#([\w.-]+)", lambda m: f"#{name}-{m[1]}" if m[1] in known else m[0], value)
    return value


def _table(drawn: "DataFrame") -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    columns = tuple(str(name).replace("_", " ") for name in drawn.columns)
    return columns, tuple(tuple(_cells(row)) for row in drawn.itertuples(index=False))


def _cells(row: tuple[object, ...]) -> Iterator[str]:
    for cell in row:
        if isinstance(cell, bool):
            yield "yes" if cell else "no"
        elif isinstance(cell, float):
            yield "" if cell != cell else number(cell, _NUMBER_FIGURES)
        else:
            yield "" if cell is None else str(cell)
