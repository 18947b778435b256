"""Chromium from the system, driven by Playwright; axe-core from npm."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BINARIES = ("chromium", "chromium-browser", "google-chrome")
AXE = ("node_modules/axe-core/axe.min.js",)


@contextmanager
def browser() -> Iterator[Any]:
    """Open a browser; skip the test where Playwright or Chromium is missing."""
    api = pytest.importorskip("playwright.sync_api")
    binary = next((found for name in BINARIES if (found := shutil.which(name))), None)
    if binary is None:
        pytest.skip("there is no Chromium")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


def axe_source() -> str:
    """Return axe-core; skip where it is missing.

    BABS_SIM_AXE names the file; without it node_modules of this folder and those above are looked
    into.
    """
    named = os.environ.get("BABS_SIM_AXE")
    folders = [Path.cwd(), *Path.cwd().parents]
    for path in [Path(named)] if named else [folder / AXE[0] for folder in folders]:
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.skip("there is no axe-core: npm install axe-core, or BABS_SIM_AXE=.../axe.min.js")
