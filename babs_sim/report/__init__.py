"""Pages from results, for people to read: one file each, with no outside address."""

from babs_sim.report.claims import claims_page
from babs_sim.report.one_family import family_page
from babs_sim.report.page import Checked, report_page
from babs_sim.report.verification import validated_in, verification_page

__all__ = [
    "Checked",
    "claims_page",
    "family_page",
    "report_page",
    "validated_in",
    "verification_page",
]
