"""All births of England without the service reproduce what is published about England.

A figure comes out when it is within 2 %, or within two standard errors of the simulation.
"""

import math

import numpy as np
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


@pytest.mark.parametrize(
    ("state", "published"),
    [
        ("child.verbal_abuse", 18.2),
        ("child.physical_abuse", 14.8),
        ("child.sexual_abuse", 6.3),
        ("child.parents_separated", 23.0),
        ("child.household_abuse", 12.0),
        ("child.household_mental_illness", 12.0),
        ("child.household_alcohol", 9.0),
        ("child.household_drugs", 4.0),
        ("child.household_prison", 4.0),
        ("child.autism", 1.755),
    ],
)
def test_children_who_ever_suffered_it(births: Cohort18, state: str, published: float) -> None:
    """By 18, of all births (ACE-A011 to A019; ACE-F065 and F066 by the shares of the sexes)."""
    share = births.ever(state)
    comes_out(100.0 * share, published, share * FAMILIES)


def test_children_in_need_on_a_day(births: Cohort18) -> None:
    """330 per 10,000 children, those in care among them (CC074), within a tenth of it."""
    years = births.row(births.years, "child.in_need") + births.row(births.years, "child.in_care")
    stock = 1e4 * years[1:].sum() / births.row(births.years, "child.alive")[1:].sum()
    assert stock == pytest.approx(330.0, rel=0.1)


class Joint:
    """Which adversities each of 100,000 children suffered, by 18."""

    def __init__(self, model: Model) -> None:
        compiled = centred(model, 18.0)
        cohort = read_cohort(model, model.values(), "births")
        aces = {row.name for row in model.table("states") if row.ace}
        bits = {
            compiled.names.events.index(row.name): 1 << sorted(aces).index(state)
            for row in model.table("events")
            for state in row.sets.split()
            if state in aces
        }
        newborn = compiled.names.events.index("child.newborn_care_entry")
        counts, fifths, removed = [], [], []
        for first in range(0, 100_000, CHUNK):
            people = make_families(cohort, SEED, first, CHUNK)
            tally = Tally.empty(compiled, 0)
            nothing = no_exposure(CHUNK, exposures_of(model))
            log = live_families(compiled, people, nothing, seed_key(SEED), tally, log=400 * CHUNK)
            suffered = np.zeros(CHUNK, np.int64)
            for event, bit in bits.items():
                suffered[log.family[log.event == event] - first] |= bit
            counts.append([bin(x).count("1") for x in suffered])
            fifths.append(people.column("family.deprivation"))
            entered = log.family[log.event == newborn] - first
            removed.append(people.column("mother.previous_removal")[entered])
        self.count, self.fifth = np.concatenate(counts), np.concatenate(fifths)
        self.removed = np.concatenate(removed)


@pytest.fixture(scope="module")
def joint(england: Model) -> Joint:
    return Joint(england)


def test_adversities_of_the_child_come_together(joint: Joint) -> None:
    """47 % any, 8 to 9 % four or more (ACE-A001, A003, A004), within a tenth."""
    assert 100.0 * (joint.count >= 1).mean() == pytest.approx(47.0, rel=0.1)
    assert 8.3 * 0.9 <= 100.0 * (joint.count >= 4).mean() <= 9.0 * 1.1


def test_adversity_rises_with_deprivation(joint: Joint) -> None:
    """Four or more 2 to 3 times as often in the most as in the least deprived fifth."""
    most, least = ((joint.count[joint.fifth == d] >= 4).mean() for d in (1, 5))
    assert 2.0 <= most / least <= 3.0


def test_newborns_in_care_after_an_earlier_removal(joint: Joint) -> None:
    """47 % have a sibling in earlier proceedings (INT183); within two standard errors."""
    share = joint.removed.mean()
    error = math.sqrt(share * (1.0 - share) / len(joint.removed))
    assert abs(share - 0.47) <= max(0.047, 2.0 * error)
