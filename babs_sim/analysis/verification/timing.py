"""Results over time and over families: horizons, subgroups, and the moment at which money flows."""

from collections.abc import Iterator

import numpy as np

from babs_sim.analysis.verification.checks import (
    Check,
    Seen,
    apart,
    check,
    each,
    joined,
    listed,
    same,
)
from babs_sim.analysis.verification.replaying import Retold, history_of, retold
from babs_sim.analysis.verification.subject import NotApplicable, Subject
from babs_sim.analysis.wording import pounds
from babs_sim.economics import discount_steps
from babs_sim.handover import Floats
from babs_sim.population import read_subgroups


@check("results", "The shortest horizon holds what comes up front, and no more")
def shortest(subject: Subject) -> Seen:
    """A horizon of 0 is refused. Followed for one year, with rates as published, each arm has just
    the quantities of pregnancy and of the first year of the longer run.
    """
    from pydantic import ValidationError

    from babs_sim.experiment import Cohort

    try:
        Cohort(horizon_years=0)
    except ValidationError:
        refused = Seen("0 years are refused", True)
    else:
        refused = Seen("0 years are taken", False)
    return joined([refused, *_cut(subject, 1)])


def _cut(subject: Subject, years: int) -> Iterator[Seen]:
    """Yield, for each arm, whether a short run is the beginning of the long one."""
    whole, part = subject.case(centred=False), subject.case(horizon=years)
    for arm in subject.arms:
        long, short = whole.accounts[arm], part.accounts[arm]
        gaps = [
            same("", one[0][:, : years + 1], other[0])
            for one, other in (
                (long.count, short.count), (long.years, short.years), (long.first, short.first),
                (long.pounds, short.pounds), (long.qalys, short.qalys),
                (long.pounds_discounted, short.pounds_discounted),
            )
        ]  # fmt: skip
        cost = float(short.pounds[0].sum())
        text = f"{arm}, {years} years: {pounds(cost)} per family, as in the longer run"
        yield Seen(text, all(gap.passed for gap in gaps) and short.count.shape[2] == years + 1)


@check("results", "A longer horizon never lowers a total")
def longer(subject: Subject) -> Seen:
    """Followed for 1 year, half of the time and all of it, with rates as published: costs, QALYs
    and events only rise, and each run is the beginning of the next.
    """
    whole = int(subject.horizon)
    years = sorted({1, max(1, whole // 2), whole})
    if len(years) < 2:
        raise NotApplicable("the experiment follows one year only")
    cases = [subject.case(horizon=one) for one in years]

    def look(arm: str) -> Seen:
        totals = np.array(
            [[c.accounts[arm].pounds[0].sum(), c.accounts[arm].qalys[0].sum(),
              c.accounts[arm].count[0].sum()] for c in cases]
        )  # fmt: skip
        text = f"cost over {', '.join(map(str, years))} years: " + ", ".join(
            map(pounds, totals[:, 0])
        )
        return Seen(text, bool((np.diff(totals, axis=0) >= 0.0).all() and totals[-1, 1] > 0.0))

    return joined([each(subject.arms, look), *_cut(subject, years[-2])])


@check("results", "Subgroups add up to the whole")
def subgroups_sum(subject: Subject) -> Seen:
    """For every way to part the families, the mean over bands, weighted by their families, of each
    measure is that of all families.
    """
    names = tuple(dict.fromkeys(row.subgroup for row in subject.model.table("subgroups")))
    if not names:
        raise NotApplicable("subgroups.csv has no rows")
    parted = read_subgroups(subject.model, names)
    case = subject.case(subgroups=names)
    whole = {(o.arm, o.measure): o.value for o in case.outcomes}
    families = float(subject.experiment.cohort.families)

    def look(name: str) -> Seen:
        bands = [band for band in case.bands if band.subgroup == name]
        small = [band.label for band in bands if band.families and not band.outcomes]
        if small:
            return Seen(f"too few families in: {listed(small)}", True)
        sums = dict.fromkeys(whole, 0.0)
        for band in bands:
            for one in band.outcomes:
                if (one.arm, one.measure) in sums:
                    sums[one.arm, one.measure] += one.value * band.families / families
        gap = max(apart(sums[key], whole[key]) for key in whole)
        text = f"{len(bands)} bands, {len(whole)} figures, apart by {gap:.0e} at most"
        return Seen(text, gap <= 1e-8 and sum(band.families for band in bands) == families)

    return each([one.name for one in parted], look)


@check("results", "Timing is exact, and applied once")
def exact_timing(subject: Subject) -> Seen:
    """What the first families cost, added up event by event and spell by spell from the log of
    their events, each discounted at its own moment, is what the ledger says: no half-cycle
    correction is needed, and none is made.
    """

    def look(arm: str) -> Seen:
        history = history_of(subject, arm)
        told = retold(subject.model, history)
        account = subject.few.accounts[arm]
        factor = _Factor(subject, arm, history.horizon - history.entry)
        activity = history.exposure
        families = float(account.families.sum())
        wanted = []
        for item in account.items:
            amount = 0.0
            if item.quantity == "family":
                amount = families * float(factor.at(np.array([0.0]))[0])
            elif item.quantity == "event":
                amount = factor.at(np.array(told.times[item.of]) - history.entry).sum()
            elif item.quantity == "activity":
                at = activity.activity[:, activity.activities.index(item.of)]
                amount = factor.at(at[at < history.horizon] - history.entry).sum()
            else:
                amount = factor.during(told, item.of, history.entry)
            wanted.append(item.pounds * float(amount) / families)
        found = account.pounds_discounted[0].sum(axis=1)
        gap = float(np.abs(found - wanted).sum())
        total = float(np.abs(wanted).sum())
        text = f"{pounds(total)} per family by hand, apart by {gap / max(total, 1e-9):.0e} of it"
        return Seen(text, total > 0.0 and gap <= 1e-4 * total)

    return each(subject.arms, look)


class _Factor:
    """Discount factors by their definition: each year's worth 1 / (1 + rate) of that before."""

    def __init__(self, subject: Subject, arm: str, length: float) -> None:
        own = next(one.set for one in subject.experiment.arms if one.name == arm)
        values = subject.model.values(own)
        steps = discount_steps(subject.model, values, subject.base.terms.discounting, "costs")
        self.times = np.linspace(0.0, length, 1 + int(length * 500))
        rates = np.zeros_like(self.times)
        for start, rate in steps:
            rates[self.times >= start] = rate
        width = np.diff(self.times)
        self.factors = np.concatenate([[1.0], np.cumprod((1.0 + rates[:-1]) ** -width)])
        middle = (self.factors[1:] + self.factors[:-1]) / 2.0
        self.areas = np.concatenate([[0.0], np.cumsum(middle * width)])

    def at(self, time: Floats) -> Floats:
        return np.asarray(np.interp(time, self.times, self.factors))

    def during(self, told: Retold, state: str, entry: float) -> float:
        spells = [(s.begins - entry, s.ends - entry) for s in told.spells if s.state == state]
        if not spells:
            return 0.0
        begins, ends = np.array(spells).T
        area = np.interp(ends, self.times, self.areas) - np.interp(begins, self.times, self.areas)
        return float(area.sum())


CHECKS: tuple[Check, ...] = (shortest, longer, subgroups_sum, exact_timing)
