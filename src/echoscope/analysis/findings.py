"""Findings: all that the records of a study say together, ready for a page, a picture or a
terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np

from echoscope.analysis.accuracy import Standing, means_over, settled, shares_solved, standings_of
from echoscope.analysis.estimate import Estimate, Judged
from echoscope.analysis.groups import Cells, Ints, Records, cell_of, cells_in, differing, grouped
from echoscope.analysis.lag_grids import Over, many, overs
from echoscope.analysis.learning_rates import RATE, RateChoice, choices_over, ended, halves_over
from echoscope.analysis.pairs import Matched, matches, word_of
from echoscope.analysis.time_to_solve import StepsToSolve, steps_of
from echoscope.errors import RecordError
from echoscope.runs.table import Row, Rows, parts

UNTRAINED = ("imported", "failed")  # outcomes that say nothing of how training goes
CROSSED = (
    "mean over seeds, each half at the rate that the other half chooses; Student's, as of any"
    " scores over seeds"
)


@dataclass(frozen=True)
class Group(Judged):
    """The runs that differ in seed alone: their words that vary in the study, and how they do.

    `bound` is the best score that can be expected (None of own integers), `parameters` and
    `state_size` are the network's, `seconds` the mean a run took, compiling included.
    """

    words: dict[str, Any]
    standing: Standing
    steps: StepsToSolve
    bound: float | None
    parameters: int | None
    state_size: int | None
    seconds: float

    def parts(self) -> dict[str, Any]:
        """What is said in JSON, the parts of the standing beside the others."""
        mine = super().parts()
        rest = {name: mine[name] for name in mine if name not in ("words", "standing")}
        return {"words": self.words, **self.standing.parts(), **rest}


@dataclass(frozen=True)
class Tuned(Judged):
    """The rate that was chosen for one group apart from rate, by the ends of all its training
    curves.

    `words` are its words that vary, but rate. `score` and `solved` are of `seeds` seeds, each half
    of them at the rate that the other half chooses, so that the choice does not flatter them: None
    for a single seed. `agree` of these seeds stand at the rate chosen by all. `solved` is None,
    too, where a guess without memory has the wanted score.
    """

    words: dict[str, Any]
    choice: RateChoice
    score: Estimate | None
    solved: Estimate | None
    seeds: int
    agree: int
    bound: float | None


@dataclass(frozen=True)
class Findings(Judged):
    """`varied` are the words in which the records differ; `groups` are in the order of their
    values, told apart by the words `by`.

    `over` is empty where neither lags nor units vary, `rates` where no group was tried with
    several. `compared` is the word whose values `comparisons` set side by side, None where none
    varies. `failed` are the runs that failed, which stand in no group; `imported` counts the
    networks that were not trained here, which do not either. `unsaid` has a sentence for whatever
    could not be judged, and why.
    """

    varied: tuple[str, ...]
    wanted: float
    groups: tuple[Group, ...]
    over: tuple[Over, ...]
    failed: tuple[Row, ...]
    by: tuple[str, ...] = ()
    rates: tuple[Tuned, ...] = ()
    compared: str | None = None
    comparisons: tuple[Matched, ...] = ()
    imported: int = 0
    unsaid: tuple[str, ...] = ()

    def parts(self) -> dict[str, Any]:
        """What is said in JSON; of a failed run its id, its seed and its words that vary."""
        failed = [
            {
                "id": row.id,
                "seed": row.seed,
                "words": {name: row.word(name) for name in self.varied},
            }
            for row in self.failed
        ]
        return super().parts() | {"failed": failed}


def gather(
    records: Records, wanted: object = 0.99, by: Sequence[str] = (), compared: str | None = None
) -> Findings:
    """Every group of the records judged over its seeds, every grid of lags or units, every chosen
    rate, and the values of one word side by side. What cannot be judged is left out with a sentence
    in `unsaid`.

    Groups are told apart by the words `by`, or else by all in which the records differ. `compared`
    is the word to compare: if not said, the first that varies of `matches.USUAL`.

    >>> gather(records).varied
    ('lag', 'units')

    Raises `RecordError` where no record was trained, where `by` leaves out a word in which the
    records differ, for two records of equal words and seed, and for a `compared` word in which all
    are equal; `WordError` for an unknown word, and unless `wanted` is at most 1 and above the
    chance of at least one group.
    """
    rows = Rows.of(records)
    trained = ~rows.became(*UNTRAINED)
    if not trained.any():
        raise RecordError(
            "Findings are of trained records, and here is none: run an experiment first."
        )
    varied = tuple(differing(rows.words_of(trained)))
    word = word_of(compared, varied)
    share = settled(wanted, float(rows.numbers("chance")[trained].min()))
    names = tuple(by) or varied
    keys, cells = cells_in(rows, names, trained)
    able = np.flatnonzero([runs.chance < share or runs.chance == 1 for runs in cells.runs])
    judged = cells.take(able)
    groups = _groups(
        [dict(zip(names, keys[place], strict=True)) for place in able.tolist()], judged, share
    )
    over, alone = overs(judged, varied, share)
    rates, chosen, untuned = _rates(cells, varied, share)
    kept = np.flatnonzero(trained) if word == "rate" else chosen
    comparisons, apart = matches(rows, word, kept) if word else ([], [])
    failed = tuple([rows[place] for place in np.flatnonzero(rows.became("failed")).tolist()])
    imported = len(rows) - int(trained.sum()) - len(failed)
    needless = sum(runs.chance == 1 for runs in cells.runs)
    known = [
        f"Of memory nothing is said by {many(needless, 'group')}: a rule without one is always"
        " right there."
    ]
    left = (
        [
            f"Left out, for a guess without memory has the score {share:g} there:"
            f" {len(cells) - len(judged):,} of {many(len(cells), 'group')}; ask for more."
        ]
        if len(judged) < len(cells)
        else []
    )
    untold = [
        f"In no group, for how it was trained is not known: {many(imported, 'imported network')}."
    ]
    return Findings(
        varied,
        share,
        tuple(groups),
        tuple(over),
        failed,
        names,
        tuple(rates),
        word,
        tuple(comparisons),
        imported,
        (
            *left,
            *(known if needless else []),
            *alone,
            *untuned,
            *apart,
            *(untold if imported else []),
        ),
    )


def group_of(words: dict[str, Any], records: Records, wanted: object) -> Group:
    """The judgement of one group, which has these words. Raises as `judge` and `steps_to_solve`."""
    cell = cell_of(records)
    (group,) = _groups([words], cell, settled(wanted, cell.runs[0].chance))
    return group


def _groups(words: Sequence[dict[str, Any]], cells: Cells, wanted: float) -> list[Group]:
    seconds = (
        np.add.reduceat(cells.rows.numbers("seconds")[cells.places], cells.start[:-1])
        / cells.number
    )
    facts = (
        map(cells.rows.columns[name].__getitem__, cells.first)
        for name in ("bound", "parameters", "state_size")
    )
    return list(
        map(
            Group,
            words,
            standings_of(cells, wanted),
            steps_of(cells, wanted),
            *facts,
            seconds.tolist(),
        )
    )


def _rates(
    cells: Cells, varied: tuple[str, ...], wanted: float
) -> tuple[list[Tuned], Ints, list[str]]:
    """Chosen rates; of every group apart from rate the rows that the choice does not flatter; and
    what is unsaid.
    """
    if "rate" not in varied:
        return [], cells.places, []
    names, able = [name for name in varied if name != "rate"], cells.only(ended(cells.rows))
    tuned, chosen = _tuned(able, names, wanted) if len(able) else ([], able.places)
    unsaid = []
    lost = len(cells.places) - len(able.places)
    if lost:
        unsaid.append(
            "Without a training curve, and so without a part in choosing a rate:"
            f" {many(lost, 'run')}."
        )
    alone = sum(not one.seeds for one in tuned)
    if alone:
        unsaid.append(
            "Chosen by the only seed there is, and so without a score that the choice does not"
            f" flatter: {alone:,} of {many(len(tuned), 'rate')}; train more seeds."
        )
    return tuned, chosen, unsaid


def _tuned(cells: Cells, names: Sequence[str], wanted: float) -> tuple[list[Tuned], Ints]:
    """As `_rates`, of cells of runs that all say how training ends."""
    by_rate = sorted(range(len(cells)), key=[words[RATE] for words in cells.words].__getitem__)
    lots = grouped(parts([cells.words[place] for place in by_rate], names), by_rate)
    ordered, start = (
        cells.take(list(chain(*lots.values()))),
        [0, *accumulate(map(len, lots.values()))],
    )
    choices, kept = choices_over(ordered, start), halves_over(ordered, start)
    several = [lot for lot, (first, last) in enumerate(pairwise(start)) if last - first > 1]
    some = [lot for lot in several if kept.number[lot]]
    scores = dict(zip(some, means_over(kept.take(some), CROSSED), strict=True))
    shares = dict(zip(some, shares_solved(kept.take(some), wanted), strict=True))
    rates = np.array([words[RATE] for words in cells.rows.said])[cells.rows.code[kept.places]]
    lot_of = np.repeat(np.arange(len(lots)), kept.number)
    agreeing = rates == np.array([choice.rate for choice in choices])[lot_of]
    agree = np.bincount(lot_of[agreeing], minlength=len(lots)).tolist()
    bounds = list(map(cells.rows.columns["bound"].__getitem__, ordered.first))
    seeds, keys = kept.number.tolist(), list(lots)
    tuned = [
        Tuned(
            dict(zip(names, keys[lot], strict=True)),
            choice,
            scores.get(lot),
            shares.get(lot) if choice.runs.chance < wanted else None,
            seeds[lot],
            agree[lot],
            bounds[start[lot]],
        )
        for lot in several
        for choice in (choices[lot],)
    ]
    return tuned, kept.places
