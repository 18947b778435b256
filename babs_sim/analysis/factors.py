"""What a global analysis moves: single parameters, or groups of correlated ones.

Letters for shapes: P points, F factors, C inputs, each a uniform number of one factor.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.drawing import Draws
from babs_sim.errors import Problem, Problems
from babs_sim.experiment import Analysis, Experiment
from babs_sim.handover import Floats
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.distributions import (
    LATENT,
    NIL,
    dirichlet_sizes,
    drawn,
    fit,
    group_of,
    sample,
)

GROUP = "group."
"""Prefix of the name of a factor that is a group."""

_LEAST = 2.0**-40  # so that a quantile is finite


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that moves by itself: ``members`` are the parameters that move with it."""

    name: str
    label: str
    members: tuple[str, ...]

    @property
    def together(self) -> bool:
        """Return whether this is a group of correlated parameters."""
        return self.name.startswith(GROUP)


def varying(model: Model) -> list[Parameter]:
    """Return the parameters that have a distribution, in the order of the model."""
    return [p for p in model.parameters.values() if p.distribution != "fixed"]


def fits(name: str, wanted: str) -> bool:
    """Return whether a name is ``wanted``, or begins as it does where it ends in ``*``."""
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted


def factors_of(model: Model, wanted: Sequence[str] = (), groups: bool = False) -> list[Factor]:
    """Return what moves: parameters that vary, or of ``wanted`` those that do.

    With ``groups`` the chosen numbers of a correlated group are one factor, ``group.<name>``, and
    the group's uncertain correlation and share of nil effects belong to it.  Shares of a Dirichlet
    stay single: each is a gamma number, and all are divided by their sum.
    """
    chosen = [p for p in varying(model) if not wanted or any(fits(p.name, one) for one in wanted)]
    together: dict[str, list[Parameter]] = {}
    if groups:
        for p in chosen:
            if p.group and p.distribution != "dirichlet":
                together.setdefault(group_of(p)[0], []).append(p)
    inside = {p.name for members in together.values() for p in members}
    hidden = {name for group in together for name in _governing(group)}
    single = [
        Factor(p.name, p.label or p.name, (p.name,))
        for p in chosen
        if p.name not in inside | hidden
    ]
    return single + [
        Factor(GROUP + name, f"Group {name} ({len(members)} parameters)",
               tuple(p.name for p in members))
        for name, members in sorted(together.items())
    ]  # fmt: skip


def check_factors(factors: Sequence[Factor], analysis: Analysis, experiment: Experiment) -> None:
    """Raise `Problems` for fewer than two factors, and for groups where none is to be moved."""
    file, problems = str(experiment.path), list[Problem]()
    if len(factors) < 2:
        text = f"an analysis of the kind '{analysis.kind}' needs two parameters that vary, or more"
        hint = "name more, or leave the key out for all; a fixed number does not vary"
        problems.append(Problem(file, None, "parameters", text, str(len(factors)), hint))
    if analysis.groups and not any(len(f.members) > 1 for f in factors):
        text = "is true, but no two of the parameters are correlated with each other"
        hint = "leave the key out, or choose more parameters"
        problems.append(Problem(file, None, "groups", text, hint=hint))
    if problems:
        raise Problems(problems)


def moved(model: Model, factors: Sequence[Factor], u: Floats) -> Draws:
    """Return the points at which each factor is at its quantile ``u`` (P, F).

    Members of a group are all at the quantile of the group, those that move against it at 1 - u.
    """
    by_name = {name: f for f, factor in enumerate(factors) for name in factor.members}
    columns: dict[str, Floats] = {}
    shares: dict[str, list[Parameter]] = {}
    at = np.clip(u, _LEAST, 1.0 - _LEAST)
    for name, f in by_name.items():
        p = model.parameters[name]
        if p.distribution == "dirichlet":
            shares.setdefault(p.group, []).append(p)
            continue
        against = factors[f].together and group_of(p)[1] < 0
        columns[name] = fit(p).ppf(1.0 - at[:, f] if against else at[:, f])
    for group in shares:
        columns |= _shares(model, group, {n: at[:, f] for n, f in by_name.items()})
    return Draws(tuple(columns), _stacked(columns.values(), len(u)))


def _shares(model: Model, group: str, u: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return all shares of a Dirichlet; gammas that are not moved are at their means."""
    from scipy.special import gammaincinv

    members = [p for p in varying(model) if p.group == group and p.distribution == "dirichlet"]
    sizes = dirichlet_sizes(members)
    rows = len(next(iter(u.values())))
    gammas = np.stack(
        [gammaincinv(size, u[p.name]) if p.name in u else np.full(rows, size)
         for p, size in zip(members, sizes, strict=True)]
    )  # fmt: skip
    found = gammas / gammas.sum(axis=0)
    return {p.name: row for p, row in zip(members, found, strict=True)}


def inputs_of(model: Model, factors: Sequence[Factor]) -> list[tuple[str, int]]:
    """Return (column, factor) of the C uniform numbers that `drawn_together` takes.

    A group has those of its members, its latent ones, its correlation and its share of nil effects:
    all that makes its numbers in a probabilistic analysis.
    """
    known = drawn(model)
    found: list[tuple[str, int]] = []
    for f, factor in enumerate(factors):
        names = [*factor.members]
        if factor.together:
            group = factor.name.removeprefix(GROUP)
            names += [LATENT + group, LATENT + group + NIL, *_governing(group)]
        found += [(name, f) for name in names if name in known]
    return found


def drawn_together(
    model: Model, factors: Sequence[Factor], inputs: Sequence[tuple[str, int]], u: Floats
) -> Draws:
    """Return the points at uniform numbers ``u`` (P, C), C as in ``inputs``.

    Factors are independent of each other; the members of a group have among themselves the joint
    distribution of a probabilistic analysis.
    """
    at = np.clip(u, _LEAST, 1.0 - _LEAST)
    alone = [f for f, factor in enumerate(factors) if not factor.together]
    first = [next(c for c, (_, owner) in enumerate(inputs) if owner == f) for f in alone]
    single = moved(model, [factors[f] for f in alone], at[:, first])
    groups = [factor for factor in factors if factor.together]
    if not groups:
        return single
    names = drawn(model)
    whole = np.full((1 + len(u), len(names)), 0.5)  # sample() keeps its row 0 for the base case
    for c, (name, owner) in enumerate(inputs):
        if factors[owner].together:
            whole[1:, names.index(name)] = at[:, c]
    values = sample(model, whole)[1:]
    kept = [name for name, owner in inputs if factors[owner].together and name in model.parameters]
    columns = [values[:, names.index(name)] for name in kept]
    return Draws((*single.names, *kept), np.column_stack([single.values, *columns]))


def _governing(group: str) -> tuple[str, str]:
    return f"model.groups.{group}.correlation", f"model.groups.{group}.nil_share"


def _stacked(columns: Iterable[Floats], rows: int) -> Floats:
    listed = list(columns)
    return np.column_stack(listed) if listed else np.empty((rows, 0))
