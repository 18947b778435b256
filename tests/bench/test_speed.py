"""Benchmarks, run by ``python -m pytest tests/bench``: printed, never judged.

An event is a firing of a clock; the end of follow-up does not count.
"""

import math
from pathlib import Path

import pytest

from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.parameters.service import exposures_of
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families, no_exposure
from babs_sim.simulate.running import in_parallel
from babs_sim.tables import shipped
from tests.crosscheck.published import shared_w1
from tests.folders import write_folder

BLOCK, BLOCKS = 2_500, 40


@pytest.mark.parametrize("threads", [1, 2])
def test_six_competing_clocks(tmp_path: Path, benchmark, threads: int) -> None:
    """The common speed workload: 20.98 events a life, with costs, QALYs and discounting moments."""
    tables = shared_w1([0.12, 0.09, 0.07, 0.05, 0.02], 0.0125, math.expm1(0.035))
    model = read_parameters([write_folder(tmp_path, tables)])
    report(benchmark, model, "births", 100.0, threads)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("population", ["referred", "births"])
def test_core_model(benchmark, population: str, threads: int) -> None:
    """Lives of 18 years in the shipped model, without the service, families drawn beforehand."""
    model = read_parameters([shipped() / "parameters"], place="knowsley")
    report(benchmark, model, population, 18.0, threads)


def report(benchmark, model, population: str, horizon: float, threads: int) -> None:
    """Time the kernel alone and add events and families per second."""
    values = model.values()
    compiled = compile_rates(model, values, horizon)
    cohort = read_cohort(model, values, population)
    families = [make_families(cohort, 1, b * BLOCK, BLOCK) for b in range(BLOCKS)]
    nothing = no_exposure(BLOCK, exposures_of(model))

    def block(index: int) -> float:
        tally = Tally.empty(compiled, 0)
        live_families(compiled, families[index], nothing, seed_key(1), tally)
        return float(tally.count[:, :, 0].sum())

    def everything() -> float:
        return sum(in_parallel(block, BLOCKS, threads, lambda *_: None, ""))

    block(0)
    fired = benchmark.pedantic(everything, rounds=5, warmup_rounds=1)
    events = fired
    seconds = benchmark.stats.stats.median
    benchmark.extra_info["million events per second"] = round(events / seconds / 1e6, 3)
    benchmark.extra_info["nanoseconds per event"] = round(seconds / events * 1e9, 1)
    benchmark.extra_info["families per second"] = round(BLOCK * BLOCKS / seconds)
    print(f"\n{population}, {threads} thread(s): {benchmark.extra_info}")
