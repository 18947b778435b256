"""What a calibration leaves behind: its record, its draws, and tables with the best values."""

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.calibrating import Calibration, Trial, tolerance
from babs_sim.analysis.freeing import Free, changes
from babs_sim.analysis.posterior import Posterior
from babs_sim.parameters import Model
from babs_sim.parameters.numbers import number_problems
from babs_sim.parameters.read import FOLDERS
from babs_sim.parameters.rows import NumberRow

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "calibrated"
FOLDER = "calibrated"
_KEPT_AS = ("normal", "uniform", "fixed")
_INTERVAL = (2.5, 97.5)


def record_frame(found: Calibration, posterior: Posterior | None) -> "DataFrame":
    """Return one row a target: published, before, after, and what the search was."""
    from pandas import DataFrame

    before, best = found.before, found.best
    rows = []
    for t, gauge in enumerate(found.gauges):
        row, error = gauge.row, tolerance(gauge.row)
        drawn = (np.nan, np.nan) if posterior is None else np.percentile(
            posterior.figures[:, t], _INTERVAL
        )  # fmt: skip
        rows.append(
            (row.label, row.population, row.unit, row.value, error, before.figures[t],
             best.figures[t], best.errors[t], _share(before, t, row.value, error),
             _share(best, t, row.value, error), drawn[0], drawn[1],
             np.nan if posterior is None else posterior.emulator_error[t],
             before.log_likelihood, best.log_likelihood, found.seed, found.families,
             len(found.trials))
        )  # fmt: skip
    return DataFrame(
        rows,
        columns=["target", "population", "unit", "published", "standard_error", "before", "after",
                 "mc_error", "log_likelihood_before", "log_likelihood_after", "posterior_low",
                 "posterior_high", "emulator_error", "log_likelihood_before_all",
                 "log_likelihood_after_all", "seed", "families", "evaluations"],
    )  # fmt: skip


def _share(trial: Trial, t: int, published: float, error: float) -> float:
    variance = error**2 + float(trial.errors[t]) ** 2
    away = float(trial.figures[t]) - published
    return float(-0.5 * (away**2 / variance + np.log(variance)))


def free_frame(found: Calibration, posterior: Posterior | None) -> "DataFrame":
    """Return one row a free parameter, in the unit of its table: before, best and posterior."""
    from pandas import DataFrame

    rows = []
    for k, free in enumerate(found.free):
        drawn = (np.nan,) * 3 if posterior is None else (
            float(np.mean(free.value(posterior.u[:, k]))),
            *np.percentile(free.value(posterior.u[:, k]), _INTERVAL),
        )  # fmt: skip
        rows.append(
            (free.row.parameter, free.parameter.raw_unit, free.parameter.raw_value,
             float(free.value(found.best.u[k])), *drawn, free.row.low, free.row.high,
             free.row.prior, free.row.ties)
        )  # fmt: skip
    return DataFrame(
        rows,
        columns=["parameter", "unit", "before", "best", "posterior_mean", "posterior_low",
                 "posterior_high", "search_low", "search_high", "prior", "ties"],
    )  # fmt: skip


def posterior_frame(free: tuple[Free, ...], posterior: Posterior) -> "DataFrame":
    """Return the draws: ``draw`` from 1, then a column a parameter in the unit of its table."""
    from pandas import DataFrame

    frame = DataFrame({"draw": np.arange(1, len(posterior.u) + 1)})
    for k, one in enumerate(free):
        values = one.value(posterior.u[:, k])
        for name in one.names:
            frame[name] = values
    return frame


def override_files(model: Model, found: Calibration, posterior: Posterior | None) -> dict[str, str]:
    """Return files of a parameter folder with the best values, by path under ``calibrated/``.

    Intervals are those of the posterior where there is one, and else the table's, stretched to
    hold the best value.
    """
    best = changes(found.free, found.best.u)
    spread: dict[str, tuple[float, float]] = {}
    if posterior is not None:
        for k, free in enumerate(found.free):
            low, high = np.percentile(free.value(posterior.u[:, k]), _INTERVAL)
            spread |= {name: (float(low), float(high)) for name in free.names}
    tables: dict[str, list[NumberRow]] = {}
    documents: dict[str, list[tuple[str, NumberRow]]] = {}
    for table, rows in model.rows.items():
        for located in rows:
            if isinstance(located.row, NumberRow) and located.row.key in best:
                name = located.row.key
                row = _changed(located.row, best[name], spread.get(name))
                tables.setdefault(table, []).append(row)
    for name in best:
        if not any(row.key == name for rows in tables.values() for row in rows):
            stem, _, key = name.partition(".")
            documents.setdefault(stem, []).append((key, _number(model, name, best, spread)))
    citation = (
        f"Set by calibration to {len(found.gauges)} published targets (seed {found.seed}, "
        f"{found.families:,} births a trial, {len(found.trials)} trials)."
    )
    files = {"sources.csv": _csv([{"name": SOURCE, "citation": citation, "status": "derived"}])}
    for table, changed in tables.items():
        path = f"{table}/{FOLDER}.csv" if table in FOLDERS else f"{table}.csv"
        files[path] = _csv([row.model_dump(exclude_none=True) for row in changed])
    for stem, numbers in documents.items():
        files[f"{stem}.toml"] = "".join(_toml(key, row) for key, row in sorted(numbers))
    return {f"{FOLDER}/{path}": text for path, text in files.items()}


def _number(
    model: Model, name: str, best: Mapping[str, float], spread: Mapping[str, tuple[float, float]]
) -> NumberRow:
    p = model.parameters[name]
    row = NumberRow(
        value=p.raw_value, unit=p.raw_unit, distribution=p.distribution, low=p.low, high=p.high,
        source=p.source, grade=p.grade, evidence=p.evidence, group=p.group, note=p.note,
    )  # fmt: skip
    return _changed(row, best[name], spread.get(name))


def _changed(row: NumberRow, value: float, spread: tuple[float, float] | None) -> NumberRow:
    """Return a row with another value and interval, of a distribution that can have them."""
    low, high = spread or (row.low, row.high)
    low = None if low is None else min(low, value)
    high = None if high is None else max(high, value)
    for kind in (row.distribution, *_KEPT_AS):
        taken = {"value": value, "low": low, "high": high, "distribution": kind, "source": SOURCE}
        new = row.model_copy(update=taken)
        if not list(number_problems(new, "", lambda _: None)):
            return new
    return new


def _csv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    held = io.StringIO()
    writer = csv.DictWriter(held, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return held.getvalue()


def _toml(key: str, row: NumberRow) -> str:
    table, _, last = key.rpartition(".")
    parts = []
    for name, value in row.model_dump(exclude_none=True).items():
        if value != "":
            quoted = f'"{value}"'.replace("\n", " ") if isinstance(value, str) else repr(value)
            parts.append(f"{name} = {quoted}")
    head = f"[{table}.{last}]" if table else f"[{last}]"
    return head + "\n" + "\n".join(parts) + "\n\n"
