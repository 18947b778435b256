"""What a long analysis has finished so far, kept on disk until its results are written.

Rows of numbers are stored by range, each range in a file of its own that is there whole or not at
all.  A stamp says what the rows were computed from; nothing is added to rows of something else.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from babs_sim.errors import Problem, Problems
from babs_sim.handover import Floats
from babs_sim.tables import shown

STAMP = "stamp.json"
_AGAIN = "go on with --resume when that is mended; what is finished is kept"


def work_folder(folder: Path) -> Path:
    """Return where what belongs to unfinished results at ``folder`` lies: a hidden one beside."""
    return folder.parent / f".{folder.name}.unfinished"


class Checkpoints:
    """The finished rows of one analysis; ``part`` gives those of one of its stages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def part(self, name: str) -> "Checkpoints":
        """Return the checkpoints of a stage."""
        return Checkpoints(self.folder / name)

    def open(self, stamp: Mapping[str, str], resume: bool) -> None:
        """Begin, or go on where a run of the same ``stamp`` ended.

        Raises `Problems` where an unfinished run is there but ``resume`` is false, where it was one
        of something else, and where the folder cannot be written.
        """
        path = self.folder / STAMP
        try:
            if not path.exists() or not self.anything():
                if self.folder.exists():
                    shutil.rmtree(self.folder)
                self.folder.mkdir(parents=True)
                half = self.folder / f".{STAMP}"
                half.write_text(json.dumps(dict(stamp), indent=1), encoding="utf-8")
                half.replace(path)
                return
            old = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        except ValueError:
            old = {}
        if not resume:
            text = "holds an unfinished run of this analysis"
            hint = "add --resume to go on with it, or remove the folder to start anew"
            raise Problems([Problem(shown(self.folder), None, "", text, hint=hint)])
        changed = [name for name in {**old, **stamp} if old.get(name) != stamp.get(name)]
        if changed:
            text = "the unfinished run cannot go on: changed since it began: " + ", ".join(changed)
            hint = "undo the change, or remove the folder to start anew"
            raise Problems([Problem(shown(self.folder), None, "", text, hint=hint)])

    def anything(self) -> bool:
        """Return whether anything is finished, in this stage or one below."""
        return any(self.folder.rglob("[0-9]*.npy"))

    def add(self, start: int, rows: Floats) -> None:
        """Keep rows [start, start + n); raises `Problems` where the disk refuses them."""
        stop = start + len(rows)
        half = self.folder / f".{start}-{stop}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with half.open("wb") as stream:
                np.save(stream, rows)
                stream.flush()
                os.fsync(stream.fileno())
            half.replace(self.folder / f"{start}-{stop}.npy")
        except OSError as error:
            half.unlink(missing_ok=True)
            raise _unwritten(self.folder, error) from error

    def finished(self) -> Iterator[tuple[int, Floats]]:
        """Yield (start, rows) of every range that is kept and can be read, in order."""
        found = []
        for path in self.folder.glob("[0-9]*.npy"):
            start, _, stop = path.stem.partition("-")
            found.append((int(start), int(stop), path))
        for first, last, path in sorted(found):
            try:
                rows: Floats = np.load(path)
            except (OSError, ValueError, EOFError):
                continue
            if len(rows) == last - first:
                yield first, rows

    def remove(self) -> None:
        """Forget everything: the results are written."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _unwritten(folder: Path, error: OSError) -> Problems:
    text = f"cannot be written: {error.strerror or error}"
    return Problems([Problem(shown(folder), None, "", text, hint=_AGAIN)])
