"""Families of a place: all births, those referred, or a user's own file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from babs_sim.handover import Families, Floats
from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import SelectionRow
from babs_sim.population.sampler import Sampler
from babs_sim.population.selection import SelectionFailed, tilt_to
from babs_sim.randomness import clock_hash, seed_key

REFERENCE_SIZE = 2**16
_LEAST_EIGENVALUE = 1e-6
_REFERENCE_SEED = clock_hash("reference births") % 2**31


@dataclass(frozen=True, slots=True)
class Cohort:
    """Where families come from.

    ``given`` (rows, columns) holds a user's families, repeated in turn when more are asked for.
    """

    names: tuple[str, ...]
    order: tuple[int, ...]
    selecting: int
    sampler: Sampler
    given: Floats | None = None
    given_names: tuple[str, ...] = ()


def read_cohort(
    model: Model,
    values: Values,
    population: str,
    given: tuple[Sequence[str], Floats] | None = None,
) -> Cohort:
    """Prepare a population; ``given`` holds names and rows of a user's families.

    Raises `SelectionFailed` where selection.csv asks for the impossible.
    """
    wanted = [row for row in model.table("selection") if row.population == population]
    names = sorted(row.name for row in model.table("traits"))
    order = names
    sampler = sampler_of(model, values, order)
    selecting = sorted({row.trait for row in wanted})
    if wanted:
        kinds = {row.name: row.kind for row in model.table("traits")}
        if any(kinds[name] != "levels" for name in selecting):
            raise SelectionFailed("only traits with levels can be selected on")
        targets = np.array([values[row.key] for row in wanted])
        tilt = tilt_to(reference_features(sampler, order, 0, wanted), targets)
        selecting = _leading_first(sampler, order, selecting, wanted, tilt)
        order = selecting + [name for name in names if name not in selecting]
        plain = sampler_of(model, values, order)
        # Few births are like the families selected, so the tilt is sharpened on a sample of those.
        selected = reference_features(
            tilted(plain, order, wanted, tilt), order, len(selecting), wanted
        )
        sampler = tilted(plain, order, wanted, tilt + tilt_to(selected, targets))
    return Cohort(
        tuple(names),
        tuple(order.index(name) for name in names),
        len(selecting),
        sampler,
        None if given is None else given[1],
        () if given is None else tuple(given[0]),
    )


def make_families(cohort: Cohort, seed: int, first: int, number: int) -> Families:
    """Draw families [first, first + number) of a cohort; each depends only on its own number."""
    drawn = np.empty((number, len(cohort.names)))
    _draw(seed_key(seed), first, cohort.selecting, cohort.sampler, drawn)
    traits = np.ascontiguousarray(drawn[:, list(cohort.order)])
    if cohort.given is not None:
        rows = (first + np.arange(number)) % len(cohort.given)
        for column, name in enumerate(cohort.given_names):
            traits[:, cohort.names.index(name)] = cohort.given[rows, column]
    return Families(first, cohort.names, traits)


def _draw(key: np.uint64, first: int, selecting: int, sampler: Sampler, out: Floats) -> None:
    from babs_sim.population.sampling import draw_traits

    draw_traits(key, first, selecting, sampler, out)


def reference_features(
    sampler: Sampler,
    order: Sequence[str],
    selecting: int,
    wanted: Sequence[SelectionRow],
    size: int = REFERENCE_SIZE,
) -> Floats:
    """Return what the selection looks at, for a reference sample, shape (families, features).

    ``order`` may end after the traits that select: the others are not drawn then.
    """
    reference = np.empty((size, len(order)))
    _draw(seed_key(_REFERENCE_SEED), 0, selecting, sampler, reference)
    columns = []
    for row in wanted:
        x = reference[:, order.index(row.trait)]
        columns.append(x if row.at_least is None else (x >= row.at_least).astype(float))
    return np.stack(columns, axis=1)


def _scores(
    sampler: Sampler, trait: int, name: str, wanted: Sequence[SelectionRow], tilt: Floats
) -> Floats:
    """Return the score of each level of one trait."""
    levels = sampler.level[sampler.cut_from[trait] : sampler.cut_from[trait + 1]]
    score = np.zeros(len(levels))
    for row, weight in zip(wanted, tilt, strict=True):
        if row.trait == name:
            score += weight * (levels if row.at_least is None else levels >= row.at_least)
    return score


def _leading_first(
    sampler: Sampler,
    order: Sequence[str],
    selecting: Sequence[str],
    wanted: Sequence[SelectionRow],
    tilt: Floats,
) -> list[str]:
    """Return the selecting traits with the most selected one first: it is drawn tilted."""
    span = {
        name: float(np.ptp(_scores(sampler, order.index(name), name, wanted, tilt)))
        for name in selecting
    }
    return sorted(selecting, key=lambda name: (-span[name], name))


def tilted(
    sampler: Sampler, order: Sequence[str], wanted: Sequence[SelectionRow], tilt: Floats
) -> Sampler:
    """Return the sampler with a selection; the score never exceeds its ceiling."""
    from scipy.special import ndtr

    traits = sorted({order.index(row.trait) for row in wanted})
    scores = {t: _scores(sampler, t, order[t], wanted, tilt) for t in traits}
    base = np.concatenate([[0.0], ndtr(sampler.cut[: sampler.cut_from[1]])])
    weights = np.diff(base) * np.exp(scores[0] - scores[0].max())
    return sampler._replace(
        feature_trait=np.array([order.index(row.trait) for row in wanted], dtype=np.int64),
        feature_least=np.array([np.nan if r.at_least is None else r.at_least for r in wanted]),
        tilt=tilt,
        ceiling=float(sum(scores[t].max() for t in traits[1:])),
        lead_share=np.concatenate([[0.0], np.cumsum(weights) / weights.sum()]),
        lead_base=base,
    )


def sampler_of(model: Model, values: Values, order: Sequence[str]) -> Sampler:
    """Return the sampler of all births, traits in drawing order."""
    from scipy.special import ndtr, ndtri

    rows = {row.name: row for row in model.table("traits")}
    levels: dict[str, dict[str, float]] = {name: {} for name in order}
    for row in model.table("trait_levels"):
        levels[row.trait][row.level] = values[row.key]
    correlation = np.eye(len(order))
    for pair in model.table("correlations"):
        a, b = order.index(pair.a), order.index(pair.b)
        correlation[a, b] = correlation[b, a] = values[pair.key]
    starts, cuts, codes = [0], [], []
    mean, sd = np.zeros(len(order)), np.ones(len(order))
    low, high = np.zeros(len(order)), np.ones(len(order))
    for j, name in enumerate(order):
        if rows[name].kind == "levels":
            found = sorted((float(level), share) for level, share in levels[name].items())
            shares = np.array([share for _, share in found])
            cuts += list(ndtri(np.minimum(np.cumsum(shares) / shares.sum(), 1.0)))
            codes += [level for level, _ in found]
        else:
            given = levels[name]
            mean[j], sd[j] = given["mean"], given["sd"]
            if "least" in given:
                low[j] = ndtr((given["least"] - mean[j]) / sd[j])
            if "most" in given:
                high[j] = ndtr((given["most"] - mean[j]) / sd[j])
        starts.append(len(cuts))
    return Sampler(
        clock=np.array([clock_hash(f"trait:{name}") for name in order], dtype=np.uint64),
        accept=np.uint64(clock_hash("accepted")),
        lower=np.linalg.cholesky(_positive(correlation)).astype(np.float64),
        cut_from=np.array(starts, dtype=np.int64),
        cut=np.array(cuts, dtype=np.float64),
        level=np.array(codes, dtype=np.float64),
        mean=mean,
        sd=sd,
        least_share=low,
        most_share=high,
        feature_trait=np.zeros(0, dtype=np.int64),
        feature_least=np.zeros(0),
        tilt=np.zeros(0),
        ceiling=0.0,
        lead_share=np.zeros(2),
        lead_base=np.zeros(2),
    )


def _positive(correlation: Floats) -> Floats:
    """Return the matrix itself, or where correlations drawn apart do not fit together one near it.

    Negative eigenvalues are set to a small positive one and the diagonal to 1 again.
    """
    values, vectors = np.linalg.eigh(correlation)
    if values[0] > 0.0:
        return correlation
    nearby = (vectors * np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(nearby))
    return np.asarray(nearby / np.outer(scale, scale))
