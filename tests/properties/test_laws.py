"""The laws of design section 6: addressed randomness and kept thresholds."""

import random
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import babs_sim.simulate.running as running
from babs_sim.experiment import load
from babs_sim.handover import Ledger
from babs_sim.simulate import run
from tests.folders import event
from tests.lives import Lived, lives
from tests.properties.rich import rich_experiment, rich_folder, rich_tables

ARRAYS = ("families", "count", "years", "first", "activity", "qalys", "aces")


@pytest.fixture(autouse=True)
def small_centring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Centre on few births: these laws hold whatever the factors are."""
    monkeypatch.setenv("BABS_SIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))


def ledgers(path: Path, workers: int = 1) -> tuple[Ledger, ...]:
    experiment, model = load(path)
    return run(experiment, model, workers=workers).ledgers


def same(a: Ledger, b: Ledger) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ARRAYS)


def test_ledger_arrays_are_all_compared() -> None:
    named = {f.name for f in fields(Ledger)} - {"entry", "events", "states", "activities"}
    assert named == set(ARRAYS)


def test_workers_and_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rich_experiment(rich_folder(tmp_path / "p"))
    one = ledgers(path, workers=1)
    assert all(map(same, one, ledgers(path, workers=2)))
    for chunk in (1, 7, 100_000):
        monkeypatch.setattr(running, "CHUNK", chunk)
        assert all(map(same, one, ledgers(path, workers=2)))


def test_row_order_changes_nothing(tmp_path: Path) -> None:
    one = ledgers(rich_experiment(rich_folder(tmp_path / "p")))
    tables = rich_tables()
    for rows in tables.values():
        random.Random(5).shuffle(rows)
    (tmp_path / "again").mkdir()
    other = ledgers(rich_experiment(rich_folder(tmp_path / "again" / "p", tables)))
    assert all(map(same, one, other))


def timeline(lived: Lived, without: tuple[str, ...] = ()) -> list[tuple[int, str, float]]:
    """Return every event as (family, name, time)."""
    names = lived.compiled.names.events
    rows = zip(lived.log.family, lived.log.event, lived.log.time, strict=True)
    return [(int(f), names[e], float(t)) for f, e, t in rows if names[e] not in without]


def test_an_event_that_nothing_depends_on_changes_no_other_number(tmp_path: Path) -> None:
    before = lives(rich_folder(tmp_path / "a"), 10.0, 2_000)
    tables = rich_tables()
    tables["events"] = [*tables["events"], event("child.aside"), event("mother.zzz")]
    tables["rates"] = [
        *tables["rates"],
        {"event": "child.aside", "age_from": 0, "value": 0.5},
        {"event": "mother.zzz", "age_from": 0, "value": 0.5},
    ]
    after = lives(rich_folder(tmp_path / "b", tables), 10.0, 2_000)
    assert after.counted("child.aside") > 1.0
    assert timeline(after, ("child.aside", "mother.zzz")) == timeline(before)


def test_a_trait_that_nothing_depends_on_changes_no_other_number(tmp_path: Path) -> None:
    before = lives(rich_folder(tmp_path / "a"), 10.0, 2_000)
    tables = rich_tables()
    trait = {"name": "family.extra", "label": "x", "person": "family", "kind": "levels"}
    tables["traits"] = [*tables["traits"], trait]
    tables["trait_levels"] = [
        *tables["trait_levels"],
        *({"trait": "family.extra", "level": k, "value": 0.5} for k in (0, 1)),
    ]
    after = lives(rich_folder(tmp_path / "b", tables), 10.0, 2_000)
    assert timeline(after) == timeline(before)


@pytest.mark.parametrize(
    "changes",
    ['set = { "service.open" = false }',
     'set = { "service.open" = true, "service.therapy.start_share" = 0.0 }',
     'set = { "service.open" = true, "service.effect_set" = "null" }'],
)  # fmt: skip
def test_an_arm_whose_service_does_nothing_gives_exactly_zero(tmp_path: Path, changes: str) -> None:
    usual, other = ledgers(rich_experiment(rich_folder(tmp_path / "p"), changes=changes))
    for name in set(ARRAYS) - {"activity"}:
        assert np.array_equal(getattr(usual, name), getattr(other, name)), name


def test_arms_differ_where_the_service_acts(tmp_path: Path) -> None:
    usual, other = ledgers(rich_experiment(rich_folder(tmp_path / "p")))
    leaves = usual.events.index("child.leaves")
    assert other.count[:, leaves, :, 0].sum() < usual.count[:, leaves, :, 0].sum()
    assert other.activity[:, 0, :, 0].sum() == pytest.approx(1600, abs=4 * 18)


def test_families_without_exposure_live_the_same_life_in_both_arms(tmp_path: Path) -> None:
    folder = rich_folder(tmp_path / "p")
    usual = lives(folder, 10.0, 2_000)
    served = lives(folder, 10.0, 2_000, changes={"service.open": True})
    pairs = set(timeline(usual)) ^ set(timeline(served))
    touched = {family for family, _, _ in pairs}
    assert 0 < len(touched) < 0.8 * 2_000 + 4 * 18


@pytest.mark.parametrize("rate", ["rate.child.leaves.0-1", "rate.mother.death.15"])
def test_a_lower_rate_never_brings_an_event_forward(tmp_path: Path, rate: str) -> None:
    """Death of the mother has no drivers; leaving has drivers, which are taken out here."""
    tables = rich_tables()
    tables["effects"] = [
        row for row in tables["effects"]
        if row["event"] != "child.leaves" or row["form"] == "per unit"
    ]  # fmt: skip
    folder = rich_folder(tmp_path / "p", tables)
    name = "child.leaves" if "leaves" in rate else "mother.death"
    full = lives(folder, 10.0, 4_000)
    key = next(k for k in full_parameters(folder) if k.startswith(rate))
    low = lives(folder, 10.0, 4_000, changes={key: 0.5 * full_parameters(folder)[key]})
    assert (low.first_times(name) >= full.first_times(name)).all()
    assert (low.first_times(name) > full.first_times(name)).any()


def full_parameters(folder: Path) -> dict[str, Any]:
    """Return all parameters of a folder by name."""
    from babs_sim.parameters import read_parameters

    return dict(read_parameters([folder]).values())


def test_the_first_families_of_many_are_the_run_of_few(tmp_path: Path) -> None:
    folder = rich_folder(tmp_path / "p")
    many = lives(folder, 10.0, 5_000, population="referred", chunk=1_234)
    few = lives(folder, 10.0, 1_000, population="referred")
    assert [row for row in timeline(many) if row[0] < 1_000] == timeline(few)


def test_unaffected_deaths_stay_at_the_same_moment(tmp_path: Path) -> None:
    """No arm changes the mother's death: all of them keep their moment."""
    folder = rich_folder(tmp_path / "p")
    usual = lives(folder, 10.0, 5_000)
    served = lives(folder, 10.0, 5_000, changes={"service.open": True})
    assert np.array_equal(usual.first_times("mother.death"), served.first_times("mother.death"))


def test_seeds_differ(tmp_path: Path) -> None:
    folder = rich_folder(tmp_path / "p")
    assert timeline(lives(folder, 10.0, 200)) != timeline(lives(folder, 10.0, 200, seed=2))
