"""Run all checks of an experiment and say what was seen."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babs_sim.analysis.verification import (
    deaths,
    events,
    inputs,
    overall,
    results,
    sampling,
    timing,
    uncertainty,
)
from babs_sim.analysis.verification.checks import Check
from babs_sim.analysis.verification.subject import NotApplicable, Subject
from babs_sim.simulate.running import Progress

if TYPE_CHECKING:
    from pandas import DataFrame

CHECKS: tuple[Check, ...] = (
    *inputs.CHECKS, *events.CHECKS, *deaths.CHECKS, *results.CHECKS, *timing.CHECKS,
    *uncertainty.CHECKS, *sampling.CHECKS, *overall.CHECKS,
)  # fmt: skip
"""Every check, in the order of the domains of TECH-VER."""

COLUMNS = ("domain", "check", "expectation", "seen", "passed")
CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw; ``passed`` is None where it does not apply."""

    domain: str
    check: str
    expectation: str
    seen: str
    passed: bool | None

    @property
    def word(self) -> str:
        """Return yes, no, or not applicable."""
        return {True: "yes", False: "no", None: "not applicable"}[self.passed]


@dataclass(frozen=True, slots=True)
class Verification:
    """All findings on one experiment."""

    subject: Subject
    seconds: float
    findings: tuple[Finding, ...]

    def count(self, passed: bool | None) -> int:
        """Return how many checks passed (True), failed (False) or do not apply (None)."""
        return sum(one.passed is passed for one in self.findings)

    def frame(self) -> "DataFrame":
        """Return the table verification.csv."""
        from pandas import DataFrame

        rows = [(f.domain, f.check, f.expectation, f.seen, f.word) for f in self.findings]
        return DataFrame(rows, columns=list(COLUMNS))


def look_at(check: Check, subject: Subject) -> Finding:
    """Return what one check sees; a check that cannot be carried through has failed."""
    try:
        seen = check.look(subject)
    except NotApplicable as reason:
        text = f"Not applicable: {reason}. Otherwise: {check.expectation}"
        return Finding(check.domain, check.name, text, "", None)
    except (ArithmeticError, AssertionError, LookupError, RuntimeError, ValueError) as error:
        text = f"it stopped: {type(error).__name__}: {error}"
        return Finding(check.domain, check.name, check.expectation, text, False)
    return Finding(check.domain, check.name, check.expectation, seen.text, bool(seen.passed))


def verify(
    subject: Subject, progress: Progress | None = None, checks: Sequence[Check] | None = None
) -> Verification:
    """Look at an experiment with all checks, or some; ``progress`` gets (done, total, what)."""
    began = time.perf_counter()
    checks = CHECKS if checks is None else checks
    tell = progress or (lambda done, total, what: None)
    subject.factors  # noqa: B018  # centring has a bar of its own
    tell(0, len(checks), CHECKING)
    findings = []
    for done, one in enumerate(checks, start=1):
        findings.append(look_at(one, subject))
        tell(done, len(checks), CHECKING)
    return Verification(subject, time.perf_counter() - began, tuple(findings))
