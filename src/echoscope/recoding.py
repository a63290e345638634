"""Which value of a person's own each symbol stands for: the numbers or names of a sequence become
0..n-1, and every prediction is said in them again.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echoscope.errors import IntegerError, many, plain, shown
from echoscope.integers import GAP, Integers, missing, number

Value = int | float | str
UNKNOWN = "unknown"  # how a value that training never read is said
LISTED = 8  # values that a sentence lists
TRUTH = {"true": "True", "false": "False"}  # which every program writes in its own way


@dataclass(frozen=True)
class Recoding:
    """The value of each symbol, in order: numbers by size, names by their letters.

    Of bins `values` are their names and `edges`, one more, their ends: a number belongs to the bin
    whose lower end it has reached, the last edge to the last bin. Where `unknown` is True one more
    symbol stands for every other value.

    >>> events = Recoding(("login", "logout", "view"))
    >>> events.symbols(["view", "login", None], gaps=True).tolist(), events.value(1)
    ([2, 0, -1], 'logout')
    """

    values: tuple[Value, ...]
    edges: tuple[float, ...] = ()
    unknown: bool = False
    missing_values: tuple[Value, ...] = ()

    @property
    def vocab_size(self) -> int:
        """How many symbols there are."""
        return len(self.values) + self.unknown

    @cached_property
    def numeric(self) -> bool:
        """Whether its values are numbers, or bins of them."""
        return bool(self.edges) or not any(isinstance(value, str) for value in self.values)

    @cached_property
    def identity(self) -> bool:
        """Whether each symbol stands for itself."""
        return self.values == tuple(range(len(self.values))) and not self.unknown

    @property
    def name(self) -> str:
        """Eight hexadecimal digits that name it; nothing where each symbol stands for itself."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return "" if self.identity else hashlib.sha256(text.encode()).hexdigest()[:8]

    @cached_property
    def _places(self) -> dict[Value, int]:
        return {value: symbol for symbol, value in enumerate(self.values)}

    def of(self, column: int) -> Self:
        """The recoding of a column: of the only one, itself."""
        return self

    def value(self, symbol: int) -> Value | None:
        """What a symbol stands for; None for a gap (-1)."""
        if symbol == GAP:
            return None
        return self.values[symbol] if symbol < len(self.values) else UNKNOWN

    def in_value(self, part: Value | None) -> Value | None:
        """The same of a symbol, or of none (None): what a window or a target has at a place."""
        return self.value(part) if isinstance(part, int) else part

    def decoded(self, symbols: ArrayLike) -> list[Value | None]:
        """What each of these symbols [time] stands for."""
        return [self.value(symbol) for symbol in np.asarray(symbols).tolist()]

    def symbol(self, raw: object, where: str, gaps: bool = False) -> int:
        """The symbol of one value, or an `IntegerError` about `where`; -1 for a gap."""
        value = valued(raw) if self.numeric else named(raw)
        if value is None or value in self.missing_values:
            if gaps:
                return GAP
            raise IntegerError(
                f"{where} is missing, and the task has no gaps: give a value, or train with"
                " missing=0.1."
            )
        place = self._binned(value) if self.edges else self._places.get(value)
        if place is None and isinstance(value, str):
            place = self._places.get(TRUTH.get(value.lower(), value))
        if place is not None:
            return place
        if self.unknown:
            return len(self.values)
        if self.edges and not isinstance(value, str):
            raise IntegerError(
                f"{where} is {shown(raw)}, outside the bins, which go from {self.values[0]} to"
                f" {self.values[-1]}: change it, or train with unknown=True."
            )
        raise IntegerError(
            f"{where} is {shown(raw)}, which is none of the values that were read before"
            f" ({self.described}): change it, or train with unknown=True."
        )

    def symbols(
        self,
        raw: Iterable[object],
        where: Callable[[int], str] = "value {}".format,
        gaps: bool = False,
    ) -> Integers:
        """The symbols [time] of values, or an `IntegerError` about the first that is none."""
        return np.array(
            [self.symbol(value, where(place), gaps) for place, value in enumerate(raw, 1)], np.int64
        )

    def _binned(self, value: Value) -> int | None:
        low, *_, high = self.edges
        if isinstance(value, str):
            return None
        try:
            value = float(value)  # as the edges were made
        except OverflowError:  # 10**400
            return None
        if not low <= value <= high:
            return None
        return min(int(np.searchsorted(self.edges, value, "right")), len(self.values)) - 1

    @property
    def described(self) -> str:
        """Its values in a few words."""
        count = len(self.values)
        if self.edges:
            ends = self.values[0], self.values[-1]
            return f"{count} bins, from {ends[0]} to {ends[1]}"
        if self.numeric and count > LISTED:
            return f"{count:,} numbers from {self.values[0]} to {self.values[-1]}"
        some = ", ".join(plain(str(value), 20) for value in self.values[:LISTED])
        more = f" and {count - LISTED:,} more" if count > LISTED else ""
        return f"{many(count, 'number' if self.numeric else 'name')}: {some}{more}"

    def to_json(self) -> dict[str, list[Value] | list[float] | bool]:
        """Plain JSON values."""
        return {
            "values": list(self.values),
            "edges": list(self.edges),
            "unknown": self.unknown,
            "missing_values": list(self.missing_values),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The recoding that `to_json` gave."""
        return cls(
            tuple(values["values"]),
            tuple(values["edges"]),
            bool(values["unknown"]),
            tuple(values["missing_values"]),
        )


def valued(raw: object) -> Value | None:
    """A value as a recoding has it: a number where it is one (30.0 is 30), else its text without
    blanks around it, True and False as Python writes them; None where it is missing.

    >>> valued(" 30.0"), valued("1,024"), valued("login"), valued("TRUE"), valued("NA")
    (30, 1024, 'login', 'True', None)
    """
    if missing(raw):
        return None
    known = number(raw)
    if known is not None:
        return known
    name = named(raw)
    return name and TRUTH.get(name.lower(), name)


def named(raw: object) -> str | None:
    """A value as a name: its text without blanks around it; None where it is missing."""
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "backslashreplace").strip() or None
    return None if missing(raw) else str(raw).strip()


def bin_edges(numbers: NDArray[np.float64], bins: int, equal: str = "width") -> tuple[float, ...]:
    """The edges of bins of equal width, or of equal count, of numbers [time]; fewer where one
    number would fill several of equal count.

    >>> bin_edges(np.array([1.0, 2.0, 3.0, 11.0]), 2)
    (1.0, 6.0, 11.0)
    """
    if numbers.min() == numbers.max():
        return (float(numbers[0]), float(numbers[0]))
    with np.errstate(over="ignore", invalid="ignore"):
        if equal == "width":
            edges = np.linspace(numbers.min(), numbers.max(), bins + 1)
        else:
            edges = np.quantile(numbers, np.linspace(0, 1, bins + 1))
    return tuple(np.unique(edges).tolist())
