"""`babs-sim plot`: draw the figures of a folder of results again, from its tables alone."""

from pathlib import Path

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.tables import shown


def plot_results(folder: Path, kind: str) -> None:
    """Draw one kind of figure, or all; raises `Problems` for what the folder does not have."""
    from babs_sim.plots import rendered
    from babs_sim.plots.drawing import drawers, kinds_of, pictures, tables_of, whole_drawers
    from babs_sim.results import add_figures, read

    results = read(folder.expanduser())
    known = kinds_of(results.manifest["tables"], results.manifest)
    if kind and kind not in known:
        if tables_of(kind):
            tables = " and ".join(f"{name}.csv" for name in tables_of(kind))
            text, hint = f"needs {tables}, which this run did not write", "run such an analysis"
        else:
            text, hint = "is no kind of figure", nearest(kind, [*drawers(), *whole_drawers()])
        raise Problems([Problem(shown(folder), None, "KIND", text, kind, hint)])
    if not known:
        hint = "run an experiment with two arms or more"
        raise Problems([Problem(shown(folder), None, "", "holds nothing to draw", hint=hint)])
    wanted = [kind] if kind else known
    files: dict[str, bytes] = {}
    for picture in pictures(results.table, results.manifest, wanted):
        files |= rendered(picture)
    for path in add_figures(results, files):
        if path.suffix == ".svg":
            print(shown(path))
