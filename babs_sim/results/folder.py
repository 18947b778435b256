"""A folder of results: written whole or not at all, and read again."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.results.manifest import FORMAT, manifest_of, plain
from babs_sim.simulate import Run
from babs_sim.tables import read_text, shown

if TYPE_CHECKING:
    from pandas import DataFrame

MANIFEST = "manifest.json"
FIGURES = "figures"
PARQUET_ABOVE = 100_000
"""Rows above which a table also stands as Parquet."""


@dataclass(frozen=True, slots=True)
class Results:
    """A complete results folder: its place and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what was run, and the tables with their rows."""
        facts = self.manifest
        arms = ", ".join(str(arm["name"]) for arm in facts.get("arms", ()))
        about = [
            ("Folder", shown(self.folder)),
            ("Arms", arms),
            ("Made by", str(facts.get("command", ""))),
            ("Figures", ", ".join(sorted({Path(name).stem for name in facts.get("figures", ())}))),
        ]
        about += [
            (f"table('{name}')", f"{table['rows']:,} rows: {', '.join(table['columns'])}")
            for name, table in facts["tables"].items()
        ]
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(what)}</th>'
            f'<td style="text-align:left">{escape(text)}</td></tr>'
            for what, text in about if text
        )  # fmt: skip
        return f"<table><caption>{escape(str(facts.get('title', '')))}</caption>{rows}</table>"

    def table(self, name: str) -> "DataFrame":
        """Return one of the tables, its numbers to the last bit.

        An empty cell of a number is nan.  Raises `Problems` if there is no table of that name.
        """
        from pandas import read_csv

        known = self.manifest["tables"]
        if name not in known:
            text = "there is no such table"
            hint = nearest(name, known)
            raise Problems([Problem(shown(self.folder), None, "", text, name, hint)])
        frame = read_csv(self.folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for column, kind in known[name]["columns"].items():
            frame[column] = _parsed(frame[column].tolist(), kind)
        return frame


def write(
    run: Run,
    tables: "Mapping[str, DataFrame]",
    facts: Mapping[str, object],
    into: Path,
    command: str,
    figures: Mapping[str, bytes] | None = None,
    pages: Mapping[str, str] | None = None,
) -> Path:
    """Write ``into/<experiment>/`` and return it: manifest.json and a CSV for each table.

    ``figures`` are files by name, written under ``figures/``, ``pages`` texts by file name.

    Everything is written to a folder beside it that is renamed at the end, so that a folder of
    results is complete or absent; an earlier one of the same name is replaced.  Raises `Problems`
    if something else stands there, or if the folder cannot be written.
    """
    manifest = manifest_of(run, command, facts)
    return write_folder(into / run.experiment.name, manifest, tables, figures, pages)


def write_folder(
    folder: Path,
    manifest: Mapping[str, object],
    tables: "Mapping[str, DataFrame]",
    figures: Mapping[str, bytes] | None = None,
    pages: Mapping[str, str] | None = None,
) -> Path:
    """Write any folder of results, as `write` does; ``pages`` are further files by their path."""
    check_place(folder)
    beside = folder.parent / f".{folder.name}.{os.getpid()}-{token_hex(4)}"
    try:
        beside.mkdir(parents=True)
        written = {name: _write_table(beside, name, frame) for name, frame in tables.items()}
        drawn = _write_figures(beside, figures or {})
        for name, page in (pages or {}).items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_text(page, encoding="utf-8")
        more = {"tables": written, "figures": drawn, "pages": sorted(pages or {})}
        whole = plain({**manifest, **more})
        text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
        (beside / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _put(beside, folder)
    except OSError as error:
        text = f"cannot be written: {error.strerror or error}"
        raise Problems([Problem(shown(folder), None, "", text)]) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def read(folder: Path) -> Results:
    """Return the results in a folder.

    Raises `Problems` if it holds none, or if a table is missing or was changed since.
    """
    source = read_text(folder / MANIFEST)
    if source.text is None:
        hint = "give a folder that 'babs-sim run' wrote"
        text = "holds no results: there is no manifest.json"
        raise Problems([Problem(shown(folder), None, "", text, hint=hint)])
    try:
        manifest = json.loads(source.text)
        layout, tables = manifest["format"], manifest["tables"]
    except (ValueError, KeyError, TypeError) as error:
        text = f"is not a manifest: {error}"
        raise Problems([Problem(shown(folder / MANIFEST), None, "", text)]) from error
    problems = []
    if layout != FORMAT:
        text = f"this version reads format {FORMAT}"
        hint = "run the experiment again"
        problems.append(Problem(shown(folder / MANIFEST), None, "format", text, str(layout), hint))
    for name, known in tables.items():
        path = folder / f"{name}.csv"
        found = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        if found != known["sha256"]:
            text = "was changed after the run" if found else "there is no such file"
            hint = "run the experiment again"
            problems.append(Problem(shown(path), None, "", text, hint=hint))
    if problems:
        raise Problems(problems)
    return Results(folder, manifest)


def add_figures(results: Results, figures: Mapping[str, bytes]) -> list[Path]:
    """Put files of figures into the ``figures/`` of a results folder; return their paths.

    Raises `Problems` if they cannot be written.
    """
    try:
        for path in (results.folder / FIGURES).glob(".*"):
            path.unlink()
        _write_figures(results.folder, figures)
    except OSError as error:
        text = f"cannot be written: {error.strerror or error}"
        raise Problems([Problem(shown(results.folder / FIGURES), None, "", text)]) from error
    return [results.folder / FIGURES / name for name in figures]


def write_page(path: Path, page: bytes) -> None:
    """Write a file beside results, or anywhere, whole or not at all.

    Raises `Problems` if it cannot be written.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}-{token_hex(4)}")
    try:
        half.write_bytes(page)
        half.replace(path)
    except OSError as error:
        with suppress(OSError):
            half.unlink()
        text = f"cannot be written: {error.strerror or error}"
        raise Problems([Problem(shown(path), None, "", text)]) from error


def check_place(folder: Path) -> None:
    """Raise `Problems` if something stands at ``folder`` that results must not replace."""
    ours = (folder / MANIFEST).is_file()
    if not folder.exists() or ours or (folder.is_dir() and not any(folder.iterdir())):
        return
    text = "is not a folder of results, so it is not replaced"
    hint = "move it away, or choose another folder for results"
    raise Problems([Problem(shown(folder), None, "", text, hint=hint)])


def _write_table(folder: Path, name: str, frame: "DataFrame") -> dict[str, object]:
    path = folder / f"{name}.csv"
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    large = len(frame) > PARQUET_ABOVE
    if large:
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return {
        "rows": len(frame),
        "columns": {str(name): _KINDS.get(frame[name].dtype.kind, "text") for name in frame},
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "parquet": large,
    }


def _write_figures(folder: Path, figures: Mapping[str, bytes]) -> list[str]:
    if not figures:
        return []
    (folder / FIGURES).mkdir(exist_ok=True)
    for name, content in figures.items():
        half = folder / FIGURES / f".{name}"
        half.write_bytes(content)
        half.replace(folder / FIGURES / name)
    return sorted(figures)


_KINDS = {"i": "integer", "f": "number", "b": "boolean"}


def _parsed(cells: list[str], kind: str) -> list[str] | list[int] | list[float] | list[bool]:
    """Return the cells of a column as what they were when written."""
    if kind == "integer":
        return [int(cell) for cell in cells]
    if kind == "number":
        return [float(cell or "nan") for cell in cells]
    if kind == "boolean":
        return [cell == "True" for cell in cells]
    return cells


def _put(beside: Path, folder: Path) -> None:
    """Rename ``beside`` to ``folder``; what stood there is kept until that has worked."""
    if not folder.exists():
        beside.rename(folder)
        return
    old = beside.with_name(f"{beside.name}-old")
    folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        with suppress(OSError):
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
