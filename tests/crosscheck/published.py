"""Published and exact models, run from their tables by the ordinary engine.

Each folder of ``models/`` holds tables, an experiment, and ``figures.csv``: what the model's source
says should come out.  ``python -m tests.crosscheck.published`` prints the comparison; with
``--write`` it writes docs/published_models.md.  ``BABS_SIM_CASE_PERSONS`` sets how many people each
arm has, such as 1000000; each model says otherwise.
"""

import csv
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from babs_sim.analysis.accounts import evaluate
from babs_sim.analysis.base import BaseCase, analyse
from babs_sim.analysis.derived import icer
from babs_sim.experiment import Experiment, load
from babs_sim.parameters import Model
from babs_sim.simulate import run
from tests.crosscheck.exact import MODELS as EXACT

FOLDER = Path(__file__).parent / "models"
PAGE = Path(__file__).parents[2] / "docs" / "published_models.md"
LONGER = {"clock_reset": 1000, "accelerated_death": 400}
"""Models that their source follows until death: years beyond what an experiment file may ask."""
ERRORS = 3.0
"""Standard errors by which a figure may miss."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: ours, what its source says, the Monte Carlo error and what it may differ by."""

    model: str
    arm: str
    measure: str
    figure: str
    published: float
    ours: float
    error: float
    tolerance: float
    precision: float
    source: str

    @property
    def difference(self) -> float:
        """Return ours minus published."""
        return self.ours - self.published

    @property
    def agrees(self) -> bool:
        """Return whether the difference is within the tolerance."""
        return abs(self.difference) <= self.tolerance

    @property
    def precise(self) -> bool:
        """Return whether our error is as small as figures.csv asks, in percent of the figure."""
        return 0.0 < self.error <= self.precision / 100 * abs(self.published)


def names() -> list[str]:
    """Return the names of the models."""
    return sorted(path.parent.name for path in FOLDER.glob("*/figures.csv"))


def wanted(name: str) -> list[dict[str, str]]:
    """Return the rows of a model's figures.csv."""
    with (FOLDER / name / "figures.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read(name: str) -> tuple[Experiment, Model]:
    """Return a model's experiment and tables, with the number of people that is asked for."""
    experiment, model = load(FOLDER / name / f"{name}.toml")
    cohort = experiment.cohort
    change = {
        "families": int(os.environ.get("BABS_SIM_CASE_PERSONS", cohort.families)),
        "horizon_years": LONGER.get(name, cohort.horizon_years),
    }
    return replace(experiment, cohort=cohort.model_copy(update=change)), model


def lived(name: str) -> BaseCase:
    """Return the base analysis of a model."""
    return analyse(run(*read(name)))


def compare(name: str, base: BaseCase) -> list[Line]:
    """Return a line for each row of figures.csv.

    The tolerance is `ERRORS` times the Monte Carlo error, with the standard error of the published
    figure where that is simulated too: given (``error``), or as ours would be with as many people
    (``persons``).
    """
    exact = EXACT[name]() if name in EXACT else {}
    families = base.run.experiment.cohort.families
    lines = []
    for row in wanted(name):
        arm, measure = row["arm"], row["measure"]
        ours, error = ours_of(base, arm, measure)
        published = float(row["published"]) if row["published"] else exact[arm, measure]
        theirs = float(row["error"] or 0.0)
        if row["persons"]:
            theirs = error * math.sqrt(families / float(row["persons"]))
        tolerance = ERRORS * math.hypot(error, theirs)
        lines.append(
            Line(name, arm, measure, row["figure"], published, ours, error, tolerance,
                 float(row["precision"]), row["source"])
        )  # fmt: skip
    return lines


def ours_of(base: BaseCase, arm: str, measure: str) -> tuple[float, float]:
    """Return a figure of an arm and its Monte Carlo error; ``icer versus OTHER`` is one too."""
    if measure.startswith("icer versus "):
        by_name = {one.name: one for one in base.measures}
        one, other = base.accounts[arm], base.accounts[measure.removeprefix("icer versus ")]
        cost, qalys = (
            evaluate(by_name[what], one) - evaluate(by_name[what], other)
            for what in ("cost", "qalys")
        )
        ratio = icer(cost, qalys)
        return float(ratio[0]), float(one.error(ratio))
    found = next(one for one in base.summary[arm] if one.measure == measure)
    return found.value, found.error


def page(lines: Sequence[Line]) -> str:
    """Return the comparison as a page in Markdown."""
    introduction, limits = (
        (FOLDER / name).read_text(encoding="utf-8") for name in ("introduction.md", "limits.md")
    )
    return introduction + "\n".join(_models(lines)) + "\n" + limits


def _models(lines: Sequence[Line]) -> Iterator[str]:
    for name in names():
        experiment, model = read(name)
        cohort = experiment.cohort
        yield f"## {experiment.title}"
        yield ""
        yield f"`tests/crosscheck/models/{name}`, {cohort.families:,} people an arm."
        for source in model.table("sources"):
            if source.name != "convention":
                link = f" <{source.address}>" if source.address else ""
                yield f"`{source.name}`: {source.citation}{link}"
        yield ""
        yield "| arm | figure | source | published | ours | difference | mc_error | tolerance |"
        yield "|---|---|---|---:|---:|---:|---:|---:|"
        for line in (one for one in lines if one.model == name):
            cells = (line.published, line.ours, line.difference, line.error, line.tolerance)
            arm = "" if line.arm == "model" else line.arm
            yield " | ".join((f"| {arm}", line.figure, line.source, *cells_of(*cells))) + " |"
        yield ""


def cells_of(published: float, ours: float, *small: float) -> tuple[str, ...]:
    """Return numbers as text: the two figures to six digits, the others to two."""
    return f"{published:,.6g}", f"{ours:,.6g}", *(two_digits(x) for x in small)


def two_digits(x: float) -> str:
    """Return a number rounded to two significant digits, without an exponent.

    >>> two_digits(-1234.5), two_digits(0.00012345)
    ('−1,200', '0.00012')
    """
    text = f"{float(f'{x:.1e}'):,.12f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def main(words: list[str]) -> int:
    """Print the comparison, or write its page; return 1 if a figure misses."""
    lines = [line for name in names() for line in compare(name, lived(name))]
    if "--write" in words:
        PAGE.write_text(page(lines), encoding="utf-8")
    else:
        print(page(lines), end="")
    return 0 if all(line.agrees for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
