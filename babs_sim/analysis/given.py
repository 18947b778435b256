"""What drives a figure, read off a probabilistic sample that is there already: PAWN and delta.

Both compare the distribution of the figure where a parameter lies in one slice of its range with
that over all draws; neither asks that an effect be straight or even one-sided.  Columns of chance
that no outcome can depend on show what an index is worth when there is nothing to see.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.screening import salib_seed
from babs_sim.analysis.study import Sampled
from babs_sim.analysis.wording import number
from babs_sim.handover import Floats
from babs_sim.parameters import Model
from babs_sim.randomness import uniforms

if TYPE_CHECKING:
    from pandas import DataFrame

CHANCE = 20
"""Columns of chance: the largest of their indices is what an index must exceed to be clear."""

SLICES = 10
LEADING = 20
"""Delta is costly: only these many parameters, those that lead by PAWN, have it."""

RESAMPLES = 30
"""Bootstrap samples behind an interval of delta, and behind its correction for bias."""


def sensitivity_frame(
    methods: Sequence[str], sampled: Sampled, model: Model, measure: str, seed: int
) -> "DataFrame":
    """Return what each parameter says about ``measure``, the strongest first, by arm and method.

    Parameters that no figure depends on are left out, though they may go with one that matters.

    Columns: ``arm, comparator, measure, method, rank, parameter, label, index, low, high, chance,
    clear``.  ``pawn`` is the median over slices of the Kolmogorov-Smirnov distance (Pianosi and
    Wagener 2018), ``low`` and ``high`` its least and greatest; ``delta`` half the mean absolute
    difference between densities (Borgonovo 2007), ``low`` and ``high`` a 95 % interval by
    bootstrap, of the `LEADING` parameters only.  ``chance`` is the largest index of `CHANCE`
    columns that cannot matter, ``clear`` whether the index exceeds it.
    """
    from pandas import DataFrame

    draws, found = sampled.draws, sampled.found
    count = len(found)
    kept = [
        (name, column[1 : count + 1])
        for name, column in zip(draws.names, draws.values.T, strict=True)
        if name in sampled.read and np.ptp(column[1 : count + 1]) > 0
    ]
    names = [name for name, _ in kept]
    drawn = np.arange(count)
    dummies = [uniforms(seed, drawn, f"chance:{i}") for i in range(CHANCE)]
    x = np.column_stack([*(column for _, column in kept), *dummies])
    rows = []
    for arm in found.columns.others:
        y = found.increment(arm, measure)
        pawn = _pawn(x, y, seed)
        order = np.argsort(-pawn[: len(names), 0], kind="stable")
        by_method = {"pawn": (order, pawn)}
        if "delta" in methods:
            leading = order[:LEADING]
            tried = np.concatenate([leading, len(names) + np.arange(CHANCE)])
            delta = np.full_like(pawn, np.nan)
            delta[tried] = _delta(x[:, tried], y, seed)
            by_method["delta"] = (leading[np.argsort(-delta[leading, 0], kind="stable")], delta)
        for method in methods:
            ranked, indices = by_method[method]
            chance = float(np.nanmax(indices[len(names) :, 0]))
            for rank, place in enumerate(ranked, 1):
                index, low, high = indices[place]
                rows.append(
                    {
                        "arm": arm, "comparator": found.columns.comparator, "measure": measure,
                        "method": method, "rank": rank, "parameter": names[place],
                        "label": model.parameters[names[place]].label or names[place],
                        "index": index, "low": low, "high": high, "chance": chance,
                        "clear": bool(index > chance),
                    }
                )  # fmt: skip
    return DataFrame(rows)


def sensitivity_lines(frame: "DataFrame", shown: int = 5) -> list[str]:
    """Return the parameters that lead by each method, and how many are clear of chance."""
    lines = []
    for (arm, method), part in frame.groupby(["arm", "method"], sort=False):
        first = part.head(shown)
        leading = ", ".join(
            f"{label} {number(float(index))}"
            for label, index in zip(first["label"], first["index"], strict=True)
        )
        lines.append(
            f"{arm}, what drives {part['measure'].iloc[0]} by {method}: {leading}; "
            f"{int(part['clear'].sum())} of {len(part)} are above what chance alone gives "
            f"({number(float(part['chance'].iloc[0]))})."
        )
    return lines


def _pawn(x: Floats, y: Floats, seed: int) -> Floats:
    """Return median, least and greatest distance (C, 3) for each column of ``x`` (N, C)."""
    from SALib.analyze import pawn

    with _undisturbed():
        found = pawn.analyze(_problem(x), x, y, S=SLICES, seed=salib_seed(seed))
    return np.column_stack([found["median"], found["minimum"], found["maximum"]])


def _delta(x: Floats, y: Floats, seed: int) -> Floats:
    """Return delta and its 95 % interval (C, 3) for each column of ``x`` (N, C)."""
    from SALib.analyze import delta

    with _undisturbed():
        found = delta.analyze(
            _problem(x), x, y, num_resamples=RESAMPLES, seed=salib_seed(seed), method="delta"
        )
    index, half = np.asarray(found["delta_raw"]), np.asarray(found["delta_raw_conf"])
    return np.column_stack([index, index - half, index + half])


def _problem(x: Floats) -> Mapping[str, object]:
    names = [f"x{c}" for c in range(x.shape[1])]
    bounds = np.column_stack([x.min(axis=0), x.max(axis=0)]).tolist()
    return {"num_vars": x.shape[1], "names": names, "bounds": bounds}


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave numpy's global random state and the warning filters as they were: SALib sets both."""
    state, shown = np.random.get_state(), warnings.formatwarning
    try:
        with warnings.catch_warnings(record=True):
            yield
    finally:
        warnings.formatwarning = shown
        np.random.set_state(state)
