"""Tables from runs: measures, comparisons, and the lines that a person reads first."""

from babs_sim.analysis.base import BaseCase, analyse, check_measures
from babs_sim.analysis.headline import headline

__all__ = ["BaseCase", "analyse", "check_measures", "headline"]
