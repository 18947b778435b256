"""A limited team against none, a very large one and the recorded referrals of a service."""

from pathlib import Path

import numpy as np
import pytest

from babs_sim.pathway.opening import LONGEST
from babs_sim.pathway.team import posts_of
from tests.folders import Rows, number
from tests.pathway.services import World, service_of

N = 1_500
CUT = service_of(
    90.0, 8.0, 0.7, wte=2.0, cv=0.5, years=5.0, priority='"age"', shares=(0.8, 0.7, 0.6),
    referral=f"triage = {number(0.05, 'years')}\naccepted_share = {number(0.8, 'probability')}",
    waiting=f"attrition = {number(0.4, 'per year')}\noldest_start = {number(0.22, 'years')}",
    role=f"absence_share = {number(0.1, 'probability')}\nabsence_length = {number(0.1, 'years')}\n"
    f"vacancy_share = {number(0.1, 'probability')}\nvacancy_length = {number(0.3, 'years')}",
    therapy=f"discharge_age = {number(1.0, 'years')}\nantenatal_spread = {number(0.15, 'years')}\n"
    f"postnatal_spread = {number(0.1, 'years')}\ncontacts = {number(20, 'count')}",
    more=f"""
[assessment]
only_if = "family.load >= 2"
after = "therapy"
antenatal_only = true
start_share = {number(0.9, "probability")}
complete_share = {number(1, "probability")}
dose_complete = {number(1, "ratio")}
dose_partial = {number(1, "ratio")}
slots = {number(1, "count")}
length = {number(0.2, "years")}
length_cv = {number(0.3, "ratio")}

[late]
after = "therapy"
postnatal_only = true
start_share = {number(1, "probability")}
complete_share = {number(1, "probability")}
dose_complete = {number(1, "ratio")}
dose_partial = {number(1, "ratio")}
""",
)  # fmt: skip
RECORDED: Rows = [
    {"number": n + 1, "time": t, "age": a}
    for n, (t, a) in enumerate([(0.1, -0.3), (0.4, 0.1), (0.45, -0.5), (1.2, -0.01), (3.9, 0.15)])
]


@pytest.mark.parametrize("recorded", [False, True])
def test_a_very_large_team_is_no_limit(tmp_path: Path, recorded: bool) -> None:
    world = World(tmp_path, CUT, **({"referrals": RECORDED} if recorded else {}))
    large = world.open(N, pathway__team_size=50.0, assessment__slots=10_000.0)
    found, free = large.serve(world.families(N)), world.unlimited(N)
    assert np.array_equal(found.start, free.start)
    assert np.array_equal(found.dose, free.dose)
    assert (np.isfinite(found.start).sum(axis=0) > 50).all()
    therapy = found.names.index("service.therapy")
    assert set(np.unique(found.dose[:, therapy])) == {0.0, 0.5, 1.0}
    small = world.open(N).serve(world.families(N))
    waited = np.isfinite(small.start[:, therapy])
    delay = small.start[waited, therapy] - free.start[waited, therapy]
    assert (delay >= 0.0).all() and (delay > 0.0).mean() > (0.2 if not recorded else -1.0)
    assert not np.isfinite(small.start[~np.isfinite(free.start[:, therapy])]).any()


def test_no_team_is_no_service(tmp_path: Path) -> None:
    world = World(tmp_path, CUT)
    none = world.open(N, pathway__team_size=0.0)
    exposure = none.serve(world.families(N))
    assert none.log is None
    assert np.isinf(exposure.start).all() and np.isinf(exposure.activity).all()
    assert (exposure.dose == 0.0).all()


def test_families_do_not_depend_on_how_they_are_cut_up(tmp_path: Path) -> None:
    world = World(tmp_path, CUT)
    service, again = world.open(N), world.open(N)
    whole = service.serve(world.families(N))
    assert np.array_equal(whole.start, again.serve(world.families(N)).start)
    parts = []
    for first in range(0, N, 250):
        from babs_sim.population import make_families

        parts.append(service.serve(make_families(world.cohort, 1, first, 250)))
    assert np.array_equal(whole.start, np.concatenate([part.start for part in parts]))
    assert np.array_equal(whole.activity, np.concatenate([part.activity for part in parts]))
    assert not np.array_equal(whole.start, world.open(N, seed=2).serve(world.families(N, 2)).start)


def test_the_staff_that_is_paid_is_what_families_carry(tmp_path: Path) -> None:
    world = World(tmp_path, CUT)
    exposure = world.open(N).serve(world.families(N))
    worker = exposure.activities.index("service.team.worker")
    opening = exposure.activities.index("service.start_up")
    assert exposure.amount is not None
    yearly = 90.0 * 0.8
    assert exposure.amount[:, worker].sum() == pytest.approx(2.0 * N / yearly)
    assert exposure.amount[:, opening].sum() == pytest.approx(N / yearly / 5.0)
    contact = exposure.activities.index("service.contact")
    started = np.isfinite(exposure.start[:, exposure.names.index("service.therapy")])
    assert (np.isfinite(exposure.activity[:, contact]) == started).all()


def test_recorded_referrals_come_again_and_again(tmp_path: Path) -> None:
    world = World(tmp_path, CUT, referrals=RECORDED)
    log = world.log(23)
    assert log.windows == 5 and log.yearly == 1.0
    for w in range(log.windows):
        mine = log.referred[(log.window == w) & (log.referred >= 0)]
        assert mine == pytest.approx([0.1, 0.4, 0.45, 1.2, 3.9])
        early = log.referred[(log.window == w) & (log.referred < 0)]
        assert early == pytest.approx([-1.1])
    assert (log.age[log.window == 1] == log.age[log.window == 0]).all()
    assert LONGEST >= 1.0


def test_places_are_whole_and_all_given_out() -> None:
    for wte, slots in ((0.4, 8.0), (3.0, 16.0), (2.5, 15.0), (0.0, 16.0), (1.0, 0.0)):
        assert sum(post.slots for post in posts_of(0, wte, slots)) == round(wte * slots)
