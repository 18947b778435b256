"""Centring near a known model: what full centring gives, from few births."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from babs_sim.handover import Floats
from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.population import read_cohort
from babs_sim.simulate import centring
from babs_sim.simulate.blocks import Tally
from babs_sim.simulate.nearby import NearbyCentring
from tests.properties.rich import rich_folder

BIRTHS = 40_000
RATIO = "effect.child.leaves.mother.low"


def one_by_one(work: Callable[[int], Tally], number: int) -> list[Tally]:
    return [work(index) for index in range(number)]


def test_factors_of_a_changed_ratio_are_those_of_full_centring(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centring, "ROUNDS", (BIRTHS,) * 4)
    model = read_parameters([rich_folder(tmp_path_factory.mktemp("rich") / "parameters")])
    values = model.values()
    cohort = read_cohort(model, values, "births")
    base = compile_rates(model, values, 10.0)
    factors = centring.centre(base, cohort, one_by_one)
    near = NearbyCentring(base, cohort, factors)
    for same, factor in zip(near(base, cohort), factors, strict=True):
        assert same == pytest.approx(factor, rel=1e-12)

    changed = compile_rates(model, model.values({RATIO: 4.0}), 10.0)
    wanted, got = centring.centre(changed, cohort, one_by_one)[0], near(changed, cohort)[0]
    here = row_of(base.names.rows, "child.leaves")
    used = base.piece[here] >= 0
    moved = np.log(wanted[here] / factors[0][here])[used]
    assert (moved < -0.2).all()
    # Both have looked at births of the same seed; what is left is the noise of the smaller sample.
    assert np.abs(np.log(got[here] / wanted[here])[used]).max() < 0.1 * math.fabs(moved.max())


def row_of(rows: tuple[tuple[str, str], ...], event: str) -> int:
    return next(b for b, (name, _) in enumerate(rows) if name == event)


def test_a_response_is_kept_within_limits() -> None:
    still: Floats = np.zeros(2)
    assert centring.response_of(still, np.ones(2)).tolist() == [1.0, 1.0]
    assert centring.response_of(np.ones(2), np.array([0.0, 9.0])).tolist() == [0.3, 1.5]
