"""A population under changed numbers, near one that is known: the same selection, much quicker.

Selecting families afresh looks at 65,536 births twice.  Near a known population it is enough to
see, with a small sample and the same random numbers, by how much its tilts must move.
"""

from dataclasses import replace

import numpy as np

from babs_sim.handover import Floats
from babs_sim.parameters import Model, Values
from babs_sim.population.families import Cohort, reference_features, sampler_of, tilted
from babs_sim.population.selection import tilt_to

NEARBY_SIZE = 2**13
"""Selected families that are looked at; the error that is left is second order in the change."""


class NearbyCohorts:
    """Cohorts of one population, each near the ``base`` one, which is that of ``values``."""

    def __init__(self, model: Model, values: Values, population: str, base: Cohort) -> None:
        self._model, self._base = model, base
        self._wanted = [row for row in model.table("selection") if row.population == population]
        self._order = [base.names[base.order.index(place)] for place in range(len(base.order))]
        self._noise = self._moves(values) if self._wanted else np.zeros(0)

    def __call__(self, values: Values) -> Cohort:
        """Return the cohort of changed values; raises `SelectionFailed`."""
        sampler = sampler_of(self._model, values, self._order)
        if self._wanted:
            tilt = self._base.sampler.tilt + self._moves(values) - self._noise
            sampler = tilted(sampler, self._order, self._wanted, tilt)
        return replace(self._base, sampler=sampler)

    def _moves(self, values: Values) -> Floats:
        """Return how far the base tilts must move for the small sample to show the targets."""
        plain = sampler_of(self._model, values, self._order)
        sampler = tilted(plain, self._order, self._wanted, self._base.sampler.tilt)
        chosen = self._order[: self._base.selecting]
        features = reference_features(sampler, chosen, len(chosen), self._wanted, NEARBY_SIZE)
        return tilt_to(features, np.array([values[row.key] for row in self._wanted]))
