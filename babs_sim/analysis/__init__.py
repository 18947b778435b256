"""Tables from runs: measures, comparisons, and the lines that a person reads first."""

from babs_sim.analysis.base import BaseCase, analyse, check_measures
from babs_sim.analysis.headline import headline
from babs_sim.analysis.listing import bands_shown, outcomes_shown

__all__ = [
    "BaseCase",
    "analyse",
    "bands_shown",
    "check_measures",
    "headline",
    "outcomes_shown",
]
