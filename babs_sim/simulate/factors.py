"""Centring factors by the rows of rates that they belong to, for the readable engine."""

import numpy as np

from babs_sim.lifecourse.compiling import Compiled
from babs_sim.lifecourse.machine import AT
from babs_sim.parameters import Model
from babs_sim.simulate.centring import Factors


def factors_by_row(
    model: Model, compiled: Compiled, factors: Factors
) -> dict[tuple[str, str], float]:
    """Return each centred rate's factor by (key of its row, sex of the child or "" for both)."""
    factor, mass_factor = factors
    kinds = dict(zip(compiled.names.events, compiled.machine.kind, strict=True))
    found = {}
    for block, (event, sex) in enumerate(compiled.names.rows):
        rows = sorted(
            (
                r
                for r in model.table("rates")
                if r.event == event and r.sex in ("", sex or "female")
            ),
            key=lambda row: row.key,
        )
        for piece, row in enumerate(rows):
            bands = np.flatnonzero(compiled.piece[block] == piece)
            if kinds[event] == AT:
                found[row.key, sex] = float(mass_factor[block])
            elif len(bands):
                found[row.key, sex] = float(factor[block, bands[0]])
    return found
