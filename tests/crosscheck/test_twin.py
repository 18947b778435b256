"""Law: the compiled engine and the readable one live the same lives, event by event.

The full model by the shipped base case, to 18 years and to 100, and small models drawn at random.
``BABS_SIM_TWIN_FAMILIES`` and ``BABS_SIM_TWIN_MODELS`` ask for more than the ordinary run: 2000 and
200 are the full check.
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
from tests.events.test_closed_forms import therapy
from tests.folders import CHILD, MOTHER, state, write_folder
from tests.folders import event as happening
from tests.lives import lives

FAMILIES = {
    name: int(os.environ.get("BABS_SIM_TWIN_FAMILIES", usual))
    for name, usual in (("base_case", "50"), ("lifetime", "10"))
}
MODELS = int(os.environ.get("BABS_SIM_TWIN_MODELS", "100"))
PEOPLE = 12
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
if os.environ.get("BABS_SIM_TWIN_SHRINK") == "0":
    PHASES = [Phase.generate]


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize("name", FAMILIES)
def test_the_full_model_gives_the_same_lives(name: str, arm: int) -> None:
    """Factors of centring need not be the right ones here: any will do, so they are drawn."""
    experiment, model = load(shipped() / "experiments" / f"{name}.toml")
    values = model.values(experiment.arms[arm].set)
    compiled = compile_rates(model, values, float(experiment.cohort.horizon_years))
    cohort, _ = cohort_of(experiment, model)
    families = make_families(cohort, 1, 0, FAMILIES[name])
    exposure = run_service(model, values, families, 1)
    twins = compare(model, values, compiled, some_factors(compiled, 1), families, exposure, 1)
    assert twins.differences == ()
    assert twins.events > 5 * FAMILIES[name]


@settings(
    max_examples=MODELS,
    deadline=None,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
    derandomize=MODELS <= 100,
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


SEXES = {
    "traits": [
        {"name": "family.one", "label": "one", "person": "family", "kind": "levels"},
        {"name": "child.sex", "label": "sex", "person": "child", "kind": "levels", "role": "sex"},
    ],
    "trait_levels": [
        {"trait": "family.one", "level": 1, "value": 1},
        *({"trait": "child.sex", "level": k, "value": 0.5} for k in range(2)),
    ],
}


def chance(event_name: str, age: float, value: float, **more: Any) -> dict[str, Any]:
    """Return a row of rates: a chance at an age."""
    unit = "probability"
    return {"event": event_name, "age_from": age, "quantity": unit, "unit": unit, "value": value,
            **more}  # fmt: skip


def test_a_chance_given_for_one_sex_is_none_for_the_other(tmp_path: Path) -> None:
    tables = {
        **SEXES,
        "states": [CHILD, state("child.hit_on")],
        "events": [happening("child.hit", "at", sets="child.hit_on")],
        "rates": [chance("child.hit", 1.0, 1.0, sex="female")],
    }
    lived = lives(write_folder(tmp_path, tables), 3.0, 2_000)
    assert 0.45 < lived.counted("child.hit") < 0.55


def test_a_chance_takes_the_ratio_of_an_exposure_at_its_own_age(tmp_path: Path) -> None:
    """Nothing happens between the birth and age 2, when the ratio has faded from 4 to 1.75."""
    tables = {
        "states": [CHILD, state("child.hit_on")],
        "events": [happening("child.hit", "at", sets="child.hit_on")],
        "rates": [chance("child.hit", 2.0, 0.5)],
        "profiles": [
            {"profile": "fades", "quantity": quantity, "value": value, "unit": unit}
            for quantity, value, unit in (
                ("hold_to", 0, "years"), ("half_life", 1, "years"), ("floor", 0, "ratio"),
            )
        ],
        "effects": [
            {"event": "child.hit", "driver": "service.therapy", "form": "profile",
             "profile": "fades", "value": 4.0}
        ],
    }  # fmt: skip
    service = therapy(start_share=1.0, antenatal_share=1.0)
    folder = write_folder(tmp_path, tables, entry=-0.5, service=service)
    lived = lives(folder, 3.0, 20_000, changes={"service.open": True})
    weight = 2.0**-2 * (1 - 2**-0.25) / (0.25 * np.log(2))  # mean over the quarter from 2 on
    assert lived.counted("child.hit") == pytest.approx(1 - 0.5 ** (1 + 3 * weight), abs=0.012)


def test_a_death_clears_what_it_lists_for_the_other_person_too(tmp_path: Path) -> None:
    tables = {
        "states": [CHILD, MOTHER, state("child.with_mother", starts_if="family.one"),
                   state("mother.well", starts_if="family.one")],
        "events": [happening("mother.death", "at", ends="true", clears="child.with_mother")],
        "rates": [{"event": "mother.death", "quantity": "age", "unit": "years", "value": 2}],
    }  # fmt: skip
    lived = lives(write_folder(tmp_path, tables), 5.0, 10)
    for name, years in (("child.with_mother", 2), ("mother.well", 2), ("child.alive", 5)):
        assert lived.years(name) == pytest.approx(years)
