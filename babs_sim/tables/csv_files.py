"""Read a CSV table into rows of one schema, each with its file and line."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from babs_sim.errors import Problem, nearest
from babs_sim.tables.paths import shown
from babs_sim.tables.schema import refusals
from babs_sim.tables.text import read_text

Row_co = TypeVar("Row_co", bound=BaseModel, covariant=True)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Located(Generic[Row_co]):
    """A row and where it stands: ``line`` is the first line of the row, from 1."""

    row: Row_co
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Table(Generic[Row_co]):
    """What was read of one table.

    ``broken`` holds the cells of the rows that the schema refused, so that later checks do not
    report what depends on them; ``digest`` is the SHA-256 of the file, empty if it was not read.
    """

    rows: tuple[Located[Row_co], ...]
    problems: tuple[Problem, ...]
    broken: tuple[dict[str, str], ...]
    digest: str


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the stripped cells of each record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    last = 0
    for cells in reader:
        first, last = last + 1, reader.line_num
        if any(cell.strip() for cell in cells):
            yield first, [cell.strip() for cell in cells]


def _header_problems(file: str, line: int, header: list[str], schema: type[R]) -> list[Problem]:
    known = list(schema.model_fields)
    found = []
    for column in dict.fromkeys(header):
        if column == "":
            found.append(Problem(file, line, "", "a column has no name"))
            continue
        if column not in known:
            hint = nearest(column, [name for name in known if name not in header])
            found.append(Problem(file, line, column, "is not a column of this table", hint=hint))
        if header.count(column) > 1:
            found.append(Problem(file, line, column, "this column stands twice"))
    found += [
        Problem(file, line, name, "this column is missing", hint="add it to the first line")
        for name, field in schema.model_fields.items()
        if field.is_required() and name not in header
    ]
    return found


def read_csv(path: Path, schema: type[R]) -> Table[R]:
    """Return the rows of a CSV file with everything that is wrong with it.

    The file is UTF-8 with the column names on its first line.  Cells are stripped; a blank cell
    means the default.  No two rows may have the same key.
    """
    source = read_text(path)
    file = shown(path)
    if source.text is None:
        return Table((), source.problems, (), source.digest)
    problems: list[Problem] = []
    rows: list[Located[R]] = []
    broken: list[dict[str, str]] = []
    header: list[str] = []
    seen: dict[str, int] = {}
    line = 0
    try:
        for line, cells in records(source.text):
            if not header:
                header = cells
                problems += _header_problems(file, line, header, schema)
                if problems:
                    return Table((), tuple(problems), (), source.digest)
                continue
            filled = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
            if len(cells) != len(header):
                text = f"has {len(cells)} cells, but the table has {len(header)} columns"
                hint = "put a text that holds a comma in double quotes"
                problems.append(Problem(file, line, "", text, hint=hint))
                broken.append(filled)
                continue
            try:
                row = schema.model_validate(filled)
            except ValidationError as error:
                problems += [
                    Problem(file, line, ".".join(map(str, bad.loc)), bad.text, bad.got, bad.hint)
                    for bad in refusals(schema, error.errors(include_url=False))
                ]
                broken.append(filled)
                continue
            key = str(getattr(row, "key", ""))
            if key and key in seen:
                text = f"the row '{key}' stands already on line {seen[key]}"
                problems.append(Problem(file, line, "", text, hint="remove one of the two"))
                continue
            seen[key] = line
            rows.append(Located(row, file, line))
    except csv.Error as error:
        line = line + 1
        hint = "look for a double quote that is not closed"
        problems.append(Problem(file, line, "", f"is not valid CSV: {error}", hint=hint))
    if not header and not problems:
        hint = "the first line names the columns: " + ",".join(schema.model_fields)
        problems.append(Problem(file, None, "", "is empty", hint=hint))
    return Table(tuple(rows), tuple(problems), tuple(broken), source.digest)
