"""What a probabilistic sample says about the choice of an arm, chance of simulation removed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.decision import (
    Outcomes,
    acceptability,
    acceptability_frame,
    icer_table,
    without_noise,
)
from babs_sim.analysis.points import Evaluated
from babs_sim.analysis.wording import percent, pounds
from babs_sim.handover import Floats
from babs_sim.parameters import Model

if TYPE_CHECKING:
    from pandas import DataFrame

TOP, STEP = 50_000.0, 500.0
"""Pounds of a unit of effect up to which curves are drawn, and their step."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The sample's outcomes, as drawn and without Monte Carlo noise.

    ``kept`` (2T,) is the share of the variance of each increment, costs first, that is not noise.
    """

    drawn: Outcomes
    clean: Outcomes
    kept: Floats


def choice_of(found: Evaluated) -> Choice:
    """Return the outcomes of the draws; raises `Problems` where a figure is not finite."""
    columns = found.columns
    drawn = Outcomes(columns.arms, columns.comparator, found.costs(), found.effects(), "psa")
    if len(found) < 2 or not columns.others:
        return Choice(drawn, drawn, np.ones(2 * len(columns.others)))
    clean, kept = without_noise(drawn, found.within())
    return Choice(drawn, clean, kept)


def choice_tables(choice: Choice) -> "dict[str, DataFrame]":
    """Return icer.csv (`icer_table`) and ceac.csv (`acceptability_frame`).

    ceac.csv has besides ``evpi_with_noise``: what EVPI would be if chance in the simulation were
    taken for uncertainty about parameters.
    """
    values = np.arange(0.0, TOP + STEP / 2, STEP)
    ceac = acceptability_frame(acceptability(choice.clean, values))
    raw = acceptability(choice.drawn, values).evpi
    ceac["evpi_with_noise"] = np.repeat(raw, len(choice.drawn.arms))
    return {"icer": icer_table(choice.drawn), "ceac": ceac}


def choice_lines(choice: Choice, model: Model) -> list[str]:
    """Return what the draws say at each value of a QALY of the model."""
    table = model.table("qaly_values")
    worth = sorted({model.parameters[row.key].value for row in table})
    curves = acceptability(choice.clean, worth)
    lines = []
    for k, value in enumerate(curves.values):
        shares = ", ".join(
            f"{arm} {percent(float(chance))}"
            for arm, chance in zip(curves.arms, curves.probability[k], strict=True)
        )
        lines.append(
            f"At {pounds(float(value))} a QALY: chance of being best {shares}; best on average "
            f"{curves.arms[int(curves.best[k])]}; perfect information is worth "
            f"{pounds(float(curves.evpi[k]))} a family (EVPI)."
        )
    return lines
