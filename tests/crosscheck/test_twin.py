"""Law: the compiled engine and the readable one live the same lives, event by event.

The full model by the shipped base case, and small models drawn at random.  ``BABS_SIM_TWIN_FAMILIES``
and ``BABS_SIM_TWIN_MODELS`` ask for more than the ordinary run: 2000 and 200 are the full check.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from babs_sim.experiment import load
from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import read_parameters
from babs_sim.pathway import run_service
from babs_sim.population import make_families, read_cohort
from babs_sim.simulate.running import cohort_of
from babs_sim.tables import shipped
from tests.crosscheck.chance_models import chance_models
from tests.crosscheck.twins import compare
from tests.folders import write_folder

FAMILIES = int(os.environ.get("BABS_SIM_TWIN_FAMILIES", "60"))
MODELS = int(os.environ.get("BABS_SIM_TWIN_MODELS", "40"))
PEOPLE = 12


@pytest.mark.parametrize("arm", [0, 1])
def test_the_full_model_gives_the_same_lives(arm: int) -> None:
    """Factors of centring need not be the right ones here: any will do, so they are drawn."""
    experiment, model = load(shipped() / "experiments" / "base_case.toml")
    values = model.values(experiment.arms[arm].set)
    compiled = compile_rates(model, values, float(experiment.cohort.horizon_years))
    cohort, _ = cohort_of(experiment, model)
    families = make_families(cohort, 1, 0, FAMILIES)
    exposure = run_service(model, values, families, 1)
    twins = compare(model, values, compiled, some_factors(compiled, 1), families, exposure, 1)
    assert twins.differences == ()
    assert twins.events > 5 * FAMILIES


@settings(
    max_examples=MODELS,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    derandomize=MODELS <= 50,
)
@given(drawn=chance_models(), open_=st.booleans())
def test_models_drawn_at_random_give_the_same_lives(drawn: dict[str, Any], open_: bool) -> None:
    horizon, seed = drawn["horizon"], drawn["seed"]
    written = {key: drawn[key] for key in ("tables", "entry", "service", "model")}
    with tempfile.TemporaryDirectory() as folder:
        model = read_parameters([write_folder(Path(folder), **written)])
    values = model.values({"service.open": open_})
    compiled = compile_rates(model, values, horizon)
    families = make_families(read_cohort(model, values, "births"), seed, 3, PEOPLE)
    exposure = run_service(model, values, families, seed)
    factors = some_factors(compiled, seed)
    twins = compare(model, values, compiled, factors, families, exposure, seed)
    assert twins.differences == ()
    event(f"about {10 ** len(str(twins.events))} events")


def some_factors(compiled: Any, seed: int) -> Any:
    """Return factors as centring gives them: one for each published number of centred events."""
    generator = np.random.default_rng(seed)
    factor, mass = np.ones_like(compiled.published), np.ones(len(compiled.centred))
    for block in range(len(mass)):
        mass[block] = generator.uniform(0.6, 1.5)
        for piece in np.unique(compiled.piece[block][compiled.piece[block] >= 0]):
            factor[block, compiled.piece[block] == piece] = generator.uniform(0.6, 1.5)
    return factor, mass
