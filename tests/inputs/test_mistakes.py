"""Every mistake is reported where it is, in words, with its repair, and without a traceback."""

from collections import Counter
from pathlib import Path

import pytest

from babs_sim.errors import Problem, Problems
from babs_sim.experiment import load
from tests.inputs.cases import CASES, Case
from tests.inputs.small import write_small


def problems_of(root: Path) -> tuple[Problem, ...]:
    with pytest.raises(Problems) as caught:
        load(root / "experiments" / "small.toml")
    return caught.value.problems


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_names_of_cases_are_unique() -> None:
    assert not [name for name, times in Counter(c.name for c in CASES).items() if times > 1]


def test_the_small_model_has_no_mistake(root: Path) -> None:
    load(root / "experiments" / "small.toml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistake(case: Case, root: Path) -> None:
    case.change(root)
    found = [str(problem) for problem in problems_of(root)]
    told = [line for line in found if line.startswith(case.at) and case.says in line]
    assert told, "\n".join(found)
    assert case.repair in told[0].rpartition(" — ")[2], told[0]
    assert len(found) == case.problems, "\n".join(found)
