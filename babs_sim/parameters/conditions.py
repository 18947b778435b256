"""Conditions on traits, as tables write them: ``family.deprivation=1 mother.aces>=4``."""

import re
from dataclasses import dataclass
from typing import Literal, cast

_CONDITION = re.compile(r"(?P<trait>[^\s=<>]+)(?P<sign>>=|<=|=)(?P<value>-?\d+(?:\.\d+)?)")


class NotCondition(ValueError):
    """A text that is no condition."""


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """A trait is equal to, at least, or at most a value."""

    trait: str
    sign: Literal["=", ">=", "<="]
    value: float


def conditions_of(text: str) -> tuple[Condition, ...]:
    """Return the conditions in ``text``, separated by spaces; all must hold.

    Raises `NotCondition` with the first that is none.

    >>> conditions_of("mother.aces>=4")
    (Condition(trait='mother.aces', sign='>=', value=4.0),)
    """
    found = []
    for word in text.split():
        match = _CONDITION.fullmatch(word)
        if match is None:
            raise NotCondition(word)
        sign = cast(Literal["=", ">=", "<="], match["sign"])
        found.append(Condition(match["trait"], sign, float(match["value"])))
    return tuple(found)
