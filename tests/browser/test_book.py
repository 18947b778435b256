"""The model book in a browser: like the report, and its links lead somewhere.

Skipped without Playwright, Chromium or axe-core.  BABS_SIM_BOOK names a book to look at instead of
that of a small model.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from babs_sim.parameters import read_parameters
from babs_sim.report.book import book_page
from tests.browser.chromium import axe_source, browser
from tests.properties.rich import rich_folder


@pytest.fixture(scope="module")
def book_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("playwright.sync_api")
    if named := os.environ.get("BABS_SIM_BOOK"):
        return Path(named)
    folder = tmp_path_factory.mktemp("book")
    model = read_parameters([rich_folder(folder / "parameters")])
    path = folder / "book.html"
    path.write_text(book_page(model, "babs-sim book", None, "2026-01-02"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 390])
def test_the_book_stays_in_its_file_and_its_width(
    chromium: Any, book_file: Path, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: requests.append(one.url))
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(book_file.resolve().as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    room, needed = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    assert needed <= room
    assert requests == [book_file.resolve().as_uri()] and complaints == []
    page.close()


def test_axe_finds_nothing_serious_in_the_book(chromium: Any, book_file: Path) -> None:
    axe = axe_source()
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(book_file.resolve().as_uri())
    page.evaluate(
        "[...document.querySelectorAll('details')].slice(0, 30).forEach((d) => { d.open = true; })"
    )
    page.evaluate(axe)
    found = page.evaluate(
        """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]}).then((r) => r.violations.map((v) =>
        [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]))"""
    )
    print(found)
    assert [one for one in found if one[0] in ("serious", "critical")] == []
    page.close()
