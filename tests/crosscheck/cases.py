"""Where the sample cases of other programs lie.

Their CSV files belong to packages with another licence, so they are read, never copied.  Set
``BABS_SIM_CASES`` to the folder that holds them; tests that need them skip elsewhere.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def case(name: str) -> Path:
    """Return the folder of a case, or skip the test with the reason."""
    near = Path(__file__).resolve().parents[2].parent
    for root in (
        os.environ.get("BABS_SIM_CASES"),
        near / "shared/cases",
        near.parent / "shared/cases",
    ):
        if root and (Path(root) / name / "expected.json").is_file():
            return Path(root) / name
    pytest.skip(f"the case {name} is not here: set BABS_SIM_CASES to the folder of cases")


def expected(folder: Path) -> dict[str, Any]:
    """Return the expected figures of a case."""
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return found
