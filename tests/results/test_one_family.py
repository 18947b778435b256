"""One family: published lines to the pound, what cannot be added, and what is expected."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from babs_sim.analysis import one_family as calculator
from babs_sim.analysis.one_family import Sum, arithmetic, condition_words, one_family, same_year
from babs_sim.cli.app import app
from babs_sim.errors import Problems
from babs_sim.experiment.family_file import load_family
from babs_sim.results import read
from babs_sim.tables import shipped
from tests.folders import CHILD, base, cost, number, state, write_folder

SLIDE = shipped() / "experiments" / "families" / "slide_2016.toml"
PUBLISHED = {
    "care_package": (244_293, ""),
    "foster_care": (30_732, "52 weeks x £591 = £30,732"),
    "social_care": (128_141, ""),
    "probation": (7_185, ""),
    "jobseekers_allowance": (3_796, "52 weeks x £73 = £3,796"),
    "substance_outpatient": (2_480, "20 sessions x £124 = £2,480"),
    "detoxification": (55_848, "52 weeks x £1,074 = £55,848"),
    "mental_health_community": (2_720, "20 contacts x £136 = £2,720"),
    "mental_health_inpatient": (34_336, "91.25 days x £373 + 1 assessment x £300 = £34,336.25"),
    "camhs": (3_255, "15 sessions x £217 = £3,255"),
    "domestic_abuse_worker": (8_600, ""),
}


def test_the_slide_is_kept_to_the_pound_and_its_overlaps_flagged() -> None:
    case, model = load_family(SLIDE)
    assert {one.name: (one.pounds, arithmetic(one)) for one in case.lines} == PUBLISHED
    assert sum(one.pounds for one in case.lines) == 521_386
    sides = [{name for side in one.sides for name in side} for one in case.overlaps]
    assert sides == [
        {"care_package", "foster_care", "social_care"},
        {"detoxification", "substance_outpatient"},
        {"mental_health_inpatient", "mental_health_community"},
    ]
    terms = calculator.terms_of(case.experiment, model)
    flags = {one.name: calculator._flags(one, case.overlaps, model, terms) for one in case.lines}
    overlapping = {name for name, found in flags.items() if any("overlap" in f for f in found)}
    assert overlapping == set().union(*sides)
    assert any("£4,296" in flag for flag in flags["detoxification"])
    assert any("transfer" in flag for flag in flags["jobseekers_allowance"])
    assert "Mother's own adverse childhood experiences: 4 or more" in condition_words(
        case.conditions, model
    )
    total = calculator._sum("published", case, [one.pounds for one in case.lines], "")
    assert (total.total, total.least, total.most) == (521_386, 186_909, 357_313)
    assert "3 overlaps" in total.words(3)


LINES = """
[[line]]
name = "ill"
label = "A year ill"
pounds = 104
parts = [{ number = 52, what = "weeks", pounds = 2 }]
price_year = "2015/16"
index = "flat"
source = "assumption"
costs = ["illness"]
[[line]]
name = "all"
label = "A year of everything"
pounds = 300
price_year = "2015/16"
index = "flat"
source = "assumption"
costs = ["illness", "living"]
[[overlap]]
name = "both"
sides = [["ill"], ["all"]]
why = "One contains the other."
"""


def family_file(folder: Path, lines: str = LINES, family: str = 'states = ["child.ill"]') -> Path:
    """Half of the families have an ill child; illness costs 100 a year, living 10."""
    service = f"""
[therapy]
start_share = {number(0.5, "probability")}
antenatal_share = {number(1, "probability")}
antenatal_start = {number(-0.3, "years")}
postnatal_start = {number(0.2, "years")}
complete_share = {number(1, "probability")}
dose_complete = {number(1, "ratio")}
dose_partial = {number(1, "ratio")}
"""
    tables: Mapping[str, Any] = {
        "traits": [{"name": "family.ill", "label": "ill", "person": "family", "kind": "levels"}],
        "trait_levels": [
            {"trait": "family.ill", "level": n, "label": "x", "value": 0.5} for n in (0, 1)
        ],
        "states": [CHILD, state("child.ill", starts_if="family.ill"), state("child.tired")],
        "events": [
            {"name": "child.tires", "label": "tires", "person": "child", "clock": "age",
             "requires": "!child.tired", "sets": "child.tired"}
        ],
        "rates": [{"event": "child.tires", "age_from": 0, "value": 0}],
        "unit_costs": [
            cost("illness", "child.ill", 100.0),
            cost("living", "child.alive", 10.0),
            {**cost("session", "service.therapy", 7.0), "basis": "per event"},
        ],
        "price_index": [*base("price_index"), {"index": "flat", "year": "2015/16", "value": 50}],
    }  # fmt: skip
    write_folder(folder / "parameters", tables, entry=-0.5, service=service)
    path = folder / "one.toml"
    path.write_text(
        f"""title = "One"
parameters = ["parameters"]
[family]
{family}
[cohort]
population = "births"
families = 400
horizon_years = 5
[[arm]]
name = "without"
comparator = true
set = {{ "service.open" = false }}
[[arm]]
name = "with"
set = {{ "service.open" = true, "service.therapy.start_share" = 1 }}
{lines}""",
        encoding="utf-8",
    )
    return path


def test_expected_pounds_are_those_of_families_alike(tmp_path: Path) -> None:
    case, model = load_family(family_file(tmp_path))
    found = one_family(case, model, 1, lambda *_: None)
    assert found.found == 400
    lines = found.tables()["family"].set_index("line")
    assert list(lines.columns[:5]) == [
        "published", "uprated", "expected_without", "expected_with", "flag"
    ]  # fmt: skip
    # All of them are ill from the birth to the fifth birthday.
    assert lines.expected_without.tolist() == pytest.approx([500.0, 550.0])
    assert lines.expected_with.tolist() == pytest.approx([500.0, 550.0])
    assert lines.uprated.tolist() == pytest.approx([208.0, 600.0])
    totals = found.tables()["family_totals"].set_index("figure")
    assert totals.without.to_dict() == pytest.approx(
        {"lines": 550.0, "others": 0.0, "cashable": 550.0, "service": 0.0, "net": 550.0}
    )
    assert totals.change["service"] == totals.change["net"] == pytest.approx(7.0)
    assert found.gain == (0.0, 0.0)
    sums = found.tables()["family_sums"].set_index("column")
    assert sums.loc["published", ["sum", "least_without_overlaps"]].tolist() == [404.0, 104.0]
    assert "both" in sums.flag["published"]
    healthy, _ = load_family(family_file(tmp_path / "b", family='states = ["!child.ill"]'))
    pounds = one_family(healthy, model, 1, lambda *_: None).tables()["family"].expected_without
    assert pounds.tolist() == pytest.approx([0.0, 50.0])


def test_workers_change_nothing(tmp_path: Path) -> None:
    case, model = load_family(family_file(tmp_path))
    one, two = (one_family(case, model, n, lambda *_: None).tables() for n in (1, 2))
    assert all(one[name].equals(two[name]) for name in one)


def test_lines_of_different_years_are_not_added() -> None:
    case, _ = load_family(SLIDE)
    lines = [case.lines[0], case.lines[1].model_copy(update={"price_year": "2020/21"})]
    refused = same_year(lines)
    nan = float("nan")
    assert Sum("published", nan, nan, nan, refused).words(1).startswith("Not added up: the lines")


def test_the_command_writes_the_folder_and_a_page_of_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    family_file(tmp_path)
    result = CliRunner().invoke(app, ["family", "one.toml"])
    assert result.exit_code == 0, result.stderr
    assert "£404, but it counts 1 overlap" in result.stdout
    folder = tmp_path / "results" / "one"
    assert len(read(folder).table("family")) == 2
    page = (folder / "family.html").read_text(encoding="utf-8")
    assert "http" not in page and "<script" not in page and '<html lang="en-GB">' in page
    assert page.count("<caption") == page.count("<table") == 3
    assert page.count("£404") == 1 and "£404, but it counts 1 overlap" in page
    assert "£104" in page and "52 weeks x £2 = £104" in page


def test_all_mistakes_are_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = (
        LINES.replace("pounds = 104", "pounds = 105")
        .replace('costs = ["illness", "living"]', 'costs = ["illnes", "session"]')
        .replace('sides = [["ill"], ["all"]]', 'sides = [["ill"], ["al"]]')
        .replace('index = "flat"', 'index = "flatt"', 1)
    )
    family_file(
        tmp_path, wrong,
        'traits = ["family.il>=1", "family.ill > 1"]\nstates = ["child.il", "child.tired"]',
    )  # fmt: skip
    result = CliRunner().invoke(app, ["family", "one.toml"])
    assert result.exit_code == 2 and result.stdout == ""
    assert "Traceback" not in result.stderr
    for said in (
        "family.traits.0: is not a trait", "family.traits.1: is not a condition",
        "family.states.0: is not a state", "family.states.1: is no state at entry",
        "line.0.pounds: the parts come to £104.00", "line.0.index: is not an index",
        "line.1.costs.0: is not a unit cost", "line.1.costs.1: is a cost of the service",
        "overlap.0.sides.1: is not a line",
    ):  # fmt: skip
        assert said in result.stderr, said
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (LINES[LINES.index("[[overlap]]") :], "", "counts in the line 'ill' already"),
        ("[[overlap]]", '[[analysis]]\nkind = "base"\n[[overlap]]', "does not belong to a family"),
        ('[["ill"], ["all"]]', '[["ill"], ["all"], ["ill"]]', "stands already in the overlap"),
        ('"2015/16"', '"1915/16"', "has no such year"),
        ('name = "all"', 'name = "ill"', "is also the name of another line"),
    ],
)
def test_mistakes_of_lines(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(Problems, match=says):
        load_family(family_file(tmp_path, LINES.replace(old, new)))


def test_too_few_families_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calculator, "MOST_SEARCHED", 50_000)
    case, model = load_family(family_file(tmp_path, family='traits = ["family.ill>=2"]'))
    with pytest.raises(Problems, match="only 0 of 50,000 families meet all conditions"):
        one_family(case, model, 1, lambda *_: None)
