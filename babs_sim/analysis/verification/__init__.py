"""Checks by running: what must come out when tables are changed (TECH-VER).

The checks stand in five modules, one for each domain: `inputs`, `events`, `results`,
`uncertainty` and `overall`.  Each runs whole experiments from changed tables and looks at nothing
but what comes out.  They name no outcome, cost or payer: they hold for any tables.
"""

from babs_sim.analysis.verification.checks import DOMAINS, Check
from babs_sim.analysis.verification.subject import Subject
from babs_sim.analysis.verification.verifying import CHECKS, Finding, Verification, verify

__all__ = ["CHECKS", "DOMAINS", "Check", "Finding", "Subject", "Verification", "verify"]
