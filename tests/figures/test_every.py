"""One test for figures of every kind: readable, named, and true to the table beside them."""

import math
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import pytest
from pandas import DataFrame
from pandas.api.types import is_numeric_dtype

from babs_sim.analysis.domains import TRAITS, Domain, boxes_frame
from babs_sim.analysis.validation import COLUMNS as VALIDATION
from babs_sim.plots import Picture
from babs_sim.plots.drawing import drawers, kinds_of, pictures, tables_of, whole_drawers
from babs_sim.plots.style import NARROW
from babs_sim.plots.tornado import draw_tornado
from tests.figures.looks import assert_readable
from tests.figures.test_uncertainty import MANIFEST, NEW, USUAL
from tests.figures.test_uncertainty import TABLES as SOME

BANDS = ("Most deprived fifth of all", "Fifth 2", "Fifth 3", "Fifth 4", "Least deprived fifth")


def equity(scale: float = 1.0, plane: bool = True) -> DataFrame:
    rows: list[tuple[Any, ...]] = []

    def add(band: str, label: str, shares: str, figure: str, value: float, half: float) -> None:
        rows.append((NEW, USUAL, "deprivation", band, label, shares, figure, figure, "QALYs",
                     value, half / 2, value - half, value + half))  # fmt: skip

    for k, label in enumerate(BANDS):
        gain = scale * (20.0 - 4 * k)
        add(str(k), label, "", "gain", gain, 0.05 * gain)
        for s, shares in enumerate(("steep", "moderate", "by head")):
            lost = scale * (25.0 - (4 - 2 * s) * k)
            add(str(k), label, shares, "given_up", lost, 0.2 * lost)
            add(str(k), label, shares, "net", gain - lost, 0.3 * lost)
    for s, shares in enumerate(("steep", "moderate", "by head")):
        add("all", "All families", shares, "net", -scale * (30.0 + s), scale * 12)
        if plane:
            add("all", "All families", shares, "narrowing", scale * (10.0 + 40 * s), scale * 9)
    return DataFrame(
        rows,
        columns=["arm", "comparator", "subgroup", "band", "band_label", "shares", "figure",
                 "label", "unit", "value", "mc_error", "low", "high"],
    )  # fmt: skip


def outcomes() -> DataFrame:
    return DataFrame(
        [
            {"arm": NEW, "comparator": USUAL, "measure": name, "label": label, "value": value,
             "unit": "children per 1,000 families", "comparator_value": base,
             "difference": value - base, "mc_error": 0.4, "low": value - base - 1,
             "high": value - base + 1}
            for name, label, value, base in (
                ("fewer", "Children ever in care", 112.2, 117.4),
                ("more", "Children ever on a child protection plan", 230.0, 211.0),
                ("all", "Children with any adverse experience of their own", 998.7, 999.9),
                ("rare", "Children who died", 0.2, 0.3),
            )
        ]
    )  # fmt: skip


def states(number: int = 15, years: int = 19) -> DataFrame:
    ages = np.arange(years)
    frames = []
    for a, arm in enumerate((USUAL, NEW)):
        for person in ("child", "mother"):
            for k in range(number):
                share = (0.01 + 0.03 * k) * (0.5 + 0.4 * np.sin(ages / 4 + k)) * (1 - 0.02 * a * k)
                frames += [
                    (arm, person, f"{person}.{k}", f"State of number {k}, with a long label to it",
                     age, share[age], 0.002, 0.98, k != 3)
                    for age in ages
                ]  # fmt: skip
    return DataFrame(
        frames,
        columns=["arm", "person", "state", "label", "age", "share", "mc_error", "alive", "weighs"],
    )


def pathway(started: float = 60.0) -> DataFrame:
    counts = {
        "referred": 226.0, "declined": 36.0, "accepted": 190.0, "waiting": 6.0,
        "started": started, "not_taken_up": 12.0, "left_the_list": 172.0 - started - 0.7,
        "too_old": 0.7, "turned_away": 0.0, "completed": 0.6 * started,
        "dropped_out": 0.3 * started, "discharged_by_age": 0.02 * started,
    }  # fmt: skip
    return DataFrame(
        [(NEW, name, f"{name.replace('_', ' ').capitalize()}, of those accepted", "a year", value,
          1.0) for name, value in counts.items()],
        columns=["arm", "figure", "label", "unit", "value", "mc_error"],
    )  # fmt: skip


def compare() -> DataFrame:
    return DataFrame(
        [
            {"scenario": name, "arm": NEW, "comparator": USUAL, "measure": measure,
             "value": value, "low": value - 100, "high": value + 100}
            for k, name in enumerate(("base", "A half as large team", "A long name of a scenario"))
            for measure, value in (("net_monetary_benefit", 100.0 * k - 150),
                                   ("payback_years", math.nan if k else 7.0))
        ]
    )  # fmt: skip


def validation() -> DataFrame:
    rows = [
        (f"Target {k} with quite a long name", "all children, England", 0.5, 0.5 * ratio, 0.01,
         0.05, ("held_out", "calibrated")[k % 2], "yes", "no" if abs(ratio - 1) > 0.1 else "yes",
         "", f"Domain {k % 3}", 0.02)
        for k, ratio in enumerate((0.4, 0.7, 0.97, 1.0, 1.05, 1.2, 2.5, 0.93))
    ]  # fmt: skip
    return DataFrame(rows, columns=list(VALIDATION))


def boxes() -> DataFrame:
    return boxes_frame([
        Domain(TRAITS, "Traits", "", ("Poor", "Young")),
        Domain("illness", "Illness", "Mother", ("Ill", "Was ill"), ("NHS",), True),
        Domain("school", "School", "Child", ("Out of school",), ("Council",)),
        Domain("work", "Work", "Adult", ("Out of work",)),
    ])  # fmt: skip


def links() -> DataFrame:
    return DataFrame(
        [(TRAITS, "illness", 2), ("illness", "school", 3), ("school", "work", 1),
         ("work", "illness", 1)],
        columns=["from", "to", "links"],
    )  # fmt: skip


def budget() -> DataFrame:
    """Four places, three payers beside all of them, three years."""
    rows = []
    for k, place in enumerate(("north", "south", "east", "west")):
        for year in (*"123", "all"):
            for p, payer in enumerate(("perspective:public", "nhs", "council", "courts")):
                net = (1.0 + k) * (400e3, 150e3, 260e3, -10e3)[p] / (1 if year == "all" else
                                                                     1 + int(year))  # fmt: skip
                rows.append((place, NEW, USUAL, year, payer, 300e3 / (1 + p), 2e4, net - 32e4,
                             net, 0.4 * net, 0.05 * abs(net)))  # fmt: skip
    return DataFrame(
        rows,
        columns=["place", "arm", "comparator", "year", "payer", "service_fixed",
                 "service_variable", "other_costs", "net", "net_cashable", "mc_error"],
    )  # fmt: skip


def pathway_time() -> DataFrame:
    rows = [
        (arm, month / 12, 2.0 + k + month, 1.0 + month, 4.0 + k + month, 30.0 + k, 25.0, 40.0)
        for k, arm in enumerate((NEW, "Another"))
        for month in range(25)
    ]
    return DataFrame(
        rows,
        columns=["arm", "time", "waiting", "waiting_low", "waiting_high", "caseload",
                 "caseload_low", "caseload_high"],
    )  # fmt: skip


def claim_places(places: int = 4) -> DataFrame:
    return DataFrame([
        {"place": f"place_{k}", "label": f"A place with a name {k}", "arm": NEW,
         "comparator": USUAL, "claim": "one_infant", "measure_label": "Care entries",
         "claimed": 1.0, "needed": 2.8 + k, "needed_low": 2.1 + k, "needed_high": 3.9 + k,
         "prevented": 0.5 + 0.1 * k, "prevented_low": 0.1, "prevented_high": 1.2,
         "chance_holds": (0.0, 0.02, 0.5, 1.0)[k], "draws": 1000, "price_year": "2024/25",
         "perspective": "Whole public sector", "horizon_years": 18,
         "infant_entries_of_place": (18.0, math.nan, 34.0, 25.0)[k]}
        for k in range(places)
    ])  # fmt: skip


def evpi() -> DataFrame:
    values = np.arange(0.0, 50_001.0, 500.0)
    worth = 400.0 * np.exp(-np.abs(values - 24_000.0) / 9_000.0)
    return DataFrame({
        "value": values, "qaly_value": np.where(values == 20_000.0, "k", ""), "best": USUAL,
        "chance_wrong": 0.3, "evpi": worth, "evpi_error": 0.05 * worth,
        "evpi_with_noise": 1.2 * worth, "affected_families": 650.0,
        "population_evpi": 650.0 * worth, "population_error": 32.5 * worth,
    })  # fmt: skip


def evppi(sets: int = 3, single: int = 40) -> DataFrame:
    kinds = [*["set"] * sets, "group", *["parameter"] * single]
    worth = np.array([*(180.0 - 30 * np.arange(sets)), 150.0,
                      *(120.0 * 0.8 ** np.arange(single))])  # fmt: skip
    return DataFrame({
        "rank": 1, "kind": kinds, "set": [f"s{k}" for k in range(len(kinds))],
        "label": [f"{kind} {k} with a name of more words than fit into one line of the figure"
                  for k, kind in enumerate(kinds)],
        "parameters": [12 if kind == "set" else 1 for kind in kinds], "evppi": worth,
        "error": 8.0, "low": np.maximum(worth - 16, 0), "high": np.minimum(worth + 16, 190.0),
        "chance": 14.0, "clear": worth > 16.0, "evpi": 190.0, "share_of_evpi": worth / 190.0,
        "method": "spline", "value": 20_000.0, "qaly_value": "k", "affected_families": 650.0,
        "population_evppi": 650.0 * worth, "population_error": 5_200.0,
    })  # fmt: skip


def evsi(sizes: tuple[int, ...] = (50, 100, 200, 400, 800, 1600)) -> DataFrame:
    rows = []
    for k, study in enumerate(("A trial of everything that there is to know", "A survey")):
        for size in sizes:
            worth = 120e3 * size / (size + 300 * (1 + k))
            cost = 2e4 * (2 - k) + 40 * size
            rows.append((study, size, worth / 650, 10.0, 650.0, 190.0, worth, cost, worth - cost,
                         False, 6_500.0, 20_000.0, "k"))  # fmt: skip
    return DataFrame(
        rows,
        columns=["study", "families", "evsi", "error", "affected_families", "evpi",
                 "population_evsi", "cost", "net_benefit_of_sampling", "best", "population_error",
                 "value", "qaly_value"],
    )  # fmt: skip


TABLES: dict[str, Callable[[], DataFrame]] = {
    **SOME,
    "budget": budget,
    "pathway_time": pathway_time,
    "claim_places": claim_places,
    "evpi": evpi,
    "evppi": evppi,
    "evsi": evsi,
    "equity": equity,
    "outcomes": outcomes,
    "states_by_age": states,
    "pathway": pathway,
    "compare": compare,
    "validation": validation,
    "boxes": boxes,
    "links": links,
}
FACTS: dict[str, Any] = {
    **MANIFEST,
    "measures": [{"name": "qalys", "label": "QALYs", "unit": "QALYs per family"}],
    "icons": ["fewer", "more", "all", "rare"],
    "analyses": [
        *MANIFEST["analyses"],
        {"kind": "equity", "blocks": 20, "qaly_value": {"name": "k", "pounds": 15_000.0}},
        {
            "kind": "voi",
            "draws": 2000,
            "families": 1000,
            "families_a_year": 76.0,
            "decision_years": 10,
            "affected_families": 650.0,
            "qaly_value": {"name": "k", "pounds": 20_000.0},
        },
    ],
}
DRAWN: dict[str, tuple[str, float]] = {
    "cashflow": ("cumulative_discounted", 1.0),
    "plane": ("cost", 1.0),
    "equity_deprivation": ("value", 1.0),
    "states_by_age_child": ("share", 100.0),
    "states_by_age_mother": ("share", 100.0),
    "validation": ("ratio", 1.0),
    "budget": ("thousand_pounds", 1.0),
    "claim_places_one_infant": ("needed", 1.0),
    "evpi": ("population_evpi", 1.0),
    "evppi": ("evppi", 1.0),
    "evsi": ("population_evsi", 1.0),
}
"""The column of the table beside a figure that its marks must show, and what it is drawn times.

Of a figure that is not named, all numbers of one column at least must be among its marks.
"""
OTHERWISE = ("icons_", "flow", "causal_picture")
"""Figures that count or cover an area: tests of their own are below."""


def drawn_by(kind: str) -> list[Picture]:
    facts = FACTS
    if kind in whole_drawers():
        facts = {"kind": kind, "title": "All", "label": "England", "families": 5000, "seed": 1,
                 "inputs": FACTS["inputs"]}  # fmt: skip
    assert set(tables_of(kind)) <= set(TABLES), f"{kind}: give tables for it in this module"
    assert kind in kinds_of(TABLES, facts)
    found = list(pictures(lambda name: TABLES[name](), facts, [kind]))
    assert found, f"{kind} draws nothing"
    return found


def marks(picture: Picture) -> np.ndarray:
    """Return every number at which something is drawn, in units of the axes."""
    found = []
    for axes in picture.figure.axes:
        found += [np.asarray(line.get_xydata(), dtype=float).ravel() for line in axes.lines]
        for patch in axes.patches:
            path = patch.get_path().transformed(patch.get_patch_transform())
            found.append(np.asarray(path.vertices, dtype=float).ravel())
        for group in axes.collections:
            found += [np.asarray(path.vertices, dtype=float).ravel() for path in group.get_paths()]
            found.append(np.ma.filled(group.get_offsets(), np.nan).astype(float).ravel())
        found += [np.asarray(image.get_array(), dtype=float).ravel() for image in axes.images]
    every = np.concatenate(found)
    return np.unique(every[np.isfinite(every)])


def shown(numbers: np.ndarray, places: np.ndarray) -> bool:
    """Return whether each number is one of the places."""
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return False
    at = np.clip(np.searchsorted(places, numbers), 1, len(places) - 1)
    gap = np.minimum(np.abs(places[at] - numbers), np.abs(places[at - 1] - numbers))
    return bool((gap <= 1e-6 * np.maximum(np.abs(numbers), 1e-6)).all())


@pytest.mark.parametrize("kind", sorted({**drawers(), **whole_drawers()}))
def test_a_figure_of_every_kind_can_be_read_and_shows_its_table(kind: str) -> None:
    found = drawn_by(kind)
    names = [picture.name for picture in found]
    assert len(set(names)) == len(names)
    for picture in found:
        assert_readable(picture)
        if picture.name.startswith(OTHERWISE):
            continue
        places, table = marks(picture), picture.drawn
        if kind == "ranking":
            table = table[table["measure"] != "payback_years"]  # stands behind a name in words
        if picture.name in DRAWN:
            column, times = DRAWN[picture.name]
            numbers = times * table[column].to_numpy(dtype=float)
            assert shown(numbers, places), f"{picture.name}: not all of {column} is drawn"
            assert not shown(numbers + 0.01 * np.abs(numbers).max() + 1e-3, places)
            continue
        columns = [name for name in table if is_numeric_dtype(table[name])
                   and table[name].nunique() > 1]  # fmt: skip
        assert any(
            shown(times * table[name].to_numpy(dtype=float), places)
            for name in columns for times in (1.0, 100.0, 1000.0)
        ), f"{picture.name}: no column of its table is drawn"  # fmt: skip


def test_the_tornado_fits_one_column_of_a_journal_and_shows_itself_in_a_notebook() -> None:
    picture = draw_tornado(TABLES["tornado"](), FACTS, NEW, "net_monetary_benefit", NARROW, most=6)
    assert_readable(picture)
    assert picture.figure.get_figwidth() == pytest.approx(NARROW / 2.54)
    assert len(picture.drawn) == 6 and "10 narrower bars are not drawn" in picture.alt
    assert picture._repr_svg_().lstrip().startswith("<?xml")
    assert picture._repr_png_().startswith(b"\x89PNG")
    page = picture._repr_html_()
    assert f'alt="{escape(picture.alt, quote=True)}"' in page
    assert "http" not in page.partition("base64,")[0]


def test_what_is_worth_knowing_can_be_read_with_few_and_with_none_together() -> None:
    for table in (evppi(0, 3), evppi(12, 1), evppi().query("kind == 'parameter'")):
        (picture,) = pictures(lambda _, table=table: table, FACTS, ["evppi"])  # type: ignore[misc]
        assert_readable(picture)
    (picture,) = pictures(lambda _: evsi((100,)), FACTS, ["evsi"])
    assert_readable(picture)


@pytest.mark.parametrize("scale", [1e-4, 250.0])
@pytest.mark.parametrize("plane", [True, False])
def test_equity_can_be_read_whatever_its_size(scale: float, plane: bool) -> None:
    (picture,) = pictures(lambda _: equity(scale, plane), FACTS, ["equity"])
    assert_readable(picture)
    assert len(picture.figure.axes) == 1 + plane


def test_right_and_up_are_better_on_the_equity_plane() -> None:
    (picture,) = pictures(lambda _: equity(), FACTS, ["equity"])
    axes = picture.figure.axes[0]
    corners = {text.get_text(): text.get_position() for text in axes.texts}
    right, up = corners["more health,\nmore equal"]
    assert right > 0.5 and up > 0.5
    marks_ = {line.get_label(): line for line in axes.lines if line.get_marker() != "None"}
    assert {name: (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
            for name, line in marks_.items()} == {
        "steep": (10.0, -30.0), "moderate": (50.0, -31.0), "by head": (90.0, -32.0)
    }  # fmt: skip


def test_squares_of_icon_arrays_are_counted_out() -> None:
    found = {picture.name: picture for picture in drawn_by("icons")}
    assert set(found) == {"icons_fewer", "icons_more", "icons_all"}, "the rare have none"
    for name, (usual, new) in {
        "icons_fewer": ({"with both": 117, "neither": 883},
                        {"with both": 112, "prevented": 5, "neither": 883}),
        "icons_more": ({"with both": 211, "neither": 789},
                       {"with both": 211, "added": 19, "neither": 770}),
        "icons_all": ({"with both": 1000}, {"with both": 999, "prevented": 1}),
    }.items():  # fmt: skip
        for axes, expected in zip(found[name].figure.axes, (usual, new), strict=True):
            squares = {g.get_label(): len(g.get_paths()) for g in axes.collections}
            assert squares == expected
            assert sum(squares.values()) == 1000
        table = found[name].drawn.groupby("arm")["squares"].sum()
        assert (table == 1000).all()


@pytest.mark.parametrize("places", [1, 2])
def test_claims_of_few_places_can_be_read(places: int) -> None:
    (picture,) = pictures(lambda _: claim_places(places), FACTS, ["claim_places"])
    assert_readable(picture)


@pytest.mark.parametrize("started", [60.0, 170.0, 1.0])
def test_what_flows_into_a_step_flows_out_of_it(started: float) -> None:
    (picture,) = pictures(lambda _: pathway(started), FACTS, ["flow"])
    assert_readable(picture)
    table = picture.drawn.set_index("to")
    for whole in ("referred", "accepted", "started"):
        parts = table[table["from"] == whole]["families_a_year"]
        assert parts.sum() == pytest.approx(table.loc[whole, "families_a_year"], rel=1e-9)
        assert (parts > 0).all()
    (axes,) = picture.figure.axes
    heights = {}
    for bars, name in zip(axes.collections, table.index, strict=True):
        vertices = bars.get_paths()[0].vertices
        heights[name] = np.ptp(vertices[:, 1])
    assert heights == pytest.approx(dict(table["share_of_referrals"]), rel=1e-9)
    for patch in axes.patches:
        ends = patch.get_path().vertices
        name = str(patch.get_gid()).removeprefix("flow ")
        assert ends[0, 1] - ends[7, 1] == pytest.approx(heights[name], rel=1e-9)
        assert ends[3, 1] - ends[4, 1] == pytest.approx(heights[name], rel=1e-9)


def test_an_arm_without_a_limited_team_has_no_flow() -> None:
    other = pathway().assign(arm="another")
    assert list(pictures(lambda _: other, FACTS, ["flow"])) == []


def test_states_that_differ_most_are_drawn_and_those_that_cost_nothing_are_not() -> None:
    child, mother = drawn_by("states_by_age")
    assert set(child.drawn["state"]) == {f"child.{k}" for k in (2, *range(4, 15))}
    assert "child.3" not in set(child.drawn["state"])
    assert len([axes for axes in child.figure.axes if axes.get_visible()]) == 12
    assert "mother" in mother.name
    few = states(1, 4)
    for picture in pictures(lambda _: few, FACTS, ["states_by_age"]):
        assert_readable(picture)
