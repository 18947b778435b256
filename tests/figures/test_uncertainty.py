"""Figures of sensitivity and decision: what is drawn is what the table says, and can be read."""

from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from pandas import DataFrame

from babs_sim.analysis.decision import Outcomes, acceptability, acceptability_frame
from babs_sim.plots.cashflow import draw_cashflow
from babs_sim.plots.choice import draw_acceptability, draw_loss, draw_plane
from babs_sim.plots.drawing import drawers, kinds_of, pictures
from babs_sim.plots.grid import draw_grid
from babs_sim.plots.sureness import draw_convergence, draw_payback
from babs_sim.plots.tornado import MOST, draw_tornado
from tests.figures.looks import assert_readable

USUAL, NEW = "usual care", "the service"
MANIFEST: dict[str, Any] = {
    "experiment": "it",
    "seed": 1,
    "families": 5000,
    "population": "referred",
    "place": "our_town",
    "horizon_years": 18,
    "versions": {"babs-sim": "0.0"},
    "inputs": {"model": "0123456789"},
    "terms": {
        "price_year": "2024/25",
        "discounting": "nice",
        "perspective": {"label": "Whole public sector"},
    },
    "payers": {"nhs": "NHS", "council": "Council: all of it"},
    "measures": [{"name": "qalys", "label": "QALYs"}],
    "arms": [{"name": USUAL, "comparator": True}, {"name": NEW, "comparator": False}],
    "analyses": [{"kind": "psa", "draws": 500}],
}
BASE = -1000.0


def tornado_table(number: int) -> DataFrame:
    """Bars of different width; that of parameter 1 is lopsided, that of 2 less than chance."""
    rows = []
    for one in range(number):
        for percentile in (2.5, 25.0, 75.0, 97.5):
            change = (percentile - 50.0) * (number - one) * (-10 if one % 2 else 10)
            if one == 1:
                change = max(change, 0.0) * 0.9
            rows.append(
                {
                    "parameter": f"p{one}",
                    "label": f"Parameter {one} with a rather long name of many words",
                    "unit": "per year", "percentile": percentile, "value": percentile / 1000,
                    "base_value": 0.05, "arm": NEW, "comparator": USUAL,
                    "measure": "net_monetary_benefit", "measure_unit": "£ per family",
                    "result": BASE + change, "base_result": BASE, "difference": change,
                    "mc_error": 1e6 if one == 2 else 1.0,
                }
            )  # fmt: skip
    return DataFrame(rows)


def draws(number: int = 500) -> tuple[DataFrame, DataFrame]:
    rng = np.random.default_rng(1)
    costs = np.stack([rng.normal(1e5, 5e3, number)] * 2, axis=1)
    costs[:, 1] += rng.normal(800, 900, number)
    effects = np.stack([np.full(number, 20.0)] * 2, axis=1)
    effects[:, 1] += rng.normal(0.05, 0.02, number)
    return DataFrame(costs, columns=[USUAL, NEW]), DataFrame(effects, columns=[USUAL, NEW])


def ceac() -> DataFrame:
    costs, effects = draws()
    outcomes = Outcomes((USUAL, NEW), USUAL, costs.to_numpy(), effects.to_numpy())
    return acceptability_frame(acceptability(outcomes, np.arange(0.0, 50_001.0, 1000.0)))


def payback() -> DataFrame:
    return DataFrame(
        [
            {"arm": NEW, "comparator": USUAL, "payer": payer, "year": year,
             "years_since_entry": year + 0.6, "ahead": min(1.0, rise * year), "mc_error": 0.01,
             "here": 0.0}
            for payer, rise in (("", 0.02), ("nhs", 0.01), ("council", 0.05))
            for year in [*range(19), -1]
        ]
    )  # fmt: skip


def convergence() -> DataFrame:
    return DataFrame(
        [
            {"arm": NEW, "comparator": USUAL, "measure": "net_monetary_benefit", "what": what,
             "draws": n, "value": value, "mc_error": value / n**0.5, "low": value - 3 * value / n,
             "high": value + 3 * value / n}
            for what, value in (("mean", 900.0), ("chance", 0.3))
            for n in range(10, 510, 50)
        ]
    )  # fmt: skip


def cashflow() -> DataFrame:
    return DataFrame(
        [
            {"arm": NEW, "comparator": USUAL, "payer": payer, "year": year,
             "cumulative_discounted": start - fall * year, "mc_error": 50.0 + year}
            for payer, start, fall in (("perspective:all", 3000, 90), ("nhs", 1500, 10),
                                       ("council", 1500, 80))
            for year in range(19)
        ]
    )  # fmt: skip


def grid() -> DataFrame:
    return DataFrame(
        [
            {"first": "a", "first_value": x, "second": "b", "second_value": y, "arm": NEW,
             "comparator": USUAL, "measure": "net_monetary_benefit", "unit": "£ per family",
             "result": 1000 * x - 3000 * y, "mc_error": 1.0}
            for x in (0.5, 1.0, 2.0, 4.0)
            for y in (0.2, 0.6, 1.0)
        ]
    )  # fmt: skip


TABLES = {
    "tornado": lambda: tornado_table(16),
    "costs": lambda: draws()[0],
    "effects": lambda: draws()[1],
    "ceac": ceac,
    "payback": payback,
    "convergence": convergence,
    "cashflow": cashflow,
    "two_way": grid,
}


def test_every_figure_can_be_read() -> None:
    kinds = kinds_of(TABLES, MANIFEST)
    elsewhere = {"ranking", "equity", "icons", "states_by_age", "flow", "budget", "service"}
    elsewhere |= {"evpi", "evppi", "evsi"}
    assert set(kinds) == set(drawers()) - elsewhere - {"claim_places"}
    names = []
    for picture in pictures(lambda name: TABLES[name](), MANIFEST, kinds):
        assert_readable(picture)
        assert "2024/25" in "".join(text.get_text() for text in picture.figure.texts)
        names.append(picture.name)
    assert names == ["cashflow", "tornado", "two_way", "plane", "acceptability", "loss", "payback",
                     "convergence"]  # fmt: skip


def test_a_run_of_one_arm_has_no_figure() -> None:
    assert kinds_of(TABLES, {**MANIFEST, "arms": MANIFEST["arms"][:1]}) == []
    assert kinds_of({"costs": None}, MANIFEST) == []


def test_bars_of_a_tornado_start_at_the_base_run() -> None:
    table = tornado_table(16)
    picture = draw_tornado(table, MANIFEST, NEW, "net_monetary_benefit")
    (axes,) = picture.figure.axes
    bars = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_height() < 0.7]
    assert len(bars) == 2 * MOST
    order = [f"p{n}" for n in range(16)]
    widths = {n: abs(g["result"].iloc[-1] - g["result"].iloc[0])
              for n, g in table.groupby("parameter")}  # fmt: skip
    shown = sorted(order, key=lambda name: -widths[name])[:MOST]
    assert picture.drawn["parameter"].tolist() == shown
    for number, name in enumerate(shown):
        mine = table[table["parameter"] == name].set_index("percentile")["result"]
        for bar, percentile in zip(bars[2 * number : 2 * number + 2], (2.5, 97.5), strict=True):
            assert bar.get_x() == pytest.approx(BASE), "the base run, not the middle of the bar"
            assert bar.get_x() + bar.get_width() == pytest.approx(mine[percentile])
    hollow = [tuple(bar.get_facecolor()[:3]) == (1.0, 1.0, 1.0) for bar in bars[::2]]
    assert [name for name, empty in zip(shown, hollow, strict=True) if empty] == ["p2"]
    assert not picture.drawn.set_index("parameter").loc["p2", "clear"]
    said = " ".join(text.get_text() for text in picture.figure.texts).replace("\n", " ")
    assert " 4 others move it by no more than £3,800." in said


def test_the_plane_counts_draws_below_each_line() -> None:
    costs, effects = draws()
    picture = draw_plane(costs, effects, MANIFEST, NEW)
    cost, effect = costs[NEW] - costs[USUAL], effects[NEW] - effects[USUAL]
    share = (cost < 20_000 * effect).mean()
    said = [t.get_text() for t in picture.figure.axes[0].texts]
    assert any(text.startswith("£20,000: ") and f"{100 * share:.0f} %" in text for text in said)
    assert np.allclose(picture.drawn["cost"], cost) and np.allclose(picture.drawn["qalys"], effect)


def test_curves_are_those_of_the_tables() -> None:
    table = ceac()
    for draw, column in ((draw_acceptability, "probability"), (draw_loss, "loss")):
        axes = draw(table, MANIFEST).figure.axes[0]
        for arm in (USUAL, NEW):
            mine = table[table["arm"] == arm][column].to_numpy()
            assert any(np.array_equal(line.get_ydata(), mine) for line in axes.lines), (column, arm)
    thick = [line for line in draw_acceptability(table, MANIFEST).figure.axes[0].lines
             if line.get_linewidth() > 3]  # fmt: skip
    best = sum(np.isfinite(np.asarray(line.get_ydata(), dtype=float)).sum() for line in thick)
    assert best == table["value"].nunique(), "one arm is to be chosen at each value"


def test_other_lines_are_those_of_the_tables() -> None:
    axes = draw_payback(payback(), MANIFEST, NEW).figure.axes[0]
    assert np.allclose(axes.lines[0].get_ydata(), [min(1.0, 0.02 * y) for y in range(19)])
    first, second = draw_convergence(
        convergence(), MANIFEST, NEW, "net_monetary_benefit"
    ).figure.axes
    assert set(first.lines[0].get_ydata()) == {900.0} and set(second.lines[0].get_ydata()) == {0.3}
    axes = draw_cashflow(cashflow(), MANIFEST, NEW).figure.axes[0]
    assert any(np.allclose(line.get_ydata(), [3000 - 90 * y for y in range(19)])
               for line in axes.lines if len(line.get_ydata()) == 19)  # fmt: skip
    tiles = draw_grid(grid(), MANIFEST, NEW).figure.axes[0].images[0].get_array()
    assert np.allclose(tiles[0], [1000 * x - 600 for x in (0.5, 1.0, 2.0, 4.0)])
