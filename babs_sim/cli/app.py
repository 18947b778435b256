"""The commands and their options; what they do stands in the modules beside this one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from babs_sim import __version__
from babs_sim.cli.guard import guarded

app = typer.Typer(
    name="babs-sim",
    help="What a parent-infant mental health service does to families, care entries and public "
    "money: simulated from tables that you can read and change.",
    epilog="Exit codes: 0 done, 2 bad input (every problem is listed), 1 a failure of ours, "
    "130 stopped with Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Kind(StrEnum):
    """What `babs-sim list` can list."""

    PARAMETERS = "parameters"
    OUTCOMES = "outcomes"
    MEASURES = "measures"
    EVENTS = "events"
    STATES = "states"
    EFFECTS = "effects"
    SOURCES = "sources"
    GRADES = "grades"
    TARGETS = "targets"
    PLACES = "places"
    EXPERIMENTS = "experiments"
    SCENARIOS = "scenarios"


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure of ours.")]
Folders = Annotated[
    list[Path] | None,
    typer.Option(
        "--parameters",
        "-p",
        metavar="DIR",
        help="Folder of tables; give it again for one on top.",
        show_default="./parameters, or else the shipped tables",
    ),
]
Place = Annotated[
    str,
    typer.Option(metavar="NAME", help="With the numbers of this place.", show_default=False),
]


Workers = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Threads; changes no number.", show_default="one for each core"
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Where the folder of results goes.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"babs-sim {__version__}")
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
@guarded
def run(
    experiment: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="An experiment file, or the name of one.")
    ],
    families: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Families, instead of the file's.")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Of the scenarios, only this one (the beginning of its name will do); give it "
            "again for another.",
            show_default="all",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Seed, instead of the file's.")
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="Draws of the parameters, instead of the file's."),
    ] = None,
    workers: Workers = None,
    backend: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What runs many points: threading, loky, dask, ray, dask:ADDRESS or ray:ADDRESS; "
            "changes no number.",
        ),
    ] = "threading",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an analysis that was stopped.")
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the folder of results goes.")
    ] = Path("results"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Run an experiment: write its folder of results and print the main figures."""
    from babs_sim.cli.running import Options, run_experiment

    options = Options(
        families, seed, draws, workers, backend, resume, out, quiet, tuple(scenario or ())
    )
    run_experiment(experiment, options)


@app.command()
@guarded
def trace(
    experiment: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="An experiment file, or the name of one.")
    ],
    family: Annotated[
        int | None, typer.Option(metavar="N", help="Number of the family, from 1.")
    ] = None,
    pick: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Pick a family instead: cost (largest difference in cost between the arms), care "
            "(first with fewer care entries) or median (of cost in the first arm).",
        ),
    ] = None,
    arms: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM",
            help="Name of an arm; give it again for another.",
            show_default="the comparator and the next",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Seed, instead of the file's.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Threads; changes no number.")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the folder of results goes.")
    ] = Path("results"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Follow one simulated family, with and without the service side by side."""
    from babs_sim.cli.tracing import trace_experiment

    trace_experiment(experiment, family, pick, arms or [], seed, workers, out, quiet)


@app.command()
@guarded
def family(
    file: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A family file, or the name of one.")
    ],
    families: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Families alike, instead of the file's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Seed, instead of the file's.")
    ] = None,
    workers: Workers = None,
    out: Out = Path("results"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Set published costs of one family beside what is expected of simulated families alike.

    Writes family.csv and a page; what cannot be added up is flagged.
    """
    from babs_sim.cli.one_family import value_family

    value_family(file, families, seed, workers, out, quiet)


@app.command()
@guarded
def check(
    experiment: Annotated[
        str | None, typer.Argument(metavar="FILE|NAME", help="One experiment.", show_default="all")
    ] = None,
    debug: Debug = False,
) -> None:
    """Check experiments and their tables, and list every problem at once; run nothing."""
    from babs_sim.cli.checking import check_experiments

    check_experiments(experiment)


@app.command("list")
@guarded
def list_(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="What to list.")],
    word: Annotated[
        str,
        typer.Argument(metavar="WORD", help="Only lines that hold this.", show_default=False),
    ] = "",
    parameters: Folders = None,
    place: Place = "",
    debug: Debug = False,
) -> None:
    """List what the tables hold, one a line."""
    from babs_sim.cli.listing import show_list

    show_list(kind.value, word, parameters or [], place)


@app.command()
@guarded
def explain(
    first: Annotated[
        str, typer.Argument(metavar="DIR|PARAMETER", help="A parameter, or a results folder…")
    ],
    second: Annotated[
        str | None, typer.Argument(metavar="NAME", help="… and a parameter or measure in it.")
    ] = None,
    parameters: Folders = None,
    place: Place = "",
    debug: Debug = False,
) -> None:
    """Explain a number: value, interval, source, file and line, and where it lands.

    With a results folder before the name: the number as it was in that run, or a measure of it
    by its pieces, with quantities, prices and sources.
    """
    from babs_sim.cli.explaining import explain_in_results, explain_in_tables

    if second is None:
        explain_in_tables(first, parameters or [], place)
    else:
        explain_in_results(Path(first), second)


@app.command()
@guarded
def validate(
    place: Place = "",
    families: Annotated[
        int, typer.Option(min=2, metavar="N", help="Births to simulate.")
    ] = 500_000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed.")] = 1,
    workers: Workers = None,
    parameters: Folders = None,
    out: Out = Path("results"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Hold births without the service against published figures (targets.csv).

    Writes validation.csv and its chart; a figure out of its band is shown, and no failure.
    """
    from babs_sim.cli.validating import validate_model

    validate_model(parameters or [], place, families, seed, workers, out, quiet)


@app.command()
@guarded
def verify(
    experiment: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="An experiment file, or the name of one.")
    ] = "base_case",
    families: Annotated[
        int, typer.Option(min=200, metavar="N", help="Families of each run.")
    ] = 2_000,
    workers: Workers = None,
    out: Out = Path("results"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check that the program computes what it says: run an experiment from changed tables.

    Writes verification.csv and a page. Exit code 1 if a check failed.
    """
    from babs_sim.cli.verifying import verify_experiment

    verify_experiment(experiment, families, workers, out, quiet)


@app.command()
@guarded
def calibrate(
    families: Annotated[
        int, typer.Option(min=100, metavar="N", help="Births of each trial.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed.")] = 1,
    evaluations: Annotated[
        int, typer.Option(min=1, metavar="N", help="Most trials of the search.")
    ] = 120,
    points: Annotated[
        int, typer.Option(min=4, metavar="N", help="Further trials for the posterior.")
    ] = 80,
    draws: Annotated[
        int, typer.Option(min=0, metavar="N", help="Draws from the posterior; 0 for none.")
    ] = 0,
    workers: Workers = None,
    parameters: Folders = None,
    out: Out = Path("results"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Move free parameters (calibration.csv) to the calibration targets (targets.csv).

    Writes the record, a folder of tables with the best values and, with --draws, the posterior.
    Targets that are held out are never looked at.
    """
    from babs_sim.cli.calibrating import calibrate_model

    calibrate_model(
        parameters or [], families, seed, evaluations, points, draws, workers, out, quiet
    )


@app.command()
@guarded
def causes(
    families: Annotated[
        int, typer.Option(min=20, metavar="N", help="Births to simulate for each driver.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed.")] = 1,
    workers: Workers = None,
    parameters: Folders = None,
    out: Out = Path("results"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Show what each driver does along all chains, and draw the causal argument on one page.

    Flags figures that a chain may count twice.
    """
    from babs_sim.cli.reasoning import show_causes

    show_causes(parameters or [], families, seed, workers, out, quiet)


@app.command()
@guarded
def plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.")],
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="ranking (of scenarios), cashflow, tornado, two_way, plane, acceptability (with "
            "expected loss), payback, convergence, budget, service or claim_places.",
            show_default="all that the run has",
        ),
    ] = "",
    debug: Debug = False,
) -> None:
    """Draw the figures of a run into its folder: SVG, PNG, the table drawn, and words for it."""
    from babs_sim.cli.plotting import plot_results

    plot_results(folder, kind)


@app.command()
@guarded
def workbook(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.")],
    debug: Debug = False,
) -> None:
    """Write the tables of a run into its folder as one accessible spreadsheet, workbook.xlsx."""
    from babs_sim.cli.booking import write_workbook

    write_workbook(folder)


@app.command()
@guarded
def book(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the page goes.")] = Path(
        "book.html"
    ),
    parameters: Folders = None,
    place: Place = "",
    debug: Debug = False,
) -> None:
    """Write the model book: every state, event, effect, cost and source, from the tables."""
    from babs_sim.cli.documenting import write_book

    write_book(parameters or [], place, out)


@app.command()
@guarded
def compare(
    one: Annotated[Path, typer.Argument(metavar="A", help="A folder of results.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A CSV of all figures side by side.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="End with code 1 where anything differs.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Say what changed between two runs: setting, versions, parameters and results."""
    from babs_sim.cli.contrasting import compare_results

    if not compare_results(one, other, out) and check:
        raise typer.Exit(1)


@app.command()
@guarded
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the page goes.", show_default="DIR/report.html"),
    ] = None,
    arm: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The arm that the page is about.", show_default="the first"
        ),
    ] = "",
    debug: Debug = False,
) -> None:
    """Write the report of a run: one page, from the answer to how to see it again."""
    from babs_sim.cli.reporting import report_results

    report_results(folder, out, arm)


@app.command()
@guarded
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or existing folder.")],
    debug: Debug = False,
) -> None:
    """Copy the shipped tables and experiments to a folder, to edit them there."""
    from babs_sim.cli.starting import copy_shipped

    copy_shipped(folder)


def main() -> None:
    """Run the command line and exit."""
    app(prog_name="babs-sim")
