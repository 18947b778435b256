"""Results on disk: tidy tables and a manifest, complete or absent."""

from babs_sim.results.folder import (
    Results,
    add_figures,
    check_place,
    read,
    write,
    write_folder,
    write_page,
)
from babs_sim.results.manifest import manifest_of, manifest_of_model, plain

__all__ = [
    "Results",
    "add_figures",
    "check_place",
    "manifest_of",
    "manifest_of_model",
    "plain",
    "read",
    "write",
    "write_folder",
    "write_page",
]
