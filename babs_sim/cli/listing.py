"""`babs-sim list`: what the tables hold, one a line."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from babs_sim.cli.choosing import chosen_model, folders_or_default, known_experiments
from babs_sim.cli.layout import columns, figure
from babs_sim.errors import Problem, Problems
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.grading import graded
from babs_sim.parameters.rows import GRADES
from babs_sim.tables import files, read_toml, shown

Rows = list[tuple[str, ...]]


def show_list(kind: str, word: str, folders: Sequence[Path], place: str) -> None:
    """Print everything of one kind, or only lines that hold ``word``; raises `Problems`."""
    if kind == "experiments":
        rows = _experiments()
    elif kind == "scenarios":
        rows = _scenarios()
    elif kind == "places":
        rows = _places(folders)
    else:
        rows = _LISTS[kind](chosen_model(folders, place))
    wanted = word.casefold()
    kept = [row for row in rows if any(wanted in cell.casefold() for cell in row)]
    if rows and not kept:
        raise Problems([Problem("", None, "", f"none of {len(rows)} {kind} holds this", word)])
    print("\n".join(columns(kept)))


def _parameters(model: Model) -> Rows:
    return [
        (
            p.name,
            f"{figure(p.value)} {p.unit}",
            interval(p),
            p.status,
            p.grade,
            f"{p.file}:{p.line}",
            p.label if p.label != p.name else p.note,
        )
        for p in model.parameters.values()
    ]


def interval(parameter: Parameter) -> str:
    """Return the interval of a parameter in its base unit, "" for none."""
    if parameter.low is None or parameter.high is None:
        return ""
    return f"{figure(parameter.low)} to {figure(parameter.high)}"


def _outcomes(model: Model) -> Rows:
    effects = Counter(row.event for row in model.table("effects"))
    costs = Counter(row.applies_to for row in model.table("unit_costs"))
    events = [
        (row.name, "event", row.person, _many(effects[row.name], "effect"),
         _many(costs[row.name], "cost"), row.label)
        for row in model.table("events")
    ]  # fmt: skip
    states = [
        (row.name, "state", row.person, "", _many(costs[row.name], "cost"), row.label)
        for row in model.table("states")
    ]
    return sorted(events + states)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


_COMPARED: Rows = [
    ("icer", "£ per QALY", "comparison", "Extra cost for each QALY gained (saved for each lost)"),
    ("icer_quadrant", "code", "comparison", "Whether it costs more or less, gains or loses"),
    ("net_monetary_benefit", "£ per family", "comparison", "QALYs gained, in pounds, less cost"),
    ("net_monetary_benefit_VALUE", "£ per family", "comparison", "The same at another QALY value"),
    ("net_present_value", "£ per family", "comparison", "Discounted saving, without QALYs"),
    ("benefit_cost_ratio", "£ per £", "comparison", "Benefit for each pound spent on the service"),
    ("cashable_savings", "£ per family", "comparison", "Saving that a budget could release"),
    ("cashable_savings_undiscounted", "£ per family", "comparison", "The same, undiscounted"),
    ("payback_years", "years since entry", "comparison", "When the service has paid for itself"),
    ("payback_years_PAYER", "years since entry", "comparison", "The same for one payer"),
    ("payback_status", "code", "comparison", "Whether it pays for itself within the horizon"),
    ("payback_status_PAYER", "code", "comparison", "The same for one payer"),
    ("budget_impact_year_N", "£ per family", "comparison", "Undiscounted cost, years 1 to 5"),
]


def _measures(model: Model) -> Rows:
    from babs_sim.analysis.measures import read_measures
    from babs_sim.economics import read_perspective

    perspective = str(model.values().setting("economics.default_perspective"))
    rows: Rows = []
    for m in read_measures(model, read_perspective(model, perspective)):
        rows.append((m.name, m.unit, m.kind, m.label))
        if m.discounted:
            rows.append((f"{m.name}_undiscounted", m.unit, m.kind, f"{m.label}, undiscounted"))
        if m.kind == "break even":
            rows.append((f"{m.name}_prevented", m.unit, "comparison", "How many are prevented"))
    return rows + _COMPARED


def _events(model: Model) -> Rows:
    rows: Rows = []
    for row in model.table("events"):
        clock = f"{row.clock} {row.law}".strip()
        changes = [*(f"+{s}" for s in row.sets.split()), *(f"-{s}" for s in row.clears.split())]
        rows.append((row.name, clock, row.requires, " ".join(changes), row.label))
    return rows


def _states(model: Model) -> Rows:
    ratios = {row.state: model.parameters[row.key].value for row in model.table("utilities")}
    return [
        (
            row.name,
            row.person,
            f"utility x {figure(ratios[row.name])}" if row.name in ratios else "",
            f"at entry: {row.starts_if}" if row.starts_if else "",
            row.label,
        )
        for row in model.table("states")
    ]


def _effects(model: Model) -> Rows:
    rows: Rows = []
    for row in model.table("effects"):
        p = model.parameters[row.key]
        driver = row.driver if row.level is None else f"{row.driver} = {row.level:g}"
        causal = "causal share" if row.causal_share else ""
        rows.append(
            (row.event, driver, row.form, figure(p.value), interval(p), causal, row.effect_set,
             p.status, f"{p.file}:{p.line}")
        )  # fmt: skip
    return rows


def _sources(model: Model) -> Rows:
    cited = Counter(p.source for p in model.parameters.values())
    return [
        (row.name, row.status, _many(cited[row.name], "number"), f"{row.citation} {row.address}")
        for row in model.table("sources")
    ]


def _grades(model: Model) -> Rows:
    head = ("numbers that are", *(f"grade {grade}" for grade in GRADES), "all")
    counts = [(row.status, *map(str, row.grades), str(row.total)) for row in graded(model)]
    return [head, *counts]


def _targets(model: Model) -> Rows:
    return [
        (
            row.name,
            f"{figure(row.value)} {row.unit}",
            row.role.replace("_", " "),
            row.kind if row.expressed else "not expressed",
            f"{row.label}, {row.population}",
        )
        for row in model.table("targets")
    ]


def _places(folders: Sequence[Path]) -> Rows:
    found: dict[str, tuple[str, ...]] = {}
    for folder in folders_or_default(folders):
        for path in files(folder / "places", ".toml"):
            content = read_toml(path).content
            births = content.get("births", {})
            number = births.get("value", "") if isinstance(births, dict) else ""
            label = str(content.get("label", path.stem))
            found[path.stem] = (path.stem, f"{number} births a year", shown(path), label)
    return [found[name] for name in sorted(found)]


def _scenarios() -> Rows:
    rows: Rows = []
    for path in known_experiments():
        analyses = read_toml(path).content.get("analysis", [])
        for analysis in analyses if isinstance(analyses, list) else []:
            for one in analysis.get("scenario", []) if isinstance(analysis, dict) else []:
                about, cannot = str(one.get("about", "")), str(one.get("cannot", ""))
                text = f"{about} Not run: {cannot}" if cannot else about
                rows.append((str(one.get("name", "")), path.stem, text))
    return rows


def _experiments() -> Rows:
    return [
        (path.stem, shown(path), str(read_toml(path).content.get("title", "")))
        for path in known_experiments()
    ]


_LISTS: dict[str, Callable[[Model], Rows]] = {
    "parameters": _parameters,
    "outcomes": _outcomes,
    "measures": _measures,
    "events": _events,
    "states": _states,
    "effects": _effects,
    "sources": _sources,
    "grades": _grades,
    "targets": _targets,
}
