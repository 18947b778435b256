"""Who pays and who saves: readable, the sum last, each mark where the table says."""

import pytest
from pandas import DataFrame

from babs_sim.plots.payers import draw_payers
from tests.figures.looks import assert_readable
from tests.figures.test_uncertainty import MANIFEST, NEW, USUAL

ROWS = [
    ("NHS", 1370.0, 478.0, 2580.0),
    ("Local authority", 1270.0, -2560.0, 3840.0),
    ("Department for Work and Pensions", -0.325, -1.2, 0.03),
    ("Whole public sector", 2639.7, -2110.0, 5930.0),
]


@pytest.mark.parametrize("draws", [0, 120])
@pytest.mark.parametrize("scale", [1.0, -1.0, 1e-3])
def test_payers_are_drawn_as_the_table_says(scale: float, draws: int) -> None:
    rows = [
        (name, scale * value, *sorted((scale * low, scale * high)))
        for name, value, low, high in ROWS
    ]
    table = DataFrame(rows, columns=["payer", "value", "low", "high"])
    picture = draw_payers(table, {**MANIFEST, "families": 4000}, NEW, USUAL, draws)
    assert_readable(picture)
    (axes,) = picture.figure.axes
    lines = [line.get_xydata() for line in axes.get_lines()]
    for y, (_, value, low, high) in enumerate(rows):
        assert any(line.tolist() == [[low, y], [high, y]] for line in lines)
        assert any(line.tolist() == [[value, y]] for line in lines)
    assert [text.get_text() for text in axes.get_yticklabels()] == [row[0] for row in rows]
    caption = " ".join(text.get_text() for text in picture.figure.texts)
    assert ("draws of all parameters" in caption.replace("\n", " ")) is (draws > 0)
    assert picture.drawn is table
    assert "Whole public sector" in picture.alt


def test_pennies_are_not_false_precision() -> None:
    table = DataFrame([ROWS[2], ROWS[3]], columns=["payer", "value", "low", "high"])
    picture = draw_payers(table, {**MANIFEST, "families": 4000}, NEW, USUAL, 0)
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert "−£0.33" in texts
    assert "£2,640" in texts
