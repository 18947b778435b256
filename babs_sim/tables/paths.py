"""Where files are, and how they are named to the user."""

import stat
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped() -> Path:
    """Return the folder that holds the shipped ``parameters`` and ``experiments``."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent


def shown(path: Path) -> str:
    """Return ``path`` as a user would type it: relative to the current folder where it is inside.

    >>> shown(Path.cwd() / "parameters" / "events.csv")
    'parameters/events.csv'
    """
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError, RuntimeError):
        return path.as_posix()


def kind_of(path: Path) -> Literal["folder", "file", ""]:
    """Return what is at ``path``; "" for nothing, or for what cannot be a path."""
    try:
        return "folder" if stat.S_ISDIR(path.stat().st_mode) else "file"
    except (OSError, ValueError, RuntimeError):
        return ""


def path_from(text: str, folder: Path | None = None) -> Path:
    """Return the path that a user wrote: as it is, from home (``~``), or relative to ``folder``."""
    path = Path(text)
    try:
        path = path.expanduser()
        return path if folder is None else (folder / path).resolve()
    except (OSError, ValueError, RuntimeError):
        return path if folder is None else folder / path


def files(folder: Path, suffix: str) -> tuple[Path, ...]:
    """Return the files in ``folder`` that end in ``suffix``, by name; none if it is no folder."""
    try:
        inside = sorted(folder.iterdir())
    except (OSError, ValueError):
        return ()
    return tuple(p for p in inside if p.suffix == suffix and not p.name.startswith("."))
