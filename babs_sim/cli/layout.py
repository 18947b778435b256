"""Plain text that reads well on a terminal and in a pipe."""

import textwrap
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size

GAP = "  "
WIDEST = 100


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return one line a row, the cells below each other; the last column is not padded.

    >>> columns([("a", "1"), ("long name", "2")])
    ['a          1', 'long name  2']
    """
    table = [[str(cell) for cell in row] for row in rows]
    if not table:
        return []
    widths = [max(len(row[c]) for row in table) for c in range(len(table[0]) - 1)]
    return [
        GAP.join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in table
    ]


def sheet(rows: Iterable[tuple[str, str | Iterable[str]]]) -> list[str]:
    """Return ``name  text`` lines, long texts wrapped below themselves; empty ones left out."""
    kept = [(name, [text] if isinstance(text, str) else list(text)) for name, text in rows]
    kept = [(name, [part for part in texts if part]) for name, texts in kept]
    indent = max((len(name) for name, texts in kept if texts), default=0) + len(GAP)
    width = min(get_terminal_size((WIDEST, 24)).columns, WIDEST)
    lines: list[str] = []
    for name, texts in kept:
        for number, text in enumerate(texts):
            start = (name if number == 0 else "").ljust(indent)
            lines += textwrap.wrap(
                text, max(width, indent + 30), initial_indent=start,
                subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    return lines


def figure(value: float) -> str:
    """Return a number with up to seven significant figures, as a table would hold it.

    >>> figure(4500.0), figure(0.0123456789)
    ('4500', '0.01234568')
    """
    return f"{value:.7g}"
