"""What analyses of many points share: how they are run, and what they leave behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from babs_sim import __version__
from babs_sim.analysis.drawing import Draws
from babs_sim.analysis.points import Evaluated
from babs_sim.experiment import Analysis, Experiment
from babs_sim.experiment.schema import resolved
from babs_sim.parameters import Model
from babs_sim.results.checkpoints import Checkpoints
from babs_sim.simulate.running import Progress
from babs_sim.speed import source_fingerprint
from babs_sim.tables import read_text

if TYPE_CHECKING:
    from pandas import DataFrame

NET_BENEFIT = "net_monetary_benefit"


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A probabilistic sample: ``found`` are the figures of draws 1 to N, each of ``families``.

    ``read`` are the parameters on which figures depend (`Response.read_names`).
    """

    draws: Draws
    found: Evaluated
    families: int
    read: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How points are run; but for ``earlier`` nothing here changes a number.

    ``checkpoint`` keeps what is finished, None for nothing kept.  ``earlier`` holds the tables of
    the last analysis of each kind that stands before this one, ``sampled`` the sample of the last
    probabilistic analysis among them.
    """

    workers: int = 1
    backend: str = "threading"
    batch: int | None = None
    tell: Progress = lambda done, total, what: None
    checkpoint: Checkpoints | None = None
    earlier: "Mapping[str, Mapping[str, DataFrame]]" = field(default_factory=dict)
    sampled: "Sampled | None" = None

    def part(self, name: str) -> Checkpoints | None:
        """Return where a stage of an analysis keeps what is finished."""
        return None if self.checkpoint is None else self.checkpoint.part(name)


@dataclass(frozen=True, slots=True)
class Found:
    """What an analysis gives: tables by name, facts for the manifest, and lines to read.

    ``sampled`` is what analyses after it may use again.
    """

    tables: "Mapping[str, DataFrame]"
    facts: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    sampled: Sampled | None = None

    def and_(self, other: "Found") -> "Found":
        """Return both together, the facts of their analyses in one list."""
        facts = {**self.facts, **other.facts}
        if "analyses" in self.facts and "analyses" in other.facts:
            facts["analyses"] = [*_listed(self.facts), *_listed(other.facts)]
        return Found({**self.tables, **other.tables}, facts, (*self.lines, *other.lines))


def _listed(facts: Mapping[str, object]) -> list[object]:
    found = facts["analyses"]
    assert isinstance(found, list)
    return found


def stamp_of(experiment: Experiment, model: Model, analysis: Analysis) -> dict[str, str]:
    """Return all that the numbers of an analysis depend on, by what it is, as texts."""
    files = [experiment.cohort.families_csv, analysis.draws_file]
    digests = [read_text(resolved(name, experiment.path)).digest for name in files if name]
    return {
        "parameter tables": model.fingerprint,
        "cohort": experiment.cohort.model_dump_json(),
        "money": experiment.money.model_dump_json(),
        "arms": repr([arm.model_dump() for arm in experiment.arms]),
        "analysis": analysis.model_dump_json(),
        "files": " ".join(digests),
        "program": f"{__version__} {source_fingerprint()}",
    }
