"""Sobol indices: the share of the spread of a figure that each parameter brings.

First-order and total indices by the estimators of Saltelli and others (2010) on a scrambled Sobol
sequence.  Letters for shapes: N samples, D factors (the dummy last), C inputs, P = N x (D + 2)
points, or N x (2D + 2) with pairs; R replicates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.drawing import Draws
from babs_sim.analysis.factors import (
    Factor,
    check_factors,
    drawn_together,
    factors_of,
    inputs_of,
)
from babs_sim.analysis.points import Evaluated, Response
from babs_sim.analysis.screening import leading, salib_seed
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found
from babs_sim.analysis.wording import percent
from babs_sim.economics import block_error
from babs_sim.experiment import Analysis, Experiment
from babs_sim.handover import Floats
from babs_sim.parameters import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

DUMMY = "dummy"
"""The parameter that nothing reads: where it moves, other families live and nothing else."""

_SHOWN = 10
_LIMITS = (2.5, 97.5)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Saltelli's design: ``u`` (P, C + 1) in [0, 1), the dummy's the last column.

    ``owners`` (C + 1,) say which factor each column belongs to, of ``factors`` D.
    """

    u: Floats
    owners: tuple[int, ...]
    samples: int
    pairs: bool

    @property
    def factors(self) -> int:
        """Return how many factors there are, the dummy among them."""
        return self.owners[-1] + 1

    @property
    def size(self) -> int:
        """Return the points of one sample."""
        return (2 if self.pairs else 1) * self.factors + 2

    @property
    def others(self) -> "NDArray[np.bool_]":
        """Return at which points (P,) only the dummy has moved: they are those of other families.

        Each repeats the parameters of the first point of its sample (of the last, for pairs).
        """
        place = np.arange(len(self.u)) % self.size
        own = (self.factors, 2 * self.factors) if self.pairs else (self.factors,)
        return np.asarray(np.isin(place, own))


def run_sobol(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Share out the variance; raises `Problems` for an unknown measure and too few parameters.

    All points have the same families, but for those of the dummy, which each have their own.
    """
    measure, cohort = analysis.measure or NET_BENEFIT, experiment.cohort
    factors = factors_of(model, analysis.parameters, analysis.groups)
    if analysis.most_important is not None:
        names = leading(conditions.earlier["morris"]["morris"], analysis.most_important)
        by_name = {factor.name: factor for factor in factors}
        factors = [by_name[name] for name in names]
    else:
        check_factors(factors, analysis, experiment)
    inputs = inputs_of(model, factors)
    design = design_of(
        [owner for _, owner in inputs], analysis.samples, cohort.seed, analysis.second_order
    )
    points = drawn_together(model, factors, inputs, design.u[:, :-1])
    rows, others = np.empty((len(points), 0)), design.others
    for fresh, at, name in ((False, ~others, "points"), (True, others, "dummy")):
        response = Response(
            experiment, model, cohort.families, fresh, conditions.workers, conditions.tell, measure
        )
        response.check_measure(measure)
        found = response.evaluate(
            Draws(points.names, points.values[at]), start=1 if fresh else 0,
            workers=conditions.workers, backend=conditions.backend, batch=conditions.batch,
            progress=conditions.tell,
            what="running the dummy's samples" if fresh else "running the samples",
            checkpoint=conditions.part(name),
        )  # fmt: skip
        if not fresh:
            rows = np.empty((len(points), response.columns.size))
        rows[at] = found.rows
    whole = Evaluated(response.columns, rows)
    tables = sobol_tables(
        factors, design, whole, response.blocks, measure, cohort.seed, analysis.resamples
    )
    facts = {
        "measure": measure, "families": cohort.families, "points": len(points),
        "samples": analysis.samples, "resamples": analysis.resamples, "groups": analysis.groups,
        "main_effects": _explained(tables["sobol"], whole.columns.others[0]),
    }  # fmt: skip
    return Found(tables, facts, tuple(_lines(tables["sobol"], whole, measure, facts)))


def design_of(owners: Sequence[int], samples: int, seed: int, pairs: bool = False) -> Design:
    """Return the design for inputs of the factors ``owners`` (C,), and a dummy after them."""
    from SALib.sample.sobol import sample

    both = (*owners, max(owners) + 1)
    problem = _problem(both)
    u = sample(problem, samples, calc_second_order=pairs, seed=salib_seed(seed))
    return Design(np.asarray(u, dtype=np.float64), both, samples, pairs)


def _problem(owners: Sequence[int]) -> dict[str, object]:
    return {
        "num_vars": len(owners), "names": [f"x{c}" for c in range(len(owners))],
        "groups": [f"f{owner}" for owner in owners], "bounds": [[0.0, 1.0]] * len(owners),
    }  # fmt: skip


def first_and_total(design: Design, values: Floats) -> tuple[Floats, Floats]:
    """Return first-order and total indices (..., D) of figures ``values`` (..., P).

    With A, B the figures at two independent samples and AB_j those at A with factor j as in B:
    mean(B (AB_j - A)) / V and mean((A - AB_j)^2) / 2V, V the variance of A and B together.
    """
    shaped = values.reshape(*values.shape[:-1], design.samples, design.size)
    shaped = shaped - values.mean(axis=-1)[..., None, None]
    a, b = shaped[..., :1], shaped[..., -1:]
    moved = shaped[..., 1 : design.factors + 1]
    variance = np.concatenate([a, b], axis=-1).var(axis=(-2, -1))[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        first = (b * (moved - a)).mean(axis=-2) / variance
        total = ((a - moved) ** 2).mean(axis=-2) / 2 / variance
    return np.asarray(first), np.asarray(total)


def sobol_tables(
    factors: Sequence[Factor], design: Design, found: Evaluated, blocks: Floats, measure: str,
    seed: int, resamples: int,
) -> "dict[str, DataFrame]":  # fmt: skip
    """Return sobol.csv, the largest total first and the dummy last, and the pairs if there are any.

    sobol.csv: rank (0 for the dummy), parameter, label, first, first_low, first_high, total,
    total_low, total_high (95 % by bootstrap of the samples), first_mc_error, total_mc_error (Monte
    Carlo errors, of the families), clear (whether the interval of the total lies above the dummy's
    total), arm, comparator, measure, measure_unit.  sobol_pairs.csv: parameter, other, second,
    second_low, second_high, and arm to measure_unit.
    """
    from pandas import DataFrame, concat

    columns, units = found.columns, dict(found.columns.increments)
    named = [*factors, Factor(DUMMY, "Dummy: other families, nothing else", ())]
    singles, pairs = [], []
    for a, arm in enumerate(columns.others):
        tail = {"arm": arm, "comparator": columns.comparator, "measure": measure,
                "measure_unit": units[measure]}  # fmt: skip
        values = found.increment(arm, measure)
        shares = _analysed(design, values, seed, resamples)
        errors = _errors(design, found.array("replicates")[:, a], blocks)
        frame = DataFrame(
            {
                "parameter": [f.name for f in named], "label": [f.label for f in named],
                **{key: shares[key] for key in ("first", "first_low", "first_high", "total",
                                                "total_low", "total_high")},
                "first_mc_error": errors[0], "total_mc_error": errors[1],
                "clear": shares["total_low"] > shares["total"][-1], **tail,
            }
        )  # fmt: skip
        frame["dummy"] = frame["parameter"] == DUMMY
        frame = frame.sort_values(["dummy", "total"], ascending=[True, False], kind="stable")
        frame = frame.drop(columns="dummy").reset_index(drop=True)
        frame.insert(0, "rank", [*range(1, len(frame)), 0])
        singles.append(frame)
        if design.pairs:
            second, width = shares["second"], shares["second_conf"]
            pairs += [
                {"parameter": named[i].name, "other": named[j].name, "second": second[i, j],
                 "second_low": second[i, j] - width[i, j],
                 "second_high": second[i, j] + width[i, j], **tail}
                for i in range(len(factors)) for j in range(i + 1, len(factors))
            ]  # fmt: skip
    tables = {"sobol": concat(singles, ignore_index=True)}
    return tables | ({"sobol_pairs": DataFrame(pairs)} if pairs else {})


def _analysed(design: Design, values: Floats, seed: int, resamples: int) -> dict[str, Floats]:
    """Return the indices and the limits of their intervals (D,); pairs as (D, D)."""
    from SALib.analyze.sobol import analyze

    d = design.factors
    spread = values[~design.others]
    if not np.isfinite(values).all() or np.ptp(spread) == 0.0:
        keys = ("first", "first_low", "first_high", "total", "total_low", "total_high")
        nothing = {key: np.full(d, np.nan) for key in keys}
        return nothing | {key: np.full((d, d), np.nan) for key in ("second", "second_conf")}
    found = analyze(
        _problem(design.owners), np.ascontiguousarray(values), calc_second_order=design.pairs,
        num_resamples=resamples, keep_resamples=True, seed=salib_seed(seed),
    )  # fmt: skip
    result: dict[str, Floats] = {}
    for name, key in (("first", "S1"), ("total", "ST")):
        low, high = np.percentile(found[f"{key}_conf_all"], _LIMITS, axis=0)
        result |= {name: found[key], f"{name}_low": low, f"{name}_high": high}
    if design.pairs:
        result |= {"second": found["S2"], "second_conf": found["S2_conf"]}
    return result


def _errors(design: Design, replicates: Floats, blocks: Floats) -> tuple[Floats, Floats]:
    """Return the Monte Carlo errors of both indices (D,), nan for the dummy: it has no pairing."""
    both = first_and_total(design, replicates.T)
    first, total = (block_error(one, blocks) for one in both)
    first[-1] = total[-1] = np.nan
    return first, total


def _explained(frame: "DataFrame", arm: str) -> float:
    mine = frame[(frame["arm"] == arm) & (frame["parameter"] != DUMMY)]
    return float(mine["first"].sum())


def _lines(
    frame: "DataFrame", found: Evaluated, measure: str, facts: dict[str, object]
) -> list[str]:
    arm = found.columns.others[0]
    mine = frame[frame["arm"] == arm]
    dummy = mine[mine["parameter"] == DUMMY].iloc[0]
    real = mine[mine["parameter"] != DUMMY]
    lines = [
        f"Sobol indices of {measure}, {arm}: {len(real)} parameters, {facts['samples']:,} samples, "
        f"{facts['points']:,} points of {facts['families']:,} families. Share of the variance, in "
        "all (by itself):"
    ]
    for row in real.head(_SHOWN).to_dict("records"):
        total, low, high, first = (
            percent(float(row[key])) for key in ("total", "total_low", "total_high", "first")
        )
        lines.append(f"    {row['parameter']}: {total}, 95 % {low} to {high} ({first})")
    lines.append(
        f"Single parameters explain {percent(_explained(frame, arm))}. Chance: other families "
        f"alone (dummy) bring {percent(float(dummy['total']))} of that variance; "
        f"{int(real['clear'].sum())} of {len(real)} parameters bring clearly more."
    )
    if not np.isfinite(float(dummy["total"])):
        lines.append(f"{measure} does not vary, or is not defined at every point.")
    return lines
