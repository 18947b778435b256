"""A user's own families: a CSV with one column a trait and one row a family."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from babs_sim.errors import Problem, nearest
from babs_sim.parameters import Model
from babs_sim.tables import read_numbers

if TYPE_CHECKING:
    from babs_sim.handover import Floats

Given: TypeAlias = tuple[tuple[str, ...], "Floats"]


def given_families(path: Path, model: Model) -> tuple[Given | None, list[Problem]]:
    """Return the columns' names and the rows, shape (families, columns), with what is wrong.

    Columns are traits of the model; traits without a column are drawn as in all births.
    """
    import numpy as np

    found = read_numbers(path)
    problems = list(found.problems)
    traits = {row.name: row for row in model.table("traits")}
    levels: dict[str, set[float]] = {
        name: {float(row.level) for row in model.table("trait_levels") if row.trait == name}
        for name, trait in traits.items()
        if trait.kind == "levels"
    }
    for name in found.names:
        if name not in traits:
            hint = nearest(name, traits)
            problems.append(Problem(found.file, found.header, name, "is not a trait", hint=hint))
    for line, row in found.rows:
        for name, value in zip(found.names, row, strict=True):
            known = levels.get(name, {value})
            if value not in known:
                hint = "use one of: " + ", ".join(f"{level:g}" for level in sorted(known))
                text = "is not a level of this trait"
                problems.append(Problem(found.file, line, name, text, f"{value:g}", hint))
    if problems:
        return None, problems
    return (found.names, np.array([row for _, row in found.rows], dtype=np.float64)), []
