"""A column as it was read, whatever it was read from; and which column of several it is."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echoscope.borders import described
from echoscope.errors import IntegerError, many, plain, shown
from echoscope.html_repr import HtmlRepr
from echoscope.integers import GAP, INTEGER, MOST_VOCAB_SIZE, Integers
from echoscope.recoding import Value, named, valued

DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+", re.ASCII)
LISTED = 12  # names that a sentence lists
LONGEST_NAME = 1000  # characters
MOST_NUMBERS = 10_000_000  # different ones of a column, which may be sorted into bins
UNSEEN = -2  # the code of an integer that has not come yet
SHOWN = 5  # values at either end
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
KINDS = {"text": "text", "json": "JSON", "npy": "a NumPy array", "npz": "NumPy arrays"} | {
    "parquet": "Parquet",
    "arrow": "Arrow",
    "fasta": "FASTA",
}


Codes = NDArray[np.signedinteger]


@dataclass(frozen=True, eq=False, repr=False)
class Column(HtmlRepr, shown_by="sequences"):
    """Values [time] of one column, as places (`codes`) among its distinct `values`; -1 where one is
    missing.

    `kind` is what the source is (text, json, npy, parquet, arrow, a list ...), `name` the source's,
    `column` that of the column, or its number where it has none. Of a text, `header` says whether
    its first row is a heading, and `delimiter` (empty where there is one column) and `encoding` how
    it was read, `comments` how many lines at its head are none of its rows; `packed` how it was
    compressed. `where` says in words where a value stands.

    `starts` [sequences] are the places at which its sequences begin; one, unless a separator or a
    `group` of rows parts them. `gathered` says that rows of one group stood apart.
    """

    codes: Codes
    values: Sequence[Value]
    name: str
    kind: str
    where: Callable[[int], str]
    column: str = ""
    header: bool | None = None
    delimiter: str = ""
    encoding: str = ""
    packed: str = ""
    starts: Integers = field(default_factory=lambda: np.zeros(1, np.int64))
    group: str = ""
    gathered: bool = False
    comments: int = 0

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"<Column of {self.name}: {self.understood}>"

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return int((self.codes == GAP).sum())

    @property
    def understood(self) -> str:
        """How the source was read, in a sentence."""
        column = f"column {self.column}" if self.column else ""
        missing = f"{self.missing:,}" if self.missing else "none"
        return self.understood_as(column, f"{len(self):,} values, {missing} missing")

    def understood_as(self, column: str, rows: str) -> str:
        """The same of a column, or of several from one source, in words: which, and how many
        values.
        """
        packed = f"{self.packed}-compressed " if self.packed else ""
        kind = f"{packed}{KINDS.get(self.kind, self.kind)}"
        parts = [
            f" in {self.encoding.upper()}" if self.encoding else "",
            f" with {DELIMITERS[self.delimiter]} between cells" if self.delimiter else "",
        ]
        heading = {True: "a heading", False: "no heading", None: ""}[self.header]
        comments = f"{many(self.comments, 'comment')} passed over" if self.comments else ""
        rest = [comments, heading, column, rows, self._sequences]
        return f"Read as {kind}{''.join(parts)}: {', '.join(part for part in rest if part)}."

    @property
    def _sequences(self) -> str:
        if len(self.starts) == 1 and not self.group:
            return ""
        by = f" by {self.group}" if self.group else ""
        together = ", rows of one gathered in their order" if self.gathered else ""
        return f"{described(self.starts, len(self))}{by}{together}"

    @property
    def ends(self) -> tuple[list[Value | None], list[Value | None]]:
        """Its first values and its last ones."""
        most = min(SHOWN, len(self))
        return [self.value(at) for at in range(most)], [self.value(at) for at in range(-most, 0)]

    def first_of(self, values: Iterable[Value]) -> int:
        """Where the first of these values stands."""
        among = set(values)
        asked = np.array([*(value in among for value in self.values), False])
        return int(np.argmax(asked[self.codes]))

    def mapped(self, symbol_of: Callable[[Value], int]) -> Integers:
        """The symbol of each value [time], looked up once for each that differs; -1 where one is
        missing.
        """
        return np.array([*map(symbol_of, self.values), GAP], np.int64)[self.codes]

    def value(self, position: int) -> Value | None:
        """The value that stands there; None where it is missing."""
        code = int(self.codes[position])
        return None if code == GAP else self.values[code]


class Distinct:
    """The distinct values of a column, in the order in which they come, as they are read."""

    def __init__(self, name: str, categories: bool = False) -> None:
        self.values: list[Value] = []
        self._name, self._read = name, named if categories else valued
        self.categories = categories
        self._places: dict[Value, int] = {}
        self._raw: dict[str, int] = {}
        self._small = np.zeros(0, np.int32)

    def clear(self) -> None:
        """Begin again."""
        for part in (self.values, self._places, self._raw):
            part.clear()
        self._small = np.zeros(0, np.int32)

    def with_decimal_commas(self) -> NDArray[np.int32] | None:
        """Where commas stand for decimal points, the new place of each value; None where they do
        not.

        They do where some values are numbers with a comma that parts no thousands, and all others
        are numbers: 0,5 and 12,345 are 0.5 and 12.345 then.
        """
        texts = [value for value in self.values if isinstance(value, str)]
        if not texts or not all(map(DECIMAL_COMMA.fullmatch, texts)):
            return None
        raw = dict(self._raw)
        places = np.full(len(self.values) + 1, GAP, np.int32)
        self.clear()
        for text, code in raw.items():
            if code != GAP:
                places[code] = self._code(text.replace(",", "."))
        return places

    def coded(self, raw: Iterable[object]) -> NDArray[np.int32]:
        """The place of each of these among the distinct values; -1 for one that is missing."""
        return np.array([self._code(part) for part in raw], np.int32)

    def coded_small(self, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
        """The same of integers from 0 to 4 million: each new one is looked at once, whatever comes
        after it.
        """
        most = int(numbers.max(initial=0))
        if most >= len(self._small):
            more = np.full(max(most + 1, 2 * len(self._small)) - len(self._small), UNSEEN, np.int32)
            self._small = np.concatenate([self._small, more])
        codes = self._small[numbers]
        unseen = codes == UNSEEN
        if unseen.any():
            new = np.unique(numbers[unseen])
            self._small[new] = self.coded(new.tolist())
            codes = self._small[numbers]
        return codes

    def _code(self, raw: object) -> int:
        known = self._raw.get(raw) if isinstance(raw, str) else None
        if known is not None:
            return known
        value = self._read(raw)
        if isinstance(value, str) and len(value) > LONGEST_NAME:
            raise IntegerError(
                f"{self._name} has a value of {len(value):,} characters ({shown(value, 30)}), and"
                f" no name has more than {LONGEST_NAME:,}: choose another column."
            )
        code = GAP if value is None else self._places.setdefault(value, len(self.values))
        if code == len(self.values) and value is not None:
            self.values.append(value)
            if code >= MOST_VOCAB_SIZE and (isinstance(value, str) or code == MOST_NUMBERS):
                raise IntegerError(
                    f"{self._name} has more than {code:,} different values, which is more than can"
                    " be told apart: choose another column."
                )
        if isinstance(raw, str):
            self._raw[raw] = code
        return code


def chosen(name: str, column: str | int | None, names: Sequence[str] | None, count: int) -> int:
    """The place of the column that was asked for, or of the only one, among `count` with these
    names (None: none).

    >>> chosen("a.csv", "n", ["day", "n"], 2), chosen("a.csv", "1", None, 2)
    (1, 0)
    """
    if column is None:
        if count == 1:
            return 0
        raise IntegerError(
            f"{name} has {count} columns {_said(names)}: choose one with column="
            f"{'NAME' if names else f'N, a number from 1 to {count}'}."
        )
    if isinstance(column, int):
        if 1 <= column <= count:
            return column - 1
        raise IntegerError(
            f"{name} has {many(count, 'column')}, and none of number {column}: choose numbers from"
            f" 1 to {count}."
        )
    heading = column.strip()
    places = [place for place, known in enumerate(names or ()) if known.strip() == heading]
    if len(places) == 1:
        return places[0]
    if places:
        numbers = [str(place + 1) for place in places]
        raise IntegerError(
            f"{name} has {len(places)} columns {shown(column)}, numbers {' and '.join(numbers)}:"
            f" choose one by its number, as column={numbers[0]}."
        )
    if INTEGER.fullmatch(heading) and len(heading) < 10 and 1 <= int(heading) <= count:
        return int(heading) - 1
    if names is None:
        raise IntegerError(
            f"{name} has no heading, so no column {shown(column)}: choose one with column=N, a"
            f" number from 1 to {count}."
        )
    raise IntegerError(f"{name} has no column {shown(column)}: it has {_said(names)[1:-1]}.")


def _said(names: Sequence[str] | None) -> str:
    if names is None:
        return "and no heading"
    listed = ", ".join(plain(item.strip(), 30) for item in names[:LISTED])
    return f"({listed}{f', ... {len(names) - LISTED} more' if len(names) > LISTED else ''})"
