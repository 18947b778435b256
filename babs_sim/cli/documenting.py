"""`babs-sim book`: the model's documentation, made from its tables."""

import shlex
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from babs_sim.cli.choosing import chosen_model, folders_or_default
from babs_sim.tables import shown


def write_book(folders: Sequence[Path], place: str, out: Path) -> None:
    """Write the book of a model to ``out``; raises `Problems` for tables with mistakes."""
    model = chosen_model(folders, place)

    from babs_sim.cli.reasoning import picture_of
    from babs_sim.report.book import book_page
    from babs_sim.results import write_page

    words = ["babs-sim", "book", "--out", shown(out)]
    for folder in folders_or_default(folders):
        words += ["--parameters", shown(folder)]
    words += ["--place", place] if place else []
    today = date.today().isoformat()
    page = book_page(model, shlex.join(words), picture_of(model), today)
    write_page(out.expanduser(), page.encode("utf-8"))
    print(shown(out))
