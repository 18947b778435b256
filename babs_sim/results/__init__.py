"""Results on disk: tidy tables and a manifest, complete or absent."""

from babs_sim.results.folder import Results, add_figures, check_place, read, write
from babs_sim.results.manifest import manifest_of

__all__ = ["Results", "add_figures", "check_place", "manifest_of", "read", "write"]
