"""Whatever is done to an input, it is read or refused in words; what is read can be run."""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from babs_sim.errors import Problems
from babs_sim.experiment import Experiment, load
from babs_sim.parameters import Model
from babs_sim.parameters.distributions import draw_of, drawn, sample
from tests.inputs.small import EXPERIMENT, TABLES, write_small

WORDS = (
    "", "-1", "0", "1", "1e308", "1e400", "nan", "inf", "true", '"', '"""', ",", "\n", "[", "]",
    "{", "}", "=", "#", "!", ".", ";", "\\", "\t", "\0", "é", "count(", "child.in_care",
    "family.poor", "service.therapy", "level", "per unit", "profile", "odds ratio", "probability",
    "percent", "£", "dirichlet", "beta", "gamma", "age", "since", "at", "at risk", "table",
)  # fmt: skip


def spoilt(text: str, rng: random.Random) -> str:
    """Return a text with one to three words, lines or characters changed."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.randrange(3)
        if kind == 0:
            parts = re.split(r'([,\n= \[\]{}"]+)', text)
            parts[rng.randrange(len(parts))] = rng.choice((*WORDS, rng.choice(parts)))
            text = "".join(parts)
        elif kind == 1:
            lines = text.split("\n")
            at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[at : at + rng.randrange(2)] = [lines[to]] * rng.randrange(3)
            text = "\n".join(lines)
        else:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(WORDS) + text[at + rng.choice((0, 1, 3)) :]
    return text


def use(experiment: Experiment, model: Model) -> None:
    """Do with a model what can fail: every arm's values, and a draw."""
    for arm in experiment.arms:
        model.values(arm.set)
    u = np.random.default_rng(1).random((3, len(drawn(model))))
    draws = sample(model, u)
    assert np.isfinite(draws).all()
    model.values(draw=draw_of(model, draws[1]))


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_inputs(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = write_small(tmp_path)
    refused = 0
    for _ in range(60):
        name = rng.choice((*TABLES, "experiment"))
        file = path if name == "experiment" else tmp_path / "parameters" / name
        sound = EXPERIMENT if name == "experiment" else TABLES[name]
        file.write_text(spoilt(sound, rng), encoding="utf-8")
        try:
            use(*load(path))
        except Problems as found:
            refused += 1
            for problem in found.problems:
                assert problem.file and problem.text, problem
                assert problem.line is None or problem.line >= 1
        file.write_text(sound, encoding="utf-8")
    assert refused > 20
