"""Findings: all that the records of a study say together, ready for a page, a picture or a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echoscope.errors import RecordError
from echoscope.row import WORDS, Row, by_words, rows_of
from echoscope.summary.cells import Cell, Records, cells_in, cells_of
from echoscope.summary.judged import Estimate, Judged
from echoscope.summary.lag_grids import Over, many, overs
from echoscope.summary.matches import Matched, matches, word_of
from echoscope.summary.rates import RateChoice, choices_over, halves_over
from echoscope.summary.standing import Standing, means_over, settled, shares_solved, standings_of
from echoscope.summary.survival import StepsToSolve, steps_of

UNTRAINED = ("imported", "failed")  # outcomes that say nothing of how training goes
CROSSED = "mean over seeds, each half at the rate that the other half chooses; Student's, as of any scores over seeds"


@dataclass(frozen=True)
class Group(Judged):
    """The runs that differ in seed alone: their words that vary in the study, and how they do.

    `bound` is the best score that can be expected (None of own integers), `parameters` and `state_size` are the
    network's, `seconds` the mean a run took, compiling included.
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
    """The rate that was chosen for one group apart from rate, by the ends of all its training curves.

    `words` are its words that vary, but rate. `score` and `solved` are of `seeds` seeds, each half of them at the rate
    that the other half chooses, so that the choice does not flatter them: None for a single seed. `agree` of these
    seeds stand at the rate chosen by all. `solved` is None, too, where a guess without memory has the wanted score.
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
    """`varied` are the words in which the records differ; `groups` are in the order of their values, told apart by the
    words `by`.

    `over` is empty where neither lags nor units vary, `rates` where no group was tried with several. `compared` is the
    word whose values `comparisons` set side by side, None where none varies. `failed` are the runs that failed, which
    stand in no group; `imported` counts the networks that were not trained here, which do not either. `unsaid` has a
    sentence for whatever could not be judged, and why.
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
        failed = [{"id": row.id, "seed": row.seed, "words": {name: row.word(name) for name in self.varied}}
                  for row in self.failed]  # fmt: skip
        return super().parts() | {"failed": failed}


def gather(records: Records, wanted: object = 0.99, by: Sequence[str] = (), compared: str | None = None) -> Findings:
    """Every group of the records judged over its seeds, every grid of lags or units, every chosen rate, and the values
    of one word side by side. What cannot be judged is left out with a sentence in `unsaid`.

    Groups are told apart by the words `by`, or else by all in which the records differ. `compared` is the word to
    compare: if not said, the first that varies of `matches.USUAL`.

    >>> gather(records).varied
    ('lag', 'units')

    Raises `RecordError` where no record was trained, where `by` leaves out a word in which the records differ, for two
    records of equal words and seed, and for a `compared` word in which all are equal; `WordError` for an unknown word,
    and unless `wanted` is at most 1 and above the chance of at least one group.
    """
    every = rows_of(records)
    given = [row for row in every if row.outcome not in UNTRAINED]
    if not given:
        raise RecordError("Findings are of trained records, and here is none: run an experiment first.")
    lots = by_words(given)
    values = zip(*(lot[0].words for lot in lots), strict=True)
    varied = tuple(name for name, value in zip(WORDS, values, strict=True) if len(set(value)) > 1)
    word = word_of(compared, given, varied)
    share = settled(wanted, min([row.chance for row in given]))
    names = tuple(by) or varied
    cells = cells_in(lots, names)
    able = {key: cell for key, cell in cells.items() if cell.runs.chance < share}
    groups = tuple(_groups([dict(zip(names, key, strict=True)) for key in able], list(able.values()), share))
    over, alone = overs(list(able.values()), varied, share)
    rates, chosen, untuned = _rates(list(cells.values()), varied, share)
    comparisons, apart = matches(given if word == "rate" else chosen, word) if word else ([], [])
    failed = tuple(row for row in every if row.outcome == "failed")
    imported = len(every) - len(given) - len(failed)
    left = [f"Left out, for a guess without memory has the score {share:g} there: {len(cells) - len(able):,} of "
            f"{many(len(cells), 'group')}; ask for more."] if len(able) < len(cells) else []  # fmt: skip
    untold = [f"In no group, for how it was trained is not known: {many(imported, 'imported network')}."]
    return Findings(varied, share, groups, tuple(over), failed, names, tuple(rates), word, tuple(comparisons),
                    imported, (*left, *alone, *untuned, *apart, *(untold if imported else [])))  # fmt: skip


def group_of(words: dict[str, Any], records: Records, wanted: object) -> Group:
    """The judgement of one group, which has these words. Raises as `judge` and `steps_to_solve`."""
    cell = Cell.of(records)
    (group,) = _groups([words], [cell], settled(wanted, cell.runs.chance))
    return group


def _groups(words: Sequence[dict[str, Any]], cells: Sequence[Cell], wanted: float) -> list[Group]:
    judged = zip(words, cells, standings_of(cells, wanted), steps_of(cells, wanted), strict=True)
    return [Group(said, standing, steps, first.bound, first.parameters, first.state_size,
                  sum([row.seconds for row in cell.seeds]) / len(cell.seeds))
            for said, cell, standing, steps in judged for first in cell.seeds[:1]]  # fmt: skip


def _rates(cells: list[Cell], varied: tuple[str, ...], wanted: float) -> tuple[list[Tuned], list[Row], list[str]]:
    """Chosen rates; of every group apart from rate the rows that the choice does not flatter; and what is unsaid."""
    if "rate" not in varied:
        return [], [row for cell in cells for row in cell.seeds], []
    names = [name for name in varied if name != "rate"]
    ended = [cell if all(map(_ended, cell.seeds)) else Cell.of(filter(_ended, cell.seeds))
             for cell in cells if any(map(_ended, cell.seeds))]  # fmt: skip
    lots = cells_of(ended, names)
    for lot in lots.values():
        lot.sort(key=lambda cell: cell.seeds[0].word("rate"))
    kept = {key: halves_over(lot) for key, lot in lots.items()}
    chosen = [row for rows in kept.values() for row in rows]
    several = {key: lot for key, lot in lots.items() if len(lot) > 1}
    said = [dict(zip(names, key, strict=True)) for key in several]
    tuned = _tuned(said, list(several.values()), [kept[key] for key in several], wanted)
    unsaid = []
    lost = sum(cell.runs.number for cell in cells) - sum(cell.runs.number for cell in ended)
    if lost:
        unsaid.append(f"Without a training curve, and so without a part in choosing a rate: {many(lost, 'run')}.")
    alone = sum(not one.seeds for one in tuned)
    if alone:
        unsaid.append("Chosen by the only seed there is, and so without a score that the choice does not flatter: "
                      f"{alone:,} of {many(len(tuned), 'rate')}; train more seeds.")  # fmt: skip
    return tuned, chosen, unsaid


def _ended(row: Row) -> bool:
    return row.last is not None or row.outcome == "diverged" or len(row.climb) > 0


def _tuned(
    words: Sequence[dict[str, Any]], lots: Sequence[list[Cell]], kept: Sequence[Sequence[Row]], wanted: float
) -> list[Tuned]:
    """The rates that were chosen for lots of cells, and how the rows do that the choice does not flatter."""
    some = [rows for rows in kept if rows]
    scores, shares = iter(means_over(some, CROSSED)), iter(shares_solved(some, wanted))
    found = []
    for said, lot, rows, choice in zip(words, lots, kept, choices_over(lots), strict=True):
        score, solved = (next(scores), next(shares)) if rows else (None, None)
        agree = sum([row.word("rate") == choice.rate for row in rows])
        able = solved if choice.runs.chance < wanted else None
        found.append(Tuned(said, choice, score, able, len(rows), agree, lot[0].seeds[0].bound))
    return found
