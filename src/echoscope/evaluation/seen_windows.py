"""Which windows of some integers a network trained on: those of its own file, or the same
elsewhere.
"""

import numpy as np
from numpy.typing import NDArray

from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import hash_of, learned
from echoscope.integers import Integers
from echoscope.tasks.windows import first_end

# share of held-out windows that are among the learned ones, above which a match says nothing
RECURRING = 0.05


def familiar(
    experiment: Experiment, value: Integers, data: Integers | None = None
) -> NDArray[np.bool_]:
    """Whether a network trained on each window of `value` [time]: from it, or any integer of it,
    targets included.

    Where `value` are the very integers that it trained on, or begin with all that it learned from,
    the windows that reach into the learned part are. Elsewhere, which needs its `data` [time],
    those are that stand integer for integer in the learned part. Integers with a rule repeat
    themselves, so that a match proves nothing: where more than a twentieth of the held-out windows
    also stand in the learned part, none elsewhere is called learned.

    >>> familiar(experiment, np.arange(5)).tolist()
    [False]

    Shapes: [windows], as `predict` has them.
    """
    task = experiment.echo
    ends = np.arange(first_end(task, len(value) + task.ahead), len(value))
    starts = ends - (task.reach - 1 - task.ahead)
    if experiment.data is None:
        return np.zeros(len(ends), bool)
    if experiment.data.startswith(hash_of(value)):
        return starts < learned(experiment, len(value))
    if data is None:
        return np.zeros(len(ends), bool)
    begin, wide = learned(experiment, len(data)), task.reach
    if len(value) >= begin and (value[:begin] == data[:begin]).all():
        return starts < begin
    result, known = np.zeros(len(ends), bool), _fingerprints(data[:begin], wide)
    if np.isin(_fingerprints(data[begin:], wide), known).mean() <= RECURRING:
        whole = (starts >= 0) & (ends + task.ahead < len(value))
        result[whole] = np.isin(_fingerprints(value, wide), known)[starts[whole]]
    return result


def _fingerprints(sequence: Integers, wide: int) -> NDArray[np.uint64]:
    """A number for each stretch of `wide` integers: equal ones have equal numbers, and others by an
    accident of 2**-50.

    It is a polynomial modulo 2**64 in an odd base, of which every stretch is a difference of two
    sums.
    """
    if len(sequence) < wide:
        return np.zeros(0, np.uint64)
    base = 0x9E3779B97F4A7C15
    mixed = (sequence + 2).astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    powers, inverse = (
        np.full(len(sequence), first, np.uint64) for first in (base, pow(base, -1, 2**64))
    )
    powers[0] = inverse[0] = 1
    sums = np.append(np.uint64(0), np.cumsum(mixed * np.cumprod(powers)))
    return (sums[wide:] - sums[:-wide]) * np.cumprod(inverse)[: len(sequence) - wide + 1]
