"""Two models, or any two values of one word, side by side: the same seeds, all other words equal."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echoscope.errors import RecordError, WordError, alternatives
from echoscope.row import WORDS, Row, by_words, rows_of, said
from echoscope.score import Score, student
from echoscope.study.axis import bare
from echoscope.summary.cells import Records, Runs, said_of
from echoscope.summary.judged import Estimate, Judged, listed
from echoscope.summary.standing import score_of

PAIRED = "paired Student's over seeds, cut to -1..1, never narrower than Newcombe's on all answers"
ONE_PAIR = "Newcombe's on the answers of one seed; it says nothing of other seeds"

Pair = tuple[Row, Row]


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
    given = rows_of(records)
    mine = [value for (value,) in said(given, [word])]
    values = [(value,) if word == "lag" and isinstance(value, int) else value for value in (first, second)]
    some, others = ([record for record, own in zip(given, mine, strict=True) if own == value] for value in values)
    for lot, value in ((some, values[0]), (others, values[1])):
        if not lot:
            known = sorted(set(map(str, mine)))
            raise RecordError(f"No record has {word} {value!r}: " + (
                alternatives(str(value), known) if known else "run an experiment first."))  # fmt: skip
    if values[0] == values[1]:
        raise WordError(f"A comparison is of two values of {word}, not of {values[0]!r} with itself: name another.")
    pairs, unpaired = _paired(some, others, [name for name in WORDS if name not in (word, *free)])
    if not pairs:
        apart = [name for name in WORDS
                 if name not in (word, *free) and said_of(some, name) != said_of(others, name)]  # fmt: skip
        raise RecordError(f"No record of {word} {bare(values[0])!r} is equal in seed and all other words to one of "
                          f"{bare(values[1])!r}: look at {listed(apart) if apart else 'their seeds'}.")  # fmt: skip
    return _judged(word, values, Runs.of([*some, *others]), pairs, unpaired)


def _paired(some: list[Row], others: list[Row], names: list[str]) -> tuple[dict[Any, Pair], tuple[str, ...]]:
    """Pairs by their other words and seed, and the ids of the records without a partner, sorted."""
    mine, theirs = (_by_key(lot, names) for lot in (some, others))
    pairs = {key: (mine[key], theirs[key]) for key in mine if key in theirs}
    left = [record.id for lot in (mine, theirs) for key, record in lot.items() if key not in pairs]
    return pairs, tuple(sorted(left))


def _by_key(records: list[Row], names: list[str]) -> dict[Any, Row]:
    found: dict[Any, Row] = {}
    lots = by_words(records)
    for words, lot in zip(said([lot[0] for lot in lots], names), lots, strict=True):
        for record in lot:
            key = (words, record.seed)
            if key in found:
                raise RecordError(f"A pair has one record a side, and {found[key].id} and {record.id} could both be "
                                  "it: leave one out.")  # fmt: skip
            found[key] = record
    return found


def _judged(word: str, values: list[Any], runs: Runs, pairs: dict[Any, Pair], unpaired: tuple[str, ...]) -> Comparison:
    by_seed: dict[int, list[float]] = defaultdict(list)
    for (_, seed), (mine, theirs) in pairs.items():
        by_seed[seed].append(score_of(mine) - score_of(theirs))
    sums = [math.fsum(differences) for differences in by_seed.values()]
    better, worse = sum(total > 0 for total in sums), sum(total < 0 for total in sums)
    return Comparison(
        word=word,
        first=values[0],
        second=values[1],
        runs=runs,
        difference=_difference(list(pairs.values()), list(by_seed.values())),
        p=sign_test(better, worse),
        seeds=len(by_seed),
        better=better,
        worse=worse,
        cells=len({cell for cell, _ in pairs}),
        pairs=len(pairs),
        unpaired=unpaired,
    )


def sign_test(better: int, worse: int) -> float:
    """The exact two-sided p of so many signs each way, were both equally likely.

    >>> sign_test(5, 0)
    0.0625
    """
    signs = better + worse
    tail = sum(math.comb(signs, count) for count in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / 2**signs)


def _difference(pairs: Sequence[Pair], by_seed: Sequence[Sequence[float]]) -> Estimate:
    """The mean over pairs, with the spread of what each seed adds to it (Liang and Zeger 1986)."""
    mean = math.fsum(value for seed in by_seed for value in seed) / len(pairs)
    below, above = _of_answers(pairs)
    seeds = len(by_seed)
    if seeds > 1:
        adds = [math.fsum(value - mean for value in seed) / len(pairs) for seed in by_seed]
        half = student(seeds - 1) * math.sqrt(math.fsum(add * add for add in adds) * seeds / (seeds - 1))
        below, above = max(below, half), max(above, half)
    return Estimate(mean, max(-1.0, mean - below), min(1.0, mean + above), PAIRED if seeds > 1 else ONE_PAIR)


def _of_answers(pairs: Sequence[Pair]) -> tuple[float, float]:
    """How far below and above the difference Newcombe's interval on all answers reaches; nothing where all diverged."""
    first, second = (_pooled(side) for side in zip(*pairs, strict=True))
    below = math.hypot(first.value - first.low, second.high - second.value)
    return below, math.hypot(first.high - first.value, second.value - second.low)


def _pooled(records: Sequence[Row]) -> Score:
    share = math.fsum(map(score_of, records)) / len(records)
    answers = sum(record.answers for record in records)
    return Score.of(share, answers) if answers else Score(share, share, share, 0)
