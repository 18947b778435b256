"""Colours that stand side by side can be told apart, and be seen on white."""

from itertools import combinations

import pytest

from babs_sim.plots.choice import COLOURS
from babs_sim.plots.lanes import COLOURS as LANES
from babs_sim.plots.style import BLUE, MID_BLUE, MID_GREY, ORANGE, PAIR, PALETTE, PURPLE, TURQUOISE
from tests.figures.colours import MATRICES, apart, contrast

LEAST_APART = 10.0
LEAST_CONTRAST = 3.0
SETS = {
    "palette": PALETTE,
    "pair": PAIR,
    "arms and payers": COLOURS,
    "lanes": LANES,
    "budget": (MID_GREY, BLUE, TURQUOISE, PURPLE, ORANGE),
    "equity: gained, given up, net": (TURQUOISE, ORANGE, BLUE),
    "equity: shares": (BLUE, MID_BLUE),
    "icons: still happens, prevented": (ORANGE, BLUE),
    "icons: still happens, added": (ORANGE, PURPLE),
    "flow: goes on, leaves": (BLUE, MID_GREY),
}


def test_measures_agree_with_published_values() -> None:
    # Lab of pure red under D65, contrast of black and of WCAG's #767676.
    assert apart("#FF0000", "#FF0000") == 0
    assert apart("#000000", "#FFFFFF") == pytest.approx(100.0, abs=1e-3)
    assert apart("#FF0000", "#000000") == pytest.approx((53.24**2 + 80.09**2 + 67.20**2) ** 0.5,
                                                        abs=0.05)  # fmt: skip
    assert contrast("#000000") == pytest.approx(21.0)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("seen", MATRICES)
def test_simulations_leave_greys_alone(seen: str) -> None:
    for row in MATRICES[seen]:
        assert sum(row) == pytest.approx(1.0, abs=1e-5)


def test_red_and_green_of_like_lightness_are_alike_to_deutans_and_not_to_others() -> None:
    red, green = "#B04A00", "#5C6B00"
    assert apart(red, green) > 2 * apart(red, green, "deuteranopia")


@pytest.mark.parametrize("colours", SETS.values(), ids=SETS)
@pytest.mark.parametrize("seen", MATRICES)
def test_colours_in_one_figure_can_be_told_apart(colours: tuple[str, ...], seen: str) -> None:
    for one, other in combinations(colours, 2):
        assert apart(one, other, seen) >= LEAST_APART, f"{one} {other}"


@pytest.mark.parametrize("colours", SETS.values(), ids=SETS)
def test_colours_can_be_seen_on_white(colours: tuple[str, ...]) -> None:
    for colour in colours:
        assert round(contrast(colour), 1) >= LEAST_CONTRAST, colour
