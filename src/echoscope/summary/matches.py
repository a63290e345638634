"""Which values of a word are compared, over which records: the word's usual value against each other one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echoscope.errors import RecordError, WordError, alternatives
from echoscope.experiment import Experiment
from echoscope.row import PLACES, WORDS, Row, said, words_of
from echoscope.summary.comparison import Comparison, compare
from echoscope.summary.judged import Judged
from echoscope.summary.standing import score_of

USUAL = ("model", "direction", "layers", "encoding", "state", "gaps", "draw")  # what is compared unless a word is named


@dataclass(frozen=True)
class Matched(Judged):
    """A comparison, and what it lies between: the mean score of either value over the pairs, the best guess without
    memory, and the lowest of the best scores that can be expected (None of own integers).
    """

    comparison: Comparison
    first_score: float
    second_score: float
    chance: float
    bound: float | None


def word_of(compared: str | None, rows: Sequence[Row], varied: Sequence[str]) -> str | None:
    """The word to compare: the one that was asked for, or the first of `USUAL` that varies, None without any.

    Raises `WordError` for what is no word, and `RecordError` for one in which all records are equal.
    """
    if compared is None:
        return next((name for name in USUAL if name in varied), None)
    if compared not in WORDS:
        raise WordError(f"Records have no word {compared!r} to be compared in: {alternatives(compared, WORDS)}")
    if compared not in varied:
        raise RecordError(f"All records have the same {compared}, so there is nothing to compare: " + (
            alternatives(compared, varied) if varied else "train some that differ."))  # fmt: skip
    return compared


def matches(rows: Sequence[Row], word: str) -> tuple[list[Matched], list[str]]:
    """The first value of a word against each other, and sentences on those without a pair.

    The first is the word's usual value (lstm, forward, one layer, one-hot) if any record has it, or else the least. A
    rate may differ within a pair: the rows are of one rate for each seed and cell, as `chosen_by_halves` chooses it.
    """
    lots: dict[Any, list[Row]] = {}
    for (value,), row in zip(said(rows, [word]), rows, strict=True):
        lots.setdefault(value, []).append(row)
    usual = words_of(Experiment())[PLACES[word]]
    values = sorted(lots, key=lambda one: (one != usual, one is None, one))
    found, unsaid = [], []
    for other in values[1:]:
        some = [*lots[values[0]], *lots[other]]
        try:
            found.append(_matched(some, compare(some, word, values[0], other, [] if word == "rate" else ["rate"])))
        except RecordError as error:
            unsaid.append(str(error))
    return found, unsaid


def _matched(rows: Sequence[Row], comparison: Comparison) -> Matched:
    alone = set(comparison.unpaired)
    paired = [row for row in rows if row.id not in alone]
    sides = ([score_of(row) for row in paired if row.word(comparison.word) == side]
             for side in (comparison.first, comparison.second))  # fmt: skip
    first, second = (math.fsum(scores) / len(scores) for scores in sides)
    bounds = [row.bound for row in paired if row.bound is not None]
    return Matched(comparison, first, second, max(row.chance for row in paired), min(bounds, default=None))
