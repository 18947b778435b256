"""What to run: one TOML file, which never contains a model.

It names parameter folders, a cohort, money terms, arms (each a set of changes of parameters and
settings) and analyses.
"""

from babs_sim.experiment.read import Experiment, find_experiment, load, read_experiment
from babs_sim.experiment.schema import Analysis, Arm, Cohort, Money, Scenario

__all__ = [
    "Analysis",
    "Arm",
    "Cohort",
    "Experiment",
    "Money",
    "Scenario",
    "find_experiment",
    "load",
    "read_experiment",
]
