"""Findings: all that the runs of a study say together, ready for a page, a picture or a
terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

import numpy as np

from echoscope.analysis.accuracy import Aggregate, aggregates_of, means_over, settled, shares_solved
from echoscope.analysis.difficulty_grids import GridFinding, grid_findings
from echoscope.analysis.estimate import Estimate, Result
from echoscope.analysis.groups import Cells, Ints, RunsOrRows, cells_in, differing, grouped
from echoscope.analysis.learning_rates import (
    LEARNING_RATE,
    LearningRateChoice,
    choices_over,
    ended,
    halves_over,
)
from echoscope.analysis.pairs import PairedComparison, paired_comparisons, setting_of
from echoscope.analysis.time_to_solve import StepsToSolve, steps_of
from echoscope.analysis.windows import BestOf, WindowSpan, window_spans
from echoscope.errors import StoreError, many
from echoscope.experiment.fields import PLACES
from echoscope.runs.table import Row, Rows, Settings, parts
from echoscope.settings import ByName, Json

UNTRAINED = ("imported", "failed")  # outcomes that say nothing of how training goes
CROSSED = (
    "mean over seeds, each half at the rate that the other half chooses; Student's, as of any"
    " accuracies over seeds"
)


@dataclass(frozen=True)
class Group(Result):
    """The runs that differ in seed alone: their settings that vary in the study, and how they do.

    `ceiling` is the best accuracy that can be expected (None of user data), `parameters` and
    `state_size` are the network's, `seconds` the mean a run took, compiling included.
    """

    settings: ByName
    aggregate: Aggregate
    steps: StepsToSolve
    ceiling: float | None
    parameters: int | None
    state_size: int | None
    seconds: float

    def parts(self) -> Json:
        """What is said in JSON, those of the aggregate beside the others."""
        mine = super().parts()
        rest = {name: mine[name] for name in mine if name not in ("settings", "aggregate")}
        return {"settings": self.settings, **self.aggregate.parts(), **rest}


@dataclass(frozen=True)
class Tuned(Result):
    """The rate that was chosen for one group apart from rate, by the ends of all its training
    curves.

    `settings` are its settings that vary, but rate. `accuracy` and `solved` are of `seeds` seeds,
    each half of them at the rate that the other half chooses, so that the choice does not flatter
    them: None for a single seed. `agree` of these seeds stand at the rate chosen by all. `solved`
    is None, too, where a guess without memory has the target accuracy.
    """

    settings: ByName
    choice: LearningRateChoice
    accuracy: Estimate | None
    solved: Estimate | None
    seeds: int
    agree: int
    ceiling: float | None


@dataclass(frozen=True)
class Findings(Result):
    """`varied` are the settings in which the runs differ; `groups` are in the order of their
    values, told apart by the settings `by`.

    `over` is empty where neither lags nor units vary, `learning_rates` where no group was tried
    with several. `compared` is the setting whose values `comparisons` set side by side, None where
    none varies. `failed` are the runs that failed, which stand in no group; `imported` counts the
    networks that were not trained here, which do not either. `windows` say how far back is far
    enough, where windows vary. `unsaid` has a sentence for whatever
    could not be evaluated, and why.
    """

    varied: tuple[str, ...]
    target_accuracy: float
    groups: tuple[Group, ...]
    over: tuple[GridFinding, ...]
    failed: tuple[Row, ...]
    by: tuple[str, ...] = ()
    learning_rates: tuple[Tuned, ...] = ()
    compared: str | None = None
    comparisons: tuple[PairedComparison, ...] = ()
    imported: int = 0
    unsaid: tuple[str, ...] = ()
    windows: tuple[WindowSpan, ...] = ()

    def parts(self) -> Json:
        """What is said in JSON; of a failed run its id, its seed and its settings that vary."""
        failed = [
            {
                "id": row.id,
                "seed": row.seed,
                "settings": {name: row.setting(name) for name in self.varied},
            }
            for row in self.failed
        ]
        return super().parts() | {"failed": failed}


def _with_data(varied: tuple[str, ...], some: Sequence[Settings]) -> tuple[str, ...]:
    """The settings in which runs differ, and `data` where all have the same."""
    if "data" in varied or some[0][PLACES["data"]] is None:
        return varied
    return tuple(name for name in PLACES if name in varied or name == "data")


def gather(
    runs: RunsOrRows,
    target_accuracy: object = 0.99,
    by: Sequence[str] = (),
    compared: str | None = None,
    best_of: BestOf | None = None,
) -> Findings:
    """Every group of the runs evaluated over its seeds, every grid of lags or units, every chosen
    rate, and the values of one setting side by side. What cannot be evaluated is left out with a
    sentence in `unsaid`.

    Groups are told apart by the settings `by`, or else by all in which the runs differ, and by the
    user data that all trained on. `compared` is the setting to compare: if not said, the first that
    varies of `pairs.USUAL`. `best_of` gives the best rule beside some rows, as
    `rules_beside.RulesOf` of a store does.

    >>> gather(runs).varied
    ('lag', 'units')

    Raises `StoreError` where no run was trained, where `by` leaves out a setting in which the runs
    differ, for two runs of equal settings and seed, and for a `compared` setting in which all are
    equal; `SettingError` for an unknown setting, and unless `target_accuracy` is at most 1 and
    above the chance of at least one group.
    """
    rows = Rows.of(runs)
    trained = ~rows.became(*UNTRAINED)
    if not trained.any():
        raise StoreError("Findings are of trained runs, and here is none: run an experiment first.")
    varied = tuple(differing(rows.settings_of(trained)))
    setting = setting_of(compared, varied)
    share = settled(target_accuracy, float(rows.numbers("chance")[trained].min()))
    names = tuple(by) or _with_data(varied, rows.settings_of(trained))
    keys, cells = cells_in(rows, names, trained)
    able = np.flatnonzero([runs.chance < share or runs.chance == 1 for runs in cells.runs])
    scored = cells.take(able)
    groups = _groups(
        [dict(zip(names, keys[place], strict=True)) for place in able.tolist()], scored, share
    )
    over, alone = grid_findings(scored, varied, share)
    learning_rates, chosen, untuned = _learning_rates(cells, varied, share)
    kept = np.flatnonzero(trained) if setting == "learning_rate" else chosen
    comparisons, apart = paired_comparisons(rows, setting, kept) if setting else ([], [])
    failed = tuple([rows[place] for place in np.flatnonzero(rows.became("failed")).tolist()])
    imported = len(rows) - int(trained.sum()) - len(failed)
    needless = sum(runs.chance == 1 for runs in cells.runs)
    known = [
        f"Of memory nothing is said by {many(needless, 'group')}: a rule without one is always"
        " right there."
    ]
    left = (
        [
            f"Left out, for a guess without memory has the accuracy {share:g} there:"
            f" {len(cells) - len(scored):,} of {many(len(cells), 'group')}; ask for more."
        ]
        if len(scored) < len(cells)
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
        tuple(learning_rates),
        setting,
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
        tuple(window_spans(rows, varied, chosen, best_of)),
    )


def _groups(settings: Sequence[ByName], cells: Cells, target_accuracy: float) -> list[Group]:
    seconds = (
        np.add.reduceat(cells.rows.numbers("seconds")[cells.places], cells.start[:-1])
        / cells.number
    )
    facts = (
        map(cells.rows.columns[name].__getitem__, cells.first)
        for name in ("ceiling", "parameters", "state_size")
    )
    return list(
        map(
            Group,
            settings,
            aggregates_of(cells, target_accuracy),
            steps_of(cells, target_accuracy),
            *facts,
            seconds.tolist(),
        )
    )


def _learning_rates(
    cells: Cells, varied: tuple[str, ...], target_accuracy: float
) -> tuple[list[Tuned], Ints, list[str]]:
    """Chosen rates; of every group apart from rate the rows that the choice does not flatter; and
    what is unsaid.
    """
    if "learning_rate" not in varied:
        return [], cells.places, []
    names, able = (
        [name for name in varied if name != "learning_rate"],
        cells.only(ended(cells.rows)),
    )
    tuned, chosen = _tuned(able, names, target_accuracy) if len(able) else ([], able.places)
    unsaid = []
    lost = len(cells.places) - len(able.places)
    if lost:
        unsaid.append(
            "Without a training curve, and so without a part in choosing a rate:"
            f" {many(lost, 'run')}."
        )
    alone = sum(not item.seeds for item in tuned)
    if alone:
        unsaid.append(
            "Chosen by the only seed there is, and so without an accuracy that the choice does not"
            f" flatter: {alone:,} of {many(len(tuned), 'rate')}; train more seeds."
        )
    return tuned, chosen, unsaid


def _tuned(cells: Cells, names: Sequence[str], target_accuracy: float) -> tuple[list[Tuned], Ints]:
    """As `_learning_rates`, of cells of runs that all say how training ends."""
    by_learning_rate = sorted(
        range(len(cells)), key=[settings[LEARNING_RATE] for settings in cells.settings].__getitem__
    )
    lots = grouped(
        parts([cells.settings[place] for place in by_learning_rate], names), by_learning_rate
    )
    ordered, start = (
        cells.take(list(chain(*lots.values()))),
        [0, *accumulate(map(len, lots.values()))],
    )
    choices, kept = choices_over(ordered, start), halves_over(ordered, start)
    several = [lot for lot, (first, last) in enumerate(pairwise(start)) if last - first > 1]
    some = [lot for lot in several if kept.number[lot]]
    accuracies = dict(zip(some, means_over(kept.take(some), CROSSED), strict=True))
    shares = dict(zip(some, shares_solved(kept.take(some), target_accuracy), strict=True))
    learning_rates = np.array([settings[LEARNING_RATE] for settings in cells.rows.distinct])[
        cells.rows.code[kept.places]
    ]
    lot_of = np.repeat(np.arange(len(lots)), kept.number)
    agreeing = learning_rates == np.array([choice.learning_rate for choice in choices])[lot_of]
    agree = np.bincount(lot_of[agreeing], minlength=len(lots)).tolist()
    ceilings = list(map(cells.rows.columns["ceiling"].__getitem__, ordered.first))
    seeds, keys = kept.number.tolist(), list(lots)
    tuned = [
        Tuned(
            dict(zip(names, keys[lot], strict=True)),
            choice,
            accuracies.get(lot),
            shares.get(lot) if choice.runs.chance < target_accuracy else None,
            seeds[lot],
            agree[lot],
            ceilings[start[lot]],
        )
        for lot in several
        for choice in (choices[lot],)
    ]
    return tuned, kept.places
