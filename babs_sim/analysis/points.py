"""Points of an experiment in figures: what each arm costs and gains at each set of parameters.

Letters for shapes: P points, A arms, T = A - 1 arms that are compared, M measures of one arm, K
figures of a comparison, Q payers, Y years of follow-up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.accounts import Account, account_of, evaluate, terms_of
from babs_sim.analysis.comparing import Figure, cost_change, increments, summary_of
from babs_sim.analysis.measures import read_measures
from babs_sim.economics import block_covariance
from babs_sim.errors import Problem, Problems, nearest
from babs_sim.experiment import Experiment
from babs_sim.handover import Floats
from babs_sim.parameters import Model, read_parameters
from babs_sim.parameters.watching import Reads
from babs_sim.results.checkpoints import Checkpoints
from babs_sim.simulate.backends import as_done, shares_memory
from babs_sim.simulate.nearby import NEARBY_BIRTHS, births_beside
from babs_sim.simulate.points import Point, PointRunner
from babs_sim.simulate.running import Progress

if TYPE_CHECKING:
    from pandas import DataFrame

_SECONDS_A_BATCH = 1.0
_MOST_A_BATCH = 200
_LEAST_BATCHES = 8  # a worker, so that all end at about the same time


@dataclass(frozen=True, slots=True)
class Columns:
    """What the figures of a point are, in order.

    ``summary`` holds (measure, unit) of each arm, ``increments`` those of each arm that is compared
    (M and K of them); ``payers`` the measures of cost whose cash flow is kept: that of the
    perspective, then one a payer, named by the payer ("" for the perspective); ``ends`` (Y,) years
    since entry at which the years of follow-up end; ``replicates`` R of the figure that is kept
    with them, 0 for none.
    """

    arms: tuple[str, ...]
    comparator: str
    summary: tuple[tuple[str, str], ...]
    increments: tuple[tuple[str, str], ...]
    payers: tuple[str, ...]
    ends: tuple[float, ...]
    replicates: int = 0

    @property
    def others(self) -> tuple[str, ...]:
        """Return the arms that are compared with the comparator."""
        return tuple(arm for arm in self.arms if arm != self.comparator)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each array that a point gives, in the order they are stored."""
        a, t, q = len(self.arms), len(self.others), len(self.payers)
        m, k, y = len(self.summary), len(self.increments), len(self.ends)
        return {
            "summary": (a, m), "summary_error": (a, m), "increment": (t, k),
            "increment_error": (t, k), "change_error": (t, k), "cashflow": (t, q, y),
            "within": (2 * t, 2 * t), "replicates": (t, self.replicates),
        }  # fmt: skip

    @property
    def size(self) -> int:
        """Return how many numbers a point gives."""
        return sum(int(np.prod(shape)) for shape in self.shapes.values())


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """The figures of P points.

    ``rows`` (P, N) holds all of them; the arrays below are views of it.
    """

    columns: Columns
    rows: Floats
    _at: dict[str, slice] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        start = 0
        for name, shape in self.columns.shapes.items():
            size = int(np.prod(shape))
            self._at[name] = slice(start, start + size)
            start += size

    def __len__(self) -> int:
        return len(self.rows)

    def array(self, name: str) -> Floats:
        """Return one of the arrays of `Columns.shapes`, (P, ...).

        ``summary`` and ``summary_error`` (P, A, M), ``increment`` and ``increment_error``
        (P, T, K): values and Monte Carlo errors.  ``change_error`` (P, T, K): the Monte Carlo error
        of an increment minus that of the base case, families paired; nan where they are fresh.
        ``cashflow`` (P, T, Q, Y): cumulative discounted
        incremental pounds per family at the end of each year.  ``within`` (P, 2T, 2T): covariance
        of the Monte Carlo errors of the incremental cost and QALYs, costs of all arms first.
        ``replicates`` (P, T, R): the figure whose replicates are kept, as `replicate_means` has it.
        """
        return self.rows[:, self._at[name]].reshape(len(self.rows), *self.columns.shapes[name])

    def summary(self, arm: str, measure: str, error: bool = False) -> Floats:
        """Return a measure of one arm (P,), or its Monte Carlo error."""
        place = [name for name, _ in self.columns.summary].index(measure)
        found = self.array("summary_error" if error else "summary")
        return found[:, self.columns.arms.index(arm), place]

    def increment(
        self, arm: str, measure: str, error: bool = False, change: bool = False
    ) -> Floats:
        """Return a figure of one arm against the comparator (P,), or its Monte Carlo error.

        With ``change`` the error is that of the change against the base case.
        """
        place = [name for name, _ in self.columns.increments].index(measure)
        wanted = "increment_error" if error else "increment"
        found = self.array("change_error" if change else wanted)
        return found[:, self.columns.others.index(arm), place]

    def part(self, start: int, stop: int | None = None) -> "Evaluated":
        """Return the points [start, stop)."""
        return Evaluated(self.columns, self.rows[start:stop])

    def costs(self) -> Floats:
        """Return discounted cost of the perspective per family (P, A)."""
        return np.stack([self.summary(arm, "cost") for arm in self.columns.arms], axis=1)

    def effects(self) -> Floats:
        """Return discounted QALYs of mother and child per family (P, A)."""
        return np.stack([self.summary(arm, "qalys") for arm in self.columns.arms], axis=1)

    def within(self) -> Floats:
        """Return the mean over points of ``array("within")``, as `without_noise` takes it."""
        return np.asarray(self.array("within").mean(axis=0))

    def summary_frame(self, first: int = 0) -> "DataFrame":
        """Return draw (from ``first``), arm, and a column a measure of one arm."""
        return self._frame("summary", self.columns.arms, self.columns.summary, first)

    def increment_frame(self, first: int = 0) -> "DataFrame":
        """Return draw (from ``first``), arm, and a column a figure against the comparator."""
        return self._frame("increment", self.columns.others, self.columns.increments, first)

    def _frame(
        self, name: str, arms: Sequence[str], figures: Sequence[tuple[str, str]], first: int
    ) -> "DataFrame":
        from pandas import DataFrame

        values = self.array(name)
        frame = DataFrame(values.reshape(-1, len(figures)), columns=[f for f, _ in figures])
        frame.insert(0, "draw", np.repeat(np.arange(len(self)) + first, len(arms)))
        frame.insert(1, "arm", np.tile(np.array(arms, dtype=object), len(self)))
        return frame


class Response:
    """What an experiment gives as a function of its parameters: `evaluate` it at points.

    ``families`` live in every arm of each point.  With ``fresh``, point i of an evaluation has
    families [i n, (i + 1) n) of the experiment's seed, else all points have families [0, n): common
    random numbers.  ``keep`` names a figure whose replicates are kept.  Making one costs about a
    second.  Raises `Problems` as `run` does.
    """

    def __init__(
        self,
        experiment: Experiment,
        model: Model,
        families: int,
        fresh: bool = False,
        workers: int = 1,
        tell: Progress = lambda done, total, what: None,
        keep: str = "",
    ) -> None:
        self.experiment, self.model, self.keep = experiment, model, keep
        self.families, self.fresh = families, fresh
        self._terms = terms_of(experiment, model)
        self._measures = read_measures(model, self._terms.perspective)
        self._flows = [m for m in self._measures if m.name == "cost" or m.payer]
        births = NEARBY_BIRTHS if fresh else births_beside(families)
        self._runner = PointRunner(
            experiment, model, families, workers=workers, tell=tell, births=births
        )
        self._base_replicates: Floats | None = None
        self.blocks: Floats = np.empty(0)
        """Families of each block that a replicate leaves out (R - 1,), those of the base case."""
        self.columns, self._base = self._figures({}, 0)

    @property
    def base(self) -> Evaluated:
        """The base case: one point, families [0, families)."""
        return Evaluated(self.columns, self._base[None].copy())

    def read_names(self) -> frozenset[str]:
        """Return the parameters that the figures of the base case depend on.

        A parameter that is not among them may go with one that is, as the same effect in another
        effect set does; it decides nothing.
        """
        lived = self._runner.run({})
        found = set(self._runner.read_in_lives())
        for arm, ledger, values in zip(
            self.experiment.arms, lived.ledgers, lived.values, strict=True
        ):
            reads = Reads()
            account = account_of(arm.name, ledger, self.model, reads.watch(values), self._terms)
            list(summary_of(account, self._measures))
            found |= set(reads.numbers)
        return frozenset(found)

    def check_measure(self, name: str, file: str = "", line: int | None = None) -> None:
        """Raise `Problems` unless ``name`` is a figure of arms that are compared."""
        if not self.columns.others:
            text, hint = "needs an arm besides the comparator", "add another [[arm]]"
            raise Problems([Problem(file, line, "arm", text, hint=hint)])
        known = [measure for measure, _ in self.columns.increments]
        if name not in known:
            text = "is not a figure of incremental.csv"
            raise Problems([Problem(file, line, "measure", text, name, nearest(name, known))])

    def at(self, point: Point, index: int = 0) -> Floats:
        """Return the figures of one point (N,), in the order of `Columns.shapes`."""
        first = index * self.families if self.fresh else 0
        return self._figures(point, first)[1]

    def evaluate(
        self,
        points: Sequence[Point],
        *,
        start: int = 0,
        workers: int = 1,
        backend: str = "threading",
        batch: int | None = None,
        progress: Progress | None = None,
        what: str = "running the points",
        checkpoint: Checkpoints | None = None,
    ) -> Evaluated:
        """Return the figures of all ``points``, in their order.

        A point maps parameters to numbers in base units (and settings to theirs); each arm's own
        ``set`` lies on top.  Point i is the one of index ``start`` + i, which chooses its families
        where they are fresh.  ``batch`` points go to a worker at a time, by default about a second
        of work or an eighth of its share; ``workers``, ``backend`` (see `simulate.backends`) and
        ``batch`` change no bit of the result.  ``checkpoint`` keeps what is finished, and only what
        is not kept is run.
        """
        import time

        tell = progress or (lambda done, total, what: None)
        rows = np.empty((len(points), self.columns.size))
        done = np.zeros(len(points), dtype=bool)
        for first, kept in checkpoint.finished() if checkpoint is not None else ():
            here = slice(max(first - start, 0), max(first - start + len(kept), 0))
            rows[here] = kept[max(start - first, 0) :][: len(rows[here])]
            done[here] = True
        tell(int(done.sum()), len(points), what)
        if batch is None and not done.all():
            began, i = time.perf_counter(), int(np.argmin(done))
            rows[i], done[i] = self.at(points[i], start + i), True
            if checkpoint is not None:
                checkpoint.add(start + i, rows[i : i + 1])
            spent = time.perf_counter() - began
            most = min(_MOST_A_BATCH, -(-len(points) // (_LEAST_BATCHES * workers)))
            batch = int(np.clip(_SECONDS_A_BATCH / max(spent, 1e-3), 1, most))
        left = _ranges(done, batch or 1)

        def job(number: int) -> _Job:
            low, high = left[number]
            return _Job(start + low, list(points[low:high]))

        work: Callable[[_Job], Floats] = self._do
        if not shares_memory(backend):
            work = _Remote(self.experiment, self.model.fingerprint, self.families, self.fresh,
                           self.keep)  # fmt: skip
        for number, found in as_done(work, len(left), job, workers, backend):
            low, high = left[number]
            rows[low:high], done[low:high] = found, True
            if checkpoint is not None:
                checkpoint.add(start + low, found)
            tell(int(done.sum()), len(points), what)
        return Evaluated(self.columns, rows)

    def _do(self, job: "_Job") -> Floats:
        return np.stack([self.at(point, job.start + i) for i, point in enumerate(job.points)])

    def _figures(self, point: Point, first: int) -> tuple[Columns, Floats]:
        lived = self._runner.run(point, first)
        experiment, measures, terms = self.experiment, self._measures, self._terms
        accounts = [
            account_of(arm.name, ledger, self.model, values, terms)
            for arm, ledger, values in zip(
                experiment.arms, lived.ledgers, lived.values, strict=True
            )
        ]
        place = next(i for i, arm in enumerate(experiment.arms) if arm.comparator)
        base = accounts[place]
        others = [one for one in accounts if one is not base]
        summaries = [list(summary_of(one, measures)) for one in accounts]
        compared = [list(increments(one, base, measures, terms)) for one in others]
        flows = [
            [np.cumsum(cost_change(measure, one, base)[0]) for measure in self._flows]
            for one in others
        ]
        by_name = {measure.name: measure for measure in measures}
        changes = [
            evaluate(by_name[name], one) - evaluate(by_name[name], base)
            for name in ("cost", "qalys")
            for one in others
        ]
        within = (
            block_covariance(np.stack(changes, axis=1), base.families)
            if others
            else np.zeros((0, 0))
        )
        changed = self._change_errors(compared, base)
        columns = Columns(
            tuple(arm.name for arm in experiment.arms),
            base.arm,
            tuple((f.measure, f.unit) for f in summaries[0]),
            tuple((f.measure, f.unit) for f in (compared[0] if compared else [])),
            tuple(measure.payer for measure in self._flows),
            tuple(base.ends.tolist()),
            1 + len(base.families) if self.keep else 0,
        )
        parts: list[Any] = [
            [[f.value for f in row] for row in summaries],
            [[f.error for f in row] for row in summaries],
            [[f.value for f in row] for row in compared],
            [[f.error for f in row] for row in compared],
            changed,
            flows,
            within,
            [self._kept(row, columns.replicates) for row in compared],
        ]
        numbers = [np.asarray(part, dtype=np.float64).ravel() for part in parts]
        return columns, np.concatenate(numbers)

    def _kept(self, row: list[Figure], size: int) -> Floats:
        """Return the replicates of the figure that is kept, nan where it has none."""
        found = [f.replicates for f in row if f.measure == self.keep and f.replicates is not None]
        return found[0] if found else np.full(size, np.nan)

    def _change_errors(self, compared: list[list[Figure]], base: Account) -> Floats:
        size = 1 + len(base.families)
        nothing = np.full(size, np.nan)
        found = np.array(
            [[nothing if f.replicates is None else f.replicates for f in row] for row in compared]
        ).reshape(len(compared), -1, size)
        if self._base_replicates is None:
            self._base_replicates, self.blocks = found, base.families
        if self.fresh or found.shape != self._base_replicates.shape:
            return np.full(found.shape[:2], np.nan)
        return base.error(np.moveaxis(found - self._base_replicates, -1, 0))


@dataclass(frozen=True, slots=True)
class _Job:
    """Some points that follow each other, and the index of the first."""

    start: int
    points: list[Point]


@dataclass(frozen=True, slots=True)
class _Remote:
    """Does jobs in another process, which reads the tables itself."""

    experiment: Experiment
    fingerprint: str
    families: int
    fresh: bool
    keep: str = ""

    def __call__(self, job: _Job) -> Floats:
        return _response_of(_Key(self))._do(job)


class _Key:
    """What tells one response from another: the same files, families and experiment."""

    def __init__(self, remote: _Remote) -> None:
        self.remote = remote
        e = remote.experiment
        self._text = repr((e.path, e.folders, e.cohort, e.money, e.arms, remote.fingerprint,
                           remote.families, remote.fresh, remote.keep))  # fmt: skip

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._text == other._text


@lru_cache(maxsize=2)
def _response_of(key: _Key) -> Response:
    remote = key.remote
    place = remote.experiment.cohort.place
    model = read_parameters(remote.experiment.folders, place=place or None)
    if model.fingerprint != remote.fingerprint:
        text, hint = "the tables have changed since the run began", "undo the change"
        raise Problems([Problem("parameters", None, "", text, hint=hint)])
    return Response(remote.experiment, model, remote.families, remote.fresh, keep=remote.keep)


def _ranges(done: Any, batch: int) -> list[tuple[int, int]]:
    """Return the ranges of points that are not done, each of ``batch`` points at most."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], done.astype(int), [1]])))
    return [
        (low, min(low + batch, int(stop)))
        for first, stop in zip(edges[::2], edges[1::2], strict=True)
        for low in range(int(first), int(stop), batch)
    ]
