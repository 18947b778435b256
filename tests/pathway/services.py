"""Small services for tests: one exposure, a team of one role, and what a test adds."""

from pathlib import Path
from typing import Any

import numpy as np

from babs_sim.handover import Exposure, Families, ServiceLog
from babs_sim.parameters import Model, Values, read_parameters
from babs_sim.pathway import Service, open_service, run_service
from babs_sim.population import Cohort, make_families, read_cohort
from tests.folders import Rows, number, write_folder

LOAD = [{"trait": "family.load", "level": n, "value": 0.25} for n in range(4)]
TABLES: dict[str, Rows] = {
    "traits": [{"name": "family.load", "label": "load", "person": "family", "kind": "levels"}],
    "trait_levels": LOAD,
}


def service_of(
    yearly: float,
    slots: float,
    length: float,
    *,
    wte: float = 1.0,
    cv: float = 1.0,
    warm_up: float = 2.0,
    years: float = 10.0,
    priority: str = "",
    referral: str = "",
    waiting: str = "",
    role: str = "",
    therapy: str = "",
    shares: tuple[float, float, float] = (1.0, 0.5, 1.0),
    starts: tuple[float, float] = (-0.3, 0.2),
    more: str = "",
) -> str:
    """Return service.toml: ``yearly`` referrals, ``slots`` places, ``length`` years of work."""
    start, antenatal, complete = shares
    return f"""
[pathway]
warm_up = {number(warm_up, "years")}
years = {number(years, "years")}
team_size = {number(1, "ratio")}

[referral]
yearly = {number(yearly, "per year")}
{referral}
[waiting]
priority = [{priority}]
{waiting}
[team.worker]
wte = {number(wte, "count")}
slots = {number(slots, "count")}
{role}
[therapy]
start_share = {number(start, "probability")}
antenatal_share = {number(antenatal, "probability")}
antenatal_start = {number(starts[0], "years")}
postnatal_start = {number(starts[1], "years")}
complete_share = {number(complete, "probability")}
dose_complete = {number(1, "ratio")}
dose_partial = {number(0.5, "ratio")}
length = {number(length, "years")}
length_cv = {number(cv, "ratio")}
{therapy}
{more}
"""


class World:
    """A model with a service, and a cohort of families for it."""

    def __init__(self, folder: Path, service: str, **tables: Rows) -> None:
        path = write_folder(folder, {**TABLES, **tables}, entry=-0.5, service=service)
        self.model: Model = read_parameters([path])
        self.cohort: Cohort = read_cohort(self.model, self.model.values(), "births")

    def values(self, **changes: Any) -> Values:
        named = {f"service.{name.replace('__', '.')}": value for name, value in changes.items()}
        return self.model.values({"service.open": True, "service.capacity": True, **named})

    def families(self, number: int, seed: int = 1) -> Families:
        return make_families(self.cohort, seed, 0, number)

    def open(self, number: int, seed: int = 1, **changes: Any) -> Service:
        return open_service(self.model, self.values(**changes), self.cohort, number, seed)

    def log(self, number: int, seed: int = 1, **changes: Any) -> ServiceLog:
        log = self.open(number, seed, **changes).log
        assert log is not None
        return log

    def unlimited(self, number: int, seed: int = 1, **changes: Any) -> Exposure:
        values = self.values(capacity=False, **changes)
        return run_service(self.model, values, self.families(number, seed), seed)


def window_means(log: ServiceLog, figure: np.ndarray[Any, Any], of: np.ndarray[Any, Any]) -> Any:
    """Return the mean of ``figure`` over the rows ``of``, and its standard error over windows."""
    totals = np.array([figure[of & (log.window == w)].sum() for w in range(log.windows)])
    counts = np.array([(of & (log.window == w)).sum() for w in range(log.windows)])
    mean = totals.sum() / counts.sum()
    rest = (totals - mean * counts) / counts.mean()
    return mean, rest.std(ddof=1) / np.sqrt(log.windows)
