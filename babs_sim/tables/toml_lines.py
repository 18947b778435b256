"""Find the line on which each key of a TOML document stands.

The standard parser keeps no positions.  This scanner runs only over documents that the parser has
accepted, so it needs no error handling: it only has to know where keys and values end.
"""

import re
import tomllib

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TRIPLE = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}', re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_SCALAR = re.compile(r"[^,\]}\n#]+")


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[str, int] = {}
        self.lengths: dict[str, int] = {}
        self._counted_to, self._line = 0, 1

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def skip(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def note(self, key: str, at: int) -> None:
        self._line += self.text.count("\n", self._counted_to, at)
        self._counted_to = at
        self.lines.setdefault(key, self._line)

    def key(self) -> list[str]:
        parts = []
        while True:
            self.take(_SPACE)
            quoted = self.take(_STRING)
            if quoted:
                parts.append(str(tomllib.loads(f"k = {quoted}")["k"]))
            else:
                parts.append(self.take(_BARE))
            self.take(_SPACE)
            if not self.skip("."):
                return parts

    def assignment(self, table: str) -> None:
        start = self.at
        name = table
        for part in self.key():
            name = f"{name}.{part}" if name else part
            self.note(name, start)
        self.skip("=")
        self.take(_SPACE)
        self.value(name)

    def value(self, name: str) -> None:
        if self.take(_TRIPLE) or self.take(_STRING):
            return
        if self.skip("["):
            position = 0
            while True:
                self.take(_BLANK)
                if self.skip("]"):
                    return
                if self.skip(","):
                    continue
                self.note(f"{name}.{position}", self.at)
                self.value(f"{name}.{position}")
                position += 1
        elif self.skip("{"):
            while True:
                self.take(_BLANK)
                if self.skip("}"):
                    return
                if not self.skip(","):
                    self.assignment(name)
        else:
            self.take(_SCALAR)

    def header(self) -> str:
        start = self.at
        many = self.skip("[[")
        if not many:
            self.skip("[")
        parts = self.key()
        self.skip("]]" if many else "]")
        name = ""
        for position, part in enumerate(parts):
            name = f"{name}.{part}" if name else part
            self.note(name, start)
            if position == len(parts) - 1 and many:
                self.lengths[name] = self.lengths.get(name, 0) + 1
            if name in self.lengths:
                name = f"{name}.{self.lengths[name] - 1}"
                self.note(name, start)
        return name

    def run(self) -> dict[str, int]:
        table = ""
        while True:
            self.take(_BLANK)
            if self.at >= len(self.text):
                return self.lines
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.assignment(table)


def key_lines(text: str) -> dict[str, int]:
    r"""Return the line (from 1) of each dotted key of a valid TOML document.

    Items of lists count from 0; a quoted key stands with its quotes taken off.

    >>> key_lines('a = 1\n[[b]]\nc = {d = 2}\n')
    {'a': 1, 'b': 2, 'b.0': 2, 'b.0.c': 3, 'b.0.c.d': 3}
    """
    return _Scanner(text).run()
