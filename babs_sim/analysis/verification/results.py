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
from babs_sim.analysis.verification.subject import (
    NotApplicable,
    Subject,
    changes,
    figures,
    pounds_of,
    quantities,
)
from babs_sim.analysis.wording import number, pounds
from babs_sim.economics.discounting import UNDISCOUNTED

NORMS = ("utility_norms", "utilities", "trait_utilities")
PERSONS = ("mother", "child")
MOST_DOUBLED = 8


@check("results", "All utilities 1: QALYs are life years")
def utilities_one(subject: Subject) -> Seen:
    """Undiscounted QALYs of mother and child are the years they live in each year followed."""
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


@check("results", "All utilities 0: no QALYs")
def utilities_zero(subject: Subject) -> Seen:
    """QALYs of every arm are 0."""
    case = subject.case(all_at(keys_of(subject.model, *NORMS), 0.0))

    def look(arm: str) -> Seen:
        before, after = (figures(one, arm)["qalys"] for one in (subject.base, case))
        return Seen(f"{number(before)} become {number(after)}", after == 0.0 and before != 0.0)

    return each(subject.arms, look)


@check("results", "All unit costs 0: no cost")
def costs_zero(subject: Subject) -> Seen:
    """Every cost of every arm and payer is 0."""
    case = subject.case(all_at(keys_of(subject.model, "unit_costs"), 0.0))

    def look(arm: str) -> Seen:
        before, after = (
            sum(map(abs, pounds_of(one, arm).values())) for one in (subject.base, case)
        )
        text = f"{pounds(before)} per family become {pounds(after)}"
        return Seen(text, after == 0.0 and before > 0.0)

    return each(subject.arms, look)


@check("results", "A service that costs nothing")
def free_service(subject: Subject) -> Seen:
    """With its unit costs at 0 the service costs nothing, net cost falls by just what it cost, and
    nobody lives otherwise.
    """
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
    """Return discounted pounds of the service in the perspective, arm less comparator."""
    total = 0.0
    for name, sign in ((arm, 1.0), (case.comparator, -1.0)):
        account = case.accounts[name]
        for item, one in zip(account.items, account.pounds_discounted[0], strict=True):
            if item.quantity == "activity" and case.terms.perspective.counts(item):
                total += sign * float(one.sum())
    return total


@check("results", "One unit cost doubled adds exactly its own part")
def one_cost_doubled(subject: Subject) -> Seen:
    """The largest unit costs, each in turn: its own pounds double, those of all others stay, and
    the total rises by what it was. With all unit costs multiplied at once, each by another number,
    each part is multiplied by its own.
    """
    arm = subject.arms[-1]
    alone = [
        one.model_copy(update={"comparator": True})
        for one in subject.experiment.arms
        if one.name == arm
    ]
    before = pounds_of(subject.base, arm)
    wrong = []
    largest = sorted(before, key=lambda name: -before[name])[:MOST_DOUBLED]
    for name in largest:
        after = pounds_of(subject.case(scaled={f"cost.{name}": 2.0}, arms=alone), arm)
        gap = sum(after.values()) - sum(before.values())
        moved = differing(after, {**before, name: 2.0 * before[name]}, CLOSE)
        if moved or abs(gap - before[name]) > 1e-6 * (1.0 + before[name]):
            wrong.append(name)
    factors = {name: 2.0 + place for place, name in enumerate(before)}
    keyed = {f"cost.{name}": factor for name, factor in factors.items()}
    after = pounds_of(subject.case(scaled=keyed, arms=alone), arm)
    wrong += differing(after, {name: factors[name] * before[name] for name in before}, CLOSE)
    text = (
        f"{len(before)} unit costs, {sum(x > 0.0 for x in before.values())} not 0 in {arm}; "
        f"doubled in turn: {', '.join(largest)}; wrong: {listed(wrong)}"
    )
    return Seen(text, not wrong and max(before.values()) > 0.0)


@check("results", "Undiscounted figures are not below discounted ones")
def undiscounted_more(subject: Subject) -> Seen:
    """Of every unit cost in every year, and of QALYs, in every arm."""

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


@check("results", "A discount rate of 0 is no discounting")
def rate_zero(subject: Subject) -> Seen:
    """With all rates of the scheme at 0, and with the scheme 'none', discounted figures are the
    undiscounted ones of the base case.
    """
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


@check("results", "A very high discount rate keeps only the first year")
def rate_high(subject: Subject) -> Seen:
    """At a rate of a thousand million times a year, nothing that comes a year or more after entry
    is worth a millionth of its amount, and what is paid on entry is paid in full.
    """
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
        text = f"share kept after the first year {share:.0e}; cost left {pounds(first)}"
        return Seen(text, amount > 0.0 and share < 1e-6)

    return each(subject.arms, look)


@check("results", "Payers sum to the total")
def payers_sum(subject: Subject) -> Seen:
    """The costs of all payers are all costs of the ledger, discounted and not."""
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


@check("results", "Categories of cost sum to the total")
def kinds_sum(subject: Subject) -> Seen:
    """Fiscal, economic and social costs are the cost of the perspective."""
    kinds = sorted({row.kind for row in subject.model.table("unit_costs")})

    def look(arm: str) -> Seen:
        found = figures(subject.base, arm)
        return same(", ".join(kinds), sum(found[f"{kind}_cost"] for kind in kinds), found["cost"])

    return each(subject.arms, look)


@check("results", "Years sum to the total")
def years_sum(subject: Subject) -> Seen:
    """The yearly cash flows of each payer sum to its incremental cost, discounted and not, and the
    years of the ledger to each arm's cost.
    """
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


@check("results", "ICER and net monetary benefit agree")
def icer_agrees(subject: Subject) -> Seen:
    """At service costs of 0, 1, 20 and 1,000 times the base, and with the arms swapped: net benefit
    is value x QALYs - cost, its sign is that of the comparison of ICER and value, and the quadrant
    is that of the two increments.
    """
    items = subject.base.accounts[subject.comparator].items
    keys = list(dict.fromkeys(f"cost.{i.name}" for i in items if i.quantity == "activity"))
    arm = subject.others[0]
    quadrants, faults = set(), []
    for swapped in (False, True):
        arms = [
            one.model_copy(
                update={"comparator": one.name == (arm if swapped else subject.comparator)}
            )
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


@check("results", "Swapping the arms turns every sign")
def arms_swapped(subject: Subject) -> Seen:
    """With the other arm as comparator, each change of a measure and net benefit is the same with
    the opposite sign.
    """
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


CHECKS: tuple[Check, ...] = (
    utilities_one, utilities_zero, costs_zero, free_service, one_cost_doubled, undiscounted_more,
    rate_zero, rate_high, payers_sum, kinds_sum, years_sum, icer_agrees, arms_swapped,
)  # fmt: skip
