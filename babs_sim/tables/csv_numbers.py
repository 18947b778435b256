"""Read a CSV whose cells are all numbers and whose columns are the user's."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from babs_sim.errors import Problem
from babs_sim.tables.csv_files import records
from babs_sim.tables.paths import shown
from babs_sim.tables.text import read_text


@dataclass(frozen=True, slots=True)
class Numbers:
    """Columns and rows of a table of numbers; ``header`` is the line of the column names."""

    file: str
    header: int
    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[float, ...]], ...]
    problems: tuple[Problem, ...]


def read_numbers(path: Path) -> Numbers:
    """Return a table of finite numbers with the line of each row, and all that is wrong."""
    source, file = read_text(path), shown(path)
    if source.text is None:
        return Numbers(file, 1, (), (), source.problems)
    problems: list[Problem] = []
    rows: list[tuple[int, tuple[float, ...]]] = []
    names: list[str] = []
    header, line = 1, 0
    try:
        for line, cells in records(source.text):
            if not names:
                header, names = line, cells
                for name in sorted(set(names)):
                    if name == "":
                        problems.append(Problem(file, line, "", "a column has no name"))
                    elif names.count(name) > 1:
                        problems.append(Problem(file, line, name, "this column stands twice"))
            elif len(cells) != len(names):
                text = f"has {len(cells)} cells, but the table has {len(names)} columns"
                problems.append(Problem(file, line, "", text))
            else:
                faults = [_fault(file, line, n, cell) for n, cell in zip(names, cells, strict=True)]
                problems += [fault for fault in faults if fault]
                if not any(faults):
                    rows.append((line, tuple(map(float, cells))))
    except csv.Error as error:
        problems.append(Problem(file, line + 1, "", f"is not valid CSV: {error}"))
    if not names and not problems:
        problems.append(Problem(file, None, "", "is empty", hint="name the columns first"))
    elif not rows and not problems:
        problems.append(Problem(file, None, "", "has no rows", hint="add at least one row"))
    return Numbers(file, header, tuple(names), tuple(rows), tuple(problems))


def _fault(file: str, line: int, name: str, cell: str) -> Problem | None:
    try:
        if math.isfinite(float(cell)):
            return None
        text = "is not a finite number"
    except ValueError:
        text = "is not a number" if cell else "is blank"
    return Problem(file, line, name, text, cell, "write a plain number such as 2 or 0.25")
