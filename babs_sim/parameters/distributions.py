"""Distributions of parameters: fitted to value and 95 % interval, and drawn from together.

The mean of the fitted distribution is the parameter's value; for a log-normal it is the median,
because ratios are point estimates on the log scale.  Everything is by inverse distribution
function, one uniform a parameter, so a draw depends on its own uniforms only.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.parameters.model import Model, Parameter
from babs_sim.units import UNITS

if TYPE_CHECKING:
    from babs_sim.handover import Floats

Z = 1.959963984540054
"""The 97.5 percentile of the standard normal distribution."""

LATENT = "latent."
"""Prefix of the column that a group of numbers shares."""

NIL = ".nil"
"""Suffix of the latent column that says in which draws the effects of a group are nil."""

_TAILS = (0.025, 0.975)
_MOST_SHAPE = 1e9


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted distribution, in base units, cut off at the plausible range of the unit."""

    quantile: Callable[[Any], Any]
    average: float
    least: float
    most: float

    def ppf(self, q: "Floats | float") -> Any:
        """Return the quantile of ``q`` in (0, 1), any shape."""
        import numpy as np

        return np.clip(self.quantile(q), self.least, self.most)

    def mean(self) -> float:
        """Return the mean before the cut."""
        return self.average


def fit(parameter: Parameter) -> Fitted:
    """Return the distribution of a parameter from its value and interval, both in base units.

    Normal and log-normal take their width from the interval; beta and gamma (and the margin of a
    Dirichlet, a beta) match the mean and the width of the interval, as nearly as their shape
    allows; uniform, triangular and PERT lie between the limits with the value as their mean.
    """
    unit = UNITS[parameter.unit]
    low, value, high = parameter.low, parameter.value, parameter.high
    kind = parameter.distribution
    if kind == "fixed" or low is None or high is None:
        return Fitted(lambda q: 0.0 * q + value, value, unit.least, unit.most)
    quantile, average = _SHAPES[kind](low, value, high)
    least, most = (low, high) if kind in ("uniform", "triangular", "pert") else (
        unit.least, unit.most
    )  # fmt: skip
    return Fitted(quantile, average, least, most)


_Shape = tuple[Callable[[Any], Any], float]


def _normal(low: float, value: float, high: float) -> _Shape:
    from scipy.special import ndtri

    sd = (high - low) / (2 * Z)
    return lambda q: value + sd * ndtri(q), value


def _lognormal(low: float, value: float, high: float) -> _Shape:
    import numpy as np
    from scipy.special import ndtri

    sigma = math.log(high / low) / (2 * Z)
    return lambda q: value * np.exp(sigma * ndtri(q)), value * math.exp(sigma**2 / 2)


def _beta(low: float, value: float, high: float) -> _Shape:
    from scipy.special import betaincinv

    size = concentration(low, value, high)
    a, b = value * size, (1.0 - value) * size
    return lambda q: betaincinv(a, b, q), value


def concentration(low: float, value: float, high: float) -> float:
    """Return a + b of the beta distribution with this mean and width of the 95 % interval."""
    from scipy.special import betaincinv

    def width(size: float) -> float:
        a, b = value * size, (1.0 - value) * size
        return float(betaincinv(a, b, _TAILS[1]) - betaincinv(a, b, _TAILS[0]))

    return _narrowed(width, high - low, 0.5 / min(value, 1.0 - value))


def _gamma(low: float, value: float, high: float) -> _Shape:
    from scipy.special import gammaincinv

    def width(shape: float) -> float:
        limits = gammaincinv(shape, _TAILS[1]) - gammaincinv(shape, _TAILS[0])
        return float(limits) * value / shape

    shape = _narrowed(width, high - low, 0.5)
    return lambda q: gammaincinv(shape, q) * value / shape, value


def _narrowed(width: Callable[[float], float], wanted: float, first: float) -> float:
    """Return the size at which ``width``, which falls as size rises, is ``wanted``.

    Below ``first`` the distribution piles up at a limit and the width no longer rises reliably;
    an interval wider than that gives ``first``.
    """
    from scipy.optimize import brentq

    if width(first) <= wanted:
        return first
    root = brentq(
        lambda log: width(math.exp(log)) - wanted, math.log(first), math.log(_MOST_SHAPE),
        xtol=1e-12,
    )  # fmt: skip
    return math.exp(float(root))


def _uniform(low: float, value: float, high: float) -> _Shape:
    return lambda q: low + (high - low) * q, (low + high) / 2


def _triangular(low: float, value: float, high: float) -> _Shape:
    import numpy as np

    mode = min(max(3 * value - low - high, low), high)
    below, above = mode - low, high - mode
    split = below / (high - low)

    def quantile(q: Any) -> Any:
        rising = low + np.sqrt(q * (high - low) * below)
        falling = high - np.sqrt((1 - q) * (high - low) * above)
        return np.where(q < split, rising, falling)

    return quantile, (low + mode + high) / 3


def _pert(low: float, value: float, high: float) -> _Shape:
    from scipy.special import betaincinv

    mode = min(max((6 * value - low - high) / 4, low), high)
    a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    average = (low + 4 * mode + high) / 6
    return lambda q: low + (high - low) * betaincinv(a, b, q), average


_SHAPES: Mapping[str, Callable[[float, float, float], _Shape]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "dirichlet": _beta,
    "gamma": _gamma,
    "uniform": _uniform,
    "triangular": _triangular,
    "pert": _pert,
}


def drawn(model: Model) -> tuple[str, ...]:
    """Return the columns of a sample: what varies, sorted, then one latent column a group.

    A group (``group`` of a row, with a correlation in ``model.toml``) has a column
    ``latent.<group>``, and ``latent.<group>.nil`` where it has a ``nil_share``.  Shares of one
    Dirichlet have no latent column.
    """
    varied = [p for p in model.parameters.values() if p.distribution != "fixed"]
    groups = {group_of(p)[0] for p in varied if p.group and p.distribution != "dirichlet"}
    nil = [group + NIL for group in groups if _nil_share(group) in model.parameters]
    latent = sorted(LATENT + name for name in (*groups, *nil))
    return (*sorted(p.name for p in varied), *latent)


def group_of(parameter: Parameter) -> tuple[str, float]:
    """Return the group of a parameter and its sign: ``-efficacy`` moves against the group."""
    name = parameter.group.removeprefix("-")
    return name, -1.0 if name != parameter.group else 1.0


def _nil_share(group: str) -> str:
    return f"model.groups.{group}.nil_share"


def _nil_members(model: Model, group: str) -> list[str]:
    """Return the effects of a group that are nil together: those on events of ``nil_person``."""
    wanted = model.values().setting(f"model.groups.{group}.nil_person", "")
    persons = {row.name: row.person for row in model.table("events")}
    return [
        row.key
        for row in model.table("effects")
        if row.group.removeprefix("-") == group and wanted in ("", persons[row.event])
    ]


def sample(model: Model, u: "Floats") -> "Floats":
    """Return draws of what varies, shape (draws, columns) in the order of `drawn`, base units.

    ``u`` (draws, columns) are uniforms in (0, 1).  Row 0 holds the base values.  Numbers of one
    group are joined by a Gaussian copula: each latent normal is sqrt(rho) times that of the group
    plus sqrt(1 - rho) times its own; rho is the group's correlation, in that draw.  Dirichlet
    groups are gamma draws divided by their sum.  The latent columns return their normals.
    """
    import numpy as np
    from scipy.special import gammaincinv, ndtr, ndtri

    columns = drawn(model)
    if u.ndim != 2 or u.shape[1] != len(columns):
        raise ValueError(f"u has shape {u.shape}, not (draws, {len(columns)})")
    place = {name: c for c, name in enumerate(columns)}
    result = np.empty_like(u)
    shares: dict[str, list[Parameter]] = {}
    grouped: list[Parameter] = []
    for name in columns:
        if name.startswith(LATENT):
            if not name.endswith(NIL):
                result[:, place[name]] = ndtri(u[:, place[name]])
            continue
        parameter = model.parameters[name]
        if parameter.distribution == "dirichlet":
            shares.setdefault(parameter.group, []).append(parameter)
        elif parameter.group:
            grouped.append(parameter)
        else:
            result[:, place[name]] = fit(parameter).ppf(u[:, place[name]])
    for parameter in grouped:
        c = place[parameter.name]
        group, sign = group_of(parameter)
        correlation = f"model.groups.{group}.correlation"
        rho = (
            result[:, place[correlation]]
            if correlation in place
            else model.parameters[correlation].value
        )
        common = sign * result[:, place[LATENT + group]]
        latent = np.sqrt(rho) * common + np.sqrt(1.0 - rho) * ndtri(u[:, c])
        result[:, c] = fit(parameter).ppf(ndtr(latent))
    for members in shares.values():
        at = [place[p.name] for p in members]
        gammas = gammaincinv(dirichlet_sizes(members), u[:, at])
        result[:, at] = gammas / gammas.sum(axis=1, keepdims=True)
    for name in columns:
        if name.startswith(LATENT) and name.endswith(NIL):
            group = name.removeprefix(LATENT).removesuffix(NIL)
            key = _nil_share(group)
            share = result[:, place[key]] if key in place else model.parameters[key].value
            nil = u[:, place[name]] < share
            result[:, place[name]] = nil
            for member in _nil_members(model, group):
                if member in place:
                    result[nil, place[member]] = 1.0
    if len(result):
        for name in columns:
            latent_column = name.startswith(LATENT)
            result[0, place[name]] = 0.0 if latent_column else model.parameters[name].value
    return result


def dirichlet_sizes(members: Sequence[Parameter]) -> "Floats":
    """Return the shapes of the gamma numbers whose shares of their sum are a Dirichlet's.

    The concentration is the geometric mean of those of the members' margins.
    """
    import numpy as np

    sizes = [concentration(p.low, p.value, p.high) for p in members
             if p.low is not None and p.high is not None]  # fmt: skip
    return np.array([p.value for p in members]) * math.exp(np.mean(np.log(sizes)))


def draw_of(model: Model, row: "Floats") -> dict[str, float]:
    """Return one row of a sample as numbers by name, as `Model.values` takes them."""
    return {
        name: float(value)
        for name, value in zip(drawn(model), row, strict=True)
        if not name.startswith(LATENT)
    }
