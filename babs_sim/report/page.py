"""report.html: one page of a run, from the question to how to see it again."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.headline import WARNINGS
from babs_sim.analysis.wording import MINUS, exact_pounds, number, pounds
from babs_sim.parameters.rows import GRADES
from babs_sim.report.answer import SCALE, answer_of
from babs_sim.report.checklists import cheers, stress_des
from babs_sim.report.happenings import bands_of, gains_of, happenings_of
from babs_sim.report.inline import Inline, inline
from babs_sim.report.limits import general, outside, unanswered
from babs_sim.report.money import (
    Payer,
    cards_of,
    flow_rows,
    kind_of_interval,
    payers_frame,
    payers_of,
)
from babs_sim.report.subject import Subject, subject_of
from babs_sim.report.sureness import drivers_of, grades_of, statuses_of, worths_of
from babs_sim.report.verification import Validated

if TYPE_CHECKING:
    from pandas import DataFrame

PAGE = "report.html"
JOINER = "\N{WORD JOINER}"
"""Keeps a minus on the line of its pound sign."""
ICONS = 2
"""Icon arrays on the page; `babs-sim plot` draws the others."""

FIGURES = {
    "cashflow": "cashflow",
    "payback": "payback",
    "budget": "budget",
    "icons": "outcomes",
    "acceptability": "ceac",
    "plane": "costs",
    "tornado": "tornado",
    "evppi": "evppi",
    "equity": "equity",
}
"""Kinds of figures on the page in their order, each with a table that it needs."""

SECTIONS = (
    ("answer", "Question and answer"),
    ("brief", "In brief"),
    ("money", "Who pays, who saves, and when"),
    ("outcomes", "What happens to families"),
    ("sure", "How sure is this?"),
    ("equity", "Who gains?"),
    ("limits", "What is not counted, and what rests on assumptions"),
    ("parameters", "Every number and its source"),
    ("run", "How it was run and checked"),
)
"""Ids and headings of the page's sections, in order."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What `babs-sim verify` found for a model: passed, failed, left out; and for which tables."""

    created: str
    same_tables: bool
    passed: int
    failed: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Number:
    """A row of the table of numbers."""

    name: str
    label: str
    value: str
    interval: str
    distribution: str
    grade: str
    status: str
    source: str
    note: str


def report_page(
    table: "Callable[[str], DataFrame]",
    manifest: Mapping[str, Any],
    checked: Checked | None = None,
    validated: Validated | None = None,
    arm: str = "",
) -> str | None:
    """Return the page as HTML, one file that asks no other address for anything.

    ``table`` gives the run's tables by name; ``arm`` is the first that is compared unless it is
    named.  None where the run compares nothing.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    subject = subject_of(table, manifest, arm)
    if subject is None:
        return None
    pages = Environment(
        loader=PackageLoader("babs_sim.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(pretty=lambda count: f"{count:,}", capital=_capital)
    rows, beyond = payers_of(subject)
    clear, unclear, same = happenings_of(subject)
    columns, flows = flow_rows(subject)
    grades = grades_of(subject)
    drivers = drivers_of(subject) if subject.has("tornado") else []
    page = pages.get_template("report.html").render(
        subject=subject,
        facts=manifest,
        sections=SECTIONS,
        answer=answer_of(subject),
        cards=cards_of(subject, rows),
        payers=rows,
        beyond=beyond,
        split=any(row.service for row in rows),
        interval_kind=kind_of_interval(subject),
        flow_columns=columns,
        flows=flows,
        others=list(_others(subject)),
        budget=list(_budget(subject)) if subject.has("budget") else [],
        clear=clear,
        unclear=unclear,
        same=same,
        worths=worths_of(subject) if subject.has("ceac") else [],
        evpi=_settled(subject),
        scale=SCALE,
        drivers=drivers,
        weak=[one for one in drivers if one.grade == GRADES[-1]],
        bands=bands_of(subject) if subject.has("subgroups") else [],
        gains=gains_of(subject) if subject.has("equity_summary") else [],
        general=general(subject),
        outside=outside(subject),
        unanswered=unanswered(subject),
        grades=grades,
        grade_names=GRADES,
        statuses=statuses_of(subject),
        numbers=list(_numbers(subject)),
        sources=list(_sources(subject)),
        checked=checked,
        validated=validated,
        cheers=cheers(subject),
        stress=stress_des(subject),
        again=_again(manifest),
        warnings=[one for one in manifest["checks"] if any(word in one for word in WARNINGS)],
        figures={one.id.removeprefix("figure-"): one for one in _figures(subject, rows)},
    )
    return page.replace(f"{MINUS}£", f"{MINUS}{JOINER}£")


def _figures(subject: Subject, rows: list[Payer]) -> Iterator[Inline]:
    """Yield the figures that the run's tables allow, one after the other."""
    from babs_sim.plots.drawing import pictures
    from babs_sim.plots.payers import draw_payers

    facts = {
        **subject.manifest,
        "icons": list(subject.manifest.get("icons", ()))[:ICONS],
        "arms": [
            one for one in subject.manifest["arms"]
            if one["name"] in (subject.arm, subject.comparator)
        ],
    }  # fmt: skip
    frame = payers_frame(rows)
    yield inline(draw_payers(frame, facts, subject.arm, subject.comparator, subject.draws), 1)
    kinds = [kind for kind, needs in FIGURES.items() if subject.has(needs)]
    order = 1
    for picture in pictures(subject.table, facts, kinds):
        if picture.name != "loss":
            order += 1
            yield inline(picture, order, _note(subject, picture.name))


def _note(subject: Subject, name: str) -> str:
    """Return what the draws say where a figure shows the base case alone."""
    if not subject.draws or not name.startswith(("cashflow", "icons_", "equity", "budget")):
        return ""
    measure = name.removeprefix("icons_")
    one = subject.estimate("cost" if name == "cashflow" else measure)
    start = "This figure is the base case, with chance in the simulation alone."
    if one is None:
        return f"{start} The parameters’ uncertainty is not in it."
    drawn = f"{start} With all parameters drawn, {subject.draws:,} model runs give on average"
    if name == "cashflow":
        return (
            f"{drawn} {pounds(one.value)} a family by the end (95 % of runs: {pounds(one.low)} to "
            f"{pounds(one.high)})."
        )
    one = one.times(subject.factor(measure))
    return (
        f"{drawn} a change of {number(one.value)} per 1,000 families (95 % of runs: "
        f"{number(one.low)} to {number(one.high)})."
    )


def _others(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """Yield the net cost, health and worth of every arm, where there are more than two arms."""
    if len(subject.others) < 2:
        return
    for arm in subject.others:
        cells = []
        for name, factor, show in (("cost", 1.0, pounds), ("qalys", 1000.0, number),
                                   ("net_monetary_benefit", 1.0, pounds)):  # fmt: skip
            one = subject.estimate(name, arm)
            if one is None:
                cells.append("none")
                continue
            one = one.times(factor)
            cells.append(f"{show(one.value)} ({show(one.low)} to {show(one.high)})")
        yield arm, cells


def _budget(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """Yield for each place what all its payers pay in the years of budget.csv together."""
    from babs_sim.analysis.outcomes import NORMAL_95

    frame = subject.table("budget")
    names = subject.manifest.get("places") or {}
    whole = frame[
        (frame["arm"] == subject.arm)
        & (frame["year"] == "all")
        & frame["payer"].str.startswith("perspective:")
    ]
    for row in whole.to_dict("records"):
        half = NORMAL_95 * float(row["mc_error"])
        net = float(row["net"])
        service = float(row["service_fixed"]) + float(row["service_variable"])
        yield str(names.get(row["place"], row["place"])), [
            pounds(service), pounds(float(row["other_costs"])),
            f"{pounds(net)} ({pounds(net - half)} to {pounds(net + half)})",
            pounds(float(row["net_cashable"])),
        ]  # fmt: skip


def _settled(subject: Subject) -> str:
    """Return what chance in the simulation leaves open in the draws."""
    if not subject.draws:
        return ""
    one = subject.estimate("net_monetary_benefit")
    frame = subject.table("psa_summary")
    row = frame[(frame["arm"] == subject.arm) & (frame["measure"] == "net_monetary_benefit")].iloc[
        0
    ]
    analysis = subject.analysis("psa")
    assert one is not None
    return (
        f"{subject.draws:,} model runs of {int(analysis['families']):,} families each. The mean "
        f"net benefit is {pounds(one.value)} a family with a Monte Carlo error of "
        f"{pounds(float(row['mc_error']))}; of the standard deviation between runs, "
        f"{pounds(float(row['sd']))}, chance within a run makes {pounds(float(row['noise']))}."
    )


def _numbers(subject: Subject) -> Iterator[Number]:
    for row in subject.table("parameters").to_dict("records"):
        unit = str(row["unit"])
        low, high = float(row["low"]), float(row["high"])
        between = f"{_value(low, unit)} to {_value(high, unit)}" if low == low else ""
        year = f", {row['price_year']}" if row["price_year"] else ""
        value = _value(float(row["value"]), unit)
        yield Number(
            str(row["name"]), "" if row["label"] == row["name"] else str(row["label"]),
            value + ("" if unit.startswith("£") else f" {unit}") + year, between,
            str(row["distribution"]), str(row["grade"]), str(row["status"]), str(row["source"]),
            str(row["note"]),
        )  # fmt: skip


def _value(value: float, unit: str) -> str:
    return exact_pounds(value) if unit.startswith("£") else number(value, 4)


def _sources(subject: Subject) -> Iterator[tuple[str, str]]:
    frame = subject.table("parameters").drop_duplicates("source").sort_values("source")
    for row in frame.to_dict("records"):
        yield str(row["source"]), str(row["citation"])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _again(manifest: Mapping[str, Any]) -> list[str]:
    """Return the commands that give the run and this page again."""
    command = str(manifest["command"])
    words = shlex.split(command) if command else []
    out = words[words.index("--out") + 1] if "--out" in words else "results"
    page = shlex.join(["babs-sim", "report", f"{out}/{manifest['experiment']}"])
    return [one for one in (command, page) if one]
