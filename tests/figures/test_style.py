import numpy as np
import pandas as pd
import pytest

from babs_sim.plots.style import NARROW, PAIR, WIDE, Picture, canvas, in_style, rendered, spread
from tests.figures.looks import assert_readable, pixels_of


@in_style
def lines(width: float, label: str = "here") -> Picture:
    title = "Cumulative cash flow by payer over eighteen years of follow-up"
    caption = "1,000 families, seed 1. Monte Carlo error in grey. " * 3
    figure, (axes,) = canvas(width, 9, title=title, subtitle="£ a family", caption=caption)
    axes.plot([0, 1, 2], [0.0, -1.0, 2.0], color=PAIR[0])
    axes.set_xlabel("years since referral")
    axes.text(1, 0.5, label)
    table = pd.DataFrame({"x": [0, 1, 2], "y": [0.0, -1.0, 2.0]})
    return Picture("lines", figure, table, title, f"{title}: 2.0 at the end.", caption)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_figure_of_either_width_is_readable(width):
    assert_readable(lines(width))


def test_sizes_and_files():
    files = rendered(lines(WIDE))
    picture = pixels_of(files["lines.png"])
    assert abs(picture.shape[1] / 300 * 2.54 - WIDE) < 0.02
    assert b"<dc:title>Cumulative cash flow" in files["lines.svg"]
    assert files["lines.csv"].decode() == "x,y\n0,0.0\n1,-1.0\n2,2.0\n"


def test_text_off_the_canvas_and_text_on_text_are_found():
    picture = lines(WIDE)
    picture.figure.axes[0].text(1, 0.5, "there")
    with pytest.raises(AssertionError, match="lies on"):
        assert_readable(picture)
    picture = lines(WIDE)
    picture.figure.text(0.95, 0.5, "far out on the right")
    with pytest.raises(AssertionError, match="sticks out"):
        assert_readable(picture)


@pytest.mark.parametrize("seed", range(20))
def test_spread_keeps_order_and_distance(seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 10, 8).tolist()
    found = spread(places, 0.7)
    order = np.argsort(places)
    assert (np.diff(np.array(found)[order]) >= 0.7 - 1e-9).all()
    assert spread(places, 0.0) == pytest.approx(places)
