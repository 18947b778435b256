"""What is wrong with an input: where it is, what was found there, and how to repair it.

Checks collect `Problem` values and raise them all at once as `Problems`; nobody stops at the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_FEW = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    ``file`` as the user would type it; ``line`` from 1, None where the whole file is meant;
    ``field`` a column or a dotted key; ``got`` what stands there; ``hint`` how to repair it.

    >>> print(Problem("events.csv", 3, "clock", "is not a clock", "agee", "did you mean 'age'?"))
    events.csv:3: clock: is not a clock (got 'agee') — did you mean 'age'?
    """

    file: str
    line: int | None
    field: str
    text: str
    got: str = ""
    hint: str = ""

    @property
    def order(self) -> tuple[str, int, str, str, str]:
        """Return what problems are sorted by: file, line, field, then the words."""
        return (self.file, self.line or 0, self.field, self.text, self.got)

    def __lt__(self, other: "Problem") -> bool:
        return self.order < other.order

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        words = ": ".join(part for part in (place, self.field, self.text) if part)
        got = f" (got {self.got!r})" if self.got else ""
        hint = f" — {self.hint}" if self.hint else ""
        return f"{words}{got}{hint}"


class Problems(Exception):
    """Everything that is wrong with the inputs, sorted by file, line and field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def raise_if(problems: Iterable[Problem]) -> None:
    """Raise `Problems` with all of ``problems``; do nothing if there are none."""
    found = list(problems)
    if found:
        raise Problems(found)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint: the known name nearest to ``name``, or the known names if they are few.

    >>> nearest("child.deth", ["child.death", "mother.death"])
    "did you mean 'child.death'?"
    """
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known) if candidate}
    close = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    if close:
        return f"did you mean {by_folded[close[0]]!r}?"
    if by_folded and len(by_folded) <= _FEW:
        return "use one of: " + ", ".join(sorted(by_folded.values()))
    return ""
