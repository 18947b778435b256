"""`babs-sim init`: the shipped tables, to edit."""

from pathlib import Path

from babs_sim.tables import shipped, shown
from babs_sim.tables.copying import copy_folders

COPIED = ("parameters", "experiments")


def copy_shipped(folder: Path) -> None:
    """Copy the shipped folders into ``folder``, or raise `Problems` and change nothing."""
    folder = folder.expanduser()
    written = copy_folders(shipped(), COPIED, folder)
    print(f"Copied {written} files to {shown(folder)}: tables in parameters/, what to run in "
          "experiments/.")  # fmt: skip
    print("Edit them, then in that folder: babs-sim check, and babs-sim run base_case")
