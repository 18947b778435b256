"""What a report is of: the tables and manifest of a run, and the arm that it is about."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.measures import SCALES
from babs_sim.analysis.outcomes import NORMAL_95, PER
from babs_sim.analysis.wording import percent

if TYPE_CHECKING:
    from pandas import DataFrame

NEEDED = ("summary", "incremental", "outcomes", "ledger", "cashflow", "parameters")
"""Tables without which there is no report."""

_POPULATIONS = {
    "referred": "families referred to the service",
    "births": "families of all births",
    "csv": "families of a file",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval, ``low`` to ``high``.

    With ``draws`` of the parameters it is their mean and the interval holds 95 % of them, and
    ``below`` of them lie below 0.  Without draws (0) it is the base case and the interval is for
    chance in the simulation alone; then nobody knows ``below``, and it is nan.
    """

    value: float
    low: float
    high: float
    draws: int = 0
    below: float = math.nan

    def times(self, factor: float) -> "Estimate":
        """Return the same in another unit; ``factor`` above 0."""
        return Estimate(
            factor * self.value, factor * self.low, factor * self.high, self.draws, self.below
        )

    @property
    def side(self) -> int:
        """Return 1 or -1 where the whole interval is above or below 0, 0 where it is neither."""
        if self.low > 0:
            return 1
        return -1 if self.high < 0 else 0


@dataclass(frozen=True, slots=True)
class Subject:
    """A run, its tables by name, and the arm that is compared with the comparator."""

    table: "Callable[[str], DataFrame]"
    manifest: Mapping[str, Any]
    arm: str
    comparator: str

    def has(self, *names: str) -> bool:
        """Return whether the run wrote all these tables."""
        return all(name in self.manifest["tables"] for name in names)

    @property
    def others(self) -> list[str]:
        """Return the arms that are compared, the one of the report first."""
        return [self.arm, *(name for name in compared(self.manifest) if name != self.arm)]

    @property
    def draws(self) -> int:
        """Return the number of draws of the parameters, 0 without a probabilistic analysis."""
        return int(self.analysis("psa").get("draws", 0)) if self.has("psa_summary") else 0

    def analysis(self, kind: str) -> Mapping[str, Any]:
        """Return what the manifest says of an analysis of a kind, {} for none."""
        found = self.manifest.get("analyses") or ()
        return next((one for one in found if one["kind"] == kind), {})

    def base(self, measure: str, arm: str = "") -> Estimate | None:
        """Return the base case's figure of incremental.csv, None if there is none."""
        frame = self.table("incremental")
        rows = frame[(frame["arm"] == (arm or self.arm)) & (frame["measure"] == measure)]
        if rows.empty or not math.isfinite(float(rows["value"].iloc[0])):
            return None
        value, error = float(rows["value"].iloc[0]), float(rows["mc_error"].iloc[0])
        half = NORMAL_95 * error if math.isfinite(error) else 0.0
        return Estimate(value, value - half, value + half)

    def estimate(self, measure: str, arm: str = "") -> Estimate | None:
        """Return the mean over draws and their interval, or the base case without draws."""
        arm = arm or self.arm
        if not self.draws:
            return self.base(measure, arm)
        frame = self.table("psa_summary")
        rows = frame[
            (frame["arm"] == arm) & (frame["comparator"] != "") & (frame["measure"] == measure)
        ]
        if rows.empty or not math.isfinite(float(rows["mean"].iloc[0])):
            return None
        drawn = self.table("psa_increments")
        values = drawn[drawn["arm"] == arm][measure]
        row = rows.iloc[0]
        return Estimate(
            float(row["mean"]), float(row["low"]), float(row["high"]), len(values),
            float((values < 0).mean()),
        )  # fmt: skip

    def factor(self, measure: str) -> float:
        """Return what turns a measure's figure into one per 1,000 families."""
        units = {row["name"]: str(row["unit"]) for row in self.manifest["measures"]}
        unit = units.get(measure, "")
        return PER / next((scale for end, scale in SCALES.items() if unit.endswith(end)), 1.0)

    def label(self, measure: str) -> str:
        """Return the name of a measure as people know it."""
        labels = {row["name"]: str(row["label"]) for row in self.manifest["measures"]}
        return labels.get(measure, measure.replace("_", " ").capitalize())

    @property
    def breaking_even(self) -> list[str]:
        """Return the measures of how many events must be prevented to pay for the service."""
        frame = self.table("incremental")
        names = list(frame[frame["arm"] == self.arm]["measure"])
        return [name for name in names if f"{name}_prevented" in names]

    @property
    def families(self) -> str:
        """Return whom the run follows, in words."""
        kind = str(self.manifest["population"])
        place = str(self.manifest["place"]).replace("_", " ").title()
        return _POPULATIONS.get(kind, kind) + (f" in {place}" if place else "")

    @property
    def years(self) -> int:
        """Return the child's age at which the run ends."""
        return int(self.manifest["horizon_years"])

    @property
    def payer(self) -> str:
        """Return the perspective, as in the middle of a sentence."""
        label = str(self.manifest["terms"]["perspective"]["label"])
        return label if label[:2].isupper() else label[:1].lower() + label[1:]

    @property
    def discounting(self) -> str:
        """Return the rates of the scheme of discounting, in words."""
        scheme = str(self.manifest["terms"]["discounting"])
        frame = self.table("parameters")
        words = []
        for what in ("costs", "health"):
            start = f"discount.{scheme}.{what}."
            rows = frame[frame["name"].str.startswith(start)]
            rates = [float(rate) for rate in rows["value"]]
            if rates:
                falling = f" falling to {percent(min(rates))}" if len(rates) > 1 else ""
                words.append(f"{what} {percent(max(rates))}{falling}")
        return f"{', '.join(words)} a year (scheme ‘{scheme}’)" if words else f"scheme ‘{scheme}’"

    @property
    def terms(self) -> str:
        """Return horizon, prices, discounting and perspective: no money is shown without them."""
        terms = self.manifest["terms"]
        return (
            f"to the child’s age of {self.years}; {self.payer}; prices of {terms['price_year']}; "
            f"discounted, {self.discounting}"
        )


def compared(manifest: Mapping[str, Any]) -> list[str]:
    """Return the arms that a run compares with its comparator."""
    arms = manifest.get("arms") or ()
    return [str(arm["name"]) for arm in arms if not arm["comparator"]]


def subject_of(
    table: "Callable[[str], DataFrame]", manifest: Mapping[str, Any], arm: str = ""
) -> Subject | None:
    """Return an arm of a run (the first) and its comparator, None where nothing is compared."""
    others = compared(manifest)
    if not others or any(name not in manifest["tables"] for name in NEEDED):
        return None
    comparator = next(str(one["name"]) for one in manifest["arms"] if one["comparator"])
    return Subject(table, manifest, arm or others[0], comparator)
