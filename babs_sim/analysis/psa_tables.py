"""The tables of a probabilistic sample, one row a draw, and what draws say together."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.derived import payback
from babs_sim.analysis.points import Evaluated
from babs_sim.handover import Floats

if TYPE_CHECKING:
    from pandas import DataFrame

INTERVAL = (2.5, 97.5)
_STEPS = 40  # rows of a figure in the table of convergence
_FEWEST = 10
_CODES = ("icer_quadrant", "payback_status")
_RATIO = "icer"


def matrix_frame(values: Floats, arms: Sequence[str]) -> "DataFrame":
    """Return one column an arm and one row a draw, as BCEA and SAVI read costs and effects."""
    from pandas import DataFrame

    return DataFrame(values, columns=list(arms))


def summary_frame(found: Evaluated, base: Evaluated) -> "DataFrame":
    """Return every measure of each arm, then every figure of each comparison, over all draws.

    Columns arm, comparator ("" for a measure of one arm), measure, unit, mean, sd, low and high (95
    % of draws lie between them), mc_error (of the mean), noise (root mean square of the Monte
    Carlo error within a draw: part of ``sd``), defined (share of draws in which there is such a
    figure; without all of them there is no mean), base, base_mc_error, difference (mean minus
    base).  A ratio of increments has no row: its mean over draws means nothing.
    """
    from pandas import DataFrame

    columns, rows = found.columns, []
    for comparator, arms, names, key in (
        ("", columns.arms, columns.summary, "summary"),
        (columns.comparator, columns.others, columns.increments, "increment"),
    ):
        values, errors = found.array(key), found.array(f"{key}_error")
        first, first_errors = base.array(key)[0], base.array(f"{key}_error")[0]
        for a, arm in enumerate(arms):
            for m, (name, unit) in enumerate(names):
                if name == _RATIO or name.startswith(_CODES):
                    continue
                stated = _stated(values[:, a, m], errors[:, a, m])
                mean = stated[0]
                rows.append(
                    (arm, comparator, name, unit, *stated, first[a, m], first_errors[a, m],
                     mean - first[a, m])
                )  # fmt: skip
    return DataFrame(
        rows,
        columns=["arm", "comparator", "measure", "unit", "mean", "sd", "low", "high", "mc_error",
                 "noise", "defined", "base", "base_mc_error", "difference"],
    )  # fmt: skip


def _stated(values: Floats, errors: Floats) -> tuple[float, ...]:
    """Return mean, sd, low, high, mc_error, noise and defined; what never comes counts as late."""
    there = np.isfinite(values)
    share, n = float(there.mean()), len(values)
    low, high = _quantiles(values)
    if share < 1.0:
        return math.nan, math.nan, low, high, math.nan, math.nan, share
    sd = float(values.std(ddof=1)) if n > 1 else math.nan
    noise = float(np.sqrt((errors**2).mean()))
    return float(values.mean()), sd, low, high, sd / math.sqrt(n), noise, share


def _quantiles(values: Floats) -> tuple[float, float]:
    ordered = np.sort(np.where(np.isfinite(values), values, np.inf))
    low, high = (
        float(np.percentile(ordered, q, method="inverted_cdf" if np.isinf(ordered[-1]) else
                            "linear"))
        for q in INTERVAL
    )  # fmt: skip
    return low if math.isfinite(low) else math.nan, high if math.isfinite(high) else math.nan


def mean_frame(found: Evaluated, base: Evaluated, at_mean: Evaluated) -> "DataFrame":
    """Return why the mean of the draws is not the base case, for each figure of a comparison.

    ``difference`` = ``from_means`` (the figure at the means of the parameters drawn minus the base
    case: a ratio's distribution does not centre on its value, and an effect that may be nil has a
    mean nearer to none) + ``from_shape`` (the rest: effects multiply, and chance).  ``mc_error`` is
    that of the mean of the draws, ``base_mc_error`` that of the base case.
    """
    from pandas import DataFrame

    columns, n, rows = found.columns, len(found), []
    values, first, middle = (one.array("increment") for one in (found, base, at_mean))
    errors = base.array("increment_error")
    for a, arm in enumerate(columns.others):
        for k, (name, unit) in enumerate(columns.increments):
            if name == _RATIO or name.startswith(_CODES) or not np.isfinite(values[:, a, k]).all():
                continue
            mean, here, at = values[:, a, k].mean(), first[0, a, k], middle[0, a, k]
            error = values[:, a, k].std(ddof=1) / math.sqrt(n)
            rows.append(
                (arm, columns.comparator, name, unit, here, errors[0, a, k], at, mean, error,
                 mean - here, at - here, mean - at)
            )  # fmt: skip
    return DataFrame(
        rows,
        columns=["arm", "comparator", "measure", "unit", "base", "base_mc_error",
                 "at_mean_parameters", "mean", "mc_error", "difference", "from_means",
                 "from_shape"],
    )  # fmt: skip


def payback_frame(found: Evaluated) -> "DataFrame":
    """Return when, and how surely, each payer has its money back.

    Columns arm, comparator, payer ("" for the perspective in all), year, years_since_entry (at the
    end of that year), ahead (chance that the payer is no worse off by then, were it the horizon),
    mc_error of that chance, and here (share of draws whose payback time, of the whole horizon,
    falls in this year).  A row of year -1 holds, as ``here``, the share of draws that never pay
    back or in which nothing flows.
    """
    from pandas import DataFrame

    columns, n = found.columns, len(found)
    ends = np.array(columns.ends)
    flows, rows = found.array("cashflow"), []
    for a, arm in enumerate(columns.others):
        for q, payer in enumerate(columns.payers):
            total = flows[:, a, q]
            times, _ = payback(np.diff(total, axis=1, prepend=0.0), ends)
            size = np.abs(total).max(axis=1, keepdims=True)
            ahead = ((total <= 1e-9 * size) & (size > 0)).mean(axis=0)
            year = np.searchsorted(ends, np.where(np.isnan(times), np.inf, times))
            here = np.bincount(year, minlength=len(ends) + 1) / n
            head = (arm, columns.comparator, payer)
            rows += [
                (*head, y, ends[y], ahead[y], math.sqrt(ahead[y] * (1 - ahead[y]) / n), here[y])
                for y in range(len(ends))
            ]
            rows.append((*head, -1, math.nan, math.nan, math.nan, here[len(ends)]))
    return DataFrame(
        rows,
        columns=["arm", "comparator", "payer", "year", "years_since_entry", "ahead", "mc_error",
                 "here"],
    )  # fmt: skip


def convergence_frame(found: Evaluated, measure: str) -> "DataFrame":
    """Return means and chances over the first draws, more and more of them.

    Columns arm, comparator, measure, what (``mean``, or ``chance`` that it is above 0, below 0 for
    a cost), draws, value, mc_error, low, high (95 % interval for chance in the draws).
    """
    from pandas import DataFrame

    columns, n, rows = found.columns, len(found), []
    steps = np.unique(np.linspace(min(_FEWEST, n), n, _STEPS).round().astype(int))
    costs = [f"cost_{payer}" if payer else "cost" for payer in columns.payers]
    means = list(dict.fromkeys([measure, "cost", "qalys"]))
    wanted = [(name, "mean") for name in means]
    wanted += [(name, "chance") for name in dict.fromkeys([measure, *costs])]
    for arm in columns.others:
        for name, what in wanted:
            x = found.increment(arm, name)
            if what == "chance":
                x = (x < 0 if name in costs else x > 0).astype(float)
            count = np.arange(1, n + 1)
            mean = np.cumsum(x) / count
            spread = np.maximum(np.cumsum(x * x) / count - mean**2, 0.0)
            for step in steps:
                value = mean[step - 1]
                variance = spread[step - 1] * step / max(step - 1, 1)
                error = math.sqrt((value * (1 - value) if what == "chance" else variance) / step)
                rows.append((arm, columns.comparator, name, what, step, value, error,
                             value - 1.959964 * error, value + 1.959964 * error))  # fmt: skip
    return DataFrame(
        rows,
        columns=["arm", "comparator", "measure", "what", "draws", "value", "mc_error", "low",
                 "high"],
    )  # fmt: skip
