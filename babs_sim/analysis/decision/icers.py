"""Incremental cost-effectiveness: all arms along the frontier, and each against the comparator."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.decision.outcomes import Outcomes
from babs_sim.analysis.derived import QUADRANTS, icer, quadrant
from babs_sim.handover import Floats

if TYPE_CHECKING:
    from pandas import DataFrame

FRONTIER, DOMINATED, EXTENDED = "frontier", "dominated", "extendedly dominated"
_INTERVAL = (2.5, 97.5)


def icer_table(outcomes: Outcomes) -> "DataFrame":
    """Return the full incremental analysis of mean costs and effects, the cheapest arm first.

    Columns: ``arm, cost, effect, status, versus, incremental_cost, incremental_effect, icer``.  An
    arm is dominated where another costs no more and gains no less (of two that are equal the one
    listed first, or the comparator, stays), extendedly dominated where a mix of two others is
    cheaper for the same effect.  On the frontier, ``icer`` is the cost of a further unit of effect
    against the frontier's next cheaper arm, ``versus``.
    """
    from pandas import DataFrame

    cost, effect = outcomes.costs.mean(axis=0), outcomes.effects.mean(axis=0)
    frontier, status = efficient(cost, effect, outcomes.base)
    rows = []
    before = {arm: earlier for earlier, arm in pairwise(frontier)}
    for arm in np.lexsort((-effect, cost)):
        other = before.get(int(arm))
        more_cost = cost[arm] - cost[other] if other is not None else np.nan
        more_effect = effect[arm] - effect[other] if other is not None else np.nan
        rows.append(
            {
                "arm": outcomes.arms[arm],
                "cost": cost[arm],
                "effect": effect[arm],
                "status": status[arm],
                "versus": outcomes.arms[other] if other is not None else "",
                "incremental_cost": more_cost,
                "incremental_effect": more_effect,
                "icer": more_cost / more_effect,
            }
        )
    return DataFrame(rows)


def efficient(cost: Floats, effect: Floats, base: int = 0) -> tuple[list[int], list[str]]:
    """Return the arms on the efficiency frontier by cost, and the status of each arm.

    ``cost`` and ``effect`` (A,) are means; ``base`` is kept before an arm that equals it.

    >>> efficient(np.array([0.0, 3.0, 4.0, 5.0]), np.array([0.0, 1.0, 0.5, 3.0]))
    ([0, 3], ['frontier', 'extendedly dominated', 'dominated', 'frontier'])
    """
    own = np.arange(len(cost)) != base
    status = [DOMINATED] * len(cost)
    frontier: list[int] = []
    best = -np.inf
    for arm in map(int, np.lexsort((own, -effect, cost))):
        if effect[arm] <= best:
            continue
        best = effect[arm]
        while len(frontier) > 1 and _slope(cost, effect, frontier[-1], arm) < _slope(
            cost, effect, frontier[-2], frontier[-1]
        ):
            status[frontier.pop()] = EXTENDED
        frontier.append(arm)
        status[arm] = FRONTIER
    return frontier, status


def against_comparator(outcomes: Outcomes, value: float) -> "DataFrame":
    """Return each arm against the comparator: means, 95 % of draws, quadrants, chances.

    ``value`` is pounds of a unit of effect.  Columns: ``arm, comparator``; mean, ``_low`` and
    ``_high`` of ``cost``, ``effect`` and ``net_benefit`` (the 2.5 and 97.5 percentiles of the
    draws); ``icer`` of the means, empty where it means nothing, and ``quadrant``;
    ``chance_cheaper, chance_better, chance_cost_effective`` (a tie counts half).
    """
    from pandas import DataFrame

    rows = []
    for cost, effect, arm in zip(
        *(table.T for table in outcomes.increments()), outcomes.others, strict=True
    ):
        worth = value * effect - cost
        mean = cost.mean(keepdims=True), effect.mean(keepdims=True)
        row = {"arm": outcomes.arms[arm], "comparator": outcomes.comparator, "value": value}
        for name, draws in (("cost", cost), ("effect", effect), ("net_benefit", worth)):
            low, high = np.percentile(draws, _INTERVAL)
            row |= {name: draws.mean(), f"{name}_low": low, f"{name}_high": high}
        row |= {
            "icer": float(icer(*mean)[0]),
            "quadrant": QUADRANTS[int(quadrant(*mean)[0])].split(":")[0],
            "chance_cheaper": _chance(-cost),
            "chance_better": _chance(effect),
            "chance_cost_effective": _chance(worth),
        }
        rows.append(row)
    return DataFrame(rows)


def _chance(gain: Floats) -> float:
    return float(((gain > 0) + 0.5 * (gain == 0)).mean())


def _slope(cost: Floats, effect: Floats, one: int, other: int) -> float:
    return float((cost[other] - cost[one]) / (effect[other] - effect[one]))
