"""What drives a figure by the draws alone: against a function with a known answer, and on a run."""

from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis import given, psa
from babs_sim.analysis.study import Conditions
from babs_sim.parameters.distributions import LATENT
from tests.uncertainty.uncertain import HERE, UNREAD, the_analysis, uncertain

ASKED = '\n[[analysis]]\nkind = "psa"\ndraws = 200\nfamilies = 60\ngiven_data = ["pawn", "delta"]\n'


@pytest.fixture(scope="module")
def columns() -> tuple[np.ndarray, np.ndarray]:
    """Return a normal sum whose first part has 0.8 of its variance, the second 0.2, a third none.

    Delta of a part that is a share r^2 of a normal variance is known by integration.
    """
    z = np.random.default_rng(3).standard_normal((4_000, 3))
    return z, np.sqrt(0.8) * z[:, 0] + np.sqrt(0.2) * z[:, 1]


def delta_of_a_normal(share: float) -> float:
    """Return Borgonovo's delta of a part of a normal sum, by quadrature."""
    y, x = np.linspace(-6, 6, 1_501), np.linspace(-6, 6, 801)
    density = np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
    rest = 1.0 - share
    inside = np.exp(-((y - np.sqrt(share) * x[:, None]) ** 2) / (2 * rest))
    inside /= np.sqrt(2 * np.pi * rest)
    shift = np.trapezoid(np.abs(density - inside), y, axis=1)
    weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return float(0.5 * np.trapezoid(shift * weight, x))


def test_delta_is_that_of_a_normal_sum(columns: tuple[np.ndarray, np.ndarray]) -> None:
    index, low, high = given._delta(*columns, 1).T
    assert index[0] == pytest.approx(delta_of_a_normal(0.8), abs=0.06)
    assert index[1] == pytest.approx(delta_of_a_normal(0.2), abs=0.06)
    assert index[0] > index[1] > index[2] + 0.03 and (low < index).all() and (index < high).all()


def test_pawn_ranks_and_leaves_the_random_state_alone(
    columns: tuple[np.ndarray, np.ndarray],
) -> None:
    before = np.random.get_state()[1].tolist()
    index, low, high = given._pawn(*columns, 1).T
    assert np.random.get_state()[1].tolist() == before
    assert index[0] > 0.3 > index[1] > 2 * index[2]
    assert (low <= index).all() and (index <= high).all()


def test_a_run_says_what_drives_its_figure(tmp_path: Path) -> None:
    experiment, model = uncertain(tmp_path, ASKED)
    found = psa.run_psa(the_analysis(experiment), experiment, model, HERE)
    table = found.tables["sensitivity"]
    vary = {p.name for p in model.parameters.values() if p.distribution != "fixed"}
    assert not table["parameter"].str.startswith(LATENT).any()
    for method, part in table.groupby("method"):
        assert set(part["parameter"]) <= vary
        assert part["rank"].tolist() == list(range(1, len(part) + 1))
        assert part["index"].is_monotonic_decreasing
        assert part["clear"].tolist() == (part["index"] > part["chance"]).tolist(), method
        assert UNREAD not in set(part["parameter"])
    assert {"pawn", "delta"} == set(table["method"])
    two = psa.run_psa(the_analysis(experiment), experiment, model, Conditions(workers=2, batch=9))
    assert two.tables["sensitivity"].equals(table)
    assert any("what drives" in line for line in found.lines)
