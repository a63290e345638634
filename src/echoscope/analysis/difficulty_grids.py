"""Which runs make one grid of a task's difficulty, such as the lag, or of it and units: spans and
fewest units of a whole store.

Some settings may follow from the difficulty or the units, as a window of lag + 1 or a rate chosen
for each does: they do not tell grids apart. Where the same setting varies on its own, as a rate
that every lag is trained with, it does. Which of the two it is, the runs say, each lot of equal
other settings for itself: two studies may share a store.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from echoscope.analysis.estimate import Result
from echoscope.analysis.groups import Cells, grouped
from echoscope.analysis.spans import (
    UNITS,
    FewestUnits,
    Span,
    Trial,
    fewest_over,
    span_over,
    trials_of,
)
from echoscope.errors import many
from echoscope.experiment.fields import PLACES, TASK, difficulties, follows, number_of, plural
from echoscope.runs.table import Settings, parts
from echoscope.settings import ByName
from echoscope.tasks.base import TASKS


@dataclass(frozen=True)
class GridFinding(Result):
    """What was found over a grid of a task's difficulty, or of it and units: a span, or the fewest
    units of each value.

    `settings` are the settings that vary in the study and not in this grid, `follows` those that
    vary here with the difficulty or the units. `chance` is the best guess without memory over the
    grid, `ceilings` the best accuracies that can be expected at each value of the span, or of the
    fewest units, in their order (None of user data).
    """

    settings: ByName
    follows: tuple[str, ...]
    span: Span | None
    fewest: tuple[FewestUnits, ...]
    chance: float
    ceilings: tuple[float | None, ...]


def grid_findings(
    cells: Cells, varied: Sequence[str], target_accuracy: float
) -> tuple[list[GridFinding], list[str]]:
    """Fewest units and spans over every grid that the cells make, and sentences on what makes none.

    Every cell has a chance below the target accuracy, or of 1; `varied` are the settings in
    which they differ.
    """
    result: list[GridFinding] = []
    unsaid: list[str] = []
    names = [name for name in difficulties() if name in varied]
    trials = trials_of(cells, target_accuracy) if names or "units" in varied else []
    if "units" in varied:
        by_difficulty = grouped([(_difficulty(trial),) for trial in trials], trials)
        lots = [
            (name, lot)
            for (name,), some in by_difficulty.items()
            for lot in _grids(some, varied, (name, "units"))
        ]
        several = [lot for lot in lots if len({trial.settings[UNITS] for trial in lot[1]}) > 1]
        result += [_fewest(lot, name, varied, target_accuracy) for name, lot in several]
        unsaid += _alone(len(lots) - len(several), len(lots), "number of units", "no fewest units")
    for name in names:
        mine = [trial for trial in trials if _difficulty(trial) == name]
        plain = [trial for trial in mine if number_of(trial.settings[PLACES[name]]) is not None]
        lots = list(_grids(plain, varied, (name,)))
        several = [lot for lot in lots if len(lot) > 1]
        result += [_span(lot, name, varied, target_accuracy) for lot in several]
        unsaid += _alone(len(lots) - len(several), len(lots), f"value of {name}", "no span")
        if len(plain) < len(mine):
            unsaid.append(
                f"In no span, which is of one {name} of at least 0: "
                f"{many(len(mine) - len(plain), 'group')} of several {plural(name)} at once, or of"
                " a forecast."
            )
    return result, unsaid


def one_name(names: Iterable[str]) -> str:
    """The one difficulty of these, or the word for all."""
    every = set(names)
    return every.pop() if len(every) == 1 else "difficulty"


def _difficulty(trial: Trial) -> str:
    """The setting that makes the task of a trial harder."""
    kind = trial.settings[PLACES[TASK]]
    return TASKS[kind].difficulty if kind in TASKS else difficulties()[0]


def free_of(settings: Sequence[Settings], by: Sequence[str], names: Sequence[str]) -> list[str]:
    """Of sets of settings, those of `names` that vary on their own: what `by` and the others that
    do so say does not settle them.

    >>> free_of(settings, by=["lag"], names=["window", "learning_rate"])  # windows of lag + 1
    ['learning_rate']
    """
    free = [name for name in names if len(set(parts(settings, [name]))) > 1]
    for name in tuple(free):
        rest = [other for other in free if other != name]
        if len(set(parts(settings, [*by, *rest]))) == len(set(parts(settings, [*by, *rest, name]))):
            free = rest
    return free


def _grids(
    trials: Sequence[Trial], varied: Sequence[str], by: tuple[str, ...]
) -> Iterator[list[Trial]]:
    """Lots of trials in which no setting varies on its own but `by`, in the order of these."""
    others = [name for name in varied if name not in follows() and name not in by]
    maybe = [name for name in follows() if name in varied and name not in by]
    for lot in _by(trials, others):
        free = free_of([trial.settings for trial in lot], by, maybe)
        for grid in _by(lot, free) if free else (lot,):
            yield [trial for trials in _by(grid, by) for trial in trials]


def _by(trials: Sequence[Trial], names: Sequence[str]) -> Iterable[list[Trial]]:
    return grouped(parts([trial.settings for trial in trials], names), trials).values()


def _span(
    lot: Sequence[Trial], name: str, varied: Sequence[str], target_accuracy: float
) -> GridFinding:
    ceilings = tuple([trial.ceiling for trial in lot])
    span = span_over(lot, name, target_accuracy)
    return GridFinding(*_settings(lot, varied, (name,)), span, (), _chance(lot), ceilings)


def _fewest(
    lot: Sequence[Trial], name: str, varied: Sequence[str], target_accuracy: float
) -> GridFinding:
    values = _by(lot, [name])
    ceilings = tuple([trials[0].ceiling for trials in values])
    fewest = tuple([fewest_over(trials, name, target_accuracy) for trials in values])
    return GridFinding(
        *_settings(lot, varied, (name, "units")), None, fewest, _chance(lot), ceilings
    )


def _settings(
    lot: Sequence[Trial], varied: Sequence[str], by: tuple[str, ...]
) -> tuple[ByName, tuple[str, ...]]:
    """The varied settings of a lot that are the same in all of it, and the names of those that are
    not.
    """
    names = [name for name in varied if name not in by]
    values = zip(*parts([trial.settings for trial in lot], names), strict=True) if names else ()
    result = {name: set(value) for name, value in zip(names, values, strict=True)}
    return (
        {name: min(item) for name, item in result.items() if len(item) == 1},
        tuple(name for name, several in result.items() if len(several) > 1),
    )


def _chance(lot: Sequence[Trial]) -> float:
    return max([trial.runs.chance for trial in lot])


def _alone(alone: int, lots: int, thing: str, why: str) -> list[str]:
    if not alone:
        return []
    return [
        f"With one {thing} only, and so {why}: {alone:,} of {many(lots, 'group')} of equal"
        " other settings."
    ]
