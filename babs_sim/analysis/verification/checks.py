"""What a check is: what is expected when tables are changed, and what was seen."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.verification.subject import Subject
from babs_sim.handover import Floats

DOMAINS = {
    "inputs": "Inputs",
    "events": "Events and the flow of families",
    "results": "Results",
    "uncertainty": "Uncertainty",
    "overall": "Other: the program as a whole",
}
"""The five domains of TECH-VER (Büyükkaramikli and others 2019), in its order."""

CLOSE = 1e-9
"""Share by which two figures may differ that should be the same: rounding, and nothing else."""

ERRORS = 5.0
"""Standard errors within which a figure that hangs on chance must lie."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came out, in words, and whether it is what was expected."""

    text: str
    passed: bool


Look = Callable[[Subject], Seen]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``look`` runs experiments and says what it saw.

    A check that does not apply to the tables at hand raises `subject.NotApplicable` and says why.
    """

    domain: str
    name: str
    expectation: str
    look: Look


def check(domain: str, name: str) -> Callable[[Look], Check]:
    """Return a decorator that makes a check of a function; its docstring says what is expected."""
    return lambda look: Check(domain, name, " ".join((look.__doc__ or "").split()), look)


def apart(one: float | Floats, other: float | Floats) -> float:
    """Return the largest difference between two figures, as a share of the larger of each pair.

    Figures that are nan in both are the same; nan in one only is infinitely far apart.

    >>> apart(1.0, 1.0), apart(2.0, 1.0), apart(0.0, 0.0), apart(float("nan"), 1.0)
    (0.0, 0.5, 0.0, inf)
    """
    a, b = np.broadcast_arrays(np.asarray(one, np.float64), np.asarray(other, np.float64))
    if a.size == 0:
        return 0.0
    size = np.maximum(np.abs(a), np.abs(b))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(a == b, 0.0, np.abs(a - b) / size)
    share = np.where(np.isnan(a) & np.isnan(b), 0.0, share)
    return float(np.where(np.isnan(share), np.inf, share).max())


def same(what: str, one: float | Floats, other: float | Floats, close: float = CLOSE) -> Seen:
    """Return whether two figures are the same, up to rounding."""
    gap = apart(one, other)
    text = "the same to the last digit" if gap == 0 else f"apart by {gap:.0e} of their size"
    return Seen(f"{what}: {text}", gap <= close)


def differing(one: dict[str, float], other: dict[str, float], close: float = 0.0) -> list[str]:
    """Return the names of the figures that are not the same in two sets."""
    names = [*one, *(name for name in other if name not in one)]
    return [n for n in names if n not in one or n not in other or apart(one[n], other[n]) > close]


def listed(names: Iterable[str], most: int = 4) -> str:
    """Return names in words, the first few of many.

    >>> listed(["a", "b", "c"], 2), listed([])
    ('a, b and 1 more', 'none')
    """
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return (", ".join(known[:most]) + more) or "none"


def joined(parts: Iterable[Seen]) -> Seen:
    """Return several looks as one, which passes if all do."""
    seen = list(parts)
    return Seen("; ".join(one.text for one in seen), bool(seen) and all(s.passed for s in seen))


def each(names: Iterable[str], look: Callable[[str], Seen]) -> Seen:
    """Return one look for each name, joined, with the name before it."""

    def parts() -> Iterator[Seen]:
        for name in names:
            seen = look(name)
            yield Seen(f"{name}: {seen.text}", seen.passed)

    return joined(parts())
