"""Lives whose every moment is known: what the engine's ledger and its centring sums hold."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from babs_sim.handover import Exposure, Floats
from babs_sim.lifecourse import clocks, laws
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import clock_hash, family_key, seed_key, uniforms
from babs_sim.simulate.blocks import EventLog, Tally, live_families, no_exposure
from tests.events.test_closed_forms import therapy
from tests.folders import CHILD, MOTHER, event, state, write_folder

ENTRY, HORIZON = -0.5, 7.5
BIRTH_AGE = 28.0
TRAITS = [
    {"name": "family.one", "label": "one", "person": "family", "kind": "levels"},
    {"name": "mother.age", "label": "age", "person": "mother", "kind": "levels", "role": "age"},
]
LEVELS = [
    {"trait": "family.one", "level": 1, "value": 1},
    {"trait": "mother.age", "level": BIRTH_AGE, "value": 1},
]


def age_of(name: str, age: float) -> dict[str, Any]:
    """Return a row of rates: a certain event at an age."""
    return {"event": name, "quantity": "age", "unit": "years", "value": age}


def sick_from_1_to_3() -> dict[str, Any]:
    """Return a model: the child sick from 1.25 to 3.5, dead at 6; the mother low, dead at 2."""
    return {
        "traits": TRAITS,
        "trait_levels": LEVELS,
        "states": [CHILD, MOTHER, state("child.sick", ace="true"), state("child.sad", ace="true"),
                   state("child.hurt"),
                   state("mother.low", starts_if="family.one")],
        "events": [
            event("child.falls", "at", sets="child.sick child.sad"),
            event("child.heals", "at", clears="child.sick", requires="child.sick"),
            event("child.breaks", "at", sets="child.hurt"),
            event("child.mends", "at", clears="child.hurt"),
            event("mother.death", "at", ends="true"),
            event("child.death", "at", ends="true"),
        ],
        "rates": [age_of("child.falls", 1.25), age_of("child.heals", 3.5),
                  age_of("child.breaks", 4.25), age_of("child.mends", 4.5),
                  age_of("mother.death", BIRTH_AGE + 2.0), age_of("child.death", 6.0)],
        "utilities": [{"state": "child.sick", "value": 0.8}, {"state": "mother.low", "value": 0.5}],
    }  # fmt: skip


def lived(
    folder: Path,
    tables: dict[str, Any],
    number: int,
    *,
    horizon: float = HORIZON,
    slots: list[list[int]] | None = None,
    centring: bool = False,
    entry: float = ENTRY,
) -> tuple[Compiled, Tally, EventLog]:
    """Run families of a model, in groups where ``slots`` says so."""
    model = read_parameters([write_folder(folder, tables, entry=entry)])
    values = model.values()
    compiled = compile_rates(model, values, horizon)
    families = make_families(read_cohort(model, values, "births"), 1, 0, number)
    nothing = no_exposure(number, compiled.names.exposures)
    groups = 1 + max((max(row) for row in slots), default=0) if slots else 1
    tally = Tally.empty(compiled, 0, centring, groups)
    log = live_families(
        compiled, families, nothing, seed_key(1), tally,
        slots=None if slots is None else np.array(slots), centring=centring, log=100 * number,
    )  # fmt: skip
    return compiled, tally, log


def at(*times: float) -> Floats:
    """Return the moments (Y, 3) of events at these ages."""
    cells = np.zeros((9, 3))
    for time in times:
        year = 0 if time < 0 else math.floor(time) + 1
        inside = time - (ENTRY if year == 0 else year - 1)
        cells[year] += 1, inside, inside**2
    return cells


def during(start: float, end: float, weight: float = 1.0) -> Floats:
    """Return the moments (Y, 3) of a stay, each year from its own start."""
    cells = np.zeros((9, 3))
    for year in range(9):
        low, high = (ENTRY, 0.0) if year == 0 else (year - 1.0, float(year))
        a, b = max(start, low) - low, min(end, high) - low
        if b > a:
            cells[year] = [weight * (b**k - a**k) / k for k in (1, 2, 3)]
    return cells


def test_the_ledger_of_a_known_life_in_groups(tmp_path: Path) -> None:
    """Three families with the same life: two in group 1, one in group 2, the last in 1 and 2."""
    slots = [[1, 1], [2, 2], [1, 2]]
    compiled, tally, log = lived(tmp_path, sick_from_1_to_3(), 3, slots=slots)
    counted = {name: at(age) for name, age in (
        ("child.falls", 1.25), ("child.heals", 3.5), ("mother.death", 2.0), ("child.death", 6.0),
        ("child.breaks", 4.25), ("child.mends", 4.5),
    )}  # fmt: skip
    stays = {"child.alive": (0.0, 6.0), "mother.alive": (ENTRY, 2.0), "child.sick": (1.25, 3.5),
             "child.sad": (1.25, 6.0), "mother.low": (ENTRY, 2.0),
             "child.hurt": (4.25, 4.5)}  # fmt: skip
    qalys = [during(ENTRY, 2.0, 0.5),
             during(0.0, 1.25) + during(1.25, 3.5, 0.8) + during(3.5, 6.0)]  # fmt: skip
    expected = (
        np.array([counted[name] for name in compiled.names.events]),
        np.array([during(*stays[name]) for name in compiled.names.states]),
        np.array([at(stays[name][0]) for name in compiled.names.states]),
        np.zeros((0, 9, 3)),
        np.array(qalys),
        np.array([at(1.25), at(1.25)]),
    )
    for group, weight in ((0, 3), (1, 3), (2, 3)):
        for found, one in zip(tally.quantities(group), expected, strict=True):
            np.testing.assert_allclose(found, weight * one, rtol=1e-12, atol=1e-12)
    assert log.family.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert log.time.tolist() == [1.25, 2.0, 3.5, 4.25, 4.5, 6.0] * 3


@pytest.mark.parametrize("horizon", [1.5, HORIZON])
def test_groups_of_unequal_size(tmp_path: Path, horizon: float) -> None:
    """With everybody alive at the end, and with nobody."""
    slots = [[1], [2], [1]]
    _, tally, _ = lived(tmp_path, sick_from_1_to_3(), 3, horizon=horizon, slots=slots)
    for whole, one, two in zip(*(tally.quantities(g) for g in range(3)), strict=True):
        np.testing.assert_allclose(one, 2 * two, rtol=1e-12)
        np.testing.assert_allclose(whole, one + two, rtol=1e-12)


def test_an_event_on_the_horizon_does_not_happen(tmp_path: Path) -> None:
    _, tally, log = lived(tmp_path, sick_from_1_to_3(), 2, horizon=6.0)
    assert log.time.tolist() == [1.25, 2.0, 3.5, 4.25, 4.5] * 2
    np.testing.assert_allclose(tally.quantities()[1][0], 2 * during(0.0, 6.0)[:7], rtol=1e-12)


def test_a_log_that_is_full_keeps_the_first_events(tmp_path: Path) -> None:
    model = read_parameters([write_folder(tmp_path, sick_from_1_to_3(), entry=ENTRY)])
    compiled = compile_rates(model, model.values(), HORIZON)
    families = make_families(read_cohort(model, model.values(), "births"), 1, 5, 2)
    tally = Tally.empty(compiled, 0)
    nothing = no_exposure(2, ())
    log = live_families(compiled, families, nothing, seed_key(1), tally, log=7)
    assert log.time.tolist() == [1.25, 2.0, 3.5, 4.25, 4.5, 6.0, 1.25]
    assert log.family.tolist() == [5, 5, 5, 5, 5, 5, 6]


def centred_model(**more: Any) -> dict[str, Any]:
    """Return `sick_from_1_to_3` with events of both persons whose rates are averages.

    Their rates are so low that they do not happen; sickness makes the child's three times as
    likely, a mother who is low hers twice.
    """
    tables = sick_from_1_to_3()
    tables["events"] += [
        event("child.hit", average_of="at risk", requires="child.sick"),
        event("child.slip", average_of="!child.sick"),
        event("mother.trip", average_of="at risk"),
        event("child.chance", "at", average_of="at risk", requires="child.sick"),
        event("child.late", "at", average_of="at risk", requires="child.sick"),
        event("child.plain"),
    ]
    tables["rates"] += [
        *({"event": name, "age_from": low, "age_to": high, "value": 1e-12}
          for name in ("child.hit", "child.slip", "child.plain")
          for low, high in ((0, 1), (1, 2), (2, 20))),
        *({"event": "mother.trip", "age_from": low, "age_to": high, "value": 1e-12}
          for low, high in ((BIRTH_AGE - 0.25, BIRTH_AGE + 1.5), (BIRTH_AGE + 1.5, 60))),
        *({"event": name, "age_from": age, "value": 0.2, "quantity": "probability",
           "unit": "probability"} for name, age in (("child.chance", 1.5), ("child.late", 4.0))),
    ]  # fmt: skip
    tables["effects"] = [
        {"event": "child.slip", "driver": "child.sick", "form": "while", "value": 3.0},
        {"event": "child.slip", "driver": "child.sad", "form": "while", "value": 2.0},
        {"event": "child.chance", "driver": "child.sick", "form": "while", "value": 3.0},
        {"event": "mother.trip", "driver": "mother.low", "form": "while", "value": 2.0},
    ]
    return {**tables, **more}


def by_limits(compiled: Compiled, sums: Floats, name: str, person: int) -> dict[float, float]:
    """Return the sums of an event's row by the age at which each band ends, where not 0."""
    row = int(compiled.machine.row[compiled.names.events.index(name)])
    limits = compiled.machine.edge[person, 1:]
    return {
        float(age): float(x)
        for age, x in zip(limits, sums[row], strict=False)
        if x != 0.0
    }  # fmt: skip


def gathered(found: dict[float, float], *limits: float) -> list[float]:
    """Return sums up to each limit: the age grid is shared by all events of a person."""
    edges = [-math.inf, *limits]
    return [
        sum(x for age, x in found.items() if low < age <= high)
        for low, high in zip(edges, limits, strict=False)
    ]


def test_time_at_risk_and_hazard_of_centring(tmp_path: Path) -> None:
    """Four families; nobody is hit, so all is known."""
    compiled, tally, _ = lived(tmp_path, centred_model(), 4, centring=True)

    def both(name: str, person: int, *limits: float) -> tuple[list[float], list[float]]:
        return (
            gathered(by_limits(compiled, tally.risk, name, person), *limits),
            gathered(by_limits(compiled, tally.hazard, name, person), *limits),
        )

    # Sick from 1.25 to 3.5; at risk and possible then, without an effect.
    risk, hazard = both("child.hit", 1, 1, 2, math.inf)
    assert risk == hazard == pytest.approx([0, 4 * 0.75, 4 * 1.5])
    # An average over those who are not sick; sad from 1.25 on doubles it, sickness trebles that.
    risk, hazard = both("child.slip", 1, 1, 2, math.inf)
    assert risk == pytest.approx([4 * 1, 4 * 0.25, 4 * 2.5])
    assert hazard == pytest.approx([4 * 1, 4 * (0.25 + 6 * 0.75), 4 * (6 * 1.5 + 2 * 2.5)])
    # The mother is 27.5 at entry and dies at 30; she is low all the time.
    risk, hazard = both(
        "mother.trip", 0, BIRTH_AGE - 0.25, BIRTH_AGE + 1.5, math.inf
    )  # fmt: skip
    assert risk == pytest.approx([4 * 0.25, 4 * 1.75, 4 * 0.5])
    assert hazard == pytest.approx([2 * x for x in risk])
    # A chance of 0.2 at 1.5, three times as likely; at 4 nobody is sick.
    chance = int(compiled.machine.row[compiled.names.events.index("child.chance")])
    assert tally.risk[chance, 0] == tally.risk[chance].sum() == 4
    assert tally.hazard[chance, 0] == pytest.approx(4 * (1 - 0.8**3))
    late = int(compiled.machine.row[compiled.names.events.index("child.late")])
    assert tally.risk[late, 0] == tally.hazard[late, 0] == 0
    averages = {int(compiled.machine.row[compiled.names.events.index(name)]) for name in (
        "child.hit", "child.slip", "mother.trip", "child.chance", "child.late"
    )}  # fmt: skip
    others = [row for row in range(len(tally.risk)) if row not in averages]
    assert not tally.risk[others].any() and not tally.hazard[others].any()
    plain = int(compiled.machine.row[compiled.names.events.index("child.plain")])
    assert not tally.risk[plain].any() and not tally.hazard[plain].any()


def test_centring_follows_those_still_alive_to_the_horizon(tmp_path: Path) -> None:
    """Followed to 5: the child is alive, and what is open at the end counts to the end."""
    compiled, tally, _ = lived(tmp_path, centred_model(), 3, horizon=5.0, centring=True)
    risk = gathered(by_limits(compiled, tally.risk, "child.slip", 1), 1, 2, math.inf)
    hazard = gathered(by_limits(compiled, tally.hazard, "child.slip", 1), 1, 2, math.inf)
    assert risk == pytest.approx([3 * 1, 3 * 0.25, 3 * 1.5])
    assert hazard == pytest.approx([3 * 1, 3 * (0.25 + 6 * 0.75), 3 * (6 * 1.5 + 2 * 1.5)])


def test_risk_ends_with_the_event_and_hazard_begins_again(tmp_path: Path) -> None:
    """Hits take the child out of the average's denominator, trips do not: both from the log."""
    tables = {
        "traits": TRAITS,
        "trait_levels": LEVELS,
        "states": [CHILD, MOTHER, state("child.hit_on")],
        "events": [event("child.hit", average_of="!child.hit_on", requires="!child.hit_on",
                         sets="child.hit_on"),
                   event("mother.trip", average_of="at risk"), event("child.plain")],
        "rates": [{"event": name, "age_from": low, "value": value}
                  for name, low, value in (("child.hit", 0, 0.4), ("mother.trip", 20, 0.6),
                                           ("child.plain", 0, 0.6))],
    }  # fmt: skip
    compiled, tally, log = lived(tmp_path, tables, 40, centring=True)
    hit, trip = (compiled.names.events.index(name) for name in ("child.hit", "mother.trip"))
    hits = log.time[log.event == hit]
    assert 20 < len(hits) < 40 < (log.event == trip).sum()
    plain = compiled.names.events.index("child.plain")
    assert (log.event == plain).sum() > 40
    assert not tally.hazard[compiled.machine.row[plain]].any()
    until = hits.sum() + HORIZON * (40 - len(hits))
    for sums in (tally.risk, tally.hazard):
        assert sums[compiled.machine.row[hit]].sum() == pytest.approx(until, rel=1e-12)
        followed = 40 * (HORIZON - ENTRY)
        assert sums[compiled.machine.row[trip]].sum() == pytest.approx(followed, rel=1e-12)


def test_centring_changes_no_life(tmp_path: Path) -> None:
    plain = lived(tmp_path / "a", centred_model(), 4)
    centred = lived(tmp_path / "b", centred_model(), 4, centring=True)
    assert not plain[1].risk.any() and not plain[1].hazard.any()
    assert plain[2].time.tolist() == centred[2].time.tolist()
    for one, other in zip(plain[1].quantities(), centred[1].quantities(), strict=True):
        assert np.array_equal(one, other)


def test_exposure_to_risk_is_split_at_the_limits_of_bands() -> None:
    """A mother of 28 at the birth, from half a year before it to age 4: 27.5 to 32."""
    edge = np.array([[24.0, 28.0, 30.0, 99.0], [0.0, 1.0, 2.5, 99.0]])
    into = np.ones((2, 3))
    clocks.note_exposure(edge, 3, 1, 28.0, 0, -0.5, 4.0, 2.0, into)
    assert into.tolist() == [[1, 1, 1], [2, 5, 5]]
    clocks.note_exposure(edge, 3, 1, 28.0, 0, 1.0, 2.5, 2.0, into)
    assert into.tolist() == [[1, 1, 1], [2, 7, 6]]
    clocks.note_exposure(edge, 3, 1, 28.0, 0, 1.0, 2.5, -2.0, into)
    clocks.note_exposure(edge, 3, 0, 0.0, 1, 1.0, 2.0, 1.0, into)
    assert into.tolist() == [[1, 2, 1], [2, 5, 5]]
    clocks.note_exposure(edge, 2, 0, 0.0, 1, 0.5, 4.0, 4.0, into)
    assert into.tolist() == [[3, 14, 1], [2, 5, 5]]
    clocks.note_exposure(edge, 3, 0, 0.0, 1, 2.75, 2.75, 1.0, into)
    clocks.note_exposure(edge, 3, 0, 0.0, 1, 2.75, 3.0, 4.0, into)
    assert into.tolist() == [[3, 14, 2], [2, 5, 5]]


def test_thresholds_are_exponentials_of_the_addressed_uniforms() -> None:
    """Bit by bit: a uniform one step aside would show in the last place."""
    clock = np.uint64(clock_hash("child.hit"))
    for family in range(300):
        key = family_key(np.full(1, seed_key(9)), np.full(1, family, np.uint64))[0]
        for episode in (0, 3):
            found = threshold_of(key, clock, episode)
            uniform = float(uniforms(9, np.array([family]), "child.hit", episode)[0])
            assert found == -math.log(uniform)


def threshold_of(key: Any, clock: Any, episode: int) -> float:
    """Return a threshold by the function itself: it is compiled into its callers."""
    function = getattr(clocks.threshold, "py_func", clocks.threshold)
    with np.errstate(over="ignore"):
        return float(function(key, clock, episode))


LN2 = math.log(2.0)
KNOWN = [
    # law, its two numbers, time since enabled, hazard by then
    (laws.EXPONENTIAL, 0.3, 0.0, 2.0, 0.6),
    (laws.WEIBULL, 2.0, 4.0, 2.0, 0.25),
    (laws.WEIBULL, 0.5, 4.0, 16.0, 2.0),
    (laws.GOMPERTZ, 0.1, LN2, 3.0, 0.7 / LN2),
    (laws.GOMPERTZ, 0.1, -LN2, 1.0, 0.05 / LN2),
    (laws.GOMPERTZ, 0.1, 0.0, 3.0, 0.3),
    (laws.GOMPERTZ, 0.1, 1.0, 2.0, 0.1 * (math.e**2 - 1)),
    (laws.LOGNORMAL, 4.0, 0.8, 4.0, LN2),
    (laws.LOGNORMAL, 4.0, 0.8, 4.0 * math.exp(0.8), -math.log(1 - 0.8413447460685429)),
    (laws.LOGNORMAL, 4.0, 0.8, 4.0 * math.exp(-0.8), -math.log(0.8413447460685429)),
    (laws.LOGNORMAL, 4.0, 0.8, 4.0 * math.exp(0.8 * norm.isf(math.exp(-50.0))), 50.0),
    (laws.LOGNORMAL, 4.0, 0.8, 4.0 * math.exp(0.8 * norm.ppf(1e-14)), 1e-14),
]


@pytest.mark.parametrize(("law", "a", "b", "time", "hazard"), KNOWN)
def test_laws_of_the_time_since_enabled(
    law: int, a: float, b: float, time: float, hazard: float
) -> None:
    assert laws.time_of(law, a, b, hazard) == pytest.approx(time, rel=1e-12)
    if hazard > 1e-9:  # below, a survival next to 1 has no digits left
        assert laws.hazard_by(law, a, b, time) == pytest.approx(hazard, rel=1e-12)
    assert laws.hazard_by(law, a, b, 0.0) == 0.0


def test_laws_that_never_come_to_a_hazard() -> None:
    """No rate; a rate that falls by a factor e a year has a hazard of 1 in all."""
    assert laws.time_of(laws.EXPONENTIAL, 0.0, 0.0, 1.0) == math.inf
    assert laws.time_of(laws.GOMPERTZ, 0.0, 0.5, 1.0) == math.inf
    assert laws.time_of(laws.GOMPERTZ, 1.0, -1.0, 1.0) == math.inf
    assert laws.time_of(laws.GOMPERTZ, 1.0, -1.0, 2.0) == math.inf
    assert laws.time_of(laws.GOMPERTZ, 1.0, -1.0, 1.0 - math.exp(-3.0)) == pytest.approx(3.0)


EDGES = np.array([-1.0, 0.0, 0.0, 0.5, 2.0, 6.0, 9.0])
HAZARDS = np.array([5.0, 7.0, 0.0, 1.0, 1.0, 3.0, 8.0])


@pytest.mark.parametrize(
    ("time", "hazard"), [(0.0, 0.0), (0.125, 0.25), (0.5, 1.0), (1.7, 1.0), (4.0, 2.0), (7.0, 3.0)]
)
def test_hazard_of_a_table_between_its_limits(time: float, hazard: float) -> None:
    """The table of entries 2 to 5: 2 a year for half a year, nothing to age 2, then a half."""
    assert clocks.hazard_in_table(EDGES, HAZARDS, 2, 5, time) == hazard


@pytest.mark.parametrize(
    ("hazard", "time"), [(0.0, 0.0), (0.25, 0.125), (1.0, 2.0), (2.0, 4.0), (3.0, math.inf)]
)
def test_time_of_a_hazard_in_a_table(hazard: float, time: float) -> None:
    assert clocks.time_in_table(EDGES, HAZARDS, 2, 5, hazard) == time


@pytest.mark.parametrize(
    ("time", "hazard"), [(0.0, 0.0), (0.5, 1.0), (4.0, 2.0), (5.0, 2.5), (7.0, 3.0)]
)
def test_a_table_ends_with_its_own_last_entry(time: float, hazard: float) -> None:
    """Entries 2 to 5 of a longer list, as the law of one event among others."""
    law = getattr(clocks.law_hazard, "py_func", clocks.law_hazard)
    back = getattr(clocks.law_time, "py_func", clocks.law_time)
    assert law(laws.TABLE, 0.0, 0.0, EDGES, HAZARDS, 2, 6, time) == hazard
    expected = math.inf if hazard == 3.0 else 2.0 if hazard == 1.0 else time
    assert back(laws.TABLE, 0.0, 0.0, EDGES, HAZARDS, 2, 6, hazard) == expected


FADES = [
    {"profile": "lasts", "quantity": "hold_to", "value": 50, "unit": "years"},
    {"profile": "lasts", "quantity": "half_life", "value": 1, "unit": "years"},
    {"profile": "lasts", "quantity": "floor", "value": 0, "unit": "ratio"},
]
CLOCKS: dict[str, tuple[dict[str, Any], list[dict[str, Any]], Any, Any]] = {
    "age": (
        {"clock": "age"},
        [{"age_from": 0, "age_to": 1.4, "value": 0.05},
         {"age_from": 1.4, "age_to": 7, "value": 0.1}],
        lambda u: 0.05 * min(u, 1.4) + 0.1 * max(u - 1.4, 0.0),
        lambda h: h / 0.05 if h < 0.07 else 1.4 + (h - 0.07) / 0.1,
    ),
    "weibull": (
        {"clock": "since", "law": "weibull"},
        [{"quantity": "shape", "unit": "ratio", "value": 2.0},
         {"quantity": "scale", "unit": "years", "value": 10.0}],
        lambda u: (u / 10.0) ** 2,
        lambda h: 10.0 * math.sqrt(h),
    ),
    "table": (
        {"clock": "since", "law": "table"},
        [{"age_from": 0, "age_to": 1.3, "value": 0.05},
         {"age_from": 1.3, "age_to": 4, "value": 0.1},
         {"age_from": 4, "age_to": 7, "value": 0.05}],
        lambda u: 0.05 * (min(u, 1.3) + 2 * min(max(u - 1.3, 0.0), 2.7) + max(u - 4.0, 0.0)),
        lambda h: (h / 0.05 if h < 0.065 else 1.3 + (h - 0.065) / 0.1 if h < 0.335
                   else 4.0 + (h - 0.335) / 0.05),
    ),
}  # fmt: skip
LIMITS = (0.0, 1.25, 1.6, 1.9, 3.5)
RATIOS = (1.0, 3.0, 3.0 * 1.5, 3.0 * 1.5 * 4.0, 1.5 * 4.0)
"""Sick from 1.25 to 3.5 (times 3), in therapy from 1.6 (times 1.5), visited from 1.9 (times 4)."""


def driven(kind: str) -> dict[str, Any]:
    """Return a model in which ``child.hit`` is driven by a state and two exposures."""
    clock, rates, _, _ = CLOCKS[kind]
    tables = sick_from_1_to_3()
    tables["states"].append(state("child.hit_on"))
    tables["events"] += [
        event("child.hit", requires="!child.hit_on", sets="child.hit_on", **clock),
        event("child.chance", "at"),
    ]
    tables["rates"] += [{"event": "child.hit", **row} for row in rates]
    tables["rates"].append(
        {"event": "child.chance", "age_from": 2.6, "value": 0.1, "quantity": "probability",
         "unit": "probability"}
    )  # fmt: skip
    tables["rates"] = [row for row in tables["rates"] if row["event"] != "child.death"]
    tables["events"] = [row for row in tables["events"] if row["name"] != "child.death"]
    tables["profiles"] = FADES
    tables["effects"] = [
        {"event": name, "driver": driver, "form": form, "value": value,
         "profile": "lasts" if form == "profile" else ""}
        for name in ("child.hit", "child.chance")
        for driver, form, value in (
            ("child.sick", "while", 3.0), ("service.therapy", "profile", 1.5),
            ("service.visit", "profile", 4.0),
        )
    ]  # fmt: skip
    return tables


@pytest.mark.parametrize("kind", CLOCKS)
def test_times_under_a_state_and_two_exposures(tmp_path: Path, kind: str) -> None:
    """Each family's time from its threshold, by hand: ratios in pieces, starts off the grid."""
    number = 100
    service = therapy() + therapy().replace("therapy", "visit")
    folder = write_folder(tmp_path, driven(kind), entry=ENTRY, service=service)
    model = read_parameters([folder])
    values = model.values({"service.open": True})
    compiled = compile_rates(model, values, 6.5)
    families = make_families(read_cohort(model, values, "births"), 1, 0, number)
    names = compiled.names.exposures
    start = np.array([{"service.therapy": 1.6, "service.visit": 1.9}[name] for name in names])
    exposure = Exposure(
        names, np.tile(start, (number, 1)), np.ones((number, 2)), (), np.empty((number, 0))
    )
    tally = Tally.empty(compiled, 0)
    log = live_families(compiled, families, exposure, seed_key(1), tally, log=20 * number)
    hit, chance = (compiled.names.events.index(f"child.{name}") for name in ("hit", "chance"))
    found = dict(
        zip(log.family[log.event == hit].tolist(), log.time[log.event == hit], strict=True)
    )
    _, _, hazard, back = CLOCKS[kind]
    pieces = list(zip(LIMITS, [*LIMITS[1:], math.inf], RATIOS, strict=True))
    seen = set()  # pieces in which somebody is hit
    for family, uniform in enumerate(uniforms(1, np.arange(number), "child.hit")):
        left = -math.log(uniform)
        for low, high, ratio in pieces:
            spent = ratio * (hazard(min(high, 7.0)) - hazard(low))
            if left <= spent:
                time = back(hazard(low) + left / ratio)
                break
            left -= spent
        else:
            time = math.inf
        if time < 6.5:
            assert found.pop(family) == pytest.approx(time, abs=1e-9)
            seen.add(low)
    assert not found
    assert seen == set(LIMITS)
    mass = -math.log(0.9) * 3.0 * 1.5 * 4.0
    thresholds = -np.log(uniforms(1, np.arange(number), "child.chance"))
    happens = log.family[log.event == chance].tolist()
    assert happens == np.flatnonzero(thresholds <= mass).tolist()
    assert 0 < len(happens) < number


def test_ratios_of_two_exposures_multiply(tmp_path: Path) -> None:
    """A rate of 0.5 to the first birthday, times 2 and 3 from the birth on: 3 a year in all.

    Where a threshold cannot be reached the engine saves the walk; here many just can.
    """
    number = 80
    tables: dict[str, Any] = {
        "states": [CHILD, state("child.hit_on")],
        "events": [event("child.hit", requires="!child.hit_on", sets="child.hit_on")],
        "rates": [{"event": "child.hit", "age_from": 0, "age_to": 1, "value": 0.5}],
        "profiles": FADES,
        "effects": [
            {"event": "child.hit", "driver": f"service.{name}", "form": "profile",
             "profile": "lasts", "value": value}
            for name, value in (("therapy", 2.0), ("visit", 3.0))
        ],
    }  # fmt: skip
    service = therapy() + therapy().replace("therapy", "visit")
    model = read_parameters([write_folder(tmp_path, tables, entry=ENTRY, service=service)])
    compiled = compile_rates(model, model.values({"service.open": True}), 2.0)
    families = make_families(read_cohort(model, model.values(), "births"), 1, 0, number)
    nothing = np.empty((number, 0))
    start, dose = np.zeros((number, 2)), np.ones((number, 2))
    exposure = Exposure(compiled.names.exposures, start, dose, (), nothing)
    log = live_families(
        compiled, families, exposure, seed_key(1), Tally.empty(compiled, 0), log=2 * number
    )
    threshold = -np.log(uniforms(1, np.arange(number), "child.hit"))
    assert ((threshold > 1.5) & (threshold < 3)).any() and (threshold > 3).any()
    np.testing.assert_allclose(log.time, threshold[threshold < 3] / 3, rtol=1e-12)


def weight_by_hand(low: float, high: float) -> float:
    """Return the mean over a step of 1 to age 0.5, then 2^-(age - 0.5) (half-life 1, floor 0)."""

    def area(age: float) -> float:
        return age if age <= 0.5 else 0.5 + (1.0 - 2.0 ** -(age - 0.5)) / LN2

    return (area(high) - area(low)) / (high - low)


def test_times_under_a_fading_exposure(tmp_path: Path) -> None:
    """Steps of quarters before 6 and of years from then on; a ratio of 2 from 0.6 on."""
    number, horizon = 400, 8.0
    tables: dict[str, Any] = {
        "states": [CHILD, state("child.hit_on"), state("child.late")],
        "events": [event("child.hit", requires="!child.hit_on", sets="child.hit_on"),
                   event("child.ages", "at", sets="child.late"),
                   event("child.early", "at"), event("child.chance", "at")],
        "rates": [{"event": "child.hit", "age_from": 0, "value": 0.3}, age_of("child.ages", 6.9),
                  *({"event": f"child.{name}", "age_from": age, "value": 0.2,
                     "quantity": "probability", "unit": "probability"}
                    for name, age in (("early", 2.1), ("chance", 7.0)))],
        "profiles": [
            {"profile": "fades", "quantity": quantity, "value": value, "unit": unit}
            for quantity, value, unit in (
                ("hold_to", 0.5, "years"), ("half_life", 1, "years"), ("floor", 0, "ratio"),
            )
        ],
        "effects": [
            *({"event": f"child.{name}", "driver": "service.therapy", "form": "profile",
               "profile": "fades", "value": value}
              for name, value in (("hit", 2.0), ("early", 2.0), ("chance", 50.0))),
            {"event": "child.hit", "driver": "child.late", "form": "while", "value": 9.0},
        ],
    }  # fmt: skip
    folder = write_folder(tmp_path, tables, entry=ENTRY, service=therapy())
    model = read_parameters([folder])
    compiled = compile_rates(model, model.values({"service.open": True}), horizon)
    families = make_families(read_cohort(model, model.values(), "births"), 1, 0, number)
    start = np.full((number, 1), 0.6)
    start[::2] = math.inf
    exposure = Exposure(
        compiled.names.exposures, start, np.ones((number, 1)), (), np.empty((number, 0))
    )
    tally = Tally.empty(compiled, 0)
    log = live_families(compiled, families, exposure, seed_key(1), tally, log=9 * number)
    hit = compiled.names.events.index("child.hit")
    found = dict(
        zip(log.family[log.event == hit].tolist(), log.time[log.event == hit], strict=True)
    )
    grid = [*np.arange(0.0, 6.0, 0.25), 6.0, 7.0, 8.0]
    late = 0
    for family, uniform in enumerate(uniforms(1, np.arange(number), "child.hit")):
        left, time = -math.log(uniform), math.inf
        for low, high in pairwise(sorted({*grid, 0.6, 6.9})):
            step = max(k for k, limit in enumerate(grid) if limit <= low)
            weight = weight_by_hand(grid[step], grid[step + 1])
            speed = 0.3 * (9.0 if low >= 6.9 else 1.0)
            speed *= 1.0 + weight if family % 2 and low >= 0.6 else 1.0
            if left <= speed * (high - low):
                time = low + left / speed
                break
            left -= speed * (high - low)
        assert found.get(family, math.inf) == pytest.approx(time, abs=1e-9)
        late += 6.9 < time < horizon
    assert late > 5
    for name, ratio, low, high in (("early", 2.0, 2.0, 2.25), ("chance", 50.0, 7.0, 8.0)):
        weight = np.where(np.arange(number) % 2, weight_by_hand(low, high), 0.0)
        threshold = -np.log(uniforms(1, np.arange(number), f"child.{name}"))
        mass = -math.log(0.8) * (1.0 + (ratio - 1.0) * weight)
        happens = np.flatnonzero(threshold <= mass)
        mine = log.event == compiled.names.events.index(f"child.{name}")
        assert log.family[mine].tolist() == happens.tolist()


def test_levels_count_from_the_lowest(tmp_path: Path) -> None:
    """A trait of levels 2 to 4, all families at 2 or all at 3: utility and rates are theirs."""
    for level, utility, ratio in ((2, 0.5, 3.0), (3, 0.7, 0.5)):
        tables: dict[str, Any] = {
            "traits": [
                {"name": "family.fifth", "label": "fifth", "person": "family", "kind": "levels"},
            ],
            "trait_levels": [{"trait": "family.fifth", "level": k, "value": float(k == level)}
                             for k in (2, 3, 4)],
            "states": [CHILD, state("child.hit_on")],
            "events": [event("child.hit", requires="!child.hit_on", sets="child.hit_on")],
            "rates": [{"event": "child.hit", "age_from": 0, "value": 0.2}],
            "trait_utilities": [{"trait": "family.fifth", "level": k, "value": value}
                                for k, value in ((2, 0.5), (3, 0.7), (4, 0.9))],
            "effects": [
                {"event": "child.hit", "driver": "family.fifth", "form": "level", "level": k,
                 "age_from": 1, "age_to": 3, "value": value}
                for k, value in ((2, 3.0), (3, 0.5))
            ],
        }  # fmt: skip
        _, tally, log = lived(tmp_path / str(level), tables, 60)
        np.testing.assert_allclose(tally.qalys[1, 1:, 0][:7], 60 * utility, rtol=1e-12)
        threshold = -np.log(uniforms(1, np.arange(60), "child.hit"))
        middle = 0.2 * ratio * 2
        times = np.where(
            threshold < 0.2,
            threshold / 0.2,
            np.where(
                threshold < 0.2 + middle,
                1 + (threshold - 0.2) / (0.2 * ratio),
                3 + (threshold - 0.2 - middle) / 0.2,
            ),
        )
        np.testing.assert_allclose(log.time, times[times < HORIZON], rtol=1e-12)


@pytest.mark.parametrize("traits", [("family.one",), ("mother.age",), ("family.one", "mother.age")])
def test_the_age_of_the_mother_is_that_at_the_birth_and_the_time_since(
    tmp_path: Path, traits: tuple[str, ...]
) -> None:
    """Where no trait is her age at the birth, it counts as 0."""
    born = BIRTH_AGE if "mother.age" in traits else 0.0
    tables = {
        "traits": [row for row in TRAITS if row["name"] in traits],
        "trait_levels": [row for row in LEVELS if row["trait"] in traits],
        "states": [MOTHER, CHILD],
        "events": [event("mother.death", "at", ends="true")],
        "rates": [age_of("mother.death", born + 2.5)],
    }
    _, _, log = lived(tmp_path, tables, 2)
    assert log.time.tolist() == [2.5, 2.5]


@pytest.mark.parametrize("entry", [ENTRY, 0.0])
def test_aces_that_are_there_from_the_start_count(tmp_path: Path, entry: float) -> None:
    """Born with two, entered before or at the birth; a third at 2. Each trebles the rate."""
    tables = {
        "traits": TRAITS,
        "trait_levels": LEVELS,
        "states": [CHILD, state("child.a", ace="true", starts_if="family.one"),
                   state("child.b", ace="true", starts_if="family.one"),
                   state("child.c", ace="true"), state("child.hit_on")],
        "events": [event("child.third", "at", sets="child.c"),
                   event("child.hit", requires="!child.hit_on", sets="child.hit_on")],
        "rates": [age_of("child.third", 2.0), {"event": "child.hit", "age_from": 0, "value": 0.01}],
        "effects": [{"event": "child.hit", "driver": "child.ace_count", "form": "per unit",
                     "value": 3.0}],
    }  # fmt: skip
    slots = [[1 + k % 2] for k in range(90)]
    compiled, tally, log = lived(tmp_path, tables, 90, entry=entry, slots=slots)
    for group, number in enumerate((90, 45, 45)):
        aces = tally.quantities(group)[5]
        assert aces[:, :, 0].tolist() == [
            [0, number, 0, 0, 0, 0, 0, 0, 0],
            [0, number, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, number, 0, 0, 0, 0, 0],
        ]
    threshold = -np.log(uniforms(1, np.arange(90), "child.hit"))
    times = np.where(threshold < 0.18, threshold / 0.09, 2 + (threshold - 0.18) / 0.27)
    hit = log.event == compiled.names.events.index("child.hit")
    np.testing.assert_allclose(log.time[hit], times[times < HORIZON], rtol=1e-12)


def test_counts_of_events_are_drivers_of_their_own(tmp_path: Path) -> None:
    """A first at 1 doubles the rate, a second at 2 trebles it: 0.1, 0.2 and 0.6 a year."""
    tables = {
        "states": [CHILD, state("child.hit_on")],
        "events": [event("child.first", "at"), event("child.second", "at"),
                   event("child.hit", requires="!child.hit_on", sets="child.hit_on")],
        "rates": [age_of("child.first", 1.0), age_of("child.second", 2.0),
                  {"event": "child.hit", "age_from": 0, "value": 0.1}],
        "effects": [
            {"event": "child.hit", "driver": f"count(child.{name})", "form": "per unit",
             "value": value}
            for name, value in (("first", 2.0), ("second", 3.0))
        ],
    }  # fmt: skip
    compiled, _, log = lived(tmp_path, tables, 60)
    threshold = -np.log(uniforms(1, np.arange(60), "child.hit"))
    times = np.where(
        threshold < 0.1,
        threshold / 0.1,
        np.where(threshold < 0.3, 1 + (threshold - 0.1) / 0.2, 2 + (threshold - 0.3) / 0.6),
    )
    hit = log.event == compiled.names.events.index("child.hit")
    np.testing.assert_allclose(log.time[hit], times[times < HORIZON], rtol=1e-12)
