"""Morris screening: which of many parameters matter at all, with few runs of each.

Elementary effects (Morris 1991) along random trajectories, ranked by the mean of their absolute
values (Campolongo and others 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.factors import Factor, check_factors, factors_of, moved
from babs_sim.analysis.oneway import found_in_pounds
from babs_sim.analysis.points import Evaluated, Response
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found
from babs_sim.analysis.wording import number, pounds
from babs_sim.economics import block_error
from babs_sim.experiment import Analysis, Experiment
from babs_sim.handover import Floats
from babs_sim.parameters import Model

if TYPE_CHECKING:
    from pandas import DataFrame

RANGE = (0.025, 0.975)
"""The quantiles of a parameter's distribution at its lowest and its highest level."""

_RESAMPLES = 1_000
_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Trajectories:
    """A Morris design: ``levels`` (P, F) in [0, 1], P = ``number`` x (F + 1) points."""

    levels: Floats
    number: int
    steps: int

    @property
    def quantiles(self) -> Floats:
        """Return the levels as quantiles of the factors' distributions (P, F)."""
        return RANGE[0] + (RANGE[1] - RANGE[0]) * self.levels


def run_morris(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Screen the parameters; raises `Problems` for an unknown measure and too few parameters.

    All points have the same families.
    """
    measure = analysis.measure or NET_BENEFIT
    factors = factors_of(model, analysis.parameters, analysis.groups)
    check_factors(factors, analysis, experiment)
    families = experiment.cohort.families
    response = Response(
        experiment, model, families, False, conditions.workers, conditions.tell, measure
    )
    response.check_measure(measure)
    design = trajectories_of(
        len(factors), analysis.trajectories, analysis.levels, experiment.cohort.seed
    )
    points = moved(model, factors, design.quantiles)
    found = response.evaluate(
        points, workers=conditions.workers, backend=conditions.backend, batch=conditions.batch,
        progress=conditions.tell, what="screening the parameters",
        checkpoint=conditions.part("points"),
    )  # fmt: skip
    frame = morris_frame(factors, design, found, response.blocks, measure, experiment.cohort.seed)
    facts = {
        "measure": measure, "families": families, "points": len(points),
        "trajectories": design.number, "levels": design.steps, "groups": analysis.groups,
    }  # fmt: skip
    return Found({"morris": frame}, facts, tuple(_lines(frame, found, measure, facts)))


def trajectories_of(factors: int, number: int, levels: int, seed: int) -> Trajectories:
    """Return ``number`` random trajectories through a grid of ``levels`` (an even number)."""
    from SALib.sample.morris import sample

    found = sample(_problem(factors), number, num_levels=levels, seed=salib_seed(seed))
    return Trajectories(np.asarray(found, dtype=np.float64), number, levels)


def salib_seed(seed: int) -> int:
    """Return a seed that SALib takes for one: to it 0 means none, and numpy's ends at 2^32.

    >>> salib_seed(0), salib_seed(1)
    (1, 2)
    """
    return 1 + seed % (2**32 - 1)


def _problem(factors: int) -> dict[str, object]:
    names = [f"x{f}" for f in range(factors)]
    return {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}


def elementary_effects(design: Trajectories, values: Floats) -> Floats:
    """Return the change of a figure per unit of level, (..., F, trajectories).

    ``values`` (..., P) are the figures at the points of the design.
    """
    factors = design.levels.shape[1]
    levels = design.levels.reshape(design.number, factors + 1, factors)
    change = np.diff(levels, axis=1)
    which = np.abs(change).argmax(axis=2)
    step = np.take_along_axis(change, which[..., None], axis=2)[..., 0]
    shaped = values.reshape(*values.shape[:-1], design.number, factors + 1)
    slopes = np.diff(shaped, axis=-1) / step
    order = np.argsort(which, axis=1)
    sorted_slopes = np.take_along_axis(slopes, np.broadcast_to(order, slopes.shape), axis=-1)
    return np.asarray(np.moveaxis(sorted_slopes, -1, -2))


def morris_frame(
    factors: Sequence[Factor], design: Trajectories, found: Evaluated, blocks: Floats,
    measure: str, seed: int,
) -> "DataFrame":  # fmt: skip
    """Return the elementary effects of each factor, the most important first, for each arm.

    Columns rank, parameter, label, mu (mean effect), mu_star (mean of absolute effects),
    mu_star_conf (half the width of its 95 % interval by bootstrap of the trajectories), sigma
    (standard deviation of the effects: interaction and curvature), mu_mc_error and
    mu_star_mc_error (Monte Carlo errors, of the families), arm, comparator, measure, measure_unit.
    An effect is the change of the figure if the factor goes from its 2.5 to its 97.5 percentile.
    """
    from pandas import DataFrame, concat
    from SALib.analyze.morris import analyze

    columns, frames = found.columns, []
    units = dict(columns.increments)
    for a, arm in enumerate(columns.others):
        values = np.ascontiguousarray(found.increment(arm, measure))
        shares = analyze(
            _problem(len(factors)), design.levels, values, num_resamples=_RESAMPLES,
            num_levels=design.steps, seed=salib_seed(seed),
        )  # fmt: skip
        errors = _errors(design, found.array("replicates")[:, a], blocks)
        frame = DataFrame(
            {
                "parameter": [f.name for f in factors], "label": [f.label for f in factors],
                **{key: np.asarray(shares[key], dtype=np.float64)
                   for key in ("mu", "mu_star", "mu_star_conf", "sigma")},
                "mu_mc_error": errors[0], "mu_star_mc_error": errors[1], "arm": arm,
                "comparator": columns.comparator, "measure": measure,
                "measure_unit": units[measure],
            }
        )  # fmt: skip
        frame = frame.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)
        frame.insert(0, "rank", np.arange(1, len(frame) + 1))
        frames.append(frame)
    return concat(frames, ignore_index=True)


def _errors(design: Trajectories, replicates: Floats, blocks: Floats) -> tuple[Floats, Floats]:
    """Return the Monte Carlo errors of mu and mu_star (F,); ``replicates`` (P, R)."""
    means, sizes = [], []
    for one in replicates.T:
        effects = elementary_effects(design, one)
        means.append(effects.mean(axis=-1))
        sizes.append(np.abs(effects).mean(axis=-1))
    return block_error(np.array(means), blocks), block_error(np.array(sizes), blocks)


def leading(frame: "DataFrame", most: int) -> list[str]:
    """Return the ``most`` most important parameters of a screening, over all arms."""
    best = frame.groupby("parameter", sort=False)["mu_star"].max()
    order = best.sort_values(ascending=False, kind="stable").index
    return [str(name) for name in order[:most]]


def _lines(
    frame: "DataFrame", found: Evaluated, measure: str, facts: dict[str, object]
) -> list[str]:
    arm = found.columns.others[0]
    mine = frame[frame["arm"] == arm]
    show = pounds if found_in_pounds(found, measure) else number
    lines = [
        f"Morris screening of {measure}, {arm}: {len(mine)} parameters, {facts['trajectories']} "
        f"trajectories, {facts['points']:,} points of {facts['families']:,} families. Mean size of "
        "the change from the 2.5 to the 97.5 percentile (mu*), and its spread (sigma):"
    ]
    for row in mine.head(_SHOWN).to_dict("records"):
        size, width, sigma = (show(float(row[key])) for key in ("mu_star", "mu_star_conf", "sigma"))
        lines.append(f"    {row['parameter']}: {size} ± {width}, {sigma}")
    undefined = int((~np.isfinite(found.increment(arm, measure))).sum())
    if undefined:
        lines.append(f"{measure} is not defined at {undefined} points, so some effects are not.")
    return lines
