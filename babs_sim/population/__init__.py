"""Synthetic families: traits drawn together, and populations selected from all births."""

from babs_sim.population.families import Cohort, make_families, read_cohort
from babs_sim.population.selection import SelectionFailed
from babs_sim.population.subgroups import Subgroup, read_subgroups, slots_of
from babs_sim.population.varying import NearbyCohorts

__all__ = [
    "Cohort",
    "NearbyCohorts",
    "SelectionFailed",
    "Subgroup",
    "make_families",
    "read_cohort",
    "read_subgroups",
    "slots_of",
]
