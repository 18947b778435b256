"""Where a figure of a run comes from: its pieces with quantities, prices and sources."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babs_sim.analysis.measures import Measure, read_measures
from babs_sim.analysis.wording import exact_pounds, number, percent, pounds
from babs_sim.economics import PricedItem, payer_shares, read_perspective, unit_prices
from babs_sim.errors import Problem, Problems, nearest
from babs_sim.parameters import Model
from babs_sim.parameters.overriding import override
from babs_sim.parameters.rows import UnitCostRow
from babs_sim.results import Results
from babs_sim.tables import shown

if TYPE_CHECKING:
    from pandas import DataFrame

PER = 1_000
"""Families for which quantities are told."""

SUM = 1e-9
"""Share of a figure by which its pieces may miss it: they are added in another order."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a figure: its amount in each arm, and what it is made of.

    ``amounts`` are in the unit of the figure; ``quantities`` per `PER` families, () where there are
    none; ``price``, ``source`` and ``parameter`` say what one of them costs.
    """

    name: str
    amounts: tuple[float, ...]
    quantities: tuple[float, ...] = ()
    what: str = ""
    price: str = ""
    source: str = ""
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """A figure of a run: ``totals`` by arm, as in summary.csv, and the pieces that add up to it."""

    name: str
    label: str
    unit: str
    arms: tuple[str, ...]
    totals: tuple[float, ...]
    differences: tuple[tuple[str, float, float], ...]
    pieces: tuple[Piece, ...]
    how: str

    @property
    def adds_up(self) -> bool:
        """Return whether the pieces make the whole in each arm."""
        return all(
            math.isclose(math.fsum(p.amounts[a] for p in self.pieces), total,
                         rel_tol=SUM, abs_tol=SUM)
            for a, total in enumerate(self.totals)
        )  # fmt: skip


def figures_of(results: Results) -> list[str]:
    """Return the names of the figures that a run has."""
    tables = [results.table(name) for name in ("summary", "incremental")
              if name in results.manifest["tables"]]  # fmt: skip
    return list(dict.fromkeys(name for table in tables for name in table["measure"]))


def origin_of(results: Results, model: Model | None, name: str) -> Origin:
    """Return where the figure ``name`` comes from; ``model`` is that of the run.

    Raises `Problems` for an unknown figure, for one that is worked out from others, and where the
    tables are no longer those of the run.
    """
    summary = results.table("summary")
    folder = shown(results.folder)
    base = name.removesuffix("_undiscounted")
    known = list(dict.fromkeys(summary["measure"]))
    if name not in known:
        text = "is not a figure of one arm"
        hint = _derived(name) or nearest(name, known)
        raise Problems([Problem(folder, None, "measure", text, name, hint)])
    if model is None:
        text = "the tables of the model are not those of this run any more"
        hint = "explain it beside the tables it was made from, or run it again"
        raise Problems([Problem(folder, None, "", text, hint=hint)])
    mine = summary[summary["measure"] == name]
    arms = tuple(mine["arm"])
    terms = results.manifest["terms"]
    perspective = read_perspective(model, terms["perspective"]["name"])
    measure = next(one for one in read_measures(model, perspective) if one.name == base)
    pieces: tuple[Piece, ...] = ()
    if measure.kind == "cost":
        column = "pounds_discounted" if name == base else "pounds"
        pieces = tuple(_costs(results, model, measure, arms, column))
    elif measure.kind == "count":
        pieces = tuple(_counts(results.table("events"), measure, arms, model))
    return Origin(
        name,
        measure.label,
        str(mine["unit"].iloc[0]),
        arms,
        tuple(float(value) for value in mine["value"]),
        tuple(_differences(results, name)),
        pieces,
        _how(measure, name == base and measure.discounted, model),
    )


def _derived(name: str) -> str:
    """Return what a figure is worked out from, "" for none that is."""
    formulas = {
        "net_monetary_benefit": "it is pounds of a QALY x qalys minus cost: explain these",
        "net_present_value": "it is minus cost: explain cost",
        "icer": "it is cost divided by qalys: explain these",
        "benefit_cost_ratio": "it compares cost and service_cost: explain these",
    }
    return next((text for start, text in formulas.items() if name.startswith(start)), "")


def _differences(results: Results, name: str) -> Iterator[tuple[str, float, float]]:
    if "incremental" not in results.manifest["tables"]:
        return
    table = results.table("incremental")
    for row in table[table["measure"] == name].to_dict("records"):
        yield str(row["arm"]), float(row["value"]), float(row["mc_error"])


def _costs(
    results: Results, model: Model, measure: Measure, arms: Sequence[str], column: str
) -> Iterator[Piece]:
    """Yield a piece for each unit cost and payer, the one that changes most first."""
    year = results.manifest["terms"]["price_year"]
    ledger = results.table("ledger")
    paid = ledger.groupby(["item", "payer", "arm"], sort=False)[
        ["pounds", "pounds_discounted"]
    ].sum()
    rows = {row.name: row for row in model.table("unit_costs")}
    states = {row.name: row.label for row in model.table("states")}
    events = {row.name: row.label for row in model.table("events")}
    sets = {arm["name"]: arm["set"] for arm in results.manifest["arms"]}
    prices = [_prices(model, sets[arm], year) for arm in arms]
    assert measure.items is not None
    pieces = []
    for i, item in enumerate(prices[0]):
        if not measure.items(item):
            continue
        cells = [(item.name, item.payer, arm) for arm in arms]
        amounts = [float(paid[column].get(cell, 0.0)) for cell in cells]
        plain = [float(paid["pounds"].get(cell, 0.0)) for cell in cells]
        each = [one[i].pounds for one in prices]
        quantities = tuple(
            PER * pounds_ / price if price else math.nan
            for pounds_, price in zip(plain, each, strict=True)
        )
        row = rows[item.name]
        if any(amounts):
            of = states.get(item.of) or events.get(item.of) or item.of
            what = f"years: {of}" if item.quantity == "state" else of
            pieces.append(
                Piece(f"{item.label} ({item.payer})", tuple(amounts), quantities, what,
                      _price(row, item, each, year), row.source, row.key)
            )  # fmt: skip
    yield from sorted(pieces, key=lambda p: -max(abs(x - p.amounts[0]) for x in p.amounts))


def _prices(
    model: Model, changes: dict[str, float | str | bool], year: str
) -> Sequence[PricedItem]:
    numbers, settings, _ = override(model, changes)
    base = model.values()
    values = type(base)({**base.numbers, **numbers}, {**base.settings, **settings})
    return unit_prices(model, values, year)


def _price(row: UnitCostRow, item: PricedItem, each: Sequence[float], year: str) -> str:
    """Return what one unit costs: as the table has it, and as it was used."""
    low, high = min(each), max(each)
    used = exact_pounds(low) if low == high else f"{exact_pounds(low)} to {exact_pounds(high)}"
    basis = "a year" if item.quantity == "state" else "each"
    share = payer_shares(row.payers)[item.payer]
    part = "" if share == 1.0 else f", this payer's {percent(share)} of it"
    told = f"{used} {basis} in prices of {year}{part}"
    return f"{told}; {exact_pounds(row.value)} {row.basis} in {row.price_year}, {row.index}"


def _counts(
    events: "DataFrame", measure: Measure, arms: Sequence[str], model: Model
) -> Iterator[Piece]:
    """Yield a piece for each event that a measure counts."""
    counted = events.groupby(["event", "arm"], sort=False)["count"].sum()
    labels = {row.name: row.label for row in model.table("events")}
    for name in measure.of:
        found = tuple(float(counted.get((name, arm), 0.0)) for arm in arms)
        yield Piece(
            labels[name], tuple(measure.scale * x for x in found), tuple(PER * x for x in found),
            "events", parameter=f"rate.{name}",
        )  # fmt: skip


def _how(measure: Measure, discounted: bool, model: Model) -> str:
    labels = {row.name: row.label for row in model.table("states")}
    labels |= {row.name: row.label for row in model.table("events")}
    of = ", ".join(labels.get(name, name) for name in measure.of)
    words = {
        "cost": "quantity x price, added up over unit costs",
        "count": "events of all families divided by families",
        "time": f"years in the state, divided by families: {of}",
        "first": f"people who were ever in the state, divided by families: {of}",
        "counter": "adverse childhood experiences counted, divided by families",
        "qaly": f"years lived x norm of age and sex x utility ratios, divided by families: {of}",
    }[measure.kind]
    return f"{words}; discounted" if discounted else words


def origin_lines(found: Origin, most: int = 12) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield headings with rows to lay out; the ``most`` pieces that change most."""
    show = pounds if found.unit.startswith("£") else number
    rows: list[tuple[str, ...]] = [
        (arm, show(total)) for arm, total in zip(found.arms, found.totals, strict=True)
    ]
    for arm, value, error in found.differences:
        low, high = show(value - 1.96 * error), show(value + 1.96 * error)
        rows.append((f"{arm}, change", f"{show(value)} ({low} to {high}, 95 % Monte Carlo)"))
    yield f"{found.name}: {found.label}, {found.unit}", rows
    yield f"How: {found.how}.", []
    if not found.pieces:
        yield "The tables of a run hold no smaller pieces of it.", []
        return
    shown_, rest = found.pieces[:most], found.pieces[most:]
    head = ("piece", *found.arms, f"quantity per {PER:,} families", "")
    table: list[tuple[str, ...]] = [head]
    for piece in shown_:
        counts = ", ".join(number(x) for x in piece.quantities if math.isfinite(x))
        table.append((piece.name, *map(show, piece.amounts), counts, piece.what))
    if rest:
        sums = [math.fsum(p.amounts[a] for p in rest) for a in range(len(found.arms))]
        table.append((f"{len(rest)} more", *map(show, sums), "", ""))
    sums = [math.fsum(p.amounts[a] for p in found.pieces) for a in range(len(found.arms))]
    table.append(("sum", *map(show, sums), "", "" if found.adds_up else "does not add up"))
    yield "Pieces, those that change most first", table
    prices: list[tuple[str, ...]] = [(p.parameter, p.price, p.source) for p in shown_ if p.price]
    if prices:
        yield "Prices and their sources ('babs-sim explain NAME' says more)", prices
