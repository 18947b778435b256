"""`babs-sim trace`: the life of one family, arms side by side, in the terminal and as a folder."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babs_sim.cli.progress import Bar
from babs_sim.cli.running import cores
from babs_sim.errors import Problem, Problems, nearest, raise_if
from babs_sim.experiment import find_experiment, load
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.analysis.tracing import Trace
    from babs_sim.experiment import Experiment

MOST_ARMS = 4


def trace_experiment(
    text: str,
    family: int | None,
    pick: str | None,
    arms: Sequence[str],
    seed: int | None,
    workers: int | None,
    out: Path,
    quiet: bool,
) -> None:
    """Trace one family and write ``out/<experiment>_trace_<family>/``; raises `Problems`."""
    began = time.perf_counter()
    _check_choice(family, pick)
    experiment, model = load(find_experiment(text))
    if seed is not None:
        cohort = experiment.cohort.model_copy(update={"seed": seed})
        experiment = replace(experiment, cohort=cohort)
    names = _arms(experiment, arms)

    from babs_sim.analysis.tracing import check_family, check_pick, trace_family
    from babs_sim.simulate.single import prepare

    if pick is not None:
        check_pick(pick, model, names)
    else:
        check_family(family, experiment.cohort.families)
    with Bar(quiet) as bar:
        prepared = prepare(experiment, model, names, workers or cores(), bar)
        bar(0, 1, "finding the family" if pick else "living the life")
        found = trace_family(prepared, family, pick or "")
        bar(0, 1, "drawing")
        command = _command(text, found.family, arms, seed, out)
        folder = _write(found, names, out.expanduser(), command, time.perf_counter() - began)
    if not quiet:
        show(found)
        print(f"Results: {shown(folder)} ({time.perf_counter() - began:.1f} s)")


def _check_choice(family: int | None, pick: str | None) -> None:
    if family is None and pick is None:
        hint = "name a family by its number, or pick one: --pick cost, care or median"
        raise Problems([Problem("", None, "--family", "is missing", hint=hint)])
    if family is not None and pick is not None:
        hint = "leave one of the two out"
        raise Problems([Problem("", None, "--pick", "stands beside --family", pick, hint)])


def _arms(experiment: "Experiment", wanted: Sequence[str]) -> list[str]:
    """Return the arms to trace: those wanted, or the comparator and the first other arm."""
    known = [arm.name for arm in experiment.arms]
    problems = [
        Problem("", None, "--arms", "the experiment has no such arm", name, nearest(name, known))
        for name in wanted
        if name not in known
    ]
    if len(dict.fromkeys(wanted)) > MOST_ARMS:
        text = f"at most {MOST_ARMS} arms stand side by side"
        problems.append(Problem("", None, "--arms", text, hint="name fewer"))
    raise_if(problems)
    if wanted:
        return list(dict.fromkeys(wanted))
    base = experiment.comparator.name
    return [base, *[name for name in known if name != base][:1]]


def _command(text: str, family: int, arms: Sequence[str], seed: int | None, out: Path) -> str:
    words = ["babs-sim", "trace", text, "--family", str(family)]
    for arm in arms:
        words += ["--arms", arm]
    if seed is not None:
        words += ["--seed", str(seed)]
    if out != Path("results"):
        words += ["--out", str(out)]
    return shlex.join(words)


def _write(trace: "Trace", arms: Sequence[str], out: Path, command: str, seconds: float) -> Path:
    from babs_sim.analysis import timeline
    from babs_sim.plots import rendered
    from babs_sim.plots.lanes import lanes
    from babs_sim.results import write
    from babs_sim.simulate import Run

    name = f"{trace.experiment.name}_trace_{trace.family}"
    tables = timeline.tables(trace)
    words = timeline.words(trace)
    picture = lanes(
        tables["spells"],
        tables["events"],
        tables["accrual"],
        timeline.lives_frame(trace),
        arms=arms,
        title=words.title,
        subtitle=f"{words.difference} {words.subtitle}",
        caption=words.caption,
    )
    run = Run(
        replace(trace.experiment, name=name),
        trace.model,
        tuple(arms),
        tuple(arm.one.ledger for arm in trace.arms),
        seconds,
        ("both engines count the same events",),
    )
    facts = {"family": trace.family, "picked": trace.chosen, "traced_arms": list(arms)}
    return write(run, tables, facts, out, command, rendered(picture))


def show(trace: "Trace") -> None:
    """Print a trace: what happens side by side, then what it comes to."""
    from rich.console import Console

    from babs_sim.analysis import timeline

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=118)
    words = timeline.words(trace)
    console.print(f"[bold]{words.title}[/bold]", soft_wrap=True)
    console.print(words.subtitle)
    console.print(_moments(trace))
    console.print(_sums(trace))
    console.print(words.difference)
    console.print(words.caution)


def _moments(trace: "Trace") -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from babs_sim.analysis import timeline
    from babs_sim.analysis.wording import pounds

    names = [arm.name for arm in trace.arms]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Age of child", no_wrap=True)
    table.add_column("What happens")
    for name in names:
        table.add_column(name, justify="center")
    for name in names:
        table.add_column(f"£ so far\n{name}", justify="right")
    for name in names:
        table.add_column(f"QALYs\n{name}", justify="right")
    for moment in timeline.moments(trace):
        here = ["●" if a in moment.arms else "–" for a in range(len(names))]
        table.add_row(
            timeline.age_words(moment.age),
            moment.label,
            *here,
            *(pounds(trace.cost(arm, moment.age)) for arm in trace.arms),
            *(f"{trace.qalys(arm, moment.age):.3f}" for arm in trace.arms),
            style="" if len(moment.arms) == len(names) else "bold",
        )
    return table


def _sums(trace: "Trace") -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from babs_sim.analysis import timeline

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("In all")
    for arm in trace.arms:
        table.add_column(arm.name, justify="right")
    for arm in trace.arms[1:]:
        table.add_column(f"{arm.name}, change", justify="right")
    for label, cells in timeline.sums(trace):
        table.add_row(label, *cells, style="bold" if label in timeline.TOTALS else "")
    return table
