"""From tables to rules: each event of the model with all that decides when it happens.

Nothing is simulated here.  A row of events.csv becomes an `EventRule`; its rates become a `Hazard`,
its effects the lists ``fixed`` (by traits), ``moving`` (by states and counters) and ``lasting``
(by exposures).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import EffectRow, EventRow, RateRow
from babs_sim.reference.effects import (
    CounterEffect,
    ExposureEffect,
    Profile,
    StateEffect,
    TraitEffect,
    WindowEffect,
)
from babs_sim.reference.hazards import Bands, Hazard, law_of

Centring: TypeAlias = Mapping[tuple[str, str], float]
"""What a published average is multiplied by: by key of its row of rates/*.csv and sex of the child
("" where no row of the event names a sex).  A pair that is missing stands for 1."""

SEXES = ("female", "male")
MOTHER, CHILD = "mother", "child"


@dataclass(frozen=True)
class EventRule:
    """One event: who, when it is possible, what it changes, and the numbers of its clock.

    ``place`` is its place among events of the same moment, from 1 (0 is the birth).  ``requires``
    pairs states with on or off.  ``hazard`` is there by sex of the child ("" for both): of the
    clock ``age`` by age, of ``since`` by the time since enabled.  ``at_age`` and ``mass`` (by sex;
    the hazard mass, -ln(1 - p)) belong to the clock ``at``.
    """

    name: str
    person: str
    place: int
    clock: str
    requires: tuple[tuple[str, bool], ...]
    sets: tuple[str, ...]
    clears: tuple[str, ...]
    ends: bool
    fixed: tuple[TraitEffect, ...]
    windows: tuple[WindowEffect, ...]
    moving: tuple[StateEffect | CounterEffect, ...]
    lasting: tuple[ExposureEffect, ...]
    hazard: Mapping[str, Hazard]
    at_age: float
    mass: Mapping[str, float]

    def hears(self, name: str) -> bool:
        """Return whether a state or counter can change the hazard of this event."""
        return any(state == name for state, _ in self.requires) or any(
            effect.driver == name for effect in self.moving
        )


@dataclass(frozen=True)
class StateRule:
    """One state: whose, the trait that turns it on at the start, whether it counts as an ACE."""

    name: str
    person: str
    starts_if: str
    ace: bool


@dataclass(frozen=True)
class NormRatio:
    """What the utility norm of people at one level of a trait is multiplied by."""

    persons: tuple[str, ...]
    trait: str
    level: float
    ratio: float


@dataclass(frozen=True)
class Rules:
    """The whole model of one arm, for one horizon.

    ``alive`` names the state of each person that is on while the person lives; ``listeners`` the
    events that a state or counter concerns; ``utilities`` the ratios of states, ``norms`` the
    utility by sex and age, ``norm_ratios`` of whom it is multiplied at which level of which trait;
    ``sex`` and ``mother_age`` are names of traits, "" where there is none.
    """

    entry: float
    horizon: float
    events: tuple[EventRule, ...]
    states: tuple[StateRule, ...]
    alive: Mapping[str, str]
    listeners: Mapping[str, tuple[str, ...]]
    utilities: Mapping[str, float]
    norms: Mapping[str, Mapping[int, float]]
    norm_ratios: tuple[NormRatio, ...]
    sex: str
    mother_age: str


def rules_of(
    model: Model, values: Values, horizon: float, centring: Centring | None = None
) -> Rules:
    """Read the rules of one arm from the tables; ``horizon`` is the child's age at the end."""
    factors = centring or {}
    entry = values["model.family.entry"]
    states = tuple(
        StateRule(row.name, row.person, row.starts_if, row.ace) for row in model.table("states")
    )
    alive: dict[str, str] = {
        row.person: row.name for row in model.table("states") if row.role == "alive"
    }
    roles = {row.role: row.name for row in model.table("traits") if row.role}
    ordered = sorted(model.table("events"), key=lambda row: (row.order, row.name))
    profiles = _profiles(model, values, entry, horizon)
    rates: dict[str, list[RateRow]] = {}
    for rate in model.table("rates"):
        rates.setdefault(rate.event, []).append(rate)
    effects: dict[str, list[EffectRow]] = {}
    for effect in model.table("effects"):
        if effect.effect_set in ("", values.setting("service.effect_set")):
            effects.setdefault(effect.event, []).append(effect)
    traits = {row.name for row in model.table("traits")}
    known = {row.name for row in states}
    events = tuple(
        _event_rule(
            row, place, rates.get(row.name, []), effects.get(row.name, []), values, factors,
            alive, traits, known, profiles,
        )
        for place, row in enumerate(ordered, start=1)
    )  # fmt: skip
    drivers = {
        name
        for event in events
        for name in (*(s for s, _ in event.requires), *(e.driver for e in event.moving))
    }
    norms: dict[str, dict[int, float]] = {sex: {} for sex in SEXES}
    for norm in model.table("utility_norms"):
        norms[norm.sex][norm.age] = values[norm.key]
    return Rules(
        entry=entry,
        horizon=horizon,
        events=events,
        states=states,
        alive=alive,
        listeners={d: tuple(e.name for e in events if e.hears(d)) for d in sorted(drivers)},
        utilities={row.state: values[row.key] for row in model.table("utilities")},
        norms=norms,
        norm_ratios=_norm_ratios(model, values),
        sex=roles.get("sex", ""),
        mother_age=roles.get("age", ""),
    )


def _norm_ratios(model: Model, values: Values) -> tuple[NormRatio, ...]:
    owner = {row.name: row.person for row in model.table("traits")}
    found = []
    for row in model.table("trait_utilities"):
        whose = owner[row.trait]
        persons = (MOTHER, CHILD) if whose == "family" else (whose,)
        found.append(NormRatio(persons, row.trait, row.level, values[row.key]))
    return tuple(found)


def _event_rule(
    row: EventRow,
    place: int,
    rates: Sequence[RateRow],
    effects: Sequence[EffectRow],
    values: Values,
    factors: Centring,
    alive: Mapping[str, str],
    traits: Iterable[str],
    states: Iterable[str],
    profiles: Mapping[str, Profile],
) -> EventRule:
    requires = {word.lstrip("!"): not word.startswith("!") for word in row.requires.split()}
    if row.person in alive:
        requires.setdefault(alive[row.person], True)
    fixed: list[TraitEffect] = []
    windows: list[WindowEffect] = []
    moving: list[StateEffect | CounterEffect] = []
    lasting: list[ExposureEffect] = []
    for effect in effects:
        ratio = values[effect.key]
        share = values[effect.causal_share] if effect.causal_share else 1.0
        if effect.form == "profile":
            lasting.append(ExposureEffect(effect.driver, ratio, profiles[effect.profile]))
        elif effect.driver in traits:
            trait = TraitEffect.of(effect, ratio)
            if effect.age_from is None or effect.age_to is None:
                fixed.append(trait)
            else:
                windows.append(WindowEffect(trait, effect.age_from, effect.age_to))
        elif effect.driver in states:
            moving.append(StateEffect(effect.driver, effect.form == "ever", ratio**share))
            if effect.carrier:
                fixed.append(TraitEffect(effect.carrier, ratio ** (1.0 - share), level=1.0))
        else:
            moving.append(CounterEffect.of(effect, ratio**share))
    sexes = SEXES if row.person == CHILD and any(rate.sex for rate in rates) else ("",)
    own = {sex: [r for r in rates if not sex or r.sex in ("", sex)] for sex in sexes}
    return EventRule(
        name=row.name,
        person=row.person,
        place=place,
        clock=row.clock,
        requires=tuple(requires.items()),
        sets=tuple(row.sets.split()),
        clears=tuple(row.clears.split()),
        ends=row.ends,
        fixed=tuple(fixed),
        windows=tuple(windows),
        moving=tuple(moving),
        lasting=tuple(lasting),
        hazard={sex: _hazard(row, own[sex], values, factors, sex) for sex in sexes},
        at_age=_at_age(rates, values) if row.clock == "at" else math.nan,
        mass={sex: _mass(own[sex], values, factors, sex) for sex in sexes},
    )


def _hazard(
    event: EventRow, rows: Sequence[RateRow], values: Values, factors: Centring, sex: str
) -> Hazard:
    if event.clock == "since" and event.law != "table":
        return law_of(event.law, {row.quantity: values[row.key] for row in rows})
    if event.clock == "at":
        return Bands.of([])
    bands = []
    for row in rows:
        low = max(row.age_from or 0.0, 0.0)
        high = math.inf if row.age_to is None else row.age_to
        rate = values[row.key]
        if row.quantity == "probability":
            assert row.age_from is not None
            rate = -math.log1p(-rate) / (high - row.age_from)
        bands.append((low, high, rate * factors.get((row.key, sex), 1.0)))
    return Bands.of(bands)


def _mass(rows: Sequence[RateRow], values: Values, factors: Centring, sex: str) -> float:
    """Return the hazard mass of an ``at`` event: certain at an ``age``, none without a row."""
    mass = 0.0
    for row in rows:
        if row.quantity == "age":
            return math.inf
        if row.quantity == "probability" and values[row.key] < 1.0:
            mass = -math.log1p(-values[row.key]) * factors.get((row.key, sex), 1.0)
        elif row.quantity == "probability":
            mass = math.inf
    return mass


def _at_age(rows: Sequence[RateRow], values: Values) -> float:
    for row in rows:
        if row.quantity == "age":
            return values[row.key]
    return next(row.age_from for row in rows if row.age_from is not None)


def _profiles(model: Model, values: Values, entry: float, horizon: float) -> dict[str, Profile]:
    numbers: dict[str, dict[str, float]] = {}
    for row in model.table("profiles"):
        numbers.setdefault(row.profile, {})[row.quantity] = values[row.key]
    return {
        name: Profile.of(found["hold_to"], found["half_life"], found["floor"], entry, horizon)
        for name, found in numbers.items()
    }
