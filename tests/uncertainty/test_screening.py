"""Morris and Sobol: known answers through our own path, small runs, and mistakes told."""

from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis import screening, variance
from babs_sim.analysis.kinds import run_analyses
from babs_sim.analysis.screening import elementary_effects, trajectories_of
from babs_sim.analysis.study import Conditions, Found
from babs_sim.analysis.variance import DUMMY, design_of, first_and_total
from babs_sim.errors import Problems
from babs_sim.experiment import Experiment, load
from babs_sim.parameters import Model
from tests.uncertainty.uncertain import HERE, UNREAD, uncertain, write_uncertain

MORRIS = '\n[[analysis]]\nkind = "morris"\ngroups = true\ntrajectories = 4\n'
SOBOL = '\n[[analysis]]\nkind = "sobol"\ngroups = true\nmost_important = 3\nsamples = 32\n'


def ishigami(u: np.ndarray) -> np.ndarray:
    """Return Ishigami and Homma's function (1990) at quantiles of uniforms on -pi to pi."""
    x = np.pi * (2.0 * u - 1.0)
    return np.asarray(
        np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    )


def ishigami_indices() -> tuple[list[float], list[float]]:
    """Return its first-order and total indices in closed form."""
    a, b, pi4, pi8 = 7.0, 0.1, np.pi**4, np.pi**8
    one = 0.5 * (1 + b * pi4 / 5) ** 2
    two, both = a**2 / 8, b**2 * pi8 * (1 / 18 - 1 / 50)
    whole = one + two + both
    return [one / whole, two / whole, 0.0], [(one + both) / whole, two / whole, both / whole]


def g_function(u: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return Sobol's g-function."""
    return np.asarray(((np.abs(4.0 * u - 2.0) + a) / (1.0 + a)).prod(axis=1))


def g_indices(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return its first-order and total indices in closed form."""
    part = 1.0 / (3.0 * (1.0 + a) ** 2)
    whole = (1.0 + part).prod() - 1.0
    return part / whole, part * (1.0 + part).prod() / (1.0 + part) / whole


def indices(values: np.ndarray, design: variance.Design) -> dict[str, np.ndarray]:
    return variance._analysed(design, values, 1, 200)


def test_ishigami_comes_out() -> None:
    design = design_of([0, 1, 2], 2**13, 1)
    values = ishigami(design.u[:, :3])
    found, (first, total) = indices(values, design), ishigami_indices()
    assert found["first"][:3] == pytest.approx(first, abs=0.015)
    assert found["total"][:3] == pytest.approx(total, abs=0.015)
    assert abs(found["first"][3]) < 1e-12 and abs(found["total"][3]) < 1e-12
    low, high = found["total_low"][:3], found["total_high"][:3]
    assert (low <= np.array(total) + 0.01).all() and (np.array(total) - 0.01 <= high).all()
    ours = first_and_total(design, values)
    assert ours[0] == pytest.approx(found["first"], abs=1e-9)
    assert ours[1] == pytest.approx(found["total"], abs=1e-9)


def test_the_g_function_comes_out_and_so_do_its_groups() -> None:
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    design = design_of(list(range(5)), 2**13, 2)
    found = indices(g_function(design.u[:, :5], a), design)
    first, total = g_indices(a)
    assert found["first"][:5] == pytest.approx(first, abs=0.015)
    assert found["total"][:5] == pytest.approx(total, abs=0.015)
    grouped = design_of([0, 0, 1, 1, 1], 2**13, 2)
    together = indices(g_function(grouped.u[:, :5], a), grouped)
    part = 1.0 / (3.0 * (1.0 + a) ** 2)
    whole = (1.0 + part).prod() - 1.0
    closed = np.array([(1.0 + part[:2]).prod() - 1.0, (1.0 + part[2:]).prod() - 1.0]) / whole
    assert together["first"][:2] == pytest.approx(closed, abs=0.015)
    assert together["total"][:2] == pytest.approx(1.0 - closed[::-1], abs=0.015)


def test_second_order_is_what_is_left() -> None:
    design = design_of([0, 1, 2], 2**12, 3, pairs=True)
    found = indices(ishigami(design.u[:, :3]), design)
    first, total = ishigami_indices()
    assert found["second"][0, 2] == pytest.approx(total[0] - first[0], abs=0.05)
    assert found["second"][0, 1] == pytest.approx(0.0, abs=0.05)


def test_what_does_not_vary_has_no_indices() -> None:
    design = design_of([0, 1], 16, 1)
    found = indices(np.full(len(design.u), 3.0), design)
    assert all(np.isnan(found[key]).all() for key in ("first", "total", "total_low"))


def test_elementary_effects_of_a_plane_are_its_slopes() -> None:
    slopes = np.array([3.0, -2.0, 0.0, 11.0])
    design = trajectories_of(4, 9, 4, seed=1)
    assert design.levels.shape == (9 * 5, 4)
    effects = elementary_effects(design, design.levels @ slopes + 5.0)
    assert effects.shape == (4, 9)
    assert effects == pytest.approx(np.repeat(slopes[:, None], 9, axis=1), abs=1e-9)
    bent = elementary_effects(design, design.levels[:, 0] * design.levels[:, 1])
    assert bent[0].std() > 0.1 and bent[2] == pytest.approx(0.0, abs=1e-9)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Model, Found]:
    experiment, model = uncertain(tmp_path_factory.mktemp("screening"), MORRIS + SOBOL, 100)
    return experiment, model, run_analyses(experiment, model, HERE)


def test_sobol_takes_the_parameters_that_the_screening_put_first(
    both: tuple[Experiment, Model, Found],
) -> None:
    _, _, found = both
    morris, sobol = found.tables["morris"], found.tables["sobol"]
    assert morris["mu_star"].is_monotonic_decreasing
    assert set(morris["parameter"].head(3)) == set(sobol["parameter"]) - {DUMMY}
    assert sobol["parameter"].iloc[-1] == DUMMY and sobol["rank"].tolist() == [1, 2, 3, 0]
    assert "group.efficacy" in set(morris["parameter"])
    silent = morris.set_index("parameter").loc[UNREAD]
    assert silent["mu_star"] == silent["sigma"] == 0.0
    assert (sobol["first_low"] <= sobol["first_high"]).all()
    assert any("Morris" in line for line in found.lines)
    assert any("Single parameters explain" in line for line in found.lines)


def test_neither_workers_nor_batches_change_a_bit(both: tuple[Experiment, Model, Found]) -> None:
    experiment, model, found = both
    other = run_analyses(experiment, model, Conditions(workers=2, batch=3))
    for name in ("morris", "sobol"):
        assert other.tables[name].equals(found.tables[name]), name


def test_mu_is_the_change_from_end_to_end(tmp_path: Path) -> None:
    """With two parameters the mean effect of a price is what its tornado bar spans."""
    names = 'parameters = ["cost.away", "cost.low"]\n'
    text = f'\n[[analysis]]\nkind = "tornado"\n{names}'
    text += f'\n[[analysis]]\nkind = "morris"\n{names}trajectories = 6\nlevels = 2\n'
    experiment, model = uncertain(tmp_path, text, 100)
    tables = run_analyses(experiment, model, HERE).tables
    bars = tables["tornado"]
    bars = bars[bars["measure"] == "net_monetary_benefit"].set_index(["parameter", "percentile"])
    for row in tables["morris"].to_dict("records"):
        ends = [float(bars.loc[(row["parameter"], p), "result"]) for p in (2.5, 97.5)]
        # Prices add up, so that neither the other price nor the place in the grid matters.
        assert row["mu"] == pytest.approx(ends[1] - ends[0], rel=1e-6)
        assert row["sigma"] == pytest.approx(0.0, abs=1e-6 * abs(row["mu"]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MORRIS + "levels = 3\n", "needs an even number"),
        (MORRIS + SOBOL.replace("samples = 32", "samples = 33"), "needs a power of two"),
        (SOBOL, "needs a screening"),
        (MORRIS + SOBOL.replace("groups = true\n", ""), "needs the same as the screening"),
        (MORRIS + SOBOL + 'parameters = ["cost.*"]\n', "cannot be named beside most_important"),
        (MORRIS + "samples = 64\n", "does not belong to an analysis of the kind 'morris'"),
    ],
)
def test_mistakes_in_the_file_are_told_with_their_line(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(Problems) as caught:
        load(write_uncertain(tmp_path, text))
    (problem,) = caught.value.problems
    assert words in str(problem) and problem.line is not None


@pytest.mark.parametrize(
    ("names", "words"),
    [('["cost.away"]', "two parameters that vary"), ('["cost.*"]', "no two of the parameters")],
)
def test_too_few_parameters_are_told_before_a_run(tmp_path: Path, names: str, words: str) -> None:
    text = MORRIS + f"parameters = {names}\n"
    text = text.replace("groups = true\n", "") if "away" in names else text
    experiment, model = uncertain(tmp_path, text)
    with pytest.raises(Problems, match=words):
        screening.run_morris(experiment.analyses[0], experiment, model, HERE)
