"""Rows: what judging needs of each record, without its sample and its curve's every point, so that
many are light.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from echoscope.experiment.experiment import Experiment, Fit
from echoscope.runs.best_so_far import Climb, climb_of
from echoscope.runs.run import Record
from echoscope.stats.intervals import Floats
from echoscope.tasks.echo import Task

PATHS: dict[str, str] = {
    **{name: f"task.{name}" for name in Task.fields()},
    **{name: name for name in Experiment.fields() if name not in ("task", "fit", "seed")},
    **{name: f"fit.{name}" for name in Fit.fields()},
}  # every word that can tell groups apart, and where an experiment has it
WORDS = tuple(PATHS)
PLACES = {name: place for place, name in enumerate(WORDS)}  # where a row has each word
DATA = PLACES["data"]
SHORT = 6  # digits of a hash that tell data from one place apart
Words = tuple[Any, ...]
_SAID = attrgetter(*PATHS.values())


class Data(str):
    """The hash of own integers, which is shown as the place that they came from.

    >>> data = Data("dbf5727aff56", "doors.csv")
    >>> str(data), data == "dbf5727aff56"
    ('doors.csv', True)
    """

    def __new__(cls, identity: str, shown: str) -> "Data":
        """A hash, and the place to show."""
        data = super().__new__(cls, identity[:])  # of data too, the hash and not what is shown
        data.shown = shown
        return data

    shown: str

    def __str__(self) -> str:
        return self.shown


class Row(NamedTuple):
    """One record, as it is judged.

    `words` are the values of `WORDS`, in their order: every word but the seed. `fit_steps` is how
    many steps the whole fit has, `steps` how many were trained. `climb` has a row [step, step of
    the point before, score] for every point of the record's `fresh_curve` above all earlier ones.
    `last` is the score at the end of its `curve`, None without one. `bound` is the best score that
    can be expected, None for own integers. Other names are the record's.
    """

    id: str
    words: tuple[Any, ...]
    seed: int
    created: str
    outcome: str
    score: float | None
    score_low: float | None
    score_high: float | None
    answers: int
    chance: float
    bound: float | None
    steps: int
    fit_steps: int
    parameters: int | None
    state_size: int | None
    seconds: float
    last: float | None
    climb: Climb

    def word(self, name: str) -> Any:
        """The value of one word."""
        return self.words[PLACES[name]]

    @classmethod
    def of(cls, record: Record) -> "Row":
        """The row of a record.

        >>> Row.of(record).word("units")
        50
        """
        scores = [point[2] for point in record.curve]
        return cls(
            id=record.id,
            words=placed(words_of(record.experiment), record.source),
            seed=record.experiment.seed,
            created=record.created,
            outcome=record.outcome,
            score=record.score,
            score_low=record.score_low,
            score_high=record.score_high,
            answers=record.answers,
            chance=record.chance,
            bound=record.bound,
            steps=record.steps,
            fit_steps=record.experiment.steps,
            parameters=record.parameters,
            state_size=record.state_size,
            seconds=sum(record.seconds.values()),
            last=scores[-1] if scores else None,
            climb=climb_of(record.fresh_curve),
        )


class Rows(Sequence[Row]):
    """Many rows, each field a column: of a hundred thousand, numbers are computed with and no row
    is made.

    `columns` has the values of every field of `Row`, in its order. `said` has each set of words
    once, in the order of the first row that has it, and `code` for every row its place there.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns: dict[str, Sequence[Any]] = {name: columns[name] for name in Row._fields}
        words = columns["words"]
        same = {id(one): one for one in words}  # most rows of equal words share one tuple
        if twice := _twice(same.values()):
            words = self.columns["words"] = [_told_apart(one, twice) for one in words]
            same = {id(one): one for one in words}
        places: dict[Words, int] = {}
        code = {identity: places.setdefault(one, len(places)) for identity, one in same.items()}
        self.said, self.code = list(places), np.array([code[id(one)] for one in words], int)
        self._numbers: dict[str, Floats] = {}

    @classmethod
    def of(cls, records: Iterable[Record | Row]) -> "Rows":
        """The rows of records; what are rows already stay as they are."""
        if isinstance(records, Rows):
            return records
        rows = [one if isinstance(one, Row) else Row.of(one) for one in records]
        columns = list(zip(*rows, strict=True)) or [()] * len(Row._fields)
        return cls(dict(zip(Row._fields, columns, strict=True)))

    def numbers(self, field: str) -> Floats:
        """A field of all rows as an array, None as nan. Shapes: (rows,)."""
        if field not in self._numbers:
            self._numbers[field] = np.array(self.columns[field], float)
        return self._numbers[field]

    @cached_property
    def seed(self) -> NDArray[np.int_]:
        """The seeds of all rows. Shapes: (rows,)."""
        return np.array(self.columns["seed"], int)

    def became(self, *outcomes: str) -> NDArray[np.bool_]:
        """Which rows have one of these outcomes. Shapes: (rows,)."""
        return np.isin(self._outcomes, outcomes)

    @cached_property
    def _outcomes(self) -> NDArray[np.str_]:
        return np.array(self.columns["outcome"], str)

    def words_of(self, some: NDArray[np.bool_] | NDArray[np.int_]) -> list[Words]:
        """Every different set of words of some rows, which are said by flags or by their places."""
        return [self.said[code] for code in np.unique(self.code[some]).tolist()]

    def __len__(self) -> int:
        return len(self.code)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> "Rows": ...
    def __getitem__(self, place: int | slice) -> "Row | Rows":
        if isinstance(place, slice):
            return Rows({name: column[place] for name, column in self.columns.items()})
        return Row._make([column[place] for column in self.columns.values()])

    def __iter__(self) -> Iterator[Row]:
        return map(Row._make, zip(*self.columns.values(), strict=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows | list) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.columns["id"]))

    def __repr__(self) -> str:
        return f"<{len(self)} rows of {len(self.said)} different words>"


def words_of(experiment: Experiment) -> Words:
    """Every word but the seed, in the order of `WORDS`."""
    return _SAID(experiment)


def placed(words: Words, source: str) -> Words:
    """The words of a record whose own integers, if it has some, come from there."""
    if not source or words[DATA] is None:
        return words
    return (*words[:DATA], Data(words[DATA], source), *words[DATA + 1 :])


def _twice(some: Iterable[Words]) -> set[str]:
    """Of different data, those that are shown as the same place."""
    data = {words[DATA] for words in some if isinstance(words[DATA], Data)}
    places = Counter(map(str, data))
    return {one for one in data if places[str(one)] > 1}


def _told_apart(words: Words, twice: set[str]) -> Words:
    """Words in which such data are shown with their hashes."""
    data = words[DATA]
    return placed(words, f"{data} ({data[:SHORT]})") if data in twice else words


def parts(words: Iterable[Words], names: Sequence[str]) -> list[Words]:
    """Of sets of words, the values of some of them.

    >>> parts([words_of(Experiment())], ["units", "model"])
    [(50, 'lstm')]
    """
    places = [PLACES[name] for name in names]
    if len(places) > 1:
        return list(map(itemgetter(*places), words))
    return [tuple([one[place] for place in places]) for one in words]
