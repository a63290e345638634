"""Which values of a setting are compared, over which runs: the setting's usual value against each
other one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echoscope.analysis.comparison import Comparison, Pairs, Sides, compare_pairs, paired
from echoscope.analysis.estimate import Result
from echoscope.analysis.groups import Ints
from echoscope.errors import SettingError, StoreError, alternatives
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import PLACES, SETTINGS, settings_of
from echoscope.runs.table import Rows, none_last
from echoscope.synonyms import named

USUAL = (
    "model",
    "bidirectional",
    "layers",
    "encoding",
    "stateful",
    "gaps",
    "sampling",
)  # what is compared unless a setting is named


@dataclass(frozen=True)
class PairedComparison(Result):
    """A comparison, and what it lies between: the mean accuracy of either value over the pairs, the
    best guess without memory, and the lowest of the best accuracies that can be expected (None of
    user data).
    """

    comparison: Comparison
    first_accuracy: float
    second_accuracy: float
    chance: float
    ceiling: float | None


def setting_of(compared: str | None, varied: Sequence[str]) -> str | None:
    """The setting to compare: the one that was asked for, or the first of `USUAL` that varies, None
    without any.

    Raises `SettingError` for what is no setting, and `StoreError` for one in which all runs are
    equal.
    """
    if compared is None:
        return next((name for name in USUAL if name in varied), None)
    if compared not in SETTINGS:
        raise SettingError(
            f"Runs have no setting {compared!r} to be compared in: {named(compared, SETTINGS)}"
        )
    if compared not in varied:
        raise StoreError(
            f"All runs have the same {compared}, so there is nothing to compare: "
            + (alternatives(compared, varied) if varied else "train some that differ.")
        )
    return compared


def paired_comparisons(
    rows: Rows, setting: str, kept: Ints
) -> tuple[list[PairedComparison], list[str]]:
    """The first value of a setting against each other, over the rows that are kept, and sentences
    on those without a pair.

    The first is the setting's usual value (lstm, forward, one layer, one-hot) if any run has it, or
    else the least. A rate may differ within a pair: the rows are of one rate for each seed and
    cell, as `chosen_by_halves` chooses it.
    """
    sides = Sides.of(rows, setting, [] if setting == "learning_rate" else ["learning_rate"], kept)
    usual = settings_of(Experiment())[PLACES[setting]]
    values = sorted(sides.places, key=lambda item: (item != usual, none_last([item])))
    result, unsaid = [], []
    for other in values[1:]:
        try:
            result.append(_paired(paired(sides, values[0], other)))
        except StoreError as error:
            unsaid.append(str(error))
    return result, unsaid


def _paired(pairs: Pairs) -> PairedComparison:
    places, rows = np.concatenate([pairs.first.places, pairs.second.places]), pairs.rows
    ceilings = rows.numbers("ceiling")[places]
    known = ceilings[~np.isnan(ceilings)]
    chance, ceiling = (
        float(rows.numbers("chance")[places].max()),
        float(known.min()) if len(known) else None,
    )
    return PairedComparison(
        compare_pairs(pairs), pairs.first.mean, pairs.second.mean, chance, ceiling
    )
