"""A family file: published lines of one family's costs, and families alike to simulate.

It is an experiment of two arms without analyses, and says besides which families are alike, what
was published, and which of the lines cannot be added up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pydantic import Field, StrictBool

from babs_sim.errors import Problem, nearest, raise_if
from babs_sim.experiment.read import Experiment, read_with_model
from babs_sim.experiment.schema import ExperimentFile, Name, Text, _Part
from babs_sim.parameters import Model
from babs_sim.parameters.conditions import NotCondition, conditions_of
from babs_sim.parameters.service import activities_of
from babs_sim.tables import Document

TO_THE_POUND = 0.5


class Alike(_Part):
    """Who is alike: conditions on traits at entry, and states that are on (``!state``: off).

    ``traits`` are written as in targets.csv: ``mother.aces>=4``.  A state can be asked for where a
    trait decides whether families enter with it (``starts_if`` of states.csv).
    """

    traits: list[Name] = Field(default_factory=list)
    states: list[Name] = Field(default_factory=list)


class Part(_Part):
    """One product of a line's arithmetic: ``number`` of ``what`` at ``pounds`` each.

    ``usual`` is how many there usually are, where the line counts more; ``why`` says so.
    """

    number: float = Field(gt=0)
    what: Name
    pounds: float = Field(ge=0)
    usual: float | None = Field(default=None, gt=0)
    why: Text = ""


class PublishedLine(_Part):
    """One published line, kept to the pound.

    ``parts`` come to ``pounds``; ``stated`` is false where they are inferred, not published.
    ``index`` raises it from ``price_year``.  ``costs`` are the unit costs of the model that stand
    for the line.
    """

    name: Name
    label: Name
    pounds: float = Field(ge=0)
    parts: list[Part] = Field(default_factory=list)
    stated: StrictBool = True
    price_year: Name
    index: Name
    source: Name
    costs: list[Name] = Field(default_factory=list)
    note: Text = ""

    @property
    def product(self) -> float:
        """Return what the arithmetic comes to, in pounds."""
        return sum(part.number * part.pounds for part in self.parts)


class Overlap(_Part):
    """Lines that cannot be added: only one of the ``sides``, each a list of lines, can count."""

    name: Name
    sides: list[list[Name]] = Field(min_length=2)
    why: Name


class FamilyFile(ExperimentFile):
    """The keys of a family file."""

    family: Alike
    line: list[PublishedLine] = Field(min_length=1)
    overlap: list[Overlap] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """One family: the experiment of its two arms, who is alike, and the published lines.

    ``conditions`` are all on traits, those that states come from among them.
    """

    experiment: Experiment
    conditions: tuple[str, ...]
    lines: tuple[PublishedLine, ...]
    overlaps: tuple[Overlap, ...]


def load_family(path: Path | str) -> tuple[Case, Model]:
    """Return a family file and its model; raises `Problems` with all that is wrong with them."""
    found = read_with_model(path, FamilyFile)
    problems = list(found.problems)
    conditions: list[str] = []
    if found.content is not None:
        problems += _within(found.content, found.document)
        if found.model is not None:
            conditions, faults = _conditions(found.content.family, found.model, found.document)
            problems += faults
            problems += _against_model(found.content, found.model, found.document)
            if found.experiment is not None:
                year = found.experiment.money.price_year
                problems += _indices(found.content, year, found.model, found.document)
    raise_if(problems)
    assert found.experiment is not None and found.model is not None and found.content is not None
    lines, overlaps = tuple(found.content.line), tuple(found.content.overlap)
    return Case(found.experiment, tuple(conditions), lines, overlaps), found.model


def _within(content: FamilyFile, document: Document) -> Iterator[Problem]:
    """Yield what is wrong inside the file."""
    if content.analysis:
        text, hint = "does not belong to a family file", "put it into an experiment"
        yield document.problem(("analysis",), text, hint=hint)
    if len(content.arm) != 2:
        text = "a family file has two arms: without the service (comparator) and with it"
        yield document.problem(("arm",), text, str(len(content.arm)), "give two")
    yield from _twice([line.name for line in content.line], "line", document)
    yield from _twice([overlap.name for overlap in content.overlap], "overlap", document)
    for number, line in enumerate(content.line):
        if line.parts and abs(line.product - line.pounds) >= TO_THE_POUND:
            text = f"the parts come to £{line.product:,.2f}, not to the published pounds"
            hint = "correct the parts, or leave them out where they are not known"
            yield document.problem(("line", number, "pounds"), text, f"{line.pounds:,.2f}", hint)
    known = [line.name for line in content.line]
    seen: dict[str, str] = {}
    for number, overlap in enumerate(content.overlap):
        for side, names in enumerate(overlap.sides):
            at = ("overlap", number, "sides", side)
            if not names:
                yield document.problem(at, "is empty", hint="name a line")
            for name in names:
                if name not in known:
                    yield document.problem(at, "is not a line", name, nearest(name, known))
                elif name in seen:
                    text = f"stands already in the overlap '{seen[name]}'"
                    yield document.problem(at, text, name, "make one overlap of the two")
                seen[name] = overlap.name


def _twice(names: Sequence[str], key: str, document: Document) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            text = f"is also the name of another {key}"
            yield document.problem((key, number, "name"), text, name, "give it another name")


def _conditions(alike: Alike, model: Model, document: Document) -> tuple[list[str], list[Problem]]:
    """Return the conditions on traits that say who is alike, with what is wrong with them."""
    found: list[str] = []
    problems: list[Problem] = []
    traits = {row.name: row for row in model.table("traits")}
    for number, text in enumerate(alike.traits):
        at = ("family", "traits", number)
        try:
            conditions = conditions_of(text)
        except NotCondition as error:
            hint = "write a condition such as mother.aces>=4, without blanks"
            problems.append(document.problem(at, "is not a condition", str(error), hint))
            continue
        for one in conditions:
            if one.trait not in traits:
                hint = nearest(one.trait, traits)
                problems.append(document.problem(at, "is not a trait", one.trait, hint))
            elif one.sign == "=" and traits[one.trait].kind == "normal":
                text, hint = "has no two families alike", "give limits: >= and <="
                problems.append(document.problem(at, text, one.trait, hint))
            else:
                found.append(f"{one.trait}{one.sign}{one.value:g}")
    states = {row.name: row for row in model.table("states")}
    for number, text in enumerate(alike.states):
        at, name = ("family", "states", number), text.removeprefix("!")
        if name not in states:
            problems.append(document.problem(at, "is not a state", name, nearest(name, states)))
        elif not states[name].starts_if:
            hint = "states of entry are: " + ", ".join(n for n, s in states.items() if s.starts_if)
            problems.append(document.problem(at, "is no state at entry", name, hint))
        else:
            found.append(f"{states[name].starts_if}{'<=0' if text.startswith('!') else '>=1'}")
    return list(dict.fromkeys(found)), problems


def _against_model(content: FamilyFile, model: Model, document: Document) -> Iterator[Problem]:
    """Yield what lines name but the model does not have, and costs that are counted twice."""
    sources = {row.name for row in model.table("sources")}
    costs = {row.name: row for row in model.table("unit_costs")}
    service = set(activities_of(model))
    for number, line in enumerate(content.line):
        if line.source not in sources:
            at: tuple[str | int, ...] = ("line", number, "source")
            hint = nearest(line.source, sources) or "add it to sources.csv"
            yield document.problem(at, "is not a source", line.source, hint)
        for place, name in enumerate(line.costs):
            at = ("line", number, "costs", place)
            if name not in costs:
                yield document.problem(at, "is not a unit cost", name, nearest(name, costs))
            elif costs[name].applies_to in service:
                text = "is a cost of the service, which is taken off by itself"
                yield document.problem(at, text, name, "leave it out")
    apart = [_apart(overlap) for overlap in content.overlap]
    for (_, one), (second, other) in combinations(enumerate(content.line), 2):
        both = [name for name in other.costs if name in one.costs and name in costs]
        if both and not any((one.name, other.name) in pairs for pairs in apart):
            text = f"counts in the line '{one.name}' already"
            hint = "leave it out of one of the two, or say in [[overlap]] that they overlap"
            yield document.problem(("line", second, "costs"), text, ", ".join(both), hint)


def _apart(overlap: Overlap) -> set[tuple[str, str]]:
    """Return the pairs of lines that stand on different sides of an overlap."""
    return {
        (a, b)
        for one, other in combinations(overlap.sides, 2)
        for a, b in [*((a, b) for a in one for b in other), *((b, a) for a in one for b in other)]
    }


def _indices(
    content: FamilyFile, price_year: str, model: Model, document: Document
) -> Iterator[Problem]:
    """Yield the lines that no index can raise to the price year."""
    rows = model.table("price_index")
    indices = {row.index for row in rows}
    for number, line in enumerate(content.line):
        years = sorted(row.year for row in rows if row.index == line.index)
        if not years:
            hint = nearest(line.index, indices)
            yield document.problem(("line", number, "index"), "is not an index", line.index, hint)
            continue
        for field, year in (("price_year", line.price_year), ("index", price_year)):
            if year not in years:
                text = f"the index '{line.index}' has no such year"
                hint = f"it has {years[0]} to {years[-1]}"
                yield document.problem(("line", number, field), text, year, hint)
