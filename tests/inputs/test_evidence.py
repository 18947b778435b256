"""Every shipped number says where it is from, and the README counts them as they are."""

import re
from pathlib import Path

import pytest

from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.grading import graded
from babs_sim.parameters.rows import GRADES, STATUSES, NumberRow, SourceRow
from babs_sim.tables import shipped

README = Path(__file__).parents[2] / "README.md"
DEFINITION = "model_definition"
"""The source of numbers that are part of what a word means, such as the age of majority."""


@pytest.fixture(scope="module")
def model() -> Model:
    return read_parameters([shipped() / "parameters"])


def test_every_number_has_a_source_or_is_an_assumption(model: Model) -> None:
    sources = {row.name: row for row in model.table("sources")}
    rows = [found for table in model.rows.values() for found in table]
    numbers = [found for found in rows if isinstance(found.row, NumberRow)]
    assert len(numbers) > 1000
    for found in numbers:
        assert found.row.source in sources, f"{found.file}:{found.line}"
    for name, parameter in model.parameters.items():
        source = sources[parameter.source]
        assert parameter.status == source.status, name
        if parameter.status == "assumption" and parameter.source != DEFINITION:
            assert parameter.grade == "C", f"{name}: an assumption is of grade C"
        if parameter.grade == "C" and parameter.distribution == "fixed":
            assert parameter.low is None, name


def test_every_source_can_be_found(model: Model) -> None:
    for found in model.rows["sources"]:
        row = found.row
        assert isinstance(row, SourceRow)
        assert len(row.citation) > 15, f"{found.file}:{found.line}"
        if row.status == "seen":
            said = row.address or re.search(r"\d{4}|no date", row.citation)
            assert said, f"{found.file}:{found.line}: neither an address nor a year, or 'no date'"


def test_the_readme_counts_numbers_by_status_and_grade(model: Model) -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"| Numbers that are | {' | '.join(f'grade {g}' for g in GRADES)} | all |")
    said = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[start + 2 :]]
    counts = graded(model)
    for cells, row in zip(said, counts, strict=False):
        assert cells == [row.status, *map(str, row.grades), str(row.total)]
    assert [row.status for row in counts] == [*STATUSES, "all"]
    assert counts[-1].total == len(model.parameters)
