"""`babs-sim report`: the page of a run, made from its folder of results alone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.tables import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babs_sim.report import Checked
    from babs_sim.report.verification import Validated
    from babs_sim.results import Results


def report_results(folder: Path, out: Path | None, arm: str) -> None:
    """Write the page of a run; raises `Problems` for what it does not compare."""
    from babs_sim.report import report_page
    from babs_sim.report.page import PAGE
    from babs_sim.report.subject import compared
    from babs_sim.results import read, write_page

    folder = folder.expanduser()
    results = read(folder)
    inputs = results.manifest.get("inputs", {}).get("files", {})
    checked, validated = beside(folder.parent, inputs)
    known = compared(results.manifest)
    if arm and known and arm not in known:
        text, hint = "is no arm that this run compares", nearest(arm, known)
        raise Problems([Problem(shown(folder), None, "--arm", text, arm, hint or ", ".join(known))])
    page = report_page(results.table, results.manifest, checked, validated, arm)
    if page is None:
        hint = "give the folder of a run with two arms or more"
        raise Problems([Problem(shown(folder), None, "", "compares nothing", hint=hint)])
    place = out.expanduser() if out else folder / PAGE
    write_page(place, page.encode("utf-8"))
    print(shown(place))


def beside(folder: Path, files: "Mapping[str, str]") -> "tuple[Checked | None, Validated | None]":
    """Return what the newest `verify` and `validate` among the folders of results found.

    ``files`` are the digests of the tables that the report's run read.
    """
    from babs_sim.report import Checked, validated_in

    checked: list[Checked] = []
    validated: list[Validated] = []
    for results in _results_in(folder):
        facts = results.manifest
        if facts.get("kind") == "verification":
            known = facts["inputs"]["files"]
            same = all(files.get(name, digest) == digest for name, digest in known.items())
            checked.append(
                Checked(str(facts["created"]), same, int(facts["passed"]), int(facts["failed"]),
                        int(facts["not_applicable"]))
            )  # fmt: skip
        elif facts.get("kind") == "validation":
            validated.append(validated_in(results, files))
    newest = max(checked, key=lambda one: one.created, default=None)
    return newest, max(validated, key=lambda one: one.created, default=None)


def _results_in(folder: Path) -> "list[Results]":
    """Return the folders of `verify` and `validate` in a folder, those that can be read."""
    from babs_sim.results import read

    found = []
    for path in sorted(folder.glob("*/manifest.json")):
        if not path.parent.name.startswith(("verification", "validation")):
            continue
        try:
            found.append(read(path.parent))
        except (Problems, json.JSONDecodeError):
            continue
    return found
