"""Decision analysis on a probabilistic sample: what to choose, how surely, and what to find out.

`Outcomes` is the contract: one row a draw, one column an arm, one comparator.  Nothing here
simulates.  Letters used for shapes: N draws, A arms, K values of a unit of effect, P parameters.
"""

from babs_sim.analysis.decision.acceptability import (
    Acceptability,
    acceptability,
    acceptability_frame,
    switch_points,
)
from babs_sim.analysis.decision.evppi import Sample, evppi
from babs_sim.analysis.decision.evsi import Observation, Study, evsi, study_problems
from babs_sim.analysis.decision.icers import against_comparator, icer_table
from babs_sim.analysis.decision.noise import without_noise
from babs_sim.analysis.decision.outcomes import Outcomes, outcomes_of
from babs_sim.analysis.decision.population import affected_families

__all__ = [
    "Acceptability",
    "Observation",
    "Outcomes",
    "Sample",
    "Study",
    "acceptability",
    "acceptability_frame",
    "affected_families",
    "against_comparator",
    "evppi",
    "evsi",
    "icer_table",
    "outcomes_of",
    "study_problems",
    "switch_points",
    "without_noise",
]
