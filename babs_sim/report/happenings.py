"""What happens to families, per 1,000 of them, and who among them gains."""

import math
from dataclasses import dataclass

from babs_sim.analysis.wording import number, pounds
from babs_sim.report.money import Cell, interval
from babs_sim.report.subject import Estimate, Subject

_ROUNDING = 1e-9
FEW = 200
"""Families below which a band is marked as small."""
BETTER, WORSE, CHANGED, UNCLEAR = "better", "worse", "changed", "not clear"


@dataclass(frozen=True, slots=True)
class Happening:
    """One outcome per 1,000 families in both arms, and its change."""

    measure: str
    label: str
    unit: str
    without: Cell
    with_: Cell
    change: Cell
    interval: str
    word: str


@dataclass(frozen=True, slots=True)
class BandRow:
    """One band of a subgroup: how many families, and the figures of its columns."""

    label: str
    families: Cell
    figures: tuple[tuple[Cell, str], ...]


def happenings_of(subject: Subject) -> tuple[list[Happening], list[Happening], list[str]]:
    """Return the outcomes that change for sure, those that may, and names of those that do not.

    The whole interval of the change lies to one side of 0, it holds 0, or it is 0 alone.
    """
    frame = subject.table("outcomes")
    better = {row["name"]: str(row["better"]) for row in subject.manifest["measures"]}
    clear: list[Happening] = []
    unclear: list[Happening] = []
    same: list[str] = []
    for row in frame[frame["arm"] == subject.arm].to_dict("records"):
        name = str(row["measure"])
        change = Estimate(float(row["difference"]), float(row["low"]), float(row["high"]))
        without, with_ = float(row["comparator_value"]), float(row["value"])
        if subject.draws:
            drawn = subject.estimate(name)
            if drawn is None:
                continue
            factor = subject.factor(name)
            change = drawn.times(factor)
            without, with_ = (
                factor * _mean(subject, arm, name) for arm in (subject.comparator, subject.arm)
            )
        change = _without_rounding(change, max(abs(with_), abs(without)))
        if change.low == change.high == 0:
            same.append(str(row["label"]))
            continue
        unit = str(row["unit"]).removesuffix(" per 1,000 families")
        one = Happening(
            name, str(row["label"]), unit, Cell(_level(without), without),
            Cell(_level(with_), with_), Cell(number(change.value), change.value),
            interval(change, ""), _word(change, better.get(name, "")),
        )  # fmt: skip
        (clear if change.side else unclear).append(one)
    return clear, unclear, same


def bands_of(subject: Subject) -> list[tuple[str, list[str], list[BandRow]]]:
    """Return for each subgroup its name, the columns' names and a row a band (subgroups.csv).

    Columns are the measures that lead the list of outcomes, QALYs and net monetary benefit.
    """
    frame = subject.table("subgroups")
    mine = frame[frame["arm"] == subject.arm]
    leading = [str(row["name"]) for row in subject.manifest["measures"]][:2]
    wanted = [*leading, "qalys", "net_monetary_benefit"]
    found = []
    for subgroup in dict.fromkeys(mine["subgroup"]):
        rows = mine[mine["subgroup"] == subgroup]
        names = [name for name in wanted if (rows["measure"] == name).any()]
        columns = []
        for name in names:
            one = rows[rows["measure"] == name].iloc[0]
            unit = str(one["unit"])
            columns.append(f"{one['label']}, {unit}" if unit not in str(one["label"]) else unit)
        bands = []
        for band in dict.fromkeys(rows["band"]):
            of_band = rows[rows["band"] == band].set_index("measure")
            first = of_band.iloc[0]
            figures = []
            for name in names:
                row = of_band.loc[name]
                show = pounds if str(row["unit"]).startswith("£") else number
                value = float(row["difference"])
                low, high = float(row["low"]), float(row["high"])
                between = f"{show(low)} to {show(high)}" if low < high else "none seen"
                figures.append((Cell(show(value), value), between))
            families = int(first["families"])
            label = str(first["band_label"]) + (": few families" if families < FEW else "")
            bands.append(BandRow(label, Cell(f"{families:,}", families), tuple(figures)))
        found.append((str(subgroup).replace("_", " "), columns, bands))
    return found


def gains_of(subject: Subject) -> list[str]:
    """Return sentences of who gains, one a subgroup with an index of inequality."""
    frame = subject.table("equity_summary")
    mine = frame[(frame["arm"] == subject.arm) & (frame["index"] == "slope_index")]
    said = []
    for row in mine.to_dict("records"):
        one = Estimate(
            float(row["per_1000_families"]), float(row["per_1000_low"]), float(row["per_1000_high"])
        )
        if not math.isfinite(one.value):
            continue
        word = {-1: "narrows", 1: "widens", 0: "may narrow or widen"}[one.side]
        case = "the base case" if subject.draws else "this run"
        said.append(
            f"By {str(row['subgroup']).replace('_', ' ')}, with health given up shared out "
            f"‘{row['shares']}’, in {case} the gap {word}: slope index {number(one.value)} "
            f"QALYs per 1,000 families ({interval(one, '')}, chance alone)."
        )
    return said


def _level(value: float) -> str:
    """Return a level with three figures, or to the whole number if that has more."""
    size = abs(value)
    return number(value, max(3, len(str(int(size))))) if math.isfinite(size) else number(value)


def _without_rounding(change: Estimate, size: float) -> Estimate:
    """Return a change without what is left over of sums in another order."""
    least = _ROUNDING * max(size, 1.0)
    value, low, high = (
        0.0 if abs(x) <= least else x for x in (change.value, change.low, change.high)
    )
    return Estimate(value, low, high, change.draws, change.below)


def _mean(subject: Subject, arm: str, measure: str) -> float:
    frame = subject.table("psa_summary")
    rows = frame[
        (frame["arm"] == arm) & (frame["comparator"] == "") & (frame["measure"] == measure)
    ]
    return float(rows["mean"].iloc[0]) if len(rows) else math.nan


def _word(change: Estimate, better: str) -> str:
    if not change.side:
        return UNCLEAR
    if better not in ("lower", "higher"):
        return CHANGED
    return BETTER if (change.side > 0) is (better == "higher") else WORSE
