"""What a computation depends on, and populations near a known one."""

import numpy as np
import pytest

from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import Model, Values, read_parameters
from babs_sim.parameters.watching import Memo, Reads
from babs_sim.population import NearbyCohorts, make_families, read_cohort
from tests.properties.rich import rich_folder

N = 40_000


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return read_parameters([rich_folder(tmp_path_factory.mktemp("rich") / "parameters")])


def test_a_machine_does_not_depend_on_prices(model: Model) -> None:
    memo = Memo(lambda values: compile_rates(model, values, 10.0))
    base = memo(model.values(), keep=True)
    assert memo(model.values({"cost.away": 1.0, "qaly_value.nice": 5.0})) is base
    assert memo(model.values({"selection.referred.family.load": 1.1})) is base
    changed = memo(model.values({"rate.child.leaves.0-1": 0.07}))
    assert changed is not base
    assert (changed.published != base.published).sum() == 1
    assert memo(model.values()) is base


def test_a_setting_that_is_read_counts() -> None:
    reads = Reads()
    watched = reads.watch(Values({"a": 1.0}, {"open": True}))
    assert watched.setting("open") and watched.setting("absent", "none") == "none"
    assert reads.agree(Values({"a": 2.0}, {"open": True}))
    assert not reads.agree(Values({"a": 1.0}, {"open": False}))
    assert not reads.agree(Values({"a": 1.0}, {"open": True, "absent": "here"}))
    dict(watched)
    assert not reads.agree(Values({"a": 2.0}, {"open": True}))


def test_the_nearby_cohort_of_unchanged_values_is_the_base(model: Model) -> None:
    base = read_cohort(model, model.values(), "referred")
    near = NearbyCohorts(model, model.values(), "referred", base)(model.values())
    first, second = (make_families(cohort, 3, 0, 500).traits for cohort in (base, near))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("wanted", [0.9, 1.1, 1.4])
def test_a_nearby_cohort_shows_what_selection_asks_for(model: Model, wanted: float) -> None:
    base = read_cohort(model, model.values(), "referred")
    near = NearbyCohorts(model, model.values(), "referred", base)
    values = model.values({"selection.referred.family.load": wanted, "trait.family.load.2": 0.25})
    load = make_families(near(values), 3, 0, N).column("family.load")
    full = make_families(read_cohort(model, values, "referred"), 3, 0, N).column("family.load")
    assert full.mean() == pytest.approx(wanted, abs=4 * load.std() / N**0.5)
    # 8,192 families, most of whose chance is taken out by the base seen with the same numbers.
    assert load.mean() == pytest.approx(wanted, abs=4 * load.std() / 8192**0.5)


def test_correlations_that_do_not_fit_together_are_brought_near(model: Model) -> None:
    values = model.values()
    broken = Values({**values, "correlation.family.frailty.family.load": 1.2}, values.settings)
    families = make_families(read_cohort(model, broken, "births"), 3, 0, 2_000)
    seen = np.corrcoef(families.column("family.load"), families.column("family.frailty"))[0, 1]
    assert 0.8 < seen <= 1.0
