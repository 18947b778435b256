"""A place overrides parameters by name, each number with its own source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, Citation
from babs_sim.parameters.documents import (
    PLACE_KEYS,
    Contents,
    NumberAt,
    PlaceNumber,
    read_document,
    read_number,
    required_problems,
)
from babs_sim.parameters.numbers import number_problems
from babs_sim.parameters.rows import NumberRow
from babs_sim.tables import Document, Located, files, read_toml
from babs_sim.units import UNITS


@dataclass(slots=True)
class Place:
    """One place: its own contents, and the numbers that it sets by parameter name."""

    name: str
    document: Document
    contents: Contents
    numbers: dict[str, NumberRow]
    digest: str

    def citations(self) -> Iterator[Citation]:
        """Yield the sources that the place cites."""
        for name, row in self.numbers.items():
            yield self._citation(("set", name), row)
        for name, number in self.contents.numbers.items():
            yield self._citation(tuple(name.split(".")[1:]), number.row)

    def _citation(self, loc: tuple[str, ...], row: NumberRow) -> Citation:
        at = (*loc, "source")
        return Citation(row.source, self.document.file, self.document.line(at), ".".join(at))

    def problems_with(self, catalogue: Catalogue) -> Iterator[Problem]:
        """Yield what is wrong with the numbers that the place sets, given the tables."""
        known = catalogue.numbers()
        for name, row in self.numbers.items():
            original = number_named(catalogue, name)
            if name not in known:
                if catalogue.unread or any(catalogue.broken.values()):
                    continue
                hint = nearest(name, known) or "'babs-sim list parameters' shows the names"
                yield self.document.problem(("set", name), "is not a parameter", hint=hint)
            elif original is not None:
                merged = merge(original, row)
                yield from number_problems(
                    merged,
                    self.document.file,
                    lambda field, name=name: self.document.line(("set", name, field)),  # type: ignore[misc]
                    f"set.{name}.",
                )
                if merged.unit != original.unit and merged.unit in UNITS:
                    text = "is not the unit of the parameter"
                    hint = f"convert the number to '{original.unit}', or leave the unit out"
                    yield self.document.problem(("set", name, "unit"), text, merged.unit, hint)


def number_named(catalogue: Catalogue, name: str) -> NumberRow | None:
    """Return the row or number table that holds the parameter ``name``."""
    if name in catalogue.contents.numbers:
        return catalogue.contents.numbers[name].row
    found = next((rows[name].row for rows in catalogue.rows.values() if name in rows), None)
    return found if isinstance(found, NumberRow) else None


def merge(original: NumberRow, row: NumberRow) -> NumberRow:
    """Return ``original`` with everything that a number table says taken from ``row``."""
    taken = {name: getattr(row, name) for name in NumberRow.model_fields}
    taken["unit"] = row.unit or original.unit
    return original.model_copy(update=taken)


def read_places(paths: Sequence[Path]) -> tuple[dict[str, Place], list[Problem]]:
    """Return all places of the folders by name; one in a later folder adds to an earlier one."""
    places: dict[str, Place] = {}
    problems: list[Problem] = []
    for path in paths:
        for file in files(path / "places", ".toml"):
            found, faults = _read_place(file)
            problems += faults
            places[found.name] = found
    return places, problems


def _read_place(path: Path) -> tuple[Place, list[Problem]]:
    document = read_toml(path)
    given = document.content.get("set", {})
    rest = {name: content for name, content in document.content.items() if name != "set"}
    contents = read_document(replace(document, content=rest), "place", PLACE_KEYS)
    problems = contents.problems
    numbers: dict[str, NumberRow] = {}
    if not isinstance(given, Mapping):
        hint = 'write [set."name of the parameter"]'
        problems.append(document.problem(("set",), "is not a table", str(given), hint))
        given = {}
    for name, content in given.items():
        if isinstance(content, Mapping) and not set(content) & set(PlaceNumber.model_fields):
            text = "is not a number table"
            hint = f'put the whole name in quotes: [set."{name}.…"]'
            problems.append(document.problem(("set", name), text, hint=hint))
            continue
        row = read_number(document, ("set", name), content, (), PlaceNumber, problems)
        if row is not None:
            numbers[name] = row
    if not document.problems:
        problems += required_problems(contents, "place", PLACE_KEYS, document.file)
    return Place(path.stem, document, contents, numbers, document.digest), problems


def apply_place(catalogue: Catalogue, place: Place) -> None:
    """Let the place's numbers replace those of the tables."""
    for name, row in place.numbers.items():
        line = place.document.line(("set", name)) or 1
        if name in catalogue.contents.numbers:
            merged = merge(catalogue.contents.numbers[name].row, row)
            catalogue.contents.numbers[name] = NumberAt(name, merged, place.document.file, line)
            continue
        for rows in catalogue.rows.values():
            if name in rows and isinstance(original := rows[name].row, NumberRow):
                rows[name] = Located(merge(original, row), place.document.file, line)
    catalogue.contents.numbers |= place.contents.numbers
    catalogue.contents.settings |= place.contents.settings
