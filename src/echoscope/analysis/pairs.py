"""Which values of a word are compared, over which records: the word's usual value against each
other one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echoscope.analysis.comparison import Comparison, Pairs, Sides, compare_pairs, paired
from echoscope.analysis.estimate import Judged
from echoscope.analysis.groups import Ints
from echoscope.errors import RecordError, WordError, alternatives
from echoscope.experiment.experiment import Experiment
from echoscope.runs.table import PLACES, WORDS, Rows, words_of
from echoscope.synonyms import named

USUAL = (
    "model",
    "direction",
    "layers",
    "encoding",
    "state",
    "gaps",
    "draw",
)  # what is compared unless a word is named


@dataclass(frozen=True)
class Matched(Judged):
    """A comparison, and what it lies between: the mean score of either value over the pairs, the
    best guess without memory, and the lowest of the best scores that can be expected (None of own
    integers).
    """

    comparison: Comparison
    first_score: float
    second_score: float
    chance: float
    bound: float | None


def word_of(compared: str | None, varied: Sequence[str]) -> str | None:
    """The word to compare: the one that was asked for, or the first of `USUAL` that varies, None
    without any.

    Raises `WordError` for what is no word, and `RecordError` for one in which all records are
    equal.
    """
    if compared is None:
        return next((name for name in USUAL if name in varied), None)
    if compared not in WORDS:
        raise WordError(
            f"Records have no word {compared!r} to be compared in: {named(compared, WORDS)}"
        )
    if compared not in varied:
        raise RecordError(
            f"All records have the same {compared}, so there is nothing to compare: "
            + (alternatives(compared, varied) if varied else "train some that differ.")
        )
    return compared


def matches(rows: Rows, word: str, kept: Ints) -> tuple[list[Matched], list[str]]:
    """The first value of a word against each other, over the rows that are kept, and sentences on
    those without a pair.

    The first is the word's usual value (lstm, forward, one layer, one-hot) if any record has it, or
    else the least. A rate may differ within a pair: the rows are of one rate for each seed and
    cell, as `chosen_by_halves` chooses it.
    """
    sides = Sides.of(rows, word, [] if word == "rate" else ["rate"], kept)
    usual = words_of(Experiment())[PLACES[word]]
    values = sorted(sides.places, key=lambda one: (one != usual, one is None, one))
    found, unsaid = [], []
    for other in values[1:]:
        try:
            found.append(_matched(paired(sides, values[0], other)))
        except RecordError as error:
            unsaid.append(str(error))
    return found, unsaid


def _matched(pairs: Pairs) -> Matched:
    places, rows = np.concatenate([pairs.first.places, pairs.second.places]), pairs.rows
    bounds = rows.numbers("bound")[places]
    known = bounds[~np.isnan(bounds)]
    chance, bound = (
        float(rows.numbers("chance")[places].max()),
        float(known.min()) if len(known) else None,
    )
    return Matched(compare_pairs(pairs), pairs.first.mean, pairs.second.mean, chance, bound)
