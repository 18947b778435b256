"""Read parameter folders: later ones override earlier ones row by row, then the place does."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.parameters.catalogue import Catalogue, Citation, effect_sets
from babs_sim.parameters.documents import DOCUMENTS, read_document, required_problems
from babs_sim.parameters.model import Model, Parameter
from babs_sim.parameters.numbers import number_problems, parameter_of
from babs_sim.parameters.places import Place, apply_place, read_places
from babs_sim.parameters.rows import (
    TABLES,
    ClaimRow,
    NumberRow,
    Row,
    SourceRow,
    TargetRow,
)
from babs_sim.tables import Located, files, kind_of, read_csv, read_toml, shown

OPTIONAL = frozenset(
    {
        "referrals",
        "correlations", "selection", "subgroups", "utilities", "trait_utilities", "effects",
        "equity", "inequality_aversion", "profiles", "claims", "causal_outcomes",
        "domains", "targets", "calibration",
    }
)  # fmt: skip
"""Tables that a model can do without."""

FOLDERS = frozenset({"rates"})
"""Tables that are a folder of files."""


def read_parameters(
    folders: Sequence[Path | str],
    place: str | None = None,
    place_at: tuple[str, int | None] | None = None,
) -> Model:
    """Return the model in ``folders``, with the numbers of ``place`` on top.

    ``place_at`` is the file and line that asks for the place.  Raises `Problems` with everything
    that is wrong, in the form of the files and in what they mean.
    """
    from babs_sim.parameters.checks import meaning_problems, place_problems_of

    paths = [Path(folder) for folder in folders]
    catalogue = Catalogue()
    problems, digests = _folder_problems(paths), sha256()
    if not problems:
        for name in TABLES:
            problems += _read_table(catalogue, name, paths, digests.update)
        for stem in DOCUMENTS:
            problems += _read_documents(catalogue, stem, paths, digests.update)
        _cite(catalogue)
        places, place_problems = read_places(paths)
        problems += place_problems
        for found in places.values():
            catalogue.citations += found.citations()
            problems += found.problems_with(catalogue)
        problems += _place_names(catalogue, places, place, place_at, paths[0])
        problems += meaning_problems(catalogue)
        for found in places.values():
            problems += place_problems_of(catalogue, found, problems)
        if place in places:
            digests.update(f"{place}:{places[place].digest}".encode())
            apply_place(catalogue, places[place])
    if problems:
        raise Problems(problems)
    return _model(catalogue, place or "", digests.hexdigest())


def _place_names(
    catalogue: Catalogue,
    places: Mapping[str, Place],
    place: str | None,
    place_at: tuple[str, int | None] | None,
    folder: Path,
) -> Iterator[Problem]:
    """Yield the places that are asked for but do not exist."""
    text = "is not a place"
    if place and place not in places:
        file, line = place_at or (shown(folder / "places"), None)
        yield Problem(file, line, "place", text, place, nearest(place, places))
    reference = catalogue.contents.settings.get("model.family.reference_place")
    if reference is not None and reference.value and reference.value not in places:
        name = str(reference.value)
        at = (reference.file, reference.line, "family.reference_place")
        yield Problem(*at, text, name, nearest(name, places))
    for target in catalogue.located(TargetRow):
        name = target.row.place
        if name and name not in places:
            yield Problem(target.file, target.line, "place", text, name, nearest(name, places))


def _folder_problems(paths: Sequence[Path]) -> list[Problem]:
    problems = []
    known = [*(f"{name}.csv" for name in TABLES if name not in FOLDERS),
             *(f"{stem}.toml" for stem in DOCUMENTS)]  # fmt: skip
    if not paths:
        problems.append(Problem("", None, "parameters", "no parameter folder is named"))
    for path in paths:
        file = shown(path)
        kind = kind_of(path)
        if kind != "folder":
            text = "is a file, but a folder belongs here" if kind else "is not a folder"
            hint = "name a folder of parameter tables"
            problems.append(Problem(file, None, "", text, hint=hint))
            continue
        there = [*files(path, ".csv"), *files(path, ".toml")]
        if not there and not any(kind_of(path / name) for name in (*FOLDERS, "places")):
            problems.append(Problem(file, None, "", "holds no parameter tables"))
        for stray in there:
            if stray.name not in known:
                hint = nearest(stray.name, known)
                text = "is not a table or document of a parameter folder"
                problems.append(Problem(shown(stray), None, "", text, hint=hint))
    return problems


def _read_table(
    catalogue: Catalogue, name: str, paths: Sequence[Path], digest: Callable[[bytes], None]
) -> list[Problem]:
    problems: list[Problem] = []
    any_file = False
    for path in paths:
        candidates = files(path / name, ".csv") if name in FOLDERS else (path / f"{name}.csv",)
        mine: dict[str, Located[Row]] = {}
        for candidate in candidates:
            if not kind_of(candidate):
                continue
            any_file = True
            table = read_csv(candidate, TABLES[name])
            digest(f"{name}/{candidate.name}:{table.digest};".encode())
            problems += table.problems
            catalogue.broken[name] += table.broken
            if table.problems and not table.rows and not table.broken:
                catalogue.unread.add(name)
            for found in table.rows:
                key = found.row.key
                if key in mine:
                    text = f"the row '{key}' stands already in {mine[key].file}:{mine[key].line}"
                    problems.append(
                        Problem(found.file, found.line, "", text, hint="remove one of the two")
                    )
                mine[key] = found
                problems += _row_problems(found)
        catalogue.rows[name] |= mine
        if name in FOLDERS and kind_of(path / name) == "file":
            problems.append(
                Problem(shown(path / name), None, "", "is a file, but a folder belongs here")
            )
    if name in OPTIONAL:
        return problems
    file = shown(paths[0] / (name if name in FOLDERS else f"{name}.csv"))
    if not any_file:
        catalogue.unread.add(name)
        if problems:
            return problems
        hint = "the columns are: " + ",".join(TABLES[name].model_fields)
        problems.append(Problem(file, None, "", "this table is missing", hint=hint))
    elif not catalogue.rows[name] and catalogue.complete(name):
        catalogue.unread.add(name)
        problems.append(Problem(file, None, "", "has no rows", hint="add at least one row"))
    return problems


def _row_problems(found: Located[Row]) -> Iterable[Problem]:
    if not isinstance(found.row, NumberRow):
        return ()
    return number_problems(found.row, found.file, lambda _: found.line)


def _read_documents(
    catalogue: Catalogue, stem: str, paths: Sequence[Path], digest: Callable[[bytes], None]
) -> list[Problem]:
    keys = DOCUMENTS[stem]
    first = len(catalogue.contents.problems)
    unread = True
    for path in paths:
        candidate = path / f"{stem}.toml"
        if kind_of(candidate):
            document = read_toml(candidate)
            unread = bool(document.problems)
            digest(f"{stem}.toml:{document.digest};".encode())
            catalogue.contents.update(read_document(document, stem, keys))
    problems = catalogue.contents.problems[first:]
    file = paths[0] / f"{stem}.toml"
    if not unread:
        problems += required_problems(catalogue.contents, stem, keys, shown(file))
    else:
        catalogue.unread.add(stem)
        if not problems:
            problems.append(Problem(shown(file), None, "", "this document is missing"))
    return problems


def _cite(catalogue: Catalogue) -> None:
    for rows in catalogue.rows.values():
        for found in rows.values():
            if isinstance(found.row, NumberRow | ClaimRow):
                catalogue.citations.append(
                    Citation(found.row.source, found.file, found.line, "source")
                )
    for name, number in catalogue.contents.numbers.items():
        field = name.partition(".")[2] + ".source"
        catalogue.citations.append(Citation(number.row.source, number.file, number.line, field))


def _model(catalogue: Catalogue, place: str, fingerprint: str) -> Model:
    sources = {
        key: found.row for key, found in catalogue.rows["sources"].items()
        if isinstance(found.row, SourceRow)
    }  # fmt: skip
    parameters: dict[str, Parameter] = {}
    for rows in catalogue.rows.values():
        for key, found in rows.items():
            if isinstance(found.row, NumberRow) and not isinstance(found.row, TargetRow):
                parameters[key] = parameter_of(found.row, key, found.file, found.line, sources)
    for name, number in catalogue.contents.numbers.items():
        parameters[name] = parameter_of(number.row, name, number.file, number.line, sources)
    settings = dict(catalogue.contents.settings)
    sets = effect_sets(catalogue)
    if sets:
        name = "service.effect_set"
        settings[name] = replace(settings[name], choices=sets)
    return Model(
        MappingProxyType({name: tuple(rows.values()) for name, rows in catalogue.rows.items()}),
        MappingProxyType(dict(sorted(parameters.items()))),
        MappingProxyType(dict(sorted(settings.items()))),
        place,
        fingerprint,
    )
