"""Decision analysis against BCEA, dampack and voi on their own samples, read where they lie."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from babs_sim.analysis.decision import (
    Observation,
    Outcomes,
    Sample,
    Study,
    acceptability,
    against_comparator,
    evppi,
    evsi,
    icer_table,
    switch_points,
)
from tests.crosscheck.cases import case, expected

CODES = {"ND": "frontier", "D": "dominated", "ED": "extendedly dominated"}


def two_tables(folder: Path, comparator: str) -> Outcomes:
    arms = tuple(expected(folder)["strategies"])
    costs, effects = (pd.read_csv(folder / f"{n}.csv").to_numpy() for n in ("costs", "effects"))
    return Outcomes(arms, comparator, costs, effects)


def chemo(folder: Path) -> tuple[Outcomes, Sample]:
    table = pd.read_csv(folder / "outputs.csv")
    costs, effects = (table[[f"{x}_soc", f"{x}_novel"]].to_numpy() for x in "ce")
    draws = pd.read_csv(folder / "params.csv")
    return Outcomes(("SoC", "Novel"), "SoC", costs, effects), Sample(tuple(draws), draws.to_numpy())


@pytest.mark.parametrize(
    ("name", "comparator"), [("bcea_vaccine", "status_quo"), ("dampack_example_psa", "Chemo")]
)
def test_acceptability_frontier_loss_and_evpi(name: str, comparator: str) -> None:
    folder = case(name)
    outcomes = two_tables(folder, comparator)
    points = expected(folder)["psa"]
    curves = acceptability(outcomes, [point["k"] for point in points])
    for k, point in enumerate(points):
        arm = outcomes.arms[curves.best[k]]
        assert arm == point["optimal"]
        assert curves.probability[k, curves.best[k]] == pytest.approx(point["ceaf"], abs=1e-12)
        for a, other in enumerate(outcomes.arms):
            assert curves.probability[k, a] == pytest.approx(point["p_optimal"][other], abs=1e-12)
            assert curves.loss[k, a] == pytest.approx(point["expected_loss"][other], abs=6e-7)
            assert curves.net_benefit[k, a] == pytest.approx(point["mean_nmb"][other], abs=6e-7)
        assert curves.evpi[k] == pytest.approx(point["evpi"], abs=6e-7)
        benefit = outcomes.net_benefit(point["k"])
        direct = benefit.max(axis=1).mean() - benefit.mean(axis=0).max()
        assert curves.evpi[k] == pytest.approx(direct, rel=1e-9)


def test_the_vaccine_pair() -> None:
    folder = case("bcea_vaccine")
    outcomes, known = two_tables(folder, "status_quo"), expected(folder)
    for point in known["pairwise"]:
        row = against_comparator(outcomes, point["k"]).iloc[0]
        assert row["net_benefit"] == pytest.approx(point["eib"], rel=1e-9, abs=1e-12)
        assert row["chance_cost_effective"] == pytest.approx(point["ceac"], abs=1e-12)
        assert row["icer"] == pytest.approx(known["icer"], rel=1e-9)
    ((switch, before, after),) = switch_points(outcomes)
    assert (before, after) == ("status_quo", "vaccination")
    assert switch == pytest.approx(known["icer"], rel=1e-9)


def means(arms: list[str], cost: list[float], effect: list[float]) -> Outcomes:
    """Return outcomes without uncertainty."""
    costs, effects = (np.tile(np.array(x, dtype=float), (2, 1)) for x in (cost, effect))
    return Outcomes(tuple(arms), arms[0], costs, effects)


@pytest.mark.parametrize("name", ["herc6", "cdiff", "hund_strat"])
def test_tables_with_dominance(name: str) -> None:
    folder = case("dampack_icers")
    given = pd.read_csv(folder / f"{name}_input.csv")
    outcomes = means([str(x) for x in given.iloc[:, 0]], *given.iloc[:, 1:].to_numpy().T.tolist())
    ours = icer_table(outcomes).set_index("arm")
    known = pd.read_csv(folder / f"{name}_expected.csv").set_index("Strategy")
    assert len(ours) == len(known)
    for arm, row in known.iterrows():
        got = ours.loc[str(arm)]
        assert got["status"] == CODES[row["Status"]], arm
        assert got["icer"] == pytest.approx(row["ICER"], rel=1e-6, nan_ok=True)


def test_the_published_example_has_one_extendedly_dominated_arm() -> None:
    folder = case("dampack_example_psa")
    ours = icer_table(two_tables(folder, "Chemo")).set_index("arm")
    for row in expected(folder)["icer"]:
        got = ours.loc[row["strategy"]]
        assert got["status"] == CODES[row["status"]]
        if row.get("icer"):
            assert got["icer"] == pytest.approx(row["icer"], rel=1e-9)


def test_partial_information_of_the_three_options() -> None:
    """Within 5 % of dampack's GAM where it matters, and two standard errors everywhere."""
    folder = case("dampack_example_psa")
    draws = pd.read_csv(folder / "params.csv")
    sample = Sample(tuple(draws), draws.to_numpy())
    ours = evppi(two_tables(folder, "Chemo"), sample, {n: (n,) for n in draws}, 50_000)
    known = expected(folder)["evppi_k50000"]["gam"]
    for row in ours.itertuples():
        assert abs(row.evppi - known[row.set]) < 2 * row.error, row
        if known[row.set] > 1_000:
            assert row.evppi == pytest.approx(known[row.set], rel=0.05)


def test_partial_information_of_chemotherapy() -> None:
    folder = case("voi_chemo")
    outcomes, sample = chemo(folder)
    known = expected(folder)["evppi_k20000"]
    ours = evppi(outcomes, sample, {n: (n,) for n in sample.names}, 20_000).set_index("set")
    for name, gam in known["gam"].items():
        got, error = ours.loc[name, "evppi"], ours.loc[name, "error"]
        assert abs(got - gam) < 2 * error, name
        if gam >= 15:
            other = known["earth"][name]
            assert 0.95 * min(gam, other) <= got <= 1.05 * max(gam, other), name
        else:
            assert got < 10, name
    pair = ("p_side_effects_t2", "logor_side_effects")
    both = evppi(outcomes, sample, {"both": pair, "all": sample.names}, 20_000).set_index("set")
    assert both.loc["both", "evppi"] == pytest.approx(known["gam_pair"]["+".join(pair)], rel=0.02)
    evpi = expected(folder)["evpi_by_k"]["20000"]
    assert acceptability(outcomes, [20_000]).evpi[0] == pytest.approx(evpi, rel=1e-9)
    assert both.loc["all", "evppi"] == pytest.approx(evpi, rel=0.05)


def test_a_trial_of_chemotherapy() -> None:
    folder = case("voi_chemo")
    outcomes, sample = chemo(folder)
    known = expected(folder)["evsi_gam_trial_binary_k20000"]
    observed = tuple(Observation(name, "proportion") for name in known["pars"])
    sizes = known["per_arm_n_to_evsi"]
    study = Study("trial", observed, tuple(map(int, sizes)))
    ours = evsi(outcomes, sample, study, 20_000, families_a_year=1, decision_years=1)
    assert ours["evsi"].to_list() == pytest.approx(list(sizes.values()), rel=0.03)
    assert ours["evsi"].is_monotonic_increasing
