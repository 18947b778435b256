"""Claims that so many events prevented pay for a service for a year, tested place by place.

What a service costs in a mean year is set against what its families' events cost over the years
that each family is followed, discounted: the mean of all such events, at whatever age.  The chance
that a claim holds comes from draws of the unit costs and from chance in the simulation; effects of
the service and lengths of stay are not varied, so it is a chance under the model's own effects.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.budget import PlaceBudget
from babs_sim.analysis.derived import break_even
from babs_sim.analysis.drawing import draw_points
from babs_sim.analysis.measures import Measure
from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.handover import Floats
from babs_sim.parameters import Model
from babs_sim.parameters.rows import ClaimRow

if TYPE_CHECKING:
    from pandas import DataFrame

TESTED = "a year of one service"
"""What the unit of a claim ends in that is tested in each place."""
DRAWS = 1_000


def claims_to_test(model: Model) -> tuple[ClaimRow, ...]:
    """Return the claims with a number that pay for one service for a year."""
    kinds = {row.name: row.kind for row in model.table("measures")}
    return tuple(
        row
        for row in model.table("claims")
        if row.published and row.unit.endswith(TESTED) and kinds.get(row.of) == "break even"
    )


def claim_places(budgets: Sequence[PlaceBudget], draws: int = DRAWS) -> "DataFrame":
    """Return a row for each place, arm and claim: what is claimed, needed, prevented and there."""
    from pandas import DataFrame

    rows = []
    for one in budgets:
        model = one.base.run.model
        claims = claims_to_test(model)
        if not claims:
            continue
        ratios = cost_ratios(model, [item.name for item in one.items], one.seed, draws)
        measures = {measure.name: measure for measure in one.base.measures}
        rows += [_row(one, claim, measures[claim.of], ratios) for claim in claims]
    return DataFrame(rows)


def cost_ratios(model: Model, costs: Sequence[str], seed: int, draws: int) -> Floats:
    """Return how many times its base value each unit cost is (1 + D, I) in each draw."""
    points = draw_points(model, draws, seed, "random")
    at = {name: column for column, name in enumerate(points.names)}
    ratios = np.ones((draws + 1, len(costs)))
    for i, cost in enumerate(costs):
        column = at.get(f"cost.{cost}")
        if column is not None and points.values[0, column] != 0.0:
            ratios[:, i] = points.values[:, column] / points.values[0, column]
    ratios[0] = 1.0
    return ratios


def _row(one: PlaceBudget, claim: ClaimRow, measure: Measure, ratios: Floats) -> dict[str, object]:
    base, terms = one.base.accounts[one.comparator], one.base.terms
    assert measure.items is not None and claim.published is not None
    service = one.service_cost[0] @ ratios.T
    service_error = float(one.error(one.service_cost.sum(axis=1)))
    chosen = np.array([bool(measure.items(item)) for item in base.items])
    paid = base.pounds_discounted.sum(axis=2) * chosen
    events = base.count[:, [base.events.index(name) for name in measure.of]].sum(axis=(1, 2))
    there = float(events[0])
    worth = (paid[0] @ ratios.T) / there if there else np.full(len(ratios), np.nan)
    each = paid.sum(axis=1) / np.where(events > 0, events, np.nan)
    worth_error = float(base.error(each))
    needed = break_even(service, worth, np.ones(len(ratios)))
    figure = next(
        f for f in one.base.incremental[one.arm] if f.measure == f"{measure.name}_prevented"
    )
    scale = one.yearly / measure.scale
    prevented, prevented_error = figure.value * scale, figure.error * scale
    return {
        "place": one.place,
        "label": one.label,
        "arm": one.arm,
        "comparator": one.comparator,
        "claim": claim.name,
        "measure_label": one.prevented_label or measure.label,
        "claimed": claim.published,
        "service_cost_year": service[0],
        "cost_of_one": worth[0],
        **_interval("cost_of_one", worth),
        "chance_holds": _chance(claim.published, 0.0, worth, worth_error, service, service_error),
        "needed": needed[0],
        **_interval("needed", needed),
        "prevented": prevented,
        "prevented_low": prevented - NORMAL_95 * prevented_error,
        "prevented_high": prevented + NORMAL_95 * prevented_error,
        "chance_prevented": _chance(
            prevented, prevented_error, worth, worth_error, service, service_error
        ),
        "events_of_families": there * one.yearly,
        "infant_entries_of_place": (
            float("nan") if one.infant_entries is None else one.infant_entries
        ),
        "families_a_year": one.yearly,
        "price_year": terms.price_year,
        "discounting": terms.discounting,
        "perspective": terms.perspective.label,
        "horizon_years": one.base.run.experiment.cohort.horizon_years,
        "draws": len(ratios) - 1,
    }


def _interval(name: str, values: Floats) -> dict[str, float]:
    """Return the limits of 95 % of the draws; row 0, the base case, is none of them."""
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def _chance(
    number: float, number_error: float, worth: Floats, worth_error: float, service: Floats,
    service_error: float,
) -> float:  # fmt: skip
    """Return the chance that ``number`` events are worth the service, over draws and simulation.

    In each draw it is that of a normal with the Monte Carlo errors.
    """
    from scipy.special import ndtr

    gain = number * worth[1:] - service[1:]
    scale = worth[1:] / worth[0]
    error = np.sqrt(
        (number * worth_error * scale) ** 2 + (number_error * worth[1:]) ** 2 + service_error**2
    )
    chance = np.where(error > 0, ndtr(gain / np.where(error > 0, error, 1.0)), gain >= 0)
    return float(chance.mean())


def claim_lines(table: "DataFrame", claims: Sequence[ClaimRow]) -> list[str]:
    """Return a sentence for each place and claim, after the claim itself."""
    from babs_sim.analysis.wording import chance, number, pounds

    lines = []
    for claim in claims:
        lines += ["", f"Claim: {claim.claim}"]
        for row in table[table["claim"] == claim.name].to_dict("records"):
            there = row["infant_entries_of_place"]
            of = f"; the place has {number(there)} of infants a year" if np.isfinite(there) else ""
            lines.append(
                f"{row['label']}, {row['arm']}: the chance that it holds is "
                f"{chance(row['chance_holds'])} ({row['measure_label'].lower()}). "
                f"The service costs {pounds(row['service_cost_year'])} a year, one of those events "
                f"{pounds(row['cost_of_one'])}: {number(row['needed'])} "
                f"({number(row['needed_low'])} to {number(row['needed_high'])}) a year must be "
                f"prevented; the model prevents {number(row['prevented'])} of the "
                f"{number(row['events_of_families'])} that a year's families come to{of}."
            )
        if len(table):
            first = table.iloc[0]
            lines.append(
                f"Costs of an event over {first['horizon_years']} years, discounted "
                f"({first['discounting']}), prices of {first['price_year']}, "
                f"{first['perspective']}; intervals are 95 % of {first['draws']:,} draws of unit "
                "costs. Effects are not varied."
            )
    return lines
