"""Rows: what aggregating needs of each run, without its sample and its curve's every point, so that
many are light.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import check_kind
from echoscope.experiment.fields import PLACES, Values, settings_of
from echoscope.experiment.fold import Fold
from echoscope.runs.best_so_far import BestSoFar
from echoscope.runs.run import Run
from echoscope.settings import Value
from echoscope.stats.intervals import Floats

DATA, FOLD = PLACES["data"], PLACES["fold"]
APART = 10**10  # between two folds, more than there are seeds
SHORT = 6  # digits of a hash that tell data from one place apart
Settings = Values
NEEDED = "Runs are needed, as Store('echoes').runs() gives them"
Column = Sequence[Any]  # the values of one field of many rows


class Data(str):
    """The hash of user data, which is shown as the place that they came from.

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
    """One run, as it is aggregated.

    `settings` are the values of `SETTINGS`, in their order: every setting but the seed. Their
    `fold` says only how many folds there are (`*/5`), as those are evaluated together: which of
    them it is stands in `fold`, None where there are none.
    `planned_steps` is how many steps the whole training has, `steps` how many were trained.
    `best_so_far` has the points of the run's `fresh_curve` above all earlier ones. `last_accuracy`
    is the accuracy at the end of its `curve`, None without one. `ceiling` is the best accuracy that
    can be expected, None for user data. Other names are the run's.
    """

    id: str
    settings: Settings
    seed: int
    fold: str | None
    created: str
    outcome: str
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    target_count: int
    chance: float
    ceiling: float | None
    steps: int
    planned_steps: int
    parameters: int | None
    state_size: int | None
    seconds: float
    last_accuracy: float | None
    best_so_far: BestSoFar

    def setting(self, name: str) -> Value:
        """The value of one setting."""
        return self.settings[PLACES[name]]

    @classmethod
    def of(cls, run: Run) -> "Row":
        """The row of a run.

        >>> Row.of(run).setting("units")
        50
        """
        accuracies = [point[2] for point in run.curve]
        return cls(
            id=run.id,
            settings=placed(settings_of(run.experiment), run.source),
            seed=run.experiment.seed,
            fold=run.experiment.training.fold,
            created=run.created,
            outcome=run.outcome,
            accuracy=run.accuracy,
            accuracy_low=run.accuracy_low,
            accuracy_high=run.accuracy_high,
            target_count=run.target_count,
            chance=run.chance,
            ceiling=run.ceiling,
            steps=run.steps,
            planned_steps=run.experiment.steps,
            parameters=run.parameters,
            state_size=run.state_size,
            seconds=sum(run.seconds.values()),
            last_accuracy=accuracies[-1] if accuracies else None,
            best_so_far=BestSoFar.of(run.fresh_curve),
        )


class Rows(Sequence[Row]):
    """Many rows, each field a column: of a hundred thousand, numbers are computed with and no row
    is made.

    `columns` has the values of every field of `Row`, in its order. `distinct` has each set of
    settings once, in the order of the first row that has it, and `code` for every row its place
    there.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns: dict[str, Column] = {name: columns[name] for name in Row._fields}
        settings = columns["settings"]
        same = {id(item): item for item in settings}  # most rows of equal settings share one tuple
        if twice := _twice(same.values()):
            settings = self.columns["settings"] = [_told_apart(item, twice) for item in settings]
            same = {id(item): item for item in settings}
        places: dict[Settings, int] = {}
        code = {identity: places.setdefault(item, len(places)) for identity, item in same.items()}
        self.distinct, self.code = (
            list(places),
            np.array([code[id(item)] for item in settings], int),
        )
        self._numbers: dict[str, Floats] = {}

    @classmethod
    def of(cls, runs: Iterable[Run | Row]) -> "Rows":
        """The rows of runs; what are rows already stay as they are."""
        if isinstance(runs, Rows):
            return runs
        check_kind(runs, Iterable, NEEDED)
        rows: list[Row] = []
        for item in runs:
            check_kind(item, Run | Row, NEEDED)
            rows.append(item if isinstance(item, Row) else Row.of(item))
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

    @cached_property
    def fold(self) -> NDArray[np.int_]:
        """The number of the fold of each row, 0 where there are none. Shapes: (rows,)."""
        return np.array(
            [0 if text is None else Fold.of_text(text).number for text in self.columns["fold"]], int
        )

    @cached_property
    def replicate(self) -> NDArray[np.int_]:
        """A number for each pair of a fold and a seed, the seed where there are no folds. Shapes:
        (rows,).
        """
        return self.fold * APART + self.seed

    def became(self, *outcomes: str) -> NDArray[np.bool_]:
        """Which rows have one of these outcomes. Shapes: (rows,)."""
        return np.isin(self._outcomes, outcomes)

    @cached_property
    def _outcomes(self) -> NDArray[np.str_]:
        return np.array(self.columns["outcome"], str)

    def settings_of(self, some: NDArray[np.bool_] | NDArray[np.int_]) -> list[Settings]:
        """Every different set of settings of some rows, chosen by flags or by places."""
        return [self.distinct[code] for code in np.unique(self.code[some]).tolist()]

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
        return f"<{len(self)} rows of {len(self.distinct)} different settings>"


def placed(settings: Settings, source: str) -> Settings:
    """The settings of a run whose user data, if it has some, come from there; all folds of as many
    are alike.
    """
    if settings[FOLD] is not None and "*" not in settings[FOLD]:
        pooled = Fold.of_text(settings[FOLD]).pooled
        settings = (*settings[:FOLD], pooled, *settings[FOLD + 1 :])
    if not source or settings[DATA] is None:
        return settings
    return (*settings[:DATA], Data(settings[DATA], source), *settings[DATA + 1 :])


def _twice(some: Iterable[Settings]) -> set[str]:
    """Of different data, those that are shown as the same place."""
    data = {settings[DATA] for settings in some if isinstance(settings[DATA], Data)}
    places = Counter(map(str, data))
    return {item for item in data if places[str(item)] > 1}


def _told_apart(settings: Settings, twice: set[str]) -> Settings:
    """Settings in which such data are shown with their hashes."""
    data = settings[DATA]
    return placed(settings, f"{data} ({data[:SHORT]})") if data in twice else settings


def none_last(key: Iterable[Value]) -> list[tuple[bool, Value]]:
    """What to sort several values by, of which None (no window, no stop) comes last.

    >>> sorted([(2, None), (1, 5), (2, 4)], key=none_last)
    [(1, 5), (2, 4), (2, None)]
    """
    return [(value is None, value) for value in key]


def parts(settings: Iterable[Settings], names: Sequence[str]) -> list[Settings]:
    """Of sets of settings, the values of some of them.

    >>> parts([settings_of(Experiment())], ["units", "model"])
    [(50, 'lstm')]
    """
    places = [PLACES[name] for name in names]
    if len(places) > 1:
        return list(map(itemgetter(*places), settings))
    return [tuple([item[place] for place in places]) for item in settings]
