"""Benchmarks, run by ``python -m pytest tests/bench``: printed, never judged.

An event is a firing of a clock; the end of follow-up does not count.  Families and what the service
gives them are drawn beforehand: this is the kernel alone, with its accrual.
"""

import numpy as np
import pytest

from babs_sim.analysis.decision import Outcomes, acceptability
from babs_sim.analysis.decision.evppi import worth_of
from babs_sim.experiment import find_experiment, load
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.pathway import run_service
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families, no_exposure
from babs_sim.simulate.running import (
    centring_factors,
    cohort_of,
    in_parallel,
    prepare_arm,
    reference_of,
)
from tests.crosscheck.published import FOLDER

BLOCK, BLOCKS = 2_500, 40


@pytest.mark.parametrize("threads", [1, 2])
def test_six_competing_clocks(benchmark, threads: int) -> None:
    """The common speed workload: 20.7 events a life, with costs, QALYs, discounting moments."""
    model = read_parameters([FOLDER / "base", FOLDER / "six_clocks" / "parameters"])
    compiled = compile_rates(model, model.values(), 100.0)
    cohort = read_cohort(model, model.values(), "births")
    families = [make_families(cohort, 1, b * BLOCK, BLOCK) for b in range(BLOCKS)]
    report(benchmark, compiled, [(f, no_exposure(BLOCK, ())) for f in families], threads)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("arm", [0, 1])
def test_core_model(benchmark, arm: int, threads: int) -> None:
    """Both arms of the base case: referred families followed for 18 years, rates centred."""
    experiment, model = load(find_experiment("base_case"))
    quiet = lambda *_: None  # noqa: E731
    factors = centring_factors(reference_of(experiment, model), {}, 18.0, 2, quiet)
    chosen = experiment.arms[arm]
    ready = prepare_arm(model, chosen.name, chosen.set, 18.0, factors)
    cohort, _ = cohort_of(experiment, model)
    families = [make_families(cohort, 1, b * BLOCK, BLOCK) for b in range(BLOCKS)]
    served = [(f, run_service(model, ready.values, f, 1)) for f in families]
    report(benchmark, ready.compiled, served, threads)


def report(benchmark, compiled: Compiled, served: list, threads: int) -> None:
    """Time the kernel alone and add events and families per second."""

    def block(index: int) -> float:
        people, exposure = served[index]
        tally = Tally.empty(compiled, len(exposure.activities))
        live_families(compiled, people, exposure, seed_key(1), tally)
        return float(tally.count[:, :, 0].sum())

    def everything() -> float:
        return sum(in_parallel(block, BLOCKS, threads, lambda *_: None, ""))

    events = benchmark.pedantic(everything, rounds=5, warmup_rounds=1)
    seconds = benchmark.stats.stats.median
    benchmark.extra_info["million events per second"] = round(events / seconds / 1e6, 3)
    benchmark.extra_info["nanoseconds per event"] = round(seconds / events * 1e9, 1)
    benchmark.extra_info["families per second"] = round(BLOCK * BLOCKS / seconds)
    print(f"\n{threads} thread(s): {benchmark.extra_info}")


def test_decision_curves(benchmark) -> None:
    """Acceptability, frontier, EVPI, expected loss: 10,000 draws, 3 options, 501 thresholds."""
    rng = np.random.default_rng(1)
    costs, effects = rng.gamma(2, 5_000, (10_000, 3)), rng.normal(10, 1, (10_000, 3))
    outcomes = Outcomes(("a", "b", "c"), "a", costs, effects)
    benchmark(acceptability, outcomes, np.linspace(0, 50_000, 501))


def test_information_on_one_parameter(benchmark) -> None:
    """EVPPI of a single parameter with its standard error, 10,000 draws."""
    rng = np.random.default_rng(1)
    z = rng.standard_normal((10_000, 1))
    increments = 500 + 1_000 * z + 600 * rng.standard_normal((10_000, 1))
    benchmark(worth_of, z, increments)
