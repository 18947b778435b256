"""Results: do money and health follow from quantities, and do parts add up to the whole?"""

from collections.abc import Iterator

import numpy as np

from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.derived import DOMINANT, DOMINATED, NORTH_EAST, SOUTH_WEST
from babs_sim.analysis.verification.changing import all_at, keys_of
from babs_sim.analysis.verification.checks import (
    CLOSE,
    Check,
    Seen,
    apart,
    check,
    differing,
    each,
    joined,
    listed,
    same,
)
from babs_sim.analysis.verification.replaying import Retold, history_of, retold
from babs_sim.analysis.verification.subject import (
    NotApplicable,
    Subject,
    changes,
    figures,
    pounds_of,
    quantities,
)
from babs_sim.analysis.wording import number, pounds
from babs_sim.economics import discount_steps
from babs_sim.economics.discounting import UNDISCOUNTED
from babs_sim.handover import Floats
from babs_sim.population import read_subgroups

NORMS = ("utility_norms", "utilities", "trait_utilities")
PERSONS = ("mother", "child")


@check(
    "results",
    "All utilities 1: QALYs are life years",
    "Undiscounted QALYs of mother and child are the years they live in each year followed.",
)
def utilities_one(subject: Subject) -> Seen:
    model = subject.model
    case = subject.case(all_at(keys_of(model, *NORMS), 1.0))
    alive = {row.person: row.name for row in model.table("states") if row.role == "alive"}
    if not alive:
        raise NotApplicable("no state says who is alive, so there are no QALYs")

    def look(arm: str) -> Seen:
        account = case.accounts[arm]
        return joined(
            same(
                f"{number(float(account.qalys[0, p].sum()), 5)} QALYs of the {person}",
                account.qalys[0, p],
                account.years[0, account.states.index(alive[person])],
            )
            for p, person in enumerate(PERSONS)
            if person in alive
        )

    return each(subject.arms, look)


@check("results", "All utilities 0: no QALYs", "QALYs of every arm are 0.")
def utilities_zero(subject: Subject) -> Seen:
    case = subject.case(all_at(keys_of(subject.model, *NORMS), 0.0))

    def look(arm: str) -> Seen:
        before, after = (figures(one, arm)["qalys"] for one in (subject.base, case))
        return Seen(f"{number(before)} become {number(after)}", after == 0.0 and before != 0.0)

    return each(subject.arms, look)


@check("results", "All unit costs 0: no cost", "Every cost of every arm and payer is 0.")
def costs_zero(subject: Subject) -> Seen:
    case = subject.case(all_at(keys_of(subject.model, "unit_costs"), 0.0))

    def look(arm: str) -> Seen:
        before, after = (
            sum(map(abs, pounds_of(one, arm).values())) for one in (subject.base, case)
        )
        text = f"{pounds(before)} per family become {pounds(after)}"
        return Seen(text, after == 0.0 and before > 0.0)

    return each(subject.arms, look)


@check(
    "results",
    "A service that costs nothing",
    "With its unit costs at 0 the service costs nothing, net cost falls by just what it cost, and "
    "nobody lives otherwise.",
)
def free_service(subject: Subject) -> Seen:
    rows = [r for r in subject.base.accounts[subject.comparator].items if r.quantity == "activity"]
    keys = [f"cost.{name}" for name in dict.fromkeys(row.name for row in rows)]
    if not keys:
        raise NotApplicable("no unit cost belongs to the service")
    case = subject.case(all_at(keys, 0.0))

    def look(arm: str) -> Seen:
        before, after = changes(subject.base, arm), changes(case, arm)
        counted = _counted_service(subject.base, arm)
        fall = same(f"net cost falls by {pounds(counted)}", before["cost"] - counted, after["cost"],
                    1e-7)  # fmt: skip
        lives = same("lives", quantities(subject.base, arm), quantities(case, arm), 0.0)
        free = Seen(f"service: {pounds(after['service_cost'])}", after["service_cost"] == 0.0)
        return joined([free, fall, lives])

    return each(subject.others, look)


def _counted_service(case: BaseCase, arm: str) -> float:
    """Return discounted pounds of the service that count in the perspective, arm less comparator."""
    total = 0.0
    for name, sign in ((arm, 1.0), (case.comparator, -1.0)):
        account = case.accounts[name]
        for item, one in zip(account.items, account.pounds_discounted[0], strict=True):
            if item.quantity == "activity" and case.terms.perspective.counts(item):
                total += sign * float(one.sum())
    return total


@check(
    "results",
    "One unit cost doubled adds exactly its own part",
    "Each unit cost in turn: its own pounds double, those of all others stay, and the total rises "
    "by what it was.",
)
def one_cost_doubled(subject: Subject) -> Seen:
    arm = subject.arms[-1]
    before = pounds_of(subject.base, arm)
    wrong, moved = [], 0
    for key in keys_of(subject.model, "unit_costs"):
        name = key.removeprefix("cost.")
        after = pounds_of(subject.case(scaled={key: 2.0}), arm)
        wanted = {**before, name: 2.0 * before[name]}
        moved += before[name] > 0.0
        gap = sum(after.values()) - sum(before.values())
        if differing(after, wanted, CLOSE) or abs(gap - before[name]) > 1e-6 * (1 + before[name]):
            wrong.append(name)
    text = f"{len(before)} unit costs, {moved} of them not 0 in {arm}; wrong: {listed(wrong)}"
    return Seen(text, not wrong and moved > 0)


@check(
    "results",
    "Undiscounted figures are not below discounted ones",
    "Of every unit cost in every year, and of QALYs, in every arm.",
)
def undiscounted_more(subject: Subject) -> Seen:
    def look(arm: str) -> Seen:
        one = subject.base.accounts[arm]
        # A quadratic stands for the factor within a year: 1e-4 is its stated accuracy.
        money = (one.pounds_discounted[0] - one.pounds[0] * (1 + 1e-4)).max(initial=0.0)
        health = (one.qalys_discounted[0] - one.qalys[0] * (1 + 1e-4)).max(initial=0.0)
        found = figures(subject.base, arm)
        text = ", ".join(
            f"{name} {number(found[name], 4)} of {number(found[name + '_undiscounted'], 4)}"
            for name in ("cost", "qalys")
        )
        return Seen(text, max(money, health) <= 1e-9)

    return each(subject.arms, look)


@check(
    "results",
    "A discount rate of 0 is no discounting",
    "With all rates of the scheme at 0, and with the scheme 'none', discounted figures are the "
    "undiscounted ones of the base case.",
)
def rate_zero(subject: Subject) -> Seen:
    cases = {
        "rates of 0": subject.case(all_at(keys_of(subject.model, "discounting"), 0.0)),
        "no scheme": subject.case(money={"discounting": UNDISCOUNTED}),
    }

    def look(what: str) -> Seen:
        arm = subject.arms[-1]
        one, base = cases[what].accounts[arm], subject.base.accounts[arm]
        return joined([
            same("costs", one.pounds_discounted[0], base.pounds[0]),
            same("QALYs", one.qalys_discounted[0], base.qalys[0]),
        ])  # fmt: skip

    return each(cases, look)


@check(
    "results",
    "A very high discount rate keeps only the first year",
    "At a rate of a thousand million times a year, nothing that comes a year or more after entry "
    "is worth a millionth of its amount, and what is paid on entry is paid in full.",
)
def rate_high(subject: Subject) -> Seen:
    keys = [
        row.key for row in subject.model.table("discounting")
        if row.scheme == subject.base.terms.discounting
    ]  # fmt: skip
    if not keys:
        raise NotApplicable("the experiment does not discount")
    case = subject.case(all_at(keys, 1e9))

    def look(arm: str) -> Seen:
        one = case.accounts[arm]
        starts = np.concatenate([[0.0], one.ends[:-1]])
        late = starts >= 1.0
        amount = float(np.abs(one.pounds[0][:, late]).sum() + one.qalys[0][:, late].sum())
        kept = float(np.abs(one.pounds_discounted[0][:, late]).sum()
                     + np.abs(one.qalys_discounted[0][:, late]).sum())  # fmt: skip
        share = kept / amount if amount else 0.0
        first = figures(case, arm)["cost"]
        text = f"share kept after the first year {number(share)}; cost left {pounds(first)}"
        return Seen(text, amount > 0.0 and share < 1e-6)

    return each(subject.arms, look)


@check(
    "results",
    "Payers sum to the total",
    "The costs of all payers are all costs of the ledger, discounted and not.",
)
def payers_sum(subject: Subject) -> Seen:
    payers = [row.name for row in subject.model.table("payers")]

    def look(arm: str) -> Seen:
        found = figures(subject.base, arm)
        return joined(
            same(
                what,
                sum(found[f"cost_{payer}{ending}"] for payer in payers),
                sum(pounds_of(subject.base, arm, discounted).values()),
            )
            for what, ending, discounted in
            (("discounted", "", True), ("undiscounted", "_undiscounted", False))
        )  # fmt: skip

    return each(subject.arms, look)


@check(
    "results",
    "Categories of cost sum to the total",
    "Fiscal, economic and social costs are the cost of the perspective.",
)
def kinds_sum(subject: Subject) -> Seen:
    kinds = sorted({row.kind for row in subject.model.table("unit_costs")})

    def look(arm: str) -> Seen:
        found = figures(subject.base, arm)
        return same(", ".join(kinds), sum(found[f"{kind}_cost"] for kind in kinds), found["cost"])

    return each(subject.arms, look)


@check(
    "results",
    "Years sum to the total",
    "The yearly cash flows of each payer sum to its incremental cost, discounted and not, and the "
    "years of the ledger to each arm's cost.",
)
def years_sum(subject: Subject) -> Seen:
    tables, payers = subject.base.tables(), [row.name for row in subject.model.table("payers")]
    flows, ledger = tables["cashflow"], tables["ledger"]
    parts = []
    for arm in subject.arms:
        own = ledger[ledger["arm"] == arm].groupby("payer")["pounds_discounted"].sum()
        found = figures(subject.base, arm)
        parts.append(same(arm, np.array([own.get(payer, 0.0) for payer in payers]),
                          np.array([found[f"cost_{payer}"] for payer in payers])))  # fmt: skip
        if arm == subject.comparator:
            continue
        moved = changes(subject.base, arm)
        size = max(abs(found["cost"]), 1.0)
        for payer in payers:
            rows = flows[(flows["arm"] == arm) & (flows["payer"] == payer)]
            gaps = (
                rows["discounted"].sum() - moved[f"cost_{payer}"],
                rows["undiscounted"].sum() - moved[f"cost_{payer}_undiscounted"],
                rows["cumulative_discounted"].iloc[-1] - moved[f"cost_{payer}"],
            )
            parts.append(Seen(f"{arm}, {payer}: {pounds(moved[f'cost_{payer}'])}",
                              max(map(abs, gaps)) <= CLOSE * size))  # fmt: skip
    return joined(parts)


@check(
    "results",
    "ICER and net monetary benefit agree",
    "At service costs of 0, 1, 20 and 1,000 times the base, and with the arms swapped: net benefit "
    "is value x QALYs - cost, its sign is that of the comparison of ICER and value, and the "
    "quadrant is that of the two increments.",
)
def icer_agrees(subject: Subject) -> Seen:
    items = subject.base.accounts[subject.comparator].items
    keys = list(dict.fromkeys(f"cost.{i.name}" for i in items if i.quantity == "activity"))
    arm = subject.others[0]
    quadrants, faults = set(), []
    for swapped in (False, True):
        arms = [
            one.model_copy(update={"comparator": one.name == (arm if swapped else subject.comparator)})
            for one in subject.experiment.arms
        ]
        for factor in (0.0, 1.0, 20.0, 1_000.0) if keys else (1.0,):
            case = subject.case(scaled=all_at(keys, factor), arms=arms)
            found = changes(case, subject.comparator if swapped else arm)
            quadrants.add(int(found["icer_quadrant"]))
            faults += [f"x {factor:g}: {fault}" for fault in _disagreements(case, found)]
    text = f"quadrants met: {', '.join(map(str, sorted(quadrants)))}; faults: {listed(faults)}"
    return Seen(text, not faults)


def _disagreements(case: BaseCase, found: dict[str, float]) -> Iterator[str]:
    value = case.accounts[case.comparator].qaly_values[case.terms.qaly_value]
    cost, qalys, benefit = (found[n] for n in ("cost", "qalys", "net_monetary_benefit"))
    if abs(value * qalys - cost - benefit) > 1e-6 * (1.0 + abs(cost)):
        yield "net benefit is not value x QALYs - cost"
    quadrant, icer = int(found["icer_quadrant"]), found["icer"]
    wanted = {(1, 1): NORTH_EAST, (1, -1): DOMINATED, (-1, -1): SOUTH_WEST, (-1, 1): DOMINANT}
    signs = (int(np.sign(cost)), int(np.sign(qalys)))
    if 0 not in signs and wanted[signs] != quadrant:
        yield f"quadrant {quadrant} for signs {signs}"
    agrees = {
        NORTH_EAST: (icer < value) == (benefit > 0.0),
        SOUTH_WEST: (icer > value) == (benefit > 0.0),
        DOMINANT: benefit >= 0.0 and np.isnan(icer),
        DOMINATED: benefit <= 0.0 and np.isnan(icer),
    }
    if not agrees.get(quadrant, benefit == 0.0):
        yield f"ICER {icer:g} and net benefit {benefit:g} in quadrant {quadrant}"


@check(
    "results",
    "Swapping the arms turns every sign",
    "With the other arm as comparator, each change of a measure and net benefit is the same with "
    "the opposite sign.",
)
def arms_swapped(subject: Subject) -> Seen:
    arm = subject.others[0]
    arms = [
        one.model_copy(update={"comparator": one.name == arm}) for one in subject.experiment.arms
    ]
    there, back = changes(subject.base, arm), changes(subject.case(arms=arms), subject.comparator)
    names = [m.name for m in subject.base.measures if m.kind != "break even"]
    names += [n for n in there if n.startswith(("net_", "budget_", "cashable_"))]
    wrong = [name for name in names if apart(back[name], -there[name]) > CLOSE]
    moved = sum(there[name] != 0.0 for name in names)
    text = f"{len(names)} figures, {moved} of them not 0; wrong: {listed(wrong)}"
    return Seen(text, not wrong and moved > 0)


@check(
    "results",
    "The shortest horizon holds what comes up front, and no more",
    "A horizon of 0 is refused. Followed for one year, with rates as published, each arm has just "
    "the quantities of pregnancy and of the first year of the longer run.",
)
def shortest(subject: Subject) -> Seen:
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


@check(
    "results",
    "A longer horizon never lowers a total",
    "Followed for 1 year, half of the time and all of it, with rates as published: costs, QALYs and "
    "events only rise, and each run is the beginning of the next.",
)
def longer(subject: Subject) -> Seen:
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
        text = f"cost over {', '.join(map(str, years))} years: " + ", ".join(map(pounds, totals[:, 0]))
        return Seen(text, bool((np.diff(totals, axis=0) >= 0.0).all() and totals[-1, 1] > 0.0))

    return joined([each(subject.arms, look), *_cut(subject, years[-2])])


@check(
    "results",
    "Subgroups add up to the whole",
    "For every way to part the families, the mean over bands, weighted by their families, of each "
    "measure is that of all families.",
)
def subgroups_sum(subject: Subject) -> Seen:
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
        text = f"{len(bands)} bands, {len(whole)} figures, apart by {number(gap)} at most"
        return Seen(text, gap <= 1e-8 and sum(band.families for band in bands) == families)

    return each([one.name for one in parted], look)


@check(
    "results",
    "Timing is exact, and applied once",
    "What the first families cost, added up event by event and spell by spell from the log of their "
    "events, each discounted at its own moment, is what the ledger says: no half-cycle correction "
    "is needed, and none is made.",
)
def exact_timing(subject: Subject) -> Seen:
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
        text = f"{pounds(total)} per family by hand, apart by {number(gap / max(total, 1e-9))}"
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


CHECKS: tuple[Check, ...] = (
    utilities_one, utilities_zero, costs_zero, free_service, one_cost_doubled, undiscounted_more,
    rate_zero, rate_high, payers_sum, kinds_sum, years_sum, icer_agrees, arms_swapped, shortest,
    longer, subgroups_sum, exact_timing,
)  # fmt: skip
