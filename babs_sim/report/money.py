"""Who pays, who saves, when: the headline block and its tables, from a run's tables of money."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babs_sim.analysis.outcomes import NORMAL_95
from babs_sim.analysis.wording import MINUS, chance, number, pence, pounds
from babs_sim.report.answer import in_runs, likely
from babs_sim.report.subject import Estimate, Subject

if TYPE_CHECKING:
    from pandas import DataFrame, Series

WHOLE = "perspective:"
YEARS = (0, 1, 2, 3, 5, 10, 18, 30, 50, 70)
"""Years of life of which the table of cash flow has a row, with the last."""
_CENTRE = 1e-9


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a table as people read it, and as it is."""

    text: str
    value: float = math.nan

    @property
    def exact(self) -> str:
        """Return the number to the last bit, "" for a cell that holds none."""
        return repr(self.value) if math.isfinite(self.value) else ""


@dataclass(frozen=True, slots=True)
class Card:
    """A figure of the headline block: what it is, the figure, and what must stand beside it."""

    title: str
    figure: str
    about: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """What one payer pays for the service, for all else, and in all; the sum has no ``name``."""

    name: str
    label: str
    note: str
    service: Cell | None
    rest: Cell | None
    net: Cell
    interval: str
    low: float
    high: float
    verdict: str
    back: str
    counted: bool = True


def money_cell(value: float) -> Cell:
    """Return pounds as a cell."""
    return Cell(pence(value), value)


def interval(one: Estimate, words: str = "pounds") -> str:
    """Return an interval in words.

    >>> interval(Estimate(5, -1, 9))
    '−£1 to £9'
    """
    show = pence if words == "pounds" else number
    return f"{show(one.low)} to {show(one.high)}"


def kind_of_interval(subject: Subject) -> str:
    """Return what the intervals of a run are, for captions."""
    if subject.draws:
        return f"mean and 95 % of {subject.draws:,} model runs, all parameters drawn together"
    return "95 % interval for chance in the simulation alone, not for the parameters"


def payers_of(subject: Subject) -> tuple[list[Payer], list[Payer]]:
    """Return the payers of the perspective with their sum last, and the payers outside it.

    Net figures and the sum are means over draws where there are any; what the service and all
    else cost each payer is the base case's.
    """
    terms = subject.manifest["terms"]["perspective"]
    inside = set(terms["payers"])
    service, rest = _split(subject)
    rows: list[Payer] = []
    beyond: list[Payer] = []
    for name, label in subject.manifest["payers"].items():
        one = subject.estimate(f"cost_{name}")
        if one is None or (one.value == 0 and one.low == one.high):
            continue
        short, _, note = str(label).partition(": ")
        row = Payer(
            name, short, note,
            money_cell(service.get(name, 0.0)) if service is not None else None,
            money_cell(rest.get(name, 0.0)) if service is not None else None,
            money_cell(one.value), interval(one), one.low, one.high, _verdict(one),
            _back(subject, name, one), name in inside,
        )  # fmt: skip
        (rows if name in inside else beyond).append(row)
    whole = subject.estimate("cost")
    assert whole is not None
    rows.sort(key=lambda row: -row.net.value)
    missing = whole.value - math.fsum(row.net.value for row in rows)
    if abs(missing) > _CENTRE * max(1.0, *(abs(row.net.value) for row in rows), abs(whole.value)):
        rows.append(
            Payer("", "Transfers between payers, which cancel out", "", None, None,
                  money_cell(missing), "", missing, missing, "", "")
        )  # fmt: skip
    spent = [row.service.value for row in rows if row.service]
    others = [row.rest.value for row in rows if row.rest]
    rows.append(
        Payer("", str(terms["label"]), "", money_cell(math.fsum(spent)) if spent else None,
              money_cell(math.fsum(others)) if others else None, money_cell(whole.value),
              interval(whole), whole.low, whole.high, _verdict(whole),
              _back(subject, "", whole))
    )  # fmt: skip
    return rows, beyond


def _to_date(row: "Series[Any]") -> tuple[Cell, str]:
    """Return cumulative pounds with their interval for chance."""
    value = float(row["cumulative_discounted"])
    half = NORMAL_95 * float(row["mc_error"])
    if not half > 0:
        return money_cell(value), ""
    return money_cell(value), f"{pence(value - half)} to {pence(value + half)}"


def payers_frame(rows: list[Payer]) -> "DataFrame":
    """Return what `plots.payers.draw_payers` draws."""
    from pandas import DataFrame

    return DataFrame(
        [(row.label, row.net.value, row.low, row.high) for row in rows],
        columns=["payer", "value", "low", "high"],
    )


def flow_rows(subject: Subject) -> tuple[list[str], list[tuple[str, list[tuple[Cell, str]]]]]:
    """Return names of columns and rows by year of cumulative discounted net cost, base case.

    The first column of figures is the perspective, then come the payers in it.
    """
    frame = subject.table("cashflow")
    mine = frame[frame["arm"] == subject.arm]
    inside = list(subject.manifest["terms"]["perspective"]["payers"])
    largest = {
        name: float(mine[mine["payer"] == name]["cumulative_discounted"].abs().max())
        for name in inside
        if (mine["payer"] == name).any()
    }
    shown = sorted((name for name in largest if largest[name] > 0), key=lambda n: -largest[n])
    whole = mine[mine["payer"].str.startswith(WHOLE)]
    last = int(whole["year"].max())
    labels = [str(subject.manifest["payers"][name]).split(":")[0] for name in shown]
    rows = []
    for year in sorted({*(y for y in YEARS if y <= last), last}):
        at = mine[mine["year"] == year].set_index("payer")
        names = [str(whole["payer"].iloc[0]), *shown]
        label = "Pregnancy" if year == 0 else f"Year {year}"
        rows.append((label, [_to_date(at.loc[name]) for name in names]))
    return [str(subject.manifest["terms"]["perspective"]["label"]), *labels], rows


def cards_of(subject: Subject, rows: list[Payer]) -> list[Card]:
    """Return the headline block."""
    cost = subject.estimate("cost")
    assert cost is not None
    kind = "95 % of model runs" if subject.draws else "95 %, chance alone"
    whole = subject.payer
    verb = {-1: "Net saving", 1: "Net cost", 0: "Net cost (may be a saving)"}[cost.side]
    size = -cost.value if cost.side < 0 else cost.value
    low, high = (-cost.high, -cost.low) if cost.side < 0 else (cost.low, cost.high)
    cards = [
        Card(f"{verb} a family", pounds(size),
             f"{pounds(low)} to {pounds(high)} ({kind}), to the {whole}",
             {-1: "good", 1: "cost", 0: ""}[cost.side]),
        _who(rows, "Who pays more", 1),
        _who(rows, "Who saves", -1),
    ]  # fmt: skip
    ratio = subject.estimate("benefit_cost_ratio")
    worth = subject.manifest["terms"]["qaly_value"]["pounds"]
    if ratio is not None:
        cards.append(
            Card("Value back for each £1 of the service", _ratio(ratio.value),
                 f"{_ratio(ratio.low)} to {_ratio(ratio.high)} ({kind}), to the {whole}; costs "
                 f"avoided and health at {pounds(worth)} a QALY")
        )  # fmt: skip
    cards.append(_pays_back(subject, cost))
    cards += [card for name in subject.breaking_even if (card := _breaks_even(subject, name))]
    qalys = subject.estimate("qalys")
    if qalys is not None:
        per = qalys.times(1000)
        cards.append(
            Card("Health gained, QALYs per 1,000 families", number(per.value),
                 f"{interval(per, '')} ({kind}), mothers and children together",
                 "good" if per.side > 0 else "")
        )  # fmt: skip
    return cards


def _ratio(value: float) -> str:
    return f"{MINUS if value < 0 else ''}£{abs(value):.2f}"


def _who(rows: list[Payer], title: str, side: int) -> Card:
    """Return the payers whose whole interval lies on one side; others are named as open."""
    found = [row for row in rows[:-1] if row.name and (row.low > 0 if side > 0 else row.high < 0)]
    found.sort(key=lambda row: -side * row.net.value)
    figure = found[0].label if found else "Nobody for sure"
    words = [f"{row.label} {_one_way(row, side)}" for row in found]
    more = "; ".join(words) + " a family" if words else "no payer’s interval is clear of zero"
    opened = [row.label for row in rows[:-1] if row.name and row.low <= 0 <= row.high]
    if opened and side > 0:
        more += f". Open: {', '.join(opened)}"
    if len(found) > 1:
        figure += f" and {len(found) - 1} more"
    return Card(title, figure, more)


def _one_way(row: Payer, side: int) -> str:
    """Return what a payer pays more, or saves for ``side`` -1, with its interval."""
    low, high = sorted((side * row.low, side * row.high))
    return f"{pence(side * row.net.value)} ({pence(low)} to {pence(high)})"


def _pays_back(subject: Subject, cost: Estimate) -> Card:
    title = f"Chance of paying back within {subject.years} years"
    if not subject.draws:
        year = subject.base("payback_years")
        said = "in the base case it does not pay back"
        if year is not None:
            said = f"in the base case it pays back after {number(year.value)} years"
        return Card(title, "Not asked", f"this run drew no parameters; {said}")
    share = cost.below
    return Card(title, chance(round(share, 2)) if 0.01 < share < 0.99 else chance(share),
                f"{likely(share)}: {in_runs(share, subject.draws)} end with the {subject.payer} "
                "no worse off")  # fmt: skip


def _breaks_even(subject: Subject, name: str) -> Card | None:
    needed, prevented = (subject.estimate(one) for one in (name, f"{name}_prevented"))
    if needed is None or prevented is None:
        return None
    needed, prevented = (one.times(subject.factor(name)) for one in (needed, prevented))
    return Card(
        f"{subject.label(name)}, per 1,000 families", f"{number(needed.value)} needed",
        f"{interval(needed, '')}; the model prevents {number(prevented.value)} "
        f"({interval(prevented, '')})",
    )  # fmt: skip


def _verdict(one: Estimate) -> str:
    return {1: "pays more", -1: "pays less", 0: "open"}[one.side]


def _back(subject: Subject, payer: str, one: Estimate) -> str:
    """Return when and how surely a payer has its money back."""
    ending = f"_{payer}" if payer else ""
    frame = subject.table("incremental").set_index(["arm", "measure"])["value"]
    status = float(frame.get((subject.arm, f"payback_status{ending}"), math.nan))
    years = float(frame.get((subject.arm, f"payback_years{ending}"), math.nan))
    if status == 1:
        base = "from the start" if years == 0 else f"after {number(years)} years"
    else:
        base = f"not by {subject.years}" if status == -1 else ""
    if not subject.draws or not base:
        return base
    return f"{base} in the base case; {in_runs(one.below, subject.draws)} end ahead"


def _split(subject: Subject) -> tuple[dict[str, float] | None, dict[str, float]]:
    """Return the base case's discounted change by payer: of the service's items, of the others."""
    if "service_items" not in subject.manifest:
        return None, {}
    ledger = subject.table("ledger")
    own = ledger["item"].isin(subject.manifest["service_items"])
    parts = []
    for rows in (ledger[own], ledger[~own]):
        sums = rows.groupby(["payer", "arm"])["pounds_discounted"].sum()
        change = {}
        for payer in dict.fromkeys(rows["payer"]):
            pair = (sums.get((payer, arm), 0.0) for arm in (subject.arm, subject.comparator))
            with_arm, without = (float(x) for x in pair)
            change[str(payer)] = with_arm - without
        parts.append(change)
    return parts[0], parts[1]
