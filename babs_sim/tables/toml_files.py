"""Read a TOML document with the line of each of its keys."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babs_sim.errors import Problem
from babs_sim.tables.paths import shown
from babs_sim.tables.text import read_text
from babs_sim.tables.toml_lines import key_lines

_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """What was read of one TOML file; ``lines`` gives the line of each dotted key."""

    file: str
    content: dict[str, Any]
    lines: Mapping[str, int]
    problems: tuple[Problem, ...] = ()
    digest: str = field(default="")

    def line(self, loc: Sequence[str | int]) -> int | None:
        """Return the line of the key at ``loc``, or of the nearest table around it."""
        parts = [str(part) for part in loc]
        while parts:
            found = self.lines.get(".".join(parts))
            if found is not None:
                return found
            parts.pop()
        return None

    def problem(
        self, loc: Sequence[str | int], text: str, got: str = "", hint: str = ""
    ) -> Problem:
        """Return a problem with the key at ``loc``."""
        return Problem(self.file, self.line(loc), ".".join(map(str, loc)), text, got, hint)


def read_toml(path: Path) -> Document:
    """Return the content of a TOML file with the line of each key, and what is wrong with it."""
    source = read_text(path)
    file = shown(path)
    if source.text is None:
        return Document(file, {}, {}, source.problems, source.digest)
    try:
        content = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        words = str(error)
        found = _AT.search(words)
        line = int(found[1]) if found and found[1] else source.text.rstrip().count("\n") + 1
        reason = _AT.sub("", words)
        problem = Problem(file, line, "", f"is not valid TOML: {reason[:1].lower()}{reason[1:]}")
        return Document(file, {}, {}, (problem,), source.digest)
    if not content:
        problem = Problem(file, None, "", "is empty")
        return Document(file, {}, {}, (problem,), source.digest)
    return Document(file, content, key_lines(source.text), (), source.digest)
