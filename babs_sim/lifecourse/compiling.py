"""From tables and values to a `Machine`: names become numbers, ratios become logarithms."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from babs_sim.handover import Floats, Ints
from babs_sim.lifecourse.driving import Drivers, drivers_of, fade_weights, lists
from babs_sim.lifecourse.laws import LAWS, TABLE
from babs_sim.lifecourse.machine import AGE, AT, SINCE, Machine, Names
from babs_sim.lifecourse.norms import norm_rows
from babs_sim.lifecourse.rates import (
    PERSONS,
    Blocks,
    age_grid,
    fixed_age,
    law_numbers,
    law_table,
)
from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import EventRow, RateRow
from babs_sim.randomness import clock_hash

KINDS = {"age": AGE, "since": SINCE, "at": AT}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A machine with what centring needs.

    ``published`` (B, K) rates and ``published_mass`` (B,) of each (event, sex) block; ``keyed``
    (R, K) ratios by age of the block's rows; ``block`` (R,) the block of each row; ``piece`` (B, K)
    which published number holds in each band, -1 for none; ``centred`` (B,).
    """

    machine: Machine
    names: Names
    published: Floats
    published_mass: Floats
    keyed: Floats
    block: Ints
    piece: Ints
    centred: Ints

    def scaled(self, factor: Floats, mass_factor: Floats) -> "Compiled":
        """Return the same machine with rates times ``factor`` (B, K), masses ``mass_factor``."""
        rate = (self.published * factor)[self.block] * self.keyed
        mass = (self.published_mass * mass_factor)[self.block]
        edge, person = self.machine.edge, self.machine.person[self._events_of_rows()]
        width = np.diff(edge, axis=1)[person]
        total = np.concatenate([np.zeros((len(rate), 1)), np.cumsum(rate * width, axis=1)], axis=1)
        machine = self.machine._replace(rate=rate, cumulative=total, mass=mass)
        return replace(self, machine=machine)

    def _events_of_rows(self) -> Ints:
        index = {name: e for e, name in enumerate(self.names.events)}
        owners = [index[event] for event, _ in self.names.rows]
        result: Ints = np.array(owners, np.int64)[self.block]
        return result


def compile_rates(model: Model, values: Values, horizon: float) -> Compiled:
    """Turn a model and one set of values into a machine, rates as published (not yet centred).

    ``horizon`` is the age of the child, in years, at which follow-up ends.
    """
    entry = values["model.family.entry"]
    events = sorted(model.table("events"), key=lambda row: (row.order, row.name))
    states = sorted(model.table("states"), key=lambda row: row.name)
    traits = tuple(sorted(row.name for row in model.table("traits")))
    drivers = drivers_of(model, values, [row.name for row in events])
    trait_rows = {row.name: row for row in model.table("traits")}
    roles = {row.role: traits.index(row.name) for row in trait_rows.values() if row.role}
    names_of_states = [row.name for row in states]
    state_index = {name: s for s, name in enumerate(names_of_states)}
    alive = [-1, -1]
    for s, state in enumerate(states):
        if state.role == "alive":
            alive[PERSONS[state.person]] = s

    rates: dict[str, list[RateRow]] = {}
    for rate_row in model.table("rates"):
        rates.setdefault(rate_row.event, []).append(rate_row)
    edges = age_grid(events, rates, drivers.windowed, entry, horizon)
    bands = [len(e) - 1 for e in edges]
    edge = np.full((2, max(bands) + 1), math.inf)
    for p in range(2):
        edge[p, : bands[p] + 1] = edges[p]
        edge[p, bands[p] + 1 :] = edges[p][-1]

    needs = [_conditions(row.requires) for row in events]
    overs = [_over(row, need) for row, need in zip(events, needs, strict=True)]
    for need, row in zip(needs, events, strict=True):
        own = alive[PERSONS[row.person]]
        if own >= 0:
            need.setdefault(names_of_states[own], 1)
    for over, row in zip(overs, events, strict=True):
        own = alive[PERSONS[row.person]]
        if own >= 0 and row.average_of:
            over.setdefault(names_of_states[own], 1)

    blocks = Blocks(max(bands))
    rows, keys = [], []
    at_age, law, law_a, law_b = (np.zeros(len(events)) for _ in range(4))
    tables: list[tuple[list[float], list[float]]] = []
    for e, event in enumerate(events):
        mine = rates.get(event.name, [])
        tables.append(([], []))
        if event.clock == "since":
            law[e] = LAWS[event.law]
            law_a[e], law_b[e] = law_numbers(mine, values, event.law)
            if law[e] == TABLE:
                tables[e] = law_table(mine, values)
        elif event.clock == "at":
            at_age[e] = fixed_age(mine, values)
        p = PERSONS[event.person]
        window = [row for row in drivers.windowed if row.event == event.name]
        rows.append(len(blocks.owner))
        keys.append(
            blocks.add(event, mine, values, edges[p], window, model, traits, roles.get("sex", -1))
        )

    follower_from, follower = _followers(needs, overs, drivers, names_of_states)
    count_from, count_follower = lists(
        [
            [e for e, row in enumerate(drivers.moving) if any(m[0] == 2 and m[1] == c for m in row)]
            for c in range(len(drivers.counters))
        ],
        int,
    )
    fade_edge, fade, fade_last = fade_weights(drivers.profiles, values, entry, horizon)
    need_from, need_state, need_on = _condition_lists(needs, state_index)
    over_from, over_state, over_on = _condition_lists(overs, state_index)
    set_from, set_state = lists([[state_index[s] for s in row.sets.split()] for row in events], int)
    clear_from, clear_state = lists(
        [[state_index[s] for s in row.clears.split()] for row in events], int
    )
    key_from, key_trait = lists([[k[0] for k in row] for row in keys], int)
    table_from, table_edge = lists([t[0] for t in tables], float)
    counter_index = {name: c for c, name in enumerate(drivers.counters)}
    utilities = {row.state: values[row.key] for row in model.table("utilities")}
    utility_from, utility_state = lists(
        [
            [
                s
                for s, row in enumerate(states)
                if row.name in utilities and PERSONS[row.person] == p
            ]
            for p in range(2)
        ],
        int,
    )
    machine = Machine(
        entry=float(entry),
        horizon=float(horizon),
        person=_ints(PERSONS[row.person] for row in events),
        kind=_ints(KINDS[row.clock] for row in events),
        clock=np.array([clock_hash(row.name) for row in events], dtype=np.uint64),
        ends=_ints(PERSONS[row.person] if row.ends else -1 for row in events),
        need_from=need_from,
        need_state=need_state,
        need_on=need_on,
        set_from=set_from,
        set_state=set_state,
        clear_from=clear_from,
        clear_state=clear_state,
        row=_ints(rows),
        key_from=key_from,
        key_trait=key_trait,
        key_base=_ints(k[1] for row in keys for k in row),
        key_size=_ints(k[2] for row in keys for k in row),
        key_stride=_ints(k[3] for row in keys for k in row),
        edge=edge,
        bands=_ints(bands),
        rate=np.zeros((1, max(bands))),
        cumulative=np.zeros((1, max(bands) + 1)),
        at_age=at_age,
        mass=np.zeros(1),
        law=law.astype(np.int64),
        law_a=law_a,
        law_b=law_b,
        table_from=table_from,
        table_edge=table_edge,
        table_hazard=lists([t[1] for t in tables], float)[1],
        **drivers.arrays(traits, state_index),
        fade_edge=fade_edge,
        fade=fade,
        fade_last=fade_last,
        state_person=_ints(PERSONS[row.person] for row in states),
        state_trait=_ints(traits.index(r.starts_if) if r.starts_if else -1 for r in states),
        state_ace=_ints(int(row.ace) for row in states),
        alive=_ints(alive),
        follower_from=follower_from,
        follower=follower,
        counter_of=_ints(counter_index.get(f"count({row.name})", -1) for row in events),
        count_follower_from=count_from,
        count_follower=count_follower,
        utility_from=utility_from,
        utility_state=utility_state,
        utility_ratio=np.array([utilities[names_of_states[s]] for s in utility_state]),
        **norm_rows(model, values, traits, roles.get("sex", -1)),
        age_trait=roles.get("age", -1),
        centred=_ints(int(bool(row.average_of)) for row in events),
        over_from=over_from,
        over_state=over_state,
        over_on=over_on,
    )
    names = Names(
        tuple(row.name for row in events),
        tuple(names_of_states),
        traits,
        drivers.exposures,
        drivers.counters,
        tuple(blocks.names),
    )
    averaged = {row.name: int(bool(row.average_of)) for row in events}
    compiled = Compiled(
        machine,
        names,
        np.array(blocks.published),
        np.array(blocks.mass),
        np.array(blocks.keyed),
        np.array(blocks.owner, np.int64),
        np.array(blocks.piece, np.int64),
        _ints(averaged[event] for event, _ in blocks.names),
    )
    return compiled.scaled(np.ones_like(compiled.published), np.ones(len(blocks.mass)))


def _conditions(text: str) -> dict[str, int]:
    return {word.lstrip("!"): int(not word.startswith("!")) for word in text.split()}


def _over(row: EventRow, need: Mapping[str, int]) -> dict[str, int]:
    if not row.average_of:
        return {}
    return dict(need) if row.average_of == "at risk" else _conditions(row.average_of)


def _condition_lists(
    conditions: Sequence[Mapping[str, int]], index: Mapping[str, int]
) -> tuple[Ints, Ints, Ints]:
    ordered = [sorted((index[name], on) for name, on in row.items()) for row in conditions]
    starts, states = lists([[s for s, _ in row] for row in ordered], int)
    return starts, states, _ints(on for row in ordered for _, on in row)


def _followers(
    needs: Sequence[Mapping[str, int]],
    overs: Sequence[Mapping[str, int]],
    drivers: Drivers,
    states: Sequence[str],
) -> tuple[Ints, Ints]:
    found: dict[str, list[int]] = {name: [] for name in states}
    for e, (need, over) in enumerate(zip(needs, overs, strict=True)):
        moved = {driver for form, driver, *_ in drivers.moving[e] if form in (0, 1)}
        for name in {*need, *over, *moved}.intersection(found):
            found[name].append(e)
    result = [found[name] for name in states]
    return lists(result, int)


def _ints(numbers: Iterable[int]) -> Ints:
    return np.array(list(numbers), dtype=np.int64)
