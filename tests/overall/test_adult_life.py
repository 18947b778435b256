"""All births of England without the service, to the end of life: school, adult life and death.

A figure comes out when it is within 10 % of what is published, or within two standard errors.
These figures set the rates, so they show that rows, centring and drivers agree, no more.
"""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.lifecourse.machine import EVER
from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.service import exposures_of
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate import centring
from babs_sim.simulate.blocks import Tally, live_families, no_exposure
from babs_sim.simulate.running import centring_factors
from babs_sim.tables import shipped

FAMILIES, CHUNK, SEED, HORIZON = 80_000, 5_000, 20_261, 105
ROUNDS = (5_000, 5_000, 5_000, 40_000)
BAND = 0.1
GIRLS, BOYS = 6, 7  # groups of the tally; 1 to 5 are the fifths, 0 is everybody


class Lives:
    """Sums over whole lives, of everybody and by fifth and sex."""

    def __init__(self, model: Model) -> None:
        factors = centring_factors(model, {}, float(HORIZON), 2, lambda *_: None)
        values = model.values({"service.open": False})
        compiled: Compiled = compile_rates(model, values, float(HORIZON)).scaled(*factors)
        cohort = read_cohort(model, values, "births")
        nothing = no_exposure(CHUNK, exposures_of(model))
        tally = Tally.empty(compiled, 0, groups=8)
        for first in range(0, FAMILIES, CHUNK):
            people = make_families(cohort, SEED, first, CHUNK)
            fifth = people.column("family.deprivation").astype(np.int64)
            sex = GIRLS + people.column("child.sex").astype(np.int64)
            slots = np.stack([fifth, sex], axis=1)
            live_families(compiled, people, nothing, seed_key(SEED), tally, slots=slots)
        count, stay, whole, onset, qalys, *_ = tally.groups
        full = np.cumsum(whole, axis=-1)[..., : stay.shape[2]]
        self.names = compiled.names
        self.count, self.first = count[..., 0], onset[..., 0]
        self.years = (stay[..., 0] + full)[..., :-1]
        self.qalys = qalys[:, 1, :, 0].sum(axis=-1) / self.born

    @property
    def born(self) -> np.ndarray:
        """Return births of each group."""
        born: np.ndarray = self.first[:, self.state("alive")].sum(axis=-1)
        return born

    def state(self, name: str) -> int:
        return self.names.states.index(f"child.{name}")

    def alive(self, low: int, high: int, group: int = 0) -> float:
        """Return person-years lived at ages [low, high)."""
        return float(self.years[group, self.state("alive"), low + 1 : high + 1].sum())

    def share(self, states: str, low: int, high: int, group: int = 0) -> float:
        """Return per cent of the time lived at ages [low, high) in any of the states."""
        chosen = [self.state(name) for name in states.split()]
        spent = self.years[group, chosen, low + 1 : high + 1].sum()
        return 100.0 * float(spent) / self.alive(low, high, group)

    def rate(self, event: str, low: int, high: int, group: int = 0) -> tuple[float, float]:
        """Return events for each person-year at ages [low, high), and how many there were."""
        e = self.names.events.index(f"child.{event}")
        happened = float(self.count[group, e, low + 1 : high + 1].sum())
        return happened / self.alive(low, high, group), happened

    def ever(self, state: str, age: int = HORIZON, group: int = 0) -> float:
        """Return per cent of children for whom a state has come on by an age."""
        happened = self.first[group, self.state(state), : age + 1].sum()
        return 100.0 * float(happened / self.born[group])

    def expectancy(self, group: int) -> float:
        return float(self.years[group, self.state("alive")].sum() / self.born[group])


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    """Live with few families in centring: enough for bands of 10 %."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(centring, "ROUNDS", ROUNDS)
        yield Lives(read_parameters([shipped() / "parameters"], place="england"))


@pytest.mark.parametrize(("group", "published"), [(BOYS, 79.67), (GIRLS, 83.33)])
def test_life_expectancy_at_birth(lives: Lives, group: int, published: float) -> None:
    """England 2017-19 (LE1, LE2), within the target's own gate of 0.3 years."""
    assert 17.0 / math.sqrt(lives.born[group]) < 0.1  # standard error
    assert lives.expectancy(group) == pytest.approx(published, abs=0.3)


def test_gap_in_life_expectancy_between_fifths(lives: Lives) -> None:
    """7.0 years (LE9), within a year; longer in each fifth than in the one before."""
    found = [lives.expectancy(fifth) for fifth in range(1, 6)]
    assert found == sorted(found)
    assert found[4] - found[0] == pytest.approx(7.0, abs=1.0)


@pytest.mark.parametrize(
    ("fifth", "published"), [(1, 63.2), (2, 67.68), (3, 69.99), (4, 73.18), (5, 75.07)]
)
def test_quality_adjusted_life_expectancy(lives: Lives, fifth: int, published: float) -> None:
    """QALE1 to QALE5, within 2 QALYs."""
    assert lives.qalys[fifth] == pytest.approx(published, abs=2.0)


@pytest.mark.parametrize(
    ("states", "low", "high", "published"),
    [
        ("ehc_plan", 5, 16, 5.3),
        ("sen_support", 5, 16, 14.2),
        ("persistent_absence", 5, 16, 18.14),
        ("severe_absence", 5, 16, 2.39),
        ("unemployed inactive", 16, 25, 13.2),
        ("unemployed inactive", 18, 25, 15.0),
        ("smoker", 18, HORIZON, 10.4),
        ("alcohol_dependence", 16, HORIZON, 1.2),
        ("drug_dependence", 16, HORIZON, 3.1),
        ("common_mental_disorder", 16, 65, 22.6),
        ("common_mental_disorder", 16, 25, 25.8),
    ],
)
def test_share_of_people_in_a_state(
    lives: Lives, states: str, low: int, high: int, published: float
) -> None:
    assert lives.share(states, low, high) == pytest.approx(published, rel=BAND)


def test_economically_active_at_25_to_29(lives: Lives) -> None:
    assert 100.0 - lives.share("inactive", 25, 30) == pytest.approx(87.5, rel=0.02)


@pytest.mark.parametrize(
    ("state", "published"),
    [
        ("below_good_level", 31.7),
        ("below_standard_at_11", 37.0),
        ("below_grade_5", 53.8),
        ("below_level_2", 26.18),
        ("higher_education", 45.8),
    ],
)
def test_attainment(lives: Lives, state: str, published: float) -> None:
    assert lives.ever(state) == pytest.approx(published, rel=0.03)


def test_convictions_by_24(lives: Lives) -> None:
    """13 % of those never in care, 52 % of the 3 % who were (ACE-F118, ACE-F119)."""
    assert lives.ever("convicted", 24) == pytest.approx(13.0, rel=BAND)


@pytest.mark.parametrize(
    ("event", "low", "high", "group", "published"),
    [
        ("suspension", 5, 16, 0, 0.0404),
        ("exclusion", 5, 16, 0, 0.00129),
        ("youth_justice_entry", 10, 18, 0, 0.0014),
        ("teenage_conception", 15, 18, GIRLS, 0.0139),
    ],
)
def test_events_for_each_person_year(
    lives: Lives, event: str, low: int, high: int, group: int, published: float
) -> None:
    found, happened = lives.rate(event, low, high, group)
    assert abs(found - published) <= max(BAND, 2.0 / math.sqrt(happened)) * published


def test_care_has_no_effect_of_its_own_in_the_base_case_and_the_raw_contrast_at_the_bound() -> None:
    model = read_parameters([shipped() / "parameters"], place="england")
    share = "model.shared.care_share"
    raw = [row for row in model.table("effects") if row.causal_share == share]
    assert raw
    for value, same in ((0.0, True), (1.0, False)):
        compiled = compile_rates(model, model.values({share: value}), 30.0)
        index = compiled.names.states.index("child.ever_in_care")
        m = compiled.machine
        for row in raw:
            e = compiled.names.events.index(row.event)
            mine = slice(m.moving_from[e], m.moving_from[e + 1])
            hit = (m.moving_index[mine] == index) & (m.moving_form[mine] == EVER)
            ratio = float(m.moving_ratio[mine][hit].item())
            assert (ratio == 1.0) is same
