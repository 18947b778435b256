"""How sure the answer is, and what it rests on: draws, thresholds, drivers, grades."""

import math
from collections import Counter
from dataclasses import dataclass

from babs_sim.analysis.wording import chance, number, parameter_words, pence, pounds
from babs_sim.parameters.rows import GRADES, STATUSES
from babs_sim.report.answer import likely
from babs_sim.report.money import Cell
from babs_sim.report.subject import Subject

DRIVERS = 12
"""Widest bars of a tornado that are looked at."""
LOW, HIGH = 2.5, 97.5
ALL = "all"


@dataclass(frozen=True, slots=True)
class Worth:
    """Chance of being the best choice at one value of a QALY, and what more knowledge is worth."""

    value: Cell
    probability: Cell
    word: str
    evpi: Cell


@dataclass(frozen=True, slots=True)
class Driver:
    """One bar of the tornado, with the grade and status of its parameter."""

    name: str
    label: str
    low: Cell
    high: Cell
    grade: str
    status: str
    clear: bool


@dataclass(frozen=True, slots=True)
class Grades:
    """How many numbers of a part of the model have each grade."""

    label: str
    counts: tuple[int, ...]
    weakest: float

    @property
    def total(self) -> int:
        """Return all numbers of the part."""
        return sum(self.counts)


def worths_of(subject: Subject) -> list[Worth]:
    """Return what ceac.csv says at no value, and at the multiples of £10,000 a QALY it holds."""
    frame = subject.table("ceac")
    mine = frame[(frame["arm"] == subject.arm) & (frame["value"] % 10_000 == 0)]
    return [
        Worth(
            Cell(pounds(float(row["value"])), float(row["value"])),
            Cell(chance(float(row["probability"])), float(row["probability"])),
            likely(float(row["probability"])),
            Cell(pence(float(row["evpi"])), float(row["evpi"])),
        )
        for row in mine.to_dict("records")
    ]


def drivers_of(subject: Subject) -> list[Driver]:
    """Return the widest bars of tornado.csv, as the chart draws them."""
    frame = subject.table("tornado")
    measure = str(frame["measure"].iloc[0])
    mine = frame[(frame["arm"] == subject.arm) & (frame["measure"] == measure)]
    ends = mine[mine["percentile"].isin([LOW, HIGH])]
    wide = ends.pivot_table(
        index="parameter", columns="percentile", values=["result", "mc_error"], sort=False
    )
    size = (wide["result"][HIGH] - wide["result"][LOW]).abs()
    order = size.sort_values(ascending=False, kind="stable").index[:DRIVERS]
    labels = mine.drop_duplicates("parameter").set_index("parameter")["label"]
    known = subject.table("parameters").set_index("name")
    money = str(mine["measure_unit"].iloc[0]).startswith("£")
    show = pounds if money else number
    found = []
    for name in order:
        low, high = (float(wide["result"][p][name]) for p in (LOW, HIGH))
        error = math.hypot(*(float(wide["mc_error"][p][name]) for p in (LOW, HIGH)))
        row = known.loc[name] if name in known.index else None
        label = str(labels[name])
        found.append(
            Driver(
                str(name),
                parameter_words(label) if label == name else label,
                Cell(show(low), low),
                Cell(show(high), high),
                "" if row is None else str(row["grade"]),
                "" if row is None else str(row["status"]),
                abs(high - low) > 2 * error,
            )
        )
    return found


def grades_of(subject: Subject) -> list[Grades]:
    """Return how many numbers have each grade: by the first part of their names, then all."""
    frame = subject.table("parameters")
    parts: dict[str, Counter[str]] = {}
    for name, grade in zip(frame["name"], frame["grade"], strict=True):
        parts.setdefault(str(name).split(".")[0], Counter())[str(grade)] += 1
    rows = [
        Grades(part.replace("_", " ").capitalize(), *_counted(counts))
        for part, counts in sorted(parts.items(), key=lambda item: -item[1].total())
    ]
    return [*rows, Grades(ALL, *_counted(sum(parts.values(), Counter())))]


def statuses_of(subject: Subject) -> list[tuple[str, int, tuple[int, ...]]]:
    """Return how many numbers were seen in their source, derived, recalled or assumed."""
    frame = subject.table("parameters")
    pairs = Counter(zip(frame["status"], frame["grade"], strict=True))
    return [
        (status, sum(pairs[status, grade] for grade in GRADES),
         tuple(pairs[status, grade] for grade in GRADES))
        for status in STATUSES
    ]  # fmt: skip


def _counted(counts: "Counter[str]") -> tuple[tuple[int, ...], float]:
    found = tuple(counts[grade] for grade in GRADES)
    return found, found[-1] / max(sum(found), 1)
