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
AVAILABLE: frozenset[str] = frozenset({"base", "budget"})
"""Kinds of analysis that this version runs."""

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


class Analysis(_Part):
    """One analysis and, for some kinds, the measure that it is about.

    ``subgroups`` names the subgroups of subgroups.csv for which it reports, ``places`` those of a
    ``budget`` (none: the place of the cohort).
    """

    kind: AnalysisKind
    measure: Text = ""
    subgroups: list[Name] = Field(default_factory=list)
    places: list[Name] = Field(default_factory=list)


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
