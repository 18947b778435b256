"""What is believed: every row, every number with its source, and every setting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, overload

from babs_sim.errors import Problem, Problems, nearest
from babs_sim.parameters.rows import (
    AversionRow,
    CausalOutcomeRow,
    ClaimRow,
    CorrelationRow,
    DiscountRow,
    Distribution,
    DomainRow,
    EffectRow,
    EquityRow,
    EventRow,
    FreeRow,
    MeasureRow,
    NormRow,
    PayerRow,
    PerspectiveRow,
    PriceIndexRow,
    ProfileRow,
    QalyValueRow,
    RateRow,
    ReferralRow,
    Row,
    SelectionRow,
    SourceRow,
    StateRow,
    SubgroupRow,
    TargetRow,
    TraitLevelRow,
    TraitRow,
    TraitUtilityRow,
    UnitCostRow,
    UtilityRow,
)
from babs_sim.tables import Located
from babs_sim.units import convert

SettingValue: TypeAlias = str | bool | tuple[str, ...]
Override: TypeAlias = float | str | bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number and all that is known about it.

    ``value``, ``low`` and ``high`` (95 % interval, or the limits) are in ``unit``, a base unit;
    ``raw_value`` in ``raw_unit`` is what the table says, ``conversions`` how one becomes the other.
    ``status`` is that of the source: ``seen``, ``recalled``, ``derived`` or ``assumption``.
    """

    name: str
    value: float
    unit: str
    distribution: Distribution
    low: float | None
    high: float | None
    price_year: str
    source: str
    status: str
    grade: str
    evidence: str
    group: str
    note: str
    file: str
    line: int
    label: str
    raw_value: float
    raw_unit: str
    conversions: tuple[str, ...] = ()
    reference_risk: float | None = None

    def in_base(self, raw: float) -> float:
        """Return ``raw``, a number in ``raw_unit``, in the base unit.

        Raises ValueError where the conversion has no result.
        """
        return convert(raw, self.raw_unit, self.reference_risk)


@dataclass(frozen=True, slots=True)
class Setting:
    """A choice that is not a number: a text, true or false, or a list of texts."""

    name: str
    value: SettingValue
    file: str
    line: int | None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Values(Mapping[str, float]):
    """One set of numbers in base units, by name, with the settings that go with it."""

    numbers: Mapping[str, float]
    settings: Mapping[str, SettingValue]

    def __getitem__(self, name: str) -> float:
        return self.numbers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def setting(self, name: str, default: Any = None) -> Any:
        """Return the setting ``name``; ``default``, or KeyError without one, if it is unknown."""
        if name not in self.settings and default is None:
            raise KeyError(name)
        return self.settings.get(name, default)


@dataclass(frozen=True)
class Model:
    """All tables after overriding, with every number as a `Parameter` and every `Setting`.

    ``fingerprint`` is the SHA-256 of everything that was read; ``place`` is "" for none.
    """

    rows: Mapping[str, tuple[Located[Row], ...]]
    parameters: Mapping[str, Parameter]
    settings: Mapping[str, Setting]
    place: str = ""
    fingerprint: str = field(default="")

    @cached_property
    def _tables(self) -> dict[str, tuple[Row, ...]]:
        return {
            name: tuple(sorted((found.row for found in rows), key=lambda row: row.key))
            for name, rows in self.rows.items()
        }

    @cached_property
    def _stems(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {}

    def stems(self, start: str, ending: str) -> tuple[str, ...]:
        """Return the names of parameters that begin and end so, without the ending, sorted.

        They are asked for in every block of families, so they are looked up once.
        """
        key = (start, ending)
        if key not in self._stems:
            names = (n for n in self.parameters if n.startswith(start) and n.endswith(ending))
            self._stems[key] = tuple(sorted(n.removesuffix(ending) for n in names))
        return self._stems[key]

    @cached_property
    def _base(self) -> Values:
        return Values(
            MappingProxyType({p.name: p.value for p in self.parameters.values()}),
            MappingProxyType({s.name: s.value for s in self.settings.values()}),
        )

    # fmt: off
    @overload
    def table(self, name: Literal["sources"]) -> tuple[SourceRow, ...]: ...
    @overload
    def table(self, name: Literal["traits"]) -> tuple[TraitRow, ...]: ...
    @overload
    def table(self, name: Literal["trait_levels"]) -> tuple[TraitLevelRow, ...]: ...
    @overload
    def table(self, name: Literal["correlations"]) -> tuple[CorrelationRow, ...]: ...
    @overload
    def table(self, name: Literal["selection"]) -> tuple[SelectionRow, ...]: ...
    @overload
    def table(self, name: Literal["subgroups"]) -> tuple[SubgroupRow, ...]: ...
    @overload
    def table(self, name: Literal["states"]) -> tuple[StateRow, ...]: ...
    @overload
    def table(self, name: Literal["equity"]) -> tuple[EquityRow, ...]: ...
    @overload
    def table(self, name: Literal["inequality_aversion"]) -> tuple[AversionRow, ...]: ...
    @overload
    def table(self, name: Literal["utilities"]) -> tuple[UtilityRow, ...]: ...
    @overload
    def table(self, name: Literal["trait_utilities"]) -> tuple[TraitUtilityRow, ...]: ...
    @overload
    def table(self, name: Literal["utility_norms"]) -> tuple[NormRow, ...]: ...
    @overload
    def table(self, name: Literal["events"]) -> tuple[EventRow, ...]: ...
    @overload
    def table(self, name: Literal["rates"]) -> tuple[RateRow, ...]: ...
    @overload
    def table(self, name: Literal["effects"]) -> tuple[EffectRow, ...]: ...
    @overload
    def table(self, name: Literal["profiles"]) -> tuple[ProfileRow, ...]: ...
    @overload
    def table(self, name: Literal["unit_costs"]) -> tuple[UnitCostRow, ...]: ...
    @overload
    def table(self, name: Literal["referrals"]) -> tuple[ReferralRow, ...]: ...
    @overload
    def table(self, name: Literal["payers"]) -> tuple[PayerRow, ...]: ...
    @overload
    def table(self, name: Literal["perspectives"]) -> tuple[PerspectiveRow, ...]: ...
    @overload
    def table(self, name: Literal["price_index"]) -> tuple[PriceIndexRow, ...]: ...
    @overload
    def table(self, name: Literal["discounting"]) -> tuple[DiscountRow, ...]: ...
    @overload
    def table(self, name: Literal["qaly_values"]) -> tuple[QalyValueRow, ...]: ...
    @overload
    def table(self, name: Literal["claims"]) -> tuple[ClaimRow, ...]: ...
    @overload
    def table(self, name: Literal["measures"]) -> tuple[MeasureRow, ...]: ...
    @overload
    def table(self, name: Literal["causal_outcomes"]) -> tuple[CausalOutcomeRow, ...]: ...
    @overload
    def table(self, name: Literal["domains"]) -> tuple[DomainRow, ...]: ...
    @overload
    def table(self, name: Literal["targets"]) -> tuple[TargetRow, ...]: ...
    @overload
    def table(self, name: Literal["calibration"]) -> tuple[FreeRow, ...]: ...
    # fmt: on
    def table(self, name: str) -> tuple[Any, ...]:
        """Return the rows of a table, sorted by key; KeyError for an unknown table."""
        return self._tables[name]

    def values(
        self,
        overrides: Mapping[str, Override] | None = None,
        draw: Mapping[str, float] | None = None,
    ) -> Values:
        """Return the base case with ``draw`` (base units), then ``overrides`` (raw units) on top.

        Raises `Problems` for an unknown name, and for a value of the wrong type or range.
        """
        base = self._base
        if not overrides and not draw:
            return base
        from babs_sim.parameters.overriding import override

        numbers, settings, problems = override(self, overrides or {})
        for name in draw or {}:
            if name not in self.parameters:
                hint = nearest(name, self.parameters)
                problems.append(Problem("", None, name, "is not a parameter", hint=hint))
        if problems:
            raise Problems(problems)
        return Values(
            MappingProxyType({**base.numbers, **(draw or {}), **numbers}),
            MappingProxyType({**base.settings, **settings}),
        )
