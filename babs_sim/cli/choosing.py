"""Which tables a command speaks about, where no experiment says so."""

from collections.abc import Sequence
from pathlib import Path

from babs_sim.parameters import Model, read_parameters
from babs_sim.tables import files, shipped


def folders_or_default(folders: Sequence[Path]) -> list[Path]:
    """Return ``folders``, or the tables of the current folder, or else the shipped ones."""
    if folders:
        return [folder.expanduser() for folder in folders]
    local = Path("parameters")
    return [local if local.is_dir() else shipped() / "parameters"]


def chosen_model(folders: Sequence[Path], place: str) -> Model:
    """Return the model in ``folders`` with the numbers of ``place``; raises `Problems`."""
    return read_parameters(folders_or_default(folders), place or None, ("--place", None))


def known_experiments() -> list[Path]:
    """Return the experiment files of the current folder, or else the shipped ones."""
    return list(files(Path("experiments"), ".toml") or files(shipped() / "experiments", ".toml"))
