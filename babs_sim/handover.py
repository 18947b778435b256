"""Frozen array types passed between the stages; shapes and units are stated here once.

Letters used for shapes: B blocks of families (for Monte Carlo error), n families, T traits,
X exposures, E events, S states, A activities of the service, N states that count as ACEs of the
child, Y years of follow-up.

Time is the age of the index child in years; it is negative in pregnancy.  Year 0 of follow-up runs
from entry (``entry``, for example -0.58) to the birth; year y >= 1 is [y - 1, y).  The horizon ends
the last year, so an event at the very moment of the horizon is in none and does not happen.
Every quantity in a ledger has three moments on its last axis: the sums of q, q*x and q*x**2, with
x the time since the start of its year, so that any discounting scheme can be applied afterwards.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Families:
    """Families [first, first + n) of a cohort: ``traits`` (n, T), columns named by ``names``."""

    first: int
    names: tuple[str, ...]
    traits: Floats

    def column(self, name: str) -> Floats:
        """Return the values of one trait, shape (n,)."""
        return self.traits[:, self.names.index(name)]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What each family got from the service.

    ``start`` (n, X): age of the child at the start, inf where there is none; ``dose`` (n, X): 1 is
    the dose at which effects are given.  ``activity`` (n, A): time of each activity, inf for none.
    """

    names: tuple[str, ...]
    start: Floats
    dose: Floats
    activities: tuple[str, ...]
    activity: Floats


@dataclass(frozen=True, slots=True)
class Ledger:
    """Quantities of one arm, summed over the families of each block.

    ``families`` (B,); ``count`` (B, E, Y, 3) events; ``years`` (B, S, Y, 3) person-years in each
    state; ``first`` (B, S, Y, 3) people whose state came on for the first time; ``activity``
    (B, A, Y, 3); ``qalys`` (B, 2, Y, 3) of mother and child, before discounting; ``aces``
    (B, N, Y, 3) children whose count of ACEs has come to 1, 2, ..., N.
    """

    entry: float
    events: tuple[str, ...]
    states: tuple[str, ...]
    activities: tuple[str, ...]
    families: Floats
    count: Floats
    years: Floats
    first: Floats
    activity: Floats
    qalys: Floats
    aces: Floats = field(default_factory=lambda: np.zeros((0, 0, 0, 3)))
