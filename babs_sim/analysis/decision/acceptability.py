"""Which arm is best at each value of a unit of effect, how surely, and what a wrong choice costs.

Two conventions.  The frontier goes by the highest expected net benefit, never by the highest
probability.  Where arms have the same net benefit in a draw they share its probability equally;
where they have the same expected net benefit the one with more effect is chosen, then the
comparator, then the arm listed first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.decision.icers import efficient
from babs_sim.analysis.decision.outcomes import Outcomes
from babs_sim.handover import Floats, Ints

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Acceptability:
    """Curves over ``values`` (K,), pounds of a unit of effect; all money is pounds per family.

    ``net_benefit`` (K, A) expected; ``probability`` (K, A) of being best, rows sum to 1; ``loss``
    (K, A) expected loss of choosing an arm; ``best`` (K,) the arm with the highest expected net
    benefit; ``evpi`` (K,) what perfect information is worth, the least loss; ``evpi_error`` (K,)
    its standard error from the number of draws.
    """

    arms: tuple[str, ...]
    values: Floats
    net_benefit: Floats
    probability: Floats
    loss: Floats
    best: Ints
    evpi: Floats
    evpi_error: Floats
    draws: int


def acceptability(outcomes: Outcomes, values: Floats | Sequence[float]) -> Acceptability:
    """Return acceptability, frontier, expected loss and EVPI at each of ``values`` (K,).

    EVPI = E max_a NB_a - max_a E NB_a, taken as the mean of a difference that is never negative:
    without uncertainty it is exactly 0.  Memory does not grow with K.
    """
    values = np.asarray(values, dtype=np.float64)
    arms, draws = len(outcomes.arms), outcomes.draws
    costs, effects = outcomes.costs.T.copy(), outcomes.effects.T.copy()
    worth = effects.mean(axis=1) * values[:, None] - costs.mean(axis=1)
    probability = np.empty((len(values), arms))
    loss = np.empty((len(values), arms))
    error = np.empty(len(values))
    best = np.empty(len(values), dtype=np.int64)
    order = sorted([outcomes.base, *outcomes.others], key=lambda a: float(-effects[a].mean()))
    benefit, top = np.empty((arms, draws)), np.empty(draws)
    for k, value in enumerate(values):
        np.multiply(effects, value, out=benefit)
        np.subtract(benefit, costs, out=benefit)
        np.max(benefit, axis=0, out=top)
        np.subtract(top, benefit, out=benefit)
        loss[k] = benefit.mean(axis=1)
        is_best = benefit == 0.0
        hits = is_best.sum(axis=1)
        if hits.sum() > draws:
            hits = (is_best / is_best.sum(axis=0)).sum(axis=1)
        probability[k] = hits / draws
        best[k] = order[int(np.argmin(loss[k, order]))]
        error[k] = benefit[best[k]].std(ddof=1) / np.sqrt(draws)
    evpi = loss[np.arange(len(values)), best]
    return Acceptability(
        outcomes.arms, values, worth, probability, loss, best, evpi, error, draws
    )  # fmt: skip


def switch_points(outcomes: Outcomes) -> list[tuple[float, str, str]]:
    """Return the values from 0 on at which the best choice changes, exactly: value, from, to.

    They are the ICERs along the efficiency frontier of the means.
    """
    cost, effect = outcomes.costs.mean(axis=0), outcomes.effects.mean(axis=0)
    frontier, _ = efficient(cost, effect, outcomes.base)
    return [
        (
            float((cost[to] - cost[one]) / (effect[to] - effect[one])),
            outcomes.arms[one],
            outcomes.arms[to],
        )
        for one, to in pairwise(frontier)
    ]


def acceptability_frame(curves: Acceptability) -> "DataFrame":
    """Return the curves as a long table, a row for each value and arm.

    Columns: ``value, arm, net_benefit, probability, probability_error, loss, on_frontier, evpi,
    evpi_error``; the last two are those of the value, the same for all its arms.
    """
    from pandas import DataFrame

    number, arms = curves.probability.shape
    chance = curves.probability.ravel()
    return DataFrame(
        {
            "value": np.repeat(curves.values, arms),
            "arm": np.tile(np.array(curves.arms, dtype=object), number),
            "net_benefit": curves.net_benefit.ravel(),
            "probability": chance,
            "probability_error": np.sqrt(np.clip(chance * (1 - chance), 0, None) / curves.draws),
            "loss": curves.loss.ravel(),
            "on_frontier": (np.arange(arms) == curves.best[:, None]).ravel(),
            "evpi": np.repeat(curves.evpi, arms),
            "evpi_error": np.repeat(curves.evpi_error, arms),
        }
    )
