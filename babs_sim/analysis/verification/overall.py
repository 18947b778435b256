"""The program as a whole: switches, mistakes, labels, files, and doing it all again."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from babs_sim.analysis.headline import headline
from babs_sim.analysis.verification.changing import with_rows
from babs_sim.analysis.verification.checks import (
    Check,
    Seen,
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
from babs_sim.analysis.wording import pounds
from babs_sim.economics.discounting import UNDISCOUNTED
from babs_sim.economics.prices import PER_YEAR
from babs_sim.errors import Problems
from babs_sim.handover import Floats
from babs_sim.parameters.rows import UnitCostRow
from babs_sim.results import manifest_of, read, write
from babs_sim.simulate.single import live_each, live_one, prepare
from babs_sim.units import UNITS

TWINS = 20
"""Families that the second engine lives again."""


@check("overall", "Switches change only what they should")
def switches(subject: Subject) -> Seen:
    """Another perspective, value of a QALY or discounting changes no life, no undiscounted cost of
    any payer and nothing else that it does not name.
    """
    model, terms = subject.model, subject.base.terms
    given: dict[str, list[str]] = {
        "perspective": sorted({r.perspective for r in model.table("perspectives")}),
        "qaly_value": sorted(r.name for r in model.table("qaly_values")),
        "discounting": sorted({UNDISCOUNTED} | {r.scheme for r in model.table("discounting")}),
    }
    now = {"perspective": terms.perspective.name, "qaly_value": terms.qaly_value,
           "discounting": terms.discounting}  # fmt: skip
    arm = subject.arms[-1]

    def look(switch: str) -> Seen:
        other = next((name for name in given[switch] if name != now[switch]), None)
        if other is None:
            return Seen("there is no other choice", True)
        case = subject.case(money={switch: other})
        lives = same("lives", quantities(subject.base, arm), quantities(case, arm), 0.0)
        money = same("undiscounted costs", _row(pounds_of(subject.base, arm)),
                     _row(pounds_of(case, arm)), 0.0)  # fmt: skip
        moved = differing(figures(subject.base, arm), figures(case, arm))
        if arm != subject.comparator:
            moved += differing(changes(subject.base, arm), changes(case, arm))
        costs = {m.name for m in case.measures if not m.natural}
        wrong = [name for name in moved if not _may_move(switch, name, costs)]
        text = f"{other}: {lives.text}; {money.text}; moved without reason: {listed(wrong)}"
        return Seen(text, lives.passed and money.passed and not wrong)

    return each(given, look)


def _may_move(switch: str, name: str, costs: set[str]) -> bool:
    """Return whether a switch is meant to change a figure; ``costs`` are measures of money."""
    if switch == "qaly_value":
        return name in ("net_monetary_benefit", "benefit_cost_ratio")
    if switch == "discounting":
        return not name.endswith("_undiscounted")
    made_of_money = ("icer", "net_", "benefit_cost_ratio", "payback_", "budget_", "cashable_")
    measure = name.removesuffix("_undiscounted").removesuffix("_prevented")
    return measure in costs or name.startswith(made_of_money)


def _row(found: dict[str, float]) -> Floats:
    return np.array(list(found.values()))


@check("overall", "Workers change nothing")
def workers(subject: Subject) -> Seen:
    """One thread and three give the same quantities and figures to the last digit."""
    cases = [subject.case(workers=number) for number in (1, 3)]

    def look(arm: str) -> Seen:
        one, other = (np.concatenate([quantities(c, arm), _row(figures(c, arm))]) for c in cases)
        return same("1 and 3 threads", one, other, 0.0)

    return each(subject.arms, look)


@check("overall", "Mistakes are caught")
def mistakes(subject: Subject) -> Seen:
    """An unknown name, a text for a number, a number out of range and a switch that is no switch
    are refused, all at once, each with a repair.
    """
    money = next((p.name for p in subject.model.parameters.values() if p.unit == "£"), None)
    wrong: dict[str, float | str | bool] = {"no.such.number": 1.0, "service.open": "perhaps"}
    if money is not None:
        wrong |= {money: -5.0}
    ratio = next((p.name for p in subject.model.parameters.values() if p.unit != "£"), None)
    if ratio is not None:
        wrong |= {ratio: "much"}
    try:
        subject.model.values(wrong)
    except Problems as found:
        bare = [p.field for p in found.problems if not p.hint]
        missed = set(wrong) - {p.field for p in found.problems}
        text = f"{len(found.problems)} of {len(wrong)} found; without repair: {listed(bare)}"
        return Seen(text, not missed and not bare)
    return Seen("nothing was refused", False)


@check("overall", "Everything has a label and a unit")
def labels(subject: Subject) -> Seen:
    """Events, states, traits, unit costs, payers and measures have labels; each
    figure of the results has a unit; each number has a unit and a source.
    """
    model = subject.model
    rows = [
        *model.table("events"), *model.table("states"), *model.table("traits"),
        *model.table("unit_costs"), *model.table("payers"), *model.table("measures"),
        *model.table("qaly_values"), *model.table("subgroups"),
    ]  # fmt: skip
    bare = [row.key for row in rows if not getattr(row, "label", "")]
    shown = [f for case in (subject.base.summary, subject.base.incremental) for a in case.values()
             for f in a]  # fmt: skip
    bare += [f.measure for f in shown if not f.unit]
    bare += [p.name for p in model.parameters.values() if p.unit not in UNITS or not p.source]
    text = f"{len(rows)} labels, {len(shown)} figures, {len(model.parameters):,} numbers"
    return Seen(f"{text}; without: {listed(bare)}", not bare)


@check("overall", "Results on disk are the results")
def files(subject: Subject) -> Seen:
    """The folder of results, written and read again, holds every figure to the last digit, and the
    printed lines show the figures of the tables.
    """
    case = subject.base
    with tempfile.TemporaryDirectory() as place:
        folder = write(case.run, case.tables(), case.facts(), Path(place), "babs-sim verify")
        found = read(folder)
        wrong = []
        for name, frame in case.tables().items():
            again = found.table(name)
            for column in frame:
                one, other = frame[column].to_numpy(), again[column].to_numpy()
                alike = (one == other) | ((one != one) & (other != other))
                if len(one) != len(other) or not alike.all():
                    wrong.append(f"{name}.{column}")
    lines = " ".join(headline(case))
    if len(subject.arms) > 1:
        shown = changes(case, subject.others[0])
        wrong += [f"printed {name}" for name in ("cost", "net_monetary_benefit")
                  if pounds(shown[name]) not in lines]  # fmt: skip
    return Seen(f"{len(case.tables())} tables; not the same: {listed(wrong)}", not wrong)


@check("overall", "Units of time are converted once")
def units(subject: Subject) -> Seen:
    """With every cost per week or month written as the same cost per year, nothing changes."""
    rows = [
        row.model_copy(update={
            "basis": "per year", "value": row.value * PER_YEAR[row.basis],
            "distribution": "fixed", "low": None, "high": None,
        })
        for row in subject.model.table("unit_costs")
        if isinstance(row, UnitCostRow) and row.basis in ("per week", "per month")
    ]  # fmt: skip
    if not rows:
        raise NotApplicable("no unit cost is per week or month")
    names = {f"cost.{row.name}" for row in rows}
    if any(name in names for arm in subject.experiment.arms for name in arm.set):
        raise NotApplicable("an arm sets a cost per week or month")
    case = subject.case(model=with_rows(subject.tables, "unit_costs", rows))

    def look(arm: str) -> Seen:
        one, other = (pounds_of(c, arm) for c in (subject.base, case))
        return same(f"{len(rows)} costs", _row(one), _row({n: other[n] for n in one}))

    return each(subject.arms, look)


@check("overall", "Version, date and inputs stand in the results")
def version(subject: Subject) -> Seen:
    """The manifest says when, by which command and version, from which files, with which seed."""
    found = manifest_of(subject.base.run, "babs-sim verify", subject.base.facts())
    wanted = ("created", "command", "versions", "platform", "inputs", "seed", "families", "arms")
    missing = [name for name in wanted if not found.get(name) and found.get(name) != 0]
    inputs = found["inputs"]
    digest = inputs.get("model") if isinstance(inputs, dict) else ""
    text = f"{found['created']}, tables {str(digest)[:8]}; missing: {listed(missing)}"
    return Seen(text, not missing and digest == subject.model.fingerprint)


@check("overall", "An independent engine gives the same lives")
def second_engine(subject: Subject) -> Seen:
    """The second engine, written from the documentation of the tables, lives the first families
    again: the same events, and a ledger within 1e-9.
    """
    number = min(TWINS, subject.experiment.cohort.families)
    ready = prepare(subject.experiment, subject.model, subject.arms, subject.workers)
    fast = live_each(ready, 0, number)
    worst = dict.fromkeys(subject.arms, 0.0)
    events = 0.0
    for family in range(number):
        try:
            lives = live_one(ready, family)
        except RuntimeError as error:
            return Seen(str(error), False)
        for arm, slow, ledger in zip(subject.arms, lives, fast, strict=True):
            events += float(slow.ledger.count[..., 0].sum())
            for name in ("count", "years", "first", "activity", "qalys"):
                one, other = getattr(slow.ledger, name)[0], getattr(ledger, name)[family]
                size = max(1.0, float(np.abs(other).max(initial=0.0)))
                worst[arm] = max(worst[arm], float(np.abs(one - other).max(initial=0.0)) / size)

    def look(arm: str) -> Seen:
        return Seen(f"ledgers apart by {worst[arm]:.1e}", worst[arm] <= 1e-9)

    seen = each(subject.arms, look)
    return Seen(f"{number} families, {events:,.0f} events; {seen.text}", seen.passed and events > 0)


@check("overall", "Run again, it is the same")
def again(subject: Subject) -> Seen:
    """The same experiment from tables read again gives the same quantities to the last digit."""
    from babs_sim.parameters import read_parameters

    model = read_parameters(subject.experiment.folders, subject.model.place or None)
    other = Subject(replace(subject.experiment), model, subject.workers)

    def look(arm: str) -> Seen:
        one, two = (quantities(s.base, arm) for s in (subject, other))
        return same("all quantities by year", one, two, 0.0)

    prints = Seen("tables are the same", model.fingerprint == subject.model.fingerprint)
    return joined([prints, each(subject.arms, look)])


CHECKS: tuple[Check, ...] = (
    switches, workers, mistakes, labels, files, units, version, second_engine, again,
)  # fmt: skip
