"""Draws of all numbers that vary, as a probabilistic analysis takes them."""

from dataclasses import dataclass

import numpy as np

from babs_sim.analysis.verification.subject import NotApplicable, Subject
from babs_sim.handover import Floats
from babs_sim.parameters import Model
from babs_sim.parameters.distributions import LATENT, NIL, drawn, fit, group_of
from babs_sim.parameters.model import Parameter

DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws (N, columns) in base units; row 0 holds the base values."""

    model: Model
    columns: tuple[str, ...]
    values: Floats

    @property
    def parameters(self) -> list[Parameter]:
        """The numbers that vary."""
        return [self.model.parameters[c] for c in self.columns if not c.startswith(LATENT)]

    def column(self, name: str) -> Floats:
        """Return the draws of one number, the base value left out."""
        return np.asarray(self.values[1:, self.columns.index(name)])

    def live(self, parameter: Parameter) -> Floats:
        """Return the draws of a number, without those in which its group is nil."""
        found = self.column(parameter.name)
        switch = f"{LATENT}{group_of(parameter)[0]}{NIL}"
        if not parameter.group or switch not in self.columns:
            return found
        kept = self.column(switch) == 0.0
        return found[kept] if (found[~kept] == 1.0).all() else found

    def errors_off(self, parameter: Parameter) -> float:
        """Return by how many standard errors draws miss the centre of their distribution.

        The centre is the mean; of a log-normal the median, which is that of the logarithms.
        """
        found = self.live(parameter)
        centre = fit(parameter).mean()
        if parameter.distribution == "lognormal":
            if found.min() <= 0.0:
                return np.inf
            found, centre = np.log(found), float(np.log(parameter.value))
        error = float(found.std(ddof=1)) / np.sqrt(len(found))
        return float(found.mean() - centre) / error if error > 0.0 else np.inf


def draws_of(subject: Subject, number: int = DRAWS) -> Draws:
    """Return draws of all numbers that vary; `NotApplicable` where none does."""
    columns = drawn(subject.model)
    if not columns:
        raise NotApplicable("no number of the tables has a distribution")
    return Draws(subject.model, columns, subject.draws(number))
