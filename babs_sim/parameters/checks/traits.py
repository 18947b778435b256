"""Traits: shares, moments, correlations, and what the referred population must show."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import CorrelationRow, SelectionRow, TraitLevelRow, TraitRow
from babs_sim.tables import Located
from babs_sim.units import UNITS

_MOMENTS = ("mean", "sd", "least", "most")
_SHARE_SLACK = 0.0015
_MOMENT_UNITS = ("count", "years", "ratio", "sd", "index", "utility", "per capita", "probability")


def trait_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with traits and the tables about them."""
    levels: dict[str, list[Located[TraitLevelRow]]] = {}
    for level in catalogue.located(TraitLevelRow):
        yield from catalogue.unknown(level, "trait", level.row.trait, "a trait", "traits")
        levels.setdefault(level.row.trait, []).append(level)
    roles: dict[str, Located[TraitRow]] = {}
    for trait in catalogue.located(TraitRow):
        role = trait.row.role
        if role and role in roles:
            text = f"is the role of '{roles[role].row.name}' too"
            yield problem(trait, "role", text, role, "one trait alone has it")
        roles.setdefault(role, trait)
        if role == "sex" and (trait.row.person != "child" or trait.row.kind != "levels"):
            text = "belongs to a trait of the child with levels 0 (girl) and 1 (boy)"
            yield problem(trait, "role", text, role)
        if role == "age" and trait.row.person == "child":
            yield problem(trait, "role", "belongs to a trait of the mother", role)
        if catalogue.complete("trait_levels"):
            check = _levels if trait.row.kind == "levels" else _moments
            yield from check(trait, levels.get(trait.row.name, []))
    yield from _correlations(catalogue)
    for wanted in catalogue.located(SelectionRow):
        row = wanted.row
        yield from catalogue.unknown(wanted, "trait", row.trait, "a trait", "traits")
        if row.unit not in UNITS:
            continue
        base = UNITS[row.unit].base
        if row.at_least is not None and base != "probability":
            text = "does not fit the share of families who are 'at_least'"
            yield problem(wanted, "unit", text, row.unit, "use probability or percent")


def _levels(trait: Located[TraitRow], levels: list[Located[TraitLevelRow]]) -> Iterator[Problem]:
    sound = True
    for level in levels:
        if not _is_number(level.row.level):
            sound = False
            text = f"is not a number, as a level of '{trait.row.name}' must be"
            hint = "mean, sd, least and most belong to traits of the kind 'normal'"
            yield problem(level, "level", text, level.row.level, hint)
        elif level.row.unit in UNITS and UNITS[level.row.unit].base != "probability":
            sound = False
            yield problem(
                level, "unit", "does not fit the share of a level", level.row.unit,
                "use probability or percent",
            )  # fmt: skip
        sound &= level.row.unit in UNITS
    if not sound:
        return
    if not levels:
        hint = "add its levels and their shares to trait_levels.csv"
        yield problem(trait, "name", "has no levels", trait.row.name, hint)
        return
    total = sum(level.row.value * UNITS[level.row.unit].factor for level in levels)
    if abs(total - 1.0) > _SHARE_SLACK:
        text = f"the shares of '{trait.row.name}' sum to {total:.6g}, not to 1"
        yield problem(levels[0], "value", text, hint="correct the shares of its levels")
    if trait.row.role == "sex" and {float(level.row.level) for level in levels} - {0.0, 1.0}:
        yield problem(levels[0], "level", "the sex has the levels 0 (girl) and 1 (boy)")


def _moments(trait: Located[TraitRow], levels: list[Located[TraitLevelRow]]) -> Iterator[Problem]:
    values: dict[str, float] = {}
    for level in levels:
        name, unit = level.row.level, level.row.unit
        if name not in _MOMENTS:
            text = f"does not belong to '{trait.row.name}', a trait of the kind 'normal'"
            yield problem(level, "level", text, name, nearest(name, _MOMENTS))
        elif unit in UNITS:
            values[name] = level.row.value * UNITS[unit].factor
            if UNITS[unit].base not in _MOMENT_UNITS:
                yield problem(level, "unit", "does not fit a trait", unit, "use count or years")
    for name in ("mean", "sd"):
        if name not in {level.row.level for level in levels}:
            text = f"has no {name}"
            hint = f"add a row to trait_levels.csv: {trait.row.name},{name}"
            yield problem(trait, "name", text, trait.row.name, hint)
    at = {level.row.level: level for level in levels}
    if values.get("sd", 1.0) <= 0.0:
        yield problem(at["sd"], "value", "a standard deviation is above 0", f"{values['sd']:g}")
    if "least" in values and "most" in values and values["least"] >= values["most"]:
        yield problem(at["least"], "value", "lies not below 'most'", f"{values['least']:g}")


def _correlations(catalogue: Catalogue) -> Iterator[Problem]:
    rows = list(catalogue.located(CorrelationRow))
    sound = catalogue.complete("traits", "correlations")
    for found in rows:
        for field, name in (("a", found.row.a), ("b", found.row.b)):
            faults = list(catalogue.unknown(found, field, name, "a trait", "traits"))
            sound &= not faults
            yield from faults
        if found.row.a == found.row.b:
            sound = False
            yield problem(found, "b", "is correlated with itself", found.row.b)
        if found.row.unit in UNITS and UNITS[found.row.unit].base != "correlation":
            sound = False
            text = "does not fit a correlation"
            yield problem(found, "unit", text, found.row.unit, "use correlation")
        sound &= abs(found.row.value) <= 1.0
    if sound and rows:
        yield from _not_positive(rows)


def _not_positive(rows: list[Located[CorrelationRow]]) -> Iterator[Problem]:
    """Yield the first row with which the correlations contradict each other."""
    import numpy as np

    names = sorted({name for found in rows for name in (found.row.a, found.row.b)})
    matrix = np.eye(len(names))

    def positive() -> bool:
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return False
        return True

    for found in rows:
        a, b = names.index(found.row.a), names.index(found.row.b)
        matrix[a, b] = matrix[b, a] = found.row.value
    if positive():
        return
    matrix = np.eye(len(names))
    for found in rows:
        a, b = names.index(found.row.a), names.index(found.row.b)
        matrix[a, b] = matrix[b, a] = found.row.value
        if not positive():
            text = "contradicts the correlations above it: the matrix is not positive definite"
            hint = f"bring it, or others of '{found.row.a}' and '{found.row.b}', nearer to 0"
            yield problem(found, "value", text, f"{found.row.value:g}", hint)
            return
    text = "the correlations contradict each other: the matrix is not positive definite"
    yield problem(rows[-1], "value", text, hint="bring them nearer to 0")


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
