"""The ledger of quantities from lives: counts, person-years, onsets, activities, QALYs, ACEs.

Each is kept by year of follow-up with three moments, as `babs_sim.handover` says: the sums of q,
q x and q x^2, with x the time since the start of its year.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from babs_sim.handover import Exposure, Floats, Ledger
from babs_sim.reference.family import Life
from babs_sim.reference.rules import CHILD, MOTHER, Rules

OLDEST = 120


def ledger_of(rules: Rules, lives: Sequence[Life], exposure: Exposure, first: int = 0) -> Ledger:
    """Return the ledger of some families as one block.

    ``exposure`` holds the activities of families ``first`` on.
    """
    events = tuple(event.name for event in rules.events)
    states = tuple(sorted(state.name for state in rules.states))
    years = math.ceil(rules.horizon) + 1
    count = np.zeros((1, len(events), years, 3))
    stays = np.zeros((1, len(states), years, 3))
    onsets = np.zeros((1, len(states), years, 3))
    activity = np.zeros((1, len(exposure.activities), years, 3))
    qalys = np.zeros((1, 2, years, 3))
    counted = {state.name for state in rules.states if state.ace}
    aces = np.zeros((1, len(counted), years, 3))
    for life in lives:
        for time, event in life.events:
            add_moment(count[0, events.index(event)], time, rules.entry)
        for time, state in life.onsets:
            add_moment(onsets[0, states.index(state)], time, rules.entry)
        came = [time for time, state in life.onsets if state in counted]
        for number, time in enumerate(came):
            add_moment(aces[0, number], time, rules.entry)
        for spell in life.spells:
            add_stay(stays[0, states.index(spell.state)], spell.begins, spell.ends, rules.entry)
        for a, time in enumerate(exposure.activity[life.family - first]):
            if time < years - 1:
                row = life.family - first
                amount = 1.0 if exposure.amount is None else float(exposure.amount[row, a])
                add_moment(activity[0, a], time, rules.entry, amount)
        for p, person in enumerate((MOTHER, CHILD)):
            for begins, ends, utility in utility_of(rules, life, person):
                add_stay(qalys[0, p], begins, ends, rules.entry, utility)
    families = np.array([float(len(lives))])
    return Ledger(
        rules.entry, events, states, exposure.activities, families, count, stays, onsets, activity,
        qalys, aces,
    )  # fmt: skip


def year_of(time: float) -> int:
    """Return the year of follow-up: 0 before the birth, then 1 + age of the child."""
    return 0 if time < 0.0 else math.floor(time) + 1


def year_start(year: int, entry: float) -> float:
    """Return when a year of follow-up begins, as an age of the child."""
    return entry if year == 0 else year - 1.0


def years_between(begins: float, ends: float) -> Iterator[tuple[int, float, float]]:
    """Yield (year, from, to) for each year of follow-up that a stretch of time touches.

    >>> list(years_between(-0.25, 1.5))
    [(0, -0.25, 0.0), (1, 0.0, 1.0), (2, 1.0, 1.5)]
    """
    while begins < ends:
        year = year_of(begins)
        until = min(float(year), ends)
        yield year, begins, until
        begins = until


def add_moment(cells: Floats, time: float, entry: float, amount: float = 1.0) -> None:
    """Add one event, or ``amount`` of something at once, to ``cells`` (Y, 3)."""
    year = year_of(time)
    inside = time - year_start(year, entry)
    cells[year] += (amount, amount * inside, amount * inside**2)


def add_stay(cells: Floats, begins: float, ends: float, entry: float, weight: float = 1.0) -> None:
    """Add a stay of ``weight`` a year to ``cells`` (Y, 3)."""
    for year, a, b in years_between(begins, ends):
        a, b = a - year_start(year, entry), b - year_start(year, entry)
        cells[year] += [weight * (b**k - a**k) / k for k in (1, 2, 3)]


def utility_of(rules: Rules, life: Life, person: str) -> Iterator[tuple[float, float, float]]:
    """Yield (from, to, utility) of a person: the norm times the ratios of the states that are on.

    The norm is that of the age last birthday in the middle of the year of follow-up.  A person
    without a state that says that they live has none.
    """
    if person not in rules.alive:
        return
    mine = {s.name for s in rules.states if s.person == person and s.name in rules.utilities}
    spells = [spell for spell in life.spells if spell.state in mine]
    sex = "female"
    if person == CHILD and rules.sex and life.traits[rules.sex] == 1.0:
        sex = "male"
    ratios = [
        one.ratio
        for one in rules.norm_ratios
        if person in one.persons and life.traits[one.trait] == one.level
    ]
    norm = norm_by_age(rules.norms[sex]) * math.prod(ratios)
    older = life.traits[rules.mother_age] if person == MOTHER and rules.mother_age else 0.0
    for alive in (spell for spell in life.spells if spell.state == rules.alive[person]):
        moments = {alive.begins, alive.ends}
        moments |= {t for s in spells for t in (s.begins, s.ends) if alive.begins < t < alive.ends}
        ordered = sorted(moments)
        for begins, ends in pairwise(ordered):
            on = {spell.state for spell in spells if spell.begins <= begins < spell.ends}
            ratio = math.prod(rules.utilities[state] for state in sorted(on))
            for year, a, b in years_between(begins, ends):
                middle = (year_start(year, rules.entry) + year) / 2.0
                age = min(max(math.floor(older + middle), 0), OLDEST)
                yield a, b, ratio * norm[age]


def norm_by_age(known: Mapping[int, float]) -> Floats:
    """Return the norm at each age to 120: in a straight line between the ages that are known."""
    if not known:
        return np.ones(OLDEST + 1)
    ages = sorted(age for age in known if age <= OLDEST)
    return np.interp(np.arange(OLDEST + 1), ages, [known[age] for age in ages])
