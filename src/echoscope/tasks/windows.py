"""Framing: integers into windows and targets. Training, prediction and the pages all frame with
`frame`.

The tutorials' own vocabulary (`generate_sequence`, `one_hot_encode`, `one_hot_decode`,
`to_supervised`) is here too, vectorised, with their meaning unchanged.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echoscope.borders import fitting, lengths_of
from echoscope.errors import IntegerError, SettingError, check_kind, many
from echoscope.integers import Integers, integers
from echoscope.settings import whole
from echoscope.tasks.base import Frame
from echoscope.tasks.echo import Echo


def frame(task: Echo, length: int | None = None, batch_size: int = 1) -> Frame:
    """The windows of one sequence in order, at lag k exactly the symbol k steps before the one just
    read.

    >>> frame(Echo(window=3, lag=(1,)), length=5).target.tolist()
    [[1], [2], [3]]

    `length` defaults to the task's. Windows that do not fill a batch are dropped, the oldest first,
    as the tutorials do: 21 windows and batches of 5 keep 20. Raises `IntegerError` if not one
    window fits.
    """
    check_kind(task, Echo, "frame needs an Echo, as in frame(Echo(window=3, lag=(1,)))")
    length = task.length if length is None else length
    task = of_length(task, max(length, 1))
    first = first_end(task, length)
    ends = np.arange(first + (length - task.ahead - first) % batch_size, length - task.ahead)
    return task.frame_at(ends)


def of_length(task: Echo, length: int) -> Echo:
    """The task for a sequence of so many integers: all of it is the window where it has none."""
    if task.window is None and task.edges == "dropped":
        return task.with_settings(length=length)
    return task


def first_end(task: Echo, length: int) -> int:
    """Where the first window of so many integers ends; an `IntegerError` if not one window fits."""
    first = task.first if task.window is not None or task.edges == "padded" else max(0, length - 1)
    known = length - task.ahead  # what lies ahead need not be known
    if known - first < 1:
        raise IntegerError(
            f"One window needs {many(first + 1, 'value')} and there {_are(known)}: give more."
        )
    return first


def window_ends(task: Echo, starts: Integers, count: int) -> tuple[Integers, Integers]:
    """Where each window of several sequences ends that stand one after the other, and the number of
    its sequence; also of windows whose target lies ahead. A sequence may be too short for any.

    >>> ends, sequence = window_ends(Echo(window=3), np.array([0, 4, 6]), count=9)
    >>> ends.tolist(), sequence.tolist()
    ([2, 3, 8], [0, 0, 2])
    """
    if task.window is None and task.edges == "dropped":
        lengths = lengths_of(starts, count)
        ends = (starts + lengths - 1)[lengths > max(map(abs, task.lag))]
    else:
        ends = task.first + fitting(starts, count, task.first + 1)
    return ends, np.searchsorted(starts, ends, "right") - 1


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"


def generate_sequence(length: int = 25, vocab_size: int = 100, seed: int | None = None) -> Integers:
    """Random integers, each of 0 to vocab_size-1 equally likely. Shape [length]; the same seed
    gives the same integers.

    >>> generate_sequence(5, vocab_size=10, seed=1).tolist()
    [4, 5, 7, 9, 0]
    """
    length, vocab_size = whole("length", length, 0), whole("vocab_size", vocab_size, 1)
    return np.random.default_rng(seed).integers(0, vocab_size, length)


def one_hot_encode(sequence: ArrayLike, vocab_size: int = 100) -> Integers:
    """Each integer as a vector of zeros with a one at its own index. Shape [..., symbols] for
    integers [...].

    >>> one_hot_encode([2, 0], vocab_size=3).tolist()
    [[0, 0, 1], [1, 0, 0]]
    """
    vocab_size = whole("vocab_size", vocab_size, 1)
    value = np.asarray(sequence)
    settled = integers(value.ravel(), vocab_size).reshape(value.shape)
    return (settled[..., None] == np.arange(vocab_size)).astype(np.int64)


def one_hot_decode(encoded: ArrayLike) -> Integers:
    """The index of the largest value of each vector: the inverse of `one_hot_encode`, also for
    probabilities.

    >>> one_hot_decode([[0.1, 0.7, 0.2], [0.9, 0.1, 0.0]]).tolist()
    [1, 0]
    """
    vectors = np.asarray(encoded)
    if vectors.ndim < 1 or vectors.shape[-1] == 0:
        raise IntegerError(
            "one_hot_decode needs vectors of at least one value, not an array of shape"
            f" {vectors.shape}."
        )
    if np.issubdtype(vectors.dtype, np.inexact) and np.isnan(vectors).any():
        raise IntegerError(
            "one_hot_decode cannot find the largest value of a vector that holds NaN."
        )
    return np.argmax(vectors, axis=-1)


def one_hot_top(encoded: ArrayLike, top: int = 3) -> tuple[Integers, NDArray[np.float64]]:
    """The `top` likeliest symbols of each vector of probabilities, the likeliest first, and their
    probabilities.

    >>> symbols, probability = one_hot_top([[0.1, 0.7, 0.2]], top=2)
    >>> symbols.tolist(), probability.tolist()
    ([[1, 2]], [[0.7, 0.2]])

    Shapes: [..., symbols] gives two arrays [..., top]. Of equals the lowest comes first, as in
    `one_hot_decode`.
    """
    one_hot_decode(encoded)  # refuses what has no largest value
    vectors = np.asarray(encoded, float)
    top = whole("top", top, 1, vectors.shape[-1])
    order = np.argsort(-vectors, axis=-1, kind="stable")[..., :top]
    return order, np.take_along_axis(vectors, order, axis=-1)


def to_supervised(
    sequence: ArrayLike, n_in: int, n_out: int
) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Windows of `n_in` values and, as targets, the `n_out` oldest of each. Rows with missing
    values do not exist.

    >>> inputs, target = to_supervised([1, 2, 3, 4, 5], n_in=4, n_out=2)
    >>> inputs.tolist(), target.tolist()
    ([[1, 2, 3, 4], [2, 3, 4, 5]], [[1, 2], [2, 3]])

    Shapes: integers [time] give [samples, n_in] and [samples, n_out]; one-hot [time, symbols] gives
    [samples, n_in, symbols] and [samples, n_out, symbols].
    """
    values = np.asarray(sequence)
    if values.ndim not in (1, 2):
        raise IntegerError(
            "to_supervised needs integers [time] or one-hot [time, symbols], not shape"
            f" {values.shape}."
        )
    n_in = whole("n_in", n_in, 1)
    n_out = whole("n_out", n_out, 1, n_in)
    if len(values) < n_in:
        raise SettingError(
            f"n_in {n_in} is more than the {len(values)} values of the sequence: use a smaller"
            " n_in."
        )
    oldest_last = tuple(range(n_in - n_out, n_in))[::-1]
    framed = frame(Echo(length=len(values), window=n_in, lag=oldest_last))
    return values[framed.inputs], values[framed.target]
