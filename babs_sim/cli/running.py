"""`babs-sim run`: simulate, compare, write, and say what came out."""

import os
import shlex
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.cli.budgeting import budgets_of, budgets_shown, pictures_of
from babs_sim.cli.progress import Bar
from babs_sim.experiment import find_experiment, load
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.analysis import BaseCase
    from babs_sim.experiment import Experiment


def run_experiment(
    text: str,
    families: int | None,
    seed: int | None,
    workers: int | None,
    out: Path,
    quiet: bool,
) -> None:
    """Run one experiment and print its main figures; raises `Problems` for bad input."""
    began = time.perf_counter()
    path = find_experiment(text)
    experiment, model = load(path)
    experiment = _changed(experiment, families, seed)
    folder = out.expanduser() / experiment.name

    from babs_sim.analysis import (
        analyse,
        bands_shown,
        check_measures,
        headline,
        outcomes_shown,
    )
    from babs_sim.analysis.budget import budget_checks, budget_frame, programme_frame
    from babs_sim.report import claims_page
    from babs_sim.results import check_place, write
    from babs_sim.simulate import run

    check_place(folder)
    check_measures(experiment, model)
    with Bar(quiet) as bar:
        outcome = run(experiment, model, workers=workers or cores(), progress=bar)
        bar(0, 1, "writing")
        case = analyse(outcome)
        tables, facts = case.tables(), case.facts()
        budgets = budgets_of(experiment, model, case, workers or cores(), bar)
        if budgets:
            tables |= {
                "budget": budget_frame(budgets),
                "programme": programme_frame(budgets),
            }
            facts["checks"] = [*case.checks(), *budget_checks(budgets)]
        pictures = pictures_of(case, budgets)
        command = _command(text, families, seed, out)
        pages = {"claims.html": claims_page(case)} if case.claims else {}
        folder = write(
            outcome, tables, facts, out.expanduser(), command, figures=pictures, pages=pages
        )
    if not quiet:
        print("\n".join([*headline(case), *outcomes_shown(case), *bands_shown(case)]))
        print("\n".join(budgets_shown(budgets)))
        print(_closing(case, folder, time.perf_counter() - began))


def cores() -> int:
    """Return the number of processor cores that this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _changed(experiment: "Experiment", families: int | None, seed: int | None) -> "Experiment":
    changes = {"families": families, "seed": seed}
    given = {name: number for name, number in changes.items() if number is not None}
    return replace(experiment, cohort=experiment.cohort.model_copy(update=given))


def _command(text: str, families: int | None, seed: int | None, out: Path) -> str:
    """Return the command that gives these results again."""
    words = ["babs-sim", "run", text]
    for option, value in (("--families", families), ("--seed", seed)):
        if value is not None:
            words += [option, str(value)]
    if out != Path("results"):
        words += ["--out", str(out)]
    return shlex.join(words)


def _closing(case: "BaseCase", folder: Path, seconds: float) -> str:
    more = list(case.incremental)[1:]
    others = f" The other arms ({', '.join(more)}) are in incremental.csv." if more else ""
    return f"{others}\nResults: {shown(folder)} ({seconds:.1f} s)".lstrip("\n")
