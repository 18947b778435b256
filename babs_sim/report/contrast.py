"""Two runs against each other: what changed in versions, inputs, parameters and results."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.wording import number, pounds
from babs_sim.errors import Problem, Problems
from babs_sim.results import Results
from babs_sim.tables import shown

if TYPE_CHECKING:
    from pandas import DataFrame

CHANCE = 1.96
"""Monte Carlo errors beyond which a difference is more than chance (95 %)."""

ROUNDING = 1e-12
"""What adding in another order may change."""

_SETTING = (
    "experiment", "title", "seed", "families", "population", "place", "horizon_years",
)  # fmt: skip
_TERMS = ("price_year", "discounting", "perspective", "qaly_value")
_OF_A_PARAMETER = (
    "value", "unit", "distribution", "low", "high", "price_year", "source", "status", "grade",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contrast:
    """What differs between two runs, A and B.

    ``setting`` and ``parameters`` hold (what, in A, in B); ``results`` is a table, a row for each
    figure of incremental.csv, or of summary.csv where there is one arm, largest change first:
    arm, measure, unit, a, b, difference, mc_error, low, high (95 % of the difference, chance of
    both simulations), verdict.  ``same_lives``: both have the same seed, families and cohort, so
    chance cancels in part and the interval is too wide rather than too narrow.
    """

    setting: tuple[tuple[str, str, str], ...]
    parameters: tuple[tuple[str, str, str], ...]
    results: "DataFrame"
    same_lives: bool

    @property
    def alike(self) -> bool:
        """Return whether nothing differs in inputs or results."""
        return not self.parameters and not self.setting and not len(changed(self.results))


def contrast(one: Results, other: Results) -> Contrast:
    """Return what differs; raises `Problems` for folders without the tables of a run."""
    problems = [
        Problem(shown(results.folder), None, name, "is missing", hint="name a folder of a run")
        for results in (one, other)
        for name in ("summary", "parameters")
        if name not in results.manifest["tables"]
    ]
    if problems:
        raise Problems(problems)
    setting = tuple(_setting(one.manifest, other.manifest))
    parameters = tuple(_parameters(one.table("parameters"), other.table("parameters")))
    alike = ("seed", "families", "population", "place", "horizon_years")
    same = all(one.manifest.get(key) == other.manifest.get(key) for key in alike)
    return Contrast(setting, parameters, _results(one, other), same)


def changed(results: "DataFrame") -> "DataFrame":
    """Return the figures that differ."""
    return results[results["verdict"] != "the same"]


def _setting(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key in _SETTING:
        yield from _pair(key.replace("_", " "), a.get(key, ""), b.get(key, ""))
    for key in _TERMS:
        first, second = (m.get("terms", {}).get(key, "") for m in (a, b))
        first, second = (x.get("name", x) if isinstance(x, dict) else x for x in (first, second))
        yield from _pair(key.replace("_", " "), first, second)
    arms = [{arm["name"]: arm["set"] for arm in m.get("arms", ())} for m in (a, b)]
    for name in dict.fromkeys([*arms[0], *arms[1]]):
        first, second = ((_set(arm[name]) if name in arm else "no such arm") for arm in arms)
        yield from _pair(f"arm {name}", first, second)
    versions = [m.get("versions", {}) for m in (a, b)]
    for name in sorted({*versions[0], *versions[1]}):
        yield from _pair(f"version of {name}", *(v.get(name, "none") for v in versions))
    yield from _pair("tables of the model", *(m["inputs"]["model"][:12] for m in (a, b)))


def _set(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items()) or "nothing set"


def _pair(what: str, a: object, b: object) -> Iterator[tuple[str, str, str]]:
    if a != b:
        yield what, str(a), str(b)


def _parameters(a: "DataFrame", b: "DataFrame") -> Iterator[tuple[str, str, str]]:
    """Yield the parameters in which anything differs but their place in a file."""
    first, second = ({row["name"]: row for row in t.to_dict("records")} for t in (a, b))
    for name in dict.fromkeys([*first, *second]):
        if name not in first or name not in second:
            known = first.get(name) or second[name]
            said = f"{_plain(known['value'])} {known['unit']}"
            yield (name, said, "none") if name in first else (name, "none", said)
            continue
        told = [
            (key, _plain(first[name][key]), _plain(second[name][key])) for key in _OF_A_PARAMETER
        ]
        differ = [one for one in told if one[1] != one[2]]
        if differ:
            yield (
                name,
                "; ".join(f"{key} {x or 'none'}" for key, x, _ in differ),
                "; ".join(f"{key} {y or 'none'}" for key, _, y in differ),
            )


def _plain(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.7g}"
    return str(value)


def _results(one: Results, other: Results) -> "DataFrame":
    from pandas import DataFrame, concat

    both = all("incremental" in results.manifest["tables"] for results in (one, other))
    name = "incremental" if both else "summary"
    key = ["arm", "measure", "unit"]
    tables = [results.table(name)[[*key, "value", "mc_error"]] for results in (one, other)]
    merged = tables[0].merge(tables[1], on=key, how="outer", suffixes=("_a", "_b"), sort=False)
    rows = []
    for row in merged.to_dict("records"):
        a, b = float(row["value_a"]), float(row["value_b"])
        error = math.hypot(float(row["mc_error_a"]), float(row["mc_error_b"]))
        difference = b - a
        rows.append(
            {
                **{name: row[name] for name in key}, "a": a, "b": b, "difference": difference,
                "mc_error": error, "low": difference - CHANCE * error,
                "high": difference + CHANCE * error, "verdict": _verdict(a, b, error),
            }
        )  # fmt: skip
    frame = DataFrame(rows, columns=[*key, "a", "b", "difference", "mc_error", "low", "high",
                                     "verdict"])  # fmt: skip
    size = (frame["difference"].abs() / frame["mc_error"].where(frame["mc_error"] > 0)).fillna(-1)
    order = size.sort_values(ascending=False, kind="stable").index
    moved = frame.loc[order]
    differ = moved["verdict"] != "the same"
    return concat([moved[differ], moved[~differ]], ignore_index=True)


def _verdict(a: float, b: float, error: float) -> str:
    if math.isclose(a, b, rel_tol=ROUNDING, abs_tol=ROUNDING) or (math.isnan(a) and math.isnan(b)):
        return "the same"
    if math.isnan(a) or math.isnan(b):
        return f"only in {'B' if math.isnan(a) else 'A'}"
    if not math.isfinite(error) or error == 0.0:
        return "differs"
    return "differs" if abs(b - a) > CHANCE * error else "within chance"


def contrast_lines(found: Contrast, most: int = 20) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield headings with rows to lay out; of parameters and figures the first ``most``."""
    if found.alike:
        yield "Nothing differs.", []
        return
    if found.setting:
        yield "What was run", [("", "A", "B"), *found.setting]
    if found.parameters:
        more = len(found.parameters) - most
        title = f"Parameters that differ: {len(found.parameters):,}"
        yield (
            title + (f" (the first {most})" if more > 0 else ""),
            [("", "A", "B"), *found.parameters[:most]],
        )
    moved = changed(found.results)
    if not len(moved):
        yield "No figure differs.", []
        return
    clear = int((moved["verdict"] == "differs").sum())
    title = (
        f"Figures that differ: {len(moved):,} of {len(found.results):,}; {clear:,} by more than "
        "chance alone explains (95 %)"
    )
    head = ("arm", "figure", "A", "B", "B minus A (95 % interval)", "")
    yield (
        title + (f". The first {most}" if len(moved) > most else ""),
        [head, *(_figure(row) for row in moved.head(most).to_dict("records"))],
    )


def _figure(row: Mapping[Any, Any]) -> tuple[str, ...]:
    show = pounds if str(row["unit"]).startswith("£") else number
    said = [show(float(row[name])) if math.isfinite(float(row[name])) else "none"
            for name in ("a", "b", "difference", "low", "high")]  # fmt: skip
    change = said[2] if row["mc_error"] == 0 else f"{said[2]} ({said[3]} to {said[4]})"
    return row["arm"], row["measure"], said[0], said[1], change, row["verdict"]
