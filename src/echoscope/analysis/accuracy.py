"""How well one group does over its seeds: its mean score, and the share of its runs that reach the
wanted one.

Two rules hold in all that is judged here, in `survival`, `spans`, `comparison` and `rates`. A run
that diverged counts as chance where scores are averaged and as not solved where runs are counted,
so that it is never left out. And what is judged over seeds differs in nothing but seed, as a cell
of `Cells` does.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from echoscope.analysis.estimate import Estimate, Judged, estimates
from echoscope.analysis.groups import Cells, Flags, Ints, Records, Runs, cell_of
from echoscope.errors import WordError
from echoscope.runs.table import DATA, Row, Rows
from echoscope.settings import positive
from echoscope.stats.intervals import Floats, means_and_ends, wilson

STUDENT = (
    "mean and Student's interval over seeds, cut to 0..1, never narrower than Wilson's on all"
    " answers"
)
ONE_RUN = "Wilson's on the answers of one run; it says nothing of other seeds"
WILSON = "Wilson's on runs"


@dataclass(frozen=True)
class Standing(Judged):
    """How well the seeds of one group do: their mean score, and the share of them that reach the
    wanted one.

    `score` is None where every run diverged: nothing was measured. `solved` is a share of runs, 0
    to 1.
    """

    runs: Runs
    wanted: float
    score: Estimate | None
    solved: Estimate


def worth_of(rows: Rows) -> Floats:
    """Scores where they are averaged: a run that diverged remembers nothing, which is worth chance.
    Shapes: (rows,).
    """
    score = rows.numbers("score")
    return np.where(np.isnan(score), rows.numbers("chance"), score)


def reached(rows: Rows, wanted: float) -> Flags:
    """Which runs ended with the wanted score on fresh answers; one that diverged has not. Shapes:
    (rows,).
    """
    return rows.numbers("score") >= wanted


def settled(wanted: object, chance: float) -> float:
    """The wanted score, if it is a share that a rule without a memory does not reach; else a
    `WordError`.

    Where such a rule is always right, as of some own integers, no score is above it, and none is
    refused.
    """
    share = positive("wanted", wanted, 1)
    if share <= chance < 1:
        raise WordError(
            f"wanted must be above chance, which is {chance:g}, not {share:g}: a guess without"
            " memory reaches that; ask for more."
        )
    return share


def judge(records: Records, wanted: object = 0.99) -> Standing:
    """How well the seeds of one group do. Shapes: at least one record; they differ in nothing but
    seed.

    The score is the mean over seeds with Student's 95 % interval: the seeds are the sample, and no
    resampling of three or five of them covers as well. It is cut to 0..1, and never narrower than
    Wilson's on all answers, because seeds that all agree have no spread. What no seed has shown, as
    a failure of one in ten, it cannot know: for that, look at the share of runs that reach
    `wanted`, with Wilson's interval on runs (of five that all do, from 57 %).

    >>> judge([record]).solved.method
    "Wilson's on runs"

    Raises `WordError` unless `wanted` is above chance and at most 1, `RecordError` for records of
    other words. Source: Student 1908; Wilson 1927; Agarwal et al. 2021 for reporting intervals over
    few runs.
    """
    cell = cell_of(records)
    (found,) = standings_of(cell, settled(wanted, cell.runs[0].chance))
    return found


def standings_of(cells: Cells, wanted: float) -> list[Standing]:
    """As `judge`, of many cells and a score above their chance."""
    said = zip(cells.runs, means_over(cells), shares_solved(cells, wanted), strict=True)
    return [Standing(runs, wanted, score, solved) for runs, score, solved in said]


def shares_solved(cells: Cells, wanted: float) -> list[Estimate]:
    """The share of each cell's runs that reach the wanted score, with Wilson's interval."""
    return list(
        map(_solved, cells.count(reached(cells.rows, wanted)).tolist(), cells.number.tolist())
    )


@lru_cache(maxsize=4096)
def _solved(right: int, runs: int) -> Estimate:
    low, high = wilson(right / runs, runs)
    return Estimate(right / runs, low.item(), high.item(), WILSON)


def means_over(cells: Cells, method: str = STUDENT) -> list[Estimate | None]:
    """The mean score of each cell, with its interval as `judge` has it; None where every run
    diverged.

    `method` is what to call that of several seeds; one has the interval of its own answers.
    """
    rows, worth = cells.rows, worth_of(cells.rows)
    known = ~np.isnan(rows.numbers("score"))
    asked = np.where(known, rows.numbers("answers"), 0.0)
    own = np.array(
        [words[DATA] is not None for words in rows.said]
    )  # every seed is asked the same held-out answers

    def judge(places: Ints) -> list[Estimate | None]:
        if places.shape[1] == 1:
            return [_of_answers(rows[place]) for place in places[:, 0].tolist()]
        same = own[rows.code[places[:, 0]]]
        answers = np.where(same, asked[places].max(axis=1), asked[places].sum(axis=1))
        found = estimates(*means_and_ends(worth[places], np.maximum(answers, 1.0)), method)
        measured = known[places].max(axis=1).tolist()
        return [one if any_known else None for one, any_known in zip(found, measured, strict=True)]

    return cells.together(judge)


def _of_answers(row: Row) -> Estimate | None:
    if row.score is None:
        return None
    known = row.score_low is not None and row.score_high is not None
    return Estimate(row.score, *((row.score_low, row.score_high) if known else (0.0, 1.0)), ONE_RUN)
