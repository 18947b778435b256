"""The next-event kernel: lives of families by kept thresholds (random time change).

Each event has one clock.  Its threshold is exponential; it fires when the integral of its hazard
reaches the threshold.  A change of a driver settles the hazard spent so far and gives the clock a
new time; a clock that no change concerns is not touched.  Semantics: Anderson (2007), Gibson and
Bruck (2000), Glynn (1989).
"""

import math
from typing import Any

import numpy as np

from babs_sim.handover import Floats, Ints
from babs_sim.lifecourse.clocks import (
    add_event,
    add_qalys,
    add_stay,
    age_of_hazard,
    fading_ratio,
    fixed_ratios,
    law_hazard,
    law_time,
    mix,
    moving_ratio,
    note_exposure,
    satisfied,
    spend_age,
    threshold,
    walk,
    year_of,
)
from babs_sim.lifecourse.machine import AGE, AT, SINCE, Course, Machine
from babs_sim.randomness import GOLDEN
from babs_sim.speed import borrowed, compiled

_GOLDEN, _ONE = GOLDEN, np.uint64(1)


@compiled
def live(
    m: Machine,
    key0: Any,
    first: int,
    traits: Floats,
    slots: Ints,
    start: Floats,
    dose: Floats,
    count: Floats,
    stay: Floats,
    whole: Floats,
    onset: Floats,
    qalys: Floats,
    aces: Floats,
    centring: bool,
    risk: Floats,
    hazard: Floats,
    log_family: Ints,
    log_event: Ints,
    log_time: Floats,
) -> int:
    """Run families [first, first + n) through a machine and add what happens to the ledger.

    ``traits`` (n, T), ``start`` and ``dose`` (n, X); ``key0`` the seed's key.  What happens to
    family i is added in each of the G groups that ``slots`` (n, .) names: to ``count``
    (G, E, Y + 1, 3), ``stay`` (G, S, Y + 1, 3) and ``whole`` (G, S, Y + 2) (part years, and whole
    years as differences), ``onset`` (G, S, Y + 1, 3), ``qalys`` (G, 2, Y + 1, 3), ``aces``
    (G, N, Y + 1, 3) (children whose ACEs have come to 1, 2, ...).  With ``centring`` also to
    ``risk`` and ``hazard`` (R, K): time at risk, and ratio x time enabled (AT: people, and chance
    of firing, in column 0).  Events go to the three log arrays as far as they reach; returns how
    many events there were.
    """
    m, traits, slots, start, dose = borrowed((m, traits, slots, start, dose))
    count, stay, whole, onset, qalys, aces = borrowed((count, stay, whole, onset, qalys, aces))
    events, states, people = m.person.shape[0], m.state_person.shape[0], traits.shape[0]
    fadings = m.fading_log.shape[0]
    on, ever = np.zeros(states, np.int64), np.zeros(states, np.int64)
    since = np.zeros(states)
    counter = np.zeros(m.count_follower_from.shape[0] - 1, np.int64)
    fixed, ratio = np.zeros(events), np.zeros(events)
    left, updated, spent = np.zeros(events), np.zeros(events), np.zeros(events)
    enabled_at, next_time = np.zeros(events), np.zeros(events + 1)
    risk_since = np.zeros(events)
    enabled, at_risk, done = (
        np.zeros(events, np.int64), np.zeros(events, np.int64), np.zeros(events, np.int64)
    )  # fmt: skip
    episode, row, fades = (
        np.zeros(events, np.int64), np.zeros(events, np.int64), np.zeros(events, np.int64)
    )  # fmt: skip
    excess = np.zeros(fadings)
    todo, listed = np.zeros(events, np.int64), np.zeros(events, np.int64)
    band, shift, wellbeing, valued = (
        np.zeros(2, np.int64), np.zeros(2), np.zeros(2), np.zeros(2)
    )  # fmt: skip
    norm_row = np.zeros(2, np.int64)
    band_then, step_then = np.zeros(events, np.int64), np.zeros(events, np.int64)
    swiftest = np.ones(events)
    steps = m.fade.shape[1]
    course = Course(
        m.person, m.kind, m.edge, m.bands, m.rate, m.cumulative, m.law, m.law_a, m.law_b,
        m.table_from, m.table_edge, m.table_hazard, m.fading_from, m.fading_exposure,
        m.fading_profile, m.fade_edge, m.fade, m.fade_last,
    )  # fmt: skip
    logged = 0
    birth = events
    for i in range(people):
        key = mix(key0 + _GOLDEN * (np.uint64(first + i) + _ONE))
        t = m.entry
        step = 0
        shift[0] = traits[i, m.age_trait] if m.age_trait >= 0 else 0.0
        for p in range(2):
            place = m.norm_row[p]
            for j in range(m.norm_from[p], m.norm_from[p + 1]):
                level = int(traits[i, m.norm_trait[j]]) - m.norm_base[j]
                place += m.norm_stride[j] * min(max(level, 0), m.norm_size[j] - 1)
            norm_row[p] = place
        band[0], band[1], valued[0], valued[1] = 0, 0, t, t
        wellbeing[0], wellbeing[1] = 0.0, 0.0
        counter[:] = 0
        for s in range(states):
            p = m.state_person[s]
            lives = p == 0 or m.entry >= 0.0
            begins = s == m.alive[p] or (
                m.state_trait[s] >= 0 and traits[i, m.state_trait[s]] > 0.0
            )
            on[s] = ever[s] = 1 if lives and begins else 0
            since[s] = t
            if on[s]:
                add_event(onset, slots, i, s, year_of(t), 0.0)
                if m.state_ace[s]:
                    add_event(aces, slots, i, counter[0], year_of(t), 0.0)
                    counter[0] += 1
        fixed_ratios(m, traits, i, fixed)
        for e in range(events):
            place = m.row[e]
            for j in range(m.key_from[e], m.key_from[e + 1]):
                level = int(traits[i, m.key_trait[j]]) - m.key_base[j]
                place += m.key_stride[j] * min(max(level, 0), m.key_size[j] - 1)
            row[e] = place
            fades[e] = 0
            swiftest[e] = 1.0
            for j in range(m.fading_from[e], m.fading_from[e + 1]):
                x = m.fading_exposure[j]
                excess[j] = 0.0
                if start[i, x] < math.inf:
                    excess[j] = math.expm1(dose[i, x] * m.fading_log[j])
                    if excess[j] != 0.0:
                        fades[e] = 1
                        swiftest[e] *= max(1.0, 1.0 + excess[j])
            enabled[e] = at_risk[e] = done[e] = episode[e] = 0
            left[e] = -1.0
            next_time[e] = math.inf
            todo[e] = e
            listed[e] = 1
        next_time[birth] = 0.0 if m.entry < 0.0 else math.inf
        n_todo = events
        changed0, changed1 = True, True
        while True:
            # Look again at every clock that a change may concern.
            while step < steps - 1 and m.fade_edge[step + 1] <= t:
                step += 1
            for p in range(2):
                age = t + shift[p]
                while band[p] < m.bands[p] - 1 and m.edge[p, band[p] + 1] <= age:
                    band[p] += 1
            for k in range(n_todo):
                e = todo[k]
                listed[e] = 0
                p, kind = m.person[e], m.kind[e]
                if centring and m.centred[e] and kind == AGE:
                    over = satisfied(
                        m.over_state, m.over_on, m.over_from[e], m.over_from[e + 1], on
                    )
                    if over != (at_risk[e] == 1):
                        if at_risk[e]:
                            note_exposure(
                                m.edge, m.bands[p], row[e], shift[p], p, risk_since[e], t, 1.0, risk
                            )
                        at_risk[e] = 1 if over else 0
                        risk_since[e] = t
                able = done[e] == 0 and satisfied(
                    m.need_state, m.need_on, m.need_from[e], m.need_from[e + 1], on
                )
                new = fixed[e] * moving_ratio(m, e, on, ever, counter) if able else 0.0
                if able == (enabled[e] == 1) and new == ratio[e]:
                    continue
                if kind == AT:
                    enabled[e], ratio[e] = (1 if able else 0), new
                    due = m.at_age[e] - shift[p]
                    next_time[e] = due if able and due >= t else math.inf
                    continue
                if enabled[e]:
                    if centring and m.centred[e]:
                        note_exposure(
                            m.edge, m.bands[p], row[e], shift[p], p, updated[e], t, ratio[e], hazard
                        )
                    if fades[e]:
                        _, left[e] = walk(
                            course,
                            e,
                            row[e],
                            ratio[e],
                            excess,
                            start,
                            i,
                            shift[p],
                            enabled_at[e],
                            updated[e],
                            t,
                            left[e],
                            band_then[e],
                            step_then[e],
                        )
                    elif kind == AGE:
                        now = spend_age(m, row[e], p, band[p], t + shift[p])
                        left[e] -= ratio[e] * (now - spent[e])
                    else:
                        now = law_hazard(
                            m.law[e],
                            m.law_a[e],
                            m.law_b[e],
                            m.table_edge,
                            m.table_hazard,
                            m.table_from[e],
                            m.table_from[e + 1],
                            t - enabled_at[e],
                        )
                        left[e] -= ratio[e] * (now - spent[e])
                    left[e] = max(left[e], 0.0)
                if able and not enabled[e] and kind == SINCE:
                    enabled_at[e] = t
                    left[e] = threshold(key, m.clock[e], episode[e])
                    episode[e] += 1
                if able and kind == AGE and left[e] < 0.0:
                    left[e] = threshold(key, m.clock[e], episode[e])
                enabled[e], ratio[e], updated[e] = (1 if able else 0), new, t
                next_time[e] = math.inf
                if not able or new <= 0.0:
                    continue
                if fades[e]:
                    band_then[e], step_then[e] = band[p], step
                    if kind == AGE:
                        most = m.cumulative[row[e], m.bands[p]] - spend_age(
                            m, row[e], p, band[p], t + shift[p]
                        )
                        if left[e] > new * swiftest[e] * most:
                            continue
                    next_time[e], _ = walk(
                        course,
                        e,
                        row[e],
                        new,
                        excess,
                        start,
                        i,
                        shift[p],
                        enabled_at[e],
                        t,
                        m.horizon,
                        left[e],
                        band[p],
                        step,
                    )
                elif kind == AGE:
                    spent[e] = spend_age(m, row[e], p, band[p], t + shift[p])
                    age = age_of_hazard(m, row[e], p, band[p], spent[e] + left[e] / new)
                    next_time[e] = max(age - shift[p], t)
                else:
                    spent[e] = law_hazard(
                        m.law[e],
                        m.law_a[e],
                        m.law_b[e],
                        m.table_edge,
                        m.table_hazard,
                        m.table_from[e],
                        m.table_from[e + 1],
                        t - enabled_at[e],
                    )
                    reached = law_time(
                        m.law[e],
                        m.law_a[e],
                        m.law_b[e],
                        m.table_edge,
                        m.table_hazard,
                        m.table_from[e],
                        m.table_from[e + 1],
                        spent[e] + left[e] / new,
                    )
                    next_time[e] = max(enabled_at[e] + reached, t)
            n_todo = 0
            for p in range(2):
                if (changed0 if p == 0 else changed1) and m.alive[p] >= 0:
                    if wellbeing[p] > 0.0:
                        add_qalys(
                            qalys,
                            slots,
                            i,
                            p,
                            m.norm,
                            norm_row[p],
                            shift[p],
                            valued[p],
                            t,
                            m.entry,
                            wellbeing[p],
                        )
                    valued[p] = t
                    wellbeing[p] = 1.0 if on[m.alive[p]] else 0.0
                    for j in range(m.utility_from[p], m.utility_from[p + 1]):
                        if on[m.utility_state[j]]:
                            wellbeing[p] *= m.utility_ratio[j]
            changed0, changed1 = False, False

            # The next event.
            e = birth
            for j in range(events):
                if next_time[j] < next_time[e]:
                    e = j
            if next_time[birth] == next_time[e]:
                e = birth
            if next_time[e] >= m.horizon:
                break
            t = next_time[e]
            year = year_of(t)
            inside = t - (m.entry if year == 0 else year - 1.0)
            if e == birth:
                next_time[birth] = math.inf
                for s in range(states):
                    if m.state_person[s] == 1 and (
                        s == m.alive[1]
                        or (m.state_trait[s] >= 0 and traits[i, m.state_trait[s]] > 0.0)
                    ):
                        on[s] = ever[s] = 1
                        since[s] = t
                        add_event(onset, slots, i, s, year, 0.0)
                        if m.state_ace[s]:
                            add_event(aces, slots, i, counter[0], year, 0.0)
                            counter[0] += 1
                for j in range(events):
                    todo[j] = j
                    listed[j] = 1
                n_todo = events
                changed1 = True
                continue
            if m.kind[e] == AT:
                done[e] = 1
                next_time[e] = math.inf
                mass = m.mass[row[e]] * ratio[e]
                if fades[e]:
                    while step < steps - 1 and m.fade_edge[step + 1] <= t:
                        step += 1
                    mass *= fading_ratio(m, e, excess, start, i, t, step)
                if centring and m.centred[e]:
                    risk[row[e], 0] += 1.0
                    hazard[row[e], 0] -= math.expm1(-mass)
                enabled[e] = 0
                if threshold(key, m.clock[e], 0) > mass:
                    continue
            elif m.kind[e] == AGE:
                if centring and m.centred[e]:
                    note_exposure(
                        m.edge,
                        m.bands[m.person[e]],
                        row[e],
                        shift[m.person[e]],
                        m.person[e],
                        updated[e],
                        t,
                        ratio[e],
                        hazard,
                    )
                episode[e] += 1
                left[e] = -1.0
                enabled[e] = 0
            else:
                enabled[e] = 0
            add_event(count, slots, i, e, year, inside)
            if logged < log_time.shape[0]:
                log_family[logged], log_event[logged], log_time[logged] = first + i, e, t
            logged += 1
            todo[0] = e
            listed[e] = 1
            n_todo = 1
            if m.counter_of[e] >= 0:
                c = m.counter_of[e]
                counter[c] += 1
                for j in range(m.count_follower_from[c], m.count_follower_from[c + 1]):
                    f = m.count_follower[j]
                    if not listed[f]:
                        listed[f] = 1
                        todo[n_todo] = f
                        n_todo += 1
            adversities = counter[0]
            dies = m.ends[e]
            # States that go off, then states that come on.
            n_clear = m.clear_from[e + 1] - m.clear_from[e]
            for j in range(n_clear + states if dies >= 0 else n_clear):
                s = m.clear_state[m.clear_from[e] + j] if j < n_clear else j - n_clear
                if on[s] and (j < n_clear or m.state_person[s] == dies):
                    on[s] = 0
                    add_stay(stay, whole, slots, i, s, since[s], t, m.entry)
                    changed0 = changed0 or m.state_person[s] == 0
                    changed1 = changed1 or m.state_person[s] == 1
                    for q in range(m.follower_from[s], m.follower_from[s + 1]):
                        f = m.follower[q]
                        if not listed[f]:
                            listed[f] = 1
                            todo[n_todo] = f
                            n_todo += 1
            for j in range(m.set_from[e], m.set_from[e + 1]):
                s = m.set_state[j]
                if not on[s] and (m.alive[m.state_person[s]] < 0 or on[m.alive[m.state_person[s]]]):
                    on[s] = 1
                    since[s] = t
                    if not ever[s]:
                        ever[s] = 1
                        if m.state_ace[s]:
                            add_event(aces, slots, i, counter[0], year, inside)
                            counter[0] += 1
                        add_event(onset, slots, i, s, year, inside)
                    changed0 = changed0 or m.state_person[s] == 0
                    changed1 = changed1 or m.state_person[s] == 1
                    for q in range(m.follower_from[s], m.follower_from[s + 1]):
                        f = m.follower[q]
                        if not listed[f]:
                            listed[f] = 1
                            todo[n_todo] = f
                            n_todo += 1
            if counter[0] != adversities:
                for j in range(m.count_follower_from[0], m.count_follower_from[1]):
                    f = m.count_follower[j]
                    if not listed[f]:
                        listed[f] = 1
                        todo[n_todo] = f
                        n_todo += 1

        # The end of follow-up.
        t = m.horizon
        for s in range(states):
            if on[s]:
                add_stay(stay, whole, slots, i, s, since[s], t, m.entry)
        for p in range(2):
            if m.alive[p] >= 0 and wellbeing[p] > 0.0:
                add_qalys(
                    qalys,
                    slots,
                    i,
                    p,
                    m.norm,
                    norm_row[p],
                    shift[p],
                    valued[p],
                    t,
                    m.entry,
                    wellbeing[p],
                )
        if centring:
            for e in range(events):
                p = m.person[e]
                if m.centred[e] and m.kind[e] == AGE:
                    if enabled[e]:
                        note_exposure(
                            m.edge, m.bands[p], row[e], shift[p], p, updated[e], t, ratio[e], hazard
                        )
                    if at_risk[e]:
                        note_exposure(
                            m.edge, m.bands[p], row[e], shift[p], p, risk_since[e], t, 1.0, risk
                        )
    return logged
