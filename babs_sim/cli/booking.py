"""`babs-sim workbook`: the tables of a folder of results as one spreadsheet."""

from pathlib import Path

from babs_sim.tables import shown


def write_workbook(folder: Path) -> None:
    """Write ``workbook.xlsx`` into a folder of results; raises `Problems` if it is none."""
    from babs_sim.report.workbook import workbook
    from babs_sim.results import add_page, read

    results = read(folder.expanduser())
    print(shown(add_page(results, "workbook.xlsx", workbook(results))))
