"""Checks of what the tables mean together; each yields problems and raises nothing.

A check keeps silent about what depends on a row or file that could not be read: that one is
reported already.
"""

from collections.abc import Sequence
from dataclasses import replace

from babs_sim.errors import Problem
from babs_sim.parameters.catalogue import Catalogue
from babs_sim.parameters.checks.claims import claim_problems
from babs_sim.parameters.checks.clocks import clock_problems
from babs_sim.parameters.checks.effects import effect_problems
from babs_sim.parameters.checks.equity import equity_problems
from babs_sim.parameters.checks.groups import group_problems
from babs_sim.parameters.checks.money import money_problems
from babs_sim.parameters.checks.names import name_problems
from babs_sim.parameters.checks.outcomes import outcome_problems
from babs_sim.parameters.checks.service import service_problems
from babs_sim.parameters.checks.sources import source_problems
from babs_sim.parameters.checks.states import state_problems
from babs_sim.parameters.checks.subgroups import subgroup_problems
from babs_sim.parameters.checks.targets import target_problems
from babs_sim.parameters.checks.traits import trait_problems
from babs_sim.parameters.places import Place, apply_place

CHECKS = (
    name_problems,
    trait_problems,
    subgroup_problems,
    equity_problems,
    state_problems,
    clock_problems,
    effect_problems,
    service_problems,
    group_problems,
    money_problems,
    outcome_problems,
    target_problems,
    claim_problems,
    source_problems,
)


def meaning_problems(catalogue: Catalogue) -> list[Problem]:
    """Return everything that is wrong with the meaning of what was read."""
    return [problem for check in CHECKS for problem in check(catalogue)]


def place_problems_of(
    catalogue: Catalogue, place: Place, known: Sequence[Problem]
) -> list[Problem]:
    """Return what the numbers of a place make wrong that the tables have right."""
    copied = replace(
        catalogue,
        rows={name: dict(rows) for name, rows in catalogue.rows.items()},
        contents=replace(
            catalogue.contents,
            numbers=dict(catalogue.contents.numbers),
            settings=dict(catalogue.contents.settings),
        ),
    )
    apply_place(copied, place)
    checks = (trait_problems, clock_problems, effect_problems, service_problems, group_problems)
    document, reported = place.document, {(p.file, p.line) for p in known}
    names = {document.line(("set", name)): name for name in place.numbers}
    found = []
    for problem in (problem for check in checks for problem in check(copied)):
        name = names.get(problem.line)
        if problem.file != document.file or name is None:
            continue
        here = (document.file, problem.line)
        if place_of(catalogue, name) not in reported and here not in reported:
            field = problem.field.rpartition(".")[2]
            at = document.line(("set", name, field))
            found.append(replace(problem, line=at, field=f"set.{name}.{field}"))
    return found


def place_of(catalogue: Catalogue, name: str) -> tuple[str, int] | None:
    """Return the file and line of the parameter ``name``."""
    if name in catalogue.contents.numbers:
        number = catalogue.contents.numbers[name]
        return number.file, number.line
    found = (rows[name] for rows in catalogue.rows.values() if name in rows)
    return next(((row.file, row.line) for row in found), None)
