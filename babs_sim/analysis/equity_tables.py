"""The tables, facts and lines of an equity analysis."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.equity import (
    PER,
    QALYS_PER,
    Gains,
    Index,
    Shares,
    aversions_of,
    gains_of,
    indices_of,
    narrowing,
)
from babs_sim.analysis.listing import aligned
from babs_sim.analysis.study import Found
from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.handover import Floats

if TYPE_CHECKING:
    from pandas import DataFrame

_BAND = (
    "arm", "comparator", "subgroup", "band", "band_label", "shares", "figure", "label", "unit",
    "value", "mc_error", "low", "high",
)  # fmt: skip
_WHOLE = (
    "arm", "comparator", "subgroup", "shares", "index", "aversion", "aversion_value", "label",
    "unit", "before", "after", "change", "mc_error", "low", "high", "per_1000_families",
    "per_1000_low", "per_1000_high",
)  # fmt: skip
ALL = "all"
"""The band that stands for all families."""


def run_equity(case: BaseCase) -> Found:
    """Return tables, facts and lines of all equity analyses of a run; nothing if it has none.

    Tables of a second analysis end in ``_2``.
    """
    tables: dict[str, DataFrame] = {}
    facts: list[object] = []
    lines: list[str] = []
    asked = [one for one in case.run.experiment.analyses if one.kind == "equity"]
    if not case.incremental:
        return Found({}, {}, ("Equity compares two arms, and there is one only.",) if asked else ())
    values = case.run.model.values()
    aversions = aversions_of(case.run.model, values)
    for place, analysis in enumerate(asked):
        ending = f"_{place + 1}" if place else ""
        gains = list(gains_of(case, analysis))
        tables[f"equity{ending}"] = equity_frame(gains)
        found = [(one, shares, index) for one in gains for shares in one.shares
                 for index in indices_of(one, shares, aversions)]  # fmt: skip
        tables[f"equity_summary{ending}"] = summary_frame(found)
        facts.append({
            "kind": "equity", "tables": [f"equity{ending}", f"equity_summary{ending}"],
            "qaly_value": {"name": gains[0].value_name, "pounds": gains[0].value},
            "births_per_family": gains[0].births,
            "subgroups": analysis.subgroups, "blocks": len(gains[0].blocks),
        })  # fmt: skip
        first = next(iter(case.incremental))
        for one in gains:
            if one.arm == first:
                lines += lines_of(case, one, [index for g, shares, index in found
                                              if g is one and shares is one.shares[0]])  # fmt: skip
    return Found(tables, {"analyses": facts} if facts else {}, tuple(lines))


def equity_frame(gains: Sequence[Gains]) -> "DataFrame":
    """Return equity.csv: families, gain, cost and net health of each band and of all.

    ``shares`` names how health given up is shared out, "" where a figure has nothing to do with it.
    """
    from pandas import DataFrame

    rows = []
    for one in gains:
        labels = dict(zip(one.subgroup.bands, one.subgroup.labels, strict=True))
        for shares, band, figure, label, unit, of in _figures(one):
            name = labels.get(band, "All families")
            cells = (one.arm, one.comparator, one.subgroup.name, band, name, shares, figure, label)
            rows.append((*cells, unit, float(of[0]), *one.interval(of)))
    return DataFrame(rows, columns=list(_BAND))


def _figures(one: Gains) -> Iterator[tuple[str, str, str, str, str, Floats]]:
    """Yield shares, band, figure, label, unit and replicates (R,)."""
    bands = (*one.subgroup.bands, ALL)
    families, qalys, cost = (_with_all(part) for part in (one.families, one.qalys, one.pounds))
    for g, band in enumerate(bands):
        own = np.where(families[:, g] > 0, families[:, g], np.nan)
        yield "", band, "families", "Share of families", "share", families[:, g]
        yield "", band, "gain", "Health gained", QALYS_PER, PER * qalys[:, g]
        yield ("", band, "gain_per_family", "Health gained by a family of the band",
               "QALYs per family", qalys[:, g] / own)  # fmt: skip
        yield ("", band, "cost_per_family", "Net cost of a family of the band", "£ per family",
               cost[:, g] / own)  # fmt: skip
    for shares in one.shares:
        lost = _with_all(one.given_up(shares))
        part = np.append(shares.shares, 1.0)
        for g, band in enumerate(bands):
            yield (shares.name, band, "share", "Share of what is given up", "share",
                   np.full(len(lost), part[g]))  # fmt: skip
            yield shares.name, band, "given_up", "Health given up", QALYS_PER, PER * lost[:, g]
            net = PER * (qalys[:, g] - lost[:, g])
            yield shares.name, band, "net", "Net health", QALYS_PER, net
        if one.health is not None and one.people is not None:
            after = one.after(shares)
            for g, band in enumerate(one.subgroup.bands):
                before = np.full(len(after), one.health[g])
                unit = "QALYs a person"
                yield shares.name, band, "before", "Health at birth, before", unit, before
                yield shares.name, band, "after", "Health at birth, after", unit, after[:, g]
            yield (shares.name, ALL, "narrowing", "Gap closed (slope index)", QALYS_PER,
                   PER * narrowing(one, shares))  # fmt: skip


def summary_frame(found: Sequence[tuple[Gains, Shares, Index]]) -> "DataFrame":
    """Return equity_summary.csv: each index before and after, and what its change adds up to.

    ``per_1000_families`` is the change times the births over which the gains of 1,000 families are
    spread, empty for an index that is no amount of health.
    """
    from pandas import DataFrame

    rows = []
    for one, shares, index in found:
        error, low, high = one.interval(index.change)
        scale = PER * one.births if index.adds else float("nan")
        change = float(index.change[0])
        rows.append((
            one.arm, one.comparator, one.subgroup.name, shares.name, index.name, index.parameter,
            index.aversion, index.label, index.unit, index.before, float(index.after[0]), change,
            error, low, high, scale * change, scale * low, scale * high,
        ))  # fmt: skip
    return DataFrame(rows, columns=list(_WHOLE))


def lines_of(case: BaseCase, one: Gains, indices: Sequence[Index]) -> list[str]:
    """Return what a person reads about one arm and subgroup, with the first set of shares."""
    model = case.run.model
    trait = next(row.label for row in model.table("traits") if row.name == one.subgroup.trait)
    terms = case.terms
    lines = ["", f"Equity, by {trait}: {one.arm} against {one.comparator}"]
    shares = one.shares[0] if one.shares else None
    rows = [["", "families", "QALYs gained", "net cost a family"]]
    if shares:
        rows[0] += ["QALYs given up", "net QALYs"]
    families, qalys, cost = (_with_all(part) for part in (one.families, one.qalys, one.pounds))
    lost = _with_all(one.given_up(shares)) if shares else None
    for g, label in enumerate((*one.subgroup.labels, "All")):
        own = np.where(families[:, g] > 0, families[:, g], np.nan)
        cells = [label, percent(float(families[0, g])), number(PER * float(qalys[0, g])),
                 _amount(one, cost[:, g] / own, pounds)]  # fmt: skip
        if lost is not None:
            net = PER * (qalys[:, g] - lost[:, g])
            cells += [number(PER * float(lost[0, g])), _amount(one, net)]
        rows.append(cells)
    lines += aligned(rows)
    note = f"Per 1,000 families; costs of {terms.perspective.label}, prices of {terms.price_year}"
    if shares:
        note += (
            f", {case.run.experiment.cohort.horizon_years} years, discounting "
            f"{terms.discounting}. Others lose a QALY for each {pounds(one.value)} of net cost, "
            f"shared out '{shares.name}'"
        )
    lines.append(note + ". Intervals: 95 %, for chance in the simulation alone.")
    if not indices or shares is None:
        lines.append("Health at birth by band is not known, so no index of inequality is.")
        return lines
    closed = PER * narrowing(one, shares)
    slope = next(index for index in indices if index.name == "slope_index")
    lines.append(
        f"Slope index of inequality: {number(slope.before, 4)} QALYs between the ends; the gap "
        f"{'closes' if closed[0] >= 0 else 'widens'} by {_amount(one, closed * _sign(closed))} "
        f"QALYs per 1,000 families. {verdict(one, shares)}."
    )
    parts = []
    for index in indices:
        if index.name in ("atkinson", "kolm") and index.aversion > 0:
            scaled = index.change * PER * one.births
            parts.append(f"{index.name.capitalize()} {number(index.aversion, 4)}: "
                         f"{_amount(one, scaled)}")  # fmt: skip
    if parts:
        lines.append(
            "Equally distributed equivalent, change in QALYs per 1,000 families by aversion: "
            + "; ".join(parts) + "."
        )  # fmt: skip
    return lines


def verdict(one: Gains, shares: Shares) -> str:
    """Say in which quadrant of the equity-impact plane the mean lies, and how sure that is."""
    total, closed = one.net(shares).sum(axis=1), narrowing(one, shares)
    words = {
        (1, 1): "It gains health in total and narrows inequality",
        (1, -1): "It gains health in total and widens inequality",
        (-1, 1): "It loses health in total and narrows inequality",
        (-1, -1): "It loses health in total and widens inequality",
    }
    if not total.any() and not closed.any():
        return "It changes neither total health nor inequality"
    text = words[_sign(total), _sign(closed)]
    open_ends = [low <= 0 <= high for _, low, high in map(one.interval, (total, closed))]
    return text + ("; by chance alone it could be otherwise" if any(open_ends) else "")


def _sign(figure: Floats) -> int:
    return 1 if figure[0] >= 0 else -1


def _with_all(part: Floats) -> Floats:
    return np.column_stack([part, part.sum(axis=1)])


def _amount(one: Gains, figure: Floats, words: Callable[[float], str] = number) -> str:
    error, low, high = one.interval(figure)
    text = words(float(figure[0]))
    return f"{text} ({words(low)} to {words(high)})" if error > 0 else text
