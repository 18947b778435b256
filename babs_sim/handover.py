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
    the dose at which effects are given.  ``activity`` (n, A): time of each activity, inf for none;
    ``amount`` (n, A): how much of it, None where it is one of each.
    """

    names: tuple[str, ...]
    start: Floats
    dose: Floats
    activities: tuple[str, ...]
    activity: Floats
    amount: Floats | None = None


@dataclass(frozen=True, slots=True)
class ServiceLog:
    """What happened at a service with a limited team, family by family.

    Times are years since the beginning of the window of ``years`` that a family belongs to; there
    are ``windows`` of them, each with a service of its own.  R rows, in order of window and time:
    families of the cohort, and others (``family`` -1): those that came while it warmed up, and
    those that fill the last window.  ``referred``,
    ``ready`` (could start), ``resolved`` (started, or left without) and ``ended`` (nan for none)
    are times, ``age`` is the child's at ``ready``.  ``outcome`` and ``ending`` are indices of
    `OUTCOMES` and `ENDINGS`, ``role`` of ``roles`` (-1 for none); ``declined`` counts referrals
    that were not accepted since the row before; ``contacts`` are those of a started family.
    ``slots`` (roles,) are places; ``areas`` (windows, 2) are the integrals of families waiting and
    in treatment; ``yearly`` is how many accepted referrals are expected a year, ``team`` the staff
    that is paid, by role, in whole-time equivalents.
    """

    windows: int
    years: float
    yearly: float
    window: Ints
    family: Ints
    referred: Floats
    ready: Floats
    age: Floats
    resolved: Floats
    ended: Floats
    outcome: Ints
    ending: Ints
    role: Ints
    contacts: Floats
    declined: Ints
    roles: tuple[str, ...]
    slots: Floats
    team: Floats
    areas: Floats


OUTCOMES = ("waiting", "started", "not taken up", "left the list", "too old", "turned away")
"""What became of a referral that was accepted."""
ENDINGS = ("none", "completed", "dropped out", "discharged by age")
"""How work with a family ended."""


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
