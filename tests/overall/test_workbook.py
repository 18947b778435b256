"""The workbook: every number of the tables, in sheets that a screen reader can follow."""

import math
import warnings
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pandas import DataFrame
from typer.testing import CliRunner

from babs_sim.cli.app import app
from babs_sim.report import workbook as made
from babs_sim.results import Results, read, write_folder

LABEL = '=HYPERLINK("http://example.org","x")'


def folder(at: Path, **tables: DataFrame) -> Results:
    manifest = {
        "format": 1,
        "title": "=1+1 [a](b) $$c$$",
        "created": "2026-01-02T03:04:05+00:00",
        "command": "babs-sim run x",
        "versions": {"babs-sim": "0"},
        "inputs": {"model": "0123456789abcdef", "files": {}},
    }
    return read(write_folder(at, manifest, tables))


def summary() -> DataFrame:
    return DataFrame({
        "arm": [LABEL, "-", "see [one](two) and [three](four) $$x$$", ""],
        "measure": ["cost", "qalys", "icer", "rate"],
        "unit": ["£ per family", "£", "%", "years"],
        "value": [1234.5678901234567, -0.1 - 0.2, math.nan, 1.2345e-7],
        "mc_error": [1 / 3, 0.1 + 0.7, math.inf, 2e300 / 3],
    })  # fmt: skip


def ledger() -> DataFrame:
    return DataFrame({
        "arm": ["a", "b"], "payer": ["nhs", "nhs"], "year": [0, 1], "pounds": [0.125, -1e6 / 7],
    })  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> tuple[Results, Workbook]:
    results = folder(tmp_path / "run", summary=summary(), ledger=ledger())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # in gptables
        result = CliRunner().invoke(app, ["workbook", str(results.folder)])
    assert result.exit_code == 0, result.output
    return results, load_workbook(results.folder / "workbook.xlsx")


def table_of(sheet: Worksheet) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the headings and rows of the one table of a sheet."""
    (table,) = sheet.tables.values()
    first, *rest = [tuple(cell.value for cell in row) for row in sheet[table.ref]]
    return [str(name) for name in first], rest


def test_every_number_is_that_of_the_csv(written: tuple[Results, Workbook]) -> None:
    results, book = written
    for name in ("summary", "ledger"):
        frame = results.table(name)
        headings, rows = table_of(book[name])
        assert [heading.split("\n")[0] for heading in headings] == list(frame)
        assert len(rows) == len(frame)
        for row, expected in zip(rows, frame.itertuples(index=False), strict=True):
            for cell, value in zip(row, expected, strict=True):
                if isinstance(value, str):
                    continue
                if math.isnan(value):
                    assert cell == "[x]"
                elif math.isinf(value):
                    assert cell == "infinite"
                else:
                    assert isinstance(cell, int | float)
                    assert cell == value


def test_texts_of_a_user_stay_texts(written: tuple[Results, Workbook]) -> None:
    _, book = written
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]
    _, rows = table_of(book["summary"])
    assert [row[0] for row in rows] == [
        LABEL, "the characters -", "see [one] (two) and [three] (four) $ $x$ $", "[z]",
    ]  # fmt: skip
    assert [row[2] for row in rows] == ["£ per family", "pounds", "percent", "years"]
    assert not any(cell.hyperlink for row in book["summary"] for cell in row)


def test_sheets_are_accessible(written: tuple[Results, Workbook]) -> None:
    results, book = written
    assert book.sheetnames == ["Cover", "Contents", "Notes", "summary", "ledger"]
    for sheet in book.worksheets[1:]:
        assert len(sheet.tables) == 1
        assert not sheet.merged_cells.ranges
        (table,) = sheet.tables.values()
        assert table.ref.startswith("A")
        assert all(cell.value is not None for row in sheet[table.ref] for cell in row)
        assert all(sheet.cell(row, 1).value for row in range(1, sheet.max_row + 1))
    links = {c.hyperlink.location for row in book["Contents"] for c in row if c.hyperlink}
    assert links == {"'summary'!A1", "'ledger'!A1"}
    assert book.properties.title == "=1+1 [a](b) $$c$$"
    with zipfile.ZipFile(results.folder / "workbook.xlsx") as file:
        assert b"<dc:language>en-GB</dc:language>" in file.read("docProps/core.xml")


def test_money_is_shown_as_money_and_units_are_stated(written: tuple[Results, Workbook]) -> None:
    _, book = written
    headings, _ = table_of(book["ledger"])
    assert headings[2:] == ["year\n(year of follow-up, 0 is pregnancy)", "pounds\n(£ per family)"]
    sheet = book["ledger"]
    assert "£" in sheet.cell(sheet.max_row, 4).number_format
    sheet = book["summary"]
    (table,) = sheet.tables.values()
    cells = [row[3] for row in sheet[table.ref]][1:]
    assert ["£" in cell.number_format for cell in cells] == [True, True, False, False]
    assert cells[3].number_format == "0.00E+00"


@pytest.mark.parametrize("limit", ["LARGEST", "MOST_CELLS"])
def test_large_tables_are_named_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(made, limit, 3 if limit == "LARGEST" else 17)
    results = folder(tmp_path / "run", summary=summary(), ledger=ledger())
    (tmp_path / "book.xlsx").write_bytes(made.workbook(results))
    book = load_workbook(tmp_path / "book.xlsx")
    assert "summary" not in book.sheetnames
    assert "ledger" in book.sheetnames
    cover = " ".join(str(cell.value) for row in book["Cover"] for cell in row)
    assert "summary.csv (4 rows)" in cover


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["workbook", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no results" in result.stderr
    assert not any(tmp_path.iterdir())
