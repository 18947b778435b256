"""The queue against theory: Erlang C and B, Little's law, priorities, nobody lost."""

import math
from pathlib import Path

import numpy as np
import pytest

from babs_sim.handover import OUTCOMES
from tests.folders import number
from tests.pathway.services import World, service_of, window_means

STARTED, TURNED_AWAY = OUTCOMES.index("started"), OUTCOMES.index("turned away")

# Arrivals and service a unit of time, servers, mean wait in units (Erlang C), years a unit is
# here, years of warm-up and of a window: both long against the time a queue takes to settle.
ERLANG_C = [
    (2.0, 4.0, 1, 0.25, 0.02, 2.0, 10.0),
    (1.0, 1.1, 1, 9.090909090909083, 0.001, 1.0, 1.0),
    (2.5, 1.0, 3, 1.404494382022472, 0.01, 3.0, 8.0),
    (9.0, 1.0, 10, 0.668731524107697, 0.01, 1.0, 2.0),
    (50.0, 1.0, 55, 0.07690946358658572, 0.05, 1.0, 2.0),
]


def erlang_c(load: float, servers: int) -> float:
    """Return the chance of waiting."""
    term = [load**k / math.factorial(k) for k in range(servers + 1)]
    last = term[-1] / (1 - load / servers)
    return last / (sum(term[:-1]) + last)


@pytest.mark.parametrize(
    ("arrival", "rate", "servers", "wait", "unit", "warm_up", "years"), ERLANG_C
)
def test_waits_and_use_are_those_of_erlang(
    tmp_path: Path, arrival: float, rate: float, servers: int, wait: float,
    unit: float, warm_up: float, years: float,
) -> None:  # fmt: skip
    load = arrival / rate
    chance = erlang_c(load, servers)
    assert wait == pytest.approx(chance / (servers * rate - arrival), rel=1e-6)
    world = World(
        tmp_path, service_of(arrival / unit, servers, unit / rate, warm_up=warm_up, years=years)
    )
    log = world.log(20_000, seed=4)
    mine = log.family >= 0
    found, error = window_means(log, log.resolved - log.ready, mine)
    assert abs(found - wait * unit) <= 2.0 * error
    assert error < 0.35 * wait * unit
    found, error = window_means(log, (log.resolved > log.ready).astype(float), mine)
    assert abs(found - chance) <= 2.0 * error
    busy = log.areas[:, 1] / (log.years * servers)
    assert abs(busy.mean() - load / servers) <= 2.0 * busy.std(ddof=1) / math.sqrt(log.windows)


@pytest.mark.parametrize(("load", "servers"), [(4.0, 5), (20.0, 18)])
def test_without_a_list_the_share_turned_away_is_erlangs(
    tmp_path: Path, load: float, servers: int
) -> None:
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    world = World(
        tmp_path,
        service_of(
            load / 0.1, servers, 0.1, warm_up=2.0, years=10.0, cv=0.5,
            waiting=f"longest_list = {number(0, 'count')}",
        ),
    )  # fmt: skip
    log = world.log(20_000)
    away = (log.outcome == TURNED_AWAY).astype(float)
    found, error = window_means(log, away, log.family >= 0)
    assert abs(found - blocked) <= 2.0 * error
    assert error < 0.1 * blocked


def test_littles_law_and_nobody_is_lost(tmp_path: Path) -> None:
    world = World(tmp_path, BUSY)
    log = world.log(5_000)
    assert set(log.family[log.family >= 0]) == set(range(5_000))
    assert (np.diff(np.flatnonzero(log.family >= 0)) >= 1).all()
    end = np.where(np.isnan(log.resolved), np.inf, log.resolved)
    gone = np.where(np.isnan(log.ended), end, log.ended)
    for w in range(log.windows):
        mine = log.window == w

        def inside(a: np.ndarray, b: np.ndarray, mine: np.ndarray = mine) -> float:  # type: ignore[type-arg]
            return float((np.clip(b, 0, log.years) - np.clip(a, 0, log.years))[mine].sum())

        # The queue counts itself as it runs; what families tell of themselves must agree.
        assert log.areas[w, 0] == pytest.approx(inside(log.ready, end), rel=1e-9)
        treated = log.outcome == STARTED
        begins = np.where(treated, log.resolved, 0.0)
        ends = np.where(treated, log.ended, 0.0)
        assert log.areas[w, 1] == pytest.approx(inside(begins, ends), rel=1e-9)
        for now in np.linspace(-1.5, log.years, 40):
            came = mine & (log.referred <= now)
            parts = (
                came & (log.ready > now),
                came & (log.ready <= now) & (end > now),
                came & (end <= now) & (gone > now),
                came & (end <= now) & (gone <= now),
            )
            assert sum(int(part.sum()) for part in parts) == int(came.sum())
            assert parts[2].sum() <= log.slots.sum()
    assert {OUTCOMES[i] for i in np.unique(log.outcome[log.family >= 0])} == {
        "started", "not taken up", "left the list", "too old"
    }  # fmt: skip


BUSY = service_of(
    120.0, 20.0, 0.4, wte=2.0, cv=0.5, years=5.0, priority='"age", "family.load"',
    shares=(0.8, 0.7, 0.6),
    referral=f"triage = {number(0.05, 'years')}\naccepted_share = {number(0.8, 'probability')}",
    waiting=f"attrition = {number(0.4, 'per year')}\noldest_start = {number(0.6, 'years')}",
    role=f"absence_share = {number(0.1, 'probability')}\n"
    f"absence_length = {number(0.1, 'years')}",
    therapy=f"discharge_age = {number(1.0, 'years')}\nantenatal_spread = {number(0.15, 'years')}",
)  # fmt: skip


def test_the_younger_then_the_needier_come_first(tmp_path: Path) -> None:
    world = World(tmp_path, BUSY)
    number_ = 2_000
    log = world.log(number_)
    people = world.families(number_)
    mine = np.flatnonzero((log.family >= 0) & (log.outcome == STARTED))
    load = np.zeros(len(log.family))
    load[log.family >= 0] = people.column("family.load")[log.family[log.family >= 0]]
    born = log.ready - log.age
    compared = 0
    for i in mine:
        now = log.resolved[i]
        if log.resolved[i] <= log.ready[i]:
            continue
        listed = (
            (log.window == log.window[i])
            & (log.family >= 0)
            & (log.ready < now)
            & ~(log.resolved <= now)
        )
        listed[i] = False
        months = np.floor((now - born) * 12)
        assert (months[listed] >= months[i]).all()
        alike = listed & (months == months[i])
        assert (load[alike] <= load[i]).all()
        compared += int(listed.sum())
    assert compared > 500


def test_what_can_be_had_only_before_the_birth_goes_first(tmp_path: Path) -> None:
    assessment = f"""
[assessment]
only_if = "family.load >= 3"
after = "therapy"
antenatal_only = true
start_share = {number(1, "probability")}
complete_share = {number(1, "probability")}
dose_complete = {number(1, "ratio")}
dose_partial = {number(1, "ratio")}
slots = {number(2, "count")}
length = {number(0.2, "years")}
length_cv = {number(0.3, "ratio")}
"""
    first = service_of(120.0, 40.0, 0.4, priority='"assessment"', more=assessment)
    plain = service_of(120.0, 40.0, 0.4, more=assessment)
    n = 4_000
    waits = {}
    for name, service in (("first", first), ("plain", plain)):
        world = World(tmp_path / name, service)
        log, people = world.log(n), world.families(n)
        exposure = world.open(n).serve(people)
        mine = log.family >= 0
        wait = np.full(n, np.nan)
        wait[log.family[mine]] = (log.resolved - log.ready)[mine]
        ready = np.zeros(n)
        ready[log.family[mine]] = log.age[mine]
        may = (people.column("family.load") >= 3) & (ready < 0)
        waits[name] = np.nanmean(wait[may]), np.nanmean(wait[~may])
        x, t = exposure.names.index("service.assessment"), exposure.names.index("service.therapy")
        starts = exposure.start[:, x]
        got = np.isfinite(starts)
        assert (starts[got] < 0.0).all()
        assert (starts[got] >= exposure.start[got, t]).all()
        assert (starts[got] > exposure.start[got, t]).any()
        # Two places for the assessment: no more than two families hold one at a time.
        assert 0 < got.sum() < may.sum()
    assert waits["first"][0] < 0.5 * waits["plain"][0]
    assert waits["first"][1] > waits["plain"][1]
