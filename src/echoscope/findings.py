"""Findings: all that the records of a study say together, ready for a page, a picture or a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echoscope.errors import RecordError
from echoscope.lag_grids import Over, many, overs
from echoscope.matches import Matched, matches, word_of
from echoscope.rates import RateChoice, choose_rate, chosen_by_others
from echoscope.row import WORDS, Row, rows_of
from echoscope.summary import (
    Estimate,
    Judged,
    Records,
    Runs,
    Standing,
    groups_of,
    mean_over,
    seeds_of,
    settled,
    share_solved,
    standing_of,
)
from echoscope.survival import StepsToSolve, steps_of

UNTRAINED = ("imported", "failed")  # outcomes that say nothing of how training goes
CROSSED = "mean over seeds, each at the rate that the other seeds choose; Student's, as of any scores over seeds"


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

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, those of the standing beside the others."""
        plain = super().to_json()
        return {"words": plain["words"], **plain.pop("standing"), **plain}


@dataclass(frozen=True)
class Tuned(Judged):
    """The rate that was chosen for one group apart from rate, by the ends of all its training curves.

    `words` are its words that vary, but rate. `score` and `solved` are of `seeds` seeds, each at the rate that the
    other seeds choose, so that the choice does not flatter them: None for a single seed. `agree` of these choices are
    the rate chosen by all. `solved` is None, too, where a guess without memory has the wanted score.
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

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; of a failed run its id, its seed and its words that vary."""
        failed = [{"id": row.id, "seed": row.seed, "words": {name: row.word(name) for name in self.varied}}
                  for row in self.failed]  # fmt: skip
        return super().to_json() | {"failed": failed}


def findings(records: Records, wanted: object = 0.99, by: Sequence[str] = (), compared: str | None = None) -> Findings:
    """Every group of the records judged over its seeds, every grid of lags or units, every chosen rate, and the values
    of one word side by side. What cannot be judged is left out with a sentence in `unsaid`.

    Groups are told apart by the words `by`, or else by all in which the records differ. `compared` is the word to
    compare: if not said, the first that varies of `matches.USUAL`.

    >>> findings(records).varied
    ('lag', 'units')

    Raises `RecordError` where no record was trained, where `by` leaves out a word in which the records differ, for two
    records of equal words and seed, and for a `compared` word in which all are equal; `WordError` for an unknown word,
    and unless `wanted` is at most 1 and above the chance of at least one group.
    """
    every = rows_of(records)
    given = [row for row in every if row.outcome not in UNTRAINED]
    if not given:
        raise RecordError("Findings are of trained records, and here is none: run an experiment first.")
    unlike = list({row.words: row for row in given}.values())
    varied = tuple(name for name, *values in zip(WORDS, *(row.words for row in unlike), strict=True)
                   if len(set(values)) > 1)  # fmt: skip
    word = word_of(compared, given, varied)
    share = settled(wanted, min(row.chance for row in given))
    names = tuple(by) or varied
    groups, unsaid = _groups(given, names, share)
    over, alone = overs([row for row in given if row.chance < share], varied, share)
    rates, chosen, untuned = _rates(given, varied, share) if "rate" in varied else ([], given, [])
    comparisons, unlikely = matches(given if word == "rate" else chosen, word) if word else ([], [])
    failed = tuple(row for row in every if row.outcome == "failed")
    imported = len(every) - len(given) - len(failed)
    untold = [f"{many(imported, 'imported network')} stand in no group: how they were trained is not known."]
    return Findings(varied, share, tuple(groups), tuple(over), failed, names, tuple(rates), word, tuple(comparisons),
                    imported, (*unsaid, *alone, *untuned, *unlikely, *(untold if imported else [])))  # fmt: skip


def group_of(words: dict[str, Any], rows: Sequence[Row], wanted: object) -> Group:
    """The judgement of one group, which has these words. Raises as `judge` and `steps_to_solve`."""
    seeds = seeds_of(rows)
    runs, first = Runs.of(seeds), seeds[0]
    share = settled(wanted, runs.chance)
    seconds = sum([row.seconds for row in seeds]) / len(seeds)
    return Group(words, standing_of(seeds, runs, share), steps_of(seeds, runs, share), first.bound, first.parameters,
                 first.state_size, seconds)  # fmt: skip


def _groups(given: list[Row], names: tuple[str, ...], wanted: float) -> tuple[list[Group], list[str]]:
    groups, left = [], 0
    for key, rows in groups_of(given, names).items():
        if max([row.chance for row in rows]) < wanted:
            groups.append(group_of(dict(zip(names, key, strict=True)), rows, wanted))
        else:
            left += 1
    return groups, [f"{many(left, 'group')} of {len(groups) + left:,} are left out: a guess without memory has the "
                    f"score {wanted:g} there; ask for more."] if left else []  # fmt: skip


def _rates(given: list[Row], varied: tuple[str, ...], wanted: float) -> tuple[list[Tuned], list[Row], list[str]]:
    """Chosen rates; of every group apart from rate the rows that the choice does not flatter; and what is unsaid."""
    names = [name for name in varied if name != "rate"]
    ended = [row for row in given if row.outcome == "diverged" or row.last is not None or row.climb]
    tuned: list[Tuned] = []
    chosen: list[Row] = []
    for key, rows in groups_of(ended, names).items():
        if len({row.words for row in rows}) == 1:
            chosen += rows
            continue
        kept = chosen_by_others(rows)
        tuned.append(_tuned(dict(zip(names, key, strict=True)), rows, kept, wanted))
        chosen += kept
    unsaid = []
    if len(ended) < len(given):
        unsaid.append(f"{many(len(given) - len(ended), 'run')} without a training curve take no part in choosing a rate.")
    alone = sum(not one.seeds for one in tuned)
    if alone:
        unsaid.append(f"{alone:,} of {many(len(tuned), 'chosen rate')} were chosen by the only seed there is, and have no "
                      "score that the choice does not flatter: train more seeds.")  # fmt: skip
    return tuned, chosen, unsaid


def _tuned(words: dict[str, Any], rows: Sequence[Row], kept: Sequence[Row], wanted: float) -> Tuned:
    choice = choose_rate(rows)
    solved = share_solved(kept, wanted) if kept and choice.runs.chance < wanted else None
    agree = sum([row.word("rate") == choice.rate for row in kept])
    return Tuned(words, choice, mean_over(kept, CROSSED) if kept else None, solved, len(kept), agree, rows[0].bound)
