"""The experiment under test: run as it is, and from changed tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.base import BaseCase, analyse
from babs_sim.analysis.drawing import draw_points
from babs_sim.analysis.psa import run_psa
from babs_sim.analysis.study import Conditions
from babs_sim.analysis.verification.changing import changed
from babs_sim.experiment import Analysis, Arm, Experiment
from babs_sim.handover import Floats
from babs_sim.lifecourse.compiling import compile_rates
from babs_sim.parameters import Model
from babs_sim.population import Cohort
from babs_sim.simulate import run
from babs_sim.simulate.centring import Factors
from babs_sim.simulate.running import (
    Progress,
    centring_factors,
    cohort_of,
    reference_of,
)

if TYPE_CHECKING:
    from pandas import DataFrame

FEW = 200
"""Families whose every event is looked at."""


class NotApplicable(Exception):
    """A check has nothing to look at in the tables at hand; the text says why."""


@dataclass
class Subject:
    """An experiment that checks run again and again, as it is and changed.

    All runs follow the same families, and their rates are scaled by the factors that centre the
    unchanged tables, as those of an arm are: what a check changes acts on centred rates.
    """

    experiment: Experiment
    model: Model
    workers: int = 1
    tell: Progress = field(default=lambda done, total, what: None)
    draws_in_all: int = 100
    _drawn: dict[int, Floats] = field(default_factory=dict, repr=False)

    @cached_property
    def base(self) -> BaseCase:
        """The experiment as it is."""
        return self.case(model=self.model)

    @cached_property
    def few(self) -> BaseCase:
        """The experiment as it is, with so few families that every event can be looked at."""
        return self.case(families=self.number_of_few)

    @cached_property
    def tables(self) -> Model:
        """The tables without the claims, which no check looks at and which take time."""
        return replace(self.model, rows=MappingProxyType({**self.model.rows, "claims": ()}))

    def draws(self, number: int) -> Floats:
        """Return draws (number, columns) of all numbers that vary, row 0 the base values."""
        if number not in self._drawn:
            found = draw_points(self.model, number - 1, self.experiment.cohort.seed)
            self._drawn[number] = found.values
        return self._drawn[number]

    @cached_property
    def probabilistic(self) -> "Mapping[str, DataFrame]":
        """Tables of a probabilistic analysis of `draws_in_all` draws, each of few families."""
        number, few = self.draws_in_all, self.number_of_few
        analysis = Analysis(kind="psa", draws=number, families=few)
        conditions = Conditions(self.workers, tell=self.tell)
        return run_psa(analysis, self.experiment, self.model, conditions).tables

    @property
    def number_of_few(self) -> int:
        """Number of families of `few`."""
        return min(FEW, self.experiment.cohort.families)

    @cached_property
    def factors(self) -> Factors:
        """Factors that centre the rates of the unchanged tables."""
        reference = reference_of(self.experiment, self.model)
        return centring_factors(reference, {}, self.horizon, self.workers, self.tell)

    @cached_property
    def cohort(self) -> Cohort:
        """Whom the experiment follows."""
        return cohort_of(self.experiment, self.model)[0]

    @property
    def horizon(self) -> float:
        """Age of the child at which follow-up ends, in years."""
        return float(self.experiment.cohort.horizon_years)

    @property
    def comparator(self) -> str:
        """Name of the arm that the others are compared with."""
        return self.experiment.comparator.name

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of all arms."""
        return tuple(arm.name for arm in self.experiment.arms)

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the arms but the comparator; `NotApplicable` where there are none."""
        found = tuple(name for name in self.arms if name != self.comparator)
        if not found:
            raise NotApplicable("the experiment has one arm only, so nothing is compared")
        return found

    def case(
        self,
        numbers: Mapping[str, float] | None = None,
        *,
        scaled: Mapping[str, float] | None = None,
        model: Model | None = None,
        arms: Sequence[Arm] | None = None,
        money: Mapping[str, str] | None = None,
        horizon: int | None = None,
        seed: int | None = None,
        families: int | None = None,
        workers: int | None = None,
        subgroups: Sequence[str] = (),
        centred: bool = True,
    ) -> BaseCase:
        """Run and analyse the experiment with changes.

        ``numbers`` replace numbers of the tables, in base units, also where an arm sets them;
        ``scaled`` are factors for numbers, by name; ``model`` replaces all tables; ``arms`` and
        ``money`` what the experiment file says.  With ``centred`` False, or another horizon, rates
        are taken as published.
        """
        numbers, scaled = numbers or {}, scaled or {}
        model = self.tables if model is None else model
        multiplied = {name: model.parameters[name].value * by for name, by in scaled.items()}
        model = changed(model, {**numbers, **multiplied})
        cohort = {"horizon_years": horizon, "seed": seed, "families": families}
        experiment = self.resized(**{k: v for k, v in cohort.items() if v is not None})
        chosen = experiment.arms if arms is None else arms
        experiment = replace(
            experiment, arms=tuple(_with_changes(arm, numbers, scaled) for arm in chosen)
        )
        if money is not None:
            terms = experiment.money.model_copy(update=dict(money))
            experiment = replace(experiment, money=terms)
        own = centred and horizon is None
        factors = self.factors if own else self._published(model, horizon)
        return analyse(
            run(experiment, model, workers or self.workers, None, subgroups, factors, self.cohort)
        )

    def resized(self, **changes: int) -> Experiment:
        """Return the experiment with another number of families, horizon or seed."""
        cohort = self.experiment.cohort.model_copy(update=changes)
        return replace(self.experiment, cohort=cohort)

    def _published(self, model: Model, horizon: int | None) -> Factors:
        years = self.horizon if horizon is None else float(horizon)
        compiled = compile_rates(model, model.values(), years)
        return np.ones_like(compiled.published), np.ones(len(compiled.centred))


def _with_changes(arm: Arm, numbers: Mapping[str, float], scaled: Mapping[str, float]) -> Arm:
    """Return an arm whose own numbers give way to changes."""
    own = {
        name: value * scaled[name] if name in scaled else value
        for name, value in arm.set.items()
        if name not in numbers
    }
    return arm.model_copy(update={"set": own})


def figures(case: BaseCase, arm: str) -> dict[str, float]:
    """Return every figure of one arm by the name of its measure."""
    return {figure.measure: figure.value for figure in case.summary[arm]}


def changes(case: BaseCase, arm: str) -> dict[str, float]:
    """Return every figure of an arm less that of the comparator, by the name of its measure."""
    return {figure.measure: figure.value for figure in case.incremental[arm]}


def pounds_of(case: BaseCase, arm: str, discounted: bool = False) -> dict[str, float]:
    """Return pounds per family of each unit cost, whoever pays."""
    account = case.accounts[arm]
    pounds = account.pounds_discounted[0] if discounted else account.pounds[0]
    found: dict[str, float] = {}
    for item, one in zip(account.items, pounds.sum(axis=1), strict=True):
        found[item.name] = found.get(item.name, 0.0) + float(one)
    return found


def events_of(case: BaseCase, arm: str) -> dict[str, float]:
    """Return how often each event happens per family."""
    account = case.accounts[arm]
    return dict(zip(account.events, account.count[0].sum(axis=1).tolist(), strict=True))


def quantities(case: BaseCase, arm: str) -> Floats:
    """Return every quantity of an arm that is no money, by year, as one row of numbers."""
    one = case.accounts[arm]
    parts = (one.count, one.years, one.first, one.aces, one.qalys)
    return np.concatenate([part[0].ravel() for part in parts])
