"""How well the numbers of a model are known: how many of each status and grade."""

from collections import Counter
from dataclasses import dataclass

from babs_sim.parameters.model import Model
from babs_sim.parameters.rows import GRADES, STATUSES


@dataclass(frozen=True, slots=True)
class Graded:
    """Numbers of one status (`seen` in the source, and so on): one count a grade, and in all."""

    status: str
    grades: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.grades)


def graded(model: Model) -> tuple[Graded, ...]:
    """Return the counts by status, the best known first, then all numbers."""
    found = Counter((p.status, p.grade) for p in model.parameters.values())
    rows = [Graded(status, tuple(found[status, grade] for grade in GRADES)) for status in STATUSES]
    whole = tuple(sum(row.grades[g] for row in rows) for g in range(len(GRADES)))
    return (*rows, Graded("all", whole))
