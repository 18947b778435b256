"""`babs-sim explain`: everything that is known about one number."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babs_sim.cli.choosing import chosen_model
from babs_sim.cli.layout import columns, figure, sheet
from babs_sim.errors import Problem, Problems, nearest
from babs_sim.parameters import Model, Parameter, Setting
from babs_sim.parameters.rows import SourceRow
from babs_sim.parameters.uses import uses
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.results import Results

Lines = list[tuple[str, str | list[str]]]

_STATUS = {
    "seen": "seen: checked against the source",
    "recalled": "recalled: written from memory, not checked against the source",
    "derived": "derived: worked out from other figures",
    "assumption": "assumption: no source gives it",
}
_GRADE = {
    "A": "A (UK figure for this quantity)",
    "B": "B (another population, or older)",
    "C": "C (assumption or judgement)",
}


def explain_in_tables(name: str, folders: Sequence[Path], place: str) -> None:
    """Explain a parameter or setting of the tables; raises `Problems` for an unknown name."""
    model = chosen_model(folders, place)
    if name in model.parameters:
        _show(_parameter(model.parameters[name], model))
    elif name in model.settings:
        _show(_setting(model.settings[name]))
    else:
        raise Problems([_unknown(name, [*model.parameters, *model.settings])])


def explain_in_results(folder: Path, name: str) -> None:
    """Explain a parameter as it was in a run, or a figure of it by its pieces.

    Raises `Problems` for unknown names and folders.
    """
    from babs_sim.results import read

    results = read(folder)
    known = {str(row["name"]): row for row in results.table("parameters").to_dict("records")}
    model = _same_model(results)
    if name not in known and "summary" in results.manifest["tables"]:
        _explain_figure(results, model, name, list(known))
        return
    if name not in known:
        raise Problems([_unknown(name, list(known))])
    if model is not None and name in model.parameters:
        lines = _parameter(model.parameters[name], model)
    else:
        lines = _recorded(known[name])
    _show([*lines, *_in_run(results, name)])


def _explain_figure(
    results: "Results", model: Model | None, name: str, parameters: Sequence[str]
) -> None:
    """Print where a figure of a run comes from; raises `Problems` for one that it does not have."""
    from babs_sim.report.origin import figures_of, origin_lines, origin_of

    figures = figures_of(results)
    if name not in figures:
        raise Problems([_unknown(name, [*parameters, *figures])])
    for title, rows in origin_lines(origin_of(results, model, name)):
        print(f"\n{title}")
        for line in columns(rows):
            print(f"  {line}")


def _show(lines: Lines) -> None:
    print("\n".join(sheet(lines)))


def _unknown(name: str, known: Sequence[str]) -> Problem:
    within = [one for one in known if name.casefold() in one.casefold()][:3]
    hint = nearest(name, known) or "'babs-sim list parameters' lists them all"
    if within:
        hint = "did you mean " + " or ".join(repr(one) for one in within) + "?"
    return Problem("", None, "name", "there is none of this name", name, hint)


def _parameter(p: Parameter, model: Model) -> Lines:
    source = next((row for row in model.table("sources") if row.name == p.source), None)
    raw = "" if not p.conversions else f"{figure(p.raw_value)} {p.raw_unit}"
    return [
        ("name", p.name),
        ("label", p.label if p.label != p.name else ""),
        ("value", _with_unit(p.value, p.unit, p.price_year)),
        ("as written", raw),
        ("converted", list(p.conversions)),
        ("interval", _interval(p.low, p.high, p.distribution)),
        ("drawn with", p.group),
        ("stands in", f"{p.file}, line {p.line}"),
        ("source", _source(p.source, source)),
        ("status", _STATUS.get(p.status, p.status)),
        ("grade", _GRADE.get(p.grade, p.grade)),
        ("evidence", p.evidence),
        ("note", p.note),
        ("lands in", list(uses(model, p.name))),
    ]


def _recorded(row: Mapping[Any, Any]) -> Lines:
    """Return what parameters.csv says, for tables that have changed since or are gone."""
    low, high = (None if x != x else float(x) for x in (row["low"], row["high"]))
    return [
        ("name", str(row["name"])),
        ("label", "" if row["label"] == row["name"] else str(row["label"])),
        ("value", _with_unit(float(row["value"]), str(row["unit"]), str(row["price_year"]))),
        ("interval", _interval(low, high, str(row["distribution"]))),
        ("stood in", f"{row['file']}, line {row['line']}"),
        ("source", f"{row['source']}: {row['citation']}"),
        ("status", _STATUS.get(str(row["status"]), str(row["status"]))),
        ("grade", _GRADE.get(str(row["grade"]), str(row["grade"]))),
        ("evidence", str(row["evidence"])),
        ("note", str(row["note"])),
        ("tables", "not those of this run any more, so conversions and uses cannot be told"),
    ]


def _setting(setting: Setting) -> Lines:
    value = setting.value
    words = str(value).lower() if isinstance(value, bool) else value
    place = setting.file if setting.line is None else f"{setting.file}, line {setting.line}"
    return [
        ("name", setting.name),
        ("setting", words if isinstance(words, str) else ", ".join(words)),
        ("choices", ", ".join(setting.choices)),
        ("stands in", place),
    ]


def _with_unit(value: float, unit: str, price_year: str) -> str:
    if unit == "£":
        return f"£{value:,.2f}" + (f" in prices of {price_year}" if price_year else "")
    return f"{figure(value)} {unit}"


def _interval(low: float | None, high: float | None, distribution: str) -> str:
    if low is None or high is None:
        return "none: fixed" if distribution == "fixed" else distribution
    limits = "limits" if distribution in ("uniform", "triangular", "pert") else "95 %"
    return f"{figure(low)} to {figure(high)} ({limits}, {distribution})"


def _source(name: str, row: SourceRow | None) -> list[str]:
    if row is None:
        return [name]
    return [f"{name}: {row.citation}", row.address]


def _same_model(results: "Results") -> Model | None:
    """Return the model of a run if its tables are still those that it read."""
    from babs_sim.experiment import load

    manifest = results.manifest
    for file in manifest["inputs"]["files"]:
        path = Path(file)
        if path.stem == manifest["experiment"] and path.suffix == ".toml" and path.is_file():
            try:
                _, model = load(path)
            except Problems:
                continue
            if model.fingerprint == manifest["inputs"]["model"]:
                return model
    return None


def _in_run(results: "Results", name: str) -> Iterator[tuple[str, str | list[str]]]:
    """Yield what a number came to in a run: the cost or the events that it is about."""
    manifest = results.manifest
    yield "run", f"{shown(results.folder)}, {manifest['created']}"
    changed = [
        f"{arm['name']}: set to {arm['set'][name]}"
        for arm in manifest["arms"]
        if name in arm["set"]
    ]
    yield "changed in", changed
    kind, _, rest = name.partition(".")
    if kind == "cost":
        ledger = results.table("ledger")
        paid = ledger[ledger["item"] == rest].groupby("arm", sort=False)["pounds"].sum()
        yield "came to", [f"{arm}: £{x:,.2f} a family, undiscounted" for arm, x in paid.items()]
    elif kind in ("rate", "effect"):
        events = results.table("events")
        names = sorted(set(events["event"]), key=len, reverse=True)
        event = next((one for one in names if f"{rest}.".startswith(f"{one}.")), None)
        happened = events[events["event"] == event].groupby("arm", sort=False)["count"].sum()
        yield "came to", [f"{arm}: {x:.4g} {event} a family" for arm, x in happened.items()]
