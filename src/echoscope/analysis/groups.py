"""Which runs are evaluated together: cells, of runs that differ in nothing but seed and fold.

What is evaluated over seeds is a cell, so that no interval mixes seeds with lags or units. A store
has many cells, most of them of equally many runs: those are evaluated at once, as one matrix, and a
single cell as a matrix of one row.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echoscope.analysis.estimate import Result
from echoscope.errors import SettingError, StoreError, listed
from echoscope.experiment.fields import PLACES, SETTINGS, TASK
from echoscope.registry import load_installed
from echoscope.runs.run import Run
from echoscope.runs.table import APART, Row, Rows, Settings, none_last, parts
from echoscope.settings import Json
from echoscope.synonyms import named
from echoscope.tasks.base import TASKS

RunsOrRows = Iterable[
    Run | Row
]  # both are evaluated alike; a store gives rows of many runs quickly
Ints = NDArray[np.int_]
Flags = NDArray[np.bool_]
Thing = TypeVar("Thing")
Aggregated = TypeVar("Aggregated")


@dataclass(frozen=True)
class RunCounts(Result):
    """How many runs stand behind a number, how many of them diverged or were interrupted, and their
    chance.

    `chance` is the accuracy of a guess without memory, and of several the best; over the `folds` of
    user data (0 where there are none) it is the mean. An interrupted run counts as it stands.
    """

    number: int
    diverged: int
    interrupted: int
    chance: float
    folds: int = 0

    def parts(self) -> Json:
        """What is said in JSON: of folds only where there are some."""
        return {name: part for name, part in super().parts().items() if name != "folds" or part}

    @classmethod
    def joined(cls, runs: Sequence["RunCounts"]) -> "RunCounts":
        """The count of several groups of runs together."""
        return cls(
            sum([item.number for item in runs]),
            sum([item.diverged for item in runs]),
            sum([item.interrupted for item in runs]),
            max([item.chance for item in runs]),
            max([item.folds for item in runs]),
        )


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells, each of runs that differ in nothing but seed. `places` are those of their rows in
    `rows`, cell by cell and in the order of seeds: cell i has those from `start[i]` to before
    `start[i + 1]`.

    Each has at least one run. Rows that were chosen of several cells, a lot for each choice, are
    kept in the same way: of lots that may be empty only `number`, `places` and `take` speak.
    """

    rows: Rows
    places: Ints
    start: Ints

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def number(self) -> Ints:
        """How many runs each has."""
        return np.diff(self.start)

    @cached_property
    def first(self) -> list[int]:
        """The place of each cell's first row."""
        return self.places[self.start[:-1]].tolist()

    @cached_property
    def settings(self) -> list[Settings]:
        """The settings of each cell's first row, which are those of all."""
        return [self.rows.distinct[code] for code in self.rows.code[self.first].tolist()]

    @cached_property
    def runs(self) -> list[RunCounts]:
        """The count of each cell's runs."""
        diverged, interrupted = (
            self.count(self.rows.became(item)).tolist() for item in ("diverged", "interrupted")
        )
        values = self.rows.numbers("chance")[self.places]
        chance = np.maximum.reduceat(values, self.start[:-1])
        folds = self.folds
        if folds.any():  # every fold has its own, and an accuracy is the mean over folds
            means = np.add.reduceat(values, self.start[:-1]) / self.number
            chance = np.where(folds > 0, means, chance)
        counts = (self.number, diverged, interrupted, chance, folds)
        return list(map(RunCounts, *(np.asarray(part).tolist() for part in counts)))

    @cached_property
    def folds(self) -> Ints:
        """In how many folds the runs of each are, 0 where there are none. Shapes: (cells,)."""
        of_row = self.rows.fold[self.places]
        if not of_row.any():
            return np.zeros(len(self), int)
        return np.array(
            [len(set(lot[lot > 0].tolist())) for lot in np.split(of_row, self.start[1:-1])]
        )

    def count(self, flags: Flags) -> Ints:
        """Of how many runs of each it is so. Shapes: (rows,) -> (cells,)."""
        return np.add.reduceat(flags[self.places].astype(int), self.start[:-1])

    def take(self, which: ArrayLike) -> "Cells":
        """Those with these numbers, in their order."""
        chosen = np.asarray(which, int)
        number = self.number[chosen]
        start = np.append(0, np.cumsum(number))
        inside = np.arange(start[-1]) - np.repeat(start[:-1], number)
        return Cells(self.rows, self.places[np.repeat(self.start[chosen], number) + inside], start)

    def only(self, kept: Flags) -> "Cells":
        """The same without the rows that are not kept, nor cells of such rows alone. Shapes:
        (rows,).
        """
        flags = kept[self.places]
        start = np.append(0, np.cumsum(flags))[self.start]
        return Cells(self.rows, self.places[flags], np.unique(start))

    def together(self, aggregate: Callable[[Ints], Iterable[Aggregated]]) -> list[Aggregated]:
        """What `aggregate` says of each, asked once for all those of equally many runs, with the
        places of their rows.

        Shapes: (cells, runs) -> as many results as cells.
        """
        result: list[Any] = [None] * len(self)
        number = self.number
        for size in np.unique(number):
            which = np.flatnonzero(number == size)
            places = self.places[self.start[which][:, None] + np.arange(size)]
            for place, aggregated in zip(which.tolist(), aggregate(places), strict=True):
                result[place] = aggregated
        return result


def cell_of(runs: RunsOrRows) -> Cells:
    """The one cell of runs that may be evaluated together.

    Raises `StoreError` for none, for runs that differ in another setting, and for a seed that is
    there twice.
    """
    return cells_in(rows_of(runs), [])[1]


def rows_of(runs: RunsOrRows) -> Rows:
    """The rows of at least one run; raises `StoreError` for none."""
    rows = Rows.of(runs)
    if not len(rows):
        raise StoreError("Runs are evaluated from one run on, not none: run an experiment first.")
    return rows


def cells_in(
    rows: Rows, by: Sequence[str], kept: Flags | None = None
) -> tuple[list[Settings], Cells]:
    """The cells of rows, or of those that are kept, in the order of the values of some settings,
    and these.

    Raises as `groups_of`, and `StoreError` for rows of equal values that differ in other settings,
    or have the same seed.
    """
    names = check_settings(by)
    chosen = np.arange(len(rows)) if kept is None else np.flatnonzero(kept)
    codes, inverse = np.unique(rows.code[chosen], return_inverse=True)
    settings_there = [rows.distinct[code] for code in codes.tolist()]
    check_tasks(settings_there)
    groups = grouped(parts(settings_there, names), settings_there)
    for same in groups.values():
        check_equal(same, SETTINGS)
    rank = {settings: place for place, (settings, *_) in enumerate(groups.values())}
    cell, seed = (
        np.array([rank[settings] for settings in settings_there], int)[inverse],
        rows.replicate[chosen],
    )
    order = np.lexsort((seed, cell))
    cell, seed = cell[order], seed[order]
    twice = np.flatnonzero((cell[1:] == cell[:-1]) & (seed[1:] == seed[:-1]))
    if len(twice):
        raise StoreError(
            "Runs evaluated over seeds must each have their own seed, and seed "
            f"{seed[twice[0]] % APART} is there twice: leave one out."
        )
    return list(groups), Cells(
        rows, chosen[order], np.searchsorted(cell, np.arange(len(groups) + 1))
    )


def groups_of(runs: RunsOrRows, by: Sequence[str]) -> dict[Settings, tuple[Row, ...]]:
    """Rows of runs by the values of some settings: keys in the order of their values, groups in
    that of seeds.

    `by` names any settings of a task, an experiment or its training but seed, for seeds are what a
    group is evaluated over; no setting at all is one group. A None (window none, target_accuracy
    none) comes last. Raises `SettingError` for other names.

    >>> list(groups_of([], ["model", "lag"]))
    []
    """
    names, rows = check_settings(by), list(Rows.of(runs))
    groups = grouped(parts([row.settings for row in rows], names), rows)
    return {
        key: tuple(sorted(lot, key=attrgetter("seed", "created"))) for key, lot in groups.items()
    }


def check_settings(by: Sequence[str]) -> tuple[str, ...]:
    """The names of settings by which groups are told apart; a `SettingError` for what is none."""
    names = (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if name == "seed":
            raise SettingError(
                "Runs are not grouped by seed, because a group is evaluated over its seeds: leave"
                " it out."
            )
        if name not in SETTINGS:
            raise SettingError(
                f"Runs have no setting {name!r} to be grouped by: {named(str(name), SETTINGS)}"
            )
    return names


def check_tasks(settings_there: Sequence[Settings]) -> None:
    """Nothing, or a `StoreError` if runs are of a task that is not there: what tells them apart is
    not known.
    """
    kinds = {str(settings[PLACES[TASK]]) for settings in settings_there}
    if not kinds <= TASKS.keys():
        load_installed()
    absent = sorted(kinds - TASKS.keys())
    if absent:
        raise StoreError(
            f"Some of these runs are of task {listed(absent)}, which is not there: name the file"
            " that registers it with --plugin, or leave them out with a condition, as"
            f" task <> '{absent[0]}'."
        )


def grouped(keys: Iterable[Settings], things: Iterable[Thing]) -> dict[Settings, list[Thing]]:
    """Things by their keys, in the order of these; None comes last.

    >>> grouped([(2, None), (1, 5), (2, 4), (1, 5)], "abcd")
    {(1, 5): ['b', 'd'], (2, 4): ['c'], (2, None): ['a']}
    """
    groups: dict[Settings, list[Thing]] = defaultdict(list)
    for key, thing in zip(keys, things, strict=True):
        groups[key].append(thing)
    if any(None in key for key in groups):
        ordered = sorted(groups, key=none_last)
    else:
        ordered = sorted(groups)
    return {key: groups[key] for key in ordered}


def check_equal(settings_there: Sequence[Settings], names: Iterable[str]) -> None:
    """Nothing, or a `StoreError` if runs that are evaluated together differ in some of these
    settings.
    """
    apart = differing(settings_there, names) if len(settings_there) > 1 else []
    if apart:
        raise StoreError(
            f"Runs that are evaluated together must be equal in {listed(apart)}, and these differ: "
            "group them by that first."
        )


def differing(settings_there: Iterable[Settings], names: Iterable[str] = SETTINGS) -> list[str]:
    """Those of some settings in which sets of settings differ."""
    columns = dict(zip(SETTINGS, zip(*settings_there, strict=True), strict=False))
    return [name for name in names if len(set(columns.get(name, ()))) > 1]
