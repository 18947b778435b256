"""One family: lines as published, the same uprated, and what is expected from families alike.

Expected figures are means over many simulated families that meet the same conditions at entry,
discounted, in the perspective of the file.  Every unit cost counts once, whatever the lines share.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.accounts import Account, Terms, account_of, paired, terms_of
from babs_sim.analysis.derived import benefit_cost_ratio
from babs_sim.analysis.gauging import belongs
from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.analysis.wording import exact_pounds, number, pounds
from babs_sim.economics import PricedItem
from babs_sim.economics.prices import price_factor
from babs_sim.errors import Problem, Problems
from babs_sim.experiment.family_file import Case, Overlap, PublishedLine
from babs_sim.handover import Floats
from babs_sim.parameters import Model
from babs_sim.population import Cohort, make_families
from babs_sim.simulate import Run
from babs_sim.simulate.running import Progress, cohort_of, run
from babs_sim.tables import shown

if TYPE_CHECKING:
    from pandas import DataFrame

LEAST_ALIKE = 200
"""Families alike below which nothing is expected from them."""
MOST_SEARCHED = 5_000_000
_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Pounds (or another figure) a family without and with the service, and the change.

    ``errors`` are Monte Carlo errors of the three; ``low`` and ``high`` hold the 95 % Monte Carlo
    interval of the change.
    """

    name: str
    label: str
    without: float
    with_: float
    change: float
    errors: tuple[float, float, float]

    @property
    def low(self) -> float:
        """Return the lower end of the interval of the change."""
        return self.change - NORMAL_95 * self.errors[2]

    @property
    def high(self) -> float:
        """Return the upper end of the interval of the change."""
        return self.change + NORMAL_95 * self.errors[2]

    def words(self) -> str:
        """Return the change with its interval."""
        return f"{few(self.change)} ({few(self.low)} to {few(self.high)})"


@dataclass(frozen=True, slots=True)
class LineFound:
    """A published line, uprated to the price year, with what is expected; ``flags`` in words."""

    line: PublishedLine
    uprated: float
    expected: Pair | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """What all lines come to, nan where they cannot be added for another reason, ``refused``.

    It means nothing without its overlaps: ``most`` and ``least`` is what they come to with one side
    of each overlap only.
    """

    column: str
    total: float
    least: float
    most: float
    refused: str

    def words(self, overlaps: int) -> str:
        """Return the sum together with why it must not be used."""
        if self.refused:
            return f"Not added up: {self.refused}."
        if not overlaps:
            return exact_pounds(round(self.total))
        one = exact_pounds(round(self.most))
        several = one if round(self.least) == round(self.most) else (
            f"{exact_pounds(round(self.least))} to {one}"
        )  # fmt: skip
        return (
            f"{exact_pounds(round(self.total))}, but it counts {overlaps} overlap"
            f"{'s' if overlaps > 1 else ''} in full; with one side of each: {several}"
        )


@dataclass(frozen=True, slots=True)
class OneFamily:
    """All that is said of one family.

    ``found`` families alike were met among ``searched``; ``totals`` are sums of expected pounds,
    ``payers`` those of each payer, the service among them, ``gain`` what each pound of the service
    saves.
    """

    case: Case
    run: Run
    terms: Terms
    found: int
    searched: int
    lines: tuple[LineFound, ...]
    sums: tuple[Sum, Sum]
    totals: tuple[Pair, ...]
    payers: tuple[Pair, ...]
    gain: tuple[float, float]

    def tables(self) -> "dict[str, DataFrame]":
        """Return the tables of the results folder: lines, overlaps, sums, totals and payers."""
        from pandas import DataFrame

        overlaps = [
            (one.name, " | ".join(" + ".join(side) for side in one.sides), one.why)
            for one in self.case.overlaps
        ]
        flag = "; ".join(f"{name}: {sides}" for name, sides, _ in overlaps)
        return {
            "family": _lines_frame(self.lines, self.run.model),
            "family_overlaps": DataFrame(overlaps, columns=["overlap", "either_or", "why"]),
            "family_sums": DataFrame(
                [(s.column, s.total, s.least, s.most, s.refused or flag) for s in self.sums],
                columns=["column", "sum", "least_without_overlaps", "most_without_overlaps",
                         "flag"],
            ),
            "family_totals": _pairs_frame(self.totals, "figure"),
            "family_payers": _pairs_frame(self.payers, "payer"),
        }  # fmt: skip

    def facts(self) -> dict[str, object]:
        """Return what the manifest says besides."""
        return {
            "kind": "family",
            "conditions": list(self.case.conditions),
            "searched": self.searched,
            "terms": {
                "price_year": self.terms.price_year,
                "discounting": self.terms.discounting,
                "perspective": {
                    "name": self.terms.perspective.name,
                    "label": self.terms.perspective.label,
                },
            },
        }


def one_family(case: Case, model: Model, workers: int, tell: Progress) -> OneFamily:
    """Simulate families alike in both arms and set what is expected beside the lines.

    Raises `Problems` where too few families are alike.
    """
    cohort, wanted = cohort_of(case.experiment, model)
    rows, searched = _alike(cohort, case, wanted, tell)
    own = replace(cohort, given=rows, given_names=cohort.names)
    chosen = case.experiment.cohort.model_copy(update={"families": len(rows)})
    experiment = replace(case.experiment, cohort=chosen)
    outcome = run(experiment, model, workers, tell, cohort=own)
    terms = terms_of(experiment, model)
    accounts = {
        arm.name: account_of(arm.name, ledger, model, model.values(arm.set), terms)
        for arm, ledger in zip(experiment.arms, outcome.ledgers, strict=True)
    }
    base = accounts.pop(experiment.comparator.name)
    (other,) = accounts.values()
    paired(other, base)

    def pair(name: str, label: str, counts: Callable[[PricedItem], bool]) -> Pair:
        return _pair(name, label, _pounds(base, terms, counts), _pounds(other, terms, counts), base)

    def service(item: PricedItem) -> bool:
        return item.quantity == "activity"

    named = {cost for line in case.lines for cost in line.costs}
    totals = (
        pair("lines", "Costs that the lines stand for, each once", lambda i: i.name in named),
        pair("others", "All other costs of the family",
             lambda i: i.name not in named and not service(i)),
        _pair(
            "cashable", "Of these two, what budgets could release",
            _pounds(base, terms, lambda item: not service(item), cashable=True),
            _pounds(other, terms, lambda item: not service(item), cashable=True),
            base,
        ),
        pair("service", "The service itself", service),
        pair("net", "All costs, the service included", lambda i: True),
    )  # fmt: skip
    payers = tuple(
        pair(row.name, row.label, lambda item, payer=row.name: item.payer == payer)  # type: ignore[misc]
        for row in model.table("payers")
        if any(i.payer == row.name and terms.perspective.counts(i) for i in base.items)
    )
    lines = tuple(
        LineFound(
            line,
            line.pounds
            * price_factor(model.values(), line.index, line.price_year, terms.price_year),
            pair(line.name, line.label, _in(line.costs)) if line.costs else None,
            tuple(_flags(line, case.overlaps, model, terms)),
        )
        for line in case.lines
    )
    return OneFamily(
        case, outcome, terms, len(rows), searched, lines,
        (_sum("published", case, [line.pounds for line in case.lines], same_year(case.lines)),
         _sum("uprated", case, [one.uprated for one in lines], "")),
        totals, payers, _gain(base, other, terms, service),
    )  # fmt: skip


def few(value: float) -> str:
    """Return pounds to three figures, but never pence.

    >>> few(-0.004), few(12.6), few(1234.0)
    ('£0', '£13', '£1,230')
    """
    return pounds(round(value) + 0.0 if abs(value) < 100 else value)


def _in(costs: Collection[str]) -> Callable[[PricedItem], bool]:
    return lambda item: item.name in costs


def _alike(cohort: Cohort, case: Case, wanted: int, tell: Progress) -> tuple[Floats, int]:
    """Return the traits of the first ``wanted`` families alike, and how many were looked at."""
    parts: list[Floats] = []
    found = searched = 0
    seed = case.experiment.cohort.seed
    where = " ".join(case.conditions)
    while found < wanted and searched < MOST_SEARCHED:
        tell(found, wanted, "looking for families alike")
        people = make_families(cohort, seed, searched, _CHUNK)
        rows = people.traits[belongs(people, where)]
        parts.append(rows)
        found, searched = found + len(rows), searched + _CHUNK
    if found < min(LEAST_ALIKE, wanted):
        text = f"only {found} of {searched:,} families meet all conditions"
        experiment = case.experiment
        line = experiment.lines.get("family")
        hint = "leave a condition out, or take another population or place"
        raise Problems([Problem(shown(experiment.path), line, "family", text, where, hint)])
    return np.concatenate(parts)[:wanted], searched


def _pounds(
    account: Account, terms: Terms, counts: Callable[[PricedItem], bool], cashable: bool = False
) -> Floats:
    """Return discounted pounds (R,) of the unit costs that count, or their cashable part."""
    weight = np.array([
        (item.cashable if cashable else 1.0) * (counts(item) and terms.perspective.counts(item))
        for item in account.items
    ])  # fmt: skip
    return np.asarray((account.pounds_discounted * weight[:, None]).sum(axis=(1, 2)))


def _pair(name: str, label: str, without: Floats, with_: Floats, account: Account) -> Pair:
    change = with_ - without
    errors = tuple(float(account.error(x)) for x in (without, with_, change))
    return Pair(
        name, label, float(without[0]), float(with_[0]), float(change[0]),
        (errors[0], errors[1], errors[2]),
    )  # fmt: skip


def _gain(
    base: Account, other: Account, terms: Terms, service: Callable[[PricedItem], bool]
) -> tuple[float, float]:
    """Return pounds saved elsewhere for each pound of the service, and their error."""
    spent, rest = (
        _pounds(other, terms, counts) - _pounds(base, terms, counts)
        for counts in (service, lambda item: not service(item))
    )
    ratio = benefit_cost_ratio(-rest, spent)
    return float(ratio[0]), float(base.error(ratio))


def _flags(
    line: PublishedLine, overlaps: Sequence[Overlap], model: Model, terms: Terms
) -> list[str]:
    found = []
    for overlap in overlaps:
        for side in overlap.sides:
            if line.name in side:
                others = [n for other in overlap.sides if other is not side for n in other]
                found.append(f"overlap: not to be added to {', '.join(others)}. {overlap.why}")
    for part in line.parts:
        if part.usual is not None:
            found.append(
                f"{number(part.number, 4)} {part.what} counted, usually {number(part.usual)} "
                f"({exact_pounds(part.usual * part.pounds)}). {part.why}".strip()
            )
    rows = [row for row in model.table("unit_costs") if row.name in line.costs]
    if any(row.transfer for row in rows):
        found.append("transfer: a cost to who pays it, none to society")
    paid = {payer for row in rows for payer in _payers(row.payers)}
    if rows and not paid & set(terms.perspective.payers):
        found.append(f"not paid by: {terms.perspective.label}")
    if not line.costs:
        found.append("nothing in the model stands for it")
    return found


def _payers(text: str) -> list[str]:
    from babs_sim.economics.prices import payer_shares

    return list(payer_shares(text))


def same_year(lines: Sequence[PublishedLine]) -> str:
    """Return why published lines are not added, "" where they are of one price year."""
    years = sorted({line.price_year for line in lines})
    return "" if len(years) == 1 else f"the lines are in prices of {', '.join(years)}"


def _sum(column: str, case: Case, pounds: Sequence[float], refused: str) -> Sum:
    """Return what lines come to: all, and with the cheapest and the dearest side of overlaps."""
    if refused:
        nan = float("nan")
        return Sum(column, nan, nan, nan, refused)
    by_name = dict(zip((line.name for line in case.lines), pounds, strict=True))
    shared = [[sum(by_name[n] for n in side) for side in one.sides] for one in case.overlaps]
    apart = sum(pounds) - sum(sum(sides) for sides in shared)
    return Sum(
        column, sum(pounds), apart + sum(map(min, shared)), apart + sum(map(max, shared)), ""
    )


def arithmetic(line: PublishedLine) -> str:
    """Return the arithmetic of a line in words, "" where none is known."""
    if not line.parts:
        return ""
    parts = [f"{number(p.number, 4)} {p.what} x {exact_pounds(p.pounds)}" for p in line.parts]
    return f"{' + '.join(parts)} = {exact_pounds(line.product)}"


def _lines_frame(lines: Sequence[LineFound], model: Model) -> "DataFrame":
    from pandas import DataFrame

    none = float("nan")
    return DataFrame([
        {
            "line": one.line.name,
            "published": one.line.pounds,
            "uprated": one.uprated,
            "expected_without": one.expected.without if one.expected else none,
            "expected_with": one.expected.with_ if one.expected else none,
            "flag": " | ".join(one.flags),
            "change": one.expected.change if one.expected else none,
            "change_low": one.expected.low if one.expected else none,
            "change_high": one.expected.high if one.expected else none,
            "mc_error_without": one.expected.errors[0] if one.expected else none,
            "mc_error_with": one.expected.errors[1] if one.expected else none,
            "label": one.line.label,
            "arithmetic": arithmetic(one.line),
            "arithmetic_stated": bool(one.line.parts) and one.line.stated,
            "price_year": one.line.price_year,
            "index": one.line.index,
            "unit_costs": " ".join(one.line.costs),
            "source": one.line.source,
            "note": one.line.note,
        }
        for one in lines
    ])  # fmt: skip


def _pairs_frame(pairs: Sequence[Pair], key: str) -> "DataFrame":
    from pandas import DataFrame

    return DataFrame([
        {key: one.name, "label": one.label, "without": one.without, "with": one.with_,
         "change": one.change, "low": one.low, "high": one.high, "mc_error": one.errors[2]}
        for one in pairs
    ])  # fmt: skip


def about(found: OneFamily) -> list[str]:
    """Return who is simulated, and in what terms money is stated, in sentences."""
    experiment, terms = found.case.experiment, found.terms
    cohort = experiment.cohort
    model = found.run.model
    place = str(model.values().settings.get("place.label", cohort.place))
    words = condition_words(found.case.conditions, model)
    return [
        f"Expected from {found.found:,} simulated families alike at entry, met among "
        f"{found.searched:,} families ({cohort.population}){' in ' + place if place else ''}"
        f"{': ' + '; '.join(words) if words else ''}.",
        f"They are followed until the child is {cohort.horizon_years}. Expected pounds are means a "
        f"family in prices of {terms.price_year}, discounted ({terms.discounting}), to: "
        f"{terms.perspective.label}. Published and uprated pounds are not discounted.",
    ]


def caution(found: OneFamily) -> str:
    """Return what the figures do not say."""
    return (
        "A published line is the cost of something that may never happen to a family, and would "
        "not always be prevented: it is no saving. Expected figures follow from the model's "
        "assumptions on effects, which no trial of this service has tested; they are means of many "
        "families, and say nothing of what will happen to one. Intervals are 95 % for chance in "
        "the simulation alone."
    )


def gain_words(found: OneFamily) -> str:
    """Return what each pound of the service saves elsewhere, in a sentence."""
    value, error = found.gain
    if not np.isfinite(value):
        return "The service costs nothing here, so nothing can be said for each pound of it."
    low, high = value - NORMAL_95 * error, value + NORMAL_95 * error
    return (
        f"For each pound of the service the {found.terms.perspective.label.lower()} pays "
        f"£{value:.2f} (£{low:.2f} to £{high:.2f}) less for other things over "
        f"{found.case.experiment.cohort.horizon_years} years, in prices of "
        f"{found.terms.price_year}, discounted ({found.terms.discounting})."
    )


def condition_words(conditions: Sequence[str], model: Model) -> list[str]:
    """Return who is alike in words, a condition each."""
    from babs_sim.parameters.conditions import conditions_of

    traits = {row.name: row for row in model.table("traits")}
    levels = {(row.trait, row.level): row.label for row in model.table("trait_levels")}
    words = []
    for one in conditions_of(" ".join(conditions)):
        row, value = traits[one.trait], f"{one.value:g}"
        codes = {level for trait, level in levels if trait == one.trait}
        if codes == {"0", "1"} and (one.sign, one.value) in ((">=", 1.0), ("=", 1.0)):
            words.append(row.label)
        elif codes == {"0", "1"} and (one.sign, one.value) in (("<=", 0.0), ("=", 0.0)):
            words.append(f"Not: {row.label}")
        elif one.sign == "=":
            words.append(f"{row.label}: {levels.get((one.trait, value), value)}")
        else:
            words.append(f"{row.label}: {value} or {'more' if one.sign == '>=' else 'less'}")
    return words
