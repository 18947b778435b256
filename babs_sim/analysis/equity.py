"""Who gains: health gained and given up by band, and what that does to inequality.

Distributional cost-effectiveness analysis (Asaria, Griffin and Cookson 2016).  A band gains QALYs
by the service; the net public cost, divided by what a QALY costs elsewhere, is health that others
give up, shared out over the bands by shares that are rows of equity.csv.  Shapes: R = 1 + B
replicates (row 0 all families, row 1 + b without block b), G bands, in order of the trait.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from babs_sim.analysis.accounts import account_of, evaluate
from babs_sim.analysis.base import BaseCase
from babs_sim.economics import block_error, replicate_means
from babs_sim.economics.inequality import (
    atkinson,
    kolm,
    mean_health,
    relative_index,
    slope_index,
)
from babs_sim.experiment import Analysis
from babs_sim.handover import Floats
from babs_sim.parameters import Model, Values
from babs_sim.parameters.rows import AversionRow, EquityRow
from babs_sim.population import Subgroup, read_subgroups

BY_HEAD = "by head"
"""Shares that are those of the people; they stand beside those of equity.csv."""
PER = 1000.0
QALYS_PER = "QALYs per 1,000 families"


@dataclass(frozen=True, slots=True)
class Shares:
    """How health that is given up falls on the bands: ``name``, ``shares`` (G,) that sum to 1."""

    name: str
    shares: Floats


@dataclass(frozen=True, slots=True)
class Gains:
    """One arm against the comparator, by band; means per family of the whole cohort.

    ``families`` (R, G) shares of families; ``qalys`` and ``pounds`` (R, G), discounted;
    ``blocks`` (B,) families; ``value`` pounds for which others lose a QALY.  ``people`` (G,),
    ``health`` (G,) QALYs at birth before, and ``shares`` are there where equity.csv has them;
    ``births`` are births for each family.
    """

    arm: str
    comparator: str
    subgroup: Subgroup
    blocks: Floats
    families: Floats
    qalys: Floats
    pounds: Floats
    value: float
    value_name: str
    people: Floats | None
    health: Floats | None
    shares: tuple[Shares, ...]
    births: float

    def given_up(self, shares: Shares) -> Floats:
        """Return QALYs (R, G) that each band gives up for the net cost; savings give health."""
        return np.asarray(self.pounds.sum(axis=1)[:, None] / self.value * shares.shares)

    def net(self, shares: Shares) -> Floats:
        """Return QALYs gained less QALYs given up, (R, G)."""
        return np.asarray(self.qalys - self.given_up(shares))

    def after(self, shares: Shares) -> Floats:
        """Return QALYs a person (R, G) with the arm, spread over ``births`` a family."""
        assert self.people is not None and self.health is not None
        return np.asarray(self.health + self.net(shares) / (self.births * self.people))

    def interval(self, figure: Floats) -> tuple[float, float, float]:
        """Return error, low and high (95 %, Student's t) of a figure (R,)."""
        from scipy.special import stdtrit

        error = float(block_error(figure, self.blocks))
        half = float(stdtrit(len(self.blocks) - 1, 0.975)) * error
        return error, float(figure[0]) - half, float(figure[0]) + half


@dataclass(frozen=True, slots=True)
class Index:
    """One index of the distribution of health: before and after (R,), ``label`` and ``unit``.

    ``aversion`` is nan for an index without.  ``adds`` says whether a change is one of health,
    which can be added up over people.
    """

    name: str
    parameter: str
    aversion: float
    label: str
    unit: str
    before: float
    after: Floats
    adds: bool

    @property
    def change(self) -> Floats:
        """Return after less before, (R,)."""
        return np.asarray(self.after - self.before)


def gains_of(case: BaseCase, analysis: Analysis) -> Iterator[Gains]:
    """Yield the gains of every arm in every subgroup that an equity analysis names."""
    run, model = case.run, case.run.model
    changes = {arm.name: arm.set for arm in run.experiment.arms}
    values = {arm: model.values(changes[arm]) for arm in run.arms}
    measures = {measure.name: measure for measure in case.measures}
    name = analysis.qaly_value or case.terms.qaly_value
    for subgroup in read_subgroups(model, analysis.subgroups):
        bands = [run.subgroups[subgroup.name][band] for band in subgroup.bands]
        blocks = np.sum([ledgers[0].families for ledgers in bands], axis=0)
        found: dict[str, tuple[Floats, Floats]] = {}
        for a, arm in enumerate(run.arms):
            # Totals of a band over all families: what leaves out a block leaves it out everywhere.
            accounts = [
                account_of(arm, replace(ledgers[a], families=blocks), model, values[arm],
                           case.terms)
                for ledgers in bands
            ]  # fmt: skip
            found[arm] = (
                np.stack([evaluate(measures["qalys"], one) for one in accounts], axis=1),
                np.stack([evaluate(measures["cost"], one) for one in accounts], axis=1),
            )
        families = np.stack(
            [replicate_means(ledgers[0].families, blocks) for ledgers in bands], axis=1
        )
        base = values[case.comparator]
        value = case.accounts[case.comparator].qaly_values[name]
        people = numbers_of(model, base, subgroup, "people")
        for arm in case.incremental:
            yield Gains(
                arm, case.comparator, subgroup, blocks, families,
                found[arm][0] - found[case.comparator][0],
                found[arm][1] - found[case.comparator][1],
                value, name, people, numbers_of(model, base, subgroup, "health"),
                shares_of(model, base, subgroup, people),
                births_of(model, base, run.experiment.cohort.population),
            )  # fmt: skip


def numbers_of(
    model: Model, values: Values, subgroup: Subgroup, what: str, scheme: str = ""
) -> Floats | None:
    """Return what equity.csv says of each band (G,); None where it says nothing.

    Shares are brought to a sum of exactly 1.
    """
    rows = {
        row.band: row
        for row in model.table("equity")
        if (row.what, row.scheme, row.subgroup) == (what, scheme, subgroup.name)
    }
    if not rows:
        return None
    found = np.array([values[rows[band].key] for band in subgroup.bands])
    return found if what == "health" else np.asarray(found / found.sum())


def shares_of(
    model: Model, values: Values, subgroup: Subgroup, people: Floats | None
) -> tuple[Shares, ...]:
    """Return the sets of shares of a subgroup in the order of equity.csv, by head the last."""
    names = dict.fromkeys(
        located.row.scheme
        for located in model.rows["equity"]
        if isinstance(located.row, EquityRow)
        and located.row.what == "given up"
        and located.row.subgroup == subgroup.name
    )
    found = []
    for name in names:
        numbers = numbers_of(model, values, subgroup, "given up", name)
        assert numbers is not None
        found.append(Shares(name, numbers))
    return (*found, *([Shares(BY_HEAD, people)] if people is not None else []))


def births_of(model: Model, values: Values, population: str) -> float:
    """Return births for each family of a population; 1 where equity.csv says nothing."""
    for row in model.table("equity"):
        if (row.what, row.scheme) == ("births per family", population):
            return values[row.key]
    return 1.0


def indices_of(gains: Gains, shares: Shares, aversions: Sequence[tuple[AversionRow, float]]) -> (
    list[Index]
):  # fmt: skip
    """Return mean, slope indices and equally distributed equivalents before and after.

    Empty where health or people of the bands are not known.  ``aversions`` are rows with their
    values.
    """
    people, health = gains.people, gains.health
    if people is None or health is None:
        return []
    after, nan = gains.after(shares), float("nan")

    def index(name: str, label: str, unit: str, of: Floats, before: Floats, adds: bool) -> Index:
        return Index(name, "", nan, label, unit, float(before), of, adds)

    unit = "QALYs a person"
    found = [
        index("mean", "Mean health", unit, mean_health(after, people),
              mean_health(health, people), True),
        index("slope_index", "Slope index of inequality", unit, slope_index(after, people),
              slope_index(health, people), True),
        index("relative_index", "Relative index of inequality", "share of the mean",
              relative_index(after, people), relative_index(health, people), False),
    ]  # fmt: skip
    for row, value in aversions:
        of = atkinson if row.index == "atkinson" else kolm
        label = f"{row.index.capitalize()} equivalent, {row.label}"
        found.append(
            Index(row.index, row.name, value, label, unit, float(of(health, people, value)),
                  of(after, people, value), True)
        )  # fmt: skip
    return found


def aversions_of(model: Model, values: Values) -> list[tuple[AversionRow, float]]:
    """Return the rows of inequality_aversion.csv with their values, each index from low to high."""
    rows = [(row, values[row.key]) for row in model.table("inequality_aversion")]
    return sorted(rows, key=lambda pair: (pair[0].index, pair[1]))


def narrowing(gains: Gains, shares: Shares) -> Floats:
    """Return by how much the gap of the slope index closes, QALYs per family of the cohort, (R,).

    The slope index is linear in health, so over how many lives gains are spread does not matter.
    It is positive where inequality falls, whichever end of the bands is worse off.
    """
    assert gains.people is not None and gains.health is not None
    change = slope_index(gains.net(shares) / gains.people, gains.people)
    return np.asarray(-np.sign(slope_index(gains.health, gains.people)) * change)
