"""Watched values: which numbers and settings a computation depends on.

What a step reads is what it depends on: where two sets of values agree on all that a step has
read, its result is the same.  So nothing has to say which parameters are prices, which are rates
and which only describe families, and a new table cannot be forgotten.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from babs_sim.parameters.model import SettingValue, Values

T = TypeVar("T")


class _Noted(Mapping[str, Any]):
    """A mapping that notes the keys that are asked for."""

    def __init__(self, content: Mapping[str, Any], noted: dict[str, Any]) -> None:
        self._content, self._noted = content, noted

    def __getitem__(self, name: str) -> Any:
        value = self._noted[name] = self._content[name]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value; that there is none is noted too."""
        value = self._noted[name] = self._content.get(name)
        return default if value is None else value

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def __iter__(self) -> Iterator[str]:
        self._noted.update(self._content)
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


@dataclass(frozen=True, slots=True)
class Reads:
    """The numbers and settings that a computation has read, with what they were."""

    numbers: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def watch(self, values: Values) -> Values:
        """Return the same values, every use of which is noted here."""
        numbers: Mapping[str, float] = _Noted(values.numbers, self.numbers)
        settings: Mapping[str, SettingValue] = _Noted(values.settings, self.settings)
        return Values(numbers, settings)

    def agree(self, values: Values) -> bool:
        """Return whether ``values`` are the same in all that was read."""
        numbers, settings = values.numbers, values.settings
        return all(numbers.get(name) == value for name, value in self.numbers.items()) and all(
            settings.get(name) == value for name, value in self.settings.items()
        )


class Memo(Generic[T]):
    """Results of a function of values: those to keep, and the last one.

    >>> from babs_sim.parameters.model import Values
    >>> memo = Memo(lambda values: [values["a"]])
    >>> first = memo(Values({"a": 1.0, "b": 2.0}, {}), keep=True)
    >>> memo(Values({"a": 1.0, "b": 3.0}, {})) is first, memo(Values({"a": 2.0}, {})) is first
    (True, False)
    """

    def __init__(self, function: Callable[[Values], T]) -> None:
        self._function = function
        self._kept: list[tuple[Reads, T]] = []
        self._last: tuple[Reads, T] | None = None

    def __call__(self, values: Values, keep: bool = False) -> T:
        """Return the result for ``values``, computed only where it is not known."""
        last = self._last
        for reads, result in self._kept if last is None else [*self._kept, last]:
            if reads.agree(values):
                return result
        reads = Reads()
        result = self._function(reads.watch(values))
        if keep:
            self._kept.append((reads, result))
        else:
            self._last = (reads, result)
        return result

    def beside(self) -> "Memo[T]":
        """Return a memo that knows what is kept here, with a last result of its own."""
        other = Memo(self._function)
        other._kept = self._kept
        return other

    def reads(self) -> tuple[Reads, ...]:
        """Return what the kept results depend on."""
        return tuple(reads for reads, _ in self._kept)
