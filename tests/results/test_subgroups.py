"""Subgroups: bands add up to the whole, and are what a run of those families alone gives."""

from pathlib import Path

import numpy as np
import pytest

from babs_sim.errors import Problems
from babs_sim.experiment import load
from babs_sim.handover import Ledger
from babs_sim.parameters import read_parameters
from babs_sim.pathway import run_service
from babs_sim.population import make_families, read_subgroups, slots_of
from babs_sim.randomness import seed_key
from babs_sim.simulate import Run, run
from babs_sim.simulate.blocks import Tally, live_families
from babs_sim.simulate.running import cohort_of, limits_of, prepare_arm
from tests.properties.rich import rich_experiment, rich_folder, rich_tables

QUANTITIES = ("count", "years", "first", "activity", "qalys", "aces")
BANDS = [
    {"subgroup": "load", "band": "none", "label": "No load", "trait": "family.load", "below": 1},
    {"subgroup": "load", "band": "some", "label": "Load", "trait": "family.load", "at_least": 1},
    {"subgroup": "age", "band": "30+", "label": "30 up", "trait": "mother.age", "at_least": 30},
    {"subgroup": "age", "band": "25-29", "label": "to 30", "trait": "mother.age",
     "at_least": 25, "below": 30},
    {"subgroup": "age", "band": "young", "label": "Under 25", "trait": "mother.age", "below": 25},
]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subgroups") / "p"
    tables = {**rich_tables(), "subgroups": BANDS}
    for row in tables["states"]:
        if row["name"] in ("child.upset", "child.ever_away"):
            row["ace"] = "true"
    return rich_experiment(rich_folder(folder, tables))


@pytest.fixture(autouse=True)
def small_centring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BABS_SIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))


def outcome(path: Path, workers: int = 1, subgroups: tuple[str, ...] = ("load", "age")) -> Run:
    experiment, model = load(path)
    return run(experiment, model, workers=workers, subgroups=subgroups)


def same(a: Ledger, b: Ledger) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in QUANTITIES)


def test_bands_of_each_subgroup_add_up_to_the_whole(path: Path) -> None:
    found = outcome(path)
    assert {name: tuple(bands) for name, bands in found.subgroups.items()} == {
        "load": ("none", "some"),
        "age": ("young", "25-29", "30+"),
    }
    for bands in found.subgroups.values():
        for arm, whole in enumerate(found.ledgers):
            parts = [ledgers[arm] for ledgers in bands.values()]
            assert sum(part.families.sum() for part in parts) == whole.families.sum()
            for name in QUANTITIES:
                total = getattr(whole, name).sum(axis=0)
                added = sum(getattr(part, name).sum(axis=0) for part in parts)
                assert total.any() or (name == "activity" and arm == 0)
                assert added == pytest.approx(total, rel=1e-12, abs=1e-10), name


def test_blocks_of_bands_are_joined_blocks_of_the_whole(path: Path) -> None:
    found = outcome(path)
    whole = found.ledgers[1]
    parts = [ledgers[1] for ledgers in found.subgroups["age"].values()]
    assert len(parts[0].families) == 20 and len(whole.families) == 100
    joined = whole.count.reshape(20, 5, *whole.count.shape[1:]).sum(axis=1)
    assert sum(part.count for part in parts) == pytest.approx(joined, rel=1e-12, abs=1e-10)
    assert np.array_equal(sum(part.families for part in parts), np.full(20, 100.0))


def test_asking_for_subgroups_changes_no_total_and_workers_change_nothing(path: Path) -> None:
    plain, one, two = outcome(path, subgroups=()), outcome(path), outcome(path, workers=2)
    assert not plain.subgroups
    assert all(map(same, plain.ledgers, one.ledgers))
    for name, bands in one.subgroups.items():
        for band, ledgers in bands.items():
            assert all(map(same, ledgers, two.subgroups[name][band]))


def test_a_band_is_what_its_families_alone_give(path: Path) -> None:
    """The families of a band, chosen by their trait, live alone and give the band's ledger."""
    experiment, model = load(path)
    cohort, number = cohort_of(experiment, model)
    seed, horizon = experiment.cohort.seed, float(experiment.cohort.horizon_years)
    found = outcome(path)
    from babs_sim.simulate.running import centring_factors, reference_of

    quiet = lambda *_: None  # noqa: E731
    factors = centring_factors(reference_of(experiment, model), {}, horizon, 1, quiet)
    chosen = experiment.arms[1]
    arm = prepare_arm(model, chosen.name, chosen.set, horizon, factors)
    counted = np.zeros_like(found.ledgers[1].count[0])
    members = 0
    for first in range(number):
        people = make_families(cohort, seed, first, 1)
        if people.column("family.load")[0] < 1.0:
            continue
        members += 1
        exposure = run_service(model, arm.values, people, seed)
        tally = Tally.empty(arm.compiled, len(exposure.activities))
        live_families(arm.compiled, people, exposure, seed_key(seed), tally)
        counted += tally.count[:, :-1]
    some = found.subgroups["load"]["some"][1]
    assert members == some.families.sum() and 0 < members < limits_of(number)[-1]
    assert some.count.sum(axis=0) == pytest.approx(counted, rel=1e-12, abs=1e-10)


def test_a_limit_belongs_to_the_band_above_it(path: Path) -> None:
    model = read_parameters([path.parent / "p"])
    (age,) = read_subgroups(model, ["age"])
    assert age.labels == ("Under 25", "to 30", "30 up")
    people = make_families(cohort_of(*load(path))[0], 1, 0, 4)
    people.traits[:, people.names.index("mother.age")] = [24.99, 25.0, 29.99, 30.0]
    assert slots_of(people, (age,))[:, 0].tolist() == [1, 2, 2, 3]


def test_an_unknown_subgroup_is_refused(path: Path) -> None:
    model = read_parameters([path.parent / "p"])
    with pytest.raises(Problems, match=r"is not a subgroup.*agee"):
        read_subgroups(model, ["agee"])
