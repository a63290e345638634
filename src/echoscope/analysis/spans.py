"""How far back a network remembers, and how small it may be: spans over a grid of lags, fewest
units for each lag.
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
from echoscope.errors import StoreError
from echoscope.experiment.experiment import TrainingConfig
from echoscope.runs.table import PLACES, SETTINGS, Settings, parts
from echoscope.settings import positive
from echoscope.stats.intervals import mean_and_half

OVER_SEEDS = (
    "mean over seeds; Student's, from the lags that are reached to just below those that are not"
)
ONE_SEED = "one seed; from the lag that is reached to just below the one that is not"

# What may follow from a lag or from units, as a longer window or a chosen rate does; nothing else
# may differ.
FOLLOWS = ("lag", "window", "length", "edges", *TrainingConfig.fields())
LAG, UNITS = PLACES["lag"], PLACES["units"]


@dataclass(frozen=True)
class SeedSpan(Result):
    """The span of one seed: the longest `lag` reached with all shorter ones, None where the
    shortest is not.

    `missed` is the lag after it, which is not reached. It is None where the span is `censored`: the
    grid ends there, or has no run of this seed, so that the span may be longer.
    """

    seed: int
    lag: int | None
    missed: int | None

    @property
    def censored(self) -> bool:
        """Whether the span may be longer than the lag."""
        return self.missed is None


@dataclass(frozen=True)
class Span(Result):
    """The longest lag that is echoed at the target accuracy, over seeds.

    `span` is the mean lag; its upper end is None where any of the seeds is censored, since then
    nothing bounds it. `censored` counts those, `none` the seeds that do not reach even the shortest
    of `lags` (they count as 0).
    """

    runs: RunCounts
    target_accuracy: float
    lags: tuple[int, ...]
    span: Estimate
    censored: int
    none: int
    seeds: tuple[SeedSpan, ...]


@dataclass(frozen=True)
class Tried(Result):
    """What became of the runs of one number of units: the share that solves the lag."""

    units: int
    runs: RunCounts
    solved: Estimate


@dataclass(frozen=True)
class FewestUnits(Result):
    """The least units with which a target share of seeds solves one lag; None where none of those
    tried do.

    `below` and `above` are the next units that were tried: too few, and more. Without `below`,
    fewer may do as well; without units, `below` is the most that was tried. `steady` says whether
    all larger ones that were tried do it too.
    """

    lag: tuple[int, ...]
    runs: RunCounts
    target_accuracy: float
    share: float
    units: int | None
    below: int | None
    above: int | None
    steady: bool
    tried: tuple[Tried, ...]


def span_of(runs: RunsOrRows, target_accuracy: object = 0.99) -> Span:
    """The span of one group: runs that differ in lag and seed (and in what follows from the lag, as
    a window does).

    A lag counts only if all shorter ones of the grid are reached too. A memory with a hole in it
    does not reach that far; and the longest of many lucky lags would grow with the number of lags
    tried.

    >>> span_of(runs).span.value
    16.0

    Raises `SettingError` unless `target_accuracy` is above chance and at most 1, `StoreError` for
    runs of several lags, of a forecast, or that differ in other settings at one lag.
    """
    lags, cells = cells_in(rows_of(runs), ["lag"])
    check_equal(cells.settings, [name for name in SETTINGS if name not in FOLLOWS])
    share = settled(target_accuracy, max(runs.chance for runs in cells.runs))
    for (lag,) in lags:
        if len(lag) > 1 or lag[0] < 0:
            raise StoreError(
                "A span is of runs that each ask one lag of at least 0, not "
                f"{','.join(map(str, lag))}: leave those out."
            )
    return span_over(trials_of(cells, share), share)


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
    seeds = [rows.columns["seed"][place] for place in cells.places.tolist()]
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


def span_over(trials: Sequence[Trial], target_accuracy: float) -> Span:
    """As `span_of`, of a trial for each lag, the shortest first."""
    lags = tuple([trial.settings[LAG][0] for trial in trials])
    reach = [trial.seeds for trial in trials]
    seeds = tuple([_seed_span(seed, lags, reach) for seed in sorted(set().union(*reach))])
    censored, none = sum(seed.censored for seed in seeds), sum(seed.lag is None for seed in seeds)
    runs = RunCounts.joined([trial.runs for trial in trials])
    return Span(runs, target_accuracy, lags, _interval(seeds, lags), censored, none, seeds)


def fewest_units(
    runs: RunsOrRows, target_accuracy: object = 0.99, share: object = 0.5
) -> tuple[FewestUnits, ...]:
    """For every lag, the least units with which `share` of the seeds reach the `target_accuracy`
    accuracy; the shortest lag first.

    It is the plain share of runs that must be reached, and Wilson's interval stands beside it: with
    five seeds that all solve it Wilson's lower end is 0.57, so a rule on that end would measure the
    number of seeds, not the network. Runs differ in lag, units and seed (and in what follows from
    lag and units, as a chosen rate does).

    >>> [(found.lag, found.below, found.units) for found in fewest_units(runs)]
    [((1,), None, 2), ((2,), 2, 4)]

    Raises `SettingError` unless `target_accuracy` is above chance and at most 1 and `share` above 0
    and at most 1, `StoreError` for no run, and for runs that differ in other settings.
    """
    part = positive("share", share, 1)
    rows = rows_of(runs)
    accuracy = settled(target_accuracy, max(rows.columns["chance"]))
    check_equal(rows.distinct, [name for name in SETTINGS if name not in (*FOLLOWS, "units")])
    _, cells = cells_in(rows, ["lag", "units"])
    lags = grouped(parts(cells.settings, ["lag"]), trials_of(cells, accuracy))
    return tuple([fewest_over(trials, accuracy, part) for trials in lags.values()])


def fewest_over(trials: Sequence[Trial], target_accuracy: float, share: float = 0.5) -> FewestUnits:
    """As `fewest_units`, of one lag: a trial for each number of units, the least first."""
    tried = tuple([Tried(trial.settings[UNITS], trial.runs, trial.solved) for trial in trials])
    solves = [item.solved.value is not None and item.solved.value >= share for item in tried]
    place = solves.index(True) if any(solves) else len(tried)
    units = [None, *(item.units for item in tried), None, None]
    return FewestUnits(
        lag=trials[0].settings[LAG],
        runs=RunCounts.joined([trial.runs for trial in trials]),
        target_accuracy=target_accuracy,
        share=share,
        units=units[place + 1],
        below=units[place],
        above=units[place + 2],
        steady=any(solves) and all(solves[place:]),
        tried=tried,
    )


def _seed_span(seed: int, lags: Sequence[int], by_lag: Sequence[dict[int, bool]]) -> SeedSpan:
    longest = None
    for lag, seeds in zip(lags, by_lag, strict=True):
        reaches = seeds.get(seed)
        if not reaches:
            return SeedSpan(seed, longest, None if reaches is None else lag)
        longest = lag
    return SeedSpan(seed, longest, None)


def _interval(seeds: Sequence[SeedSpan], lags: Sequence[int]) -> Estimate:
    """From Student's lower end of the lags reached to his upper end of the longest they could be,
    cut to the grid.
    """
    least = [float(seed.lag or 0) for seed in seeds]
    most = [float(max(seed.missed - 1, 0)) for seed in seeds if seed.missed is not None]
    open_end = len(most) < len(seeds)
    if len(seeds) == 1:
        return Estimate(least[0], least[0], None if open_end else most[0], ONE_SEED)
    mean, half = mean_and_half(least)
    high = None if open_end else min(sum(mean_and_half(most)), float(lags[-1]))
    return Estimate(mean, max(mean - half, 0.0), high, OVER_SEEDS)
