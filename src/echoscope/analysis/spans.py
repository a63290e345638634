"""How far back a network remembers, and how small it may be: spans over a grid of a task's
difficulty, such as the lag, and the fewest units for each value of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from echoscope.analysis.accuracy import reached, settled, shares_solved
from echoscope.analysis.estimate import Estimate, Result
from echoscope.analysis.groups import (
    Cells,
    RunCounts,
    RunsOrRows,
    cells_in,
    check_equal,
    grouped,
    rows_of,
)
from echoscope.analysis.table import setting
from echoscope.errors import StoreError
from echoscope.experiment.fields import (
    PLACES,
    SETTINGS,
    TASK,
    difficulties,
    follows,
    has,
    number_of,
)
from echoscope.runs.table import Settings, parts
from echoscope.settings import Value, positive
from echoscope.stats.intervals import mean_and_half

OVER_SEEDS = "mean over seeds; Student's, from what is reached to just below what is not"
ONE_SEED = "one seed; from what is reached to just below what is not"
UNITS = PLACES["units"]


@dataclass(frozen=True)
class SeedSpan(Result):
    """The span of one seed: the most that is `reached` with all that is less, such as the longest
    lag; None where the least is not.

    `missed` is the next value, which is not reached. It is None where the span is `censored`: the
    grid ends there, or has no run of this seed, so that the span may be longer.
    """

    seed: int
    reached: int | None
    missed: int | None

    @property
    def censored(self) -> bool:
        """Whether the span may be longer."""
        return self.missed is None


@dataclass(frozen=True)
class Span(Result):
    """The most of a task's `difficulty`, such as the longest lag, that is solved at the target
    accuracy, over seeds.

    `span` is the mean; its upper end is None where any of the seeds is censored, since then nothing
    bounds it. `censored` counts those, `none` the seeds that do not reach even the least of the
    `values` (they count as 0).
    """

    runs: RunCounts
    target_accuracy: float
    difficulty: str
    values: tuple[int, ...]
    span: Estimate
    censored: int
    none: int
    seeds: tuple[SeedSpan, ...]


@dataclass(frozen=True)
class Tried(Result):
    """What became of the runs of one number of units: the share that solves the task."""

    units: int
    runs: RunCounts
    solved: Estimate


@dataclass(frozen=True)
class FewestUnits(Result):
    """The least units with which a target share of seeds solves a task of one difficulty, such as
    one lag; None where none of those tried do.

    `below` and `above` are the next units that were tried: too few, and more. Without `below`,
    fewer may do as well; without units, `below` is the most that was tried. `steady` says whether
    all larger ones that were tried do it too.
    """

    difficulty: str
    value: Value
    runs: RunCounts
    target_accuracy: float
    share: float
    units: int | None
    below: int | None
    above: int | None
    steady: bool
    tried: tuple[Tried, ...]


def span_of(runs: RunsOrRows, target_accuracy: object = 0.99) -> Span:
    """The span of one group: runs that differ in a task's difficulty, such as the lag, and seed
    (and in what follows from the difficulty, as a window does).

    A value counts only if all lower ones of the grid are reached too. A memory with a hole in it
    does not reach that far; and the longest of many lucky lags would grow with the number of lags
    tried.

    >>> span_of(runs).span.value
    16.0

    Raises `SettingError` unless `target_accuracy` is above chance and at most 1, `StoreError` for
    runs of several lags, of a forecast, or that differ in other settings at one lag.
    """
    rows = rows_of(runs)
    name = difficulty_of(rows.distinct)
    values, cells = cells_in(rows, [name])
    check_equal(cells.settings, [each for each in SETTINGS if each not in (name, *follows())])
    share = settled(target_accuracy, max(runs.chance for runs in cells.runs))
    for (value,) in values:
        if number_of(value) is None:
            raise StoreError(
                f"A span is of runs that each ask one {name} of at least 0, not"
                f" {setting(value)}: leave those out."
            )
    return span_over(trials_of(cells, share), name, share)


def difficulty_of(settings: Sequence[Settings]) -> str:
    """The difficulty that varies in sets of settings; of one task, its own."""
    counts = {name: len(set(parts(settings, [name]))) for name in difficulties()}
    return max(counts, key=lambda name: (counts[name], has(settings[0][PLACES[TASK]], name)))


class Trial(NamedTuple):
    """What became of one cell of a grid: its settings, runs and ceiling, the share that solves it,
    and which seeds do.
    """

    settings: Settings
    runs: RunCounts
    ceiling: float | None
    solved: Estimate
    seeds: dict[int, bool]


def trials_of(cells: Cells, target_accuracy: float) -> list[Trial]:
    """What became of each cell, by an accuracy above its chance."""
    rows = cells.rows
    seeds = rows.replicate[cells.places].tolist()
    solves = reached(rows, target_accuracy)[cells.places].tolist()
    by_seed = [
        dict(zip(seeds[start:end], solves[start:end], strict=True))
        for start, end in pairwise(cells.start.tolist())
    ]
    ceilings = [rows.columns["ceiling"][place] for place in cells.first]
    return list(
        map(
            Trial,
            cells.settings,
            cells.runs,
            ceilings,
            shares_solved(cells, target_accuracy),
            by_seed,
        )
    )


def span_over(trials: Sequence[Trial], name: str, target_accuracy: float) -> Span:
    """As `span_of`, of a trial for each value of a difficulty, the least first."""
    values = tuple([number_of(trial.settings[PLACES[name]]) or 0 for trial in trials])
    reach = [trial.seeds for trial in trials]
    seeds = tuple([_seed_span(seed, values, reach) for seed in sorted(set().union(*reach))])
    censored = sum(seed.censored for seed in seeds)
    none = sum(seed.reached is None for seed in seeds)
    runs = RunCounts.joined([trial.runs for trial in trials])
    span = _interval(seeds, values)
    return Span(runs, target_accuracy, name, values, span, censored, none, seeds)


def fewest_units(
    runs: RunsOrRows, target_accuracy: object = 0.99, share: object = 0.5
) -> tuple[FewestUnits, ...]:
    """For every value of a task's difficulty, such as every lag, the least units with which `share`
    of the seeds reach the `target_accuracy`; the easiest first.

    It is the plain share of runs that must be reached, and Wilson's interval stands beside it: with
    five seeds that all solve it Wilson's lower end is 0.57, so a rule on that end would measure the
    number of seeds, not the network. Runs differ in the difficulty, units and seed (and in what
    follows from these, as a chosen rate does).

    >>> [(fewest.value, fewest.below, fewest.units) for fewest in fewest_units(runs)]
    [((1,), None, 2), ((2,), 2, 4)]

    Raises `SettingError` unless `target_accuracy` is above chance and at most 1 and `share` above 0
    and at most 1, `StoreError` for no run, and for runs that differ in other settings.
    """
    target_share = positive("share", share, 1)
    rows = rows_of(runs)
    accuracy = settled(target_accuracy, max(rows.columns["chance"]))
    name = difficulty_of(rows.distinct)
    free = (name, "units", *follows())
    check_equal(rows.distinct, [each for each in SETTINGS if each not in free])
    _, cells = cells_in(rows, [name, "units"])
    lots = grouped(parts(cells.settings, [name]), trials_of(cells, accuracy))
    return tuple([fewest_over(trials, name, accuracy, target_share) for trials in lots.values()])


def fewest_over(
    trials: Sequence[Trial], name: str, target_accuracy: float, share: float = 0.5
) -> FewestUnits:
    """As `fewest_units`, of one value of a difficulty: a trial for each number of units, the least
    first.
    """
    tried = tuple([Tried(trial.settings[UNITS], trial.runs, trial.solved) for trial in trials])
    solves = [item.solved.value is not None and item.solved.value >= share for item in tried]
    place = solves.index(True) if any(solves) else len(tried)
    units = [None, *(item.units for item in tried), None, None]
    return FewestUnits(
        difficulty=name,
        value=trials[0].settings[PLACES[name]],
        runs=RunCounts.joined([trial.runs for trial in trials]),
        target_accuracy=target_accuracy,
        share=share,
        units=units[place + 1],
        below=units[place],
        above=units[place + 2],
        steady=any(solves) and all(solves[place:]),
        tried=tried,
    )


def _seed_span(seed: int, values: Sequence[int], reach: Sequence[dict[int, bool]]) -> SeedSpan:
    most = None
    for value, seeds in zip(values, reach, strict=True):
        reaches = seeds.get(seed)
        if not reaches:
            return SeedSpan(seed, most, None if reaches is None else value)
        most = value
    return SeedSpan(seed, most, None)


def _interval(seeds: Sequence[SeedSpan], values: Sequence[int]) -> Estimate:
    """From Student's lower end of what is reached to his upper end of the most it could be, cut to
    the grid.
    """
    least = [float(seed.reached or 0) for seed in seeds]
    most = [float(max(seed.missed - 1, 0)) for seed in seeds if seed.missed is not None]
    open_end = len(most) < len(seeds)
    if len(seeds) == 1:
        return Estimate(least[0], least[0], None if open_end else most[0], ONE_SEED)
    mean, half = mean_and_half(least)
    high = None if open_end else min(sum(mean_and_half(most)), float(values[-1]))
    return Estimate(mean, max(mean - half, 0.0), high, OVER_SEEDS)
