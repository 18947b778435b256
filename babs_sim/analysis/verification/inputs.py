"""Inputs: do numbers in the tables move results in the right direction and by the right amount?"""

from collections.abc import Iterator

import numpy as np

from babs_sim.analysis.verification.changing import (
    acts,
    all_at,
    endings,
    keys_of,
    service_effects,
    with_rows,
    without_rows,
)
from babs_sim.analysis.verification.checks import (
    CLOSE,
    ERRORS,
    Check,
    Seen,
    check,
    each,
    joined,
    listed,
    same,
)
from babs_sim.analysis.verification.drawing import draws_of
from babs_sim.analysis.verification.subject import (
    NotApplicable,
    Subject,
    events_of,
    figures,
    pounds_of,
    quantities,
)
from babs_sim.analysis.wording import number, pounds
from babs_sim.parameters.model import Model
from babs_sim.parameters.rows import EffectRow, RateRow
from babs_sim.population import make_families
from babs_sim.units import UNITS, convert, probability_of, rate_of

FORMS = ("per unit", "level", "while", "ever", "profile")
MANY_TIMES = 2.0


@check("inputs", "A dearer price gives a dearer arm")
def dearer_price(subject: Subject) -> Seen:
    """With every unit cost 10 % higher each arm costs 10 % more, and nothing else changes."""
    keys = keys_of(subject.model, "unit_costs")
    case = subject.case(scaled=all_at(keys, 1.1))

    def look(arm: str) -> Seen:
        before, after = (figures(one, arm)["cost"] for one in (subject.base, case))
        lives = same("lives", quantities(subject.base, arm), quantities(case, arm), 0.0)
        cost = same(f"{pounds(before)} becomes {pounds(after)}", 1.1 * before, after)
        return Seen(f"{cost.text}; {lives.text}", cost.passed and lives.passed and after > before)

    return each(subject.arms, look)


@check("inputs", "A higher ratio gives a higher chance of the event")
def higher_ratio(subject: Subject) -> Seen:
    """For each form of effect, the effect on the commonest event whose driver is there: with its
    ratio twice as high, and nothing else changed, the event happens more often.
    """

    def look(form: str) -> Seen:
        found = _commonest(subject, form)
        if found is None:
            return Seen("no effect of this form acts", True)
        row, arm = found
        case = subject.case(scaled={row.key: MANY_TIMES})
        before, after = (1000 * events_of(one, arm)[row.event] for one in (subject.base, case))
        text = f"{row.key}, {number(before, 4)} become {number(after, 4)} per 1,000 families"
        return Seen(text, after > before)

    if not any(_commonest(subject, form) for form in FORMS):
        raise NotApplicable("no effect acts on an event")
    return each(FORMS, look)


def _commonest(subject: Subject, form: str) -> tuple[EffectRow, str] | None:
    """Return the effect of a form on the commonest event whose driver is there, and an arm."""
    model = subject.model
    exposures = {row.driver for row in service_effects(model)}
    found = []
    for row in model.table("effects"):
        if row.form != form or not acts(model, row):
            continue
        for arm in subject.arms if row.driver in exposures else (subject.comparator,):
            count = events_of(subject.base, arm)[row.event]
            if count > 0.0 and _there(subject, row, arm):
                found.append((count, row.key, row, arm))
    if not found:
        return None
    _, _, row, arm = max(found, key=lambda one: one[:2])
    return row, arm


def _there(subject: Subject, row: EffectRow, arm: str) -> bool:
    """Return whether the driver of an effect is there in an arm, and always pushes upwards."""
    account = subject.base.accounts[arm]
    if row.causal_share and subject.model.parameters[row.causal_share].value <= 0.0:
        return False
    if row.driver in account.states:
        return bool(account.years[0, account.states.index(row.driver)].sum() > 0.1)
    ledger = subject.base.run.ledgers[subject.base.run.arms.index(arm)]
    if row.driver in ledger.activities:
        return bool(ledger.activity[:, ledger.activities.index(row.driver), :, 0].sum() > 0.0)
    event = row.driver.removeprefix("count(").removesuffix(")")
    if event in account.events:
        return bool(account.count[0, account.events.index(event)].sum() > 0.1)
    families = make_families(subject.cohort, subject.experiment.cohort.seed, 0, 200)
    if row.driver not in families.names:
        return row.driver == "child.ace_count" and bool(account.aces[0].sum() > 0.1)
    trait = families.column(row.driver)
    there = trait == row.level if row.level is not None else trait > 0.0
    return bool(trait.min() >= 0.0 and there.mean() > 0.1)


@check("inputs", "Draws of ratios are not negative, and their centre is the point estimate")
def ratio_draws(subject: Subject) -> Seen:
    """2,000 draws of every ratio: none below 0; the mean is that of the fitted distribution within
    five standard errors (of a log-normal, the median: ratios are point estimates on the log scale).
    Draws in which a group is nil are left out.
    """
    draws = draws_of(subject)
    ratios = [p for p in draws.parameters if p.unit.endswith("ratio")]
    if not ratios:
        raise NotApplicable("no ratio has a distribution")
    negative = [p.name for p in ratios if draws.column(p.name).min() < 0.0]
    off = [p.name for p in ratios if abs(draws.errors_off(p)) > ERRORS]
    text = f"{len(ratios)} ratios; negative: {listed(negative)}; off centre: {listed(off)}"
    return Seen(text, not negative and not off)


@check("inputs", "Families of distributions nest")
def nesting(subject: Subject) -> Seen:
    """With every clock of the time since an event became possible replaced by a Weibull law of
    shape 1, a Gompertz law without growth, or a table of one band, lives are those with an
    exponential law of the same rate.
    """
    clocks = [row for row in subject.model.table("events") if row.clock == "since"]
    if not clocks:
        raise NotApplicable("no event has a clock of the time since it became possible")
    rate = 0.4
    laws: dict[str, dict[str, float]] = {
        "exponential": {"rate": rate},
        "weibull": {"shape": 1.0, "scale": 1.0 / rate},
        "gompertz": {"start": rate, "growth": 0.0},
        "table": {"rate": rate},
    }
    cases = {
        law: subject.case(model=_with_law(subject.tables, law, given), centred=False)
        for law, given in laws.items()
    }

    def look(law: str) -> Seen:
        one, other = (quantities(cases[name], subject.comparator) for name in (law, "exponential"))
        return same(f"{len(clocks)} clocks", one, other, 1e-6)

    happened = sum(events_of(cases["table"], subject.comparator)[row.name] for row in clocks)
    seen = each(("weibull", "gompertz", "table"), look)
    return Seen(f"{number(happened)} such events per family; {seen.text}",
                seen.passed and happened > 0.0)  # fmt: skip


def _with_law(model: Model, law: str, given: dict[str, float]) -> Model:
    """Return the model with one law, with the same numbers, for all clocks of time since."""
    units = {"rate": "per year", "shape": "ratio", "scale": "years", "start": "per year",
             "growth": "per year"}  # fmt: skip
    clocks = [row for row in model.table("events") if row.clock == "since"]
    names = {row.name for row in clocks}
    source = model.table("sources")[0].name
    old = [row.key for row in model.table("rates") if row.event in names]
    rows = [
        RateRow.model_validate(
            {"event": event, "quantity": quantity, "value": value, "unit": units[quantity],
             "source": source, "grade": "C",
             **({"age_from": 0.0} if law == "table" else {})}
        )
        for event in names for quantity, value in given.items()
    ]  # fmt: skip
    laws = [row.model_copy(update={"law": law}) for row in clocks]
    return with_rows(with_rows(without_rows(model, "rates", old), "rates", rows), "events", laws)


@check("inputs", "Survival curves do not cross")
def survival_curves(subject: Subject) -> Seen:
    """With death rates halved and doubled, at the end of each year fewer are alive the higher the
    rates are, for mother and child.
    """
    events = endings(subject.model)
    if not events:
        raise NotApplicable("no event ends a life")
    names = {row.name for row in events}
    keys = [row.key for row in subject.model.table("rates") if row.event in names]
    deaths = []
    for factor in (0.5, 1.0, 2.0):
        case = subject.case(scaled=all_at(keys, factor))
        account = case.accounts[subject.comparator]
        by_person = [
            np.cumsum(account.count[0, [account.events.index(e.name) for e in events
                                        if e.person == person]].sum(axis=0))
            for person in ("mother", "child")
        ]  # fmt: skip
        deaths.append(np.stack(by_person))
    steps = np.diff(np.stack(deaths), axis=0)
    ends = ", ".join(number(1000 * float(one[:, -1].sum())) for one in deaths)
    crossings = int((steps < -CLOSE).sum())
    text = f"deaths per 1,000 families with half, the same and twice the rates: {ends}"
    return Seen(f"{text}; crossings: {crossings}", crossings == 0 and bool(steps[..., -1].any()))


@check("inputs", "Rates, probabilities and odds go round and come back")
def round_trip(subject: Subject) -> Seen:
    """Probability to rate and back, odds, risk and hazard ratios to a ratio of hazards and back;
    and tables in which rates by age are written as probabilities of their bands give the same
    lives.
    """
    chances, years = np.meshgrid([1e-6, 0.01, 0.3, 0.9, 0.999], [0.02, 1.0, 10.0])
    back = [
        probability_of(rate_of(p, y), y)
        for p, y in zip(chances.ravel(), years.ravel(), strict=True)
    ]
    parts = [same("probabilities", np.array(back), chances.ravel())]
    for unit in ("odds ratio", "risk ratio"):
        ratios, risks = (g.ravel() for g in np.meshgrid([0.2, 1.0, 1.5, 3.0], [0.01, 0.1, 0.3]))
        found = [_back(unit, r, p) for r, p in zip(ratios.tolist(), risks.tolist(), strict=True)]
        parts.append(same(f"{unit}s", np.array(found), ratios))
    other = _as_probabilities(subject.tables)
    if other is not None:
        model, rows = other
        one, two = (
            quantities(subject.case(model=tables, centred=False), subject.comparator)
            for tables in (subject.tables, model)
        )
        parts.append(same(f"lives with {rows} rates written as probabilities", one, two, 1e-6))
    return joined(parts)


def _back(unit: str, ratio: float, risk: float) -> float:
    """Return a ratio that went to a ratio of hazards and back, given the risk without it."""
    with_it = 1.0 - float((1.0 - risk) ** convert(ratio, unit, risk))
    if unit == "risk ratio":
        return with_it / risk
    return with_it / (1.0 - with_it) * (1.0 - risk) / risk


def _as_probabilities(model: Model) -> tuple[Model, int] | None:
    """Return the model with rates of limited bands of age as probabilities, and how many."""
    clocks = {row.name for row in model.table("events") if row.clock == "age"}
    rows = []
    for row in model.table("rates"):
        if row.event not in clocks or row.quantity != "rate":
            continue
        if row.age_from is None or row.age_to is None:
            continue
        width, rate = row.age_to - row.age_from, model.parameters[row.key].value
        if 0.0 < rate * width < 3.0:
            told = {
                "quantity": "probability", "value": probability_of(rate, width),
                "unit": "probability", "distribution": "fixed", "low": None, "high": None,
            }  # fmt: skip
            rows.append(row.model_copy(update=told))
    return (with_rows(model, "rates", rows), len(rows)) if rows else None


@check("inputs", "The currency year is the right one")
def price_year(subject: Subject) -> Seen:
    """In the first and the last price year that all indices have, each unit cost is the amount of
    its own year times the quotient of its index, and total cost moves with it.
    """
    model = subject.model
    levels = {(r.index, r.year): model.parameters[r.key].value for r in model.table("price_index")}
    used = {row.index for row in model.table("unit_costs")}
    years = sorted(set.intersection(*({y for i, y in levels if i == index} for index in used)))
    now = subject.base.terms.price_year

    def look(year: str) -> Seen:
        case = subject.case(money={"price_year": year})
        arm = subject.others[0] if len(subject.arms) > 1 else subject.comparator
        before, after = (pounds_of(one, arm) for one in (subject.base, case))
        wanted = np.array(
            [before[r.name] * levels[r.index, year] / levels[r.index, now]
             for r in model.table("unit_costs")]
        )  # fmt: skip
        found = np.array([after[r.name] for r in model.table("unit_costs")])
        prices = joined(_stated(subject, year))
        total = same(f"{len(wanted)} unit costs", wanted, found)
        return Seen(f"{total.text}; {prices.text}", total.passed and prices.passed)

    return each(dict.fromkeys((years[0], years[-1])), look)


def _stated(subject: Subject, year: str) -> Iterator[Seen]:
    """Yield whether costs stated in a year are taken as stated in that year."""
    from babs_sim.economics import unit_prices
    from babs_sim.economics.prices import PER_YEAR

    model = subject.model
    stated = {
        row.name: model.parameters[row.key].value * PER_YEAR.get(row.basis, 1.0)
        for row in model.table("unit_costs") if row.price_year == year
    }  # fmt: skip
    found = dict.fromkeys(stated, 0.0)
    for item in unit_prices(model, model.values(), year):
        if item.name in found:
            found[item.name] += item.pounds
    yield same(
        f"{len(stated)} stated in that year", np.array(list(stated.values())),
        np.array([found[name] for name in stated]),
    )  # fmt: skip


@check("inputs", "Every number has a known unit and lies in its plausible range")
def plausible(subject: Subject) -> Seen:
    """All numbers of the tables, in base units."""
    parameters = subject.model.parameters.values()
    strange = [
        p.name for p in parameters
        if p.unit not in UNITS or not UNITS[p.unit].least <= p.value <= UNITS[p.unit].most
    ]  # fmt: skip
    return Seen(f"{len(parameters):,} numbers; out of range: {listed(strange)}", not strange)


CHECKS: tuple[Check, ...] = (
    dearer_price, higher_ratio, ratio_draws, nesting, survival_curves, round_trip, price_year,
    plausible,
)  # fmt: skip
