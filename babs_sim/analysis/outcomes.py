"""Effects in natural units per 1,000 families: of all families, and of each band of a subgroup."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babs_sim.analysis.accounts import Account, Terms, account_of, evaluate
from babs_sim.analysis.comparing import POUNDS
from babs_sim.analysis.derived import net_monetary_benefit
from babs_sim.analysis.measures import SCALES, Measure
from babs_sim.handover import Floats, Ledger
from babs_sim.parameters import Values
from babs_sim.population import read_subgroups
from babs_sim.simulate import Run

if TYPE_CHECKING:
    from pandas import DataFrame

PER = 1000.0
PER_WORDS = "per 1,000 families"
LEAST_BLOCKS = 2
NORMAL_95 = 1.959964
_ROUNDING = 1e-12  # of a figure: a smaller change is that of sums in another order


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measure of an arm and of the comparator, and what lies between them.

    ``error`` is the Monte Carlo error of the difference, ``low`` and ``high`` its 95 % interval:
    normal for all families, Student's t over the few blocks of a band.  All are nan where there is
    nothing to compare.
    """

    arm: str
    comparator: str
    measure: str
    label: str
    unit: str
    value: float
    comparator_value: float
    difference: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a subgroup: how many families are in it, and their outcomes."""

    subgroup: str
    band: str
    label: str
    families: int
    outcomes: tuple[Outcome, ...]


def outcomes_of(
    accounts: Sequence[Account],
    comparator: Account,
    measures: Sequence[Measure],
    quantile: float = NORMAL_95,
) -> Iterator[Outcome]:
    """Yield every measure that is not of money, per 1,000 families, for each arm.

    The comparator is left out unless it is alone.  ``quantile`` errors make half an interval.
    """
    others = [one for one in accounts if one is not comparator]
    for account in others or [comparator]:
        for measure in measures:
            if measure.natural:
                scale = PER / measure.scale
                figures = [scale * evaluate(measure, one) for one in (account, comparator)]
                unit = _per_thousand(measure.unit)
                yield _outcome(
                    account, comparator, measure.name, measure.label, unit, figures, quantile
                )


def bands_of(
    run: Run, measures: Sequence[Measure], terms: Terms, values: Sequence[Values]
) -> tuple[Band, ...]:
    """Return the outcomes of every band of the subgroups of a run, one set of values an arm.

    Measures of money follow, per family: cost, that of the service, and net monetary benefit.  A
    band with families in fewer than two blocks has no outcomes.
    """
    from scipy.special import stdtrit

    found = []
    base = run.arms.index(run.experiment.comparator.name)
    for subgroup in read_subgroups(run.model, tuple(run.subgroups)):
        for band, label in zip(subgroup.bands, subgroup.labels, strict=True):
            ledgers = [_with_families(one) for one in run.subgroups[subgroup.name][band]]
            families = int(ledgers[base].families.sum())
            outcomes: tuple[Outcome, ...] = ()
            if len(ledgers[base].families) >= LEAST_BLOCKS:
                accounts = [
                    account_of(arm, ledger, run.model, one, terms)
                    for arm, ledger, one in zip(run.arms, ledgers, values, strict=True)
                ]
                quantile = float(stdtrit(len(ledgers[base].families) - 1, 0.975))
                natural = outcomes_of(accounts, accounts[base], measures, quantile)
                money = _money(accounts, accounts[base], measures, terms, quantile)
                outcomes = (*natural, *money)
            found.append(Band(subgroup.name, band, label, families, outcomes))
    return tuple(found)


def outcomes_frame(outcomes: Sequence[Outcome]) -> "DataFrame":
    """Return arm, comparator, measure, label, unit, value, comparator_value, difference, ...

    ... mc_error (of the difference), low and high.
    """
    from pandas import DataFrame

    return DataFrame([_cells(one) for one in outcomes], columns=list(_COLUMNS))


def bands_frame(bands: Sequence[Band]) -> "DataFrame":
    """Return subgroup, band, band_label and families, then the columns of `outcomes_frame`."""
    from pandas import DataFrame

    rows = [
        (one.subgroup, one.band, one.label, one.families, *_cells(outcome))
        for one in bands
        for outcome in one.outcomes
    ]
    return DataFrame(rows, columns=["subgroup", "band", "band_label", "families", *_COLUMNS])


_COLUMNS = (
    "arm", "comparator", "measure", "label", "unit", "value", "comparator_value", "difference",
    "mc_error", "low", "high",
)  # fmt: skip


def _cells(one: Outcome) -> tuple[str | float, ...]:
    return (
        one.arm, one.comparator, one.measure, one.label, one.unit, one.value,
        one.comparator_value, one.difference, one.error, one.low, one.high,
    )  # fmt: skip


def _outcome(
    account: Account,
    comparator: Account,
    name: str,
    label: str,
    unit: str,
    figures: Sequence[Floats],
    quantile: float,
) -> Outcome:
    value, base = (float(figure[0]) for figure in figures)
    if account is comparator:
        none = float("nan")
        return Outcome(account.arm, "", name, label, unit, value, none, none, none, none, none)
    error = float(account.error(figures[0] - figures[1]))
    change = value - base
    rounding = _ROUNDING * max(abs(value), abs(base))
    change = 0.0 if abs(change) <= rounding else change
    error = 0.0 if error <= rounding else error
    half = quantile * error
    return Outcome(
        account.arm, comparator.arm, name, label, unit, value, base, change, error,
        change - half, change + half,
    )  # fmt: skip


def _money(
    accounts: Sequence[Account],
    comparator: Account,
    measures: Sequence[Measure],
    terms: Terms,
    quantile: float,
) -> Iterator[Outcome]:
    by_name = {measure.name: measure for measure in measures}
    worth = comparator.qaly_values[terms.qaly_value]
    others = [one for one in accounts if one is not comparator]
    for account in others or [comparator]:
        pair = (account, comparator)
        for name in ("cost", "service_cost"):
            one = by_name[name]
            figures = [evaluate(one, each) for each in pair]
            yield _outcome(account, comparator, name, one.label, one.unit, figures, quantile)
        if others:
            cost, qalys = (
                [evaluate(by_name[name], each) for each in pair] for name in ("cost", "qalys")
            )
            figures = [net_monetary_benefit(c, q, worth) for c, q in zip(cost, qalys, strict=True)]
            name, label = "net_monetary_benefit", "Net monetary benefit"
            yield _outcome(account, comparator, name, label, POUNDS, figures, quantile)


def _with_families(ledger: Ledger) -> Ledger:
    """Return a ledger without the blocks that hold no family: a figure cannot leave them out."""
    there = ledger.families > 0
    if there.all():
        return ledger
    return Ledger(
        ledger.entry, ledger.events, ledger.states, ledger.activities, ledger.families[there],
        ledger.count[there], ledger.years[there], ledger.first[there], ledger.activity[there],
        ledger.qalys[there], ledger.aces[there] if len(ledger.aces) else ledger.aces,
    )  # fmt: skip


def _per_thousand(unit: str) -> str:
    end = next(end for end in SCALES if unit.endswith(end))
    return unit.removesuffix(end) + PER_WORDS
