"""The recodings of several columns that are read together: which value each symbol of each stands
for.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from echoscope.recoding import Recoding


@dataclass(frozen=True)
class ColumnRecodings:
    """A recoding for each of several columns, by the columns' names.

    >>> day, event = Recoding((1, 2)), Recoding(("login", "view"))
    >>> ColumnRecodings(("day", "event"), (day, event)).of(1).value(0)
    'login'
    """

    names: tuple[str, ...]
    columns: tuple[Recoding, ...]

    def of(self, column: int) -> Recoding:
        """The recoding of one column, by its place from 0."""
        return self.columns[column]

    @property
    def name(self) -> str:
        """Eight hexadecimal digits that name them all."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def numeric(self) -> bool:
        """Whether the values of all columns are numbers."""
        return all(recoding.numeric for recoding in self.columns)

    @property
    def vocab_size(self) -> int:
        """The most symbols that a column has."""
        return max(recoding.vocab_size for recoding in self.columns)

    @property
    def described(self) -> str:
        """The values of each column in a few words."""
        pairs = zip(self.names, self.columns, strict=True)
        return "; ".join(f"{name}: {recoding.described}" for name, recoding in pairs)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "names": list(self.names),
            "columns": [recoding.to_json() for recoding in self.columns],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The recodings that `to_json` gave."""
        return cls(tuple(values["names"]), tuple(map(Recoding.from_json, values["columns"])))


def from_json(values: Mapping[str, Any]) -> Recoding | ColumnRecodings:
    """The recoding of one column or of several that `to_json` gave."""
    return (ColumnRecodings if "columns" in values else Recoding).from_json(values)
