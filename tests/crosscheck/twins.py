"""Run families through both engines, and say where they differ."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from babs_sim.handover import Exposure, Families, Ledger
from babs_sim.lifecourse.compiling import Compiled
from babs_sim.parameters import Model, Values
from babs_sim.randomness import seed_key
from babs_sim.reference import ledger_of, rules_of
from babs_sim.reference import live_families as live_readable
from babs_sim.simulate.blocks import Tally, live_families
from babs_sim.simulate.centring import Factors
from babs_sim.simulate.factors import factors_by_row

YEARS_APART = 1e-9
SHARE_APART = 1e-9
QUANTITIES = ("count", "years", "first", "activity", "qalys", "aces")


@dataclass(frozen=True)
class Twins:
    """What both engines made of the same families."""

    events: int
    differences: tuple[str, ...]
    apart: float


def compare(
    model: Model,
    values: Values,
    compiled: Compiled,
    factors: Factors,
    families: Families,
    exposure: Exposure,
    seed: int,
) -> Twins:
    """Return how two engines differ: events, times, and every number of the ledger.

    ``compiled`` has rates as published; both engines get the same centring ``factors``.
    """
    number = len(families.traits)
    tally = Tally.empty(compiled, len(exposure.activities))
    room = 2_000 * number
    centred = compiled.scaled(*factors)
    log = live_families(centred, families, exposure, seed_key(seed), tally, log=room)
    assert len(log.time) < room
    horizon = compiled.machine.horizon
    rules = rules_of(model, values, horizon, factors_by_row(model, compiled, factors))
    lives = live_readable(rules, seed, families, exposure)
    ledger = ledger_of(rules, lives, exposure, families.first)
    found: list[str] = []
    apart = 0.0
    for i, life in enumerate(lives):
        mine = log.family == families.first + i
        names = [compiled.names.events[e] for e in log.event[mine]]
        times = log.time[mine]
        if names != [event for _, event in life.events]:
            fast = [(round(float(t), 6), e) for t, e in zip(times, names, strict=True)]
            slow = [(round(t, 6), e) for t, e in life.events]
            found.append(f"family {life.family}: kernel {fast}, twin {slow}")
        elif names:
            apart = max(apart, float(np.abs(times - [t for t, _ in life.events]).max()))
    if apart > YEARS_APART:
        found.append(f"times are {apart:.3g} years apart")
    assert ledger.events == compiled.names.events and ledger.states == compiled.names.states
    found += _unlike(tally, ledger)
    return Twins(len(log.time), tuple(found), apart)


def _unlike(tally: Tally, ledger: Ledger) -> Iterator[str]:
    for name, fast in zip(QUANTITIES, tally.quantities(), strict=True):
        slow = getattr(ledger, name)[0]
        assert fast.shape == slow.shape
        wrong = np.abs(fast - slow) > SHARE_APART * np.maximum(np.abs(fast), np.abs(slow))
        # Differences of products leave rounding of a few units in the last place of the sum.
        wrong &= np.abs(fast - slow) > 1e-12 * max(1.0, float(np.abs(fast).max(initial=0.0)))
        for place in np.argwhere(wrong)[:3]:
            at = tuple(place)
            yield f"{name} {at}: kernel {fast[at]!r}, twin {slow[at]!r}"
