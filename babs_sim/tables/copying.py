"""Copy folders whole or not at all."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from babs_sim.errors import Problem, Problems, raise_if
from babs_sim.tables.paths import shown

_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*")


def copy_folders(source: Path, names: Sequence[str], into: Path) -> int:
    """Copy the folders ``names`` of ``source`` into ``into``; return the number of files.

    Raises `Problems`, with nothing changed, where a folder of such a name exists or the place
    cannot be written.
    """
    if into.exists() and not into.is_dir():
        raise Problems([Problem(shown(into), None, "", "is a file, but a folder belongs here")])
    raise_if(
        Problem(shown(into / name), None, "", "exists already and is not overwritten",
                hint="move it away, or choose another folder")
        for name in names
        if (into / name).exists() or (into / name).is_symlink()
    )  # fmt: skip
    made = _missing(into)
    beside: Path | None = None
    placed: list[Path] = []
    try:
        into.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=".copying-", dir=into))
        for name in names:
            shutil.copytree(source / name, beside / name, ignore=_LEFT_OUT)
        number = sum(path.is_file() for path in beside.rglob("*"))
        for name in names:
            (beside / name).rename(into / name)
            placed.append(into / name)
    except (OSError, KeyboardInterrupt) as error:
        for path in placed:
            shutil.rmtree(path, ignore_errors=True)
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, KeyboardInterrupt):
            raise
        text = f"cannot be written: {_reason(error)}"
        raise Problems([Problem(shown(into), None, "", text)]) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
    return number


def _missing(folder: Path) -> Path | None:
    """Return the first folder on the way to ``folder`` that does not exist."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    return missing[-1] if missing else None


def _reason(error: OSError) -> str:
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][2])
    return error.strerror or str(error)
