"""Two parameters at a time, thresholds, and scenarios: named changes, structural ones too."""

import numpy as np

from babs_sim.analysis.points import Response
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found
from babs_sim.analysis.wording import number
from babs_sim.experiment import Analysis, Experiment
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.distributions import fit
from babs_sim.simulate.points import Point

TAILS = (0.025, 0.975)
_EVALUATIONS = 40
_CLOSE = 1e-4  # of the interval searched: where a search ends


def run_two_way(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Run a grid of two parameters, between their 2.5 and 97.5 percentiles unless values are given.

    Table two_way: first, first_value, second, second_value (units of the tables where given, else
    base units), arm, comparator, measure, unit, result, base_result, difference, mc_error.
    """
    from pandas import DataFrame

    response, measure = _paired(analysis, experiment, model, conditions)
    names = analysis.parameters
    axes = [_axis(model.parameters[name], analysis, place) for place, name in enumerate(names)]
    grid = [(a, b) for a in axes[0] for b in axes[1]]
    points: list[Point] = [{names[0]: a[1], names[1]: b[1]} for a, b in grid]
    found = response.evaluate(
        points, workers=conditions.workers, backend=conditions.backend, batch=conditions.batch,
        progress=conditions.tell, checkpoint=conditions.part("points"),
    )  # fmt: skip
    rows = []
    for arm in found.columns.others:
        base = float(response.base.increment(arm, measure)[0])
        unit = dict(found.columns.increments)[measure]
        for (a, b), result, error in zip(
            grid, found.increment(arm, measure), found.increment(arm, measure, change=True),
            strict=True,
        ):  # fmt: skip
            rows.append((names[0], a[0], names[1], b[0], arm, found.columns.comparator, measure,
                         unit, result, base, result - base, error))  # fmt: skip
    frame = DataFrame(
        rows,
        columns=["first", "first_value", "second", "second_value", "arm", "comparator", "measure",
                 "unit", "result", "base_result", "difference", "mc_error"],
    )  # fmt: skip
    line = f"Grid of {names[0]} and {names[1]}: {len(points)} points of {measure}."
    return Found({"two_way": frame}, {"points": len(points)}, (line,))


def _axis(parameter: Parameter, analysis: Analysis, place: int) -> list[tuple[float, float]]:
    """Return the values of an axis as they are shown, and in base units."""
    if analysis.values:
        return [(raw, parameter.in_base(raw)) for raw in analysis.values[place]]
    low, high = (float(fit(parameter).ppf(q)) for q in TAILS)
    return [(x, x) for x in np.linspace(low, high, analysis.steps).tolist()]


def run_threshold(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Find the value of each parameter at which a figure is ``target``, the others at their base.

    By Brent's method with the same families at each value.  Without ``values`` it searches the 95 %
    interval.  Table threshold: parameter, label, unit, arm, comparator, measure, target, base_value
    and base_result, low and high (limits of the search, in base units) with low_result and
    high_result, threshold (blank where the figure does not cross the target between the limits),
    result and mc_error there, evaluations.
    """
    from pandas import DataFrame

    response, measure = _paired(analysis, experiment, model, conditions)
    rows, lines = [], []
    names = analysis.parameters
    total = len(names) * len(response.columns.others)
    for done, (arm, place) in enumerate(
        (arm, place) for arm in response.columns.others for place in range(len(names))
    ):
        conditions.tell(done, total, "searching")
        parameter = model.parameters[names[place]]
        if analysis.values:
            low, high = (parameter.in_base(raw) for raw in analysis.values[place])
        else:
            low, high = (float(fit(parameter).ppf(q)) for q in TAILS)
        base = float(response.base.increment(arm, measure)[0])
        tried = _Search(response, parameter.name, arm, measure, analysis.target, conditions)
        root = tried.root(low, high)
        at = tried.seen.get(root) if root is not None else None
        rows.append(
            (parameter.name, parameter.label or parameter.name, parameter.unit, arm,
             response.columns.comparator, measure, analysis.target, parameter.value, base, low,
             high, tried.seen[low][0], tried.seen[high][0], np.nan if root is None else root,
             np.nan if at is None else at[0], np.nan if at is None else at[1], len(tried.seen))
        )  # fmt: skip
        aim, searched = number(analysis.target), f"{number(low)} to {number(high)}"
        lines.append(
            f"{arm}: {measure} does not cross {aim} for {parameter.name} of {searched} "
            f"{parameter.unit}."
            if root is None
            else f"{arm}: {measure} is {aim} at {parameter.name} {number(root)} {parameter.unit} "
            f"(searched: {searched})."
        )
    frame = DataFrame(
        rows,
        columns=["parameter", "label", "unit", "arm", "comparator", "measure", "target",
                 "base_value", "base_result", "low", "high", "low_result", "high_result",
                 "threshold", "result", "mc_error", "evaluations"],
    )  # fmt: skip
    return Found({"threshold": frame}, {"measure": measure}, tuple(lines))


class _Search:
    """Looks for the value of one parameter at which a figure is the target."""

    def __init__(
        self, response: Response, name: str, arm: str, measure: str, target: float,
        conditions: Conditions,
    ) -> None:  # fmt: skip
        self._response, self._name, self._arm = response, name, arm
        self._measure, self._target, self._conditions = measure, target, conditions
        self.seen: dict[float, tuple[float, float]] = {}

    def root(self, low: float, high: float) -> float | None:
        """Return the value, None where the figure has no change of sign between the limits."""
        from scipy.optimize import brentq

        ends = self._away(low), self._away(high)
        for value, away in zip((low, high), ends, strict=True):
            if away == 0.0:
                return value
        if not ends[0] * ends[1] < 0.0:
            return None
        found = brentq(
            self._away, low, high, xtol=_CLOSE * abs(high - low), maxiter=_EVALUATIONS, disp=False
        )
        value = float(found)
        self._away(value)
        return value

    def _away(self, value: float) -> float:
        if value not in self.seen:
            row = self._response.evaluate([{self._name: float(value)}], batch=1)
            figures = (row.increment(self._arm, self._measure, error=e)[0] for e in (False, True))
            result, error = figures
            self.seen[float(value)] = float(result), float(error)
        return self.seen[value][0] - self._target


def _paired(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> tuple[Response, str]:
    measure = analysis.measure or NET_BENEFIT
    response = Response(
        experiment, model, experiment.cohort.families, False, conditions.workers, conditions.tell
    )
    response.check_measure(measure)
    return response, measure
