"""`babs-sim explain DIR MEASURE`: the pieces of a figure make the figure."""

import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.analysis.wording import exact_pounds
from babs_sim.cli.app import app
from babs_sim.errors import Problems
from babs_sim.experiment import load
from babs_sim.parameters import Model
from babs_sim.report.origin import origin_of
from babs_sim.results import Results, read
from tests.uncertainty.uncertain import write_uncertain


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Model]:
    folder = tmp_path_factory.mktemp("origin")
    path = write_uncertain(folder, families=300)
    result = CliRunner().invoke(app, ["run", str(path), "--out", str(folder / "out"), "-q"])
    assert result.exit_code == 0, result.output
    return read(folder / "out" / "small"), load(path)[1]


def test_pieces_make_the_whole_of_every_cost_and_count(ran: tuple[Results, Model]) -> None:
    results, model = ran
    summary = results.table("summary")
    seen = set()
    for name in dict.fromkeys(summary["measure"]):
        found = origin_of(results, model, name)
        assert found.totals == tuple(summary[summary["measure"] == name]["value"])
        if found.pieces:
            assert found.adds_up, name
            seen.add(name)
    assert {"cost", "cost_undiscounted", "cost_nhs", "service_cost", "fiscal_cost"} <= seen


def test_a_quantity_times_its_price_is_what_was_paid(ran: tuple[Results, Model]) -> None:
    results, model = ran
    found = origin_of(results, model, "cost_undiscounted")
    away = next(piece for piece in found.pieces if piece.parameter == "cost.away")
    price = model.parameters["cost.away"].value
    for quantity, amount in zip(away.quantities, away.amounts, strict=True):
        assert quantity / 1_000 * price == pytest.approx(amount, rel=1e-12)
    assert exact_pounds(price) in away.price and "2024/25" in away.price
    assert away.source == "assumption"
    largest = [max(abs(x - p.amounts[0]) for x in p.amounts) for p in found.pieces]
    assert largest == sorted(largest, reverse=True)


def test_the_command_shows_change_pieces_and_sources(ran: tuple[Results, Model]) -> None:
    results, _ = ran
    result = CliRunner().invoke(app, ["explain", str(results.folder), "cost"])
    assert result.exit_code == 0, result.output
    assert "95 % Monte Carlo" in result.stdout and "sum" in result.stdout
    assert "cost.therapy" in result.stdout and "does not add up" not in result.stdout
    plain = CliRunner().invoke(app, ["explain", str(results.folder), "qalys"])
    assert "no smaller pieces" in plain.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [("icer", "divided by qalys"), ("cots", "did you mean 'cost'?"), ("nothing_like_it", "none")],
)
def test_what_is_no_figure_of_an_arm_is_told(
    ran: tuple[Results, Model], name: str, words: str
) -> None:
    result = CliRunner().invoke(app, ["explain", str(ran[0].folder), name])
    assert result.exit_code == 2 and words in result.stderr


def test_other_tables_than_those_of_the_run_are_refused(ran: tuple[Results, Model]) -> None:
    with pytest.raises(Problems, match="not those of this run"):
        origin_of(ran[0], None, "cost")


def test_a_sum_that_is_short_is_noticed(ran: tuple[Results, Model], tmp_path: Path) -> None:
    found = origin_of(*ran, "cost")
    less = [piece for piece in found.pieces if piece.parameter != "cost.away"]
    short = type(found)(found.name, found.label, found.unit, found.arms, found.totals,
                        found.differences, tuple(less), found.how)  # fmt: skip
    assert found.adds_up and not short.adds_up
    assert math.isfinite(found.totals[0])
