"""The README's examples are written to files as it says, checked and run."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.cli.app import app
from babs_sim.results.folder import write_folder
from babs_sim.results.manifest import FORMAT
from babs_sim.tables import shipped
from tests.figures.test_uncertainty import MANIFEST, tornado_table

README = Path(__file__).parent.parent.parent / "README.md"
BLOCK = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


@pytest.fixture
def work(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped tables and every file that the README shows."""
    monkeypatch.chdir(tmp_path)
    for name in ("parameters", "experiments"):
        shutil.copytree(shipped() / name, tmp_path / name)
    for name, content in BLOCK.findall(text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def call(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def table(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_examples_run(work: Path) -> None:
    assert "our_borough.toml: fine (3 arms" in call("check", "our_borough")
    call("run", "our_borough", "--families", "300", "--quiet")
    items = {row["item"] for row in table("results/our_borough/ledger.csv")}
    assert "sleep_clinic" in items
    measures = {row["measure"] for row in table("results/our_borough/summary.csv")}
    assert "sleepless_years" in measures
    used = {row["name"]: row for row in table("results/our_borough/parameters.csv")}
    assert float(used["cost.foster_placement"]["value"]) == 810
    assert used["cost.foster_placement"]["file"] == "local/unit_costs.csv"
    assert float(used["cost.residential_extra"]["value"]) == 6100


def test_the_columns_are_those_of_the_files(text: str, work: Path) -> None:
    call("run", "base_case", "--families", "60", "--quiet")
    for name in ("summary", "incremental", "ledger", "cashflow", "events"):
        said = re.search(rf"^\| `{name}\.csv` \| `([\w, ]+)`", text, re.MULTILINE)
        assert said is not None
        with Path(f"results/base_case/{name}.csv").open(encoding="utf-8") as stream:
            assert stream.readline().strip().split(",") == said[1].split(", ")


def test_the_commands_that_only_ask(text: str, work: Path) -> None:
    said = re.findall(r"`babs-sim ((?:list|explain) [^`]+)`", text)
    assert len(said) >= 6
    for words in said:
        assert call(*words.split()).strip()


def test_the_files_that_it_names_exist(text: str) -> None:
    for name in re.findall(r"\]\(([\w./]+)\)", text):
        assert (README.parent / name).is_file()


def test_the_tornado_is_drawn_again_as_the_readme_says(text: str, work: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    manifest = {**MANIFEST, "arms": [{"name": "usual care", "comparator": True},
                                     {"name": "BABS", "comparator": False}]}  # fmt: skip
    tables = {"tornado": tornado_table(16).assign(arm="BABS")}
    write_folder(Path("results/tornado"), {"format": FORMAT, **manifest}, tables)
    exec(compile(code, "README.md", "exec"), {})  # the README's own lines
    assert Path("tornado.svg").read_text(encoding="utf-8").count("<path") > 20
