"""The report in a browser: nothing leaves the file, nothing scrolls sideways, axe finds nothing.

Skipped without Playwright, Chromium or axe-core.  BABS_SIM_REPORT names a report to look at instead
of a small one; BABS_SIM_PICTURES a folder for screenshots and the PDF.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import axe_source, browser
from tests.results.reports import small_report

WIDTHS = (1280, 390)
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("playwright.sync_api")
    named = os.environ.get("BABS_SIM_REPORT")
    return Path(named) if named else small_report(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


def _open(chromium: Any, path: Path, width: int) -> tuple[Any, list[str], list[str]]:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: requests.append(one.url))
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(path.resolve().as_uri())
    return page, requests, complaints


def _picture(page: Any, name: str) -> None:
    folder = os.environ.get("BABS_SIM_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / name), full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_leaves_the_file_or_scrolls_sideways(
    chromium: Any, page_file: Path, width: int
) -> None:
    page, requests, complaints = _open(chromium, page_file, width)
    _picture(page, f"report_{width}.png")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    room, needed = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    assert needed <= room
    assert requests == [page_file.resolve().as_uri()]
    assert complaints == []
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious(chromium: Any, page_file: Path, width: int) -> None:
    axe = axe_source()
    page, _, _ = _open(chromium, page_file, width)
    page.evaluate(
        "document.querySelectorAll('details:not(#sources)').forEach((one) => { one.open = true; })"
    )
    page.evaluate(axe)
    found = page.evaluate(
        """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]}).then((r) => r.violations.map((v) =>
        [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]))"""
    )
    print(found)
    assert [one for one in found if one[0] in SERIOUS] == []
    page.close()


def test_search_shows_the_numbers_that_hold_all_words(chromium: Any, page_file: Path) -> None:
    page, _, _ = _open(chromium, page_file, 1280)
    rows = page.locator("#numbers tbody tr")
    name = page.locator("#numbers tbody tr:first-child .name").inner_text()
    page.fill("#find", name)
    page.wait_for_function("document.querySelectorAll('#numbers tbody tr[hidden]').length > 0")
    seen = [rows.nth(i).inner_text() for i in range(rows.count()) if rows.nth(i).is_visible()]
    assert seen
    assert all(name in text for text in seen)
    assert f"{len(seen)} of" in page.locator("#found").inner_text()
    page.fill("#find", "no such number anywhere")
    page.wait_for_function("document.getElementById('found').textContent.startsWith('0 of')")
    page.close()


def test_the_keyboard_reaches_the_answer_first(chromium: Any, page_file: Path) -> None:
    page, _, _ = _open(chromium, page_file, 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#answer")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.close()


def test_the_page_prints(chromium: Any, page_file: Path, tmp_path: Path) -> None:
    page, _, _ = _open(chromium, page_file, 1280)
    folder = Path(os.environ.get("BABS_SIM_PICTURES") or tmp_path)
    printed = page.pdf(path=str(folder / "report.pdf"), prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    page.emulate_media(media="print")
    rules = page.evaluate(
        """[...document.querySelectorAll('tr')].every(
        (row) => getComputedStyle(row).breakInside === 'avoid')"""
    )
    heads = page.evaluate(
        """[...document.querySelectorAll('thead')].every(
        (head) => getComputedStyle(head).display === 'table-header-group')"""
    )
    assert rules and heads
    page.close()
