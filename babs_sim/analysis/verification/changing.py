"""Changed tables, in memory: numbers replaced by name, rows replaced, and usual sets of both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from babs_sim.parameters import Model
from babs_sim.parameters.model import Parameter
from babs_sim.parameters.numbers import parameter_of
from babs_sim.parameters.rows import EffectRow, EventRow, NumberRow, RateRow, Row
from babs_sim.parameters.service import exposures_of
from babs_sim.tables import Located

NEVER = 1e6
"""Years that nobody lives to see."""
AT_ONCE = 1e6
"""A rate per year at which an event happens within minutes."""
SURE = 1.0 - 1e-15

Numbers = dict[str, float]


def changed(model: Model, numbers: Mapping[str, float]) -> Model:
    """Return the model with some numbers replaced, in base units; KeyError for an unknown one."""
    if not numbers:
        return model
    parameters = dict(model.parameters)
    for name, value in numbers.items():
        parameters[name] = replace(parameters[name], value=value)
    return replace(model, parameters=MappingProxyType(parameters))


def with_rows(model: Model, table: str, rows: Iterable[Row]) -> Model:
    """Return the model with rows that replace those of the same key, or are added."""
    given = {row.key: row for row in rows}
    kept = [found for found in model.rows[table] if found.row.key not in given]
    return _with_table(model, table, [*kept, *(Located(row, "", 0) for row in given.values())])


def without_rows(model: Model, table: str, keys: Iterable[str]) -> Model:
    """Return the model without the rows of some keys."""
    gone = set(keys)
    return _with_table(model, table, [f for f in model.rows[table] if f.row.key not in gone])


def _with_table(model: Model, table: str, found: Sequence[Located[Row]]) -> Model:
    sources = {row.name: row for row in model.table("sources")}
    parameters: dict[str, Parameter] = dict(model.parameters)
    for old in model.rows[table]:
        parameters.pop(old.row.key, None)
    for one in found:
        if isinstance(one.row, NumberRow):
            known = model.parameters.get(one.row.key)
            parameters[one.row.key] = (
                known
                if known is not None and one in model.rows[table]
                else parameter_of(one.row, one.row.key, one.file, one.line, sources)
            )
    return replace(
        model,
        rows=MappingProxyType({**model.rows, table: tuple(found)}),
        parameters=MappingProxyType(dict(sorted(parameters.items()))),
    )


def keys_of(model: Model, *tables: str) -> list[str]:
    """Return the names of the numbers in some tables."""
    return [
        found.row.key
        for table in tables
        for found in model.rows.get(table, ())
        if found.row.key in model.parameters
    ]


def all_at(keys: Iterable[str], value: float) -> Numbers:
    """Return the same value, or factor, for many numbers, by name."""
    return dict.fromkeys(keys, value)


def endings(model: Model) -> tuple[EventRow, ...]:
    """Return the events that end a life."""
    return tuple(row for row in model.table("events") if row.ends)


def numbers_of_clocks(model: Model, events: Iterable[EventRow]) -> list[tuple[EventRow, RateRow]]:
    """Return each number of the clocks of some events."""
    wanted = {row.name: row for row in events}
    return [(wanted[r.event], r) for r in model.table("rates") if r.event in wanted]


def silenced(model: Model, events: Iterable[EventRow]) -> Numbers:
    """Return numbers with which events never happen."""
    never = {"rate": 0.0, "probability": 0.0, "start": 0.0, "scale": NEVER, "median": NEVER,
             "age": NEVER}  # fmt: skip
    return {
        row.key: never[row.quantity]
        for _, row in numbers_of_clocks(model, events)
        if row.quantity in never
    }


def hastened(model: Model, events: Iterable[EventRow]) -> Numbers:
    """Return numbers with which events happen as soon as they are possible.

    Rates and probabilities of 0 stay 0: where the tables say never, it stays never.
    """
    found: Numbers = {}
    for event, row in numbers_of_clocks(model, events):
        value = model.parameters[row.key].value
        if row.quantity in ("rate", "start") and value > 0.0:
            found[row.key] = AT_ONCE
        elif row.quantity == "probability" and value > 0.0:
            found[row.key] = 1.0 if event.clock == "at" else SURE
        elif row.quantity in ("scale", "median"):
            found[row.key] = 1.0 / AT_ONCE
    return found


def acts(model: Model, row: EffectRow) -> bool:
    """Return whether an effect is in use, given the set of service effects."""
    return row.effect_set in ("", str(model.values().setting("service.effect_set", "")))


def service_effects(model: Model) -> tuple[EffectRow, ...]:
    """Return the effects of the service that are in use."""
    exposures = exposures_of(model)
    return tuple(r for r in model.table("effects") if r.driver in exposures and acts(model, r))


def all_fixed(model: Model) -> Model:
    """Return the model with all its numbers fixed."""
    parameters = {
        name: replace(p, distribution="fixed", low=None, high=None, group="")
        for name, p in model.parameters.items()
    }
    return replace(model, parameters=MappingProxyType(parameters))
