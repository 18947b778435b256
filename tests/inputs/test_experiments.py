"""Experiment files: what they mean, what they leave out, and how they are found."""

from pathlib import Path

import pytest

from babs_sim.errors import Problems
from babs_sim.experiment import find_experiment, load, read_experiment
from babs_sim.tables import files, shipped
from tests.inputs.small import write_small

SHORT = """title = "Short"
[[arm]]
name = "usual care"
comparator = true
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_small(tmp_path)


def test_what_an_experiment_says(path: Path) -> None:
    experiment = read_experiment(path)
    assert (experiment.name, experiment.title) == ("small", "A small experiment")
    assert experiment.path == path
    assert experiment.folders == (path.parents[1] / "parameters",)
    assert (experiment.cohort.place, experiment.cohort.families) == ("here", 200)
    assert (experiment.cohort.horizon_years, experiment.cohort.seed) == (18, 1)
    assert [arm.name for arm in experiment.arms] == ["usual care", "BABS", "BABS, busy"]
    assert experiment.comparator.name == "usual care"
    assert experiment.arms[2].set == {
        "service.therapy.start_share": 40, "service.effect_set": "cautious",
    }  # fmt: skip
    assert experiment.analyses[0].kind == "base"
    assert experiment.lines["arm.2.set.service.effect_set"] == 29


def test_what_an_experiment_leaves_out(path: Path) -> None:
    path.write_text(SHORT, encoding="utf-8")
    experiment, model = load(path)
    assert experiment.cohort.population == "referred"
    assert (experiment.cohort.place, model.place) == ("", "")
    assert (experiment.cohort.families, experiment.cohort.horizon_years) == (20_000, 18)
    money = experiment.money
    assert (money.price_year, money.discounting) == ("2024/25", "nice")
    assert (money.perspective, money.qaly_value) == ("public_sector", "nice_20000")
    assert read_experiment(path).money.perspective == ""
    assert experiment.analyses == ()


def test_the_model_is_that_of_the_place(path: Path) -> None:
    _, model = load(path)
    assert model.place == "here"
    assert model.values()["rate.child.care_entry.1-18"] == 0.004


def test_mistakes_of_experiment_and_tables_are_told_together(path: Path) -> None:
    path.write_text(
        path.read_text(encoding="utf-8").replace('"here"', '"hear"').replace("= 200", "= 1")
        .replace("service.open", "service.opened"), encoding="utf-8",
    )  # fmt: skip
    states = path.parents[1] / "parameters" / "payers.csv"
    states.write_text("name,label\nnhs,\n", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load(path)
    found = {(Path(p.file).name, p.line) for p in caught.value.problems}
    assert {("small.toml", 6), ("small.toml", 7), ("payers.csv", 2)} <= found


def test_mistakes_of_several_arms_are_told_together(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = text.replace("service.open", "service.opened").replace("cautious", "cautius")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load(path)
    assert [problem.line for problem in caught.value.problems] == [20, 29]


def test_families_of_the_user(path: Path) -> None:
    mine = path.parent / "mine.csv"
    mine.write_text("mother.aces,mother.age\n2,31.5\n0,19\n", encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    text = text.replace('"referred"', '"csv"\nfamilies_csv = "mine.csv"')
    path.write_text(text, encoding="utf-8")
    experiment, _ = load(path)
    assert experiment.given_families is not None
    names, rows = experiment.given_families
    assert names == ("mother.aces", "mother.age")
    assert rows.tolist() == [[2.0, 31.5], [0.0, 19.0]]


def test_a_path_finds_an_experiment(path: Path) -> None:
    assert find_experiment(str(path)) == path


def test_a_bare_name_finds_an_experiment_here_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parents[1])
    assert find_experiment("small") == Path("experiments/small.toml")


def test_a_bare_name_finds_a_shipped_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = files(shipped() / "experiments", ".toml")
    assert find_experiment(known[0].stem) == known[0]


def test_a_misspelt_name_is_told_the_nearest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parents[1])
    with pytest.raises(Problems) as caught:
        find_experiment("smal")
    told = "smal: there is no such experiment — did you mean 'small'?"
    assert str(caught.value) == told
    with pytest.raises(Problems, match="is a folder"):
        find_experiment("experiments")


@pytest.mark.parametrize("text", ["~nosuchuser/x", "a\0b", "x" * 5000, ""])
def test_a_name_that_is_no_path_is_told(text: str) -> None:
    with pytest.raises(Problems, match="there is no such experiment"):
        find_experiment(text)


def test_the_shipped_experiments_have_no_mistake() -> None:
    for path in files(shipped() / "experiments", ".toml"):
        load(path)
