"""States, and which events bring them about."""

from collections.abc import Iterator

from babs_sim.errors import Problem
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import EventRow, StateRow
from babs_sim.tables import Located

AT_RISK = "at risk"


def on_and_off(text: str) -> tuple[list[str], list[str]]:
    """Return the states that a list requires on, and those it requires off.

    >>> on_and_off("child.in_need !child.in_care")
    (['child.in_need'], ['child.in_care'])
    """
    words = text.split()
    off = [word.lstrip("!") for word in words if word.startswith("!")]
    return [word for word in words if not word.startswith("!")], off


def state_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with states, with lists of states, and states that never come on."""
    alive: dict[str, Located[StateRow]] = {}
    for state in catalogue.located(StateRow):
        row = state.row
        if row.starts_if:
            yield from catalogue.unknown(state, "starts_if", row.starts_if, "a trait", "traits")
        if row.ace and row.person != "child":
            text = "counts among the child's own adverse experiences"
            yield problem(state, "ace", text, "true", "only states of the child do")
        if row.role == "alive":
            if row.person in alive:
                text = f"'{alive[row.person].row.name}' says already that the {row.person} lives"
                yield problem(state, "role", text, hint="one state of each person does")
            alive.setdefault(row.person, state)
    living = {state.row.name for state in alive.values()}
    sound = catalogue.complete("states", "events", "traits")
    for event in catalogue.located(EventRow):
        faults = list(_lists(catalogue, event, living))
        sound &= not faults
        yield from faults
        if event.row.ends and event.row.person not in alive and catalogue.complete("states"):
            text = f"no state says that the {event.row.person} lives"
            hint = "give one state of the person the role 'alive' in states.csv"
            yield problem(event, "ends", text, hint=hint)
    if sound:
        yield from _unreachable(catalogue)


def _lists(catalogue: Catalogue, event: Located[EventRow], living: set[str]) -> Iterator[Problem]:
    row = event.row
    average = "" if row.average_of == AT_RISK else row.average_of
    for field, text in (
        ("requires", row.requires),
        ("sets", row.sets),
        ("clears", row.clears),
        ("average_of", average),
    ):
        on, off = on_and_off(text)
        for name in (*on, *off):
            separated = name.replace(";", ",").rstrip(",")
            if "," in separated or separated != name:
                yield problem(event, field, "is not a state", name, "separate states by spaces")
            else:
                yield from catalogue.unknown(event, field, name, "a state", "states")
        if off and field in ("sets", "clears"):
            hint = "write the state without '!'; the column 'clears' turns states off"
            yield problem(event, field, "takes states alone", "!" + off[0], hint)
        both = sorted(set(on) & set(off))
        if both:
            yield problem(event, field, "asks for a state both on and off", both[0])
    for name in sorted(set(row.sets.split()) & set(row.clears.split())):
        yield problem(event, "clears", "is set by the same event", name, "remove one of the two")
    for name in sorted(set(row.sets.split()) & living):
        yield problem(event, "sets", "nothing brings a person back to life", name)


def _unreachable(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield states that no chain of events can turn on."""
    states = {found.row.name: found for found in catalogue.located(StateRow)}
    events = [found.row for found in catalogue.located(EventRow)]
    reached = {name for name, found in states.items() if found.row.role or found.row.starts_if}
    grown = True
    while grown:
        before = len(reached)
        for event in events:
            if set(on_and_off(event.requires)[0]) & set(states) <= reached:
                reached |= set(event.sets.split())
        grown = len(reached) > before
    setters: dict[str, list[str]] = {}
    for event in events:
        for name in event.sets.split():
            setters.setdefault(name, []).append(event.name)
    for name in sorted(set(states) - reached):
        if name in setters:
            text = f"is never on: what sets it ({', '.join(setters[name])}) can never happen"
            hint = "let something turn on the states that these events require"
        else:
            text = "is never on: no event sets it, and it has no starts_if"
            hint = "add it to 'sets' of an event, or remove it"
        yield problem(states[name], "name", text, name, hint)
