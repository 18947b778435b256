"""What an experiment file may say; see the design of the file in the package docstring."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr

from babs_sim.tables import path_from

Population: TypeAlias = Literal["referred", "births", "csv"]
AnalysisKind: TypeAlias = Literal[
    "base", "tornado", "two_way", "scenarios", "threshold", "psa", "voi", "morris", "sobol",
    "budget", "equity",
]  # fmt: skip
KEYS: dict[str, frozenset[str]] = {
    "base": frozenset({"measure", "subgroups"}),
    "tornado": frozenset({"measure", "parameters", "groups"}),
    "two_way": frozenset({"measure", "parameters", "values", "steps"}),
    "threshold": frozenset({"measure", "parameters", "target", "values"}),
    "scenarios": frozenset({"measure", "scenario"}),
    "budget": frozenset({"places"}),
    "equity": frozenset({"subgroups", "qaly_value"}),
    "psa": frozenset(
        {"measure", "draws", "families", "sequence", "precision", "draws_file", "given_data"}
    ),
    "voi": frozenset(
        {
            "draws",
            "families",
            "sequence",
            "draws_file",
            "parameters",
            "sets",
            "qaly_value",
            "families_a_year",
            "decision_years",
            "study",
        }
    ),
    "morris": frozenset({"measure", "parameters", "groups", "trajectories", "levels"}),
    "sobol": frozenset(
        {
            "measure",
            "parameters",
            "groups",
            "samples",
            "second_order",
            "resamples",
            "most_important",
        }
    ),
}
"""The keys that each kind of analysis has besides ``kind``."""

UNDISCOUNTED = "none"
"""The discounting scheme that is always there."""

MOST_FAMILIES = 100_000_000
MOST_SEED = 2**63 - 1


def _plain(value: Any) -> Any:
    """Refuse what is not a number, a text, or true or false."""
    if isinstance(value, bool | int | float | str):
        return value
    raise ValueError("is neither a number, a text, nor true or false")


def _readable(value: Any) -> Any:
    """Refuse a text with characters that a terminal or a page would not show."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("holds characters that cannot be shown")
    return value


Text: TypeAlias = Annotated[StrictStr, BeforeValidator(_readable)]
Name: TypeAlias = Annotated[Text, Field(min_length=1)]
SetValue: TypeAlias = Annotated[Any, BeforeValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Cohort(_Part):
    """Who is followed, how many families, and for how many years of the child's life.

    Years are half open, so what happens on the birthday that ends the last year is not followed:
    over 18 years nobody turns 18.  ``families_csv`` belongs to the population ``csv`` and is
    relative to the experiment file.  ``place`` "" leaves the tables as they are.
    """

    population: Population = "referred"
    place: Text = ""
    families: int = Field(default=20_000, ge=2, le=MOST_FAMILIES)
    horizon_years: int = Field(default=18, gt=0, le=110)
    seed: int = Field(default=1, ge=0, le=MOST_SEED)
    families_csv: Text = ""


class Money(_Part):
    """Prices and values; "" until `load` has filled it from economics.toml."""

    price_year: Text = ""
    discounting: Text = ""
    perspective: Text = ""
    qaly_value: Text = ""


class Arm(_Part):
    """One strategy: ``set`` changes parameters (in the unit of their table) and settings."""

    name: Name
    comparator: StrictBool = False
    set: dict[str, SetValue] = Field(default_factory=dict)


class Scenario(_Part):
    """Changes of parameters and settings with a name; ``money``, years and families too.

    ``place`` and ``population`` are those of other families than the experiment's.  ``about`` says
    in a sentence what it is, ``cannot`` why the model cannot run it: then it is only listed.
    """

    name: Name
    about: Text = ""
    cannot: Text = ""
    set: dict[str, SetValue] = Field(default_factory=dict)
    money: Money = Field(default_factory=Money)
    horizon_years: int | None = Field(default=None, gt=0, le=110)
    place: Text = ""
    population: Literal["", "referred", "births"] = ""

    @property
    def runs(self) -> bool:
        """Return whether the model can run it."""
        return not self.cannot


class Observed(_Part):
    """What a study sees of a parameter; `babs_sim.analysis.decision.Observation` explains."""

    parameter: Name
    kind: Literal["mean", "proportion", "rate", "ratio"] = "mean"
    sd: float = Field(default=1.0, gt=0.0)
    share: float = Field(default=1.0, gt=0.0, le=1.0)
    years: float = Field(default=1.0, gt=0.0)


class PlannedStudy(_Part):
    """A study that is thought of: what it would observe, in how many families, at what cost.

    ``families`` are the sizes to compare, both groups of a trial together; costs are in pounds of
    the experiment's price year; ``years`` pass before what it found is known.
    """

    name: Name
    families: list[Annotated[int, Field(ge=1, le=MOST_FAMILIES)]] = Field(min_length=1)
    observes: list[Observed] = Field(min_length=1)
    fixed_cost: float = Field(default=0.0, ge=0.0)
    cost_per_family: float = Field(default=0.0, ge=0.0)
    years: int = Field(default=0, ge=0, le=100)


class Analysis(_Part):
    """One analysis; `KEYS` says which of the keys each kind has.

    ``measure`` is a measure or another figure of incremental.csv, ``subgroups`` names of
    subgroups.csv.  ``parameters`` holds names of parameters, or beginnings of names that end in
    ``*``; with ``groups`` correlated ones move together.  ``values`` are those of each parameter in
    the unit of its table (one list for each): of a grid, or the limits of a search.  ``target`` is
    the figure that a search looks for.  ``draws`` and ``families`` are sizes, None for a choice by
    a pilot; ``precision`` stops draws once the Monte Carlo error is such a share of the figure.
    ``places`` are those of a budget, by default the place of the cohort. ``qaly_value`` names what
    others lose a QALY for where the public pays, by default the value of the experiment.
    ``given_data`` are the methods by which draws also say what drives the figure. ``trajectories``
    and ``levels`` are the size of a Morris screening; ``samples`` that of a Sobol analysis, with
    intervals by ``resamples``, of the ``most_important`` parameters of the screening before it.
    ``sets`` are parameters to be known together, ``families_a_year`` in ``decision_years`` those
    whom a decision affects, ``study`` the studies whose worth is asked.
    """

    kind: AnalysisKind
    measure: Text = ""
    subgroups: list[Name] = Field(default_factory=list)
    parameters: list[Name] = Field(default_factory=list)
    groups: StrictBool = False
    values: list[list[float]] = Field(default_factory=list)
    steps: int = Field(default=5, ge=2, le=101)
    target: float = 0.0
    scenario: list[Scenario] = Field(default_factory=list)
    draws: int | None = Field(default=None, ge=2, le=10_000_000)
    families: int | None = Field(default=None, ge=2, le=MOST_FAMILIES)
    sequence: Literal["random", "sobol"] = "random"
    precision: float = Field(default=0.0, ge=0.0, le=1.0)
    draws_file: Text = ""
    places: list[Name] = Field(default_factory=list)
    qaly_value: Text = ""
    given_data: list[Literal["delta", "pawn"]] = Field(default_factory=list)
    trajectories: int = Field(default=20, ge=2, le=10_000)
    levels: int = Field(default=4, ge=2, le=100)
    samples: int = Field(default=512, ge=2, le=2**20)
    second_order: StrictBool = False
    resamples: int = Field(default=1_000, ge=100, le=100_000)
    most_important: int | None = Field(default=None, ge=2, le=1_000)
    sets: dict[Name, Annotated[list[Name], Field(min_length=1)]] = Field(default_factory=dict)
    families_a_year: float | None = Field(default=None, gt=0.0, le=MOST_FAMILIES)
    decision_years: int = Field(default=10, ge=1, le=100)
    study: list[PlannedStudy] = Field(default_factory=list)


class ExperimentFile(_Part):
    """The keys of an experiment file."""

    title: Name
    parameters: list[Name] = Field(default_factory=lambda: ["../parameters"], min_length=1)
    cohort: Cohort = Field(default_factory=Cohort)
    money: Money = Field(default_factory=Money)
    arm: list[Arm] = Field(min_length=1)
    analysis: list[Analysis] = Field(default_factory=list)


def resolved(text: str, near: Path) -> Path:
    """Return a path that an experiment file names: absolute, or relative to the file's folder."""
    return path_from(text, near.parent)
