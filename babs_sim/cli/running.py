"""`babs-sim run`: simulate, compare, write, and say what came out."""

import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.cli.budgeting import BUDGET_FIGURES, budgets_found, budgets_of
from babs_sim.cli.progress import Bar
from babs_sim.experiment import find_experiment, load
from babs_sim.experiment.scenarios import with_scenarios
from babs_sim.experiment.schema import KEYS
from babs_sim.tables import shown

if TYPE_CHECKING:
    from pandas import DataFrame

    from babs_sim.analysis import BaseCase
    from babs_sim.analysis.study import Found
    from babs_sim.experiment import Experiment
    from babs_sim.parameters import Model
    from babs_sim.results.checkpoints import Checkpoints
    from babs_sim.simulate import Run


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of a run; None leaves what the file says."""

    families: int | None = None
    seed: int | None = None
    draws: int | None = None
    workers: int | None = None
    backend: str = "threading"
    resume: bool = False
    out: Path = Path("results")
    quiet: bool = False
    scenarios: tuple[str, ...] = ()


def run_experiment(text: str, options: Options) -> None:
    """Run one experiment and print its main figures; raises `Problems` for bad input."""
    began = time.perf_counter()
    path = find_experiment(text)
    experiment, model = load(path)
    experiment = _changed(experiment, options)
    if options.scenarios:
        experiment = with_scenarios(experiment, options.scenarios)
    out = options.out.expanduser()
    folder = out / experiment.name

    from babs_sim.analysis import (
        analyse,
        bands_shown,
        check_measures,
        headline,
        outcomes_shown,
    )
    from babs_sim.analysis.equity_tables import run_equity
    from babs_sim.report import claims_page
    from babs_sim.results import check_place, write
    from babs_sim.simulate import run
    from babs_sim.simulate.backends import check_backend

    check_place(folder)
    check_backend(options.backend)
    check_measures(experiment, model)
    workers = options.workers or cores()
    with Bar(options.quiet) as bar, _kept(experiment, model, folder, options) as kept:
        outcome = run(experiment, model, workers=workers, progress=bar)
        case = analyse(outcome)
        found = _analyses(experiment, model, kept, bar, workers, options.backend)
        found = found.and_(run_equity(case))
        budgets = budgets_of(experiment, model, case, workers, bar)
        few = () if found.tables else BUDGET_FIGURES
        found = found.and_(budgets_found(case, budgets))
        bar(0, 1, "writing")
        command = _command(text, options)
        pages = {"claims.html": claims_page(case)} if case.claims else {}
        tables = {**case.tables(), **found.tables}
        facts = {**case.facts(), **found.facts}
        figures = _figures(outcome, tables, facts, few)
        if found.tables:
            pages |= _report(outcome, tables, facts, command, out)
        folder = write(outcome, tables, facts, out, command, figures, pages)
    if not options.quiet:
        lines = [*headline(case), *outcomes_shown(case), *bands_shown(case), *found.lines]
        print("\n".join(lines))
        print(_closing(case, folder, time.perf_counter() - began))


@contextmanager
def _kept(
    experiment: "Experiment", model: "Model", folder: Path, options: Options
) -> "Iterator[Checkpoints | None]":
    """Keep what is finished of the analyses until their results are written."""
    from babs_sim.analysis.kinds import asked_for
    from babs_sim.analysis.study import stamp_of
    from babs_sim.results.checkpoints import Checkpoints, work_folder

    if not asked_for(experiment):
        yield None
        return
    kept = Checkpoints(work_folder(folder))
    stamp: dict[str, str] = {}
    for number, analysis in enumerate(asked_for(experiment), start=1):
        for name, state in stamp_of(experiment, model, analysis).items():
            stamp[f"analysis {number}" if name == "analysis" else name] = state
    kept.open(stamp, options.resume)
    try:
        yield kept
    except KeyboardInterrupt:
        if kept.anything():
            raise KeyboardInterrupt("Stopped; --resume goes on from here.") from None
        raise
    else:
        kept.remove()
    finally:
        if not kept.anything():
            kept.remove()


def _analyses(
    experiment: "Experiment", model: "Model", kept: "Checkpoints | None", bar: Bar, workers: int,
    backend: str,
) -> "Found":  # fmt: skip
    from babs_sim.analysis.kinds import run_analyses
    from babs_sim.analysis.study import Conditions

    conditions = Conditions(workers, backend, None, bar, kept)
    return run_analyses(experiment, model, conditions)


def _figures(
    outcome: "Run", tables: "Mapping[str, DataFrame]", facts: Mapping[str, object],
    few: Sequence[str] = (),
) -> dict[str, bytes]:  # fmt: skip
    """Return the files of all figures that a run has, or of those of the kinds ``few`` alone."""
    from babs_sim.plots import rendered
    from babs_sim.plots.drawing import kinds_of, pictures
    from babs_sim.results import manifest_of

    manifest = manifest_of(outcome, "", facts)
    files: dict[str, bytes] = {}
    kinds = [kind for kind in kinds_of(tables, manifest) if not few or kind in few]
    for picture in pictures(tables.__getitem__, manifest, kinds):
        files |= rendered(picture)
    return files


def _report(
    outcome: "Run", tables: "Mapping[str, DataFrame]", facts: Mapping[str, object], command: str,
    out: Path,
) -> dict[str, str]:  # fmt: skip
    """Return the page of a run by its file name; none where the run compares nothing."""
    from babs_sim.cli.reporting import beside
    from babs_sim.report import report_page
    from babs_sim.report.page import PAGE
    from babs_sim.results import manifest_of, plain

    manifest = plain({**manifest_of(outcome, command, facts), "tables": dict.fromkeys(tables)})
    assert isinstance(manifest, dict)
    page = report_page(tables.__getitem__, manifest, *beside(out, manifest["inputs"]["files"]))
    return {PAGE: page} if page else {}


def cores() -> int:
    """Return the number of processor cores that this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _changed(experiment: "Experiment", options: Options) -> "Experiment":
    """Return the experiment with the sizes of the command line: they hold for all its analyses."""
    changes = {"families": options.families, "seed": options.seed}
    given = {name: number for name, number in changes.items() if number is not None}
    sizes = {"families": options.families, "draws": options.draws}
    analyses = tuple(
        one.model_copy(update={
            name: number for name, number in sizes.items()
            if number is not None and name in KEYS[one.kind]
        })
        for one in experiment.analyses
    )  # fmt: skip
    cohort = experiment.cohort.model_copy(update=given)
    return replace(experiment, cohort=cohort, analyses=analyses)


def _command(text: str, options: Options) -> str:
    """Return the command that gives these results again."""
    words = ["babs-sim", "run", text]
    for name in ("families", "seed", "draws"):
        value = getattr(options, name)
        if value is not None:
            words += [f"--{name}", str(value)]
    for name in options.scenarios:
        words += ["--scenario", name]
    if options.out != Path("results"):
        words += ["--out", str(options.out)]
    return shlex.join(words)


def _closing(case: "BaseCase", folder: Path, seconds: float) -> str:
    more = list(case.incremental)[1:]
    others = f" The other arms ({', '.join(more)}) are in incremental.csv." if more else ""
    return f"{others}\nResults: {shown(folder)} ({seconds:.1f} s)".lstrip("\n")
