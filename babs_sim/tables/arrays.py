"""Arrays kept between runs: only what can be computed again, so nothing here may fail a run."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_arrays(path: Path) -> dict[str, Any] | None:
    """Return the arrays stored at ``path``, or None where there are none that can be read."""
    import zipfile

    import numpy as np

    try:
        with np.load(path) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Store arrays at ``path``, whole or not at all; a folder that refuses them is no error."""
    import numpy as np

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".npz", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, **arrays)
        Path(name).replace(path)
    except OSError:
        return
