"""Probabilistic analysis: all parameters drawn together, fresh families in each draw."""

import math
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.choosing import choice_lines, choice_of, choice_tables
from babs_sim.analysis.drawing import Draws, draw_points
from babs_sim.analysis.given import sensitivity_frame, sensitivity_lines
from babs_sim.analysis.points import Evaluated, Response
from babs_sim.analysis.psa_tables import (
    convergence_frame,
    matrix_frame,
    mean_frame,
    payback_frame,
    summary_frame,
)
from babs_sim.analysis.sizes import Sizes, sizes_of
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found, Sampled
from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.experiment import Analysis, Experiment
from babs_sim.experiment.schema import resolved
from babs_sim.parameters import Model

if TYPE_CHECKING:
    from pandas import DataFrame

LOOK = 100
"""Draws between two looks at the precision; looks do not depend on how the work is shared out."""


def run_psa(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Draw, run and tabulate; the sizes are those of the analysis or a pilot's.

    Raises `Problems` for a measure that is not reported and for a file of draws that does not fit.
    """
    measure = analysis.measure or NET_BENEFIT
    sizes = sizes_of(
        experiment,
        model,
        measure,
        analysis.draws,
        analysis.families,
        analysis.precision,
        conditions,
    )
    draws, response, found = sample_of(analysis, experiment, model, sizes, conditions)
    n = len(found)
    paired = Response(experiment, model, sizes.families)
    at_mean = paired.evaluate([draws.mean(n)])
    choice = choice_of(found)
    tables = psa_tables(found, response.base, at_mean, draws, measure) | choice_tables(choice)
    facts = {
        "draws": n,
        "families": sizes.families,
        "sequence": analysis.sequence,
        "stopped_early": n < sizes.draws,
        "pilot": {
            "variance_between": sizes.between,
            "variance_within_a_family": sizes.within,
            "families_by_formula": sizes.best,
        },
        "share_not_noise": [float(share) for share in choice.kept],
        "units": "draws.csv is in base units",
    }
    lines = _lines(found, response.base, at_mean, measure, sizes) + choice_lines(choice, model)
    sampled = Sampled(draws, found, sizes.families, response.read_names())
    if analysis.given_data:
        seed = experiment.cohort.seed
        frame = sensitivity_frame(analysis.given_data, sampled, model, measure, seed)
        tables["sensitivity"] = frame
        lines += sensitivity_lines(frame)
    return Found(tables, facts, tuple(lines), sampled)


def sample_of(
    analysis: Analysis, experiment: Experiment, model: Model, sizes: Sizes, conditions: Conditions
) -> tuple[Draws, Response, Evaluated]:
    """Return the draws, what runs them, and the figures of draws 1 to N (N, ...).

    Draw d has families [d n, (d + 1) n) of the seed, in every arm.  With a precision it stops at
    the first look at which the standard error of the measure's mean is small enough.
    """
    file = resolved(analysis.draws_file, experiment.path) if analysis.draws_file else None
    points = draw_points(model, sizes.draws, experiment.cohort.seed, analysis.sequence, file)
    response = Response(
        experiment, model, sizes.families, True, conditions.workers, conditions.tell
    )
    measure = analysis.measure or NET_BENEFIT
    response.check_measure(measure)
    looks = range(LOOK, sizes.draws, LOOK) if analysis.precision else ()
    start, parts = 1, list[Evaluated]()
    for stop in (*looks, sizes.draws):
        parts.append(
            response.evaluate(
                points[start : stop + 1], start=start, workers=conditions.workers,
                backend=conditions.backend, batch=conditions.batch, progress=conditions.tell,
                what="running the draws", checkpoint=conditions.part("draws"),
            )
        )  # fmt: skip
        start = stop + 1
        found = Evaluated(response.columns, np.concatenate([part.rows for part in parts]))
        if analysis.precision and _precise(found, measure, analysis.precision):
            break
    return points, response, found


def psa_tables(
    found: Evaluated, base: Evaluated, at_mean: Evaluated, draws: Draws, measure: str
) -> "dict[str, DataFrame]":
    """Return the tables of a probabilistic analysis by name; each module function says of what."""
    arms = found.columns.arms
    increments = found.increment_frame(first=1)
    return {
        "psa": found.summary_frame(first=1),
        "psa_increments": increments,
        "psa_summary": summary_frame(found, base),
        "psa_mean": mean_frame(found, base, at_mean),
        "costs": matrix_frame(found.costs(), arms),
        "effects": matrix_frame(found.effects(), arms),
        "draws": draws.frame(len(found)),
        "payback": payback_frame(found),
        "convergence": convergence_frame(found, measure),
    }


def _precise(found: Evaluated, measure: str, precision: float) -> bool:
    """Return whether the means of all arms' figure are known to the precision asked for."""
    for arm in found.columns.others:
        values = found.increment(arm, measure)
        if values.std(ddof=1) / math.sqrt(len(values)) > precision * abs(values.mean()):
            return False
    return True


def _lines(
    found: Evaluated, base: Evaluated, at_mean: Evaluated, measure: str, sizes: Sizes
) -> list[str]:
    n = len(found)
    lines = [f"Probabilistic analysis: {n:,} draws of {sizes.families:,} families."]
    if math.isfinite(sizes.between):
        lines.append(
            f"A pilot said: standard deviation between draws {number(max(sizes.between, 0) ** 0.5)}"
            f", within a draw {number((sizes.within / sizes.families) ** 0.5)} ({measure})."
        )
    for arm in found.columns.others:
        values = found.increment(arm, measure)
        low, high = np.percentile(values, [2.5, 97.5])
        error = values.std(ddof=1) / math.sqrt(n)
        show = pounds if measure == NET_BENEFIT else number
        lines.append(
            f"{arm}, {measure} a family: mean {show(float(values.mean()))}, 95 % of draws "
            f"{show(float(low))} to {show(float(high))} (Monte Carlo error of the mean "
            f"{show(float(error))}); above 0 in {percent(float((values > 0).mean()))}."
        )
        first = float(base.increment(arm, measure)[0])
        middle = float(at_mean.increment(arm, measure)[0])
        lines.append(
            f"The base case says {show(first)}, the mean of the parameters drawn "
            f"{show(middle)}: of the difference {show(float(values.mean()) - first)}, "
            f"{show(middle - first)} is because draws do not centre on the base values, "
            f"{show(float(values.mean()) - middle)} because effects multiply, and chance."
        )
    return lines
