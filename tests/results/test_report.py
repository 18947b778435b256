"""The report: its words follow the numbers, its sums are those of the tables, its HTML is sound."""

import json
import math
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from babs_sim.analysis.wording import pounds
from babs_sim.cli.app import app
from babs_sim.report.answer import (
    COSTS,
    SAVES,
    SCALE,
    UNCERTAIN,
    Setting,
    answer_of,
    kind_of,
    likely,
    says_costs,
    says_health,
    says_saves,
    says_uncertain,
)
from babs_sim.report.checklists import NOT_REPORTED, cheers, stress_des
from babs_sim.report.happenings import happenings_of
from babs_sim.report.money import cards_of, flow_rows, payers_of
from babs_sim.report.page import JOINER, SECTIONS, report_page
from babs_sim.report.subject import Estimate, Subject, subject_of
from babs_sim.report.sureness import drivers_of, grades_of
from babs_sim.results import Results, read
from tests.results.reports import PSA, TORNADO, call, small_run, small_subject

SETTING = Setting("the service", "usual care", "whole public sector", 18, "2024/25", 20_000.0)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
DRAWS = 24


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("full")
    return small_run(folder, PSA.format(draws=DRAWS) + TORNADO)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return small_run(tmp_path_factory.mktemp("alone"))


def the_subject(results: Results) -> Subject:
    found = subject_of(results.table, results.manifest)
    assert found is not None
    return found


def the_page(results: Results) -> str:
    if results.folder not in _PAGES:
        page = report_page(results.table, results.manifest)
        assert page is not None
        _PAGES[results.folder] = page
    return _PAGES[results.folder]


_PAGES: dict[Path, str] = {}


class Tree(HTMLParser):
    """Every start tag with its attributes, text by tag, and whether each tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, int]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self.texts: dict[int, str] = {}
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag, _ in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append((tag, len(self.tags) - 1))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            self.faults.append(f"</{tag}> where {self.open[-1:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for _, number in self.open:
            self.texts[number] = self.texts.get(number, "") + data

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    def text(self, name: str, **wanted: str) -> list[str]:
        """Return the texts of all elements of a tag with these attributes."""
        return [
            " ".join(self.texts.get(number, "").split())
            for number, (tag, attributes) in enumerate(self.tags)
            if tag == name
            and all(attributes.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]


# Words


def test_the_kind_of_answer_follows_the_interval() -> None:
    assert kind_of(Estimate(-500, -900, -100, 100, 1.0)) == SAVES
    assert kind_of(Estimate(500, 100, 900, 100, 0.0)) == COSTS
    assert kind_of(Estimate(500, -100, 900, 100, 0.2)) == UNCERTAIN
    assert kind_of(Estimate(-500, -900, 100, 100, 0.8)) == UNCERTAIN


def test_saving_names_the_saving_and_its_interval_the_right_way_round() -> None:
    said = says_saves(Estimate(-500, -900, -100, 200, 0.98), SETTING)
    assert "saves the whole public sector more than it costs" in said
    assert "£500 a family (95 % of model runs: £100 to £900)" in said
    assert "by the child’s age of 18, discounted, in prices of 2024/25" in said
    assert "very likely (196 of 200 model runs)" in said


def test_costing_names_the_cost() -> None:
    said = says_costs(Estimate(1500, 200, 2800, 200, 0.01), SETTING)
    assert "costs the whole public sector more than it saves" in said
    assert "£1,500 a family (95 % of model runs: £200 to £2,800)" in said
    assert "very unlikely (2 of 200 model runs)" in said
    assert "saves the" not in said


def test_uncertain_says_both_directions() -> None:
    said = says_uncertain(Estimate(300, -400, 1000, 200, 0.25), SETTING)
    assert said.startswith("Whether the service pays for itself is uncertain")
    assert "£300 a family more (95 % of model runs: from £400 saved to £1,000 more)" in said
    assert "unlikely (50 of 200 model runs)" in said
    other = says_uncertain(Estimate(-300, -1000, 400, 200, 0.75), SETTING)
    assert "£300 a family less (95 % of model runs: from £1,000 saved to £400 more)" in other
    assert "that it saves money is likely (150 of 200 model runs)" in other
    nothing = says_uncertain(Estimate(0.0, 0.0, 0.0, 10, 0.0), SETTING)
    assert "changes nothing" in nothing


@pytest.mark.parametrize("say", [says_saves, says_costs, says_uncertain])
def test_without_draws_nothing_is_said_without_its_condition(say: Any) -> None:
    sides = {says_saves: (-9, -5, -1), says_costs: (5, 1, 9), says_uncertain: (5, -1, 9)}
    low, value, high = sorted(sides[say])
    said = say(Estimate(value, low, high), SETTING)
    assert "95 % interval for chance in the simulation alone" in said
    assert "how uncertain the model’s numbers are, this run did not ask" in said
    assert "model runs" not in said
    if say is not says_uncertain:
        assert said.startswith("If every number in the model were right, the service would ")


def test_health_and_worth_follow_their_intervals() -> None:
    gain, loss = Estimate(0.04, 0.01, 0.07, 50, 0.0), Estimate(-0.04, -0.07, -0.01, 50, 1.0)
    good = says_health(gain, Estimate(800, 100, 1500, 50, 0.0), SETTING)
    assert "gains health: 40 QALYs per 1,000 families" in good
    assert "at £20,000 a QALY that is worth what it costs (net benefit £800 a family" in good
    assert "almost certain (all 50 model runs)" in good
    bad = says_health(loss, Estimate(-800, -1500, -100, 50, 1.0), SETTING)
    assert "loses health: −40 QALYs" in bad
    assert "that is not worth what it costs" in bad
    assert "almost ruled out (none of 50 model runs)" in bad
    chance = says_health(Estimate(0.04, 0.01, 0.07), Estimate(800, 100, 1500), SETTING)
    assert chance.startswith("If the model’s numbers are right, it gains health")
    assert "model runs" not in chance
    open_ = says_health(gain, Estimate(100, -800, 900, 50, 0.4), SETTING)
    assert "whether that is worth what it costs is not settled" in open_
    assert "about as likely as not (30 of 50 model runs)" in open_


def test_no_sentence_proves_anything() -> None:
    words = " ".join(words for _, words in SCALE)
    for say, figures in (
        (says_saves, (-9, -12, -5)), (says_costs, (9, 5, 12)), (says_uncertain, (1, -5, 6)),
    ):  # fmt: skip
        words += say(Estimate(*map(float, figures), 1000, 0.5), SETTING)
    assert not re.search(r"\b(prove|certainly|definitely|significant|guarantee)", words)
    chances = [0.0, 0.005, 0.05, 0.2, 0.5, 0.8, 0.95, 0.995, 1.0]
    order = [words for _, words in reversed(SCALE)]
    places = [order.index(likely(chance)) for chance in chances]
    assert places == sorted(places)
    assert set(places) == set(range(len(SCALE)))


def test_three_runs_with_opposite_results_get_three_answers(tmp_path: Path) -> None:
    """The same model, its service at three prices: the answer changes with them."""
    analyses = PSA.format(draws=DRAWS)
    cheap, dear = 5.0, 60_000.0
    subjects = {
        price: small_subject(tmp_path / f"{price:g}", analyses, price) for price in (cheap, dear)
    }
    below, above = (subjects[price].estimate("cost") for price in (cheap, dear))
    assert below is not None
    assert above is not None
    middle = cheap - below.value * (dear - cheap) / (above.value - below.value)
    subjects[middle] = small_subject(tmp_path / "middle", analyses, middle)
    answers = {price: answer_of(subject) for price, subject in subjects.items()}
    assert [answers[price].kind for price in (cheap, dear, middle)] == [SAVES, COSTS, UNCERTAIN]
    assert "saves the" in answers[cheap].money
    assert "is worth what it costs" in answers[cheap].health
    assert "costs the" in answers[dear].money
    assert "is not worth what it costs" in answers[dear].health
    assert "pays for itself is uncertain" in answers[middle].money
    heads = []
    for price, subject in subjects.items():
        rows, _ = payers_of(subject)
        card = cards_of(subject, rows)[0]
        heads.append((card.title, card.tone))
        assert pounds(abs(rows[-1].net.value)) in answers[price].money
        assert card.figure.lstrip("−") == pounds(abs(rows[-1].net.value))
    assert len(set(heads)) == 3


def test_a_run_with_draws_writes_the_page_that_the_command_writes(full: Results) -> None:
    written = (full.folder / "report.html").read_text(encoding="utf-8")
    assert _undated(written) == _undated(the_page(full))


def _undated(page: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d(T[\d:+]+)?", "", page)


# The page


def test_sections_come_in_order_and_headings_do_not_skip(full: Results, alone: Results) -> None:
    for results in (full, alone):
        tree = Tree(the_page(results))
        ids = [one["id"] for one in tree.all("section")]
        assert ids == [name for name, _ in SECTIONS]
        levels = [int(tag[1]) for tag, _ in tree.tags if re.fullmatch("h[1-6]", tag)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_html_is_sound_and_asks_no_other_address(full: Results, alone: Results) -> None:
    for results in (full, alone):
        page = the_page(results)
        tree = Tree(page)
        assert tree.faults == []
        ids = [one["id"] for _, one in tree.tags if "id" in one]
        assert len(ids) == len(set(ids))
        for _, attributes in tree.tags:
            for name in ("src", "href", "xlink:href", "srcset", "poster", "action", "data"):
                assert attributes.get(name, "#").startswith("#"), attributes
                if attributes.get(name, "#") != "#":
                    assert attributes[name][1:] in ids, attributes
            for value in attributes.values():
                for link in re.findall(r"url\(([^)]*)\)", value):
                    assert link[1:] in ids
            for name in ("aria-labelledby", "aria-describedby"):
                assert set(attributes.get(name, "").split()) <= set(ids)
        assert not re.search(r"@import|url\(\s*['\"]?(?!#)", page)
        assert not tree.all("link", "iframe", "object", "embed", "img")
        assert len(page.encode()) < 5_000_000


def test_every_figure_has_words_and_its_table(full: Results) -> None:
    tree = Tree(the_page(full))
    figures = tree.all("svg")
    assert len(figures) >= 5
    for svg in figures:
        assert svg["role"] == "img"
        title, words = (tree_text(tree, name) for name in svg["aria-labelledby"].split())
        assert title
        assert re.search(r"\d", words), words
    assert len(tree.all("figure")) == len(figures) == len(tree.text("figcaption"))
    assert len([one for one in tree.text("summary") if one.startswith("The numbers drawn")]) == len(
        figures
    )


def tree_text(tree: Tree, name: str) -> str:
    numbers = [n for n, (_, one) in enumerate(tree.tags) if one.get("id") == name]
    assert len(numbers) == 1, name
    return tree.texts.get(numbers[0], "").strip()


def test_tables_have_captions_and_scopes_and_wide_ones_can_be_reached(full: Results) -> None:
    tree = Tree(the_page(full))
    assert len(tree.all("caption")) == len(tree.all("table"))
    assert all(one.get("scope") in ("col", "row") for one in tree.all("th"))
    for one in tree.all("div"):
        if one.get("class", "").split()[:1] in (["wide"], ["tall"], ["draw"]):
            assert one.get("tabindex") == "0"
            assert one.get("role") == "region"
            assert one.get("aria-label") or one.get("aria-labelledby")
    names = [one["aria-label"] for one in tree.all("div") if "aria-label" in one]
    assert len(names) == len(set(names))


def test_money_never_stands_without_its_terms(full: Results) -> None:
    """Captions of all tables of money name horizon, prices, discounting and perspective."""
    tree = Tree(the_page(full))
    for caption in tree.text("caption"):
        if "£" in caption and "drawn in figure" not in caption:
            assert "prices of 2024/25" in caption, caption
            assert "child’s age of" in caption
    for card in tree.text("dd", class_="about"):
        if "£" in card:
            assert " to " in card or "a family" in card


def test_a_page_can_be_about_another_arm(alone: Results) -> None:
    """The run's other arm is named anew in its tables, with twice the cost."""
    from pandas import concat

    subject = the_subject(alone)
    changed: dict[str, Any] = {}
    for name in alone.manifest["tables"]:
        frame = alone.table(name)
        if "arm" in frame:
            more = frame[frame["arm"] == subject.arm].assign(arm="another")
            for column in ("value", "mc_error"):
                if name == "incremental":
                    more[column] = more[column] * 2
            frame = concat([frame, more])
        changed[name] = frame
    arms = [*alone.manifest["arms"], {"name": "another", "comparator": False, "set": {}}]
    facts = {**alone.manifest, "arms": arms}
    page = report_page(changed.__getitem__, facts, arm="another")
    assert page is not None
    tree = Tree(page)
    cost, first = subject.base("cost"), tree.text("p", class_="question")[0]
    assert cost is not None
    assert first.startswith("Does another pay for itself")
    answer = page[page.index('class="verdict') : page.index('id="brief"')].replace(JOINER, "")
    assert pounds(abs(2 * cost.value)) in answer
    rows = [text for text in tree.text("th", scope="row") if text in ("another", subject.arm)]
    assert rows[:2] == ["another", subject.arm]


def test_warnings_of_the_run_stand_beside_the_answer(alone: Results) -> None:
    checks = ["400 families in 20 blocks", "the service: THE QUEUE IS NOT STABLE: too few places"]
    page = report_page(alone.table, {**alone.manifest, "checks": checks})
    assert page is not None
    first = page[page.index('id="answer"') : page.index('id="brief"')]
    assert checks[1] in first
    assert checks[0] not in first
    assert checks[0] in page
    assert "NOT STABLE" not in the_page(alone)


def test_inputs_and_tables_are_listed(alone: Results) -> None:
    page = the_page(alone)
    for name, digest in alone.manifest["inputs"]["files"].items():
        assert name in page
        assert digest[:16] in page
    for name in alone.manifest["tables"]:
        assert f"{name}.csv" in page


# Its numbers


def test_the_sums_are_those_of_the_tables(full: Results, alone: Results) -> None:
    for results in (full, alone):
        subject = the_subject(results)
        rows, _ = payers_of(subject)
        *parts, whole = rows
        assert math.isclose(sum(row.net.value for row in parts), whole.net.value, rel_tol=1e-9)
        estimate, base = subject.estimate("cost"), subject.base("cost")
        assert estimate is not None
        assert base is not None
        assert whole.net.value == estimate.value
        assert whole.service is not None
        assert whole.rest is not None
        both = whole.service.value + whole.rest.value
        assert math.isclose(both, base.value, rel_tol=1e-9)
        columns, flows = flow_rows(subject)
        assert len(columns) == len(flows[0][1])
        assert math.isclose(flows[-1][1][0][0].value, base.value, rel_tol=1e-9)
        page = the_page(results)
        for row in rows:
            assert f'<data value="{row.net.exact}">{row.net.text}</data>' in page.replace(
                JOINER, ""
            )


def test_the_service_alone_is_what_the_run_says_it_costs(alone: Results) -> None:
    rows, _ = payers_of(the_subject(alone))
    frame = alone.table("incremental").set_index("measure")["value"]
    assert rows[-1].service is not None
    assert math.isclose(rows[-1].service.value, float(frame["service_cost"]), rel_tol=1e-9)


def test_the_headline_is_the_draws_where_there_are_draws(full: Results, alone: Results) -> None:
    drawn = full.table("psa_summary")
    row = drawn[(drawn["comparator"] != "") & (drawn["measure"] == "cost")].iloc[0]
    cost = the_subject(full).estimate("cost")
    assert cost == Estimate(
        float(row["mean"]), float(row["low"]), float(row["high"]), DRAWS, cost.below if cost else 0
    )
    draws = full.table("psa_increments")["cost"]
    assert cost is not None
    assert cost.below == (draws < 0).mean()
    frame = alone.table("incremental").set_index("measure").loc["cost"]
    base = the_subject(alone).estimate("cost")
    assert base is not None
    assert base.value == float(frame["value"])
    assert base.draws == 0
    assert math.isclose(base.high - base.value, 1.959964 * float(frame["mc_error"]))


def test_outcomes_are_in_one_list_each(full: Results) -> None:
    subject = the_subject(full)
    clear, unclear, same = happenings_of(subject)
    frame = full.table("outcomes")
    assert sorted([*(one.label for one in (*clear, *unclear)), *same]) == sorted(frame["label"])
    for one in unclear:
        assert one.word == "not clear"
    words = {one.measure: one.word for one in clear}
    qalys = subject.estimate("qalys")
    assert qalys is not None
    if qalys.side:
        assert words["qalys"] == ("better" if qalys.side > 0 else "worse")


def test_drivers_are_the_widest_bars_with_their_grades(full: Results) -> None:
    drivers = drivers_of(the_subject(full))
    widths = [abs(one.high.value - one.low.value) for one in drivers]
    assert widths == sorted(widths, reverse=True)
    frame = full.table("tornado")
    ends = frame[
        frame["percentile"].isin([2.5, 97.5]) & (frame["measure"] == frame["measure"].iloc[0])
    ]
    spans = ends.groupby("parameter")["result"].agg(lambda x: x.max() - x.min())
    assert math.isclose(widths[0], float(spans.max()))
    known = full.table("parameters").set_index("name")["grade"]
    assert all(known.get(one.name, "") == one.grade for one in drivers)


def test_grades_count_every_number_once(full: Results) -> None:
    *parts, whole = grades_of(the_subject(full))
    assert whole.total == len(full.table("parameters")) == sum(one.total for one in parts)
    for place, grade in enumerate("ABC"):
        assert whole.counts[place] == (full.table("parameters")["grade"] == grade).sum()


def test_missing_analyses_are_said_in_one_line(full: Results, alone: Results) -> None:
    page = the_page(alone)
    assert "This run does not say." in page
    for kind in ("psa", "tornado"):
        assert f"kind = &#34;{kind}&#34;" in page or f'kind = "{kind}"' in page
    assert "This run does not say." not in the_page(full)
    tree = Tree(page)
    assert "figure-tornado" not in page
    assert [one for one in tree.text("dd", class_="figure words") + tree.text("dd", class_="figure")
            if one == "Not asked"]  # fmt: skip


def test_checklists_are_whole_and_follow_the_run(full: Results, alone: Results) -> None:
    subject = the_subject(full)
    assert [one.number for one in cheers(subject)] == [str(i) for i in range(1, 29)]
    assert len(stress_des(subject)) == 24
    sections = {name for name, _ in SECTIONS}
    for one in (*cheers(subject), *stress_des(subject)):
        assert one.said
        assert one.section in sections or not one.section
    for number in ("21", "25", "27", "28"):
        item = cheers(subject)[int(number) - 1]
        assert item.said.startswith(NOT_REPORTED)
        assert not item.covered
    assert f"{DRAWS} draws" in cheers(subject)[19].said
    assert "No draws" in cheers(the_subject(alone))[19].said


# The command


def test_the_command_writes_the_page(alone: Results, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    assert str(place.name) in call("report", str(alone.folder), "--out", str(place))
    assert place.read_text(encoding="utf-8") == the_page(alone)
    call("report", str(alone.folder))
    assert (alone.folder / "report.html").read_text(encoding="utf-8") == the_page(alone)
    assert read(alone.folder).manifest == alone.manifest


def test_what_cannot_be_reported_is_a_problem(alone: Results, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert result.exit_code == 2
    assert "manifest.json" in result.output
    facts = dict(alone.manifest)
    facts["arms"] = [one for one in alone.manifest["arms"] if one["comparator"]]
    (tmp_path / "one").mkdir()
    for path in alone.folder.glob("*.csv"):
        (tmp_path / "one" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "one" / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    result = CliRunner().invoke(app, ["report", str(tmp_path / "one")])
    assert result.exit_code == 2
    assert "compares nothing" in result.output
    assert not (tmp_path / "one" / "report.html").exists()
    result = CliRunner().invoke(app, ["report", str(alone.folder), "--arm", "nobody"])
    assert result.exit_code == 2
    assert "is no arm that this run compares" in result.output
    result = CliRunner().invoke(
        app, ["report", str(alone.folder), "--out", str(tmp_path / "none" / "x.html")]
    )
    assert result.exit_code == 2
    assert "cannot be written" in result.output
