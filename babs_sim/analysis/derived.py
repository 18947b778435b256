"""Figures made of others: ratios, net benefit, payback, break-even.

Each works on arrays whose first axis are replicates, element by element.  Where a ratio means
nothing it is nan, which is an empty cell in a table.
"""

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Floats, Ints

NORTH_EAST, DOMINATED, SOUTH_WEST, DOMINANT, SAME = 1, 2, 3, 4, 0
QUADRANTS = {
    NORTH_EAST: "north-east: costs more, more QALYs",
    DOMINATED: "dominated: costs more or gains less, and is better in neither",
    SOUTH_WEST: "south-west: costs less, fewer QALYs",
    DOMINANT: "dominant: costs less or gains more, and is worse in neither",
    SAME: "no difference",
}
"""Words for the codes of `quadrant`, the quadrants of the plane of cost (up) and QALYs (right)."""

PAYS_BACK, NEVER, NOTHING = 1, -1, 0


def quadrant(cost: Floats, effect: Floats) -> Ints:
    """Return the quadrant of incremental cost and effect.

    1 north-east, 2 dominated, 3 south-west, 4 dominant, 0 no difference.  On an axis the arm that
    is no worse in either is dominant, the one that is no better in either dominated.

    >>> quadrant(np.array([5.0, 5.0, -5.0, -5.0, 0.0]), np.array([1.0, 0.0, -1.0, 0.0, 0.0]))
    array([1, 2, 3, 4, 0])
    """
    codes = np.select(
        [(cost == 0) & (effect == 0), (cost > 0) & (effect > 0), (cost < 0) & (effect < 0)],
        [SAME, NORTH_EAST, SOUTH_WEST],
        np.where((cost <= 0) & (effect >= 0), DOMINANT, DOMINATED),
    )
    return np.asarray(codes, dtype=np.int64)


def icer(cost: Floats, effect: Floats) -> Floats:
    """Return incremental cost per unit of effect; nan unless `quadrant` is 1 or 3.

    In the south-west it is what is saved for each unit lost.  ``cost`` and ``effect`` (R,): the
    quadrant of row 0 decides for all replicates.

    >>> icer(np.array([100.0]), np.array([0.5]))
    array([200.])
    """
    if quadrant(cost, effect).flat[0] not in (NORTH_EAST, SOUTH_WEST):
        return np.full_like(cost, np.nan)
    return _ratio(cost, effect, effect != 0)


def net_monetary_benefit(cost: Floats, effect: Floats, value: float) -> Floats:
    """Return value x effect - cost, for pounds ``value`` of a unit of effect."""
    return value * effect - cost


def benefit_cost_ratio(benefit: Floats, cost: Floats) -> Floats:
    """Return present benefit per pound of present cost; nan where nothing is spent."""
    return _ratio(benefit, cost, cost > 0)


def payback(cost: Floats, ends: Floats) -> tuple[Floats, Ints]:
    """Return when a stream of incremental costs has paid back, and whether it does.

    ``cost`` (R, Y) discounted incremental cost by year, ``ends`` (Y,) years since entry at which
    the years end.  With C the cumulative net flow, minus the cumulative cost, the time is where
    C reaches 0 after the last year's end at which it is negative, linear between the ends; 0 where
    no year ends below 0.  The status is 1 (pays back), -1 (C is negative at the horizon: the time
    is nan) or 0 (nothing ever flows: the time is nan).

    >>> years, status = payback(np.array([[100.0, -50.0, -100.0]]), np.array([0.5, 1.5, 2.5]))
    >>> years.tolist(), status.tolist()
    ([2.0], [1])
    """
    flow = -np.cumsum(cost, axis=1)
    size = np.abs(flow).max(axis=1, initial=0.0)
    below = flow < -1e-9 * size[:, None]
    last = np.where(below.any(axis=1), below.shape[1] - 1 - below[:, ::-1].argmax(axis=1), -1)
    following = np.minimum(last + 1, below.shape[1] - 1)
    row = np.arange(len(flow))
    low, high = flow[row, last], flow[row, following]
    share = np.clip(_ratio(-low, high - low, high > low), 0.0, 1.0)
    years = np.where(last < 0, 0.0, ends[last] + share * (ends[following] - ends[last]))
    never = last == below.shape[1] - 1
    status = np.where(size == 0, NOTHING, np.where(never, NEVER, PAYS_BACK))
    return np.where(status == PAYS_BACK, years, np.nan), np.asarray(status, dtype=np.int64)


def break_even(other_cost: Floats, cost_of_events: Floats, events: Floats) -> Floats:
    """Return how many events must be prevented, per family, for the net cost to be 0.

    ``other_cost``: incremental cost of everything but the events' own unit costs;
    ``cost_of_events`` and ``events``: those unit costs and the number of events in the comparator.
    The number is other_cost / (cost_of_events / events).  It is negative where the rest alone
    saves money, and nan where the comparator has no events or they cost nothing.

    >>> break_even(np.array([3000.0]), np.array([10000.0]), np.array([0.1]))
    array([0.03])
    """
    return _ratio(other_cost * events, cost_of_events, (events > 0) & (cost_of_events > 0))


def _ratio(above: Floats, below: Floats, where: NDArray[np.bool_]) -> Floats:
    result = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    return np.asarray(np.divide(above, below, out=result, where=where))
