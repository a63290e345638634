"""Two models, or any two values of one setting, side by side: the same seeds, all other settings
equal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from echoscope.analysis.accuracy import accuracies_of, target_count
from echoscope.analysis.estimate import Estimate, Result
from echoscope.analysis.groups import Cells, Ints, RunCounts, RunsOrRows
from echoscope.errors import SettingError, StoreError, alternatives, listed
from echoscope.experiment.fields import PLACES, SETTINGS
from echoscope.runs.table import Rows, parts
from echoscope.settings import Value
from echoscope.stats.differences import clustered_mean, crossed_mean, newcombe, sign_test
from echoscope.stats.intervals import Accuracy, Floats
from echoscope.studies.axis import bare
from echoscope.synonyms import named

PAIRED = "paired Student's over seeds, cut to -1..1, never narrower than Newcombe's on all targets"
PAIRED_FOLDS = (
    "paired Student's over folds and seeds, cut to -1..1, never narrower than Newcombe's on all"
    " held-out targets"
)
ONE_PAIR = "Newcombe's on the targets of one seed; it says nothing of other seeds"


@dataclass(frozen=True)
class Comparison(Result):
    """Mean accuracy of the `first` value of a setting minus that of the `second`, over pairs of
    equal seed and other settings.

    `cells` are the combinations of other settings in which there are pairs. Of the `seeds`,
    `better` have a higher mean accuracy with the first, `worse` a lower one, the others an equal
    one; `p` is the exact two-sided sign test's on these (1 where all are equal). Where there are
    several `folds` (else 0), these are counted in place of seeds. `unpaired` are the
    ids of runs of the two values without a partner, which say nothing. `runs` counts all runs of
    the two values.
    """

    setting: str
    first: Value
    second: Value
    runs: RunCounts
    difference: Estimate
    p: float
    seeds: int
    better: int
    worse: int
    cells: int
    pairs: int
    unpaired: tuple[str, ...]
    folds: int = 0


def compare(
    runs: RunsOrRows, setting: str, first: Value, second: Value, free: Sequence[str] = ()
) -> Comparison:
    """The first value of a setting against the second. `free` names settings in which the two of a
    pair may differ too, as a rate that was chosen for each model. Runs of other values are not
    looked at.

    Pairs of one seed are correlated (a seed decides first weights and integers at every lag), so
    seeds are the sample: the interval is Student's on them, and with equally many pairs a seed
    exactly that of their mean differences. It is never narrower than what so many targets can tell,
    because seeds that all agree have no spread. The sign test asks nothing of how differences are
    spread, and its p is exact: with five seeds it is never below 0.0625.

    >>> compare(runs, "model", "gru", "lstm", free=["learning_rate"]).pairs
    15

    Raises `SettingError` for an unknown setting; `StoreError` where no run has a value, where no
    two make a pair, and where two could be the same one of a pair. Source: Student 1908; Newcombe
    1998; Arbuthnot 1710 for the signs.
    """
    for name in (setting, *free):
        if name not in SETTINGS:
            raise SettingError(
                f"Runs have no setting {name!r} to be compared in: {named(str(name), SETTINGS)}"
            )
    sides = Sides.of(Rows.of(runs), setting, free)
    values = [_value(setting, value) for value in (first, second)]
    for value in values:
        if value not in sides.places:
            known = sorted(set(map(str, sides.places)))
            raise StoreError(
                f"No run has {setting} {value!r}: "
                + (alternatives(str(value), known) if known else "run an experiment first.")
            )
    if values[0] == values[1]:
        raise SettingError(
            f"A comparison is of two values of {setting}, not of {values[0]!r} with itself: name"
            " another."
        )
    return compare_pairs(paired(sides, *values))


def _value(setting: str, value: Value) -> Value:
    """A value as rows have it: of lags a tuple."""
    if setting == "lag":
        return (value,) if isinstance(value, int) else tuple(value)
    return value


class Sides(NamedTuple):
    """Rows by their values of a setting, `places` in `rows`; `key` is equal for those of equal seed
    and other settings but for those that are free. Shapes: (rows,).
    """

    rows: Rows
    setting: str
    names: list[str]
    key: Ints
    places: dict[Value, Ints]

    @classmethod
    def of(cls, rows: Rows, setting: str, free: Sequence[str], kept: Ints | None = None) -> "Sides":
        """The sides of rows, or of those that are kept."""
        chosen = np.arange(len(rows)) if kept is None else kept
        names = [name for name in SETTINGS if name not in (setting, *free)]
        cell, _ = numbered(parts(rows.distinct, names))
        _, replicate = np.unique(rows.replicate, return_inverse=True)
        side, values = numbered([settings[PLACES[setting]] for settings in rows.distinct])
        side_of_row = side[rows.code[chosen]]
        places = {
            value: chosen[side_of_row == place]
            for place, value in enumerate(values)
            if (side_of_row == place).any()
        }
        return cls(rows, setting, names, cell[rows.code] * 2**32 + replicate, places)


def numbered(values: Sequence[Value]) -> tuple[Ints, list[Value]]:
    """Equal values by one number, and the values in the order of these.

    >>> [part if isinstance(part, list) else part.tolist() for part in numbered(["b", "a", "b"])]
    [[0, 1, 0], ['b', 'a']]
    """
    number: dict[Value, int] = {}
    result = np.array([number.setdefault(value, len(number)) for value in values], int)
    return result, list(number)


class Side(NamedTuple):
    """The rows of one value: their places, what each is worth in a mean of accuracies, that mean,
    and their targets.
    """

    value: Value
    places: Ints
    values: Floats
    mean: float
    target_count: int


class Pairs(NamedTuple):
    """Two sides of rows that are equal in seed and all settings but one, `setting`, and those that
    are free.

    `cells` is in how many combinations of other settings they are, `unpaired` are the ids of rows
    without a partner, and `runs` counts all rows of the two values.
    """

    rows: Rows
    setting: str
    first: Side
    second: Side
    cells: int
    unpaired: tuple[str, ...]
    runs: RunCounts


def paired(sides: Sides, first: Value, second: Value) -> Pairs:
    """The pairs of two values of a setting; raises `StoreError` as `compare` does."""
    rows, mine, theirs = sides.rows, sides.places[first], sides.places[second]
    for places in (mine, theirs):
        _check_single(rows, places, sides.key[places])
    key, left, right = np.intersect1d(
        sides.key[mine], sides.key[theirs], assume_unique=True, return_indices=True
    )
    if not len(key):
        settings_there = [rows.settings_of(places) for places in (mine, theirs)]
        apart = [
            name
            for name in sides.names
            if set(parts(settings_there[0], [name])) != set(parts(settings_there[1], [name]))
        ]
        raise StoreError(
            f"No run of {sides.setting} {bare(first)!r} is equal in seed and all other settings to"
            f" one of {bare(second)!r}: look at {listed(apart) if apart else 'their seeds'}."
        )
    every, pairs = np.concatenate([mine, theirs]), (mine[left], theirs[right])
    alone = np.setdiff1d(every, np.concatenate(pairs), assume_unique=True)
    unpaired = sorted([rows.columns["id"][place] for place in alone.tolist()])
    runs = Cells(rows, every, np.array([0, len(every)])).runs[0]
    return Pairs(
        rows,
        sides.setting,
        _side(rows, first, pairs[0]),
        _side(rows, second, pairs[1]),
        len(np.unique(key >> 32)),
        tuple(unpaired),
        runs,
    )


def _check_single(rows: Rows, places: Ints, keys: Ints) -> None:
    """Nothing, or a `StoreError` where two rows of a side have the same key."""
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(np.diff(keys[order]) == 0)
    if len(twice):
        item, other = (rows[int(place)].id for place in places[order][twice[0] : twice[0] + 2])
        raise StoreError(
            f"A pair has one run a side, and {item} and {other} could both be it: leave one out."
        )


def _side(rows: Rows, value: Value, places: Ints) -> Side:
    values = accuracies_of(rows)[places]
    targets = round(target_count(rows, places))
    return Side(value, places, values, math.fsum(values.tolist()) / len(values), targets)


def compare_pairs(pairs: Pairs) -> Comparison:
    """As `compare`, of its pairs."""
    rows, places = pairs.rows, pairs.first.places
    several_folds = len(np.unique(rows.fold[places])) > 1
    seeds = (rows.fold if several_folds else rows.seed)[places]
    order = np.argsort(seeds, kind="stable")
    minus = pairs.first.values - pairs.second.values
    by_seed = np.split(minus[order], np.flatnonzero(np.diff(seeds[order])) + 1)
    sums = [math.fsum(differences.tolist()) for differences in by_seed]
    better, worse = sum(total > 0 for total in sums), sum(total < 0 for total in sums)
    return Comparison(
        setting=pairs.setting,
        first=pairs.first.value,
        second=pairs.second.value,
        runs=pairs.runs,
        difference=_difference(pairs, minus, by_seed),
        p=sign_test(better, worse),
        seeds=len(np.unique(rows.seed[places])),
        better=better,
        worse=worse,
        cells=pairs.cells,
        pairs=len(minus),
        unpaired=pairs.unpaired,
        folds=len(by_seed) if several_folds else 0,
    )


def _difference(pairs: Pairs, minus: Floats, by_seed: Sequence[Floats]) -> Estimate:
    """The mean over pairs, with the wider of two intervals: over folds and seeds, and of the
    targets.
    """
    rows, places = pairs.rows, pairs.first.places
    if rows.fold[places].any():
        mean, half = crossed_mean(minus, [rows.fold[places], rows.seed[places]])
        method = PAIRED_FOLDS if len(by_seed) > 1 else ONE_PAIR
    else:
        mean, half = clustered_mean(by_seed)
        method = PAIRED if len(by_seed) > 1 else ONE_PAIR
    below, above = _of_targets(pairs)
    if len(by_seed) > 1:
        below, above = max(below, half), max(above, half)
    return Estimate(mean, max(-1.0, mean - below), min(1.0, mean + above), method)


def _of_targets(pairs: Pairs) -> tuple[float, float]:
    """How far below and above the difference Newcombe's interval on all targets reaches; nothing
    where all diverged.
    """
    return newcombe(_pooled(pairs.first), _pooled(pairs.second))


def _pooled(side: Side) -> Accuracy:
    return (
        Accuracy.of(side.mean, side.target_count)
        if side.target_count
        else Accuracy(side.mean, side.mean, side.mean, 0)
    )
