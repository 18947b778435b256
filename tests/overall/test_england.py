"""All births of England without the service reproduce what is published about England.

A figure comes out when it is within 2 %, or within two standard errors of the simulation.
"""

import math

import pytest

from babs_sim.handover import Floats
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.service import exposures_of
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families, no_exposure
from babs_sim.simulate.running import centring_factors, in_parallel
from babs_sim.tables import shipped

FAMILIES, CHUNK, SEED = 800_000, 5_000, 20_260
SHARE = 0.02


@pytest.fixture(scope="module")
def england() -> Model:
    return read_parameters([shipped() / "parameters"], place="england")


def centred(model: Model, horizon: float) -> Compiled:
    factors = centring_factors(model, {}, horizon, 2, lambda *_: None)
    values = model.values({"service.open": False})
    return compile_rates(model, values, horizon).scaled(*factors)


class Cohort18:
    """Sums over a cohort of births followed to 18."""

    def __init__(self, model: Model) -> None:
        self.compiled = centred(model, 18.0)
        cohort = read_cohort(model, model.values(), "births")

        def chunk(index: int) -> Tally:
            people = make_families(cohort, SEED, index * CHUNK, CHUNK)
            tally = Tally.empty(self.compiled, 0)
            nothing = no_exposure(CHUNK, exposures_of(model))
            live_families(self.compiled, people, nothing, seed_key(SEED), tally)
            return tally

        tallies = list(in_parallel(chunk, FAMILIES // CHUNK, 2, lambda *_: None, ""))
        self.count = sum(t.count[:, :, 0] for t in tallies)
        self.first = sum(t.onset[:, :, 0] for t in tallies)
        self.years = sum(t.years_in_states()[:, :, 0] for t in tallies)

    def ever(self, state: str) -> float:
        """Return the share of children for whom a state has come on."""
        return float(self.row(self.first, state).sum()) / FAMILIES

    def row(self, array: Floats, name: str) -> Floats:
        names = self.compiled.names
        index = names.events if name in names.events else names.states
        result: Floats = array[index.index(name)]
        return result


@pytest.fixture(scope="module")
def births(england: Model) -> Cohort18:
    return Cohort18(england)


def comes_out(found: float, published: float, events: float) -> None:
    """``events`` is how many there were: their number gives the standard error."""
    error = found / math.sqrt(events)
    assert abs(found - published) <= max(SHARE * published, 2.0 * error), (found, published, error)


@pytest.mark.parametrize(
    ("low", "high", "published"),
    [(0, 1, 0.911), (1, 5, 0.180), (5, 10, 0.124), (10, 16, 0.144), (16, 18, 0.178)],
)
def test_first_entry_to_care_by_age(
    births: Cohort18, low: int, high: int, published: float
) -> None:
    """Per cent a year, of children never in care (care_costs.md section 2, CC041 to CC045)."""
    entries = births.row(births.count, "child.care_entry")[low + 1 : high + 1].sum()
    entries += births.row(births.count, "child.newborn_care_entry")[low + 1 : high + 1].sum()
    before = births.row(births.first, "child.ever_in_care").cumsum()[:-1]
    never = births.row(births.years, "child.alive")[1:] - 0.5 * (before[:-1] + before[1:])
    if low == 0:
        # The first-year figure is starts over children aged 0, so it is a share of births.
        never[0] = births.row(births.years, "child.alive")[1]
    comes_out(100.0 * entries / never[low:high].sum(), published, entries)


def test_newborns_who_come_into_care(births: Cohort18) -> None:
    """48 per 10,000 births within seven days (CC065)."""
    entries = births.row(births.count, "child.newborn_care_entry").sum()
    comes_out(1e4 * entries / FAMILIES, 48.0, entries)


@pytest.mark.parametrize(
    ("state", "published"),
    [
        ("child.ever_in_care", 3.42),
        ("child.ever_in_need", 25.3),
        ("child.ever_on_plan", 6.9),
        ("child.secure", 51.6),
        ("child.disorganised", 23.5),
    ],
)
def test_children_ever_in_a_state_by_18(births: Cohort18, state: str, published: float) -> None:
    share = births.ever(state)
    comes_out(100.0 * share, published, share * FAMILIES)


def test_children_on_track_at_the_check(births: Cohort18) -> None:
    """79 % on track in all five areas (ACE-F069)."""
    alive = births.row(births.years, "child.alive")[3] / FAMILIES
    on_track = alive - births.ever("child.not_on_track")
    comes_out(100.0 * on_track / alive, 79.0, on_track * FAMILIES)
