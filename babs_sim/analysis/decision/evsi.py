"""What a study would be worth: EVSI by regression on the study's summary (Strong and others 2015).

For each draw a study is simulated whose truth is that draw; net benefits are regressed on what the
study would report.  The expected net benefit of sampling is EVSI for all families whom the decision
affects once the study is known, minus what the study costs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from babs_sim.analysis.decision.evppi import (
    Sample,
    check_sample,
    evppi,
    incremental_benefit,
    worth_of,
)
from babs_sim.analysis.decision.outcomes import Outcomes
from babs_sim.analysis.decision.population import affected_families
from babs_sim.errors import Problem, raise_if
from babs_sim.handover import Floats
from babs_sim.randomness import uniforms

if TYPE_CHECKING:
    from pandas import DataFrame

Kind = Literal["mean", "proportion", "rate", "ratio"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a study sees of one parameter.

    ``mean``: a normal mean, ``sd`` the standard deviation between families; ``proportion``: a
    binomial share; ``rate``: Poisson events in ``years`` of follow-up a family; ``ratio``: a normal
    log ratio, ``sd`` that of one family's information.  ``share`` is the part of the study's
    families that inform it.
    """

    parameter: str
    kind: Kind = "mean"
    sd: float = 1.0
    share: float = 1.0
    years: float = 1.0


@dataclass(frozen=True, slots=True)
class Study:
    """A study: what it observes, which sizes are thought of, and what it costs in pounds."""

    name: str
    observations: tuple[Observation, ...]
    families: tuple[int, ...]
    fixed_cost: float = 0.0
    cost_per_family: float = 0.0
    years: int = 0


def evsi(
    outcomes: Outcomes,
    sample: Sample,
    study: Study,
    value: float,
    *,
    families_a_year: float,
    decision_years: int,
    steps: Sequence[tuple[float, float]] = ((0.0, 0.0),),
    seed: int = 1,
    limit: float | None = None,
) -> "DataFrame":
    """Return what a study is worth, a row for each size.

    ``value`` is pounds of a unit of effect, ``steps`` the discount rates of `affected_families`,
    ``limit`` EVPI as in `evppi`.
    Columns: ``study, families, evsi, error`` (pounds per family affected), ``affected_families``
    (after ``study.years``), ``population_evsi, cost, net_benefit_of_sampling``.  EVSI is never
    above the EVPPI of what the study observes.  The same random numbers serve all sizes.  Raises
    `Problems` for an unknown parameter and for one that its kind of observation cannot have.
    """
    from pandas import DataFrame

    observed = tuple(observation.parameter for observation in study.observations)
    check_sample(outcomes, sample, {study.name: observed})
    raise_if(study_problems(sample, study))
    known = evppi(outcomes, sample, {study.name: observed}, value, seed, limit)
    most = float(known["evppi"].iloc[0])
    increments = incremental_benefit(outcomes, value)
    affected = affected_families(families_a_year, decision_years, steps, study.years)
    rows = []
    for size in study.families:
        worth = worth_of(summaries(sample, study, size, seed), increments, seed)
        gain = min(worth.value, most)
        cost = study.fixed_cost + study.cost_per_family * size
        rows.append(
            {
                "study": study.name,
                "families": size,
                "evsi": gain,
                "error": worth.error,
                "affected_families": affected,
                "population_evsi": gain * affected,
                "cost": cost,
                "net_benefit_of_sampling": gain * affected - cost,
            }
        )
    return DataFrame(rows)


def summaries(sample: Sample, study: Study, size: int, seed: int) -> Floats:
    """Return what a study of ``size`` families reports in each draw, (N, observations)."""
    from scipy.special import ndtri
    from scipy.stats import binom, poisson

    columns = []
    for observation in study.observations:
        truth = sample.columns([observation.parameter])[:, 0]
        name = f"study.{study.name}.{observation.parameter}"
        u = uniforms(seed, np.arange(len(truth)), name)
        informing = max(size * observation.share, 1e-9)
        if observation.kind == "proportion":
            number = max(round(informing), 1)
            columns.append(binom.ppf(u, number, truth) / number)
        elif observation.kind == "rate":
            exposed = informing * observation.years
            columns.append(poisson.ppf(u, truth * exposed) / exposed)
        else:
            centre = np.log(truth) if observation.kind == "ratio" else truth
            columns.append(centre + observation.sd / np.sqrt(informing) * ndtri(u))
    return np.column_stack(columns)


_LIMITS = {
    "mean": (-np.inf, np.inf, ""),
    "proportion": (0.0, 1.0, "a proportion lies between 0 and 1"),
    "rate": (0.0, np.inf, "a rate is not negative"),
    "ratio": (np.nextafter(0.0, 1.0), np.inf, "a ratio is above 0"),
}


def study_problems(sample: Sample, study: Study) -> Iterator[Problem]:
    """Yield what a study observes that its sample cannot have."""
    if not study.observations:
        yield Problem(sample.source, None, study.name, "is a study that observes nothing")
    if min(study.families, default=0) < 1:
        yield Problem(sample.source, None, study.name, "needs sizes of one family or more")
    for observation in study.observations:
        low, high, words = _LIMITS[observation.kind]
        drawn = sample.columns([observation.parameter])
        if drawn.min() < low or drawn.max() > high:
            text = f"cannot be observed as a {observation.kind}: {words}"
            got = f"{drawn.min():g} to {drawn.max():g}"
            yield Problem(sample.source, None, observation.parameter, text, got)
