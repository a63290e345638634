"""Which records are judged together: cells, of runs that differ in nothing but seed.

What is judged over seeds is a cell, so that no interval mixes seeds with lags or units. A store has
many cells, most of them of equally many runs: those are judged at once, as one matrix, and a single
cell as a matrix of one row.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echoscope.analysis.estimate import Judged, listed
from echoscope.errors import RecordError, WordError
from echoscope.runs.run import Record
from echoscope.runs.table import WORDS, Row, Rows, Words, parts
from echoscope.synonyms import named

Records = Iterable[
    Record | Row
]  # both are judged alike; a store gives rows of many records quickly
Ints = NDArray[np.int_]
Flags = NDArray[np.bool_]
Thing = TypeVar("Thing")
Judgement = TypeVar("Judgement")


@dataclass(frozen=True)
class Runs(Judged):
    """How many runs stand behind a number, how many of them diverged or were interrupted, and their
    chance.

    `chance` is the score of a guess without memory, and of several the best. An interrupted run
    counts as it stands.
    """

    number: int
    diverged: int
    interrupted: int
    chance: float

    @classmethod
    def joined(cls, runs: Sequence["Runs"]) -> "Runs":
        """The count of several groups of runs together."""
        return cls(
            sum([one.number for one in runs]),
            sum([one.diverged for one in runs]),
            sum([one.interrupted for one in runs]),
            max([one.chance for one in runs]),
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
    def words(self) -> list[Words]:
        """The words of each cell's first row, which are those of all."""
        return [self.rows.said[code] for code in self.rows.code[self.first].tolist()]

    @cached_property
    def runs(self) -> list[Runs]:
        """The count of each cell's runs."""
        diverged, interrupted = (
            self.count(self.rows.became(one)).tolist() for one in ("diverged", "interrupted")
        )
        chance = np.maximum.reduceat(
            self.rows.numbers("chance")[self.places], self.start[:-1]
        ).tolist()
        return list(map(Runs, self.number.tolist(), diverged, interrupted, chance))

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

    def together(self, judge: Callable[[Ints], Iterable[Judgement]]) -> list[Judgement]:
        """What `judge` says of each, asked once for all those of equally many runs, with the places
        of their rows.

        Shapes: (cells, runs) -> as many judgements as cells.
        """
        found: list[Any] = [None] * len(self)
        number = self.number
        for size in np.unique(number):
            which = np.flatnonzero(number == size)
            places = self.places[self.start[which][:, None] + np.arange(size)]
            for place, judgement in zip(which.tolist(), judge(places), strict=True):
                found[place] = judgement
        return found


def cell_of(records: Records) -> Cells:
    """The one cell of records that may be judged together.

    Raises `RecordError` for none, for records that differ in another word, and for a seed that is
    there twice.
    """
    return cells_in(rows_of(records), [])[1]


def rows_of(records: Records) -> Rows:
    """The rows of at least one record; raises `RecordError` for none."""
    rows = Rows.of(records)
    if not len(rows):
        raise RecordError("Runs are judged from one record on, not none: run an experiment first.")
    return rows


def cells_in(rows: Rows, by: Sequence[str], kept: Flags | None = None) -> tuple[list[Words], Cells]:
    """The cells of rows, or of those that are kept, in the order of the values of some words, and
    these.

    Raises as `groups_of`, and `RecordError` for rows of equal values that differ in other words, or
    have the same seed.
    """
    names = check_words(by)
    given = np.arange(len(rows)) if kept is None else np.flatnonzero(kept)
    codes, inverse = np.unique(rows.code[given], return_inverse=True)
    said = [rows.said[code] for code in codes.tolist()]
    groups = grouped(parts(said, names), said)
    for same in groups.values():
        check_equal(same, WORDS)
    rank = {words: place for place, (words, *_) in enumerate(groups.values())}
    cell, seed = np.array([rank[words] for words in said], int)[inverse], rows.seed[given]
    order = np.lexsort((seed, cell))
    cell, seed = cell[order], seed[order]
    twice = np.flatnonzero((cell[1:] == cell[:-1]) & (seed[1:] == seed[:-1]))
    if len(twice):
        raise RecordError(
            "Records judged over seeds must each have their own seed, and seed "
            f"{seed[twice[0]]} is there twice: leave one out."
        )
    return list(groups), Cells(
        rows, given[order], np.searchsorted(cell, np.arange(len(groups) + 1))
    )


def groups_of(records: Records, by: Sequence[str]) -> dict[Words, tuple[Row, ...]]:
    """Rows of records by the values of some words: keys in the order of their values, groups in
    that of seeds.

    `by` names any words of a task, an experiment or a fit but seed, for seeds are what a group is
    judged over; no word at all is one group. A None (window none, stop none) comes last. Raises
    `WordError` for other names.

    >>> list(groups_of([], ["model", "lag"]))
    []
    """
    names, rows = check_words(by), list(Rows.of(records))
    groups = grouped(parts([row.words for row in rows], names), rows)
    return {
        key: tuple(sorted(lot, key=attrgetter("seed", "created"))) for key, lot in groups.items()
    }


def check_words(by: Sequence[str]) -> tuple[str, ...]:
    """The names of words by which groups are told apart; a `WordError` for what is none."""
    names = (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if name == "seed":
            raise WordError(
                "Records are not grouped by seed, because a group is judged over its seeds: leave"
                " it out."
            )
        if name not in WORDS:
            raise WordError(
                f"Records have no word {name!r} to be grouped by: {named(str(name), WORDS)}"
            )
    return names


def grouped(keys: Iterable[Words], things: Iterable[Thing]) -> dict[Words, list[Thing]]:
    """Things by their keys, in the order of these; None comes last.

    >>> grouped([(2, None), (1, 5), (2, 4), (1, 5)], "abcd")
    {(1, 5): ['b', 'd'], (2, 4): ['c'], (2, None): ['a']}
    """
    groups: dict[Words, list[Thing]] = defaultdict(list)
    for key, thing in zip(keys, things, strict=True):
        groups[key].append(thing)
    if any(None in key for key in groups):
        ordered = sorted(groups, key=lambda key: [(value is None, value) for value in key])
    else:
        ordered = sorted(groups)
    return {key: groups[key] for key in ordered}


def check_equal(said: Sequence[Words], names: Sequence[str]) -> None:
    """Nothing, or a `RecordError` if records that are judged together differ in some of these
    words.
    """
    apart = differing(said, names) if len(said) > 1 else []
    if apart:
        raise RecordError(
            f"Records that are judged together must be equal in {listed(apart)}, and these differ: "
            "group them by that first."
        )


def differing(said: Iterable[Words], names: Sequence[str] = WORDS) -> list[str]:
    """Those of some words in which sets of words differ."""
    columns = dict(zip(WORDS, zip(*said, strict=True), strict=False))
    return [name for name in names if len(set(columns.get(name, ()))) > 1]
