"""One family, arms side by side: what is said of it, and which family is picked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from babs_sim.analysis.accounts import terms_of
from babs_sim.analysis.flows import discounted_years
from babs_sim.analysis.timeline import age_words, moments, words
from babs_sim.analysis.tracing import Trace, check_pick, costs_of, pick_family, trace_family
from babs_sim.cli.app import app
from babs_sim.economics import discount_factor
from babs_sim.errors import Problems
from babs_sim.experiment import load
from babs_sim.results import read
from babs_sim.simulate import centring
from babs_sim.simulate.single import Prepared, live_each, prepare
from tests.properties.rich import rich_experiment, rich_folder, rich_tables

ARMS = ["usual care", "service"]
SEARCHED = 120


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small model with discounting and a break-even measure; centred on few births."""
    folder = tmp_path_factory.mktemp("trace")
    tables = rich_tables()
    tables["discounting"] = [
        {"scheme": "none", "applies_to": what, "from_year": year, "value": rate}
        for what, year, rate in (
            ("costs", 0, 0.035), ("costs", 4, 0.01), ("health", 0, 0.015),
        )
    ]  # fmt: skip
    tables["measures"].append(
        {"name": "even", "label": "Leaving to prevent", "unit": "per family", "kind": "break even",
         "of": "child.leaves", "costs": "leaving"}
    )  # fmt: skip
    patch = pytest.MonkeyPatch()
    patch.setenv("BABS_SIM_CACHE", str(folder / "cache"))
    patch.setattr(centring, "ROUNDS", (2_000, 2_000))
    yield rich_experiment(rich_folder(folder / "tables", tables))
    patch.undo()


@pytest.fixture(scope="module")
def prepared(experiment: Path) -> Prepared:
    return prepare(*load(experiment), ARMS)


def traced(prepared: Prepared, family: int) -> Trace:
    return trace_family(prepared, family)


def test_what_accrues_is_what_the_ledger_prices(prepared: Prepared) -> None:
    """The ledger is priced by moments within years, which is within 1e-4 where rates change."""
    fast = live_each(prepared, 0, 12)
    for family in range(1, 13):
        trace = traced(prepared, family)
        for a, arm in enumerate(trace.arms):
            priced = costs_of(prepared, a, fast[a], trace.terms)[family - 1]
            assert trace.cost(arm) == pytest.approx(priced, rel=1e-4)
            by_payer = sum(trace.cost(arm, payer=payer) for payer in trace.payers)
            assert by_payer == pytest.approx(trace.cost(arm), rel=1e-12)
            plain = arm.one.ledger.qalys[0, :, :, 0].sum()
            both = trace.qalys(arm, person="mother") + trace.qalys(arm, person="child")
            assert both == pytest.approx(trace.qalys(arm), rel=1e-12)
            assert 0.8 * plain < trace.qalys(arm) < plain


def test_money_and_health_accrue_from_nothing_to_all(prepared: Prepared) -> None:
    trace = traced(prepared, 3)
    table = trace.tables()["accrual"]
    for (arm, _what, _whom), mine in table.groupby(["arm", "what", "of"]):
        assert arm in ARMS
        assert mine["age"].is_monotonic_increasing
        assert mine["discounted"].is_monotonic_increasing
        assert mine["discounted"].iloc[0] == pytest.approx(0.0, abs=1e-9)
    last = table[(table["age"] == trace.horizon) & (table["what"] == "cost")]
    for arm in trace.arms:
        total = last["discounted"][last["arm"] == arm.name].sum()
        assert total == pytest.approx(trace.cost(arm), rel=1e-12)


def test_discounted_years_are_the_integral_of_the_factor() -> None:
    steps = [(0.0, 0.035), (2.0, 0.0), (5.0, 0.02)]
    times = np.linspace(0.3, 7.2, 200_001)
    factor = discount_factor(times, steps)
    area = float(((factor[1:] + factor[:-1]) / 2 * np.diff(times)).sum())
    assert discounted_years(0.3, 7.2, steps) == pytest.approx(area, rel=1e-9)
    assert discounted_years(1.0, 1.0, steps) == 0.0


def test_moments_stand_in_order_and_hold_every_event_of_every_arm(prepared: Prepared) -> None:
    trace = traced(prepared, 5)
    found = moments(trace)
    assert [m.age for m in found] == sorted(m.age for m in found)
    for a, arm in enumerate(trace.arms):
        mine = [(m.age, m.name) for m in found if m.kind == "event" and a in m.arms]
        assert sorted(mine) == sorted(arm.one.life.events)
    shared = [m for m in found if len(m.arms) == 2]
    assert any(m.name == "birth" for m in shared)


def test_the_rules_pick_the_families_that_they_say(prepared: Prepared) -> None:
    terms = terms_of(prepared.experiment, prepared.model)
    fast = live_each(prepared, 0, SEARCHED)
    cost = np.array([costs_of(prepared, a, ledger, terms) for a, ledger in enumerate(fast)])
    leaves = [ledger.count[:, ledger.events.index("child.leaves"), :, 0].sum(1) for ledger in fast]

    def pick(rule: str) -> int:
        return pick_family(prepared, terms, rule, SEARCHED)

    assert pick("cost") == np.abs(cost[1] - cost[0]).argmax()
    assert pick("care") == np.flatnonzero(leaves[1] < leaves[0])[0]
    assert sorted(cost[0]).index(cost[0][pick("median")]) == (SEARCHED - 1) // 2
    trace = trace_family(prepared, None, "care", SEARCHED)
    label = trace.labels["child.leaves"]
    said = f"the break-even measure in the second arm ({label}), among families 1 to 120"
    assert said in words(trace).subtitle
    assert trace.differs


def test_a_loss_of_health_is_said_as_such(prepared: Prepared) -> None:
    """The service does good here, so the arms are turned round as well."""
    trace = trace_family(prepared, None, "care", SEARCHED)
    gained = trace.qalys(trace.arms[1]) - trace.qalys(trace.arms[0])
    assert gained > 0.001
    assert words(trace).difference.endswith(f" and has {gained:.3f} QALYs more.")
    turned = replace(trace, arms=trace.arms[::-1])
    assert words(turned).difference.endswith(f" and has {gained:.3f} QALYs fewer.")


def test_arms_that_do_not_differ_say_so(experiment: Path) -> None:
    one, model = load(experiment)
    closed = tuple(arm.model_copy(update={"set": {}}) for arm in one.arms)
    object.__setattr__(one, "arms", closed)
    trace = trace_family(prepare(one, model, ARMS), 4)
    assert not trace.differs
    assert words(trace).difference.startswith("The arms do not differ for this family")


def test_a_rule_needs_what_it_compares(prepared: Prepared, tmp_path: Path) -> None:
    for rule, arms in (("cost", ARMS[:1]), ("care", ARMS[:1]), ("luck", ARMS)):
        with pytest.raises(Problems, match=rule):
            check_pick(rule, prepared.model, arms)
    check_pick("median", prepared.model, ARMS[:1])
    bare = load(rich_experiment(rich_folder(tmp_path / "tables")))[1]
    with pytest.raises(Problems, match="break even"):
        check_pick("care", bare, ARMS)


def test_ages_in_words() -> None:
    assert [age_words(age) for age in (-0.5, 0.0, 1 / 365, 0.5, 2.0, 2.26)] == [
        "26 wk before", "birth", "1 d", "6 m", "2 y", "2 y 3 m",
    ]  # fmt: skip


def call(*said: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["trace", *map(str, said)])
    return result.exit_code, result.stdout, result.stderr


def test_trace_prints_a_life_and_writes_a_folder(experiment: Path, tmp_path: Path) -> None:
    code, out, err = call(experiment, "--family", 7, "--out", tmp_path, "--workers", 1)
    assert (code, err) == (0, "")
    for said in ("usual care", "service", "Birth", "QALYs of the child", "one simulated life"):
        assert said in out
    folder = tmp_path / "small_trace_7"
    results = read(folder)
    assert results.manifest["family"] == 7
    assert results.manifest["command"].endswith(f"--family 7 --out {tmp_path}")
    assert set(results.manifest["tables"]) == {"events", "spells", "accrual", "traits"}
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {f"lanes.{kind}" for kind in ("svg", "png", "csv", "txt")}
    before = (folder / "events.csv").read_bytes()
    assert call(experiment, "--family", 7, "--out", tmp_path, "-q")[:2] == (0, "")
    assert (folder / "events.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("--family", 2001), "families 1 to 2,000"),
        (("--family", 0), "families 1 to 2,000"),
        (("--pick", "luck"), "use one of: care, cost, median"),
        ((), "--pick cost, care or median"),
        (("--pick", "cost", "--family", 1), "leave one of the two out"),
        (("--family", 1, "--arms", "servise"), "did you mean 'service'?"),
        (("--pick", "cost", "--arms", "service"), "name two arms"),
    ],
)
def test_mistakes_end_with_a_repair(
    experiment: Path, tmp_path: Path, said: tuple[object, ...], answer: str
) -> None:
    code, out, err = call(experiment, *said, "--out", tmp_path)
    assert (code, out) == (2, "")
    assert answer in err
    assert not list(tmp_path.iterdir())
