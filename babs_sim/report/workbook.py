"""The tables of a folder of results as one accessible spreadsheet.

It follows the UK government's guidance for spreadsheets: one table a sheet that begins in column
A, one row of headings, no merged or empty cells, units in the headings, notes on a sheet of their
own and contents with links.  A cell holds the number of the CSV file; only its format rounds.
"""

import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from babs_sim.results import Results

if TYPE_CHECKING:
    from gptables import GPTable
    from pandas import DataFrame

LARGEST, MOST_CELLS = 10_000, 150_000
"""Rows and cells of the largest table that gets a sheet; a part of one would invite wrong sums."""
_LONGEST = 32_000
_WIDEST, _WIDE = 60, 100  # characters: of a column of a table, and of a sheet of text
_LINE = 15.0  # points
_A4 = 9  # Excel's number of the paper
_MONEY = "£#,##0.00;-£#,##0.00"
_PLAIN = "#,##0.####"
_SMALL = "0.00E+00"
_NOT_APPLICABLE, _NOT_AVAILABLE = "[z]", "[x]"

_TITLES = {
    "summary": "Every measure of each arm",
    "incremental": "Every arm minus the comparator",
    "outcomes": "Effects in natural units",
    "subgroups": "Effects by band of each subgroup",
    "claims": "Claims and the model's own figures",
    "ledger": "Cost of every item by payer and year of follow-up",
    "cashflow": "Change in cost by payer and year of follow-up",
    "events": "Events by age of the child",
    "parameters": "Every number of the base case with its source",
    "pathway": "What each team does in a year",
    "pathway_time": "The waiting list month by month",
    "psa_summary": "Figures over all draws of the parameters",
    "budget": "Budget impact by place and year",
    "programme": "What one year's intake comes to",
    "compare": "Scenarios side by side",
    "states_by_age": "Share of mothers and children in each state by age",
    "tornado": "Each parameter at percentiles of its distribution",
    "threshold": "Where a figure breaks even",
    "two_way": "Two parameters at once",
    "psa": "Every measure of each arm in each draw",
    "psa_increments": "Every arm minus the comparator in each draw",
    "psa_mean": "Why the mean of the draws is not the base case",
    "costs": "Cost of each arm in each draw",
    "effects": "QALYs of each arm in each draw",
    "draws": "The parameters in each draw",
    "payback": "Chance of being no worse off by the end of each year",
    "convergence": "Means and chances after more and more draws",
    "icer": "Cost-effectiveness ratios with dominance",
    "ceac": "Acceptability, expected loss and EVPI by the value of a QALY",
    "sensitivity": "What drives the measure, read off the draws",
    "evpi": "Worth of perfect information by the value of a QALY",
    "evppi": "Worth of knowing parameters",
    "evsi": "Worth of studies by their size",
    "morris": "Screening of the parameters (Morris)",
    "sobol": "Shares of the variance (Sobol)",
    "equity": "Health gained and given up by band",
    "equity_summary": "Measures of inequality before and after",
    "claim_places": "A claim by place",
}
_POUNDS = {
    "ledger": ("pounds", "pounds_discounted"),
    "cashflow": ("undiscounted", "discounted", "cumulative_discounted", "cashable", "mc_error"),
}
_UNITS = {
    "year": "year of follow-up, 0 is pregnancy",
    "age": "completed years, minus 1 is pregnancy",
    "count": "events per family",
    "families": "number",
    "line": "number",
}
_ROW_UNIT = "in the unit of the row"
_IN_WORDS = {"£": "pounds", "%": "percent"}


def workbook(results: Results) -> bytes:
    """Return the workbook as the bytes of an .xlsx file."""
    from gptables import Cover, produce_workbook
    from pandas import DataFrame

    manifest = results.manifest
    sheets: dict[str, GPTable] = {}
    large: dict[str, int] = {}
    for name, known in manifest["tables"].items():
        if known["rows"] > LARGEST or known["rows"] * len(known["columns"]) > MOST_CELLS:
            large[name] = known["rows"]
        elif known["rows"]:
            sheets[_sheet(name, sheets)] = _table(name, results.table(name), known["columns"])
    notes = _notes(manifest)
    used = [n for n in notes if any(f"$${n}$$" in s for t in sheets.values() for s in t.subtitles)]
    stream = io.BytesIO()
    book = produce_workbook(
        stream,  # type: ignore[arg-type, unused-ignore]
        sheets,
        cover=Cover(_text(_title(manifest)), intro=_intro(manifest), about=_about(manifest, large)),
        notes_table=DataFrame([(n, notes[n]) for n in used], columns=["Note", "Note text"]),
        auto_width=False,
        workbook_options={
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    cover = ["", "", *_intro(manifest), "", *_about(manifest, large)]
    widths = {label: _widths(table.table) for label, table in sheets.items()}
    wide = {"Cover": [_WIDE], "Contents": [20, 80], "Notes": [14, _WIDE]}
    lines = {"Cover": cover, "Notes": ["", "", "", *(notes[name] for name in used)]}
    wrapping = book.add_format({"text_wrap": True, "valign": "top"})
    for sheet in book.worksheets():
        name = sheet.get_name()
        for column, width in enumerate(wide.get(name, widths.get(name, []))):
            sheet.set_column(column, column, width, wrapping if name == "Notes" else None)
        for row, text in enumerate(lines.get(name, [])):
            if len(text) > _WIDE:
                sheet.set_row(row, _LINE * math.ceil(1.1 * len(text) / _WIDE))
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        _exactly(sheet)
    book.set_properties({
        "title": _title(manifest),
        "subject": "Results of a microsimulation",
        "author": "babs_sim",
        "comments": str(manifest["command"]),
        "created": datetime.fromisoformat(manifest["created"]),
    })  # fmt: skip
    book.close()
    return _with_language(stream.getvalue())


def _sheet(name: str, taken: Mapping[str, object]) -> str:
    """Return a sheet's name: that of the table, within the 31 characters that Excel allows."""
    short = re.sub(r"[\[\]:*?/\\']", "_", name)[:31]
    number = 2
    while short.casefold() in {t.casefold() for t in (*taken, "Cover", "Contents", "Notes")}:
        short = f"{short[:28]}_{number}"
        number += 1
    return short


def _table(name: str, frame: "DataFrame", kinds: Mapping[str, str]) -> "GPTable":
    from gptables import GPTable
    from pandas import DataFrame

    pounds = _POUNDS.get(name, ())
    names = [str(column) for column in frame]
    numbers = [column for column in names if kinds[column] in ("number", "integer")]
    mixed = "unit" in frame
    units = {
        column: "£ per family" if column in pounds
        else _UNITS.get(column, _ROW_UNIT if mixed else "number")
        for column in numbers
    }  # fmt: skip
    formats: list[dict[str, Any]] = []
    for place, column in enumerate(names):
        if column not in numbers:
            style: dict[str, object] = {"text_wrap": True, "valign": "top"}
        elif column in pounds:
            style = {"num_format": _MONEY, "valign": "top"}
        elif kinds[column] == "integer":
            style = {"num_format": "0", "valign": "top"}
        else:
            style = {"num_format": _PLAIN, "valign": "top"}
            formats += _cells(frame, place, column if mixed else "", column)
        formats.insert(0, {
            "column": {"columns": [place], "format": style, "include_names": False}
        })  # fmt: skip
    written = DataFrame({c: [_cell(x) for x in frame[c]] for c in names}, dtype=object)
    title = _TITLES.get(name, f"Table {name}")
    notes = ["symbols", *(["money"] if pounds or mixed else [])]
    notes += ["chance"] if "mc_error" in frame else []
    references = "".join(f"$${note}$$" for note in notes)
    return GPTable(
        table=written,
        table_name=f"table_{re.sub(r'[^A-Za-z0-9_]', '_', name)}",
        title=title,
        subtitles=[f"The table of {name}.csv, {len(frame):,} rows. {references}"],
        instructions="This sheet contains one table. Notes are on the sheet Notes.",
        units=units,
        index_columns={2: 0},
        additional_formatting=formats,
    )


def _cells(frame: "DataFrame", place: int, mixed: str, column: str) -> Iterator[dict[str, Any]]:
    """Yield formats of single cells: money by the row's unit, and numbers too small to show."""
    money = frame["unit"].astype(str).str.startswith("£") if mixed else [False] * len(frame)
    for row, (value, pounds) in enumerate(zip(frame[column], money, strict=True), start=1):
        if not math.isfinite(value):
            continue
        style = _MONEY if pounds else _SMALL if 0 < abs(value) < 0.001 else ""
        if style:
            yield {"cell": {"cells": (row, place), "format": {"num_format": style}}}


def _cell(value: object) -> object:
    """Return what is written for a value: numbers as they are, no cell blank."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if math.isnan(value):
            return _NOT_AVAILABLE
        if math.isinf(value):
            return "infinite" if value > 0 else "minus infinite"
        return value
    text = _text(str(value))
    if not text.strip():
        return _NOT_APPLICABLE
    if not re.search("[A-Za-z0-9]", text):
        return _IN_WORDS.get(text, f"the characters {text}")
    return text


def _text(text: str) -> str:
    """Return a text that gptables takes as it stands: neither a link nor a note."""
    return text[:_LONGEST].replace("](", "] (").replace("$$", "$ $")


def _widths(frame: "DataFrame") -> list[float]:
    widths = list[float]()
    for column in frame:
        heading = max(len(part) for part in str(column).split("\n"))
        longest = max((len(x) for x in frame[column] if isinstance(x, str)), default=14)
        widths.append(min(_WIDEST, max(heading, longest) + 3))
    return widths


def _title(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("title") or "Results")


def _intro(manifest: Mapping[str, Any]) -> list[str]:
    lines = []
    if "families" in manifest and "arms" in manifest:
        arms = ", ".join(arm["name"] for arm in manifest["arms"])
        lines.append(
            f"{manifest['families']:,} simulated families ({manifest['population']}, "
            f"{manifest['place'] or 'no place'}), followed until the child is "
            f"{manifest['horizon_years']}. Arms: {arms}."
        )
    lines.append(
        "Figures follow from the assumptions of a model; the sheet parameters says which of its "
        "numbers were checked against a source and which were judged."
    )
    return [_text(line) for line in lines]


def _about(manifest: Mapping[str, Any], large: Mapping[str, int]) -> list[str]:
    left = "; ".join(f"{name}.csv ({rows:,} rows)" for name, rows in large.items())
    lines = [
        "Each sheet holds one table, that of the CSV file of the same name. Cells hold the numbers "
        "of the file to their last digit; formats only show them rounded.",
        f"Tables of more than {LARGEST:,} rows or {MOST_CELLS:,} cells have no sheet: "
        f"{left or 'there are none'}.",
        f"Made by: {manifest['command']}",
        f"Made on {manifest['created'][:10]} with babs_sim {manifest['versions']['babs-sim']}; "
        f"fingerprint of the model's tables {manifest['inputs']['model'][:12]}.",
    ]
    return [_text(line) for line in lines]


def _notes(manifest: Mapping[str, Any]) -> dict[str, str]:
    money = "Money is in pounds per family unless the unit says otherwise."
    terms = manifest.get("terms")
    if terms:
        money = (
            f"Money is in pounds of {terms['price_year']} per family unless the unit says "
            f"otherwise. Perspective: {terms['perspective']['label']}. Discounting scheme: "
            f"{terms['discounting']}. Horizon: until the child is {manifest['horizon_years']}."
        )
    return {
        "symbols": f"{_NOT_APPLICABLE} means that there is nothing to say in the cell, "
        f"{_NOT_AVAILABLE} that the number is not defined or not available.",
        "money": _text(money),
        "chance": "mc_error is the Monte Carlo standard error: chance in the simulation alone. It "
        "says nothing about how uncertain the parameters are.",
    }


def _exactly(sheet: Any) -> None:
    """Make a sheet write numbers to their last digit: the writer rounds to 16."""

    def write(number: float, attributes: Iterable[tuple[str, object]] = ()) -> None:
        marks = "".join(f' {key}="{value}"' for key, value in attributes)
        sheet.fh.write(f"<c{marks}><v>{float(number)!r}</v></c>")

    sheet._xml_number_element = write


def _with_language(book: bytes) -> bytes:
    """Return the file with its language stated, which the writer has no setting for."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                end = b"</cp:coreProperties>"
                content = content.replace(end, b"<dc:language>en-GB</dc:language>" + end)
            new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
