"""Effects of drivers, sorted by what drives them, as the lists of a `Machine`."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from babs_sim.handover import Floats, Ints
from babs_sim.lifecourse.machine import COUNT, EVER, LEVEL, PER_UNIT, WHILE
from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import EffectRow
from babs_sim.parameters.service import exposures_of

ACE_COUNT = "child.ace_count"
FINE_YEARS, FINE_STEP, HALVINGS = 6.0, 0.25, 10.0

_Trait = tuple[str, int, float, float, float, float, float]
_Moving = tuple[int, Any, float, float, float, float]
_Fading = tuple[str, float, str]


@dataclass(frozen=True, slots=True)
class Drivers:
    """Effects of each event: of traits, of states and counters, of exposures."""

    trait: list[list[_Trait]]
    moving: list[list[_Moving]]
    fading: list[list[_Fading]]
    windowed: list[EffectRow]
    counters: tuple[str, ...]
    exposures: tuple[str, ...]
    profiles: tuple[str, ...]

    def arrays(self, traits: Sequence[str], states: Mapping[str, int]) -> dict[str, Any]:
        """Return the arrays ``trait_*``, ``moving_*`` and ``fading_*`` of a machine."""
        trait_from, index = lists([[traits.index(x[0]) for x in row] for row in self.trait], int)
        moving_from, forms = lists([[x[0] for x in row] for row in self.moving], int)
        fading_from, exposure = lists(
            [[self.exposures.index(x[0]) for x in row] for row in self.fading], int
        )
        flat = [x for row in self.trait for x in row]
        moving = [x for row in self.moving for x in row]
        fading = [x for row in self.fading for x in row]
        return {
            "trait_from": trait_from,
            "trait_index": index,
            "trait_form": np.array([x[1] for x in flat], np.int64),
            "trait_log": np.array([x[2] for x in flat]),
            "trait_level": np.array([x[3] for x in flat]),
            "trait_knot": np.array([x[4] for x in flat]),
            "trait_beyond": np.array([x[5] for x in flat]),
            "trait_cap": np.array([x[6] for x in flat]),
            "moving_from": moving_from,
            "moving_form": forms,
            "moving_index": np.array(
                [x[1] if x[0] == COUNT else states[x[1]] for x in moving], np.int64
            ),
            "moving_ratio": np.array([x[2] for x in moving]),
            "moving_knot": np.array([x[3] for x in moving]),
            "moving_beyond": np.array([x[4] for x in moving]),
            "moving_cap": np.array([x[5] for x in moving]),
            "fading_from": fading_from,
            "fading_exposure": exposure,
            "fading_log": np.array([x[1] for x in fading]),
            "fading_profile": np.array([self.profiles.index(x[2]) for x in fading], np.int64),
        }


def drivers_of(model: Model, values: Values, events: Sequence[str]) -> Drivers:
    """Sort the effects of a model by event and by kind of driver.

    A ratio with a causal share k acts to the power k; its carrier, a trait of 0 and 1, carries the
    rest of the association, the ratio to the power 1 - k, which no change of the driver undoes.
    """
    traits = {row.name for row in model.table("traits")}
    states = {row.name for row in model.table("states")}
    place = {name: e for e, name in enumerate(events)}
    rows = [
        row
        for row in model.table("effects")
        if row.effect_set in ("", values.setting("service.effect_set"))
    ]
    counters = (ACE_COUNT, *sorted({r.driver for r in rows if r.driver.startswith("count(")}))
    exposures = exposures_of(model)
    profiles = tuple(sorted({row.profile for row in rows if row.profile}))
    trait: list[list[_Trait]] = [[] for _ in events]
    moving: list[list[_Moving]] = [[] for _ in events]
    fading: list[list[_Fading]] = [[] for _ in events]
    windowed = []
    for row in rows:
        e = place[row.event]
        share = values[row.causal_share] if row.causal_share else 1.0
        log = math.log(values[row.key]) if values[row.key] > 0.0 else -math.inf
        bend = (
            math.inf if row.knot is None else row.knot,
            row.beyond,
            math.inf if row.cap is None else row.cap,
        )
        if row.form == "profile":
            fading[e].append((row.driver, log, row.profile))
        elif row.driver in traits and row.age_from is not None:
            windowed.append(row)
        elif row.driver in traits:
            form = LEVEL if row.form == "level" else PER_UNIT
            trait[e].append((row.driver, form, log, row.level or 0.0, *bend))
        elif row.driver in states:
            form = WHILE if row.form == "while" else EVER
            moving[e].append((form, row.driver, math.exp(log * share), *bend))
            if row.carrier and share < 1.0:
                trait[e].append((row.carrier, LEVEL, log * (1.0 - share), 1.0, *bend))
        else:
            moving[e].append((COUNT, counters.index(row.driver), log * share, *bend))
    return Drivers(trait, moving, fading, windowed, counters, exposures, profiles)


def fade_weights(
    profiles: Sequence[str], values: Values, entry: float, horizon: float
) -> tuple[Floats, Floats, Ints]:
    """Return the fade grid's edges (F + 1,), each profile's mean weight in each step (P, F), and
    the step from which it no longer changes (P,).

    The weight is 1 up to ``hold_to`` and then floor + (1 - floor) * 2**(-(t - hold) / half_life);
    after ten half-lives it is the floor.  Steps are a quarter of a year up to age 6 and a year
    from then on; the mean over a step makes the integral over it exact for a constant rate.
    """
    if not profiles:
        return np.array([entry, horizon]), np.ones((1, 1)), np.zeros(1, np.int64)
    first = math.floor(min(entry, 0.0) / FINE_STEP) * FINE_STEP
    fine = np.arange(first, min(horizon, FINE_YEARS), FINE_STEP)
    edges = np.concatenate([fine, np.arange(FINE_YEARS, horizon, 1.0), [horizon]])
    weights = np.ones((len(profiles), len(edges) - 1))
    last = np.zeros(len(profiles), np.int64)
    for p, profile in enumerate(profiles):
        hold, half_life, floor = (
            values[f"profile.{profile}.{q}"] for q in ("hold_to", "half_life", "floor")
        )
        decay = math.log(2.0) / half_life
        after = np.maximum(edges - hold, 0.0)
        area = np.minimum(edges, hold) + floor * after
        area += (1.0 - floor) * -np.expm1(-decay * after) / decay
        weights[p] = np.diff(area) / np.diff(edges)
        over = np.flatnonzero(edges[:-1] >= hold + HALVINGS * half_life)
        if len(over):
            weights[p, over] = floor
        last[p] = over[0] if len(over) else len(edges) - 2
    return edges, weights, last


def lists(rows: Sequence[Sequence[Any]], kind: Callable[[Any], Any]) -> tuple[Ints, Any]:
    """Store lists end to end: return where each starts (and the last ends) and the entries."""
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    dtype = np.int64 if kind is int else np.float64
    return starts, np.array([x for row in rows for x in row], dtype=dtype)
