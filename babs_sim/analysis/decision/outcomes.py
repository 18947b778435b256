"""The outcomes of a probabilistic sample: what each arm costs and gains in each draw."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.errors import Problem, nearest, raise_if
from babs_sim.handover import Floats

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Costs and effects per family: row n of every table belongs to the same draw.

    ``costs`` and ``effects`` (N, A) in pounds and units of effect (QALYs); ``arms`` names the
    columns and ``comparator`` is one of them; ``source`` is what problems are reported of.  Raises
    `Problems` where tables differ in length, names repeat, or a number is not finite.
    """

    arms: tuple[str, ...]
    comparator: str
    costs: Floats
    effects: Floats
    source: str = "outcomes"

    def __post_init__(self) -> None:
        raise_if(self._problems())

    @property
    def draws(self) -> int:
        """Return the number of draws N."""
        return len(self.costs)

    @property
    def base(self) -> int:
        """Return the column of the comparator."""
        return self.arms.index(self.comparator)

    @property
    def others(self) -> tuple[int, ...]:
        """Return the columns of all arms but the comparator."""
        return tuple(a for a in range(len(self.arms)) if a != self.base)

    def increments(self) -> tuple[Floats, Floats]:
        """Return costs and effects (N, A - 1) of the others minus those of the comparator."""
        others, base = list(self.others), [self.base]
        return (
            self.costs[:, others] - self.costs[:, base],
            self.effects[:, others] - self.effects[:, base],
        )

    def net_benefit(self, value: float) -> Floats:
        """Return net monetary benefit (N, A), for pounds ``value`` of a unit of effect."""
        return np.asarray(value * self.effects - self.costs)

    def _problems(self) -> Iterator[Problem]:
        def problem(text: str, got: str = "", hint: str = "") -> Problem:
            return Problem(self.source, None, "", text, got, hint)

        shapes = (self.costs.shape, self.effects.shape)
        if self.costs.ndim != 2 or self.effects.ndim != 2:
            yield problem(
                "costs and effects need one row a draw and one column an arm", str(shapes)
            )
            return
        if shapes[0] != shapes[1]:
            hint = "give every arm the same draws"
            yield problem("costs and effects differ in length", f"{shapes[0]}, {shapes[1]}", hint)
        for name, table in (("costs", self.costs), ("effects", self.effects)):
            if table.shape[1] != len(self.arms):
                yield problem(f"{name} need a column for each arm", str(table.shape[1]))
            wrong = np.argwhere(~np.isfinite(table))
            if len(wrong):
                row, column = wrong[0]
                text = f"{name} hold a number that is not finite, in draw {row}"
                yield problem(text, str(table[row, column]))
        if len(self.costs) < 2:
            yield problem("a sample needs two draws or more", str(len(self.costs)))
        if len(self.arms) < 2:
            yield problem("a decision needs two arms or more", str(len(self.arms)))
        if len(set(self.arms)) < len(self.arms):
            yield problem("two arms have the same name", ", ".join(self.arms))
        if self.comparator not in self.arms:
            hint = nearest(self.comparator, self.arms)
            yield problem("the comparator is not one of the arms", self.comparator, hint)


def outcomes_of(
    frame: "DataFrame",
    comparator: str,
    cost: str = "cost",
    effect: str = "qalys",
    source: str = "psa.csv",
) -> Outcomes:
    """Return outcomes from a long table with the columns ``draw``, ``arm``, cost and effect.

    Arms keep the order in which they first appear.  Raises `Problems` if a column is missing or
    the arms do not have the same draws, each once.
    """
    missing = [name for name in ("draw", "arm", cost, effect) if name not in frame]
    known = [str(name) for name in frame]
    raise_if(
        Problem(source, None, name, "there is no such column", hint=nearest(name, known))
        for name in missing
    )
    arms = list(dict.fromkeys(str(arm) for arm in frame["arm"]))
    parts = {arm: frame[frame["arm"] == arm].sort_values("draw") for arm in arms}
    first = parts[arms[0]]["draw"].to_numpy() if arms else np.empty(0)
    problems = []
    for arm, part in parts.items():
        draws = part["draw"].to_numpy()
        if len(np.unique(draws)) < len(draws):
            problems.append(Problem(source, None, "draw", f"{arm!r} has a draw twice"))
        elif not np.array_equal(draws, first):
            text = f"{arm!r} and {arms[0]!r} do not have the same draws"
            got = f"{len(draws)} and {len(first)} draws"
            problems.append(Problem(source, None, "draw", text, got, "run them together"))
    raise_if(problems)
    costs, effects = (
        np.column_stack([part[name].to_numpy(dtype=np.float64) for part in parts.values()])
        if parts
        else np.empty((0, 0))
        for name in (cost, effect)
    )
    return Outcomes(tuple(arms), comparator, costs, effects, source)
