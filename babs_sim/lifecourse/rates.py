"""Published numbers of clocks: rates on the age grid, masses, laws and tables."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np

from babs_sim.handover import Floats, Ints
from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import EffectRow, EventRow, RateRow

PERSONS = {"mother": 0, "child": 1}


class Blocks:
    """Collects the rows of rates: one block for each event and sex, one row for each key in it."""

    def __init__(self, bands: int) -> None:
        self.bands = bands
        self.names: list[tuple[str, str]] = []
        self.published: list[Floats] = []
        self.mass: list[float] = []
        self.piece: list[Ints] = []
        self.keyed: list[Floats] = []
        self.owner: list[int] = []

    def add(
        self,
        event: EventRow,
        mine: Sequence[RateRow],
        values: Values,
        edges: Sequence[float],
        window: Sequence[EffectRow],
        model: Model,
        traits: tuple[str, ...],
        sex_trait: int,
    ) -> list[tuple[int, int, int, int]]:
        """Add one event's rows; return its keys as (trait, first level, levels, stride)."""
        by_sex = any(row.sex for row in mine) and event.person == "child"
        sexes = ("female", "male") if by_sex else ("",)
        keyed_traits = sorted({row.driver for row in window})
        levels = [levels_of(model, name) for name in keyed_traits]
        variants = math.prod(len(level) for level in levels)
        for sex in sexes:
            taken = ("", sex) if by_sex else ("", "female")
            block = [row for row in mine if row.sex in taken]
            rate, piece, mass = _published(event, block, values, edges, self.bands)
            self.names.append((event.name, sex))
            self.published.append(rate)
            self.piece.append(piece)
            self.mass.append(mass)
            windows = [_window(row, values, edges) for row in window]
            for variant in range(variants):
                ratio = np.ones(self.bands)
                rest = variant
                for name, level in zip(reversed(keyed_traits), reversed(levels), strict=True):
                    rest, place = divmod(rest, len(level))
                    _apply_windows(ratio, windows, name, level[place])
                self.keyed.append(ratio)
                self.owner.append(len(self.names) - 1)
        keys, stride = [], 1
        for name, level in zip(reversed(keyed_traits), reversed(levels), strict=True):
            keys.append((traits.index(name), int(level[0]), len(level), stride))
            stride *= len(level)
        if by_sex:
            keys.append((sex_trait, 0, 2, stride))
        return keys


def _window(
    row: EffectRow, values: Values, edges: Sequence[float]
) -> tuple[EffectRow, float, Sequence[int]]:
    """Return an effect that holds at some ages only, its log ratio and the bands it holds in."""
    assert row.age_from is not None and row.age_to is not None
    bands = [k for k, low in enumerate(edges[:-1]) if row.age_from <= low < row.age_to]
    return row, math.log(values[row.key]), bands


def _apply_windows(
    ratio: Floats,
    windows: Sequence[tuple[EffectRow, float, Sequence[int]]],
    name: str,
    level: float,
) -> None:
    for row, log, bands in windows:
        if row.driver == name and bands:
            units = float(row.level == level) if row.form == "level" else units_of(row, level)
            ratio[bands[0] : bands[-1] + 1] *= math.exp(log * units)


def units_of(row: EffectRow, level: float) -> float:
    """Return how many units a level counts, with the row's knot and cap."""
    level = level if row.cap is None else min(level, row.cap)
    if row.knot is None or level <= row.knot:
        return level
    return row.knot + row.beyond * (level - row.knot)


def levels_of(model: Model, trait: str) -> list[float]:
    """Return the levels of a trait, in order: whole numbers without gaps, else ValueError."""
    found = sorted(float(row.level) for row in model.table("trait_levels") if row.trait == trait)
    if found != [found[0] + i for i in range(len(found))]:
        raise ValueError(f"levels of {trait} must be whole numbers without gaps")
    return found


def _published(
    event: EventRow, block: Sequence[RateRow], values: Values, edges: Sequence[float], bands: int
) -> tuple[Floats, Ints, float]:
    rate, piece = np.zeros(bands), np.full(bands, -1, np.int64)
    mass = math.inf if any(row.quantity == "age" for row in block) else 0.0
    for i, row in enumerate(block):
        if event.clock == "at":
            if row.quantity == "probability":
                p = values[row.key]
                mass = -math.log1p(-p) if p < 1.0 else math.inf
            continue
        if event.clock != "age":
            continue
        low = -math.inf if row.age_from is None else row.age_from
        high = math.inf if row.age_to is None else row.age_to
        value = values[row.key]
        if row.quantity == "probability":
            value = -math.log1p(-value) / (high - low)
        start = max(low, 0.0)
        first, last = bisect_left(edges, start), bisect_left(edges, high)
        rate[first : min(last, len(edges) - 1)] = value
        piece[first : min(last, len(edges) - 1)] = i
    return rate, piece, mass


def age_grid(
    events: Sequence[EventRow],
    rates: Mapping[str, Sequence[RateRow]],
    windowed: Sequence[EffectRow],
    entry: float,
    horizon: float,
) -> list[list[float]]:
    """Return the limits of the age bands that all events of a person share, mother then child."""
    grid: list[set[float]] = [{0.0}, {min(entry, 0.0), 0.0}]
    person = {row.name: PERSONS[row.person] for row in events}
    for event in events:
        if event.clock == "age":
            for row in rates.get(event.name, ()):
                grid[person[event.name]].update(
                    a for a in (row.age_from, row.age_to) if a is not None
                )
    for effect in windowed:
        if effect.event in person:
            grid[person[effect.event]].update(
                a for a in (effect.age_from, effect.age_to) if a is not None
            )
    top = [horizon + 100.0, horizon]
    return [[*sorted(a for a in grid[p] if a < top[p]), top[p]] for p in range(2)]


def law_numbers(mine: Sequence[RateRow], values: Values, law: str) -> tuple[float, float]:
    """Return the two numbers of a law of `since`, zeros where it has none."""
    names = {
        "exponential": ("rate", "rate"),
        "weibull": ("shape", "scale"),
        "gompertz": ("start", "growth"),
        "lognormal": ("median", "sigma"),
    }
    if law not in names:
        return 0.0, 0.0
    found: dict[str, float] = {row.quantity: values[row.key] for row in mine}
    a, b = names[law]
    return found[a], found[b]


def law_table(mine: Sequence[RateRow], values: Values) -> tuple[list[float], list[float]]:
    """Return edges (years since enabled) and cumulative hazards at them, of the law ``table``."""
    rows = sorted(mine, key=lambda row: row.age_from or 0.0)
    edges, hazards = [0.0], [0.0]
    for row in rows:
        low = row.age_from or 0.0
        high = 1000.0 if row.age_to is None else row.age_to
        if low > edges[-1]:
            edges.append(low)
            hazards.append(hazards[-1])
        value = values[row.key]
        area = -math.log1p(-value) if row.quantity == "probability" else value * (high - low)
        edges.append(high)
        hazards.append(hazards[-1] + area)
    return edges, hazards


def fixed_age(mine: Sequence[RateRow], values: Values) -> float:
    """Return the age, in years, of an ``at`` event."""
    for row in mine:
        if row.quantity == "age":
            return values[row.key]
    return next(row.age_from for row in mine if row.age_from is not None)
