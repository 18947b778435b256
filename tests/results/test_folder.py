"""A folder of results is complete or absent, and says what it was made from."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from babs_sim import results
from babs_sim.analysis import analyse
from babs_sim.errors import Problems
from babs_sim.parameters import Model
from babs_sim.results import folder as writing
from babs_sim.simulate import Run
from tests.results.small import random_ledger, run_of

FRAME = pd.DataFrame({"arm": ["NA", "1", ""], "value": [0.1, np.nan, -1 / 3], "year": [0, 1, 2]})
CHECKED = FRAME.assign(passed=[True, False, True])


@pytest.fixture
def run(model: Model) -> Run:
    return run_of(model, {"usual": random_ledger(1), "served": random_ledger(2)})


def write(run: Run, into: Path, **tables: pd.DataFrame) -> Path:
    return results.write(run, tables or {"summary": FRAME}, {"extra": 1}, into, "babs-sim run")


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_base_case_comes_back_as_it_was(run: Run, tmp_path: Path) -> None:
    case = analyse(run)
    tables = case.tables()
    folder = results.write(run, tables, case.facts(), tmp_path / "results", "babs-sim run x")
    assert folder == tmp_path / "results" / "small"
    assert beside(folder) == sorted(["manifest.json", *(f"{name}.csv" for name in tables)])
    back = results.read(folder)
    for name, frame in tables.items():
        found = back.table(name)
        pd.testing.assert_frame_equal(found, frame.astype(found.dtypes.to_dict()), check_exact=True)
    assert back.manifest["terms"]["qaly_value"] == {"name": "low", "pounds": 20_000.0}
    assert back.manifest["monte_carlo"]["blocks"] == 5


def test_results_show_themselves_in_a_notebook(run: Run, tmp_path: Path) -> None:
    folder = results.write(
        run, {"summary": FRAME}, {"title": "A <title>"}, tmp_path, "babs-sim run x", {"a.svg": b"1"}
    )
    page = results.read(folder)._repr_html_()
    assert "A &lt;title&gt;" in page and "<title>" not in page
    assert "table(&#x27;summary&#x27;)" in page and "3 rows: arm, value, year" in page
    assert "babs-sim run x" in page


def test_figures_stand_in_a_folder_of_their_own(run: Run, tmp_path: Path) -> None:
    folder = results.write(run, {}, {}, tmp_path, "babs-sim run x.toml", {"one.svg": b"<svg/>"})
    assert (folder / "figures" / "one.svg").read_bytes() == b"<svg/>"
    found = results.read(folder)
    assert found.manifest["figures"] == ["one.svg"]
    paths = results.add_figures(found, {"two.png": b"2", "one.svg": b"new"})
    assert [path.read_bytes() for path in paths] == [b"2", b"new"]
    assert sorted(p.name for p in (folder / "figures").iterdir()) == ["one.svg", "two.png"]


def test_two_writings_of_one_run_hold_the_same_bytes(run: Run, tmp_path: Path) -> None:
    case = analyse(run)
    one, other = (
        results.write(run, analyse(run).tables(), case.facts(), tmp_path / name, "x")
        for name in ("a", "b")
    )
    for path in one.glob("*.csv"):
        assert path.read_bytes() == (other / path.name).read_bytes()


def test_names_that_look_like_numbers_or_gaps_stay_text(run: Run, tmp_path: Path) -> None:
    back = results.read(write(run, tmp_path)).table("summary")
    assert back["arm"].tolist() == ["NA", "1", ""]
    assert back["year"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(back["value"], FRAME["value"])
    checked = results.read(write(run, tmp_path, checks=CHECKED)).table("checks")
    assert checked["passed"].tolist() == [True, False, True]


def test_an_empty_cell_is_a_figure_that_means_nothing(run: Run, tmp_path: Path) -> None:
    text = (write(run, tmp_path) / "summary.csv").read_text(encoding="utf-8")
    assert text.splitlines()[2] == "1,,1"


def test_the_manifest_says_how_to_run_it_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "measures.csv").write_text("name\n", encoding="utf-8")
    (tmp_path / "small.toml").write_text("title = 'x'\n", encoding="utf-8")
    experiment = replace(run.experiment, path=tmp_path / "small.toml")
    manifest = results.read(write(replace(run, experiment=experiment), tmp_path)).manifest
    assert manifest["inputs"] == {
        "model": "f" * 64,
        "files": {
            "parameters/measures.csv": sha256(b"name\n").hexdigest(),
            "small.toml": sha256(b"title = 'x'\n").hexdigest(),
        },
    }
    assert (manifest["seed"], manifest["families"], manifest["horizon_years"]) == (3, 20, 7)
    assert manifest["arms"][0] == {"name": "usual", "comparator": True, "set": {}}
    assert (manifest["command"], manifest["seconds"]) == ("babs-sim run", 1.5)
    assert (manifest["checks"], manifest["extra"]) == (["all is well"], 1)
    assert {"python", "babs-sim", "numpy", "numba"} <= set(manifest["versions"])
    columns = {"arm": "text", "value": "number", "year": "integer"}
    assert manifest["tables"]["summary"]["columns"] == columns


def test_numbers_that_json_cannot_hold_are_null(run: Run, tmp_path: Path) -> None:
    facts = {"errors": {"a": float("nan"), "b": [1.0, float("inf")]}}
    folder = results.write(run, {"summary": FRAME}, facts, tmp_path, "x")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["errors"] == {"a": None, "b": [1.0, None]}


def test_a_large_table_stands_as_parquet_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert writing.PARQUET_ABOVE == 100_000
    monkeypatch.setattr(writing, "PARQUET_ABOVE", 3)
    larger = pd.concat([FRAME, FRAME], ignore_index=True)
    folder = write(run, tmp_path, summary=FRAME, ledger=larger)
    assert beside(folder) == ["ledger.csv", "ledger.parquet", "manifest.json", "summary.csv"]
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "ledger.parquet"), larger)


def test_an_earlier_folder_is_replaced_whole(run: Run, tmp_path: Path) -> None:
    folder = write(run, tmp_path)
    (folder / "report.html").write_text("old", encoding="utf-8")
    write(run, tmp_path, summary=FRAME.head(1))
    assert beside(folder) == ["manifest.json", "summary.csv"]
    assert beside(tmp_path) == ["small"]
    assert len(results.read(folder).table("summary")) == 1


class Stop(BaseException):
    """Stands for Ctrl-C in the middle of writing."""


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("fault", [Stop, OSError])
def test_a_fault_while_writing_leaves_what_was_there(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    earlier: bool,
    fault: type[BaseException],
) -> None:
    if earlier:
        write(run, tmp_path)

    def fail(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(Problems if fault is OSError else fault):
        write(run, tmp_path)
    assert beside(tmp_path) == (["small"] if earlier else [])
    if earlier:
        assert len(results.read(tmp_path / "small").table("summary")) == 3


def test_a_fault_at_the_last_step_puts_the_earlier_folder_back(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(run, tmp_path)
    rename, calls = Path.rename, []

    def fail_second(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_second)
    with pytest.raises(Problems, match="No space left"):
        write(run, tmp_path, summary=FRAME.head(1))
    assert beside(tmp_path) == ["small"]
    assert len(results.read(folder).table("summary")) == 3


def test_a_folder_of_something_else_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    write(run, tmp_path)  # an empty folder may be used
    other = tmp_path / "other" / "small"
    other.mkdir(parents=True)
    (other / "thesis.doc").write_text("mine", encoding="utf-8")
    with pytest.raises(Problems, match="is not a folder of results"):
        write(run, tmp_path / "other")
    assert beside(other) == ["thesis.doc"]


def test_a_place_that_cannot_be_written_is_a_problem(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Problems, match="cannot be written"):
        write(run, tmp_path / "file")


def test_reading_says_what_is_wrong(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Problems, match="holds no results"):
        results.read(tmp_path)
    folder = write(run, tmp_path, summary=FRAME, ledger=FRAME)
    with pytest.raises(Problems, match="did you mean 'ledger'"):
        results.read(folder).table("leger")
    (folder / "ledger.csv").unlink()
    (folder / "summary.csv").write_text("arm\n", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        results.read(folder)
    assert [p.text for p in caught.value.problems] == [
        "there is no such file",
        "was changed after the run",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not a manifest"), ("{}", "is not a manifest"), ("[]", "is not a manifest"),
        ('{"format": 99, "tables": {}}', "reads format 1"),
    ],
)  # fmt: skip
def test_a_broken_manifest_is_a_problem(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(Problems, match=words):
        results.read(tmp_path)
