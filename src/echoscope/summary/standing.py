"""A summary of records: groups that differ in words, and how well each group does over its seeds.

Two rules hold in all that is judged here, in `survival`, `spans`, `comparison` and `rates`. A run that diverged counts
as chance where scores are averaged and as not solved where runs are counted, so that it is never left out. And what is
judged over seeds differs in nothing but seed, so that no interval mixes seeds with lags or units.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter, ge, itemgetter
from typing import Any, NamedTuple

from echoscope.errors import RecordError, WordError, alternatives
from echoscope.record import Record
from echoscope.row import PLACES, WORDS, Row, rows_of, said, unlike
from echoscope.score import mean_and_ends, wilson
from echoscope.words import positive

STUDENT = "mean and Student's interval over seeds, cut to 0..1, never narrower than Wilson's on all answers"
ONE_RUN = "Wilson's on the answers of one run; it says nothing of other seeds"
WILSON = "Wilson's on runs"

_BY_SEED = attrgetter("seed", "created")

Words = tuple[Any, ...]
Records = Iterable[Record | Row]  # both are judged alike; a store gives rows of many records quickly


@dataclass(frozen=True)
class Judged:
    """What every judgement can do: say itself in JSON."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, every field said."""
        return {name: _plain(value) for name, value in self.parts().items()}

    def parts(self) -> dict[str, Any]:
        """What is said in JSON, of which values may themselves be judgements."""
        return self.__dict__


@dataclass(frozen=True)
class Estimate(Judged):
    """A number with its 95 % interval and the method it was made by.

    Each of the three is None where the runs do not say it: a median that half of the runs never reach, a spread of one
    seed.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str


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
        """The cell of records that may be judged together; raises as `seeds_of`."""
        seeds = seeds_of(records)
        return cls(seeds, Runs.of(seeds))


@dataclass(frozen=True)
class Standing(Judged):
    """How well the seeds of one group do: their mean score, and the share of them that reach the wanted one.

    `score` is None where every run diverged: nothing was measured. `solved` is a share of runs, 0 to 1.
    """

    runs: Runs
    wanted: float
    score: Estimate | None
    solved: Estimate


def groups_of(records: Records, by: Sequence[str]) -> dict[Words, tuple[Row, ...]]:
    """Rows of records by the values of some words: keys in the order of their values, groups in that of seeds.

    `by` names any words of a task, an experiment or a fit but seed, for seeds are what a group is judged over; no word
    at all is one group. A None (window none, stop none) comes last. Raises `WordError` for other names.

    >>> list(groups_of([], ["model", "lag"]))
    []
    """
    return {key: tuple(sorted(rows, key=_BY_SEED)) for key, rows in lots_of(records, by).items()}


def lots_of(records: Records, by: Sequence[str]) -> dict[Words, list[Row]]:
    """As `groups_of`, each group in the order in which its records came."""
    names = (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if name == "seed":
            raise WordError("Records are not grouped by seed, because a group is judged over its seeds: leave it out.")
        if name not in WORDS:
            raise WordError(f"Records have no word {name!r} to be grouped by: {alternatives(str(name), WORDS)}")
    groups: dict[Words, list[Row]] = defaultdict(list)
    given = rows_of(records)
    for key, row in zip(said(given, names), given, strict=True):
        groups[key].append(row)
    return {key: groups[key] for key in _ordered(groups)}


def cells_of(cells: Iterable[Cell], by: Sequence[str]) -> dict[Words, list[Cell]]:
    """Cells by the values of some words, as `groups_of` has them of records."""
    given = list(cells)
    groups: dict[Words, list[Cell]] = defaultdict(list)
    for key, cell in zip(said([cell.seeds[0] for cell in given], by), given, strict=True):
        groups[key].append(cell)
    return {key: groups[key] for key in _ordered(groups)}


def seeds_of(records: Records) -> tuple[Row, ...]:
    """The records' rows in the order of their seeds, if seed is all in which they differ.

    Raises `RecordError` for none, for records that differ in another word, and for a seed that is there twice.
    """
    given = rows_of(records)
    if not given:
        raise RecordError("Runs are judged from one record on, not none: run an experiment first.")
    words = [row.words for row in given]
    if words.count(words[0]) < len(words):
        check_equal(given, WORDS)
    seeds = [row.seed for row in given]
    if any(map(ge, seeds, seeds[1:])):  # not in order yet
        given.sort(key=_BY_SEED)
        for one, other in pairwise(given):
            if one.seed == other.seed:
                raise RecordError("Records judged over seeds must each have their own seed, and seed "
                                  f"{one.seed} is there twice: leave one out.")  # fmt: skip
    return tuple(given)


def check_equal(records: Records, names: Sequence[str]) -> None:
    """Nothing, or a `RecordError` if records that are judged together differ in some of these words."""
    given = unlike(rows_of(records))
    if len(set(said(given, names))) < 2:
        return
    apart = [name for name in names if len(said_of(given, name)) > 1]
    if apart:
        raise RecordError(f"Records that are judged together must be equal in {listed(apart)}, and these differ: "
                          "group them by that first.")  # fmt: skip


def said_of(records: Records, name: str) -> set[Any]:
    """Every value that records have of a word."""
    return {*map(itemgetter(PLACES[name]), map(attrgetter("words"), rows_of(records)))}


def listed(names: Sequence[str]) -> str:
    """Names as a sentence says them.

    >>> listed(["lag", "units", "rate"])
    'lag, units and rate'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def score_of(record: Row) -> float:
    """A run's score where scores are averaged: one that diverged remembers nothing, which is worth chance."""
    return record.chance if record.score is None else record.score


def reaches(record: Row, wanted: float) -> bool:
    """Whether a run ended with the wanted score on fresh answers; one that diverged has not."""
    return record.score is not None and record.score >= wanted


def settled(wanted: object, chance: float) -> float:
    """The wanted score, if it is a share that a guess without memory does not reach; else a `WordError`."""
    share = positive("wanted", wanted, 1)
    if share <= chance:
        raise WordError(f"wanted must be above chance, which is {chance:g}, not {share:g}: a guess without memory "
                        "reaches that; ask for more.")  # fmt: skip
    return share


def judge(records: Records, wanted: object = 0.99) -> Standing:
    """How well the seeds of one group do. Shapes: at least one record; they differ in nothing but seed.

    The score is the mean over seeds with Student's 95 % interval: the seeds are the sample, and no resampling of three
    or five of them covers as well. It is cut to 0..1, and never narrower than Wilson's on all answers, because seeds
    that all agree have no spread. What no seed has shown, as a failure of one in ten, it cannot know: for that, look at
    the share of runs that reach `wanted`, with Wilson's interval on runs (of five that all do, from 57 %).

    >>> judge([record]).solved.method
    "Wilson's on runs"

    Raises `WordError` unless `wanted` is above chance and at most 1, `RecordError` for records of other words.
    Source: Student 1908; Wilson 1927; Agarwal et al. 2021 for reporting intervals over few runs.
    """
    cell = Cell.of(records)
    return standing_of(cell, settled(wanted, cell.runs.chance))


def standing_of(cell: Cell, wanted: float) -> Standing:
    """As `judge`, of a cell and a score above its chance."""
    return Standing(cell.runs, wanted, mean_over(cell.seeds), share_solved(cell.seeds, wanted))


def share_solved(records: Sequence[Row], wanted: float) -> Estimate:
    """The share of all runs that reach the wanted score, with Wilson's interval. Shapes: at least one record."""
    right = [record for record in records if record.score is not None and record.score >= wanted]
    return _solved(len(right), len(records))


@lru_cache(maxsize=4096)
def _solved(right: int, runs: int) -> Estimate:
    return Estimate(right / runs, *wilson(right / runs, runs), WILSON)


def mean_over(records: Sequence[Row], method: str = STUDENT) -> Estimate | None:
    """The mean score of at least one seed, with its interval as `judge` has it; None where every run diverged.

    `method` is what to call that of several seeds; one has the interval of its own answers.
    """
    if all(record.score is None for record in records):
        return None
    if len(records) == 1:
        (one,) = records
        known = one.score_low is not None and one.score_high is not None
        return Estimate(one.score, *((one.score_low, one.score_high) if known else (0.0, 1.0)), ONE_RUN)
    own = records[0].word("data") is not None  # every seed is asked the same held-out answers
    asked = [0 if record.score is None else record.answers for record in records]
    scores = [record.chance if record.score is None else record.score for record in records]
    return Estimate(*mean_and_ends(scores, max(asked) if own else sum(asked)), method)


def _ordered(keys: Iterable[Words]) -> list[Words]:
    given = list(keys)
    if any(None in key for key in given):
        return sorted(given, key=lambda key: [(value is None, value) for value in key])
    return sorted(given)


def _plain(value: Any) -> Any:
    if isinstance(value, Judged):
        return value.to_json()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value
