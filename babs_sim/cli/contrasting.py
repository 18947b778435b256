"""`babs-sim compare`: what changed between two folders of results."""

from pathlib import Path

from babs_sim.cli.layout import columns


def compare_results(one: Path, other: Path, out: Path | None) -> bool:
    """Print what differs, write every figure to ``out``; return whether nothing differs.

    Raises `Problems` for what is no folder of results.
    """
    from babs_sim.errors import Problem, Problems
    from babs_sim.report.contrast import contrast, contrast_lines
    from babs_sim.results import Results, read, write_page

    results, problems = list[Results](), list[Problem]()
    for folder in (one, other):
        try:
            results.append(read(folder.expanduser()))
        except Problems as wrong:
            problems += wrong.problems
    if problems:
        raise Problems(problems)
    found = contrast(*results)
    for letter, folder in zip("AB", (one, other), strict=True):
        print(f"{letter}: {folder}")
    for title, rows in contrast_lines(found):
        print(f"\n{title}")
        for line in columns(rows):
            print(f"  {line}")
    if len(found.results) and not found.alike:
        print(
            "\nIntervals are those of chance in both simulations."
            + (
                " Both have the same seed and families, so that much of it cancels: they are too "
                "wide rather than too narrow."
                if found.same_lives
                else ""
            )
        )
    if out is not None:
        write_page(out, found.results.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    return found.alike
