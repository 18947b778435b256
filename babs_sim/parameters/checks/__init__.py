"""Checks of what the tables mean together; each yields problems and raises nothing.

A check keeps silent about what depends on a row or file that could not be read: that one is
reported already.
"""

from babs_sim.errors import Problem
from babs_sim.parameters.catalogue import Catalogue
from babs_sim.parameters.checks.clocks import clock_problems
from babs_sim.parameters.checks.effects import effect_problems
from babs_sim.parameters.checks.groups import group_problems
from babs_sim.parameters.checks.money import money_problems
from babs_sim.parameters.checks.names import name_problems
from babs_sim.parameters.checks.outcomes import outcome_problems
from babs_sim.parameters.checks.service import service_problems
from babs_sim.parameters.checks.sources import source_problems
from babs_sim.parameters.checks.states import state_problems
from babs_sim.parameters.checks.traits import trait_problems

CHECKS = (
    name_problems,
    trait_problems,
    state_problems,
    clock_problems,
    effect_problems,
    service_problems,
    group_problems,
    money_problems,
    outcome_problems,
    source_problems,
)


def meaning_problems(catalogue: Catalogue) -> list[Problem]:
    """Return everything that is wrong with the meaning of what was read."""
    return [problem for check in CHECKS for problem in check(catalogue)]
