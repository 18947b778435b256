"""Synthetic families: traits drawn together, and populations selected from all births."""

from babs_sim.population.families import Cohort, make_families, read_cohort
from babs_sim.population.selection import SelectionFailed

__all__ = ["Cohort", "SelectionFailed", "make_families", "read_cohort"]
