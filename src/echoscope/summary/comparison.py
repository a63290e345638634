"""Two models, or any two values of one word, side by side: the same seeds, all other words equal."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from echoscope.errors import RecordError, WordError, alternatives
from echoscope.row import WORDS, Row, by_words, rows_of, said
from echoscope.score import Floats, Score, student
from echoscope.study.axis import bare
from echoscope.summary.cells import Lots, Records, Runs, Words, lots_of, said_of
from echoscope.summary.judged import Estimate, Judged, listed
from echoscope.summary.standing import worths

PAIRED = "paired Student's over seeds, cut to -1..1, never narrower than Newcombe's on all answers"
ONE_PAIR = "Newcombe's on the answers of one seed; it says nothing of other seeds"


@dataclass(frozen=True)
class Comparison(Judged):
    """Mean score of the `first` value of a word less that of the `second`, over pairs of equal seed and other words.

    `cells` are the combinations of other words in which there are pairs. Of the `seeds`, `better` have a higher mean
    score with the first, `worse` a lower one, the others an equal one; `p` is the exact two-sided sign test's on these
    (1 where all are equal). `unpaired` are the ids of records of the two values without a partner, which say nothing.
    `runs` counts all records of the two values.
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


def compare(records: Records, word: str, first: Any, second: Any, free: Sequence[str] = ()) -> Comparison:
    """The first value of a word against the second. `free` names words in which the two of a pair may differ too, as a
    rate that was chosen for each model. Records of other values are not looked at.

    Pairs of one seed hang together (a seed decides first weights and integers at every lag), so seeds are the sample:
    the interval is Student's on them, and with equally many pairs a seed exactly that of their mean differences. It is
    never narrower than what so many answers can tell, because seeds that all agree have no spread. The sign test asks
    nothing of how differences are spread, and its p is exact: with five seeds it is never below 0.0625.

    >>> compare(records, "model", "gru", "lstm", free=["rate"]).pairs
    15

    Raises `WordError` for an unknown word; `RecordError` where no record has a value, where no two make a pair, and
    where two could be the same one of a pair. Source: Student 1908; Newcombe 1998; Arbuthnot 1710 for the signs.
    """
    for name in (word, *free):
        if name not in WORDS:
            raise WordError(f"Records have no word {name!r} to be compared in: {alternatives(str(name), WORDS)}")
    sides = {value: lots for (value,), lots in lots_of(by_words(rows_of(records)), [word]).items()}
    values = [(value,) if word == "lag" and isinstance(value, int) else value for value in (first, second)]
    for value in values:
        if value not in sides:
            known = sorted(set(map(str, sides)))
            raise RecordError(f"No record has {word} {value!r}: " + (
                alternatives(str(value), known) if known else "run an experiment first."))  # fmt: skip
    if values[0] == values[1]:
        raise WordError(f"A comparison is of two values of {word}, not of {values[0]!r} with itself: name another.")
    return compare_pairs(paired(sides[values[0]], sides[values[1]], word, free))


class Side(NamedTuple):
    """The rows of one value, what each is worth in a mean of scores, and that mean."""

    rows: list[Row]
    worth: Floats
    mean: float

    @classmethod
    def of(cls, rows: list[Row]) -> "Side":
        """The side of at least one row."""
        (worth,) = worths([rows])
        return cls(rows, worth, math.fsum(worth.tolist()) / len(rows))


class Pairs(NamedTuple):
    """Two sides of rows that are equal in seed and all words but one, `word`, and those that are free.

    `cells` is in how many combinations of other words they are, `unpaired` are the ids of rows without a partner, and
    `runs` counts all rows of the two values.
    """

    word: str
    first: Side
    second: Side
    cells: int
    unpaired: tuple[str, ...]
    runs: Runs


def paired(some: Lots, others: Lots, word: str, free: Sequence[str]) -> Pairs:
    """The pairs of lots of two values of a word; raises `RecordError` as `compare` does."""
    names = [name for name in WORDS if name not in (word, *free)]
    mine, theirs = (_by_seed(lots, names) for lots in (some, others))
    both = {key: [seed for seed in seeds if seed in theirs[key]] for key, seeds in mine.items() if key in theirs}
    first = [mine[key][seed] for key, seeds in both.items() for seed in seeds]
    second = [theirs[key][seed] for key, seeds in both.items() for seed in seeds]
    if not first:
        apart = [name for name in names if said_of(chain(*some), name) != said_of(chain(*others), name)]
        values = (bare(lots[0][0].word(word)) for lots in (some, others))
        raise RecordError("No record of {} {!r} is equal in seed and all other words to one of {!r}: look at {}."
                          .format(word, *values, listed(apart) if apart else "their seeds"))  # fmt: skip
    rows = list(chain(*some, *others))
    known = {row.id for row in chain(first, second)}
    unpaired = sorted({row.id for row in rows} - known) if len(rows) > len(known) else []
    cells = sum(map(bool, both.values()))
    return Pairs(word, Side.of(first), Side.of(second), cells, tuple(unpaired), Runs.of(rows))


def _by_seed(lots: Lots, names: Sequence[str]) -> dict[Words, dict[int, Row]]:
    """The rows of each combination of some words, by their seeds."""
    found: dict[Words, dict[int, Row]] = defaultdict(dict)
    for words, lot in zip(said([lot[0] for lot in lots], names), lots, strict=True):
        there = found[words]
        for row in lot:
            before = there.setdefault(row.seed, row)
            if before is not row:
                raise RecordError(f"A pair has one record a side, and {before.id} and {row.id} could both be it: "
                                  "leave one out.")  # fmt: skip
    return found


def compare_pairs(pairs: Pairs) -> Comparison:
    """As `compare`, of its pairs."""
    seeds = np.array([row.seed for row in pairs.first.rows])
    order = np.argsort(seeds, kind="stable")
    less = pairs.first.worth - pairs.second.worth
    by_seed = np.split(less[order], np.flatnonzero(np.diff(seeds[order])) + 1)
    sums = [math.fsum(differences.tolist()) for differences in by_seed]
    better, worse = sum(total > 0 for total in sums), sum(total < 0 for total in sums)
    return Comparison(
        word=pairs.word,
        first=pairs.first.rows[0].word(pairs.word),
        second=pairs.second.rows[0].word(pairs.word),
        runs=pairs.runs,
        difference=_difference(pairs, by_seed),
        p=sign_test(better, worse),
        seeds=len(by_seed),
        better=better,
        worse=worse,
        cells=pairs.cells,
        pairs=len(pairs.first.rows),
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
    count, seeds = len(pairs.first.rows), len(by_seed)
    mean = math.fsum(np.concatenate(by_seed).tolist()) / count
    below, above = _of_answers(pairs)
    if seeds > 1:
        adds = [math.fsum((seed - mean).tolist()) / count for seed in by_seed]
        half = student(seeds - 1) * math.sqrt(math.fsum(add * add for add in adds) * seeds / (seeds - 1))
        below, above = max(below, half), max(above, half)
    return Estimate(mean, max(-1.0, mean - below), min(1.0, mean + above), PAIRED if seeds > 1 else ONE_PAIR)


def _of_answers(pairs: Pairs) -> tuple[float, float]:
    """How far below and above the difference Newcombe's interval on all answers reaches; nothing where all diverged."""
    first, second = _pooled(pairs.first), _pooled(pairs.second)
    below = math.hypot(first.value - first.low, second.high - second.value)
    return below, math.hypot(first.high - first.value, second.value - second.low)


def _pooled(side: Side) -> Score:
    answers = sum([row.answers for row in side.rows])
    return Score.of(side.mean, answers) if answers else Score(side.mean, side.mean, side.mean, 0)
