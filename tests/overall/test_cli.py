"""The command line: what each command prints, writes and returns."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import babs_sim
from babs_sim.cli import running
from babs_sim.cli.app import Kind, app
from babs_sim.cli.progress import Bar
from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.uses import row_of, uses
from babs_sim.tables import shipped

FEW = ["--families", "60"]
HEAVY = ("numpy", "numba", "pandas", "scipy", "pyarrow", "joblib", "matplotlib", "pydantic", "rich")


def call(*words: object) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of ``babs-sim words``."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def python(*words: str) -> "subprocess.Popen[str]":
    """Start Python on this very package."""
    above = str(Path(babs_sim.__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": above},
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def model() -> Model:
    return read_parameters([shipped() / "parameters"], "knowsley")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A finished run of the shipped base case in an empty folder: its results and what it said."""
    folder = tmp_path_factory.mktemp("finished")
    before = Path.cwd()
    os.chdir(folder)
    try:
        code, out, err = call("run", "base_case", *FEW)
    finally:
        os.chdir(before)
    assert code == 0, err
    return folder / "results" / "base_case", out, err


# -- help and usage


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, babs_sim.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert python("-c", code).communicate() == ("[]\n", "")


@pytest.mark.parametrize("command", ["", "run", "check", "list", "explain", "init"])
def test_help(command: str) -> None:
    code, out, err = call(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert "Usage:" in out


def test_version_is_one_everywhere() -> None:
    assert call("--version")[1] == f"babs-sim {babs_sim.__version__}\n"
    root = Path(babs_sim.__file__).parent.parent
    if (root / "CITATION.cff").is_file():
        assert f"\nversion: {babs_sim.__version__}\n" in (root / "CITATION.cff").read_text("utf-8")
        assert f"\n## [{babs_sim.__version__}]" in (root / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "base_case", "--families", "1"],
        ["run", "base_case", "--families", "many"],
        ["run", "base_case", "--seed", "-1"],
        ["run", "base_case", "--workers", "0"],
        ["run", "base_case", "--colour"],
        ["list", "everything"],
        ["explain"],
        ["init"],
        ["fly"],
    ],
)
def test_wrong_usage_is_bad_input(words: list[str], empty: Path) -> None:
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert "Usage: " in err
    assert not list(empty.iterdir())


# -- run


def test_run_writes_and_says_where(finished: tuple[Path, str, str]) -> None:
    folder, out, err = finished
    names = {
        "summary",
        "incremental",
        "outcomes",
        "claims",
        "ledger",
        "cashflow",
        "events",
        "states_by_age",
        "parameters",
    }
    assert {p.name for p in folder.iterdir()} == {f"{n}.csv" for n in names} | {
        "manifest.json",
        "claims.html",
    }
    *lines, last = out.splitlines()
    assert "compared with usual care" in lines[0]
    assert 6 <= lines.index("") <= 14, "what is read first is short"
    assert re.fullmatch(r"Results: results/base_case \(\d+\.\d s\)", last)
    assert err == "", "no bar where nobody watches"


def test_manifest_says_how_to_get_it_again(finished: tuple[Path, str, str]) -> None:
    manifest = json.loads((finished[0] / "manifest.json").read_text("utf-8"))
    assert manifest["command"] == "babs-sim run base_case --families 60"
    assert manifest["families"] == 60


def test_workers_change_nothing_and_quiet_says_nothing(
    finished: tuple[Path, str, str], empty: Path
) -> None:
    words = ["--quiet", "--workers", 1, "--out", "elsewhere"]
    assert call("run", "base_case", *FEW, *words) == (0, "", "")
    for name in ("summary", "incremental", "ledger", "cashflow", "events"):
        mine, first = (f / f"{name}.csv" for f in (Path("elsewhere/base_case"), finished[0]))
        assert mine.read_bytes() == first.read_bytes()


def test_seed_changes_the_families(finished: tuple[Path, str, str], empty: Path) -> None:
    assert call("run", "base_case", *FEW, "--seed", 2, "--quiet")[0] == 0
    mine = Path("results/base_case")
    assert json.loads((mine / "manifest.json").read_text("utf-8"))["seed"] == 2
    assert (mine / "summary.csv").read_bytes() != (finished[0] / "summary.csv").read_bytes()


def test_unknown_experiment_gives_the_nearest(empty: Path) -> None:
    code, out, err = call("run", "base_cas")
    assert (code, out) == (2, "")
    assert err == "base_cas: there is no such experiment — did you mean 'base_case'?\n"


def test_bad_input_lists_all_problems_and_leaves_results(
    finished: tuple[Path, str, str], empty: Path
) -> None:
    shutil.copytree(finished[0], "results/base_case")
    before = contents(Path("results"))
    text = (shipped() / "experiments" / "base_case.toml").read_text("utf-8")
    text = text.replace("../parameters", str(shipped() / "parameters"))
    text = text.replace('place = "knowsley"', 'place = "knowsly"')
    text = text.replace("families = 20000", "families = 1\ncolour = 2")
    Path("base_case.toml").write_text(text, encoding="utf-8")
    code, out, err = call("run", "base_case.toml")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 3
    assert all(re.match(r"base_case\.toml:\d+: [\w.]+: ", line) for line in lines)
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)
    assert contents(Path("results")) == before


def test_what_is_no_results_folder_is_refused_before_the_run(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mine/base_case").mkdir(parents=True)
    Path("mine/base_case/thesis.txt").write_text("years of work", encoding="utf-8")
    monkeypatch.setattr("babs_sim.simulate.run", _fails)
    code, _, err = call("run", "base_case", "--out", "mine")
    assert code == 2
    assert err.startswith("mine/base_case: is not a folder of results")
    assert contents(empty) == {"mine/base_case/thesis.txt": b"years of work"}


# -- how commands end


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("a wheel came off")


def _stops(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_failure_of_ours(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babs_sim.simulate.run", _fails)
    code, out, err = call("run", "base_case", *FEW)
    assert (code, out) == (1, "")
    assert err.startswith("babs-sim failed: RuntimeError: a wheel came off\n")
    assert "report" in err
    assert babs_sim.__version__ in err
    assert "Traceback" not in err
    assert not (empty / "results").exists()
    code, _, err = call("run", "base_case", *FEW, "--debug")
    assert code == 1
    assert "Traceback" in err


def test_a_full_disk_is_not_called_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "load", full)
    code, _, err = call("run", "base_case")
    assert code == 1
    assert err.splitlines() == ["babs-sim stopped: OSError: [Errno 28] No space left on device"]


def test_control_c(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babs_sim.simulate.run", _stops)
    assert call("run", "base_case", *FEW) == (130, "", "Stopped.\n")
    assert not list(empty.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently")
def test_a_reader_that_goes_away_is_no_error() -> None:
    with python("-m", "babs_sim", "list", "parameters") as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        err = listing.stderr.read()
        assert (listing.wait(), err) == (0, "")


def test_as_a_module() -> None:
    out, err = python("-m", "babs_sim", "--version").communicate()
    assert (out, err) == (f"babs-sim {babs_sim.__version__}\n", "")


# -- progress


def test_the_bar_names_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with Bar() as bar:
        bar(0, 10, "living the lives")
        bar(10, 10, "living the lives")
        bar(0, 1, "writing")
    assert "living the lives" in screen.getvalue()
    assert "writing" in screen.getvalue()
    silent = Terminal()
    monkeypatch.setattr(sys, "stderr", silent)
    with Bar(quiet=True) as bar:
        bar(0, 10, "living the lives")
    assert silent.getvalue() == ""


# -- list


@pytest.mark.parametrize("kind", list(Kind))
def test_list(kind: Kind) -> None:
    code, out, err = call("list", kind.value)
    assert (code, err) == (0, "")
    names = [re.split(" {2,}", line)[0] for line in out.splitlines()]
    assert names
    if kind is not Kind.EFFECTS:
        assert len(set(names)) == len(names)


def test_list_holds_every_parameter(model: Model) -> None:
    _, out, _ = call("list", "parameters", "--place", "knowsley")
    assert [line.split()[0] for line in out.splitlines()] == sorted(model.parameters)


def test_list_names_every_measure_that_is_written(finished: tuple[Path, str, str]) -> None:
    _, out, _ = call("list", "measures")
    listed = [line.split()[0] for line in out.splitlines()]
    known = re.compile("|".join(re.sub("VALUE|PAYER|N$", r"\\w+", name) for name in listed))
    written = {row["measure"] for name in ("summary", "incremental")
               for row in rows(finished[0] / f"{name}.csv")}  # fmt: skip
    assert {name for name in written if not known.fullmatch(name)} == set()


def test_list_by_word() -> None:
    code, out, _ = call("list", "events", "ADOPT")
    assert code == 0
    assert out.splitlines()
    assert all("adopt" in line.casefold() for line in out.splitlines())
    assert call("list", "events", "unicorn")[0] == 2


def test_list_in_the_current_folder_comes_first(empty: Path) -> None:
    shutil.copytree(shipped() / "parameters", "parameters")
    path = Path("parameters/payers.csv")
    _, out, _ = call("list", "parameters")
    assert "parameters/unit_costs.csv:" in out
    path.unlink()
    code, _, err = call("list", "parameters")
    assert code == 2
    assert "parameters/payers.csv" in err


# -- explain


def test_every_parameter_lands_somewhere(model: Model) -> None:
    assert [name for name in model.parameters if not uses(model, name)] == []


def test_what_is_named_as_a_use_exists(model: Model) -> None:
    events = {row.name for row in model.table("events")}
    measures = {row.name for row in model.table("measures")}
    costs = {row.name for row in model.table("unit_costs")}
    for name in model.parameters:
        for line in uses(model, name):
            _start, _, _named = line.rpartition(" ")
            words = re.split(r", | and ", re.sub(r" and \d+ more$", "", line))
            for prefix, known in (
                ("the measures ", measures),
                ("that costs ", costs),
                ("that in turn acts on ", events),
            ):
                if line.startswith(prefix):
                    first, *others = words
                    assert {first.removeprefix(prefix), *others} <= known


def test_explain_a_cost(empty: Path, model: Model) -> None:
    for cost in model.table("unit_costs"):
        code, out, err = call("explain", cost.key, "--place", "knowsley")
        assert (code, err) == (0, "")
        parameter = model.parameters[cost.key]
        text = " ".join(out.split())
        assert f"£{parameter.value:,.2f} in prices of {cost.price_year}" in text
        assert f"{Path(parameter.file).name}, line {parameter.line}" in text
        assert f"paid {cost.basis} for {cost.applies_to}" in text
        assert parameter.source in text


def test_explain_names_the_line_that_holds_it(model: Model) -> None:
    for name, parameter in model.parameters.items():
        row = row_of(model, name)
        if row is not None and parameter.file.endswith(".csv"):
            line = Path(parameter.file).read_text("utf-8").splitlines()[parameter.line - 1]
            assert f"{parameter.raw_value:g}" in line or str(parameter.raw_value) in line


def test_explain_a_setting_and_an_unknown_name() -> None:
    code, out, _ = call("explain", "service.open")
    assert code == 0
    assert "service.toml, line" in out
    code, out, err = call("explain", "cost.foster_placment")
    assert (code, out) == (2, "")
    assert "did you mean 'cost.foster_placement'?" in err


def test_explain_in_results(finished: tuple[Path, str, str], empty: Path) -> None:
    code, out, err = call("explain", finished[0], "cost.foster_placement")
    assert (code, err) == (0, "")
    paid = sum(
        float(row["pounds"])
        for row in rows(finished[0] / "ledger.csv")
        if (row["arm"], row["item"]) == ("BABS", "foster_placement")
    )
    text = " ".join(out.split())
    assert f"BABS: £{paid:,.2f} a family" in text
    assert "counts in the perspectives" in text, "the tables are still those of the run"
    assert call("explain", finished[0], "cost.foster")[0] == 2
    assert call("explain", empty, "cost.foster_placement")[0] == 2


def test_explain_in_results_of_other_tables(empty: Path) -> None:
    assert call("init", ".")[0] == 0
    assert call("run", "base_case", *FEW, "--quiet")[0] == 0
    path = Path("parameters/unit_costs.csv")
    path.write_text(path.read_text("utf-8").replace(",4500,", ",4600,"), encoding="utf-8")
    code, out, _ = call("explain", "results/base_case", "cost.therapy")
    assert code == 0
    assert "£4,500.00" in out
    assert "not those of this run any more" in out
    assert "£4,600.00" in call("explain", "cost.therapy")[1]


# -- check


def test_check(empty: Path) -> None:
    code, out, err = call("check")
    assert (code, err) == (0, "")
    assert "base_case.toml: fine" in out
    code, out, _ = call("check", "base_case")
    assert code == 0
    assert len(out.splitlines()) == 1


def test_check_of_one_bad_and_one_good(empty: Path) -> None:
    assert call("init", ".")[0] == 0
    text = Path("experiments/base_case.toml").read_text("utf-8")
    Path("experiments/odd.toml").write_text(
        text.replace("horizon_years = 18", "horizon_years = 0"), encoding="utf-8"
    )
    code, out, err = call("check")
    assert code == 2
    assert "experiments/base_case.toml: fine" in out
    assert re.fullmatch(r"experiments/odd\.toml:\d+: cohort\.horizon_years: .*\n", err)


# -- init


def test_init_copies_what_ships(empty: Path) -> None:
    code, out, err = call("init", "work/borough")
    assert (code, err) == (0, "")
    for name in ("parameters", "experiments"):
        assert contents(empty / "work/borough" / name) == contents(shipped() / name)
    assert {p.name for p in (empty / "work/borough").iterdir()} == {"parameters", "experiments"}
    assert "babs-sim run base_case" in out


def test_init_overwrites_nothing(empty: Path) -> None:
    Path("mine/parameters").mkdir(parents=True)
    Path("mine/parameters/notes.txt").write_text("mine", encoding="utf-8")
    code, out, err = call("init", "mine")
    assert (code, out) == (2, "")
    assert err.startswith("mine/parameters: exists already and is not overwritten")
    Path("file").write_text("a file", encoding="utf-8")
    assert call("init", "file")[0] == 2
    assert contents(empty) == {"mine/parameters/notes.txt": b"mine", "file": b"a file"}


def test_init_that_fails_half_way_leaves_nothing(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def first_only(self: Path, target: Path) -> Path:
        if self.name == "experiments":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", first_only)
    code, _, err = call("init", "new/place")
    assert (code, err) == (2, "new/place: cannot be written: No space left on device\n")
    assert not list(empty.iterdir())
