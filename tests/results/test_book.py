"""The model book: everything in the tables stands in it, and nothing else does."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from babs_sim.cli.app import app
from babs_sim.parameters import Model, read_parameters
from babs_sim.report.book import book_page
from babs_sim.tables import shipped
from tests.properties.rich import rich_folder, rich_tables

VOID = {"meta", "br", "input", "link", "img", "hr", "path", "use", "mspace"}


class Page(HTMLParser):
    """Ids, links and open elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.stack: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag == "a":
            self.links.append(str(known.get("href", "")))
        if "src" in known or tag == "link":
            self.loads.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack and self.stack[-1] == tag, f"</{tag}> closes {self.stack[-3:]}"
            self.stack.pop()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, str]:
    path = tmp_path_factory.mktemp("book") / "book.html"
    result = CliRunner().invoke(app, ["book", "--out", str(path)])
    assert result.exit_code == 0, result.output
    return read_parameters([shipped() / "parameters"]), path.read_text(encoding="utf-8")


def test_all_that_the_tables_hold_stands_in_the_book(whole: tuple[Model, str]) -> None:
    model, text = whole
    ids = set(Page(text).ids)
    assert {f"p-{name}" for name in model.parameters} <= ids
    assert {f"source-{row.name}" for row in model.table("sources")} <= ids
    assert {f"event-{row.name}" for row in model.table("events")} <= ids
    own = {"sources", "events", "rates", "effects"}
    assert {f"table-{name}" for name, rows in model.rows.items() if rows} - ids == {
        f"table-{name}" for name in own
    }
    assert all(setting in text for setting in model.settings)
    for row in model.table("effects"):
        assert f'href="#p-{row.key}"' in text, row.key


def test_links_lead_somewhere_and_nothing_is_loaded(whole: tuple[Model, str]) -> None:
    page = Page(whole[1])
    assert page.stack == [] and page.loads == []
    assert len(set(page.ids)) == len(page.ids)
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    assert all(link.startswith(("#", "http")) for link in page.links)
    assert page.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert len(whole[1]) < 5_000_000


def test_a_row_that_is_added_stands_in_the_book(tmp_path: Path) -> None:
    tables = rich_tables()
    before = book_page(read_parameters([rich_folder(tmp_path / "a", tables)]), "x", None, "today")
    price = dict(next(row for row in tables["unit_costs"] if row["name"] == "away"))
    tables["unit_costs"].append({**price, "name": "new_one", "label": "A new <price>", "value": 77})
    after = book_page(read_parameters([rich_folder(tmp_path / "b", tables)]), "x", None, "today")
    assert "cost.new_one" not in before
    assert 'id="p-cost.new_one"' in after and "A new &lt;price&gt;" in after and "£77" in after


def test_mistakes_in_the_tables_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    folder = rich_folder(tmp_path / "parameters")
    (folder / "payers.csv").write_text("name,label\nx\n", encoding="utf-8")
    out = tmp_path / "book.html"
    result = CliRunner().invoke(app, ["book", "--out", str(out), "--parameters", str(folder)])
    assert result.exit_code == 2 and "payers.csv" in result.stderr
    assert not out.exists()
