"""The tidy tables of a base analysis; all pounds, counts and QALYs are means per family.

``year`` is the year of follow-up: 0 is pregnancy (from entry to the birth), year y is the child's
y-th year of life.  ``age`` is the child's age at the start of that year, -1 for pregnancy.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.accounts import Account
from babs_sim.analysis.comparing import Figure, cashable_by_year, cost_change
from babs_sim.analysis.measures import Measure
from babs_sim.handover import Floats
from babs_sim.parameters import Model

if TYPE_CHECKING:
    from pandas import DataFrame


def summary_frame(figures: Iterable[tuple[str, Figure]]) -> "DataFrame":
    """Return arm, measure, unit, value, mc_error."""
    from pandas import DataFrame

    rows = [(arm, f.measure, f.unit, f.value, f.error) for arm, f in figures]
    return DataFrame(rows, columns=["arm", "measure", "unit", "value", "mc_error"])


def incremental_frame(comparator: str, figures: Iterable[tuple[str, Figure]]) -> "DataFrame":
    """Return arm, comparator, measure, unit, value, mc_error."""
    frame = summary_frame(figures)
    frame.insert(1, "comparator", comparator)
    return frame


def ledger_frame(accounts: Iterable[Account]) -> "DataFrame":
    """Return arm, payer, kind, item, year, pounds, pounds_discounted: every cost of every payer."""
    from pandas import DataFrame, concat

    frames = []
    for account in accounts:
        items, years = account.items, account.pounds.shape[2]
        frames.append(
            DataFrame(
                {
                    "arm": account.arm,
                    "payer": np.repeat([item.payer for item in items], years),
                    "kind": np.repeat([item.kind for item in items], years),
                    "item": np.repeat([item.name for item in items], years),
                    "year": np.tile(np.arange(years), len(items)),
                    "pounds": account.pounds[0].ravel(),
                    "pounds_discounted": account.pounds_discounted[0].ravel(),
                }
            )
        )
    return concat(frames, ignore_index=True)


def cashflow_frame(
    accounts: Sequence[Account], comparator: Account, measures: Sequence[Measure], whole: str
) -> "DataFrame":
    """Return incremental pounds by payer and year, arm minus comparator: a cost is positive.

    Columns arm, comparator, payer, year, undiscounted, discounted, cumulative_discounted,
    cashable (the undiscounted part that a budget could release or must find) and mc_error (that of
    cumulative_discounted).  Rows whose payer is ``perspective:<name>``, from ``whole``, hold the
    perspective in all; they are not a sum of the others where payers or transfers do not count.
    """
    from pandas import DataFrame, concat

    frames = []
    for account in accounts:
        for measure in measures:
            if measure.name != "cost" and not measure.payer:
                continue
            flows = _flows(measure, account, comparator)
            frame = DataFrame(flows)
            frame.insert(0, "arm", account.arm)
            frame.insert(1, "comparator", comparator.arm)
            frame.insert(2, "payer", measure.payer or f"perspective:{whole}")
            frame.insert(3, "year", np.arange(len(frame)))
            frames.append(frame)
    if not frames:
        return DataFrame(columns=["arm", "comparator", "payer", "year", *_FLOWS])
    return concat(frames, ignore_index=True)


_FLOWS = ("undiscounted", "discounted", "cumulative_discounted", "cashable", "mc_error")


def _flows(measure: Measure, account: Account, comparator: Account) -> dict[str, Floats]:
    discounted = cost_change(measure, account, comparator)
    cumulative = np.cumsum(discounted, axis=1)
    cashable = cashable_by_year(measure, account) - cashable_by_year(measure, comparator)
    columns = (
        cost_change(measure, account, comparator, discounted=False)[0],
        discounted[0],
        cumulative[0],
        cashable[0],
        account.error(cumulative),
    )
    return dict(zip(_FLOWS, columns, strict=True))


def events_frame(accounts: Iterable[Account]) -> "DataFrame":
    """Return arm, event, age, count: events of mother and child by the child's age."""
    from pandas import DataFrame, concat

    frames = []
    for account in accounts:
        years = account.count.shape[2]
        frames.append(
            DataFrame(
                {
                    "arm": account.arm,
                    "event": np.repeat(account.events, years),
                    "age": np.tile(np.arange(years) - 1, len(account.events)),
                    "count": account.count[0].ravel(),
                }
            )
        )
    return concat(frames, ignore_index=True)


def states_frame(accounts: Iterable[Account], model: Model) -> "DataFrame":
    """Return who is in which state at which age: a row an arm, state and year of the child's age.

    Columns arm, person, state, label, age (the child's at the year's start, -1 for pregnancy),
    share (of the person's years lived, spent in the state), mc_error, alive (of all people born, or
    of all mothers; 1 is the whole year) and weighs (whether a unit cost or a utility applies to the
    state).  States overlap, so shares do not add up to 1.  Years in which nobody lives, states in
    which nobody is, and lives themselves are left out.
    """
    from pandas import DataFrame, concat

    rows = {row.name: row for row in model.table("states")}
    alive_of: dict[str, str] = {row.person: row.name for row in rows.values() if row.role}
    weighs = {row.applies_to for row in model.table("unit_costs")}
    weighs |= {row.state for row in model.table("utilities")}
    frames = []
    for account in accounts:
        for s, name in enumerate(account.states):
            person = rows[name].person if name in rows else ""
            alive = alive_of.get(person)
            if alive is None or alive == name or not account.years[0, s].any():
                continue
            lived = account.years[:, account.states.index(alive)]
            there = (lived > 0).all(axis=0)
            share = account.years[:, s][:, there] / lived[:, there]
            frames.append(
                DataFrame(
                    {
                        "arm": account.arm,
                        "person": person,
                        "state": name,
                        "label": rows[name].label,
                        "age": np.flatnonzero(there) - 1,
                        "share": share[0],
                        "mc_error": account.error(share),
                        "alive": lived[0, there],
                        "weighs": name in weighs,
                    }
                )
            )
    if not frames:
        return DataFrame(columns=["arm", "person", "state", "label", "age", "share", "mc_error",
                                  "alive", "weighs"])  # fmt: skip
    return concat(frames, ignore_index=True)


def parameters_frame(model: Model) -> "DataFrame":
    """Return every number of the base case, in base units, with all that is known about it."""
    from pandas import DataFrame

    citations = {row.name: row.citation for row in model.table("sources")}
    rows = [
        {
            "name": p.name,
            "label": p.label,
            "value": p.value,
            "unit": p.unit,
            "distribution": p.distribution,
            "low": np.nan if p.low is None else p.low,
            "high": np.nan if p.high is None else p.high,
            "price_year": p.price_year,
            "source": p.source,
            "citation": citations.get(p.source, ""),
            "status": p.status,
            "grade": p.grade,
            "evidence": p.evidence,
            "note": p.note,
            "file": p.file,
            "line": p.line,
        }
        for p in sorted(model.parameters.values(), key=lambda p: p.name)
    ]
    return DataFrame(rows)
