"""Decision analysis against another program, heormodel, on samples drawn at random."""

import numpy as np
import pytest
from heormodel.cea.ceac import ceac, ceaf, expected_loss
from heormodel.cea.frontier import icer_table as their_icers
from heormodel.models import Outcomes as TheirOutcomes
from heormodel.voi.evpi import evpi
from heormodel.voi.evppi import evppi as their_evppi
from pandas import DataFrame

from babs_sim.analysis.decision import Outcomes, Sample, acceptability, evppi, icer_table

VALUES = [0.0, 5_000.0, 20_000.0, 30_000.0, 50_000.0]
ARMS = ("usual care", "b", "c", "d")


def sample(seed: int, draws: int = 2_000) -> tuple[Outcomes, TheirOutcomes, DataFrame]:
    """Four arms whose cost and effect hang on three parameters, and on chance."""
    rng = np.random.default_rng(seed)
    drawn = DataFrame(rng.normal(size=(draws, 3)), columns=["x", "y", "z"])
    costs, effects = np.empty((draws, 4)), np.empty((draws, 4))
    for a in range(4):
        costs[:, a] = 10_000 + 1_500 * a + 900 * a * drawn["x"] + rng.normal(0, 100, draws)
        effects[:, a] = 20 + 0.09 * np.sqrt(a) + 0.05 * a * drawn["y"] + 0.001 * drawn["z"]
    tidy = DataFrame(
        {
            "intervention": np.repeat(ARMS, draws),
            "iteration": np.tile(np.arange(draws), 4),
            "cost": costs.T.ravel(),
            "qaly": effects.T.ravel(),
        }
    )
    theirs = TheirOutcomes.from_tidy(tidy)
    return Outcomes(ARMS, ARMS[0], costs, effects), theirs, drawn


@pytest.mark.parametrize("seed", range(5))
def test_curves_and_perfect_information_are_the_same(seed: int) -> None:
    ours, theirs, _ = sample(seed)
    curves = acceptability(ours, VALUES)
    chance, loss = ceac(theirs, VALUES), expected_loss(theirs, VALUES)
    for a, arm in enumerate(ARMS):
        assert chance[arm].to_numpy() == pytest.approx(curves.probability[:, a], abs=1e-12)
        assert loss[arm].to_numpy() == pytest.approx(curves.loss[:, a], abs=1e-6)
    assert np.asarray(evpi(theirs, VALUES)) == pytest.approx(curves.evpi, abs=1e-6)
    frontier = ceaf(theirs, VALUES)
    assert [ARMS[a] for a in curves.best] == list(frontier.iloc[:, 0])


@pytest.mark.parametrize("seed", range(5))
def test_icers_and_dominance_are_the_same(seed: int) -> None:
    ours, theirs, _ = sample(seed)
    mine, other = icer_table(ours).set_index("arm"), their_icers(theirs)
    kept = mine.index[mine["versus"] != ""]
    assert mine["icer"][kept].to_numpy() == pytest.approx(
        other.loc[kept, "icer"].to_numpy(dtype=float), rel=1e-9
    )
    on = {arm for arm in ARMS if mine["status"][arm] == "frontier"}
    assert on == {arm for arm in ARMS if other.loc[arm, "status"] == "ND"}


def test_partial_information_is_as_near_as_two_regressions_are() -> None:
    ours, theirs, drawn = sample(1)
    found = evppi(ours, Sample(tuple(drawn), drawn.to_numpy()), {n: (n,) for n in drawn}, 20_000.0)
    for name, value, error in zip(found.iloc[:, 0], found["evppi"], found["error"], strict=True):
        other = their_evppi(theirs, drawn, str(name), 20_000.0)
        assert abs(value - other) < 2 * error + 2.0, name
    assert found["evppi"].max() > 20.0
