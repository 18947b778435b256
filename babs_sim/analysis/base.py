"""The base analysis: everything that one run of the base case says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babs_sim.analysis import frames
from babs_sim.analysis.accounts import Account, Terms, account_of, terms_of
from babs_sim.analysis.ceiling import ceiling_checks
from babs_sim.analysis.claims import Claim, claims_frame, claims_of
from babs_sim.analysis.comparing import Figure, increments, summary_of
from babs_sim.analysis.measures import Measure, read_measures
from babs_sim.analysis.outcomes import (
    Band,
    Outcome,
    bands_frame,
    bands_of,
    outcomes_frame,
    outcomes_of,
)
from babs_sim.analysis.serving import pathway_frame, serving_checks, time_frame
from babs_sim.experiment import Experiment
from babs_sim.parameters import Model
from babs_sim.parameters.rows import MeasureRow
from babs_sim.simulate import Run

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class BaseCase:
    """The base analysis of a run: its terms, measures, one account an arm, and figures by arm.

    ``summary`` holds each arm's figures, ``incremental`` those of every arm but the comparator,
    ``outcomes`` effects in natural units per 1,000 families, ``bands`` those of subgroups,
    ``claims`` the model's figures beside claims.
    """

    run: Run
    terms: Terms
    measures: tuple[Measure, ...]
    accounts: dict[str, Account]
    comparator: str
    summary: dict[str, tuple[Figure, ...]]
    incremental: dict[str, tuple[Figure, ...]]
    outcomes: tuple[Outcome, ...]
    bands: tuple[Band, ...]
    claims: tuple[Claim, ...]

    def tables(self) -> "dict[str, DataFrame]":
        """Return the tables that a results folder holds, by name."""
        base = self.accounts[self.comparator]
        others = [self.accounts[arm] for arm in self.incremental]
        accounts = list(self.accounts.values())
        more = {"subgroups": bands_frame(self.bands)} if self.bands else {}
        if self.claims:
            more["claims"] = claims_frame(self.claims)
        if self.run.services:
            more["pathway"] = pathway_frame(self.run.services)
            more["pathway_time"] = time_frame(self.run.services)
        return {
            "summary": frames.summary_frame(_pairs(self.summary)),
            "incremental": frames.incremental_frame(self.comparator, _pairs(self.incremental)),
            "outcomes": outcomes_frame(self.outcomes),
            **more,
            "ledger": frames.ledger_frame(accounts),
            "cashflow": frames.cashflow_frame(
                others, base, self.measures, self.terms.perspective.name
            ),
            "events": frames.events_frame(accounts),
            "states_by_age": frames.states_frame(accounts, self.run.model),
            "parameters": frames.parameters_frame(self.run.model),
        }

    def checks(self) -> tuple[str, ...]:
        """Return the checks of the run, and what the place's infant care entries say."""
        ledgers = dict(zip(self.run.arms, self.run.ledgers, strict=True))
        population = self.run.experiment.cohort.population
        intake = {arm: log.yearly for arm, log in self.run.services.items()}
        return (
            *self.run.checks,
            *serving_checks(self.run.services),
            *ceiling_checks(self.run.model, population, self.comparator, ledgers, intake),
        )

    def facts(self) -> dict[str, object]:
        """Return what the manifest must say so that the tables can be read without the model."""
        perspective = self.terms.perspective
        base = self.accounts[self.comparator]
        return {
            "checks": list(self.checks()),
            "terms": {
                "price_year": self.terms.price_year,
                "discounting": self.terms.discounting,
                "perspective": {
                    "name": perspective.name,
                    "label": perspective.label,
                    "payers": list(perspective.payers),
                    "transfers_of": sorted(perspective.transfers),
                    "items": sorted({i.name for i in base.items if perspective.counts(i)}),
                },
                "qaly_value": {
                    "name": self.terms.qaly_value,
                    "pounds": base.qaly_values[self.terms.qaly_value],
                },
            },
            "payers": {row.name: row.label for row in self.run.model.table("payers")},
            "service_items": sorted({i.name for i in base.items if i.quantity == "activity"}),
            "measures": [
                {
                    "name": measure.name,
                    "label": measure.label,
                    "unit": measure.unit,
                    "better": measure.better,
                }
                for measure in self.measures
            ],
            "icons": _people(self.run.model),
            "monte_carlo": {
                "method": "delete-one-block jackknife, blocks paired across arms",
                "blocks": len(base.families),
                "incremental_errors": {
                    arm: {f.measure: f.error for f in figures if f.error == f.error}
                    for arm, figures in self.incremental.items()
                },
            },
        }


def check_measures(experiment: Experiment, model: Model) -> tuple[Terms, tuple[Measure, ...]]:
    """Return terms and measures; raises `Problems`, best before anything is simulated."""
    terms = terms_of(experiment, model)
    return terms, read_measures(model, terms.perspective)


def analyse(run: Run) -> BaseCase:
    """Price every arm of a run and compare each with the comparator.

    Raises `Problems` for measures that cannot be reported.
    """
    terms, measures = check_measures(run.experiment, run.model)
    changes = {arm.name: arm.set for arm in run.experiment.arms}
    values = [run.model.values(changes[arm]) for arm in run.arms]
    accounts = {
        arm: account_of(arm, ledger, run.model, one, terms)
        for arm, ledger, one in zip(run.arms, run.ledgers, values, strict=True)
    }
    comparator = run.experiment.comparator.name
    base = accounts[comparator]
    incremental = {
        arm: tuple(increments(account, base, measures, terms))
        for arm, account in accounts.items()
        if arm != comparator
    }
    first = next(iter(incremental), None)
    return BaseCase(
        run=run,
        terms=terms,
        measures=measures,
        accounts=accounts,
        comparator=comparator,
        summary={arm: tuple(summary_of(account, measures)) for arm, account in accounts.items()},
        incremental=incremental,
        outcomes=tuple(outcomes_of(list(accounts.values()), base, measures)),
        bands=bands_of(run, measures, terms, values),
        claims=claims_of(
            run,
            {measure.name: measure for measure in measures},
            base,
            accounts[first] if first else None,
            {figure.measure: figure for figure in incremental[first]} if first else {},
        ),
    )


ICONS = 3
"""Measures of people that have an icon array."""


def _people(model: Model) -> list[str]:
    """Return the first measures of measures.csv that count people, none of them twice."""
    rows = (located.row for located in model.rows["measures"])
    named = [row.name for row in rows if isinstance(row, MeasureRow) and row.kind == "first"]
    return named[:ICONS]


def _pairs(figures: dict[str, tuple[Figure, ...]]) -> list[tuple[str, Figure]]:
    return [(arm, figure) for arm, row in figures.items() for figure in row]
