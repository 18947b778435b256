"""Every check of TECH-VER, on a small experiment and on the shipped base case."""

from dataclasses import replace
from pathlib import Path

import pytest

from babs_sim.analysis.verification import CHECKS, DOMAINS, Check, Subject, sampling
from babs_sim.analysis.verification.verifying import look_at
from babs_sim.experiment import find_experiment, load
from tests.verification.small import small_subject

SHIPPED_FAMILIES = 100


def named(check: Check) -> str:
    return f"{check.domain}: {check.name}"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def small_centring(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Centre on few births: the checks hold whatever the factors are."""
    monkeypatch.setenv("BABS_SIM_CACHE", str(cache))
    monkeypatch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return small_subject(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def shipped() -> Subject:
    experiment, model = load(find_experiment("base_case"))
    cohort = experiment.cohort.model_copy(update={"families": SHIPPED_FAMILIES})
    return Subject(replace(experiment, cohort=cohort), model)


def test_every_domain_has_checks_with_names_of_their_own() -> None:
    assert {one.domain for one in CHECKS} == set(DOMAINS)
    assert len({(one.domain, one.name) for one in CHECKS}) == len(CHECKS)
    assert all(one.expectation for one in CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_a_small_experiment_passes(check: Check, small: Subject) -> None:
    found = look_at(check, small)
    assert found.passed is True, found


@pytest.mark.parametrize("check", [c for c in CHECKS if c not in sampling.CHECKS], ids=named)
def test_the_shipped_base_case_passes(check: Check, shipped: Subject) -> None:
    """All but what runs a hundred draws: that takes `babs-sim verify` most of its time."""
    found = look_at(check, shipped)
    assert found.passed is not False, found
