"""Life-course lanes: readable, and true to the tables they are drawn from."""

import numpy as np
import pandas as pd
import pytest

from babs_sim.plots import Picture
from babs_sim.plots.lanes import COLOURS, MOST_LANES, chosen_lanes, lanes
from tests.figures.looks import assert_readable

ARMS = ("usual care", "the service")


def spells(states: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(states):
        person = "mother" if k % 3 == 0 else "child"
        for a, arm in enumerate(ARMS):
            start = float(rng.uniform(0, 12))
            rows.append((arm, person, f"{person}.{k}", f"In the state of number {k} of them all",
                         start, start + 1 + a, k % 2 == 0, 0.8))  # fmt: skip
    columns = ["arm", "person", "state", "label", "age_from", "age_to", "priced", "utility"]
    return pd.DataFrame(rows, columns=columns)


def events(number: int, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (arm, float(age), person, "event", "x", "x", shared)
        for person in ("mother", "child")
        for arm in ARMS
        for shared in (True, False)
        for age in rng.uniform(0, 18, number)
    ]
    rows.append((ARMS[1], -0.3, "family", "service", "service.x", "Service", False))
    columns = ["arm", "age", "person", "kind", "event", "label", "in_all_arms"]
    return pd.DataFrame(rows, columns=columns)


def accrual(ends: tuple[float, ...]) -> pd.DataFrame:
    rows = [
        (arm, age, "cost", "nhs", end * (age + 0.5) / 18.5)
        for arm, end in zip(ARMS, ends, strict=False)
        for age in (-0.5, 0.0, 9.0, 18.0)
    ]
    return pd.DataFrame(rows, columns=["arm", "age", "what", "of", "discounted"])


def lives() -> pd.DataFrame:
    rows = [(arm, person, *ages) for arm in ARMS
            for person, ages in (("mother", (-0.5, 11.0)), ("child", (0.0, 18.0)))]  # fmt: skip
    return pd.DataFrame(rows, columns=["arm", "person", "age_from", "age_to"])


def drawn(states: int, ends: tuple[float, ...] = (70_000.0, 24_000.0)) -> Picture:
    return lanes(
        spells(states), events(3 if states < 9 else 20), accrual(ends), lives(), arms=ARMS,
        title="Family 12: usual care and the service",
        subtitle="One simulated family (referred), followed until the child is 18. " * 2,
        caption="Filled marks: events in every arm. This is one simulated life. " * 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("states", "ends"), [(1, (0.0, 0.0)), (5, (70_000.0, 24_000.0)), (30, (5_000.0, 5_000.0))]
)
def test_lanes_are_readable(states: int, ends: tuple[float, ...]) -> None:
    assert_readable(drawn(states, ends))


def test_bars_are_the_stays_of_the_table() -> None:
    picture = drawn(5)
    top = picture.figure.axes[0]
    found = sorted(
        (path.vertices[:, 0].min(), path.vertices[:, 0].max())
        for bars in top.collections
        for path in bars.get_paths()
    )
    table = spells(5)
    stays = sorted(zip(table["age_from"], table["age_to"], strict=True))
    assert np.array(found) == pytest.approx(np.array(stays), abs=1e-9)
    assert len(COLOURS) <= 4


def test_a_line_is_as_long_as_the_person_lives() -> None:
    top = drawn(5).figure.axes[0]
    found = {
        line.get_label(): tuple(line.get_xdata())
        for line in top.lines
        if str(line.get_label()).startswith("life")
    }
    assert found == {
        f"life of the {person}, {arm}": ages
        for arm in ARMS
        for person, ages in (("mother", (-0.5, 11.0)), ("child", (0.0, 18.0)))
    }


def test_states_with_a_cost_or_a_utility_have_lanes_and_those_that_differ_come_first() -> None:
    table = spells(MOST_LANES + 6)
    same = table["state"].isin(["child.1", "child.2"])
    table.loc[same, "age_from"], table.loc[same, "age_to"] = 2.0, 15.0
    kept, dropped = chosen_lanes(table)
    assert len(kept) == MOST_LANES and len(dropped) == 6
    assert not {"child.1", "child.2"} & {state for _, state, _ in kept}
    table["utility"] = 1.0
    kept, _ = chosen_lanes(table)
    assert {state for _, state, _ in kept} <= set(table["state"][table["priced"]])
    table["priced"] = False
    assert len(chosen_lanes(table)[0]) == MOST_LANES
