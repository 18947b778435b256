"""Draws x arms x blocks of families, in parallel: from an experiment to ledgers."""

from babs_sim.simulate.running import Run, run

__all__ = ["Run", "run"]
