"""Uncertainty: are draws what the tables say, and do analyses of them follow from them?"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from babs_sim.analysis.verification.changing import all_fixed, changed
from babs_sim.analysis.verification.checks import (
    ERRORS,
    Check,
    Seen,
    check,
    each,
    joined,
    listed,
    same,
)
from babs_sim.analysis.verification.drawing import DRAWS, Draws, draws_of
from babs_sim.analysis.verification.subject import (
    NotApplicable,
    Subject,
    figures,
    quantities,
)
from babs_sim.analysis.wording import number
from babs_sim.handover import Floats
from babs_sim.parameters.distributions import LATENT, Z, draw_of, drawn, fit, group_of, sample
from babs_sim.parameters.model import Parameter
from babs_sim.units import UNITS

NEAR = 0.02
BOUNDED = ("uniform", "triangular", "pert")


@check("uncertainty", "Draws stay in range")
def in_range(subject: Subject) -> Seen:
    """2,000 draws of every number that varies: in the range of its unit, and in its own limits
    where the distribution has limits.
    """
    draws = draws_of(subject)
    out = []
    for p in draws.parameters:
        unit, found = UNITS[p.unit], draws.live(p)
        least, most = unit.least, unit.most
        if p.distribution in BOUNDED and p.low is not None and p.high is not None:
            least, most = p.low, p.high
        slack = 1e-12 * max(abs(least), abs(most))
        if (
            not np.isfinite(found).all()
            or found.min() < least - slack
            or found.max() > most + slack
        ):
            out.append(p.name)
    return Seen(f"{len(draws.parameters):,} numbers; out of range: {listed(out)}", not out)


@check("uncertainty", "The mean of draws is the number in the table")
def means_of_draws(subject: Subject) -> Seen:
    """2,000 draws of every number that varies, within five standard errors (of a log-normal the
    median).
    """
    draws = draws_of(subject)
    known = [p for p in draws.parameters if not _cut_off(p)]
    off = [p.name for p in known if abs(draws.errors_off(p)) > ERRORS]
    plain = [p for p in known if p.distribution != "lognormal"]
    stray = [p.name for p in plain if abs(fit(p).mean() - p.value) > NEAR * abs(p.value)]
    cut = len(draws.parameters) - len(known)
    text = f"{len(known):,} numbers, {cut} more are cut off at the range of their unit"
    return Seen(f"{text}; off: {listed(off)}; fitted off: {listed(stray)}", not off and not stray)


def _cut_off(p: Parameter) -> bool:
    """Return whether the range of the unit cuts off a part of the distribution."""
    fitted = fit(p)
    return not fitted.least < float(fitted.ppf(1e-4)) <= float(fitted.ppf(1 - 1e-4)) < fitted.most


@check("uncertainty", "Draws fill the 95 % interval")
def percentiles(subject: Subject) -> Seen:
    """Of normal and log-normal numbers 95 % of the draws lie between the fitted 2.5 and 97.5
    percentiles, and these are as far apart as the table says; those of uniform, triangular and PERT
    numbers lie between the limits.
    """
    draws = draws_of(subject)
    error = np.sqrt(0.05 * 0.95 / DRAWS)
    seen, wrong = 0, []
    for p in draws.parameters:
        if p.low is None or p.high is None or p.distribution not in ("normal", "lognormal"):
            continue
        if _cut_off(p):
            continue
        seen += 1
        log = p.distribution == "lognormal"
        found = np.log(draws.live(p)) if log else draws.live(p)
        low, high = (np.log(p.low), np.log(p.high)) if log else (p.low, p.high)
        centre = np.log(p.value) if log else p.value
        outside = float((np.abs(found - centre) > (high - low) / 2.0).mean())
        width = float(found.std(ddof=1)) * 2.0 * Z / (high - low)
        if abs(outside - 0.05) > ERRORS * error or abs(width - 1.0) > 0.1:
            wrong.append(p.name)
    if not seen:
        raise NotApplicable("no number is normal or log-normal")
    return Seen(f"{seen:,} numbers; wrong: {listed(wrong)}", not wrong)


@check("uncertainty", "Sums of shares stay 1")
def shares_sum(subject: Subject) -> Seen:
    """In each draw the shares of one Dirichlet, and the shares of the levels of each trait, sum to
    what they sum to in the tables.
    """
    model, draws = subject.model, draws_of(subject)
    groups: dict[str, list[str]] = {}
    for p in model.parameters.values():
        if p.distribution == "dirichlet":
            groups.setdefault(f"group {p.group}", []).append(p.name)
    kinds = {row.name: row.kind for row in model.table("traits")}
    for row in model.table("trait_levels"):
        if kinds[row.trait] == "levels":
            groups.setdefault(row.trait, []).append(row.key)
    varying = {
        name: keys for name, keys in groups.items() if any(key in draws.columns for key in keys)
    }
    if not varying:
        raise NotApplicable("no shares are drawn")
    off = [name for name, keys in varying.items() if _gap(draws, keys) > 1e-9]
    return Seen(f"{len(varying)} sets of shares; not 1: {listed(off)}", not off)


def _gap(draws: Draws, keys: list[str]) -> float:
    total: Floats = np.zeros(len(draws.values))
    for key in keys:
        value = draws.model.parameters[key].value
        drawn_ = draws.values[:, draws.columns.index(key)] if key in draws.columns else value
        total = total + drawn_
    return float(np.abs(total - 1.0).max())


@check("uncertainty", "Correlated draws keep their correlation")
def correlations(subject: Subject) -> Seen:
    """In each group of numbers that are drawn together, the mean correlation of pairs on the normal
    scale is the group's, within 0.05, and its sign is that of the rows.
    """
    model, draws = subject.model, draws_of(subject)
    groups: dict[str, list[Parameter]] = {}
    for p in draws.parameters:
        if p.group and p.distribution != "dirichlet":
            groups.setdefault(group_of(p)[0], []).append(p)
    groups = {name: members for name, members in groups.items() if len(members) > 1}
    if not groups:
        raise NotApplicable("no numbers are drawn together")

    def look(group: str) -> Seen:
        members = groups[group]
        kept = _not_nil(draws, group)
        scores = [group_of(p)[1] * _normal_scores(draws.column(p.name)[kept]) for p in members]
        pairs = [float(np.corrcoef(a, b)[0, 1]) for a, b in combinations(scores, 2)]
        name = f"model.groups.{group}.correlation"
        wanted = float(draws.column(name).mean()) if name in draws.columns else (
            model.parameters[name].value)  # fmt: skip
        text = (
            f"{len(members)} numbers, wanted {number(wanted)}, mean of pairs "
            f"{number(float(np.mean(pairs)))} ({number(min(pairs))} to {number(max(pairs))})"
        )
        near = abs(float(np.mean(pairs)) - wanted) < 0.05
        return Seen(text, near and max(abs(p - wanted) for p in pairs) < 0.12)

    return each(groups, look)


def _not_nil(draws: Draws, group: str) -> NDArray[np.bool_]:
    from babs_sim.parameters.distributions import NIL

    switch = f"{LATENT}{group}{NIL}"
    if switch not in draws.columns:
        return np.ones(len(draws.values) - 1, dtype=np.bool_)
    return np.asarray(draws.column(switch) == 0.0)


def _normal_scores(found: Floats) -> Floats:
    from scipy.special import ndtri

    ranks = np.argsort(np.argsort(found, kind="stable"), kind="stable")
    return np.asarray(ndtri((ranks + 0.5) / len(found)))


@check("uncertainty", "No uncertainty: every draw is the base case")
def no_uncertainty(subject: Subject) -> Seen:
    """With every number fixed nothing varies, and a draw gives the base case to the last digit; so
    does the first row of draws from the tables as they are.
    """
    fixed = all_fixed(subject.tables)
    columns = drawn(fixed)
    nothing = draw_of(fixed, sample(fixed, np.full((3, len(columns)), 0.3))[2])
    first = draws_of(subject, 2)
    base = draw_of(subject.model, first.values[0])
    cases = {
        "all numbers fixed": subject.case(nothing, model=fixed),
        "first row of draws": subject.case(base),
    }

    def look(what: str) -> Seen:
        return joined(
            same(arm, quantities(subject.base, arm), quantities(cases[what], arm), 0.0)
            for arm in subject.arms
        )

    seen = each(cases, look)
    return Seen(f"{len(columns)} numbers vary; {seen.text}", seen.passed and not columns)


@check("uncertainty", "Draws reach the results")
def draws_matter(subject: Subject) -> Seen:
    """Ten draws of all numbers, each a run of the whole experiment: each gives other figures, all
    finite, and a draw does not depend on how many there are.
    """
    ten, more = draws_of(subject, 10), draws_of(subject, 20)
    alike = bool((ten.values == more.values[:10]).all())
    keys = [p.name for p in ten.parameters if not p.name.startswith(_OF_FAMILIES)]
    arm = subject.arms[-1]
    found = []
    for row in ten.values[1:]:
        draw = {k: float(row[ten.columns.index(k)]) for k in keys}
        found.append(figures(subject.case(draw), arm)["cost"])
    distinct, base = len(set(found)), figures(subject.base, arm)["cost"]
    text = (
        f"cost of {arm}: base {number(base)}, draws {number(min(found))} to {number(max(found))}; "
        f"{distinct} different of {len(found)}; the first draws of many: "
        f"{'the same' if alike else 'not the same'}"
    )
    return Seen(text, alike and distinct == len(found) and bool(np.isfinite(found).all()))


_OF_FAMILIES = ("trait.", "correlation.", "selection.", "model.family.")


@check("uncertainty", "The same seed gives the same answer")
def same_seed(subject: Subject) -> Seen:
    """Twice the same seed: the same to the last digit. Another seed: other lives."""
    again = subject.case()
    other = subject.case(seed=subject.experiment.cohort.seed + 1)

    def look(arm: str) -> Seen:
        one = quantities(subject.base, arm)
        seen = same("same seed", one, quantities(again, arm), 0.0)
        moved = bool((one != quantities(other, arm)).any())
        return Seen(f"{seen.text}; another seed {'differs' if moved else 'does not differ'}",
                    seen.passed and moved)  # fmt: skip

    return each(subject.arms, look)


@check("uncertainty", "Numbers left out of the draws are listed")
def left_out(subject: Subject) -> Seen:
    """Every number is either drawn or stands in parameters.csv with the distribution 'fixed'."""
    frame = subject.base.tables()["parameters"]
    fixed = set(frame.loc[frame["distribution"] == "fixed", "name"])
    varied = {name for name in drawn(subject.model) if not name.startswith(LATENT)}
    silent = set(subject.model.parameters) - fixed - varied
    both = fixed & varied
    text = f"{len(varied):,} drawn, {len(fixed):,} listed as fixed; neither: {listed(silent)}"
    return Seen(f"{text}; both: {listed(both)}", not silent and not both)


@check("uncertainty", "One-way range hits its end points")
def end_points(subject: Subject) -> Seen:
    """Setting a number to the low and to the high end of its interval, as an arm does, gives the
    engine just these numbers, for every number that varies.
    """
    model = subject.model
    varied = [p for p in model.parameters.values() if p.low is not None and p.high is not None]
    if not varied:
        raise NotApplicable("no number has an interval")
    wrong = []
    for p in varied:
        for end in (p.low, p.high):
            assert end is not None
            if p.distribution == "fixed" or p.reference_risk is not None:
                continue
            raw = end / UNITS[p.raw_unit].factor
            gap = abs(model.values({p.name: raw})[p.name] - end)
            if (
                gap > 1e-12 * max(abs(end), 1.0)
                or changed(model, {p.name: end}).values()[p.name] != end
            ):
                wrong.append(p.name)
    text = f"{len(varied):,} numbers at both ends; wrong: {listed(dict.fromkeys(wrong))}"
    return Seen(text, not wrong)


CHECKS: tuple[Check, ...] = (
    in_range, means_of_draws, percentiles, shares_sum, correlations, no_uncertainty, draws_matter,
    same_seed, left_out, end_points,
)  # fmt: skip
