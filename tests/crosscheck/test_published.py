"""Models of others come out of the ordinary engine, from tables alone.

The page docs/published_models.md shows the comparison.  ``BABS_SIM_CASE_PERSONS`` asks for more
people than the ordinary run.
"""

import os
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from babs_sim.analysis.accounts import evaluate
from babs_sim.analysis.base import BaseCase, analyse
from babs_sim.analysis.decision import Outcomes, icer_table
from babs_sim.experiment import Arm
from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.pathway import run_service
from babs_sim.population import make_families
from babs_sim.simulate import run
from babs_sim.simulate.running import cohort_of
from tests.crosscheck.published import (
    PAGE,
    Line,
    compare,
    lived,
    names,
    page,
    read,
    wanted,
)
from tests.crosscheck.twins import compare as compare_twins

TWINS = 30
OTHER_SIZE = "BABS_SIM_CASE_PERSONS" in os.environ


@cache
def base_of(name: str) -> BaseCase:
    return lived(name)


def lines_of(name: str) -> list[Line]:
    return compare(name, base_of(name))


@pytest.mark.parametrize("name", names())
def test_a_model_gives_its_published_figures(name: str) -> None:
    lines = lines_of(name)
    assert len(lines) == len(wanted(name)) > 0
    assert [line for line in lines if not line.agrees] == []
    if not OTHER_SIZE:
        assert [line for line in lines if not line.precise] == []


@pytest.mark.parametrize("name", names())
def test_the_readable_engine_lives_the_same_lives(name: str) -> None:
    experiment, model = read(name)
    cohort, _ = cohort_of(experiment, model)
    families = make_families(cohort, experiment.cohort.seed, 0, TWINS)
    for arm in experiment.arms:
        values = model.values(arm.set)
        compiled = compile_rates(model, values, float(experiment.cohort.horizon_years))
        exposure = run_service(model, values, families, 1)
        factors = np.ones_like(compiled.published), np.ones(len(compiled.centred))
        twins = compare_twins(model, values, compiled, factors, families, exposure, 1)
        assert twins.differences == ()
        assert twins.events > 0


@pytest.mark.parametrize("name", names())
def test_every_source_of_a_figure_is_cited(name: str) -> None:
    _, model = read(name)
    cited = {row.name for row in model.table("sources")}
    assert {row["source"] for row in wanted(name)} <= cited | {"exact"}


@pytest.mark.skipif(OTHER_SIZE, reason="the page shows the ordinary number of people")
def test_the_page_is_what_comes_out() -> None:
    lines = [line for name in names() for line in lines_of(name)]
    hint = "run: python -m tests.crosscheck.published --write"
    assert PAGE.read_text(encoding="utf-8") == page(lines), hint


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("two_states", {"rate.child.death": 0.0412}),
        ("clock_reset", {"rate.child.s_h.scale": 1.56}),
        ("gompertz_weibull", {"rate.child.dies_of_age.growth": 0.0915}),
        ("hip_events", {"utility.mother.success": 0.86}),
        ("accelerated_death", {"effect.child.death.child.sicker": 1.3}),
    ],
)
def test_a_model_that_is_a_little_wrong_misses(name: str, changes: dict[str, float]) -> None:
    """The comparison can fail: changes of 1 to 4 % are seen."""
    experiment, model = read(name)
    arms = tuple(
        Arm(name=arm.name, comparator=arm.comparator, set={**arm.set, **changes})
        for arm in experiment.arms
    )
    wrong = analyse(run(replace(experiment, arms=arms), model))
    assert not all(line.agrees for line in compare(name, wrong))


def test_strategies_of_the_sick_sicker_model_are_ranked() -> None:
    """Treatment A is dominated; B and then both lie on the frontier, at the exact ratios."""
    base = base_of("sick_sicker")
    by_name = {measure.name: measure for measure in base.measures}
    costs, qalys = (
        np.column_stack([evaluate(by_name[what], one)[1:] for one in base.accounts.values()])
        for what in ("cost", "qalys")
    )
    table = icer_table(Outcomes(tuple(base.accounts), base.comparator, costs, qalys))
    assert list(table["arm"]) == ["SoC", "B", "A", "AB"]
    assert list(table["status"]) == ["frontier", "frontier", "dominated", "frontier"]
    assert list(table["versus"]) == ["", "SoC", "", "B"]
    ratios = table.set_index("arm")["icer"]
    for line in lines_of("sick_sicker"):
        if line.measure.startswith("icer"):
            assert ratios[line.arm] == pytest.approx(line.ours, rel=1e-6)
            assert abs(ratios[line.arm] - line.published) <= line.tolerance
