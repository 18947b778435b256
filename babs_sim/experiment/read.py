"""Read an experiment file, and check it against the model that it names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from babs_sim.errors import Problem, Problems, nearest, raise_if
from babs_sim.experiment.analyses import faults_of, known_figures, unknown_names
from babs_sim.experiment.families import Given, given_families
from babs_sim.experiment.schema import (
    UNDISCOUNTED,
    Analysis,
    Arm,
    Cohort,
    ExperimentFile,
    Money,
    resolved,
)
from babs_sim.parameters import Model, Values, read_parameters
from babs_sim.parameters.overriding import override
from babs_sim.parameters.service import is_limited, missing_for_capacity, missing_for_referrals
from babs_sim.tables import Document, files, kind_of, path_from, read_toml, refusals, shipped

F = TypeVar("F", bound=ExperimentFile)

_FAMILIES = "all arms have the same families: change it in a parameter folder or a place"
_SHARED = {
    "trait.": _FAMILIES,
    "correlation.": _FAMILIES,
    "selection.": _FAMILIES,
    "model.family.": _FAMILIES,
    "place.": _FAMILIES,
    "economics.": "write it under [money]",
}
"""What the names begin with that no arm can change, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What to run.

    ``folders`` are the parameter folders, the later ones on top; ``lines`` gives the line of each
    dotted key of the file; ``given_families`` holds names and rows of a user's own families.
    """

    name: str
    path: Path
    title: str
    folders: tuple[Path, ...]
    cohort: Cohort
    money: Money
    arms: tuple[Arm, ...]
    analyses: tuple[Analysis, ...]
    lines: Mapping[str, int]
    given_families: Given | None = None

    @property
    def subgroups(self) -> tuple[str, ...]:
        """Return the subgroups for which an analysis reports, each once, as first named."""
        named = [name for analysis in self.analyses for name in analysis.subgroups]
        return tuple(dict.fromkeys(named))

    @property
    def comparator(self) -> Arm:
        """Return the arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.comparator)


def read_experiment(path: Path | str) -> Experiment:
    """Return the experiment in a TOML file; raise `Problems` with all that is wrong with it.

    Nothing is checked against parameters; `load` does that.
    """
    experiment, _, _, problems = _read(Path(path), ExperimentFile)
    raise_if(problems)
    assert experiment is not None
    return experiment


def load(path: Path | str) -> tuple[Experiment, Model]:
    """Return an experiment and its model, the money terms filled in from economics.toml.

    Raises `Problems` with everything that is wrong with either, and between the two.
    """
    found = read_with_model(path, ExperimentFile)
    raise_if(found.problems)
    assert found.experiment is not None and found.model is not None
    return found.experiment, found.model


@dataclass(frozen=True, slots=True)
class WithModel(Generic[F]):
    """What was read of an experiment file and its model; None for what could not be read."""

    experiment: Experiment | None
    model: Model | None
    content: F | None
    document: Document
    problems: tuple[Problem, ...]


def read_with_model(path: Path | str, schema: type[F]) -> WithModel[F]:
    """Return an experiment of the keys of ``schema`` with its model, and all that is wrong."""
    experiment, content, document, problems = _read(Path(path), schema)
    folders, missing = _folders(document, Path(path))
    problems += missing
    cohort = experiment.cohort if experiment is not None else None
    model: Model | None = None
    if folders:
        try:
            place = _place(document)
            at = (document.file, document.line(("cohort", "place")))
            model = read_parameters(folders, place or None, at)
        except Problems as found:
            problems += found.problems
    if model is not None and experiment is not None:
        experiment = replace(experiment, money=_money(experiment.money, model))
        problems += _against_model(experiment, model, document)
        if cohort is not None and cohort.population == "csv" and cohort.families_csv:
            source = resolved(cohort.families_csv, experiment.path)
            given, faults = given_families(source, model)
            problems += faults
            experiment = replace(experiment, given_families=given)
    return WithModel(experiment, model, content, document, tuple(problems))


def _read(
    path: Path, schema: type[F]
) -> tuple[Experiment | None, F | None, Document, list[Problem]]:
    document = read_toml(path)
    if document.problems:
        return None, None, document, list(document.problems)
    try:
        content = schema.model_validate(document.content)
    except ValidationError as error:
        problems = [
            document.problem(bad.loc, bad.text, bad.got, bad.hint or _quoted(document, bad.loc))
            for bad in refusals(schema, error.errors(include_url=False))
        ]
        return None, None, document, problems
    experiment = Experiment(
        name=path.stem,
        path=path.resolve(),
        title=content.title,
        folders=tuple(resolved(folder, path) for folder in content.parameters),
        cohort=content.cohort,
        money=content.money,
        arms=tuple(content.arm),
        analyses=tuple(content.analysis),
        lines=document.lines,
    )
    return experiment, content, document, list(_within(experiment, document))


def _quoted(document: Document, loc: tuple[str | int, ...]) -> str:
    """Return a hint where dots of a name in ``set`` made tables of it."""
    if len(loc) != 4 or loc[2] != "set":
        return ""
    content: Any = document.content
    for part in loc:
        content = content[part]
    name = str(loc[3])
    while isinstance(content, Mapping) and content:
        part = next(iter(content))
        name, content = f"{name}.{part}", content[part]
    return f'put the whole name in quotes: "{name}"' if name != loc[3] else ""


def _within(experiment: Experiment, document: Document) -> Iterator[Problem]:
    """Yield what is wrong inside the file."""
    arms = experiment.arms
    first: dict[str, int] = {}
    for number, arm in enumerate(arms):
        if arm.name in first:
            line = document.line(("arm", first[arm.name], "name"))
            text = f"is also the name of the arm on line {line}"
            yield document.problem(("arm", number, "name"), text, arm.name, "give it another name")
        first.setdefault(arm.name, number)
    chosen = [number for number, arm in enumerate(arms) if arm.comparator]
    if not chosen:
        hint = "add 'comparator = true' to the arm that the others are compared with"
        yield document.problem(("arm",), "no arm is the comparator", hint=hint)
    for number in chosen[1:]:
        line = document.line(("arm", chosen[0], "comparator"))
        text = f"there is a comparator already, on line {line}"
        hint = "keep one of the two"
        yield document.problem(("arm", number, "comparator"), text, hint=hint)
    cohort = experiment.cohort
    if cohort.population == "csv" and not cohort.families_csv:
        text, hint = "is missing, but the population is 'csv'", "name a file of families"
        yield document.problem(("cohort", "families_csv"), text, hint=hint)
    if cohort.population != "csv" and cohort.families_csv:
        text = f"is given, but the population is '{cohort.population}'"
        hint = 'write population = "csv" to use the file'
        yield document.problem(("cohort", "families_csv"), text, cohort.families_csv, hint)
    for number, analysis in enumerate(experiment.analyses):
        yield from faults_of(analysis, number, document, experiment.analyses[:number])


def _folders(document: Document, path: Path) -> tuple[tuple[Path, ...], list[Problem]]:
    """Return the parameter folders, none if not all of them are there, and which are not."""
    named = document.content.get("parameters", ["../parameters"]) if document.content else []
    if not isinstance(named, list) or not all(
        isinstance(name, str) and name and name.isprintable() for name in named
    ):
        return (), []
    folders = tuple(resolved(name, path) for name in named)
    problems = []
    for number, folder in enumerate(folders):
        kind = kind_of(folder)
        if kind != "folder":
            text = "is a file, but a folder belongs here" if kind else "is not a folder"
            hint = "name a folder of parameter tables, seen from this file"
            problems.append(document.problem(("parameters", number), text, named[number], hint))
    return () if problems else folders, problems


def _place(document: Document) -> str:
    cohort = document.content.get("cohort", {})
    place = cohort.get("place", "") if isinstance(cohort, Mapping) else ""
    return place if isinstance(place, str) else ""


def _money(money: Money, model: Model) -> Money:
    settings = model.values().settings
    return Money(
        price_year=money.price_year or str(settings["economics.price_year"]),
        discounting=money.discounting or str(settings["economics.default_discounting"]),
        perspective=money.perspective or str(settings["economics.default_perspective"]),
        qaly_value=money.qaly_value or str(settings["economics.default_qaly_value"]),
    )


def _against_model(experiment: Experiment, model: Model, document: Document) -> Iterator[Problem]:
    """Yield what the experiment names but the model does not have."""
    money = experiment.money

    def unknown(field: str, name: str, what: str, known: Sequence[str]) -> Iterator[Problem]:
        if name not in known:
            hint = nearest(name, known)
            yield document.problem(("money", field), f"is not {what}", name, hint)

    indices: dict[str, set[str]] = {}
    for level in model.table("price_index"):
        indices.setdefault(level.index, set()).add(level.year)
    used = {cost.index for cost in model.table("unit_costs")}
    years = set[str]().union(*indices.values())
    shared = years.intersection(*(indices[index] for index in used if index in indices))
    yield from unknown("price_year", money.price_year, "a year of the price index", sorted(shared))
    schemes = sorted({UNDISCOUNTED} | {row.scheme for row in model.table("discounting")})
    yield from unknown("discounting", money.discounting, "a discounting scheme", schemes)
    perspectives = sorted({row.perspective for row in model.table("perspectives")})
    yield from unknown("perspective", money.perspective, "a perspective", perspectives)
    values = sorted(row.name for row in model.table("qaly_values"))
    yield from unknown("qaly_value", money.qaly_value, "a value of a QALY", values)
    for number, arm in enumerate(experiment.arms):
        for fault in override(model, arm.set)[2]:
            at = ("arm", number, "set", fault.field)
            yield document.problem(at, fault.text, fault.got, fault.hint)
        for name in arm.set:
            hint = next((hint for start, hint in _SHARED.items() if name.startswith(start)), "")
            if hint and (name in model.parameters or name in model.settings):
                text = "is the same in all arms, so an arm cannot set it"
                yield document.problem(("arm", number, "set", name), text, hint=hint)
        yield from _limited(model, arm, number, document)
    figures = known_figures(model)
    subgroups = sorted({row.subgroup for row in model.table("subgroups")})
    for number, analysis in enumerate(experiment.analyses):
        yield from unknown_names(analysis, number, model, document)
        if analysis.measure and analysis.measure not in figures:
            hint = nearest(analysis.measure, figures)
            loc = ("analysis", number, "measure")
            yield document.problem(loc, "is not a measure", analysis.measure, hint)
        if analysis.kind == "budget":
            yield from _budget(experiment, model, number, document)
        for place, name in enumerate(analysis.subgroups):
            if name not in subgroups:
                at_name = ("analysis", number, "subgroups", place)
                hint = nearest(name, subgroups)
                yield document.problem(at_name, "is not a subgroup", name, hint)


def _budget(
    experiment: Experiment, model: Model, number: int, document: Document
) -> Iterator[Problem]:
    """Yield what a budget names or needs that is not there."""
    places = experiment.analyses[number].places
    known = [
        file.stem for folder in experiment.folders for file in files(folder / "places", ".toml")
    ]
    for at, name in enumerate(places):
        if name not in known:
            hint = nearest(name, known)
            loc = ("analysis", number, "places", at)
            yield document.problem(loc, "is not a place", name, hint)
    missing = missing_for_referrals(model)
    if places and "place.births" in missing:
        missing.remove("place.births")
    if missing:
        text = "a budget needs " + ", ".join(missing)
        hint = "add them to service.toml" + (
            ", and name a place" if "place.births" in missing else ""
        )
        yield document.problem(("analysis", number, "kind"), text, hint=hint)


def _limited(model: Model, arm: Arm, number: int, document: Document) -> Iterator[Problem]:
    """Yield what a limited team of this arm needs and the tables lack."""
    numbers, settings, faults = override(model, arm.set)
    if faults:
        return
    values = Values({**model.values().numbers, **numbers}, {**model.values().settings, **settings})
    missing = missing_for_capacity(model) if is_limited(values) else []
    if not missing:
        return
    text = "a limited team needs " + ", ".join(missing)
    hint = "add them to service.toml" + (", and name a place" if "place.births" in missing else "")
    name = "service.capacity"
    if name in arm.set:
        yield document.problem(("arm", number, "set", name), text, hint=hint)
    else:
        setting = model.settings[name]
        yield Problem(setting.file, setting.line, "capacity", text, hint=hint)


def find_experiment(text: str, inside: str = "", what: str = "experiment") -> Path:
    """Return the experiment file that ``text`` names: a path, or the bare name of a known one.

    Bare names are looked up in ``./experiments`` and among the shipped ones, there in the folder
    ``inside``; ``what`` is what a problem calls the file.  Raises `Problems`.
    """
    given = path_from(text)
    if kind_of(given) == "file":
        return given
    known: dict[str, Path] = {}
    for folder in (Path("experiments"), shipped() / "experiments"):
        for file in files(folder / inside, ".toml"):
            known.setdefault(file.stem, file)
    if text in known:
        return known[text]
    if text and kind_of(given) == "folder":
        raise Problems([Problem(text, None, "", "is a folder, but a file belongs here")])
    hint = nearest(given.stem, known)
    raise Problems([Problem(text, None, "", f"there is no such {what}", hint=hint)])
