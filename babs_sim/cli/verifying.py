"""`babs-sim verify`: does the program compute what it says, whatever the tables?"""

import shlex
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from babs_sim.cli.guard import FAILED
from babs_sim.cli.layout import WIDEST
from babs_sim.cli.progress import Bar
from babs_sim.cli.running import cores
from babs_sim.errors import Problems
from babs_sim.experiment import find_experiment, load
from babs_sim.parameters import Model
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.analysis.verification import Verification
    from babs_sim.report.verification import Validated

FOLDER = "verification"
PAGE = "verification.html"


def verify_experiment(
    text: str, families: int, workers: int | None, out: Path, quiet: bool
) -> None:
    """Check an experiment, write the folder, say what failed; exit code 1 if anything did."""
    experiment, model = load(find_experiment(text))
    cohort = experiment.cohort.model_copy(update={"families": families})
    experiment = replace(experiment, cohort=cohort)
    folder = out.expanduser() / FOLDER

    from babs_sim.analysis import check_measures
    from babs_sim.analysis.verification import Subject, verify
    from babs_sim.report import verification_page
    from babs_sim.results import check_place, manifest_of, write_folder

    check_place(folder)
    check_measures(experiment, model)
    with Bar(quiet) as bar:
        found = verify(Subject(experiment, model, workers or cores(), bar), bar)
        bar(0, 1, "writing")
        facts = {
            "kind": FOLDER,
            "passed": found.count(True),
            "failed": found.count(False),
            "not_applicable": found.count(None),
        }
        command = _command(text, families, out)
        manifest = manifest_of(found.subject.base.run, command, facts)
        page = verification_page(found, command, manifest, _validated(out, model, manifest))
        write_folder(folder, manifest, {FOLDER: found.frame()}, pages={PAGE: page})
    if not quiet:
        print("\n".join(summary(found)))
        print(f"Results: {shown(folder)} ({found.seconds:.1f} s)")
    if found.count(False):
        raise typer.Exit(FAILED)


def _command(text: str, families: int, out: Path) -> str:
    words = ["babs-sim", "verify", text, "--families", str(families)]
    if out != Path("results"):
        words += ["--out", str(out)]
    return shlex.join(words)


def _validated(out: Path, model: Model, manifest: dict[str, object]) -> "Validated | None":
    """Return what a folder of `babs-sim validate` beside this one says, None if there is none."""
    reference = str(model.values().setting("model.family.reference_place", ""))
    folder = out.expanduser() / "-".join(filter(None, ("validation", reference)))
    from babs_sim.report import validated_in
    from babs_sim.results import read

    inputs = manifest["inputs"]
    assert isinstance(inputs, dict)
    try:
        return validated_in(read(folder), inputs["files"])
    except Problems:
        return None


def summary(found: "Verification") -> list[str]:
    """Return the lines that say how many checks passed, and what the others saw."""
    lines = [
        f"{found.subject.experiment.title}: {len(found.findings)} checks; "
        f"{found.count(True)} passed, {found.count(False)} failed, "
        f"{found.count(None)} do not apply."
    ]
    for one in found.findings:
        if one.passed is False:
            lines.append(f"FAILED {one.domain}: {one.check}. {one.expectation} Seen: {one.seen}")
        elif one.passed is None:
            lines.append(f"{one.domain}: {one.check}. {one.expectation}")
    return [
        part for line in lines for part in textwrap.wrap(line, WIDEST, subsequent_indent="    ")
    ]
