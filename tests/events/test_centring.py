"""Centring: whatever the ratios, a cohort of births reproduces the published averages."""

import math
from pathlib import Path

import numpy as np
import pytest

from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.population import read_cohort
from babs_sim.simulate import centring
from babs_sim.simulate.running import in_parallel
from tests.events.test_closed_forms import levels, once, rate
from tests.folders import event, state, write_folder
from tests.lives import lives


def mapper(work, number):
    return list(in_parallel(work, number, 2, lambda *_: None, ""))


def factors_of(folder: Path, horizon: float):
    """Return the factors of a folder's model with its names."""
    model = read_parameters([folder])
    values = model.values()
    compiled = compile_rates(model, values, horizon)
    cohort = read_cohort(model, values, "births")
    return compiled, cohort, centring.centre(compiled, cohort, mapper)


@pytest.fixture(autouse=True)
def fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centring, "ROUNDS", (20_000,) * 4 + (100_000,))


def test_a_fixed_trait_is_centred_as_in_closed_form(tmp_path: Path) -> None:
    """A tenth at ten times the rate: depletion of those at risk is part of the average."""
    tables = once(average_of="at risk") | levels("family.high", {0: 0.9, 1: 0.1})
    tables |= {
        "rates": [rate(0.02, 0, 5), rate(0.02, 5, 10)],
        "effects": [{"event": "child.hit", "driver": "family.high", "form": "per unit",
                     "value": 10}],
    }  # fmt: skip
    compiled, _, (factor, _) = factors_of(write_folder(tmp_path, tables), 10.0)
    block = [event for event, _ in compiled.names.rows].index("child.hit")
    # Solve c in each half: hazard given to those at risk equals 0.02 a year of risk.
    spent = 0.0
    for low in (0.0, 5.0):
        grid = np.linspace(0.0, 5.0, 2001)

        def gap(c: float, spent: float = spent, grid: np.ndarray = grid) -> float:
            base = np.exp(-(spent + 0.02 * c * grid))
            risk = 0.9 * base + 0.1 * base**10
            given = 0.9 * base + 0.1 * 10 * base**10
            return float(np.trapezoid(0.02 * risk - 0.02 * c * given, grid))

        from scipy.optimize import brentq

        c = brentq(gap, 0.05, 5.0)
        band = int(np.flatnonzero(compiled.machine.edge[1] == low)[0])
        assert factor[block, band] == pytest.approx(c, rel=0.01)
        spent += 0.02 * c * 5.0


def test_a_driver_that_arises_along_the_way_is_centred(tmp_path: Path) -> None:
    """Being ill, which half become, multiplies the rate by 8; the average still comes out."""
    tables = once(average_of="!child.hit_on")
    tables["states"] = [*tables["states"], state("child.ill")]
    tables["events"] = [*tables["events"], event("child.onset", sets="child.ill")]
    tables["rates"] = [rate(0.03), {"event": "child.onset", "age_from": 0, "value": 0.1}]
    tables["effects"] = [
        {"event": "child.hit", "driver": "child.ill", "form": "while", "value": 8.0}
    ]
    folder = write_folder(tmp_path, tables)
    compiled, cohort, factors = factors_of(folder, 10.0)
    tallies = centring.lives_of(compiled.scaled(*factors), cohort, 200_000, mapper)
    risk, hazard = tallies
    row = int(compiled.machine.row[compiled.names.events.index("child.hit")])
    rates = compiled.scaled(*factors).machine.rate[row]
    assert (rates * hazard[row]).sum() == pytest.approx(0.03 * risk[row].sum(), rel=0.01)
    raw = lives(folder, 10.0, 20_000, log=False).counted("child.hit")
    assert raw > 1.5 * -math.expm1(-0.3)


def test_a_chance_at_an_age_is_centred(tmp_path: Path) -> None:
    tables = once("at", average_of="at risk") | levels("family.high", {0: 0.8, 1: 0.2})
    tables |= {
        "rates": [rate(0.21, 2, quantity="probability", unit="probability")],
        "effects": [{"event": "child.hit", "driver": "family.high", "form": "per unit",
                     "value": 6}],
    }  # fmt: skip
    compiled, _, (_, mass) = factors_of(write_folder(tmp_path, tables), 3.0)
    c = mass[[e for e, _ in compiled.names.rows].index("child.hit")] * -math.log(0.79)
    mean = 0.8 * -math.expm1(-c) + 0.2 * -math.expm1(-6 * c)
    assert mean == pytest.approx(0.21, rel=0.01)


def test_nothing_is_scaled_where_rates_are_no_averages(tmp_path: Path) -> None:
    tables = once() | {"rates": [rate(0.1)]}
    _, _, (factor, mass) = factors_of(write_folder(tmp_path, tables), 3.0)
    assert (factor == 1.0).all()
    assert (mass == 1.0).all()


def test_factors_are_kept_and_a_broken_file_is_no_error(tmp_path: Path) -> None:
    tables = once(average_of="at risk") | {"rates": [rate(0.1)]}
    folder = write_folder(tmp_path / "p", tables)
    model = read_parameters([folder])
    compiled = compile_rates(model, model.values(), 3.0)
    cohort = read_cohort(model, model.values(), "births")
    kept = tmp_path / "kept"
    first = centring.centre(compiled, cohort, mapper, folder=kept)
    (path,) = kept.glob("*.npz")

    def never(work, number):
        raise AssertionError("centred again")

    again = centring.centre(compiled, cohort, never, folder=kept)
    assert all(map(np.array_equal, first, again))
    path.write_bytes(b"not an archive")
    assert all(map(np.array_equal, first, centring.centre(compiled, cohort, mapper, folder=kept)))
