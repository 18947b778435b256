"""Unit costs, payers, perspectives, price indices, discounting and values of a QALY."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import (
    DiscountRow,
    PerspectiveRow,
    PriceIndexRow,
    QalyValueRow,
    UnitCostRow,
)
from babs_sim.tables import Located
from babs_sim.units import POUNDS, PROBABILITY, RATE, UNITS

UNDISCOUNTED = "none"
FAMILY = "family"
_PER_TIME = ("per week", "per month", "per year")


def money_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with everything that is counted in pounds."""
    years: dict[str, set[str]] = {}
    for level in catalogue.located(PriceIndexRow):
        years.setdefault(level.row.index, set()).add(level.row.year)
        yield from _unit(level, level.row.unit, ("index",))
    used = set()
    for cost in catalogue.located(UnitCostRow):
        yield from _cost(catalogue, cost, years)
        used.add(cost.row.index)
    for value in catalogue.located(QalyValueRow):
        yield from _unit(value, value.row.unit, (POUNDS,))
        known = set[str]().union(*years.values())
        if value.row.price_year not in known and catalogue.complete("price_index"):
            hint = nearest(value.row.price_year, known)
            text = "is a year of no price index"
            yield problem(value, "price_year", text, value.row.price_year, hint)
    yield from _perspectives(catalogue)
    yield from _discounting(catalogue)
    yield from _defaults(catalogue, {name: years[name] for name in used if name in years})


def _unit(at: Located[PriceIndexRow] | Located[QalyValueRow] | Located[UnitCostRow],
          unit: str, fitting: tuple[str, ...]) -> Iterator[Problem]:  # fmt: skip
    if unit in UNITS and UNITS[unit].base not in fitting:
        hint = f"use a unit of {' or '.join(fitting)}"
        yield problem(at, "unit", "does not fit this table", unit, hint)


def _cost(
    catalogue: Catalogue, cost: Located[UnitCostRow], years: dict[str, set[str]]
) -> Iterator[Problem]:
    row = cost.row
    yield from _unit(cost, row.unit, (POUNDS,))
    timed = row.basis in _PER_TIME
    if row.applies_to in catalogue.names("states"):
        if not timed:
            text = f"does not fit '{row.applies_to}', which is a state"
            yield problem(cost, "basis", text, row.basis, "use per week, per month or per year")
    elif row.applies_to in catalogue.roles():
        if not timed:
            text = f"does not fit '{row.applies_to}', which is a role of the team"
            yield problem(cost, "basis", text, row.basis, "use per week, per month or per year")
    elif row.applies_to in catalogue.names("events") | catalogue.activities() | {FAMILY}:
        if timed:
            text = f"does not fit '{row.applies_to}', which does not last"
            yield problem(cost, "basis", text, row.basis, "use per event")
    elif not catalogue.unread & {"states", "events", "service"}:
        known = catalogue.names("states") | catalogue.names("events") | catalogue.activities()
        text = "is neither an event, a state, an activity of the service nor 'family'"
        hint = nearest(row.applies_to, known | {FAMILY})
        yield problem(cost, "applies_to", text, row.applies_to, hint)
    yield from _payers(catalogue, cost)
    if catalogue.complete("price_index"):
        if row.index not in years:
            hint = nearest(row.index, years)
            yield problem(cost, "index", "is not a price index", row.index, hint)
        elif row.price_year not in years[row.index]:
            hint = nearest(row.price_year, years[row.index])
            text = f"is not a year of the index '{row.index}'"
            yield problem(cost, "price_year", text, row.price_year, hint)


def _payers(catalogue: Catalogue, cost: Located[UnitCostRow]) -> Iterator[Problem]:
    hint = "write one payer, or shares such as: nhs 0.6; local_authority 0.4"
    parts = [part.split() for part in cost.row.payers.split(";")]
    total, sound = 0.0, True
    for part in parts:
        if not part:
            sound = False
            yield problem(cost, "payers", "a payer is missing", cost.row.payers, hint)
            continue
        yield from catalogue.unknown(cost, "payers", part[0], "a payer", "payers")
        if len(part) == 1 and len(parts) == 1:
            total = 1.0
            continue
        try:
            (share,) = map(float, part[1:])
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:
            sound = False
            text = f"the share of '{part[0]}' is not a number between 0 and 1"
            yield problem(cost, "payers", text, " ".join(part[1:]), hint)
        total += share
    names = [part[0] for part in parts if part]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield problem(cost, "payers", "a payer stands twice", name, "add its shares up")
    if sound and abs(total - 1.0) > 1e-6:
        text = f"the shares sum to {total:.6g}, not to 1"
        yield problem(cost, "payers", text, cost.row.payers, "correct the shares")


def _perspectives(catalogue: Catalogue) -> Iterator[Problem]:
    first: dict[str, Located[PerspectiveRow]] = {}
    for found in catalogue.located(PerspectiveRow):
        row = found.row
        yield from catalogue.unknown(found, "payer", row.payer, "a payer", "payers")
        before = first.setdefault(row.perspective, found)
        if before.row.transfers != row.transfers:
            text = f"differs from line {before.line}, which is the same perspective"
            got = str(row.transfers).lower()
            yield problem(found, "transfers", text, got, "say the same for all its payers")


def _discounting(catalogue: Catalogue) -> Iterator[Problem]:
    schemes: dict[str, list[Located[DiscountRow]]] = {}
    for found in catalogue.located(DiscountRow):
        schemes.setdefault(found.row.scheme, []).append(found)
        if found.row.unit in UNITS and UNITS[found.row.unit].base not in (RATE, PROBABILITY):
            hint = "use per year, percent per year or percent"
            yield problem(found, "unit", "does not fit a discount rate", found.row.unit, hint)
        elif found.row.unit in UNITS:
            rate = found.row.value * UNITS[found.row.unit].factor
            if not -0.05 <= rate <= 0.3:
                text = "lies outside -5 % to 30 % a year"
                yield problem(found, "value", text, f"{found.row.value:g}", "check its unit")
    if not catalogue.complete("discounting"):
        return
    for scheme, rows in schemes.items():
        for what in ("costs", "health"):
            if not any(found.row.applies_to == what and found.row.from_year == 0 for found in rows):
                text = f"the scheme '{scheme}' has no rate for {what} from year 0 on"
                hint = f"add a row: {scheme},{what},0"
                yield problem(rows[0], "from_year", text, hint=hint)


def _defaults(catalogue: Catalogue, years: dict[str, set[str]]) -> Iterator[Problem]:
    """Yield defaults of economics.toml that the tables do not have."""
    shared = set.intersection(*years.values()) if years else set()
    for key, known, what, table in (
        ("default_perspective", catalogue.names("perspectives", "perspective"), "a perspective",
         "perspectives"),
        ("default_discounting", catalogue.names("discounting", "scheme") | {UNDISCOUNTED},
         "a discounting scheme", "discounting"),
        ("default_qaly_value", catalogue.names("qaly_values"), "a value of a QALY", "qaly_values"),
        ("price_year", shared, "a year of every price index that is used", "price_index"),
    ):  # fmt: skip
        setting = catalogue.contents.settings.get(f"economics.{key}")
        if setting is None or not catalogue.complete(table) or not known:
            continue
        if setting.value not in known:
            hint = nearest(str(setting.value), known)
            yield Problem(
                setting.file, setting.line, key, f"is not {what}", str(setting.value), hint
            )
