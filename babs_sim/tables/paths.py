"""Where files are, and how they are named to the user."""

from pathlib import Path

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
    except (ValueError, OSError):
        return path.as_posix()


def files(folder: Path, suffix: str) -> tuple[Path, ...]:
    """Return the files in ``folder`` that end in ``suffix``, by name; none if it is no folder."""
    if not folder.is_dir():
        return ()
    return tuple(
        sorted(p for p in folder.iterdir() if p.suffix == suffix and not p.name.startswith("."))
    )
