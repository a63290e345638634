"""Which records are judged together: cells, of runs that differ in nothing but seed, and groups of them by words.

What is judged over seeds is a cell, so that no interval mixes seeds with lags or units. A store has many cells, most of
them of equally many runs: `together` hands those to a judgement at once, as it hands it a single one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import attrgetter, ge, itemgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np

from echoscope.errors import RecordError, WordError, alternatives
from echoscope.record import Record
from echoscope.row import PLACES, WORDS, Row, by_words, rows_of, said
from echoscope.score import Floats
from echoscope.summary.judged import Judged, listed

_BY_SEED = attrgetter("seed", "created")

Words = tuple[Any, ...]
Records = Iterable[Record | Row]  # both are judged alike; a store gives rows of many records quickly
Lot = Sequence[Row]
Lots = Sequence[Lot]
Thing = TypeVar("Thing")
Judgement = TypeVar("Judgement")


@dataclass(frozen=True)
class Runs(Judged):
    """How many runs stand behind a number, how many of them diverged or were interrupted, and their chance.

    `chance` is the score of a guess without memory, and of several the best. An interrupted run counts as it stands.
    """

    number: int
    diverged: int
    interrupted: int
    chance: float

    @classmethod
    def of(cls, records: Records) -> "Runs":
        """The count of at least one record; raises `RecordError` for none."""
        given = rows_of(records)
        if not given:
            raise RecordError("Runs are judged from one record on, not none: run an experiment first.")
        outcomes = [record.outcome for record in given]
        chance = max([record.chance for record in given])
        return cls(len(given), outcomes.count("diverged"), outcomes.count("interrupted"), chance)

    @classmethod
    def joined(cls, runs: Sequence["Runs"]) -> "Runs":
        """The count of several groups of runs together."""
        return cls(
            sum([one.number for one in runs]),
            sum([one.diverged for one in runs]),
            sum([one.interrupted for one in runs]),
            max([one.chance for one in runs]),
        )


class Cell(NamedTuple):
    """Runs that differ in nothing but seed, in the order of their seeds, and their count."""

    seeds: tuple[Row, ...]
    runs: Runs

    @classmethod
    def of(cls, records: Records) -> "Cell":
        """The cell of records that may be judged together.

        Raises `RecordError` for none, for records that differ in another word, and for a seed that is there twice.
        """
        return cls.joined(by_words(rows_of(records)))

    @classmethod
    def joined(cls, lots: Sequence[list[Row]]) -> "Cell":
        """As `of`, of rows in lots of equal words."""
        if len(lots) > 1:
            check_equal(chain(*lots), WORDS)
        rows = lots[0] if lots else []
        runs, seeds = Runs.of(rows), [row.seed for row in rows]
        if any(map(ge, seeds, seeds[1:])):  # not in order yet
            rows = sorted(rows, key=_BY_SEED)
            for one, other in pairwise(rows):
                if one.seed == other.seed:
                    raise RecordError("Records judged over seeds must each have their own seed, and seed "
                                      f"{one.seed} is there twice: leave one out.")  # fmt: skip
        return cls(tuple(rows), runs)


def groups_of(records: Records, by: Sequence[str]) -> dict[Words, tuple[Row, ...]]:
    """Rows of records by the values of some words: keys in the order of their values, groups in that of seeds.

    `by` names any words of a task, an experiment or a fit but seed, for seeds are what a group is judged over; no word
    at all is one group. A None (window none, stop none) comes last. Raises `WordError` for other names.

    >>> list(groups_of([], ["model", "lag"]))
    []
    """
    lots = lots_of(by_words(rows_of(records)), by)
    return {key: tuple(sorted(chain(*some), key=_BY_SEED)) for key, some in lots.items()}


def cells_in(lots: Sequence[list[Row]], by: Sequence[str]) -> dict[Words, Cell]:
    """Cells of lots of equal words, by the words in which they differ; raises as `groups_of` and `Cell.of`."""
    return {key: Cell.joined(some) for key, some in lots_of(lots, by).items()}


def cells_of(cells: Iterable[Cell], by: Sequence[str]) -> dict[Words, list[Cell]]:
    """Cells by the values of some words, as `groups_of` has them of records."""
    given = list(cells)
    return _grouped(said([cell.seeds[0] for cell in given], by), given)


def lots_of(lots: Sequence[list[Row]], by: Sequence[str]) -> dict[Words, list[list[Row]]]:
    """Lots of equal words by the values of some of them, as `groups_of` has records."""
    names = (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if name == "seed":
            raise WordError("Records are not grouped by seed, because a group is judged over its seeds: leave it out.")
        if name not in WORDS:
            raise WordError(f"Records have no word {name!r} to be grouped by: {alternatives(str(name), WORDS)}")
    return _grouped(said([lot[0] for lot in lots], names), lots)


def _grouped(keys: Iterable[Words], things: Iterable[Thing]) -> dict[Words, list[Thing]]:
    groups: dict[Words, list[Thing]] = defaultdict(list)
    for key, thing in zip(keys, things, strict=True):
        groups[key].append(thing)
    if any(None in key for key in groups):
        ordered = sorted(groups, key=lambda key: [(value is None, value) for value in key])
    else:
        ordered = sorted(groups)
    return {key: groups[key] for key in ordered}


def check_equal(records: Records, names: Sequence[str]) -> None:
    """Nothing, or a `RecordError` if records that are judged together differ in some of these words."""
    given = [lot[0] for lot in by_words(rows_of(records))]
    if len(set(said(given, names))) < 2:
        return
    apart = [name for name in names if len(said_of(given, name)) > 1]
    if apart:
        raise RecordError(f"Records that are judged together must be equal in {listed(apart)}, and these differ: "
                          "group them by that first.")  # fmt: skip


def said_of(records: Records, name: str) -> set[Any]:
    """Every value that records have of a word."""
    return {*map(itemgetter(PLACES[name]), map(attrgetter("words"), rows_of(records)))}


def together(
    judge: Callable[[list[Thing]], Iterable[Judgement]], things: Sequence[Thing], size: Callable[[Thing], int]
) -> list[Judgement]:
    """What `judge` says of each thing, asked once for all those of equal size.

    >>> together(lambda some: [len(some)] * len(some), ["a", "bc", "d"], size=len)
    [2, 1, 2]
    """
    places: dict[int, list[int]] = defaultdict(list)
    for place, thing in enumerate(things):
        places[size(thing)].append(place)
    found: list[Any] = [None] * len(things)
    for some in places.values():
        for place, judgement in zip(some, judge([things[place] for place in some]), strict=True):
            found[place] = judgement
    return found


def matrix(lots: Sequence[Lot], field: str) -> Floats:
    """A number of every run, None as nan. Shapes: lots of equally many runs -> (lots, runs)."""
    return np.array(list(map(attrgetter(field), chain.from_iterable(lots))), float).reshape(len(lots), -1)
