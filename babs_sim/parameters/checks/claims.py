"""Claims: each has the model's own figure beside it, or the reason why there is none."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import ClaimRow, MeasureRow
from babs_sim.tables import Located

POPULATIONS = ("referred", "births")


def claim_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with claims."""
    money = {
        found.row.name: found.row.kind in ("cost", "break even")
        for found in catalogue.located(MeasureRow)
    }
    for claim in catalogue.located(ClaimRow):
        row = claim.row
        if row.figure == "none":
            if not row.reason:
                hint = "say why the model has no figure"
                yield problem(claim, "reason", "is missing where there is no figure", hint=hint)
            if row.of:
                yield problem(claim, "of", "does not belong to 'none'", row.of, "leave it blank")
            continue
        if not row.of:
            yield problem(claim, "of", f"is missing, but the figure is a {row.figure}")
            continue
        if row.figure == "measure":
            yield from _measure(catalogue, claim, money)
        elif row.figure == "trait":
            yield from _trait(catalogue, claim)
        elif row.of not in catalogue.numbers() and catalogue.complete(*catalogue.rows):
            hint = nearest(row.of, catalogue.numbers())
            yield problem(claim, "of", "is not a parameter", row.of, hint)
        if row.figure != "measure" and (row.arm or row.by_age is not None):
            field = "arm" if row.arm else "by_age"
            yield problem(claim, field, "belongs to a measure alone", hint="leave it blank")
        if row.population and row.population not in POPULATIONS:
            hint = nearest(row.population, POPULATIONS)
            yield problem(claim, "population", "is not a population", row.population, hint)


def _measure(
    catalogue: Catalogue, claim: Located[ClaimRow], money: dict[str, bool]
) -> Iterator[Problem]:
    row, name = claim.row, claim.row.of.removeprefix("!")
    yield from catalogue.unknown(claim, "of", name, "a measure", "measures")
    if not row.arm:
        hint = "write without, with or change"
        yield problem(claim, "arm", "is missing, but the figure is a measure", hint=hint)
    if money.get(name) and (row.by_age is not None or row.of != name):
        text = "is a measure of money, which has neither an age nor a rest"
        yield problem(claim, "of", text, row.of)


def _trait(catalogue: Catalogue, claim: Located[ClaimRow]) -> Iterator[Problem]:
    name, sign, least = claim.row.of.partition(">=")
    yield from catalogue.unknown(claim, "of", name, "a trait", "traits")
    if sign:
        try:
            float(least)
        except ValueError:
            yield problem(claim, "of", "does not say from which level on", claim.row.of)
