"""Everything that was read from parameter folders, before it is known to be sound."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.documents import Contents
from babs_sim.parameters.rows import TABLES, NumberRow, Row, TargetRow
from babs_sim.tables import Located

R = TypeVar("R", bound=Row)


@dataclass(slots=True)
class Citation:
    """Where a source is cited."""

    source: str
    file: str
    line: int | None
    field: str


@dataclass(slots=True)
class Catalogue:
    """Rows by table and key, contents of the documents, and what the checks must not rely on.

    ``broken`` holds the cells of rows that a schema refused, ``unread`` the tables of which not
    every file could be read; neither gives rise to further problems.
    """

    rows: dict[str, dict[str, Located[Row]]] = field(
        default_factory=lambda: {name: {} for name in TABLES}
    )
    broken: dict[str, list[dict[str, str]]] = field(
        default_factory=lambda: {name: [] for name in TABLES}
    )
    unread: set[str] = field(default_factory=set)
    contents: Contents = field(default_factory=Contents)
    citations: list[Citation] = field(default_factory=list)

    def located(self, row_class: type[R]) -> Iterator[Located[R]]:
        """Yield the rows of one table with their place, in order of file and line."""
        table = next(name for name, kind in TABLES.items() if kind is row_class)
        rows = cast("Iterable[Located[R]]", self.rows[table].values())
        yield from sorted(rows, key=lambda found: (found.file, found.line))

    def names(self, table: str, column: str = "name") -> set[str]:
        """Return what stands in a column of a table, broken rows included."""
        found = {str(getattr(located.row, column)) for located in self.rows[table].values()}
        return found | {cells[column] for cells in self.broken[table] if column in cells}

    def complete(self, *tables: str) -> bool:
        """Return whether all rows of these tables could be read."""
        return not any(table in self.unread or self.broken[table] for table in tables)

    def exposures(self) -> set[str]:
        """Return the names of the service's exposures, such as ``service.therapy``."""
        return {n for n in self.contents.tables if n.startswith("service.") and n.count(".") == 1}

    def roles(self) -> set[str]:
        """Return the names of the team's roles, such as ``service.team.therapist``."""
        return {name for name in self.contents.tables if name.startswith("service.team.")}

    def activities(self) -> set[str]:
        """Return what the service does that can be paid for: `exposures`, `roles`, and counts."""
        return self.exposures() | self.roles() | COUNTED

    def numbers(self) -> set[str]:
        """Return the names of all parameters, broken ones included."""
        keys = {
            key
            for rows in self.rows.values()
            for key, found in rows.items()
            if isinstance(found.row, NumberRow) and not isinstance(found.row, TargetRow)
        }
        return keys | set(self.contents.numbers) | self.contents.broken

    def unknown(
        self, at: Located[Any], field: str, name: str, kind: str, *tables: str,
        more: Iterable[str] = (), column: str = "name",
    ) -> Iterator[Problem]:  # fmt: skip
        """Yield a problem if ``name`` stands in none of the tables, nor in ``more``."""
        if any(table in self.unread for table in tables):
            return
        known = set(more).union(*(self.names(table, column) for table in tables))
        if name not in known:
            yield problem(at, field, f"is not {kind}", name, nearest(name, known))


def problem(at: Located[Any], field: str, text: str, got: str = "", hint: str = "") -> Problem:
    """Return a problem with one row."""
    return Problem(at.file, at.line, field, text, got, hint)


REFERRAL, CONTACT, START_UP = "service.referral", "service.contact", "service.start_up"
COUNTED = frozenset({REFERRAL, CONTACT, START_UP})
"""Activities that every service has: a referral, a contact, and its opening."""

NO_EFFECTS = "none"
"""The effect set that always exists and has no rows."""


def effect_sets(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the effect sets, `NO_EFFECTS` included; none where no row is in a set."""
    named = catalogue.names("effects", "effect_set") - {""}
    return tuple(sorted(named | {NO_EFFECTS})) if named else ()
