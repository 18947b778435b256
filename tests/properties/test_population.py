"""Families: shares, correlations and selection come out; each depends on its number alone."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from babs_sim.parameters import read_parameters
from babs_sim.population import SelectionFailed, make_families, read_cohort
from babs_sim.tables import shipped
from tests.properties.rich import rich_folder, rich_tables

SEED, NUMBER = 11, 60_000


@pytest.fixture(scope="module", params=["england", "knowsley", "wigan", "sefton", "st_helens"])
def place(request: pytest.FixtureRequest):
    return read_parameters([shipped() / "parameters"], place=request.param)


def test_every_share_of_births_comes_out(place) -> None:
    values = place.values()
    families = make_families(read_cohort(place, values, "births"), SEED, 0, NUMBER)
    kinds = {row.name: row.kind for row in place.table("traits")}
    for row in place.table("trait_levels"):
        if kinds[row.trait] != "levels":
            continue
        share = values[row.key]
        found = (families.column(row.trait) == float(row.level)).mean()
        assert abs(found - share) <= 4.5 * math.sqrt(share * (1 - share) / NUMBER), row.key


def test_what_selects_the_referred_comes_out_within_one_per_cent(place) -> None:
    values = place.values()
    families = make_families(read_cohort(place, values, "referred"), SEED, 0, 200_000)
    rows = [row for row in place.table("selection") if row.population == "referred"]
    assert rows
    for row in rows:
        x = families.column(row.trait)
        found = float(x.mean() if row.at_least is None else (x >= row.at_least).mean())
        assert found == pytest.approx(values[row.key], rel=0.01), row.key


def test_mean_of_five_aces_and_three_in_four_with_four_or_more(place) -> None:
    families = make_families(read_cohort(place, place.values(), "referred"), SEED, 0, 200_000)
    aces = families.column("mother.aces")
    assert aces.mean() == pytest.approx(5.0, rel=0.01)
    assert (aces >= 4).mean() == pytest.approx(0.74, rel=0.01)


def test_four_or_more_aces_are_two_to_three_times_as_common_where_deprivation_is_most() -> None:
    model = read_parameters([shipped() / "parameters"], place="england")
    families = make_families(read_cohort(model, model.values(), "births"), SEED, 0, 200_000)
    high = families.column("mother.aces") >= 4
    fifth = families.column("family.deprivation")
    assert 2.0 <= high[fifth == 1].mean() / high[fifth == 5].mean() <= 3.2


def test_latent_correlation_comes_out(tmp_path: Path) -> None:
    """A correlation of 0.3 with a trait of three levels, seen through its latent scores."""
    from scipy.stats import norm

    model = read_parameters([rich_folder(tmp_path / "p")])
    families = make_families(read_cohort(model, model.values(), "births"), SEED, 0, NUMBER)
    load, frailty = families.column("family.load"), families.column("family.frailty")
    limits = norm.ppf([0.0, 0.5, 0.8, 1.0])
    within = [
        (norm.pdf(a) - norm.pdf(b)) / (norm.cdf(b) - norm.cdf(a))
        for a, b in itertools.pairwise(limits)
    ]
    for level, expected in enumerate(within):
        mine = frailty[load == level]
        assert abs(mine.mean() - 0.3 * expected) <= 4.5 / math.sqrt(len(mine))


def test_families_do_not_depend_on_how_they_are_asked_for(tmp_path: Path) -> None:
    model = read_parameters([rich_folder(tmp_path / "p")])
    for population in ("births", "referred"):
        cohort = read_cohort(model, model.values(), population)
        whole = make_families(cohort, SEED, 0, 500).traits
        parts = [make_families(cohort, SEED, first, 125).traits for first in (0, 125, 250, 375)]
        assert np.array_equal(whole, np.concatenate(parts))


def test_given_families_keep_their_columns_and_repeat_in_turn(tmp_path: Path) -> None:
    model = read_parameters([rich_folder(tmp_path / "p")])
    given = (("family.load", "child.sex"), np.array([[2.0, 1.0], [0.0, 0.0], [1.0, 1.0]]))
    cohort = read_cohort(model, model.values(), "csv", given)
    families = make_families(cohort, SEED, 0, 7)
    assert families.column("family.load").tolist() == [2, 0, 1, 2, 0, 1, 2]
    assert families.column("child.sex").tolist() == [1, 0, 1, 1, 0, 1, 1]
    assert len(np.unique(families.column("family.frailty"))) == 7


@pytest.mark.parametrize("target", [2.5, -0.5])
def test_a_selection_that_no_births_can_show_is_refused(tmp_path: Path, target: float) -> None:
    model = read_parameters([rich_folder(tmp_path / "p")])
    values = model.values()
    impossible = type(values)(
        {**values.numbers, "selection.referred.family.load": target}, values.settings
    )
    with pytest.raises(SelectionFailed):
        read_cohort(model, impossible, "referred")


def test_selection_on_a_trait_without_levels_is_refused(tmp_path: Path) -> None:
    tables = rich_tables()
    tables["selection"] = [{"population": "referred", "trait": "family.frailty", "value": 1}]
    model = read_parameters([rich_folder(tmp_path / "p", tables)])
    with pytest.raises(SelectionFailed):
        read_cohort(model, model.values(), "referred")
