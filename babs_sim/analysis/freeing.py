"""Free parameters: where the search may go, and how likely each value is beforehand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from babs_sim.errors import Problem, Problems
from babs_sim.handover import Floats
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.distributions import fit
from babs_sim.parameters.rows import FreeRow

_QUANTILES = np.linspace(5e-4, 1 - 5e-4, 801)
_STEEP = 200.0  # log density lost in one width of the search beyond the outer quantiles


@dataclass(frozen=True, slots=True)
class Free:
    """A free parameter: u in 0 to 1 is its place between its limits, on the scale of the search.

    ``prior_u`` and ``prior_log`` are a grid of the log density of u, None where it is flat.
    """

    row: FreeRow
    parameter: Parameter
    names: tuple[str, ...]
    prior_u: Floats | None = None
    prior_log: Floats | None = None

    def value(self, u: Any) -> Any:
        """Return the value at ``u``, in the unit of the parameter's table."""
        low, high = self.row.low, self.row.high
        if self.row.scale == "log":
            return low * (high / low) ** u
        return low + (high - low) * u

    def place(self, value: Any) -> Any:
        """Return u of a value."""
        low, high = self.row.low, self.row.high
        if self.row.scale == "log":
            return np.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    def log_prior(self, u: Floats) -> Floats:
        """Return the log density of ``u``, up to a constant; -inf outside 0 to 1."""
        inside = (u >= 0.0) & (u <= 1.0)
        if self.prior_u is None or self.prior_log is None:
            return np.where(inside, 0.0, -np.inf)
        log = np.interp(u, self.prior_u, self.prior_log)
        beyond = np.maximum(self.prior_u[0] - u, 0.0) + np.maximum(u - self.prior_u[-1], 0.0)
        return np.where(inside, log - _STEEP * beyond, -np.inf)


def free_parameters(model: Model) -> tuple[Free, ...]:
    """Return the free parameters in the order of calibration.csv; raises `Problems` for none."""
    rows = [found.row for found in model.rows.get("calibration", ())]
    found = tuple(_free(model, row) for row in rows if isinstance(row, FreeRow))
    if not found:
        text, hint = "names no free parameter", "add a row, or the file"
        raise Problems([Problem("calibration.csv", None, "", text, hint=hint)])
    return found


def _free(model: Model, row: FreeRow) -> Free:
    parameter = model.parameters[row.parameter]
    names = (row.parameter, *row.ties.split())
    plain = Free(row, parameter, names)
    if row.prior == "flat":
        return plain
    known = np.asarray(fit(parameter).ppf(_QUANTILES), dtype=np.float64)
    grid = np.linspace(row.low, row.high, 4001)
    base = np.array([parameter.in_base(raw) for raw in grid])
    u = plain.place(np.interp(known, base, grid, left=np.nan, right=np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = -np.log(np.gradient(u, _QUANTILES))
    there = np.isfinite(log)
    return Free(row, parameter, names, u[there], log[there])


def changes(free: Sequence[Free], u: Floats) -> dict[str, float]:
    """Return what ``u`` (P,) sets, by parameter name, in the units of the tables."""
    return {
        name: float(one.value(place))
        for one, place in zip(free, u, strict=True)
        for name in one.names
    }


def starting_point(free: Sequence[Free]) -> Floats:
    """Return u (P,) of the values in the tables."""
    return np.array([float(one.place(one.parameter.raw_value)) for one in free])
