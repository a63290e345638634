"""Two models, or any two values of one word, side by side: the same seeds, all other words
equal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from echoscope.analysis.accuracy import worth_of
from echoscope.analysis.estimate import Estimate, Judged, listed
from echoscope.analysis.groups import Cells, Ints, Records, Runs
from echoscope.errors import RecordError, WordError, alternatives
from echoscope.runs.table import PLACES, WORDS, Rows, parts
from echoscope.stats.intervals import Floats, Score, student
from echoscope.studies.axis import bare
from echoscope.synonyms import named

PAIRED = "paired Student's over seeds, cut to -1..1, never narrower than Newcombe's on all answers"
ONE_PAIR = "Newcombe's on the answers of one seed; it says nothing of other seeds"


@dataclass(frozen=True)
class Comparison(Judged):
    """Mean score of the `first` value of a word less that of the `second`, over pairs of equal seed
    and other words.

    `cells` are the combinations of other words in which there are pairs. Of the `seeds`, `better`
    have a higher mean score with the first, `worse` a lower one, the others an equal one; `p` is
    the exact two-sided sign test's on these (1 where all are equal). `unpaired` are the ids of
    records of the two values without a partner, which say nothing. `runs` counts all records of the
    two values.
    """

    word: str
    first: Any
    second: Any
    runs: Runs
    difference: Estimate
    p: float
    seeds: int
    better: int
    worse: int
    cells: int
    pairs: int
    unpaired: tuple[str, ...]


def compare(
    records: Records, word: str, first: Any, second: Any, free: Sequence[str] = ()
) -> Comparison:
    """The first value of a word against the second. `free` names words in which the two of a pair
    may differ too, as a rate that was chosen for each model. Records of other values are not looked
    at.

    Pairs of one seed hang together (a seed decides first weights and integers at every lag), so
    seeds are the sample: the interval is Student's on them, and with equally many pairs a seed
    exactly that of their mean differences. It is never narrower than what so many answers can tell,
    because seeds that all agree have no spread. The sign test asks nothing of how differences are
    spread, and its p is exact: with five seeds it is never below 0.0625.

    >>> compare(records, "model", "gru", "lstm", free=["rate"]).pairs
    15

    Raises `WordError` for an unknown word; `RecordError` where no record has a value, where no two
    make a pair, and where two could be the same one of a pair. Source: Student 1908; Newcombe 1998;
    Arbuthnot 1710 for the signs.
    """
    for name in (word, *free):
        if name not in WORDS:
            raise WordError(
                f"Records have no word {name!r} to be compared in: {named(str(name), WORDS)}"
            )
    sides = Sides.of(Rows.of(records), word, free)
    values = [_value(word, value) for value in (first, second)]
    for value in values:
        if value not in sides.places:
            known = sorted(set(map(str, sides.places)))
            raise RecordError(
                f"No record has {word} {value!r}: "
                + (alternatives(str(value), known) if known else "run an experiment first.")
            )
    if values[0] == values[1]:
        raise WordError(
            f"A comparison is of two values of {word}, not of {values[0]!r} with itself: name"
            " another."
        )
    return compare_pairs(paired(sides, *values))


def _value(word: str, value: Any) -> Any:
    """A value as rows have it: of lags a tuple."""
    if word == "lag":
        return (value,) if isinstance(value, int) else tuple(value)
    return value


class Sides(NamedTuple):
    """Rows by their values of a word, `places` in `rows`; `key` is equal for those of equal seed
    and other words but for those that are free. Shapes: (rows,).
    """

    rows: Rows
    word: str
    names: list[str]
    key: Ints
    places: dict[Any, Ints]

    @classmethod
    def of(cls, rows: Rows, word: str, free: Sequence[str], kept: Ints | None = None) -> "Sides":
        """The sides of rows, or of those that are kept."""
        given = np.arange(len(rows)) if kept is None else kept
        names = [name for name in WORDS if name not in (word, *free)]
        cell, _ = numbered(parts(rows.said, names))
        side, values = numbered([words[PLACES[word]] for words in rows.said])
        mine = side[rows.code[given]]
        places = {
            value: given[mine == place]
            for place, value in enumerate(values)
            if (mine == place).any()
        }
        return cls(
            rows, word, names, cell[rows.code] * 2**32 + rows.seed, places
        )  # a seed has 32 bits


def numbered(values: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """Equal values by one number, and the values in the order of these.

    >>> [part if isinstance(part, list) else part.tolist() for part in numbered(["b", "a", "b"])]
    [[0, 1, 0], ['b', 'a']]
    """
    number: dict[Any, int] = {}
    found = np.array([number.setdefault(value, len(number)) for value in values], int)
    return found, list(number)


class Side(NamedTuple):
    """The rows of one value: their places, what each is worth in a mean of scores, that mean, and
    their answers.
    """

    value: Any
    places: Ints
    worth: Floats
    mean: float
    answers: int


class Pairs(NamedTuple):
    """Two sides of rows that are equal in seed and all words but one, `word`, and those that are
    free.

    `cells` is in how many combinations of other words they are, `unpaired` are the ids of rows
    without a partner, and `runs` counts all rows of the two values.
    """

    rows: Rows
    word: str
    first: Side
    second: Side
    cells: int
    unpaired: tuple[str, ...]
    runs: Runs


def paired(sides: Sides, first: Any, second: Any) -> Pairs:
    """The pairs of two values of a word; raises `RecordError` as `compare` does."""
    rows, mine, theirs = sides.rows, sides.places[first], sides.places[second]
    for places in (mine, theirs):
        _check_single(rows, places, sides.key[places])
    key, left, right = np.intersect1d(
        sides.key[mine], sides.key[theirs], assume_unique=True, return_indices=True
    )
    if not len(key):
        said = [rows.words_of(places) for places in (mine, theirs)]
        apart = [
            name
            for name in sides.names
            if set(parts(said[0], [name])) != set(parts(said[1], [name]))
        ]
        raise RecordError(
            f"No record of {sides.word} {bare(first)!r} is equal in seed and all other words to one"
            f" of {bare(second)!r}: look at {listed(apart) if apart else 'their seeds'}."
        )
    every, pairs = np.concatenate([mine, theirs]), (mine[left], theirs[right])
    alone = np.setdiff1d(every, np.concatenate(pairs), assume_unique=True)
    unpaired = sorted([rows.columns["id"][place] for place in alone.tolist()])
    runs = Cells(rows, every, np.array([0, len(every)])).runs[0]
    return Pairs(
        rows,
        sides.word,
        _side(rows, first, pairs[0]),
        _side(rows, second, pairs[1]),
        len(np.unique(key >> 32)),
        tuple(unpaired),
        runs,
    )


def _check_single(rows: Rows, places: Ints, keys: Ints) -> None:
    """Nothing, or a `RecordError` where two rows of a side have the same key."""
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(np.diff(keys[order]) == 0)
    if len(twice):
        one, other = (rows[int(place)].id for place in places[order][twice[0] : twice[0] + 2])
        raise RecordError(
            f"A pair has one record a side, and {one} and {other} could both be it: leave one out."
        )


def _side(rows: Rows, value: Any, places: Ints) -> Side:
    worth = worth_of(rows)[places]
    answers = int(rows.numbers("answers")[places].sum())
    return Side(value, places, worth, math.fsum(worth.tolist()) / len(worth), answers)


def compare_pairs(pairs: Pairs) -> Comparison:
    """As `compare`, of its pairs."""
    seeds = pairs.rows.seed[pairs.first.places]
    order = np.argsort(seeds, kind="stable")
    less = pairs.first.worth - pairs.second.worth
    by_seed = np.split(less[order], np.flatnonzero(np.diff(seeds[order])) + 1)
    sums = [math.fsum(differences.tolist()) for differences in by_seed]
    better, worse = sum(total > 0 for total in sums), sum(total < 0 for total in sums)
    return Comparison(
        word=pairs.word,
        first=pairs.first.value,
        second=pairs.second.value,
        runs=pairs.runs,
        difference=_difference(pairs, by_seed),
        p=sign_test(better, worse),
        seeds=len(by_seed),
        better=better,
        worse=worse,
        cells=pairs.cells,
        pairs=len(less),
        unpaired=pairs.unpaired,
    )


def sign_test(better: int, worse: int) -> float:
    """The exact two-sided p of so many signs each way, were both equally likely.

    >>> sign_test(5, 0)
    0.0625
    """
    signs = better + worse
    tail = sum(math.comb(signs, count) for count in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / 2**signs)


def _difference(pairs: Pairs, by_seed: Sequence[Floats]) -> Estimate:
    """The mean over pairs, with the spread of what each seed adds to it (Liang and Zeger 1986)."""
    count, seeds = len(pairs.first.worth), len(by_seed)
    mean = math.fsum(np.concatenate(by_seed).tolist()) / count
    below, above = _of_answers(pairs)
    if seeds > 1:
        adds = [math.fsum((seed - mean).tolist()) / count for seed in by_seed]
        half = student(seeds - 1) * math.sqrt(
            math.fsum(add * add for add in adds) * seeds / (seeds - 1)
        )
        below, above = max(below, half), max(above, half)
    return Estimate(
        mean, max(-1.0, mean - below), min(1.0, mean + above), PAIRED if seeds > 1 else ONE_PAIR
    )


def _of_answers(pairs: Pairs) -> tuple[float, float]:
    """How far below and above the difference Newcombe's interval on all answers reaches; nothing
    where all diverged.
    """
    first, second = _pooled(pairs.first), _pooled(pairs.second)
    below = math.hypot(first.value - first.low, second.high - second.value)
    return below, math.hypot(first.high - first.value, second.value - second.low)


def _pooled(side: Side) -> Score:
    return (
        Score.of(side.mean, side.answers)
        if side.answers
        else Score(side.mean, side.mean, side.mean, 0)
    )
