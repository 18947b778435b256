"""The manifest: what was run on what, so that anyone can run it again."""

import math
import platform
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from babs_sim.experiment.schema import resolved
from babs_sim.parameters import Model
from babs_sim.simulate import Run
from babs_sim.tables import read_text, shown

FORMAT = 1
"""Version of the layout of a results folder."""

PACKAGES = ("babs-sim", "numpy", "numba", "pandas", "scipy", "pydantic", "joblib", "pyarrow")


def manifest_of(run: Run, command: str, facts: Mapping[str, object]) -> dict[str, object]:
    """Return the manifest of a run, all but the list of its tables.

    ``facts`` is what the analysis adds: terms, payers, measures and Monte Carlo error.
    """
    experiment, cohort = run.experiment, run.experiment.cohort
    return {
        "format": FORMAT,
        "experiment": experiment.name,
        "title": experiment.title,
        **made_by(command),
        "seconds": run.seconds,
        "seed": cohort.seed,
        "families": cohort.families,
        "population": cohort.population,
        "place": cohort.place,
        "horizon_years": cohort.horizon_years,
        "arms": [
            {"name": arm.name, "comparator": arm.comparator, "set": dict(arm.set)}
            for arm in experiment.arms
        ],
        "checks": list(run.checks),
        "inputs": {
            "model": run.model.fingerprint,
            "files": {shown(path): read_text(path).digest for path in input_files(run)},
        },
        **facts,
    }


def manifest_of_model(
    model: Model, title: str, command: str, facts: Mapping[str, object]
) -> dict[str, object]:
    """Return the manifest of something done with a model alone, without an experiment."""
    files = sorted({Path(name).resolve() for name in _files_of(model)})
    return {
        "format": FORMAT,
        "title": title,
        **made_by(command),
        "place": model.place,
        "inputs": {
            "model": model.fingerprint,
            "files": {shown(path): read_text(path).digest for path in files if path.is_file()},
        },
        **facts,
    }


def made_by(command: str) -> dict[str, object]:
    """Return when, by which command and with what a folder of results was made."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES},
        },
        "platform": f"{platform.system()} {platform.machine()}, {sys.byteorder}-endian",
    }


def input_files(run: Run) -> list[Path]:
    """Return every file that the run's experiment and model come from, sorted."""
    experiment = run.experiment
    found = {experiment.path, *(Path(name).resolve() for name in _files_of(run.model))}
    if experiment.cohort.families_csv:
        found.add(resolved(experiment.cohort.families_csv, experiment.path))
    return sorted(path for path in found if path.is_file())


def plain(value: object) -> object:
    """Return ``value`` as JSON can hold it: numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _files_of(model: Model) -> Iterable[str]:
    for rows in model.rows.values():
        for located in rows:
            yield located.file
    for parameter in model.parameters.values():
        yield parameter.file
    for setting in model.settings.values():
        yield setting.file


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
