"""The TOML documents of a parameter folder: which keys they have, and how they are read.

A key holds either a number table (value, unit, source, grade, ...) or a setting.  Keys are closed:
an unknown one is refused.  A star in a key stands for a name that the author chooses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.model import Setting, SettingValue
from babs_sim.parameters.numbers import number_problems
from babs_sim.parameters.rows import NumberRow
from babs_sim.tables import Document, refusals
from babs_sim.units import UNITS

Kind: TypeAlias = Literal["number", "text", "switch", "texts"]
_KINDS: dict[Kind, type] = {"text": str, "switch": bool, "texts": list}
_WRONG: dict[Kind, tuple[str, str]] = {
    "text": ("is not a text", "put it in quotes"),
    "switch": ("is neither true nor false", "write true or false, without quotes"),
    "texts": ("is not a list of texts", 'write ["one", "two"]'),
    "number": (
        "a number needs unit, source and grade",
        "write { value = 1, unit = 'years', source = 'name', grade = 'B' }",
    ),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What a key may hold: for a number its base ``units``, for a setting its ``choices``.

    ``required``: the key must stand in one of the folders (for a starred key, in each table that
    the star stands for).  ``default`` is the setting where it does not.
    """

    kind: Kind
    units: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    required: bool = False
    default: SettingValue | None = None


_SHARE = Key("number", ("probability",), required=True)
_CHANCE = Key("number", ("probability",))
_DOSE = Key("number", ("ratio",), required=True)

DOCUMENTS: dict[str, dict[str, Key]] = {
    "model": {
        "family.entry": Key("number", ("years",), required=True),
        "family.reference_place": Key("text", default=""),
        "groups.*.correlation": Key("number", ("correlation",), required=True),
        "groups.*.nil_share": Key("number", ("probability",)),
        "groups.*.nil_person": Key("text", choices=("", "mother", "child"), default=""),
        "shared.*": Key("number", ("ratio", "probability")),
    },
    "service": {
        "open": Key("switch", default=True),
        "effect_set": Key("text", required=True),
        "capacity": Key("switch", default=False),
        "pathway.warm_up": Key("number", ("years",)),
        "pathway.years": Key("number", ("years",)),
        "pathway.team_size": Key("number", ("ratio",)),
        "pathway.replaces": Key("texts", default=()),
        "referral.yearly": Key("number", ("per year",)),
        "referral.eligible_share": _CHANCE,
        "referral.screened_share": _CHANCE,
        "referral.sensitivity": _CHANCE,
        "referral.accepted_share": _CHANCE,
        "referral.triage": Key("number", ("years",)),
        "waiting.priority": Key("texts", default=()),
        "waiting.attrition": Key("number", ("per year",)),
        "waiting.oldest_start": Key("number", ("years",)),
        "waiting.longest_list": Key("number", ("count",)),
        "team.*.label": Key("text", default=""),
        "team.*.wte": Key("number", ("count",), required=True),
        "team.*.slots": Key("number", ("count",), required=True),
        "team.*.absence_share": _CHANCE,
        "team.*.absence_length": Key("number", ("years",)),
        "team.*.vacancy_share": _CHANCE,
        "team.*.vacancy_length": Key("number", ("years",)),
        "*.label": Key("text", default=""),
        "*.only_if": Key("text", default=""),
        "*.after": Key("text", default=""),
        "*.antenatal_only": Key("switch", default=False),
        "*.postnatal_only": Key("switch", default=False),
        "*.start_share": _SHARE,
        "*.complete_share": _SHARE,
        "*.antenatal_share": Key("number", ("probability",)),
        "*.antenatal_start": Key("number", ("years",)),
        "*.postnatal_start": Key("number", ("years",)),
        "*.antenatal_spread": Key("number", ("years",)),
        "*.postnatal_spread": Key("number", ("years",)),
        "*.dose_complete": _DOSE,
        "*.dose_partial": _DOSE,
        "*.slots": Key("number", ("count",)),
        "*.length": Key("number", ("years",)),
        "*.length_partial": Key("number", ("years",)),
        "*.length_cv": Key("number", ("ratio",)),
        "*.contacts": Key("number", ("count",)),
        "*.discharge_age": Key("number", ("years",)),
    },
    "economics": {
        "price_year": Key("text", required=True),
        "default_perspective": Key("text", required=True),
        "default_discounting": Key("text", required=True),
        "default_qaly_value": Key("text", required=True),
    },
}
"""File stem to the keys of the document."""

PLACE_KEYS: dict[str, Key] = {
    "label": Key("text", required=True),
    "births": Key("number", ("births per year",), required=True),
    "infant_care_entries": Key("number", ("count",)),
}


class PlaceNumber(NumberRow):
    """A number table of a place; the unit, that of the parameter, may be left out."""

    unit: str = ""


@dataclass(frozen=True, slots=True)
class NumberAt:
    """A number table and where it stands; ``name`` is the parameter's name."""

    name: str
    row: NumberRow
    file: str
    line: int


@dataclass(slots=True)
class Contents:
    """What was found in documents; ``tables`` are the names that stars stand for."""

    numbers: dict[str, NumberAt] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    tables: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def update(self, later: "Contents") -> None:
        """Let what was read later replace what was read before, key by key."""
        self.numbers |= later.numbers
        self.settings |= later.settings
        self.tables = later.tables | self.tables
        self.broken |= later.broken
        self.problems += later.problems


def read_document(document: Document, stem: str, keys: Mapping[str, Key]) -> Contents:
    """Return the numbers and settings of a document whose names begin with ``stem``."""
    found = Contents(problems=list(document.problems))
    _walk(document, stem, keys, document.content, (), found)
    return found


def _walk(
    document: Document, stem: str, keys: Mapping[str, Key], table: Mapping[str, Any],
    at: tuple[str, ...], found: Contents,
) -> None:  # fmt: skip
    for name, content in table.items():
        loc = (*at, name)
        known = [parts for parts in (key.split(".") for key in keys) if _fits(parts, loc)]
        known = [parts for parts in known if parts[: len(loc)] == list(loc)] or known
        if not known:
            words = sorted({key.split(".")[len(at)] for key in keys if _fits(key.split("."), at)})
            hint = nearest(name, [word for word in words if word != "*"])
            found.problems.append(document.problem(loc, "is not known here", hint=hint))
            continue
        exact = [parts for parts in known if len(parts) == len(loc)]
        if exact:
            _leaf(document, stem, keys[".".join(exact[0])], loc, content, found)
        elif isinstance(content, Mapping):
            if known[0][len(at)] == "*":
                place = (document.file, document.line(loc))
                found.tables.setdefault(".".join((stem, *loc)), place)
            _walk(document, stem, keys, content, loc, found)
        else:
            hint = f"write [{'.'.join(loc)}] and its keys below"
            found.problems.append(document.problem(loc, "is not a table", _words(content), hint))


def _fits(parts: Sequence[str], loc: Sequence[str]) -> bool:
    """Return whether ``loc`` is the key ``parts`` or a table on the way to it."""
    return len(loc) <= len(parts) and all(
        part in ("*", name) for part, name in zip(parts, loc, strict=False)
    )


def _leaf(
    document: Document, stem: str, key: Key, loc: tuple[str, ...], content: object, found: Contents
) -> None:
    name = ".".join((stem, *loc))
    if key.kind == "number":
        number = read_number(document, loc, content, key.units, NumberRow, found.problems)
        if number is None:
            found.broken.add(name)
        else:
            found.numbers[name] = NumberAt(name, number, document.file, document.line(loc) or 1)
        return
    sound = isinstance(content, _KINDS[key.kind])
    if key.kind == "texts" and isinstance(content, list):
        sound = all(isinstance(part, str) for part in content)
        content = tuple(content)
    if not sound:
        found.broken.add(name)
        text, hint = _WRONG[key.kind]
        found.problems.append(document.problem(loc, text, _words(content), hint))
        return
    if key.choices and _words(content) not in key.choices:
        text, hint = "is not available in this version", nearest(_words(content), key.choices)
        found.problems.append(document.problem(loc, text, _words(content), hint))
    assert isinstance(content, str | bool | tuple)
    line = document.line(loc)
    found.settings[name] = Setting(name, content, document.file, line, key.choices)


def read_number(
    document: Document,
    loc: tuple[str, ...],
    content: object,
    units: Sequence[str],
    schema: type[NumberRow],
    problems: list[Problem],
) -> NumberRow | None:
    """Return the number table at ``loc``; add what is wrong with it to ``problems``.

    ``units`` are the base units that are allowed, none for any; an empty unit is left unchecked.
    """
    if not isinstance(content, Mapping):
        text, hint = _WRONG["number"]
        problems.append(document.problem(loc, text, _words(content), hint))
        return None
    try:
        row = schema.model_validate(dict(content), strict=True)
    except ValidationError as error:
        problems += [
            document.problem((*loc, *map(str, bad.loc)), bad.text, bad.got, bad.hint)
            for bad in refusals(schema, error.errors(include_url=False))
        ]
        return None
    if row.unit == "" and schema is PlaceNumber:
        return row
    prefix = ".".join(loc) + "."
    faults = list(number_problems(row, document.file, lambda f: document.line((*loc, f)), prefix))
    if not faults and units and UNITS[row.unit].base not in units:
        hint = f"use a unit of {' or '.join(units)}"
        faults.append(document.problem((*loc, "unit"), "does not fit here", row.unit, hint))
    problems += faults
    return None if faults else row


def required_problems(
    contents: Contents, stem: str, keys: Mapping[str, Key], file: str
) -> Iterator[Problem]:
    """Yield the required keys that no folder gives, and add the defaults of the others."""
    for pattern, key in keys.items():
        star, _, rest = pattern.partition("*.")
        if "*" not in pattern:
            owners: dict[str, tuple[str, int | None]] = {stem: (file, None)}
        else:
            prefix = f"{stem}.{star}"
            owners = {
                name: place
                for name, place in contents.tables.items()
                if name.startswith(prefix) and "." not in name.removeprefix(prefix)
            }
        for owner, (where, line) in owners.items():
            name = f"{owner}.{rest or pattern}"
            if name in contents.numbers or name in contents.settings or name in contents.broken:
                continue
            if key.default is not None:
                contents.settings[name] = Setting(name, key.default, where, line, key.choices)
            elif key.required:
                short = name.removeprefix(f"{stem}.")
                hint = _WRONG["number"][1] if key.kind == "number" else "give it a text"
                yield Problem(where, line, short, "is missing", hint=hint)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list | tuple) else str(value)
