"""Every check fails when the engine, its tables or its draws are wrong."""

from collections.abc import Callable, Iterator

import pytest

from babs_sim.analysis.verification import CHECKS, Check, Subject
from babs_sim.analysis.verification.verifying import look_at
from tests.verification import faults
from tests.verification.small import small_subject

Fault = Callable[[pytest.MonkeyPatch, Subject], Subject]

NOTICED: dict[Fault, tuple[str, ...]] = {
    faults.deaf: (
        "dearer_price", "higher_ratio", "survival_curves", "no_hazard", "high_hazard",
        "no_deaths", "all_die", "no_effect", "half_the_rate", "utilities_one", "utilities_zero",
        "costs_zero", "free_service", "one_cost_doubled", "rate_zero", "rate_high", "draws_matter",
    ),
    faults.noisy: (
        "dearer_price", "nesting", "round_trip", "price_year", "cohort_sums", "lives_follow",
        "equal_arms", "no_effect", "closed_service", "arms_swapped", "shortest", "longer",
        "exact_timing", "no_uncertainty", "same_seed", "switches", "workers", "units", "again",
    ),
    faults.crowded: ("shares",),
    faults.undead: ("death_is_final", "lives_follow", "cohort_sums"),
    faults.immortal: ("lifetime", "survival_curves", "all_die"),
    faults.backwards: ("times_in_order", "lives_follow"),
    faults.shifted: ("ratio_draws", "means_of_draws", "shares_sum", "no_uncertainty"),
    faults.negative: ("ratio_draws", "in_range"),
    faults.shuffled: ("correlations",),
    faults.narrow: ("percentiles",),
    faults.undiscounted: ("undiscounted_more", "rate_zero", "exact_timing"),
    faults.inflated: ("payers_sum", "kinds_sum", "years_sum", "icer_agrees"),
    faults.half_banded: ("subgroups_sum",),
    faults.lossy: ("files",),
    faults.anonymous: ("version",),
    faults.lenient: ("mistakes",),
    faults.nameless: ("labels",),
    faults.outlandish: ("plausible",),
    faults.apart: ("second_engine",),
    faults.forgetful: ("left_out",),
    faults.misread: ("end_points",),
    faults.ungauged: ("round_trip",),
    faults.unexplained: ("mean_of_draws",),
    faults.unsure: ("nothing_varies",),
    faults.unshared: ("draws_shared",),
    faults.overcertain: ("acceptable",),
    faults.overworth: ("information",),
    faults.miscounted: ("tornado",),
}  # fmt: skip
"""Which checks must notice which fault."""


def function_of(check: Check) -> str:
    return check.look.__name__


WITH_LOOK = {function_of(check): check for check in CHECKS}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The experiment before anything is broken, centred on few births."""
    folder = tmp_path_factory.mktemp("faults")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BABS_SIM_CACHE", str(folder / "cache"))
        patch.setattr("babs_sim.simulate.centring.ROUNDS", (2_000, 2_000))
        found = small_subject(folder)
        assert found.factors and found.cohort and found.probabilistic
        yield found


@pytest.fixture
def subject(sound: Subject) -> Subject:
    """The experiment with no runs kept from before a fault."""
    found = Subject(sound.experiment, sound.model, draws_in_all=sound.draws_in_all)
    found.factors, found.cohort = sound.factors, sound.cohort
    found.probabilistic = {name: frame.copy() for name, frame in sound.probabilistic.items()}
    return found


def test_every_check_notices_a_fault() -> None:
    assert {name for names in NOTICED.values() for name in names} == set(WITH_LOOK)


@pytest.mark.parametrize(
    ("fault", "name"), [(fault, name) for fault, names in NOTICED.items() for name in names],
    ids=lambda one: getattr(one, "__name__", one),
)  # fmt: skip
def test_a_fault_is_noticed(
    fault: Fault, name: str, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = look_at(WITH_LOOK[name], fault(monkeypatch, subject))
    assert found.passed is False, found
    assert not found.seen.startswith("it stopped"), found
