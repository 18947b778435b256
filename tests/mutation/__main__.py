"""Would the tests notice?  Change one thing at a time in the code that counts, and run its tests.

    python -m tests.mutation                    # everything
    python -m tests.mutation economics          # one part
    python -m tests.mutation kernel --again     # survivors only, after tests were added
    python -m tests.mutation kernel --resume    # go on where a run was stopped
    python -m tests.mutation kernel --every 4   # of those not run yet, every fourth (and survivors)

mutmut makes the changes (mutants).  It cannot change compiled functions, so the kernel is tested in
its pure-Python form: a copy under ``build/mutation`` without the decorators that compile.  A mutant
is killed when a test fails or never ends; the score is the share killed.  Survivors that change
nothing that can be seen are listed in ``equivalent.csv`` with the reason; they count as survivors
all the same.  Exit code 1 below ``LEAST`` in any module.
"""

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from babs_sim.tables import shown

ROOT = Path(__file__).parent.parent.parent
BUILD = ROOT / "build" / "mutation"
EQUIVALENT = Path(__file__).parent / "equivalent.csv"
LEAST = 0.85
TAKEN = ("babs_sim", "tests", "parameters", "experiments")
DETECTED = {1: "killed", 3: "killed", 36: "never ends", 24: "never ends", -24: "never ends",
            152: "never ends", 255: "never ends", -9: "never ends", -11: "killed"}  # fmt: skip
SURVIVED, NO_TEST = 0, (5, 33)
COMPILING = re.compile(r"^@(compiled|inlined)\n", re.MULTILINE)
COMPILERS = re.compile(r"^from babs_sim\.speed import .*$", re.MULTILINE)
PLAIN = """
def _itself(value):
    return value


borrowed = compiled = inlined = _itself
"""


@dataclass(frozen=True)
class Part:
    """Modules that are changed, and the tests that should notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


SMALL = {"BABS_SIM_TWIN_MODELS": "20", "BABS_SIM_TWIN_SHRINK": "0"}
LIVES = (
    "tests/crosscheck/test_twin.py::test_models_drawn_at_random_give_the_same_lives",
    "tests/events/test_lives_by_hand.py",
)
PARTS = {
    "economics": Part(
        tuple(
            f"babs_sim/economics/{name}.py"
            for name in ("discounting", "montecarlo", "perspectives", "prices", "pricing")
        ),
        tuple(f"tests/results/test_{name}.py" for name in ("discounting", "montecarlo", "prices")),
    ),
    "pathway": Part(
        tuple(
            f"babs_sim/pathway/{name}.py"
            for name in ("exposure", "queue", "referrals", "team", "plans", "opening")
        ),
        ("tests/events/test_service.py", "tests/pathway"),
    ),
    "clocks": Part(("babs_sim/lifecourse/clocks.py", "babs_sim/lifecourse/laws.py"), LIVES, SMALL),
    "kernel": Part(("babs_sim/lifecourse/kernel.py",), LIVES, SMALL),
}


def main() -> int:
    """Run the parts that are asked for, say what survived, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="only what survived the last time")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth of those left")
    parser.add_argument("--report", action="store_true", help="only say what the last run found")
    asked = parser.parse_args()
    if unknown := [name for name in asked.parts if name not in PARTS]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    below = False
    for name in asked.parts or PARTS:
        if not asked.report:
            change(name, PARTS[name], asked)
        for module in PARTS[name].modules:
            below |= tell(BUILD / name, module) < LEAST
    return 1 if below else 0


def change(name: str, part: Part, asked: argparse.Namespace) -> None:
    """Copy the project in its pure-Python form and run mutmut there."""
    folder = BUILD / name
    if not (asked.again or asked.resume or asked.every > 1):
        shutil.rmtree(folder, ignore_errors=True)
    copy(folder, part)
    names = []
    if asked.again or asked.every > 1:
        for module in part.modules:
            found = results(folder, module)
            names += [name for name, code in found.items() if code in (SURVIVED, *NO_TEST)]
            if asked.every > 1:
                names += [name for name, code in found.items() if code is None][:: asked.every]
        if not names:
            return
    processes = ["--max-children", str(asked.processes)]
    command = [sys.executable, "-m", "mutmut", "run", *processes, *names]
    environment = {**os.environ, **part.environment}
    log = folder / "mutmut.log"
    print(f"{name}: mutmut writes to {shown(log)}", flush=True)
    with log.open("wb") as stream:
        subprocess.run(
            command, cwd=folder, env=environment, check=True, stdout=stream, stderr=stream
        )


def copy(folder: Path, part: Part) -> None:
    """Write the copy that mutmut works on; files that are the same keep their time."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in TAKEN:
        for source in (ROOT / name).rglob("*"):
            if source.is_dir() or skip(str(source.parent), [source.name]):
                continue
            target = folder / source.relative_to(ROOT)
            content = source.read_bytes()
            if source.parent.name == "lifecourse":
                content = uncompiled(content.decode()).encode()
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.read_bytes() != content:
                target.write_bytes(content)
    settings = {
        "source_paths": ["babs_sim"],
        "only_mutate": list(part.modules),
        "also_copy": ["parameters", "experiments"],
        "pytest_add_cli_args": ["--tb=no", "-W", "ignore", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": list(part.tests),
        "timeout_multiplier": 2.0,
        "use_git_change_detection": False,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    text = "\n".join(["[tool.mutmut]", *lines, "", "[tool.pytest.ini_options]", ""])
    if not (folder / "pyproject.toml").exists():
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def uncompiled(source: str) -> str:
    """Return a module without what compiles it."""
    return COMPILERS.sub(PLAIN.strip(), COMPILING.sub("", source))


def results(folder: Path, module: str) -> dict[str, int | None]:
    """Return the exit code of the tests by mutant, None for one that was not run."""
    path = folder / "mutants" / f"{module}.meta"
    found: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
    return found


def tell(folder: Path, module: str) -> float:
    """Print the score of a module and its survivors; return the score."""
    found = results(folder, module)
    spans = json.loads((folder / "mutants" / f"{module}.spans").read_text())["spans"]
    lines = (folder / "mutants" / module).read_text().splitlines()
    known = listed(module)
    made = len(found)
    found = {name: code for name, code in found.items() if code is not None}
    ends = Counter(DETECTED.get(code, "survived") for code in found.values())
    left = [name for name, code in found.items() if code not in DETECTED]
    score = 1 - len(left) / len(found)
    unexplained = []
    used: Counter[tuple[str, str, str]] = Counter()
    for name in left:
        short = name.rpartition(".")[2]
        original = short.rpartition("__mutmut_")[0] + "__mutmut_orig"
        before, after = changed(
            text_of(lines, spans[original], original), text_of(lines, spans[short], short)
        )
        function = original.removeprefix("x_").removesuffix("__mutmut_orig")
        used[function, before, after] += 1
        if (function, before, after) not in known:
            unexplained.append((function, before, after, name, found[name]))
    explained = len(left) - len(unexplained)
    print(
        f"{module}: {score:.1%} of {len(found):,} killed ({ends['never ends']} of them never "
        f"end); {len(left)} survive, {explained} of them change nothing"
        f"{'' if len(found) == made else f'; {made - len(found):,} were not run'}"
    )
    for function, before, after, name, code in unexplained:
        note = " (no test runs it)" if code in NO_TEST else ""
        print(f"  {function}{note} [{name.rpartition('_')[2]}]\n    - {before}\n    + {after}")
    for gone in sorted(known - set(used)) if len(found) == made else ():
        print(f"  listed as equivalent, but does not survive: {gone}")
    return score


def text_of(lines: list[str], span: list[int], name: str) -> list[str]:
    """Return the lines of a function without its name."""
    return [line.strip().replace(name, "") for line in lines[span[0] - 1 : span[1]]]


def changed(before: list[str], after: list[str]) -> tuple[str, str]:
    """Return the lines that differ between two bodies: what was there, and what is."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    end = 0
    while end < min(len(before), len(after)) - same and before[-1 - end] == after[-1 - end]:
        end += 1
    cut = slice(same, len(before) - end), slice(same, len(after) - end)
    return " ".join(before[cut[0]]), " ".join(after[cut[1]])


def listed(module: str) -> set[tuple[str, str, str]]:
    """Return the mutants of a module that are known to change nothing."""
    with EQUIVALENT.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {(r["function"], r["before"], r["after"]) for r in rows if r["module"] == module}


if __name__ == "__main__":
    sys.exit(main())
