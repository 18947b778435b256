"""Turn what a pydantic schema refuses into problems in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from babs_sim.errors import nearest

_NUMBER_HINT = "write a plain number such as 1250 or 0.25: no comma, £ or %; the unit says the rest"
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("is missing", "give it a value"),
    "float_parsing": ("is not a number", _NUMBER_HINT),
    "float_type": ("is not a number", _NUMBER_HINT),
    "int_parsing": ("is not a whole number", _NUMBER_HINT),
    "int_type": ("is not a whole number", _NUMBER_HINT),
    "int_from_float": ("is not a whole number", "write a number without a decimal part"),
    "int_parsing_size": ("is too large a number", ""),
    "finite_number": ("is not a finite number", "NaN and infinity are not values"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "bool_type": ("is neither true nor false", "write true or false, without quotes"),
    "string_type": ("is not a text", "put it in quotes"),
    "string_too_short": ("is empty", "give it a value"),
    "too_short": ("is empty", "give it at least one entry"),
    "list_type": ("is not a list", "put it in square brackets"),
    "dict_type": ("is not a table", ""),
    "model_type": ("is not a table", ""),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a schema refuses: where, why, what stood there, how to repair it."""

    loc: tuple[str | int, ...]
    text: str
    got: str
    hint: str


def choices(annotation: Any) -> tuple[str, ...]:
    """Return the words a field may hold; none if it is not a closed choice."""
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation) if word != "")
    if get_origin(annotation) in (Union, UnionType):
        return tuple(word for part in get_args(annotation) for word in choices(part))
    return ()


def _model_at(schema: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the schema of the table at ``loc`` inside ``schema``."""
    model = schema
    for part in loc:
        if isinstance(part, int):
            continue
        names = {field.alias or name: field for name, field in model.model_fields.items()}
        if part not in names:
            return None
        inner = _models(names[part].annotation)
        if not inner:
            return None
        model = inner[0]
    return model


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list | tuple) else str(value)


def _limits(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    signs = {"ge": "not be below", "gt": "be above", "le": "not be above", "lt": "be below"}
    return " and ".join(f"{signs[k]} {context[k]:g}" for k in signs if k in context)


def refusals(schema: type[BaseModel], errors: Sequence[ErrorDetails]) -> list[Refusal]:
    """Return one refusal in plain words for each of pydantic's ``errors`` on ``schema``."""
    found: list[Refusal] = []
    for error in errors:
        loc, kind = error["loc"], error["type"]
        got = "" if kind == "missing" else _words(error["input"])
        parent = _model_at(schema, loc[:-1])
        text, hint = _WORDS.get(kind, (error["msg"][:1].lower() + error["msg"][1:], ""))
        if kind == "extra_forbidden":
            known = [f.alias or n for n, f in parent.model_fields.items()] if parent else []
            text, got, hint = "is not known here", "", nearest(str(loc[-1]), known)
        elif kind == "literal_error" and parent is not None:
            fields = {f.alias or n: f for n, f in parent.model_fields.items()}
            words = choices(fields[str(loc[-1])].annotation) if str(loc[-1]) in fields else ()
            text, hint = "is not one of the allowed words", nearest(got, words)
        elif kind == "value_error":
            text = error["msg"].removeprefix("Value error, ")
        elif limits := _limits(error):
            text = f"must {limits}"
        found.append(Refusal(loc, text, got, hint))
    return found
