"""`babs-sim family`: one family's costs as published, uprated, and as expected from evidence."""

import shlex
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.cli.layout import WIDEST, columns
from babs_sim.cli.progress import Bar
from babs_sim.cli.running import cores
from babs_sim.experiment import find_experiment
from babs_sim.experiment.family_file import load_family
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.analysis.one_family import OneFamily

FAMILIES = "families"
"""The folder of family files among the experiments."""
PAGE = "family.html"


def value_family(
    text: str, families: int | None, seed: int | None, workers: int | None, out: Path, quiet: bool
) -> None:
    """Write ``out/<name of the file>/`` and print the lines; raises `Problems` for bad input."""
    began = time.perf_counter()
    case, model = load_family(find_experiment(text, FAMILIES, "family file"))
    sizes = {"families": families, "seed": seed}
    given = {name: number for name, number in sizes.items() if number is not None}
    cohort = case.experiment.cohort.model_copy(update=given)
    case = replace(case, experiment=replace(case.experiment, cohort=cohort))
    folder = out.expanduser() / case.experiment.name

    from babs_sim.analysis.one_family import one_family
    from babs_sim.report import family_page
    from babs_sim.results import check_place, write

    check_place(folder)
    command = _command(text, given, out)
    with Bar(quiet) as bar:
        found = one_family(case, model, workers or cores(), bar)
        bar(0, 1, "writing")
        pages = {PAGE: family_page(found, command)}
        folder = write(
            found.run, found.tables(), found.facts(), out.expanduser(), command, pages=pages
        )
    if not quiet:
        print("\n".join(lines_of(found)))
        print(f"Results: {shown(folder)} ({time.perf_counter() - began:.1f} s)")


def _command(text: str, given: dict[str, int], out: Path) -> str:
    words = ["babs-sim", "family", text]
    for name, number in given.items():
        words += [f"--{name}", str(number)]
    if out != Path("results"):
        words += ["--out", str(out)]
    return shlex.join(words)


def lines_of(found: "OneFamily") -> list[str]:
    """Return what the command prints: lines with flags, sums with overlaps, what is expected."""
    from babs_sim.analysis.one_family import about, caution, gain_words
    from babs_sim.analysis.wording import exact_pounds, pounds

    paragraphs = [found.case.experiment.title, *about(found), caution(found)]
    lines = [part for text in paragraphs for part in textwrap.wrap(text, WIDEST)]
    year = found.terms.price_year
    rows = [("", "published", f"in {year}", "without", "with", "change expected")]
    notes: list[str] = []
    for one in found.lines:
        marks = []
        for flag in one.flags:
            if flag not in notes:
                notes.append(flag)
            marks.append(str(notes.index(flag) + 1))
        pair = one.expected
        rows.append((
            f"{one.line.name}{' [' + ','.join(marks) + ']' if marks else ''}",
            exact_pounds(one.line.pounds), exact_pounds(round(one.uprated)),
            *((pounds(pair.without), pounds(pair.with_), pair.words())
              if pair else ("-", "-", "-")),
        ))  # fmt: skip
    lines += ["", *columns(rows)]
    for number, flag in enumerate(notes, start=1):
        lines += textwrap.wrap(f"[{number}] {flag}", WIDEST, subsequent_indent="    ")
    for one_sum in found.sums:
        text = f"Sum, {one_sum.column}: {one_sum.words(len(found.case.overlaps))}."
        lines += textwrap.wrap(text.replace("..", "."), WIDEST, subsequent_indent="    ")
    expected = [("", "without", "with", "change expected")]
    expected += [
        (one.label, pounds(one.without), pounds(one.with_), one.words())
        for one in (*found.totals, *found.payers)
    ]
    return [*lines, "", *columns(expected), *textwrap.wrap(gain_words(found), WIDEST)]
