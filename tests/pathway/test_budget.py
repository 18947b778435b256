"""The calendar of a programme: what falls into which year, and what it costs whom."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from babs_sim.analysis.budget import budget_frame, budget_of_place, programme_frame
from babs_sim.experiment import load
from babs_sim.simulate.programme import EARLIEST, QUARTERS, calendar_weights
from tests.folders import CHILD, base, event, number, write_folder
from tests.pathway.services import TABLES, service_of

YEARS = 3


def test_every_moment_falls_into_one_year() -> None:
    weights = calendar_weights(-0.5, 4, 8, 8)
    for age in np.linspace(-0.45, 2.9, 40):
        year = 0 if age < 0 else int(age) + 1
        inside = age - (-0.5 if year == 0 else year - 1.0)
        shares = weights[:, :, year] @ np.array([1.0, inside, inside**2])
        born = EARLIEST + np.arange(8) / QUARTERS
        begun = np.minimum(born + (-0.5 if year == 0 else year - 1.0), born + age) >= 0.0
        assert shares.sum(axis=1)[begun] == pytest.approx(1.0)


@pytest.mark.parametrize("g", range((YEARS + 2) * QUARTERS))
def test_an_even_flow_is_shared_out_exactly(g: int) -> None:
    weights = calendar_weights(-0.5, 8, (YEARS + 2) * QUARTERS, YEARS)
    born = EARLIEST + g / QUARTERS
    flow = np.array([[d, d * d / 2, d**3 / 3] for d in (0.5, *[1.0] * 7)])
    found = np.einsum("cym,ym->c", weights[g], flow)
    fine = (np.arange(400_000) + 0.5) / 400_000 * 7.5 - 0.5
    spread = (np.arange(40) + 0.5) / 40 / QUARTERS
    exact = np.zeros(YEARS)
    for more in spread:
        years = np.floor(born + more + fine)
        exact += [(years == c).sum() * 7.5 / 400_000 / 40 for c in range(YEARS)]
    assert found == pytest.approx(exact, abs=2e-4)


def experiment(folder: Path, more: str = "") -> Path:
    """One event that the service halves from the birth on, 100 pounds each, for two payers."""
    service = service_of(
        60.0, 200.0, 0.5, warm_up=0.0, years=3.0, shares=(1.0, 1.0, 1.0), starts=(-0.2, 0.2),
        more="", therapy="",
    )  # fmt: skip
    cost = base("unit_costs")[0]
    write_folder(
        folder / "parameters",
        {
            **TABLES,
            "states": [CHILD],
            "events": [event("child.visit")],
            "rates": [{"event": "child.visit", "age_from": 0, "value": 2.0}],
            "effects": [
                {"event": "child.visit", "driver": "service.therapy", "form": "profile",
                 "profile": "lasting", "value": 0.5}
            ],
            "profiles": [
                {"profile": "lasting", "quantity": "hold_to", "value": 50},
                {"profile": "lasting", "quantity": "half_life", "value": 50},
                {"profile": "lasting", "quantity": "floor", "value": 1, "unit": "ratio"},
            ],
            "payers": [{"name": n, "label": n} for n in ("nhs", "council")],
            "perspectives": [{"perspective": "all", "payer": p} for p in ("nhs", "council")],
            "unit_costs": [
                {**cost, "name": "visit", "applies_to": "child.visit", "basis": "per event",
                 "value": 100, "payers": "nhs 0.25; council 0.75", "cashable": 0.5},
                {**cost, "name": "worker", "applies_to": "service.team.worker", "value": 50000,
                 "cashable": 1},
                {**cost, "name": "opening", "applies_to": "service.start_up",
                 "basis": "per event", "value": 7000, "cashable": 1},
                {**cost, "name": "start", "applies_to": "service.therapy", "basis": "per event",
                 "value": 10, "cashable": 1},
            ],
            "measures": [
                *base("measures"),
                {"name": "visits", "label": "Visits", "unit": "visits per family",
                 "kind": "count", "of": "child.visit"},
                {"name": "needed", "label": "Visits to prevent", "kind": "break even",
                 "unit": "visits per family", "of": "child.visit", "costs": "visit"},
            ],
        },
        entry=-0.5,
        service=service,
    )  # fmt: skip
    path = folder / "programme.toml"
    path.write_text(
        f"""title = "p"
parameters = ["parameters"]
[cohort]
population = "births"
families = 3000
horizon_years = 5
[money]
perspective = "all"
[[arm]]
name = "none"
comparator = true
set = {{ "service.open" = false }}
[[arm]]
name = "team"
set = {{ "service.open" = true, "service.capacity" = true }}
[[analysis]]
kind = "budget"
{more}
""",
        encoding="utf-8",
    )
    return path


def test_years_of_a_programme_are_what_arithmetic_says(tmp_path: Path) -> None:
    found, model = load(experiment(tmp_path))
    (one,) = budget_of_place(found, model, 2, lambda *_: None)
    frame = budget_frame([one])
    nhs = frame[(frame.payer == "nhs") & (frame.year != "all")]
    assert nhs.service_fixed.tolist() == pytest.approx([57000.0, 50000.0, 50000.0])
    # 60 families a year, each starting 0.2 years before its birth: 600 pounds a year.
    assert nhs.service_variable.tolist() == pytest.approx([600.0, 600.0, 600.0], rel=0.12)
    # Births come 60 a year from 0.2 on, each with one visit a year fewer from the birth on.
    prevented = [30 * 0.8**2, 30 * (1.8**2 - 0.8**2), 30 * (2.8**2 - 1.8**2)]
    assert one.prevented[0] == pytest.approx(prevented, rel=0.08)
    council = frame[(frame.payer == "council") & (frame.year != "all")]
    assert council.other_costs.tolist() == pytest.approx(list(-75.0 * one.prevented[0]))
    assert council.net_cashable.tolist() == pytest.approx(list(-37.5 * one.prevented[0]))
    whole = frame[frame.payer.str.startswith("perspective") & (frame.year == "all")].iloc[0]
    years = frame[frame.payer.isin(["nhs", "council"]) & (frame.year != "all")]
    assert whole.net == pytest.approx(years.net.sum())
    lines = programme_frame([one]).set_index(["scope", "figure"]).value
    assert lines["year", "started"] == pytest.approx(60, rel=0.1)
    assert lines["year", "service_cost"] == pytest.approx((157000 + nhs.service_variable.sum()) / 3)
    life = one.base.incremental["team"]
    cost = next(f.value for f in life if f.measure == "cost")
    assert lines["lifetime", "cost"] == pytest.approx(60 * cost)


def test_few_families_still_make_a_budget_with_an_error(tmp_path: Path) -> None:
    found, model = load(experiment(tmp_path))
    few = replace(found, cohort=found.cohort.model_copy(update={"families": 20}))
    (one,) = budget_of_place(few, model, 1, lambda *_: None)
    assert len(one.services) >= 2 and (budget_frame([one])["mc_error"] >= 0).all()


def test_workers_change_nothing(tmp_path: Path) -> None:
    found, model = load(experiment(tmp_path))
    one, two = (budget_of_place(found, model, n, lambda *_: None)[0] for n in (1, 2))
    assert budget_frame([one]).equals(budget_frame([two]))


def test_mistakes_of_a_budget(tmp_path: Path) -> None:
    from babs_sim.errors import Problems

    with pytest.raises(Problems, match="is not a place"):
        load(experiment(tmp_path / "a", 'places = ["nowhere"]'))
    path = experiment(tmp_path / "b")
    toml = tmp_path / "b" / "parameters" / "service.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace(f"years = {number(3.0, 'years')}", ""), encoding="utf-8")
    with pytest.raises(Problems, match=r"a budget needs service\.pathway\.years"):
        load(path)
