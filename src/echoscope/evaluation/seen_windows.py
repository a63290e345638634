"""Which windows of some integers a network trained on: those of its own file, or the same
elsewhere.
"""

import numpy as np
from numpy.typing import NDArray

from echoscope.borders import fitting
from echoscope.experiment.draws import draw_of
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData, learned
from echoscope.integers import Integers
from echoscope.tasks.windows import window_ends

Flags = NDArray[np.bool_]
# share of held-out windows that are among the learned ones, above which a match says nothing
RECURRING = 0.05


def familiar(
    experiment: Experiment, value: UserData | Integers, data: UserData | Integers | None = None
) -> Flags:
    """Whether a network trained on each window of `value` [time]: from it, or any integer of it,
    targets included.

    Where `value` are the very integers that it trained on, or begin with all that it learned from,
    the windows that reach into the learned part are. Elsewhere, which needs its `data` [time],
    those are that stand integer for integer in the learned part. Integers with a rule repeat
    themselves, so that a match proves nothing: where more than a twentieth of the held-out windows
    also stand in the learned part, none elsewhere is called learned. What was too short to be
    learned from was not.

    >>> familiar(experiment, np.arange(5)).tolist()
    [False]

    Shapes: [windows], as `predict` has them: of several sequences one after the other.
    """
    value = value if isinstance(value, UserData) else UserData(value)
    data = data if isinstance(data, UserData) or data is None else UserData(data)
    begins, ends, limits = _windows(experiment, value)
    if experiment.data is None:
        return np.zeros(len(ends), bool)
    if experiment.data.startswith(value.hash):
        known = read_in_training(experiment, value)
        return _touched(known, begins, np.minimum(ends, limits))
    if data is None:
        return np.zeros(len(ends), bool)
    begin = learned(experiment, data)
    if _goes_on(data.part(0, begin), value):
        known = np.zeros(len(value), bool)
        known[:begin] = read_in_training(experiment, data)[:begin]
        return _touched(known, begins, np.minimum(ends, limits))
    result, wide = np.zeros(len(ends), bool), experiment.echo.reach
    places, every = fitting(data.starts, len(data), wide), _fingerprints(data.integers, wide)
    trained = places[read_in_training(experiment, data)[places]]
    known = every[trained[trained + wide <= begin]]
    if np.isin(every[places[places >= begin]], known).mean() <= RECURRING:
        whole = (ends - begins == wide) & (ends <= limits)
        result[whole] = np.isin(_fingerprints(value.integers, wide), known)[begins[whole]]
    return result


def _windows(experiment: Experiment, value: UserData) -> tuple[Integers, Integers, Integers]:
    """Where each window of the sequences begins and ends, with its targets, and where its sequence
    ends; of the one at the beginning what stands before it is left out.
    """
    task = experiment.echo
    last, sequence = window_ends(task, value.starts, len(value))
    begins = np.maximum(last - (task.reach - 1 - task.ahead), value.starts[sequence])
    return begins, last + (1 + task.ahead), value.limits[sequence]


def _touched(known: Flags, begins: Integers, ends: Integers) -> Flags:
    """Whether any integer of each stretch is known."""
    count = int(known.sum())
    if known[:count].all():  # the first ones, as of one sequence
        return begins < count
    sums = np.append(0, np.cumsum(known))
    return sums[ends] > sums[begins]


def _goes_on(known: UserData, value: UserData) -> bool:
    """Whether a value begins with all that is known, in the same sequences."""
    begin = len(known)
    if len(value) < begin or not (value.integers[:begin] == known.integers).all():
        return False
    return np.array_equal(value.part(0, begin).starts, known.starts)


def read_in_training(experiment: Experiment, data: UserData) -> Flags:
    """Which integers of the user data training reads. Shapes: -> (time,)."""
    end, size = learned(experiment, data), draw_of(experiment)
    if not data.several:
        return np.arange(len(data)) < end
    starts = fitting(data.part(0, end).starts, end, size)
    change = np.zeros(len(data) + 1, np.int64)
    change[starts] += 1
    change[starts + size] -= 1
    return np.cumsum(change)[:-1] > 0


def _fingerprints(sequence: Integers, wide: int) -> NDArray[np.uint64]:
    """A number for each stretch of `wide` integers: equal ones have equal numbers, and others by an
    accident of 2**-50.

    It is a polynomial modulo 2**64 in an odd base, of which every stretch is a difference of two
    sums.
    """
    if len(sequence) < wide:
        return np.zeros(0, np.uint64)
    sequence = _in_one(sequence)
    base = 0x9E3779B97F4A7C15
    mixed = (sequence + 2).astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    powers, inverse = (
        np.full(len(sequence), first, np.uint64) for first in (base, pow(base, -1, 2**64))
    )
    powers[0] = inverse[0] = 1
    sums = np.append(np.uint64(0), np.cumsum(mixed * np.cumprod(powers)))
    return (sums[wide:] - sums[:-wide]) * np.cumprod(inverse)[: len(sequence) - wide + 1]


def _in_one(sequence: Integers) -> Integers:
    """Rows of several columns as one number each, all else as it is."""
    if sequence.ndim == 1:
        return sequence
    result = np.zeros(len(sequence), np.uint64)
    for column in sequence.T:
        result = (result + (column + 2).astype(np.uint64)) * np.uint64(0x94D049BB133111EB)
        result ^= result >> np.uint64(31)
    return result.view(np.int64)
