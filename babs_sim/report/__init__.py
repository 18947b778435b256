"""Pages from results, for people to read: one file each, with no outside address."""

from babs_sim.report.claims import claims_page

__all__ = ["claims_page"]
