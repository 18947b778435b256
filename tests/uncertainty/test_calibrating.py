"""Calibration finds a rate that is known in closed form, and never looks at what is held out."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from babs_sim.analysis import calibrated
from babs_sim.analysis import posterior as posterior_module
from babs_sim.analysis.calibrating import Objective, calibrate, found_by
from babs_sim.analysis.freeing import free_parameters
from babs_sim.analysis.posterior import sample_posterior
from babs_sim.errors import Problems
from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.distributions import fit
from tests.folders import CHILD, event, number, state, write_folder
from tests.results.test_gauging import target

RATE = "rate.child.falls_ill.0"
TIED = "rate.child.breaks_a_leg.0"
SHARE = 0.3
TRUE = -math.log1p(-SHARE) / 10.0
FAMILIES = 4_000


def silent(done: int, total: int, what: str) -> None:
    pass


def folder_with(folder: Path, held: float = 0.9, **free: Any) -> Path:
    rate = {"value": 0.02, "low": 0.01, "high": 0.08, "distribution": "lognormal"}
    row = {"parameter": RATE, "ties": TIED, "low": 0.005, "high": 0.2, "prior": "flat", **free}
    return write_folder(
        folder,
        {
            "states": [CHILD, state("child.ill"), state("child.lame")],
            "events": [
                event("child.falls_ill", requires="!child.ill", sets="child.ill"),
                event("child.breaks_a_leg", requires="!child.lame", sets="child.lame"),
            ],
            "rates": [
                {"event": "child.falls_ill", "age_from": 0, **rate},
                {"event": "child.breaks_a_leg", "age_from": 0, **rate},
            ],
            "targets": [
                target("ill", "ever", SHARE, of="child.ill", age_to=10, role="calibrated",
                       low=SHARE - 0.02, high=SHARE + 0.02),
                target("lame", "ever", held, of="child.lame", age_to=10),
            ],
            "calibration": [row],
        },
    )  # fmt: skip


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return read_parameters([folder_with(tmp_path / "p")])


def best_rate(model: Model, evaluations: int = 30) -> float:
    found, _ = calibrate(model, FAMILIES, 2, evaluations, 1, silent)
    return float(found.free[0].value(found.best.u[0]))


def test_a_known_rate_is_found(model: Model) -> None:
    """1 - exp(-10 r) = 0.3; chance moves the share by sqrt(0.3 * 0.7 / 4000) = 0.007."""
    found, _ = calibrate(model, FAMILIES, 2, 30, 1, silent)
    assert len(found.gauges) == 1
    assert found.trials[0].u == pytest.approx(free_parameters(model)[0].place(0.02))
    assert found.best.figures[0] == pytest.approx(SHARE, abs=0.002)
    error = math.sqrt(SHARE * (1 - SHARE) / FAMILIES) / (10.0 * (1 - SHARE))
    assert found.free[0].value(found.best.u[0]) == pytest.approx(TRUE, abs=4.0 * error)
    assert found.best.log_likelihood > found.before.log_likelihood + 10.0


def test_held_out_targets_are_never_read(tmp_path: Path) -> None:
    rates = [
        best_rate(read_parameters([folder_with(tmp_path / name, held=held)]), 12)
        for name, held in (("a", 0.9), ("b", 0.0001))
    ]
    assert rates[0] == rates[1]
    objective = Objective(read_parameters([tmp_path / "a"]), FAMILIES, 2, 1, silent)
    assert [gauge.row.role for gauge in objective.gauges] == ["calibrated"]


def test_the_posterior_is_that_of_the_closed_form(model: Model) -> None:
    """Flat on the log scale: the share is normal about 0.3 with the target's and chance's error."""
    _, objective = calibrate(model, FAMILIES, 2, 15, 1, silent)
    posterior = sample_posterior(objective, 12, 2_000, silent)
    found = found_by(objective, 0.0)
    drawn = calibrated.posterior_frame(found.free, posterior)
    assert list(drawn) == ["draw", RATE, TIED]
    assert drawn["draw"].tolist() == list(range(1, 2_001))
    assert (drawn[RATE] == drawn[TIED]).all()
    target_error = 0.04 / (2 * 1.959964)
    error = math.hypot(target_error, math.sqrt(SHARE * (1 - SHARE) / FAMILIES))
    rate = np.asarray(drawn[RATE])
    slope = 10.0 * (1 - SHARE)
    chance = math.sqrt(SHARE * (1 - SHARE) / FAMILIES) / slope
    assert rate.mean() == pytest.approx(TRUE, abs=4.0 * chance)
    assert rate.std() == pytest.approx(error / slope, rel=0.25)
    assert posterior.emulator_error[0] < 0.01
    again = sample_posterior_again(model)
    assert (again[RATE] == drawn[RATE]).all()


def test_the_emulator_is_the_gaussian_process_of_the_library() -> None:
    generator = np.random.default_rng(1)
    x = generator.random((15, 2))
    y = np.sin(3.0 * x[:, 0]) + x[:, 1] + 0.02 * generator.standard_normal(15)
    u = np.random.default_rng(2).random((6, 2))
    mean, spread = posterior_module._emulator(x, y, 1)(u)
    wanted = posterior_module._fitted(x, y, 1).predict(u, return_std=True)
    assert mean == pytest.approx(wanted[0], rel=1e-9)
    assert spread == pytest.approx(wanted[1], rel=1e-6)
    assert mean == pytest.approx(np.sin(3.0 * u[:, 0]) + u[:, 1], abs=0.1)


def sample_posterior_again(model: Model) -> Any:
    _, objective = calibrate(model, FAMILIES, 2, 15, 2, silent)
    posterior = sample_posterior(objective, 12, 2_000, silent)
    return calibrated.posterior_frame(objective.free, posterior)


def test_best_values_are_a_folder_on_top(model: Model, tmp_path: Path) -> None:
    found, _ = calibrate(model, FAMILIES, 2, 12, 1, silent)
    for path, text in calibrated.override_files(model, found, None).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    on_top = read_parameters([tmp_path / "p", tmp_path / "calibrated"])
    best = float(found.free[0].value(found.best.u[0]))
    for name in (RATE, TIED):
        assert on_top.parameters[name].value == pytest.approx(best)
        assert on_top.parameters[name].status == "derived"
        assert on_top.parameters[name].distribution == "lognormal"


def test_a_number_of_a_document_can_be_free(tmp_path: Path) -> None:
    share = number(0.5, "ratio").replace(" }", ', distribution = "beta", low = 0.2, high = 0.8 }')
    folder = folder_with(tmp_path / "p", parameter="model.shared.k", ties="", low=0.1, high=0.9)
    text = (folder / "model.toml").read_text("utf-8") + f"\n[shared]\nk = {share}\n"
    (folder / "model.toml").write_text(text, encoding="utf-8")
    model = read_parameters([folder])
    found, _ = calibrate(model, 200, 2, 2, 1, silent)
    files = calibrated.override_files(model, found, None)
    assert set(files) == {"calibrated/sources.csv", "calibrated/model.toml"}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    on_top = read_parameters([folder, tmp_path / "calibrated"])
    assert on_top.parameters["model.shared.k"].source == "calibrated"


def test_the_prior_is_the_distribution_of_the_table(tmp_path: Path) -> None:
    """Log-normal on a log scale: normal in u, so its log density is a parabola."""
    model = read_parameters([folder_with(tmp_path / "p", prior="table")])
    free = free_parameters(model)[0]
    quantiles = np.asarray(fit(model.parameters[RATE]).ppf(np.array([0.1, 0.5, 0.9])))
    log = free.log_prior(np.asarray(free.place(quantiles)))
    assert log[1] - log[0] == pytest.approx(1.2815516**2 / 2, rel=0.02)
    assert log[0] == pytest.approx(log[2], abs=0.02)
    assert free.log_prior(np.array([-0.01, 1.01])).tolist() == [-math.inf, -math.inf]
    flat = read_parameters([folder_with(tmp_path / "q")])
    assert np.ptp(free_parameters(flat)[0].log_prior(np.linspace(0.0, 1.0, 5))) == 0.0


def test_without_free_parameters_or_targets_there_is_nothing_to_do(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "p")
    (folder / "calibration.csv").unlink()
    with pytest.raises(Problems, match="names no free parameter"):
        calibrate(read_parameters([folder]), 200, 1, 2, 1, silent)
    folder = folder_with(tmp_path / "q")
    text = (folder / "targets.csv").read_text("utf-8").replace("calibrated", "held_out")
    (folder / "targets.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Problems, match="no calibrated target"):
        calibrate(read_parameters([folder]), 200, 1, 2, 1, silent)
