"""Clocks, ratios and accrual: the small compiled steps that the kernel is made of."""

import math
from typing import Any

import numpy as np

from babs_sim import randomness
from babs_sim.handover import Floats, Ints
from babs_sim.lifecourse.laws import TABLE, hazard_by, time_of
from babs_sim.lifecourse.machine import AGE, EVER, LEVEL, WHILE, Course, Machine
from babs_sim.speed import compiled, inlined

mix = inlined(randomness.mix)
_GOLDEN, _ONE, _S11 = randomness.GOLDEN, np.uint64(1), np.uint64(11)


@inlined
def threshold(key: Any, clock: Any, episode: int) -> float:
    """Return the exponential threshold of one episode of one clock."""
    bits = mix(key + clock + _GOLDEN * (np.uint64(episode) + _ONE))
    return -math.log((np.float64(bits >> _S11) + 0.5) * (1.0 / 9007199254740992.0))


@inlined
def year_of(t: float) -> int:
    """Return the year of follow-up of a time: 0 before the birth, then 1 + age."""
    return 0 if t < 0.0 else int(t) + 1


@inlined
def add_moments(
    cells: Floats, slots: Ints, i: int, j: int, year: int, low: float, high: float, weight: float
) -> None:
    """Add to ``cells[., j, year]`` the moments of a stay in [low, high) of that year.

    The groups are those of family ``i``, ``slots[i]``.
    """
    square, cube = high * high - low * low, high * high * high - low * low * low
    for k in range(slots.shape[1]):
        g = slots[i, k]
        cells[g, j, year, 0] += weight * (high - low)
        cells[g, j, year, 1] += weight * 0.5 * square
        cells[g, j, year, 2] += weight * cube * (1.0 / 3.0)


@inlined
def add_event(cells: Floats, slots: Ints, i: int, j: int, year: int, inside: float) -> None:
    """Add to ``cells[., j, year]`` one event at ``inside`` years from the start of that year."""
    for k in range(slots.shape[1]):
        g = slots[i, k]
        cells[g, j, year, 0] += 1.0
        cells[g, j, year, 1] += inside
        cells[g, j, year, 2] += inside * inside


@inlined
def add_stay(
    part: Floats, full: Floats, slots: Ints, i: int, s: int, a: float, b: float, entry: float
) -> None:
    """Add a stay in state ``s`` in [a, b): part years, and whole years as +1, -1."""
    if b <= a:
        return
    first, last = year_of(a), year_of(b)
    start = entry if first == 0 else first - 1.0
    if first == last:
        add_moments(part, slots, i, s, first, a - start, b - start, 1.0)
        return
    end = 0.0 if first == 0 else float(first)
    add_moments(part, slots, i, s, first, a - start, end - start, 1.0)
    for k in range(slots.shape[1]):
        full[slots[i, k], s, first + 1] += 1.0
        full[slots[i, k], s, last] -= 1.0
    if b > last - 1.0:
        add_moments(part, slots, i, s, last, 0.0, b - (last - 1.0), 1.0)


@inlined
def add_qalys(
    cells: Floats,
    slots: Ints,
    i: int,
    p: int,
    norm: Floats,
    row: int,
    age_at_birth: float,
    a: float,
    b: float,
    entry: float,
    utility: float,
) -> None:
    """Add utility-weighted time in [a, b); the norm is that of the age at the middle of a year."""
    year = year_of(a)
    while a < b:
        start = entry if year == 0 else year - 1.0
        end = 0.0 if year == 0 else float(year)
        age = int(age_at_birth + 0.5 * (start + end))
        weight = utility * norm[row, min(max(age, 0), 120)]
        add_moments(cells, slots, i, p, year, a - start, min(b, end) - start, weight)
        a = end
        year += 1


@inlined
def spend_age(m: Machine | Course, row: int, p: int, band: int, age: float) -> float:
    """Return the cumulative base hazard at an age that lies in ``band``."""
    return m.cumulative[row, band] + m.rate[row, band] * (age - m.edge[p, band])


@inlined
def age_of_hazard(m: Machine | Course, row: int, p: int, band: int, target: float) -> float:
    """Return the age at which the cumulative base hazard reaches ``target``; inf for never."""
    if target >= m.cumulative[row, m.bands[p]]:
        return math.inf
    low, high = band, m.bands[p] - 1
    while low < high:
        middle = (low + high + 1) >> 1
        if m.cumulative[row, middle] <= target:
            low = middle
        else:
            high = middle - 1
    return m.edge[p, low] + (target - m.cumulative[row, low]) / m.rate[row, low]


@compiled
def hazard_in_table(edges: Floats, hazards: Floats, first: int, last: int, u: float) -> float:
    """Return the cumulative hazard of a table (entries first to last) by the time ``u``."""
    for i in range(first, last):
        if u < edges[i + 1]:
            share = (u - edges[i]) / (edges[i + 1] - edges[i])
            return hazards[i] + share * (hazards[i + 1] - hazards[i])
    return hazards[last]


@compiled
def time_in_table(edges: Floats, hazards: Floats, first: int, last: int, target: float) -> float:
    """Return the time at which a table's cumulative hazard reaches ``target``; inf for never."""
    for i in range(first, last):
        if target < hazards[i + 1]:
            share = (target - hazards[i]) / (hazards[i + 1] - hazards[i])
            return edges[i] + share * (edges[i + 1] - edges[i])
    return math.inf


@inlined
def law_hazard(
    law: int, a: float, b: float, edges: Floats, hazards: Floats, first: int, after: int, u: float
) -> float:
    """Return the cumulative hazard of a `since` clock by the time ``u`` since it was enabled.

    Numbers rather than a machine are passed on: copying a machine costs more than the rest.
    """
    if law == TABLE:
        return hazard_in_table(edges, hazards, first, after - 1, u)
    return hazard_by(law, a, b, u)


@inlined
def law_time(
    law: int, a: float, b: float, edges: Floats, hazards: Floats, first: int, after: int,
    target: float,
) -> float:  # fmt: skip
    """Return the time at which a `since` clock's cumulative hazard reaches ``target``."""
    if law == TABLE:
        return time_in_table(edges, hazards, first, after - 1, target)
    return time_of(law, a, b, target)


@inlined
def bent(x: float, knot: float, beyond: float, cap: float) -> float:
    """Return ``x`` capped, with units beyond the knot counting ``beyond`` of one."""
    x = min(x, cap)
    return x if x <= knot else knot + beyond * (x - knot)


@compiled
def fixed_ratios(m: Machine, traits: Floats, i: int, fixed: Floats) -> None:
    """Set ``fixed`` (E,) to the products of the ratios of family ``i``'s traits.

    One call for all events: each call that passes a machine on counts references to its arrays.
    """
    for e in range(fixed.shape[0]):
        total = 0.0
        for j in range(m.trait_from[e], m.trait_from[e + 1]):
            x = traits[i, m.trait_index[j]]
            if m.trait_form[j] == LEVEL:
                if x == m.trait_level[j]:
                    total += m.trait_log[j]
            else:
                bend = bent(x, m.trait_knot[j], m.trait_beyond[j], m.trait_cap[j])
                total += m.trait_log[j] * bend
        fixed[e] = math.exp(total)


@inlined
def moving_ratio(m: Machine, e: int, on: Ints, ever: Ints, counter: Ints) -> float:
    """Return the product of the ratios of an event's states and counters."""
    ratio = 1.0
    for j in range(m.moving_from[e], m.moving_from[e + 1]):
        form, index = m.moving_form[j], m.moving_index[j]
        if form == WHILE:
            if on[index]:
                ratio *= m.moving_ratio[j]
        elif form == EVER:
            if ever[index]:
                ratio *= m.moving_ratio[j]
        else:
            units = bent(
                float(counter[index]), m.moving_knot[j], m.moving_beyond[j], m.moving_cap[j]
            )
            ratio *= math.exp(m.moving_ratio[j] * units)
    return ratio


@inlined
def fading_ratio(
    m: Machine | Course, e: int, excess: Floats, start: Floats, i: int, t: float, step: int
) -> float:
    """Return the product of an event's exposure ratios at ``t``, in ``step`` of the fade grid."""
    ratio = 1.0
    for j in range(m.fading_from[e], m.fading_from[e + 1]):
        if start[i, m.fading_exposure[j]] <= t:
            ratio *= 1.0 + excess[j] * m.fade[m.fading_profile[j], step]
    return ratio


@compiled
def walk(
    m: Machine | Course,
    e: int,
    row: int,
    ratio: float,
    excess: Floats,
    start: Floats,
    i: int,
    shift: float,
    enabled_at: float,
    t: float,
    until: float,
    left: float,
    band: int,
    step: int,
) -> tuple[float, float]:
    """Spend hazard from ``t`` on where exposures fade; return (time fired, hazard left).

    The time is inf where ``until`` comes first.  Inside a step of the fade grid the ratio is
    constant.  ``band`` and ``step`` are those of ``t`` on the age grid and on the fade grid.
    """
    p, by_age = m.person[e], m.kind[e] == AGE
    last = 0
    for j in range(m.fading_from[e], m.fading_from[e + 1]):
        last = max(last, m.fade_last[m.fading_profile[j]])
    spent = (
        spend_age(m, row, p, band, t + shift)
        if by_age
        else law_hazard(
            m.law[e],
            m.law_a[e],
            m.law_b[e],
            m.table_edge,
            m.table_hazard,
            m.table_from[e],
            m.table_from[e + 1],
            t - enabled_at,
        )
    )
    while t < until:
        end = until
        if step < last:
            end = min(end, m.fade_edge[step + 1])
        for j in range(m.fading_from[e], m.fading_from[e + 1]):
            if start[i, m.fading_exposure[j]] > t:
                end = min(end, start[i, m.fading_exposure[j]])
        speed = ratio * fading_ratio(m, e, excess, start, i, t, step)
        band_at_end = band
        if by_age:
            while band_at_end < m.bands[p] - 1 and m.edge[p, band_at_end + 1] <= end + shift:
                band_at_end += 1
            by_end = spend_age(m, row, p, band_at_end, end + shift)
        else:
            by_end = law_hazard(
                m.law[e],
                m.law_a[e],
                m.law_b[e],
                m.table_edge,
                m.table_hazard,
                m.table_from[e],
                m.table_from[e + 1],
                end - enabled_at,
            )
        hazard = speed * (by_end - spent)
        if left <= hazard and hazard > 0.0:
            if by_age:
                reached = age_of_hazard(m, row, p, band, spent + left / speed) - shift
            else:
                reached = enabled_at + law_time(
                    m.law[e],
                    m.law_a[e],
                    m.law_b[e],
                    m.table_edge,
                    m.table_hazard,
                    m.table_from[e],
                    m.table_from[e + 1],
                    spent + left / speed,
                )
            return min(max(reached, t), end), 0.0
        left -= hazard
        t, spent, band = end, by_end, band_at_end
        if step < last and m.fade_edge[step + 1] <= t:
            step += 1
    return math.inf, left


@compiled
def note_exposure(
    edge: Floats,
    bands: int,
    row: int,
    shift: float,
    p: int,
    a: float,
    b: float,
    weight: float,
    into: Floats,
) -> None:
    """Add ``weight`` x time in [a, b) to the bands of one row, for centring."""
    band = 0
    while band < bands - 1 and edge[p, band + 1] <= a + shift:
        band += 1
    while a < b:
        end = min(b, edge[p, band + 1] - shift) if band < bands - 1 else b
        into[row, band] += weight * (end - a)
        a = end
        band = min(band + 1, bands - 1)


@inlined
def satisfied(states: Ints, wanted: Ints, low: int, high: int, on: Ints) -> bool:
    """Return whether every listed state is on or off as wanted."""
    for j in range(low, high):  # noqa: SIM110 (numba compiles no generators)
        if on[states[j]] != wanted[j]:
            return False
    return True
