"""Read tables and documents: rows and keys with their file and line, and all that is wrong."""

from babs_sim.tables.csv_files import Located, Table, read_csv
from babs_sim.tables.csv_numbers import Numbers, read_numbers
from babs_sim.tables.paths import files, kind_of, path_from, shipped, shown
from babs_sim.tables.schema import Refusal, refusals
from babs_sim.tables.text import Text, read_text
from babs_sim.tables.toml_files import Document, read_toml

__all__ = [
    "Document",
    "Located",
    "Numbers",
    "Refusal",
    "Table",
    "Text",
    "files",
    "kind_of",
    "path_from",
    "read_csv",
    "read_numbers",
    "read_text",
    "read_toml",
    "refusals",
    "shipped",
    "shown",
]
