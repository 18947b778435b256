"""book.html: the model's documentation, made from its tables."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from babs_sim.analysis.wording import MINUS
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.rows import EffectRow, EventRow, NumberRow, RateRow, Row
from babs_sim.plots.style import Picture
from babs_sim.report.inline import inline

SECTIONS = (
    ("what", "What this model is"),
    ("how", "How it works"),
    ("families", "Families"),
    ("states", "States, and what they are worth"),
    ("events", "Events"),
    ("service", "The service"),
    ("money", "Costs, payers and discounting"),
    ("results", "What is reported"),
    ("checks", "What it is held against"),
    ("uncertainty", "What is uncertain, and how"),
    ("sources", "Sources"),
    ("parameters", "Every number"),
)
"""Ids and headings of the book's sections, in order."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "families": ("traits", "trait_levels", "correlations", "selection", "subgroups"),
    "states": ("states", "utilities", "trait_utilities", "utility_norms"),
    "service": ("profiles", "referrals"),
    "money": ("payers", "perspectives", "unit_costs", "price_index", "discounting", "qaly_values"),
    "results": ("measures", "causal_outcomes", "claims", "equity", "inequality_aversion"),
    "checks": ("targets", "calibration", "domains"),
}
"""Tables that a section shows; any other stands under "What is reported"."""

ELSEWHERE = ("sources", "events", "rates", "effects")
"""Tables that are laid out in their own way."""

LONG = 30
"""Rows from which on a table is folded."""

_NUMBER = frozenset(NumberRow.model_fields) - frozenset(Row.model_fields)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, and the place in the book that it leads to ("" for none)."""

    text: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as the book shows it; the first cell of a row heads it."""

    id: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def long(self) -> bool:
        """Return whether the table is folded."""
        return len(self.rows) > LONG


@dataclass(frozen=True, slots=True)
class Described:
    """An event: what it needs, does and depends on."""

    name: str
    label: str
    about: tuple[tuple[str, str], ...]
    rates: Shown | None
    effects: Shown | None


def book_page(model: Model, command: str, picture: Picture | None, created: str) -> str:
    """Return the book as HTML: one file that asks no other address for anything.

    Everything that is said of a number, state, event or cost comes from a row of the tables.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("babs_sim.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["pretty"] = lambda number: f"{number:,}"
    placed = set(chain(*TABLES.values(), ELSEWHERE))
    tables = {
        section: [
            shown
            for name in (*names, *(_rest(model, placed) if section == "results" else ()))
            if (shown := _table(model, name)) is not None
        ]
        for section, names in TABLES.items()
    }
    tables["service"].insert(0, _service(model))
    return pages.get_template("book.html").render(
        model=model,
        place=model.place or "",
        fingerprint=model.fingerprint[:12],
        sections=SECTIONS,
        tables=tables,
        counts=_counts(model),
        grades=_grades(model),
        events=list(_events(model)),
        distributions=_distributions(model),
        groups=_groups(model),
        sources=_sources(model),
        numbers=[_number(p) for p in model.parameters.values()],
        figure=None if picture is None else inline(picture, 1),
        command=command,
        created=created,
    )


def value_words(
    value: float, unit: str, low: float | None = None, high: float | None = None
) -> str:
    """Return a number with its interval and unit.

    >>> value_words(4500.0, "£", 4000.0, 5000.0), value_words(-0.25, "years")
    ('£4,500 (£4,000 to £5,000)', '−0.25 years')
    """
    sign = "£" if unit == "£" else ""
    text = _digits(value, sign)
    if low is not None and high is not None:
        text += f" ({_digits(low, sign)} to {_digits(high, sign)})"
    return text if sign else f"{text} {unit}"


def _digits(value: float, sign: str = "") -> str:
    if math.isinf(value):
        return "infinite"
    size = f"{abs(value):,.6g}" if abs(value) < 1e6 else f"{abs(value):,.0f}"
    return f"{MINUS if value < 0 else ''}{sign}{size}"


def _rest(model: Model, placed: set[str]) -> tuple[str, ...]:
    return tuple(name for name in model.rows if name not in placed)


def _table(model: Model, name: str) -> Shown | None:
    """Return a table with its own columns, those that are empty in every row left out."""
    rows = [located.row for located in model.rows.get(name, ())]
    if not rows:
        return None
    first = rows[0]
    own = [field for field in type(first).model_fields if field not in _NUMBER | {"note"}]
    full = [field for field in own if any(_text(getattr(row, field)) for row in rows)]
    numeric = isinstance(first, NumberRow)
    extra = ("value", "source", "grade") if numeric else ()
    notes = ("note",) if any(row.note for row in rows) else ()
    columns = tuple(field.replace("_", " ") for field in (*full, *extra, *notes))
    named = frozenset(row.name for row in model.table("events"))
    found = []
    for row in rows:
        cells = [_own(row, field, named) for field in full]
        if isinstance(row, NumberRow):
            cells += [_valued(model, row), _sourced(row.source), Cell(row.grade)]
        found.append((*cells, *(Cell(row.note) for _ in notes)))
    about = (type(first).__doc__ or "").split("\n")[0].partition(": ")[2]
    title = name.replace("_", " ").capitalize()
    return Shown(f"table-{name}", title, about, columns, tuple(found))


def _own(row: Row, field: str, named: frozenset[str]) -> Cell:
    """Return a cell of a row, leading to the event that it names."""
    text = _text(getattr(row, field))
    return Cell(text, f"event-{text}" if text in named else "")


def _text(value: object) -> str:
    if value is None or value == "" or value is False:
        return ""
    if value is True:
        return "yes"
    return _digits(value) if isinstance(value, float) else str(value)


def _valued(model: Model, row: NumberRow) -> Cell:
    words = value_words(row.value, row.unit, row.low, row.high)
    return Cell(words, f"p-{row.key}" if row.key in model.parameters else "")


def _sourced(name: str) -> Cell:
    return Cell(name, f"source-{name}")


def _events(model: Model) -> Iterator[Described]:
    rates: dict[str, list[RateRow]] = {}
    effects: dict[str, list[EffectRow]] = {}
    for rate in model.table("rates"):
        rates.setdefault(rate.event, []).append(rate)
    for effect in model.table("effects"):
        effects.setdefault(effect.event, []).append(effect)
    labels = {row.name: row.label for row in model.table("states")}
    labels |= {row.name: row.label for row in model.table("events")}
    for row in model.table("events"):
        yield Described(
            row.name,
            row.label,
            tuple((what, text) for what, text in _about(row, labels) if text),
            _rates(model, row.name, row.label, rates.get(row.name, [])),
            _effects(model, row.name, row.label, effects.get(row.name, [])),
        )


def _about(row: EventRow, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    def said(names: str) -> str:
        return "; ".join(
            f"not {labels.get(one[1:], one[1:])}" if one.startswith("!") else labels.get(one, one)
            for one in names.split()
        )

    clocks = {
        "age": "a rate that depends on age",
        "since": f"time since it became possible ({row.law or 'exponential'} law)",
        "at": "at a certain age, with a probability",
    }
    yield "Happens to", row.person
    yield "Clock", clocks[row.clock]
    yield "Possible while", said(row.requires)
    yield "Brings on", said(row.sets)
    yield "Ends", said(row.clears)
    yield "Ends the person's life", "yes" if row.ends else ""
    yield "Its rates are averages over", said(row.average_of) if row.average_of else ""
    yield "Note", row.note


def _rates(model: Model, event: str, label: str, rows: Sequence[RateRow]) -> Shown | None:
    if not rows:
        return None
    found = tuple(
        (Cell(_ages(row.age_from, row.age_to)), Cell(row.sex or "both"), Cell(row.quantity),
         _valued(model, row), _sourced(row.source), Cell(row.grade), Cell(row.note))
        for row in rows
    )  # fmt: skip
    columns = ("ages", "sex", "quantity", "value", "source", "grade", "note")
    return Shown(f"rates-{event}", f"How often: {label}", "", columns, found)


def _ages(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any"
    if high is None or low == high:
        return f"from {_digits(low or 0.0)}" if low != high else f"at {_digits(low or 0.0)}"
    return f"{_digits(low or 0.0)} to {_digits(high)}"


def _effects(model: Model, event: str, label: str, rows: Sequence[EffectRow]) -> Shown | None:
    if not rows:
        return None
    found = []
    for row in rows:
        form = row.form if row.level is None else f"{row.form} {_digits(row.level)}"
        limits = [f"{name} {_digits(value)}" for name, value in
                  (("knot", row.knot), ("cap", row.cap)) if value is not None]  # fmt: skip
        more = [form, *limits, row.profile and f"profile {row.profile}",
                row.effect_set and f"effect set {row.effect_set}"]  # fmt: skip
        found.append(
            (Cell(row.driver), Cell(", ".join(one for one in more if one)), _valued(model, row),
             _sourced(row.source), Cell(row.grade), Cell(row.note))
        )  # fmt: skip
    columns = ("driver", "form", "value", "source", "grade", "note")
    return Shown(f"effects-{event}", f"What changes it: {label}", "", columns, tuple(found))


def _service(model: Model) -> Shown:
    """Return the settings and numbers of the service that stand in no table of rows."""
    in_rows = {located.row.key for rows in model.rows.values() for located in rows}
    cells = [
        (Cell(s.name), Cell(_setting(s.value)), Cell(""), Cell(""), Cell(""))
        for s in model.settings.values()
    ]
    cells += [
        (Cell(p.name, f"p-{p.name}"), Cell(value_words(p.value, p.unit, p.low, p.high)),
         _sourced(p.source), Cell(p.grade), Cell(p.note))
        for p in model.parameters.values() if p.name not in in_rows
    ]  # fmt: skip
    columns = ("name", "value", "source", "grade", "note")
    note = "settings and single numbers, of the service and of the model"
    return Shown("table-settings", "Settings and single numbers", note, columns, tuple(cells))


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _counts(model: Model) -> Shown:
    rows = [
        (Cell(name.replace("_", " "), "" if name in ELSEWHERE else f"table-{name}"),
         Cell(f"{len(found):,}"))
        for name, found in model.rows.items() if found
    ]  # fmt: skip
    note = "rows of each table; a row that is added there stands in this book"
    return Shown("counts", "The model in numbers", note, ("table", "rows"), tuple(rows))


def _grades(model: Model) -> Shown:
    counted = Counter((p.grade, p.status) for p in model.parameters.values())
    statuses = list(dict.fromkeys(status for _, status in counted))
    rows = tuple(
        (Cell(grade), *(Cell(f"{counted[grade, status]:,}") for status in statuses))
        for grade in sorted({grade for grade, _ in counted})
    )
    note = "numbers by grade of evidence (A a UK figure for this quantity, B another population or \
older, C an assumption or judgement) and by what was done to check them"
    return Shown("grades", "How far numbers can be trusted", note, ("grade", *statuses), rows)


def _distributions(model: Model) -> Shown:
    counted = Counter(p.distribution for p in model.parameters.values())
    rows = tuple((Cell(name), Cell(f"{n:,}")) for name, n in counted.most_common())
    note = "numbers by the distribution that they are drawn from in a probabilistic analysis"
    return Shown("distributions", "Distributions", note, ("distribution", "numbers"), rows)


def _groups(model: Model) -> Shown | None:
    groups: dict[str, list[Parameter]] = {}
    for p in model.parameters.values():
        if p.group:
            groups.setdefault(p.group.removeprefix("-"), []).append(p)
    if not groups:
        return None
    rows = tuple(
        (Cell(name), Cell(f"{len(members):,}"), Cell(_some([p.name for p in members])))
        for name, members in sorted(groups.items())
    )
    note = "numbers that are drawn together: correlated, or shares that add up to one"
    return Shown("groups", "Drawn together", note, ("group", "numbers", "members"), rows)


def _some(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _sources(model: Model) -> list[tuple[str, str, str, str, int]]:
    """Return name, citation, address, status, and how many numbers rest on each source."""
    used = Counter(p.source for p in model.parameters.values())
    return [
        (row.name, row.citation, row.address, row.status, used[row.name])
        for row in model.table("sources")
    ]


def _number(p: Parameter) -> tuple[str, str, str, str, str, str, str, str]:
    """Return name, label, value, distribution, grade and status, source, place, and note."""
    label = "" if p.label == p.name else p.label
    return (
        p.name,
        label,
        value_words(p.value, p.unit, p.low, p.high),
        _joined((p.distribution, p.group and f"with {p.group}", p.price_year)),
        f"grade {p.grade}, {p.status}",
        p.source,
        f"{p.file}, line {p.line}",
        _joined((p.evidence, p.note)),
    )


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)
