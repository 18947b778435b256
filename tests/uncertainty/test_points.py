"""Points of an experiment: the same bits however they are run, and what moves what."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from babs_sim.analysis import analyse
from babs_sim.analysis.drawing import Draws, draw_points
from babs_sim.analysis.points import Evaluated, Response
from babs_sim.errors import Problems
from babs_sim.experiment import Experiment
from babs_sim.parameters import Model
from babs_sim.results.checkpoints import Checkpoints
from babs_sim.simulate import centring, run
from babs_sim.simulate.backends import as_done, check_backend
from babs_sim.simulate.points import PointRunner, in_base_units
from tests.uncertainty.uncertain import ARM, UNREAD, uncertain

FAMILIES = 200
RATIO = "effect.child.leaves.family.frailty"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Model]:
    return uncertain(tmp_path_factory.mktemp("uncertain"))


@pytest.fixture(scope="module")
def fresh(small: tuple[Experiment, Model]) -> Response:
    return Response(*small, FAMILIES, fresh=True)


@pytest.fixture(scope="module")
def paired(small: tuple[Experiment, Model]) -> Response:
    return Response(*small, FAMILIES)


@pytest.fixture(scope="module")
def points(small: tuple[Experiment, Model]) -> Draws:
    return draw_points(small[1], 7, seed=4)


@pytest.fixture(scope="module")
def alone(fresh: Response, points: Draws) -> Evaluated:
    """Return the points run one after the other."""
    return fresh.evaluate(points, batch=len(points))


@pytest.mark.parametrize(
    ("backend", "batch"),
    [("threading", 1), ("threading", 3), ("threading", None), ("loky", 2), ("dask", 3)],
)
def test_no_bit_depends_on_how_points_are_run(
    fresh: Response, points: Draws, alone: Evaluated, backend: str, batch: int | None
) -> None:
    found = fresh.evaluate(points, workers=2, backend=backend, batch=batch)
    assert found.rows.tobytes() == alone.rows.tobytes()
    assert len(np.unique(found.increment(ARM, "cost"))) == len(points)


def test_each_index_has_families_of_its_own_in_all_arms(small: tuple[Experiment, Model]) -> None:
    experiment, model = small
    parts = Response(experiment, model, FAMILIES, fresh=True).evaluate([{}] * 5)
    cohort = experiment.cohort.model_copy(update={"families": 5 * FAMILIES})
    whole = analyse(run(replace(experiment, cohort=cohort), model))
    for figure in whole.summary[ARM]:
        mean = parts.summary(ARM, figure.measure).mean()
        assert mean == pytest.approx(figure.value, rel=1e-12), figure.measure
    for name in ("cost", "qalys"):
        (figure,) = (f for f in whole.incremental[ARM] if f.measure == name)
        assert parts.increment(ARM, name).mean() == pytest.approx(figure.value, rel=1e-9)


def test_the_base_case_is_that_of_the_base_run(
    small: tuple[Experiment, Model], paired: Response
) -> None:
    whole = analyse(run(*small))
    for figure in whole.incremental[ARM]:
        value = paired.base.increment(ARM, figure.measure)[0]
        assert value == pytest.approx(figure.value, rel=1e-9, nan_ok=True), figure.measure


def test_what_nobody_reads_changes_no_bit(paired: Response) -> None:
    found = paired.evaluate([{UNREAD: 85.0}])
    here = {"change_error"}
    for name in paired.columns.shapes.keys() - here:
        assert found.array(name).tobytes() == paired.base.array(name).tobytes(), name
    assert np.nanmax(found.array("change_error")) == 0.0


def test_a_price_costs_no_lives_and_a_ratio_does(paired: Response) -> None:
    runner = paired._runner
    assert not runner.lives_anew({"cost.away": 1.0, UNREAD: 3.0, "qaly_value.nice": 4.0})
    for name in (RATIO, "rate.child.leaves.0-1", "trait.family.load.1",
                 "service.therapy.start_share", "selection.referred.family.load"):  # fmt: skip
        value = runner.model.parameters[name].value
        assert not runner.lives_anew({name: value})
        assert runner.lives_anew({name: 0.9 * value}), name


def test_a_price_is_paid_for_what_the_base_run_used(
    small: tuple[Experiment, Model], paired: Response
) -> None:
    found = paired.evaluate([{"cost.away": 50_000.0}])
    usual, service = run(*small).ledgers
    place = usual.states.index("child.away")
    years = [one.years[:, place, :, 0].sum() / FAMILIES for one in (usual, service)]
    change = found.increment(ARM, "cost") - paired.base.increment(ARM, "cost")
    assert change[0] == pytest.approx(10_000.0 * (years[1] - years[0]), rel=1e-9)


def test_the_error_of_a_change_is_that_of_paired_blocks(paired: Response) -> None:
    found = paired.evaluate([{"cost.away": 50_000.0}, {"cost.away": 60_000.0}, {}])
    errors = found.increment(ARM, "cost", change=True)
    assert errors[1] == pytest.approx(2.0 * errors[0])  # 10,000 and 20,000 times the same years
    assert errors[2] == 0.0 < errors[0] < found.increment(ARM, "cost", error=True)[0]


def test_an_arms_own_set_lies_on_top(tmp_path: Path) -> None:
    experiment, model = uncertain(tmp_path)
    arms = (
        experiment.arms[0],
        experiment.arms[1].model_copy(
            update={"set": {**experiment.arms[1].set, "cost.away": 1.0, "cost.low": 800.0}}
        ),
    )
    response = Response(replace(experiment, arms=arms), model, 100)
    usual, service = response._runner.values_of({"cost.away": 7.0, "cost.therapy": 5.0})
    assert (usual["cost.away"], service["cost.away"]) == (7.0, 1.0)
    assert (usual["cost.low"], service["cost.low"]) == (900.0, 800.0)
    assert service["cost.therapy"] == 5.0


def test_within_holds_the_errors_of_cost_and_qalys(fresh: Response, alone: Evaluated) -> None:
    within = alone.array("within")
    assert within.shape == (len(alone), 2, 2)
    for place, name in enumerate(("cost", "qalys")):
        error = alone.increment(ARM, name, error=True)
        assert np.sqrt(within[:, place, place]) == pytest.approx(error)
    correlation = within[:, 0, 1] / np.sqrt(within[:, 0, 0] * within[:, 1, 1])
    assert (np.abs(correlation) <= 1.0).all()
    assert alone.within() == pytest.approx(within.mean(axis=0))


def test_rates_are_centred_at_each_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centring, "ROUNDS", (20_000,) * 3)
    experiment, model = uncertain(tmp_path, centred=True)
    births = replace(
        experiment, cohort=experiment.cohort.model_copy(update={"population": "births"})
    )
    points = [{RATIO: value} for value in (1.2, 2.6)]
    centred = Response(births, model, 4_000).evaluate(points)
    plain_folder = tmp_path / "plain"
    plain_folder.mkdir()
    plain = Response(
        replace(uncertain(plain_folder)[0], cohort=births.cohort), uncertain(plain_folder)[1], 4_000
    ).evaluate(points)
    moved, still = (np.ptp(one.summary("usual care", "leaving")) for one in (plain, centred))
    assert moved > 0.05 and still < 0.2 * moved


def test_settings_and_units_of_tables_make_a_point(small: tuple[Experiment, Model]) -> None:
    changes = {"service.effect_set": "null", "cost.away": 1_000, RATIO: 2.0}
    assert in_base_units(small[1], changes) == changes
    with pytest.raises(Problems, match="is neither a parameter nor a setting"):
        in_base_units(small[1], {"cost.awry": 1.0})


class TestCheckpoints:
    """What is finished is kept, and only the rest is run."""

    def test_a_resumed_evaluation_is_the_same(
        self, tmp_path: Path, fresh: Response, points: Draws, alone: Evaluated,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        kept = Checkpoints(tmp_path / "work")
        fresh.evaluate(points[2:5], start=2, batch=2, checkpoint=kept)
        ran: list[int] = []
        plain = Response.at
        monkeypatch.setattr(
            Response, "at", lambda self, p, index: ran.append(index) or plain(self, p, index)
        )
        found = fresh.evaluate(points, batch=3, checkpoint=kept)
        assert sorted(ran) == [0, 1, 5, 6, 7]
        assert found.rows.tobytes() == alone.rows.tobytes()
        again = fresh.evaluate(points[1:6], start=1, checkpoint=kept)
        assert again.rows.tobytes() == alone.rows[1:6].tobytes() and len(ran) == 5

    def test_a_half_written_file_is_run_again(
        self, tmp_path: Path, fresh: Response, points: Draws, alone: Evaluated
    ) -> None:
        kept = Checkpoints(tmp_path)
        fresh.evaluate(points, batch=2, checkpoint=kept)
        whole = tmp_path / "2-4.npy"
        whole.write_bytes(whole.read_bytes()[:300])
        (tmp_path / ".4-6.123").write_bytes(b"half")
        assert [start for start, _ in kept.finished()] == [0, 4, 6]
        found = fresh.evaluate(points, batch=5, checkpoint=kept)
        assert found.rows.tobytes() == alone.rows.tobytes()

    def test_an_unfinished_run_is_neither_overwritten_nor_mixed(self, tmp_path: Path) -> None:
        kept = Checkpoints(tmp_path / "work")
        kept.open({"tables": "a", "seed": "1"}, resume=False)
        kept.open({"tables": "b", "seed": "1"}, resume=False)  # nothing was finished
        kept.part("draws").add(0, np.zeros((2, 3)))
        with pytest.raises(Problems, match=r"unfinished run .* — add --resume"):
            kept.open({"tables": "b", "seed": "1"}, resume=False)
        with pytest.raises(Problems, match="changed since it began: tables — undo the change"):
            kept.open({"tables": "c", "seed": "1"}, resume=True)
        kept.open({"tables": "b", "seed": "1"}, resume=True)
        assert kept.anything()
        kept.remove()
        assert not (tmp_path / "work").exists()

    def test_a_full_disk_is_a_problem_and_loses_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = Checkpoints(tmp_path / "work")
        kept.add(0, np.zeros((2, 3)))

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(Problems, match=r"cannot be written: No space left.*--resume"):
            kept.add(2, np.ones((2, 3)))
        assert [start for start, _ in kept.finished()] == [0]
        assert [path.name for path in (tmp_path / "work").iterdir()] == ["0-2.npy"]

    def test_a_place_that_cannot_be_written_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(Problems, match="cannot be written"):
            Checkpoints(tmp_path / "file" / "work").open({}, resume=False)


def _dies_once(job: tuple[str, int]) -> int:
    """Kill the process that does job 2 for the first time."""
    folder, number = job
    if number == 2 and not (Path(folder) / "died").exists():
        (Path(folder) / "died").touch()
        os._exit(9)
    return number * number


def test_a_job_whose_worker_died_is_done_again(tmp_path: Path) -> None:
    done = as_done(_dies_once, 5, lambda i: (str(tmp_path), i), 2, "loky")
    assert sorted(done) == [(i, i * i) for i in range(5)]
    assert (tmp_path / "died").exists()


@pytest.mark.parametrize("name", ["threads", "loky:here", ""])
def test_a_backend_that_does_not_exist_is_a_problem(name: str) -> None:
    with pytest.raises(Problems, match=r"is not a back-end.*threading, loky, dask"):
        check_backend(name)


def test_a_measure_that_is_no_figure_is_a_problem(paired: Response) -> None:
    with pytest.raises(Problems, match="did you mean 'qalys'"):
        paired.check_measure("qaly")


def test_what_a_thread_did_last_is_used_again_and_changes_no_bit(
    small: tuple[Experiment, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A price or an unread number after a new rate costs no lives; a new rate does."""
    lived = list[int]()
    plain = PointRunner._live

    def counted(self: PointRunner, *arguments: Any) -> Any:
        lived.append(1)
        return plain(self, *arguments)

    monkeypatch.setattr(PointRunner, "_live", counted)
    points = [
        {RATIO: 2.0}, {RATIO: 2.0, "cost.away": 1.0}, {RATIO: 2.0, "cost.away": 1.0, UNREAD: 85.0},
        {RATIO: 2.2, "cost.away": 1.0}, {"cost.away": 2.0}, {RATIO: 2.0},
    ]  # fmt: skip
    one = Response(*small, FAMILIES)
    lived.clear()
    forward = one.evaluate(points, batch=len(points))
    assert len(lived) == 3
    backward = Response(*small, FAMILIES).evaluate(points[::-1], batch=1)
    assert forward.rows.tobytes() == backward.rows[::-1].tobytes()


def test_what_is_read_is_what_moves_a_figure(
    small: tuple[Experiment, Model], paired: Response
) -> None:
    read = paired.read_names()
    base = paired.at({}).tobytes()
    vary = [p for p in small[1].parameters.values() if p.distribution != "fixed"]
    silent = {p.name for p in vary if paired.at({p.name: p.high}).tobytes() == base}
    assert UNREAD in silent and RATIO in read
    assert {p.name for p in vary} - read == silent
