"""What every figure must satisfy, whatever it shows."""

import io
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from babs_sim.plots import Picture, rendered

LEAST_POINTS = 8.0
SLACK = 1.0  # pixels by which boxes may touch


def assert_readable(picture: Picture) -> None:
    """Fail if a text leaves the canvas, overlaps another, is too small, or nothing is drawn."""
    figure = picture.figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = shown_texts(figure)
    boxes = [t.get_window_extent(renderer) for t in texts]
    whole = figure.bbox
    for text, box in zip(texts, boxes, strict=True):
        words = text.get_text()
        assert text.get_fontsize() >= LEAST_POINTS, f"too small: {words!r}"
        assert box.x0 >= whole.x0 - SLACK and box.x1 <= whole.x1 + SLACK, f"sticks out: {words!r}"
        assert box.y0 >= whole.y0 - SLACK and box.y1 <= whole.y1 + SLACK, f"sticks out: {words!r}"
    for i, (one, box) in enumerate(zip(texts, boxes, strict=True)):
        for other, its in zip(texts[i + 1 :], boxes[i + 1 :], strict=True):
            assert not overlap(box, its), f"{one.get_text()!r} lies on {other.get_text()!r}"
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is None:
            continue
        frame = legend.get_window_extent(renderer)
        inside = set(map(id, legend.get_texts())) | {id(legend.get_title())}
        for text, box in zip(texts, boxes, strict=True):
            assert id(text) in inside or not overlap(box, frame), f"on legend: {text.get_text()!r}"
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    assert (pixels != pixels[0, 0]).any(axis=2).mean() > 0.01, "the figure is blank"
    assert picture.title and picture.caption, "a title and a caption belong to a figure"
    assert any(c.isdigit() for c in picture.alt), "the alt text has numbers"
    assert len(picture.drawn), "the table of what is drawn is empty"
    files = rendered(picture)
    assert {name.rsplit(".", 1)[1] for name in files} == {"svg", "png", "csv", "txt"}
    assert files == rendered(picture), "rendering twice gives the same files"


def shown_texts(figure: Any) -> list[Text]:
    """Return the visible texts of a figure, tick labels inside the axes' limits among them."""
    found = []
    ticks: dict[int, bool] = {}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            room = (high - low) * 1e-9
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                inside = low - room <= tick.get_loc() <= high + room
                ticks[id(tick.label1)] = ticks[id(tick.label2)] = inside and axis.get_visible()
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip():
            continue
        axes = text.axes
        if axes is not None and not (axes.get_visible() and (axes.axison or text in axes.texts)):
            continue
        if ticks.get(id(text), True):
            found.append(text)
    return found


def overlap(a: Bbox, b: Bbox) -> bool:
    """Return whether two boxes share more than a touch."""
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return bool(wide > SLACK and high > SLACK)


def pixels_of(png: bytes) -> Any:
    """Return the pixels of a PNG file."""
    from matplotlib.image import imread

    return imread(io.BytesIO(png))
