"""`babs-sim workbook`: the tables of a folder of results as one spreadsheet."""

from pathlib import Path

from babs_sim.tables import shown


def write_workbook(folder: Path) -> None:
    """Write ``workbook.xlsx`` into a folder of results; raises `Problems` if it is none."""
    from babs_sim.report.workbook import workbook
    from babs_sim.results import read, write_page

    results = read(folder.expanduser())
    place = results.folder / "workbook.xlsx"
    write_page(place, workbook(results))
    print(shown(place))
