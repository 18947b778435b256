"""What each kind of target measures: by hand on three lives, in closed form, and by the ledger."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from babs_sim.analysis.gauging import Board, horizon_of, read_gauges
from babs_sim.analysis.paths import Log
from babs_sim.analysis.validation import measure
from babs_sim.handover import Families
from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.births import Births, Lives
from babs_sim.simulate.blocks import EventLog, Tally, live_families, no_exposure
from tests.folders import CHILD, event, state, write_folder
from tests.properties.rich import rich_folder

HORIZON = 10.0
EVENTS = {
    "child.falls_ill": {"requires": "!child.ill", "sets": "child.ill child.been_ill"},
    "child.gets_well": {"requires": "child.ill", "clears": "child.ill"},
    "child.goes_away": {"requires": "!child.away", "sets": "child.away"},
    "child.comes_back": {"requires": "child.away", "clears": "child.away"},
    "child.visit": {},
    "child.death": {"ends": "true"},
}
STATES = ["child.ill", "child.been_ill", "child.away"]
SEX = {"name": "child.sex", "label": "sex", "person": "child", "kind": "levels", "role": "sex"}

# Three children: event and age; the first is a girl and dies at 8.
LOG = (
    [("child.falls_ill", 1.0), ("child.goes_away", 2.0), ("child.gets_well", 3.0),
     ("child.comes_back", 4.0), ("child.death", 8.0)],
    [("child.visit", 0.5), ("child.falls_ill", 5.0), ("child.gets_well", 5.5),
     ("child.falls_ill", 6.0)],
    [("child.goes_away", 2.5), ("child.visit", 3.0), ("child.visit", 9.5)],
)  # fmt: skip


def target(name: str, kind: str, value: float = 0.5, **more: Any) -> dict[str, Any]:
    usual = {"domain": "d", "label": name, "population": "all", "role": "held_out"}
    return {"name": name, **usual, "expressed": "yes", "kind": kind, "value": value, **more}


def folder_with(folder: Path, targets: list[dict[str, Any]]) -> Path:
    return write_folder(
        folder,
        {
            "traits": [SEX],
            "trait_levels": [{"trait": "child.sex", "level": k, "value": 0.5} for k in (0, 1)],
            "states": [CHILD, *(state(s, ace=str(s == "child.away")) for s in STATES)],
            "events": [event(name, **more) for name, more in EVENTS.items()],
            "rates": [{"event": name, "age_from": 0, "value": 0.1} for name in EVENTS],
            "targets": targets,
        },
    )


def figure(folder: Path, **more: Any) -> float:
    """Return what one target shows on the three lives."""
    model = read_parameters([folder_with(folder, [target("it", **more)])])
    compiled = compile_rates(model, model.values(), HORIZON)
    rows = [(f, compiled.names.events.index(e), t) for f, life in enumerate(LOG) for e, t in life]
    log = EventLog(
        np.array([r[0] for r in rows]), np.array([r[1] for r in rows]),
        np.array([r[2] for r in rows]),
    )  # fmt: skip
    families = Families(0, ("child.sex",), np.array([[0.0], [1.0], [1.0]]))
    lives = Lives(compiled, families, log, np.zeros((1, 2, 11, 3)))
    board = Board(read_gauges(model))
    return float(board.figures(board.read(lives))[0])


RATE = {"unit": "per year"}
YEARS = {"unit": "years"}
ALL = "child.ill child.away"


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        # two of three have been ill before 6; one before 5; all have been ill or away
        ({"kind": "ever", "of": "child.ill", "age_to": 6}, 2 / 3),
        ({"kind": "ever", "of": "child.ill", "age_to": 5}, 1 / 3),
        ({"kind": "ever", "of": ALL, "age_to": 10}, 1.0),
        ({"kind": "ever", "of": ALL, "age_to": 10, "least": 2}, 1 / 3),
        ({"kind": "ever", "of": "child.ill", "age_to": 10, "among": "child.away"}, 1 / 2),
        ({"kind": "ever", "age_to": 10}, 2 / 3),  # blank: the ACEs, which is being away
        ({"kind": "mean ever", "of": ALL, "age_to": 10, "unit": "count"}, 4 / 3),
        # years ill 2, 4.5 and 0 of 8, 10 and 10 lived
        ({"kind": "share", "of": "child.ill", "age_from": 0, "age_to": 10}, 6.5 / 28),
        # from 2 to 6: 1 and 0.5 of twelve
        ({"kind": "share", "of": "child.ill", "age_from": 2, "age_to": 6}, 1.5 / 12),
        # ill or away: 1 to 4; 5 to 5.5 and 6 to 10; 2.5 to 10
        ({"kind": "share", "of": ALL, "age_from": 0, "age_to": 10}, 15 / 28),
        ({"kind": "share", "of": "!child.ill !child.away", "age_from": 0, "age_to": 10}, 13 / 28),
        ({"kind": "share", "of": "child.away !child.ill", "age_from": 0, "age_to": 10}, 8.5 / 28),
        ({"kind": "share", "of": "child.ill", "age_from": 0, "age_to": 10,
          "among": "child.away"}, 1 / 9.5),
        # ill at some time of a year: 6.5 years and three beginnings
        ({"kind": "in year", "of": "child.ill", "age_from": 0, "age_to": 10}, 9.5 / 28),
        ({"kind": "at", "of": "child.ill", "age_from": 2}, 1 / 3),
        ({"kind": "at", "of": "!child.alive", "age_from": 9}, 1 / 3),
        ({"kind": "at", "of": "child.ill", "age_from": 9, "among": "child.alive"}, 1 / 2),
        ({"kind": "years", "of": "child.alive", **YEARS}, 28 / 3),
        ({"kind": "years", "of": "child.alive", **YEARS, "where": "child.sex=0"}, 8.0),
        ({"kind": "years", "of": "child.alive", **YEARS, "where": "child.sex>=1",
          "against": "child.sex=0"}, 2.0),
        ({"kind": "years", "of": "child.away", "age_from": 3, "age_to": 5, **YEARS}, 1.0),
        ({"kind": "rate", "of": "child.visit", "age_from": 0, "age_to": 10, **RATE}, 3 / 28),
        ({"kind": "rate", "of": "child.visit child.falls_ill", "age_from": 0, "age_to": 5,
          "unit": "percent per year"}, 100 * 3 / 15),
        # first ill or away at 1, 5 and 2.5: two of them from 2 to 6, in twelve years lived
        ({"kind": "onset", "of": ALL, "age_from": 2, "age_to": 6, **RATE}, 2 / 12),
        ({"kind": "onset", "of": "child.ill", "age_from": 0, "age_to": 10,
          "among": "!child.been_ill", **RATE}, 2 / 16),
    ],
)  # fmt: skip
def test_by_hand(more: dict[str, Any], wanted: float, tmp_path: Path) -> None:
    assert figure(tmp_path / "p", **more) == pytest.approx(wanted, rel=1e-12)


def test_nobody_to_look_at_is_no_figure(tmp_path: Path) -> None:
    of_none = {"kind": "share", "of": "child.ill", "age_from": 0, "age_to": 10}
    assert math.isnan(figure(tmp_path / "p", **of_none, where="child.sex=7"))


@pytest.mark.parametrize("rate", [0.0, 0.035])
def test_length_and_quality_of_life_in_closed_form(rate: float, tmp_path: Path) -> None:
    """Deaths at 0.1 a year, utility 1: the mean is (1 - exp(-(0.1 + d) h)) / (0.1 + d)."""
    rows = [
        target("qale", "qale", 9, of="child", unit="QALYs", discount=rate),
        target("girls", "qale", 9, of="child", unit="QALYs", discount=rate, where="child.sex=0"),
        target("gap", "qale", 9, of="child", unit="QALYs", where="child.sex=0",
               against="child.sex=1"),
        target("life", "years", 9, of="child.alive", unit="years"),
        target("alive", "at", 0.1, of="child.alive", age_from=7),
    ]  # fmt: skip
    model = read_parameters([folder_with(tmp_path / "p", rows)])
    gauges = read_gauges(model)
    assert horizon_of(gauges) == 110.0
    compiled = compile_rates(model, model.values(), 110.0)
    births = Births(compiled, read_cohort(model, model.values(), "births"), ())
    value, error = measure(births, gauges, 20_000, 5, 1, lambda *_: None)
    force = 0.1 + math.log1p(rate)
    lived = -math.expm1(-force * 110.0) / force
    wanted = [lived, lived, 0.0, -math.expm1(-11.0) / 0.1, math.exp(-0.7)]
    assert (error > 0.0).all()
    assert (np.abs(value - wanted) < 4.0 * error).all()
    assert error[0] < 0.02 * lived


def test_years_off_the_log_are_those_of_the_ledger(tmp_path: Path) -> None:
    model = read_parameters([rich_folder(tmp_path / "p")])
    compiled = compile_rates(model, model.values(), 12.0)
    people = make_families(read_cohort(model, model.values(), "births"), 3, 0, 400)
    tally = Tally.empty(compiled, 0)
    nothing = no_exposure(400, compiled.names.exposures)
    log = live_families(compiled, people, nothing, seed_key(3), tally, log=100_000)
    assert len(log.time) < 100_000
    lives = Log(Lives(compiled, people, log, tally.groups[4]))
    years = tally.years_in_states()[:, :, 0].sum(axis=1)
    for s, name in enumerate(compiled.names.states):
        path = lives.path([name])
        found = ((path.end - path.start) * path.on[:, 0]).sum()
        assert found == pytest.approx(years[s], rel=1e-9), name
        ever = np.bincount(path.family[path.on[:, 0]], minlength=400) > 0
        assert ever.sum() == tally.onset[s, :, 0].sum()
