"""Every clock and every form of effect against a distribution known in closed form."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, lognorm

from babs_sim.parameters import read_parameters
from babs_sim.population import make_families, read_cohort
from tests.folders import CHILD, MOTHER, event, number, state, write_folder
from tests.lives import lives

NEVER_BY_CHANCE = 1e-4
HORIZON = 20.0


def agrees(times: np.ndarray, hazard: Callable[[np.ndarray], np.ndarray], horizon: float) -> float:
    """Return the p-value that first times (inf: none) have this cumulative hazard."""
    total = float(hazard(np.array([horizon]))[0])
    share = -math.expm1(-total)
    happened = times[np.isfinite(times)]
    error = math.sqrt(share * (1.0 - share) / len(times)) if share < 1.0 else 1e-12
    assert abs(len(happened) / len(times) - share) <= 4.0 * error
    return float(kstest(happened, lambda t: -np.expm1(-hazard(t)) / share).pvalue)


def once(clock: str = "age", **more: object) -> dict[str, list[dict[str, object]]]:
    """Return a model in which ``child.hit`` happens once."""
    return {
        "states": [CHILD, state("child.well", starts_if="family.one"), state("child.hit_on")],
        "events": [
            event("child.hit", clock, requires="child.well", sets="child.hit_on",
                  clears="child.well", **more)
        ],
    }  # fmt: skip


def rate(value: float, low: float | None = 0, high: float | None = None, **more: object) -> dict:
    """Return a row of rates for ``child.hit``."""
    row = {"event": "child.hit", "value": value, **more}
    return row | {k: v for k, v in (("age_from", low), ("age_to", high)) if v is not None}


def test_age_clock_is_exponential_for_a_constant_rate(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, once() | {"rates": [rate(0.1)]})
    lived = lives(folder, HORIZON)
    assert agrees(lived.first_times("child.hit"), lambda t: 0.1 * t, HORIZON) > NEVER_BY_CHANCE


def test_age_clock_follows_its_bands_the_first_week_included(tmp_path: Path) -> None:
    week = 7 / 365.25
    bands = [rate(5.0, 0, week), rate(0.0, week, 1), rate(0.2, 1, 4.5), rate(0.05, 4.5)]
    lived = lives(write_folder(tmp_path, once() | {"rates": bands}), HORIZON)

    def hazard(t: np.ndarray) -> np.ndarray:
        return (
            5.0 * np.minimum(t, week) + 0.2 * np.clip(t - 1, 0, 3.5) + 0.05 * np.maximum(t - 4.5, 0)
        )

    assert agrees(lived.first_times("child.hit"), hazard, HORIZON) > NEVER_BY_CHANCE


def test_probability_of_a_band_becomes_its_rate(tmp_path: Path) -> None:
    rows = [rate(0.4, 2, 5, quantity="probability", unit="probability")]
    lived = lives(write_folder(tmp_path, once() | {"rates": rows}), HORIZON)
    speed = -math.log(0.6) / 3.0
    p = agrees(lived.first_times("child.hit"), lambda t: speed * np.clip(t - 2, 0, 3), HORIZON)
    assert p > NEVER_BY_CHANCE


SINCE = {
    "exponential": ({"rate": 0.3}, lambda t: 0.3 * t),
    "weibull": ({"shape": 0.7, "scale": 6.0}, lambda t: (t / 6.0) ** 0.7),
    "gompertz": ({"start": 0.02, "growth": 0.15}, lambda t: 0.02 / 0.15 * np.expm1(0.15 * t)),
    "lognormal": ({"median": 4.0, "sigma": 0.8}, lambda t: -lognorm(0.8, scale=4.0).logsf(t)),
}


@pytest.mark.parametrize("law", SINCE)
def test_since_clock_follows_its_law(tmp_path: Path, law: str) -> None:
    numbers, hazard = SINCE[law]
    units = {"rate": "per year", "start": "per year", "growth": "per year", "shape": "ratio",
             "sigma": "sd", "scale": "years", "median": "years"}  # fmt: skip
    rows = [rate(v, None, quantity=q, unit=units[q]) for q, v in numbers.items()]
    folder = write_folder(tmp_path, once("since", law=law) | {"rates": rows})
    lived = lives(folder, HORIZON)
    assert agrees(lived.first_times("child.hit"), hazard, HORIZON) > NEVER_BY_CHANCE


def test_since_clock_follows_a_table_of_time_since_enabled(tmp_path: Path) -> None:
    rows = [rate(0.8, 0, 0.25), rate(0.5, 0.25, 1), rate(0.1, 1, 30)]
    folder = write_folder(tmp_path, once("since", law="table") | {"rates": rows})
    lived = lives(folder, HORIZON)

    def hazard(t: np.ndarray) -> np.ndarray:
        early = 0.8 * np.minimum(t, 0.25) + 0.5 * np.clip(t - 0.25, 0, 0.75)
        return early + 0.1 * np.maximum(t - 1, 0)

    assert agrees(lived.first_times("child.hit"), hazard, HORIZON) > NEVER_BY_CHANCE


@pytest.mark.parametrize(("chance", "ratio"), [(0.3, 1.0), (0.3, 2.5), (1.0, 1.0), (0.0, 1.0)])
def test_at_clock_is_one_chance_at_one_age(tmp_path: Path, chance: float, ratio: float) -> None:
    tables = once("at") | {
        "rates": [rate(chance, 2.25, quantity="probability", unit="probability")],
        "effects": [
            {"event": "child.hit", "driver": "family.one", "form": "per unit", "value": ratio}
        ]
        if ratio != 1.0
        else [],
    }
    lived = lives(write_folder(tmp_path, tables), 5.0)
    expected = 1.0 - (1.0 - chance) ** ratio
    error = math.sqrt(expected * (1.0 - expected) / lived.families)
    assert abs(lived.counted("child.hit") - expected) <= 4.0 * error
    assert set(lived.times("child.hit")) <= {2.25}


def levels(name: str, shares: dict[int, float]) -> dict[str, list[dict[str, object]]]:
    """Return a trait with numbered levels beside the one that every small model has."""
    return {
        "traits": [
            {"name": "family.one", "label": "one", "person": "family", "kind": "levels"},
            {"name": name, "label": name, "person": "family", "kind": "levels"},
        ],
        "trait_levels": [
            {"trait": "family.one", "level": 1, "value": 1},
            *({"trait": name, "level": k, "value": v} for k, v in shares.items()),
        ],
    }


EFFECTS = {
    "per unit": ({"form": "per unit", "value": 1.2}, lambda k: 1.2**k),
    "knot and cap": (
        {"form": "per unit", "value": 1.5, "knot": 4, "beyond": 0.5, "cap": 8},
        lambda k: 1.5 ** (min(k, 4) + 0.5 * max(min(k, 8) - 4, 0)),
    ),
    "level": ({"form": "level", "level": 6, "value": 3.0}, lambda k: 3.0 if k == 6 else 1.0),
}


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("level", [0, 1, 4, 6, 9])
def test_effect_of_a_trait(tmp_path: Path, name: str, level: int) -> None:
    row, ratio = EFFECTS[name]
    others = {k: (1.0 if k == level else 0.0) for k in (0, 1, 4, 6, 9)}
    effect = {"event": "child.hit", "driver": "family.aces", **row}
    tables = once() | levels("family.aces", others) | {"rates": [rate(0.05)], "effects": [effect]}
    lived = lives(write_folder(tmp_path, tables), HORIZON, 5_000)
    speed = 0.05 * ratio(level)
    assert agrees(lived.first_times("child.hit"), lambda t: speed * t, HORIZON) > NEVER_BY_CHANCE


def test_effect_of_a_trait_between_two_ages(tmp_path: Path) -> None:
    effect = {"event": "child.hit", "driver": "family.aces", "form": "level", "level": 2,
              "value": 4.0, "age_from": 3, "age_to": 7}  # fmt: skip
    tables = once() | levels("family.aces", {1: 0.0, 2: 1.0, 3: 0.0})
    tables |= {"rates": [rate(0.05)], "effects": [effect]}
    lived = lives(write_folder(tmp_path, tables), HORIZON)
    p = agrees(
        lived.first_times("child.hit"), lambda t: 0.05 * (t + 3 * np.clip(t - 3, 0, 4)), HORIZON
    )
    assert p > NEVER_BY_CHANCE


@pytest.mark.parametrize("clock", ["age", "since"])
@pytest.mark.parametrize("form", ["while", "ever"])
def test_effect_of_a_state_that_comes_on_and_goes_off(
    tmp_path: Path, clock: str, form: str
) -> None:
    """The driver is on from 3 to 8: its ratio scales the rest of the hazard, whatever the clock."""
    tables = once(clock, law="weibull" if clock == "since" else "")
    tables["states"] = [*tables["states"], state("child.driven")]
    tables["events"] = [
        *tables["events"],
        event("child.start", "at", sets="child.driven"),
        event("child.stop", "at", clears="child.driven"),
    ]
    own = (
        [rate(0.06)]
        if clock == "age"
        else [rate(1.6, None, quantity="shape", unit="ratio"),
              rate(15, None, quantity="scale", unit="years")]
    )  # fmt: skip
    tables["rates"] = [
        *own,
        {"event": "child.start", "quantity": "age", "value": 3, "unit": "years"},
        {"event": "child.stop", "quantity": "age", "value": 8, "unit": "years"},
    ]
    tables["effects"] = [
        {"event": "child.hit", "driver": "child.driven", "form": form, "value": 3.0}
    ]
    lived = lives(write_folder(tmp_path, tables), HORIZON)
    until = 8.0 if form == "while" else math.inf

    def base(t: np.ndarray) -> np.ndarray:
        return 0.06 * t if clock == "age" else (t / 15.0) ** 1.6

    def hazard(t: np.ndarray) -> np.ndarray:
        inside = base(np.clip(t, 3.0, until)) - base(np.array(3.0))
        return base(t) + 2.0 * np.where(t > 3.0, inside, 0.0)

    assert agrees(lived.first_times("child.hit"), hazard, HORIZON) > NEVER_BY_CHANCE


def test_effect_of_a_count_of_events(tmp_path: Path) -> None:
    """Each of two knocks, at 2 and at 6, multiplies the rate."""
    tables = once()
    tables["events"] = [*tables["events"], event("child.knock", "at"), event("child.bang", "at")]
    tables["rates"] = [
        rate(0.05),
        {"event": "child.knock", "quantity": "age", "value": 2, "unit": "years"},
        {"event": "child.bang", "quantity": "age", "value": 6, "unit": "years"},
    ]
    tables["effects"] = [
        {"event": "child.hit", "driver": "count(child.knock)", "form": "per unit", "value": 2.0},
        {"event": "child.hit", "driver": "count(child.bang)", "form": "per unit", "value": 1.5},
    ]
    lived = lives(write_folder(tmp_path, tables), HORIZON)

    def hazard(t: np.ndarray) -> np.ndarray:
        later = np.maximum(t - 6, 0)
        return 0.05 * (np.minimum(t, 2) + 2.0 * np.clip(t - 2, 0, 4) + 3.0 * later)

    assert agrees(lived.first_times("child.hit"), hazard, HORIZON) > NEVER_BY_CHANCE


def test_effect_of_the_count_of_aces(tmp_path: Path) -> None:
    tables = once()
    tables["states"] = [*tables["states"], state("child.one", ace="true"),
                        state("child.two", ace="true")]  # fmt: skip
    tables["events"] = [
        *tables["events"],
        event("child.first", "at", sets="child.one"),
        event("child.second", "at", sets="child.two", clears="child.one"),
    ]
    tables["rates"] = [
        rate(0.05),
        {"event": "child.first", "quantity": "age", "value": 3, "unit": "years"},
        {"event": "child.second", "quantity": "age", "value": 5, "unit": "years"},
    ]
    tables["effects"] = [
        {"event": "child.hit", "driver": "child.ace_count", "form": "per unit", "value": 2.0}
    ]
    lived = lives(write_folder(tmp_path, tables), HORIZON)
    reached = [np.flatnonzero(row).tolist() for row in lived.tally.aces[:, :, 0]]
    assert reached == [[4], [6]]  # the fourth and the sixth year of life
    assert (lived.tally.aces.sum(axis=1)[:, 0] == lived.families).all()

    def hazard(t: np.ndarray) -> np.ndarray:
        return 0.05 * (t + np.clip(t - 3, 0, 2) + 3.0 * np.maximum(t - 5, 0))

    assert agrees(lived.first_times("child.hit"), hazard, HORIZON) > NEVER_BY_CHANCE


def test_a_year_ends_just_before_its_birthday(tmp_path: Path) -> None:
    """Follow-up to 5 is [0, 5): what happens at 5 exactly is not followed, just before it is."""
    tables = once()
    tables["events"] = [*tables["events"], event("child.five"), event("child.almost")]
    for row, age in zip(tables["events"][-2:], (5.0, 4.999), strict=True):
        row["clock"] = "at"
        tables["rates"] = [
            *tables.get("rates", [rate(0.05)]),
            {"event": row["name"], "quantity": "age", "value": age, "unit": "years"},
        ]
    lived = lives(write_folder(tmp_path, tables), 5.0, 50)
    assert (lived.counted("child.five"), lived.counted("child.almost")) == (0.0, 1.0)


SHARED = f"[shared]\ncausal_share = {number(0.5, 'ratio')}\n"


@pytest.mark.parametrize("carried", [0, 1])
def test_causal_share_acts_and_the_carrier_carries_the_rest(tmp_path: Path, carried: int) -> None:
    """A ratio of 9 with k = 0.5: 3 while the state is on (from 4 on), and 3 with the carrier."""
    tables = once() | levels("family.carrier", {0: 1.0 - carried, 1: float(carried)})
    tables["states"] = [*tables["states"], state("child.driven")]
    tables["events"] = [*tables["events"], event("child.start", "at", sets="child.driven")]
    tables["rates"] = [
        rate(0.02),
        {"event": "child.start", "quantity": "age", "value": 4, "unit": "years"},
    ]
    tables["effects"] = [
        {"event": "child.hit", "driver": "child.driven", "form": "while", "value": 9.0,
         "causal_share": "model.shared.causal_share", "carrier": "family.carrier"}
    ]  # fmt: skip
    lived = lives(write_folder(tmp_path, tables, model=SHARED), HORIZON)
    speed = 0.02 * 3.0**carried
    p = agrees(
        lived.first_times("child.hit"), lambda t: speed * (t + 2 * np.maximum(t - 4, 0)), HORIZON
    )
    assert p > NEVER_BY_CHANCE


def test_causal_share_of_a_count(tmp_path: Path) -> None:
    """A ratio of 4 a knock with k = 0.5: 2 from the knock at 3 on."""
    tables = once()
    tables["events"] = [*tables["events"], event("child.knock", "at")]
    tables["rates"] = [
        rate(0.05),
        {"event": "child.knock", "quantity": "age", "value": 3, "unit": "years"},
    ]
    tables["effects"] = [
        {"event": "child.hit", "driver": "count(child.knock)", "form": "per unit", "value": 4.0,
         "causal_share": "model.shared.causal_share"}
    ]  # fmt: skip
    lived = lives(write_folder(tmp_path, tables, model=SHARED), HORIZON)
    p = agrees(lived.first_times("child.hit"), lambda t: 0.05 * (t + np.maximum(t - 3, 0)), HORIZON)
    assert p > NEVER_BY_CHANCE


PROFILE = [
    {"profile": "fades", "quantity": "hold_to", "value": 3, "unit": "years"},
    {"profile": "fades", "quantity": "half_life", "value": 4, "unit": "years"},
    {"profile": "fades", "quantity": "floor", "value": 0.15, "unit": "ratio"},
]


def therapy(**changes: float) -> str:
    """Return a [therapy] table for service.toml."""
    numbers = {"start_share": 1.0, "antenatal_share": 0.0, "complete_share": 1.0} | changes
    lines = [f"{key} = {number(value, 'probability')}" for key, value in numbers.items()]
    lines += [f'antenatal_start = {number(-0.3, "years")}',
              f'postnatal_start = {number(1.5, "years")}',
              f'dose_complete = {number(1, "ratio")}',
              f'dose_partial = {number(1, "ratio")}']  # fmt: skip
    return "\n[therapy]\nlabel = 'therapy'\nonly_if = ''\nafter = ''\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("clock", ["age", "since"])
@pytest.mark.parametrize("ratio", [0.3, 2.5])
def test_effect_of_exposure_holds_and_then_fades(tmp_path: Path, clock: str, ratio: float) -> None:
    """From the start at 1.5 the ratio holds to 3, then its excess over 1 halves in 4 years."""
    own = (
        [rate(0.12)]
        if clock == "age"
        else [rate(1.3, None, quantity="shape", unit="ratio"),
              rate(8, None, quantity="scale", unit="years")]
    )  # fmt: skip
    tables = once(clock, law="weibull" if clock == "since" else "") | {
        "rates": own,
        "profiles": PROFILE,
        "effects": [
            {"event": "child.hit", "driver": "service.therapy", "form": "profile",
             "profile": "fades", "value": ratio, "effect_set": "base"}
        ],
    }  # fmt: skip
    lived = lives(
        write_folder(tmp_path, tables, service=therapy()),
        HORIZON,
        changes={"service.open": True},
    )
    grid = np.linspace(0.0, HORIZON, 200_001)
    weight = 0.15 + 0.85 * 2.0 ** (-np.maximum(grid - 3.0, 0.0) / 4.0)
    speed = 1.0 + (ratio - 1.0) * weight * (grid >= 1.5)
    if clock == "age":
        density = 0.12 * speed
    else:
        density = speed * 1.3 / 8.0 * (np.maximum(grid, 1e-12) / 8.0) ** 0.3
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(grid)
    area = np.concatenate([[0.0], np.cumsum(steps)])
    p = agrees(lived.first_times("child.hit"), lambda t: np.interp(t, grid, area), HORIZON)
    assert p > NEVER_BY_CHANCE


def test_competing_exits_share_by_their_rates(tmp_path: Path) -> None:
    exits = {"child.a": 0.5, "child.b": 0.3, "child.c": 0.2}
    tables = {
        "states": [CHILD, state("child.in", starts_if="family.one")],
        "events": [event(n, requires="child.in", clears="child.in") for n in exits],
        "rates": [{"event": n, "age_from": 0, "value": v} for n, v in exits.items()],
    }
    lived = lives(write_folder(tmp_path, tables), HORIZON)
    reached = -math.expm1(-HORIZON)
    for name, share in exits.items():
        p = share * reached
        assert abs(lived.counted(name) - p) <= 4.0 * math.sqrt(p * (1 - p) / lived.families)
        alone = kstest(lived.times(name), lambda t: -np.expm1(-t) / reached)
        assert alone.pvalue > NEVER_BY_CHANCE


def test_alternating_renewal_spends_the_right_time_on(tmp_path: Path) -> None:
    """On at rate a, off at rate b: P(on at t) = a / (a + b) * (1 - exp(-(a + b) t))."""
    a, b = 0.7, 1.9
    tables = {
        "states": [CHILD, state("child.ill")],
        "events": [
            event("child.onset", requires="!child.ill", sets="child.ill"),
            event("child.recovery", "since", law="exponential", requires="child.ill",
                  clears="child.ill"),
        ],
        "rates": [{"event": "child.onset", "age_from": 0, "value": a},
                  {"event": "child.recovery", "value": b}],
    }  # fmt: skip
    lived = lives(write_folder(tmp_path, tables), HORIZON)
    expected = a / (a + b) * (HORIZON - -math.expm1(-(a + b) * HORIZON) / (a + b))
    spread = math.sqrt(2 * a * b / (a + b) ** 3 * HORIZON / lived.families)
    assert abs(lived.years("child.ill") - expected) <= 4.0 * spread


def test_death_clears_the_person_and_ends_the_person_s_events_only(tmp_path: Path) -> None:
    tables = {
        "states": [CHILD, MOTHER, state("mother.low", starts_if="family.one"),
                   state("child.ill", starts_if="family.one")],
        "events": [
            event("mother.death", "at", ends="true"),
            event("mother.knock"),
            event("child.knock"),
        ],
        "rates": [{"event": "mother.death", "quantity": "age", "value": 5, "unit": "years"},
                  {"event": "mother.knock", "age_from": 0, "value": 2.0},
                  {"event": "child.knock", "age_from": 0, "value": 2.0}],
    }  # fmt: skip
    lived = lives(write_folder(tmp_path, tables), 10.0, 1_000)
    assert lived.times("mother.knock").max() < 5.0 < lived.times("child.knock").max()
    assert lived.years("mother.low") == pytest.approx(5.0, rel=1e-12)
    assert lived.years("mother.alive") == pytest.approx(5.0, rel=1e-12)
    assert lived.years("child.ill") == pytest.approx(10.0, rel=1e-12)


def test_pregnancy_comes_before_the_child_s_clocks(tmp_path: Path) -> None:
    tables = {
        "states": [CHILD, MOTHER],
        "events": [event("child.knock"), event("mother.knock")],
        "rates": [{"event": "child.knock", "age_from": 0, "value": 3.0},
                  {"event": "mother.knock", "value": 3.0}],
    }  # fmt: skip
    lived = lives(write_folder(tmp_path, tables, entry=-0.5), 2.0, 2_000)
    assert lived.times("child.knock").min() > 0.0 > lived.times("mother.knock").min()
    assert lived.years("child.alive") == pytest.approx(2.0)
    assert lived.years("mother.alive") == pytest.approx(2.5)
    assert lived.counted("mother.knock") == pytest.approx(7.5, rel=0.05)


def test_a_trait_s_utility_ratio_multiplies_the_norm_of_age_and_sex(tmp_path: Path) -> None:
    """Mother and child share the family's ratio; the child's own trait leaves the mother's."""
    halves = [{"level": 0, "value": 0.5}, {"level": 1, "value": 0.5}]
    tables = {
        "states": [CHILD, MOTHER],
        "traits": [{"name": "child.sex", "label": "sex", "person": "child", "kind": "levels",
                    "role": "sex"},
                   {"name": "family.poor", "label": "poor", "person": "family", "kind": "levels"},
                   {"name": "child.own", "label": "own", "person": "child", "kind": "levels"}],
        "trait_levels": [{"trait": name, **half} for half in halves
                         for name in ("child.sex", "family.poor", "child.own")],
        "utility_norms": [{"sex": sex, "age": age, "value": value}
                          for sex, value in (("female", 0.9), ("male", 0.8)) for age in (0, 120)],
        "trait_utilities": [{"trait": "family.poor", "level": 1, "value": 0.75},
                            {"trait": "child.own", "level": 0, "value": 0.5}],
    }  # fmt: skip
    folder = write_folder(tmp_path, tables)
    lived = lives(folder, 4.0, 4_000)
    model = read_parameters([folder])
    people = make_families(read_cohort(model, model.values(), "births"), 1, 0, 4_000)
    family = np.where(people.column("family.poor") == 1, 0.75, 1.0)
    own = np.where(people.column("child.own") == 0, 0.5, 1.0)
    by_sex = np.where(people.column("child.sex") == 1, 0.8, 0.9)
    qalys = lived.tally.qalys[:, :, 0].sum(axis=1)
    assert qalys[0] == pytest.approx(4.0 * (0.9 * family).sum(), rel=1e-12)
    assert qalys[1] == pytest.approx(4.0 * (by_sex * family * own).sum(), rel=1e-12)
