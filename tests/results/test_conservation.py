"""What goes in comes out: person-years, events and moments add up in the kernel's ledger."""

import numpy as np
import pytest

from tests.lives import Lived, lives
from tests.properties.rich import rich_folder

HORIZON, ENTRY, FAMILIES = 10.0, -0.5, 3_000


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = rich_folder(tmp_path_factory.mktemp("rich") / "p")
    return lives(folder, HORIZON, FAMILIES, changes={"service.open": True})


def test_person_years_are_those_of_the_event_log(lived: Lived) -> None:
    """Years alive, and away, from the ledger and from the times of the events."""
    death = np.minimum(lived.first_times("child.death"), HORIZON)
    assert lived.years("child.alive") * FAMILIES == pytest.approx(death.sum(), rel=1e-12)
    mother = np.minimum(lived.first_times("mother.death"), HORIZON)
    assert lived.years("mother.alive") * FAMILIES == pytest.approx(
        (mother - ENTRY).sum(), rel=1e-12
    )
    leaves, returns = lived.first_times("child.leaves"), lived.first_times("child.returns")
    left = np.isfinite(leaves)
    away = (np.minimum(np.minimum(returns, death), HORIZON) - leaves)[left]
    assert lived.years("child.away") * FAMILIES == pytest.approx(away.sum(), rel=1e-12)


def test_events_are_those_of_the_log_year_by_year(lived: Lived) -> None:
    for e, name in enumerate(lived.compiled.names.events):
        times = lived.times(name)
        year = np.where(times < 0, 0, np.floor(times) + 1).astype(int)
        start = np.where(year == 0, ENTRY, year - 1.0)
        for power in range(3):
            expected = np.bincount(
                year, (times - start) ** power, minlength=lived.tally.count.shape[1]
            )
            assert lived.tally.count[e, :, power] == pytest.approx(expected, rel=1e-10, abs=1e-9)


def test_moments_of_stays_are_those_of_the_log(lived: Lived) -> None:
    """Moments of the time alive of the child, year by year."""
    death = np.minimum(lived.first_times("child.death"), HORIZON)
    years = lived.tally.years_in_states()[lived.compiled.names.states.index("child.alive")]
    for y in range(1, years.shape[0]):
        stay = np.clip(death - (y - 1.0), 0.0, 1.0)
        for power in range(3):
            expected = (stay ** (power + 1) / (power + 1)).sum()
            assert years[y, power] == pytest.approx(expected, rel=1e-10, abs=1e-9)


def test_qalys_are_person_years_weighted_by_utility(lived: Lived) -> None:
    """Norms of 1: the child's QALYs are years alive less a tenth of the years away."""
    qalys = lived.tally.qalys[:, :-1, 0].sum(axis=1)
    child = lived.years("child.alive") - 0.1 * lived.years("child.away")
    mother = lived.years("mother.alive") - 0.2 * lived.years("mother.low")
    assert qalys[1] == pytest.approx(FAMILIES * child, rel=1e-10)
    assert qalys[0] == pytest.approx(FAMILIES * mother, rel=1e-10)


def test_a_state_comes_on_first_at_most_once_a_person(lived: Lived) -> None:
    first = lived.tally.onset[:, :, 0].sum(axis=1)
    assert (first <= FAMILIES).all()
    alive = [lived.compiled.names.states.index(f"{p}.alive") for p in ("mother", "child")]
    assert (first[alive] == FAMILIES).all()


def test_entries_less_exits_are_those_still_there(lived: Lived) -> None:
    leaves, returns = lived.times("child.leaves").size, lived.times("child.returns").size
    dead_away = np.isfinite(lived.first_times("child.death")) & (
        lived.first_times("child.leaves") < np.inf
    ) & ~(lived.first_times("child.returns") < np.inf)  # fmt: skip
    still = (lived.first_times("child.leaves") < np.inf) & ~(
        lived.first_times("child.returns") < np.inf
    )
    assert leaves - returns == still.sum()
    assert dead_away.sum() < still.sum()
