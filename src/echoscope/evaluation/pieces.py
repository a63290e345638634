"""The predictions for the windows of one sequence or several, in pieces of bounded size."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from echoscope.evaluation.forward import Part, parts_of, parts_of_windows, windows_of
from echoscope.evaluation.network import Network
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.experiment import CONTINUOUS, WINDOWS
from echoscope.experiment.user_data import UserData
from echoscope.integers import GAP, Integers
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import first_end, of_length, window_ends

AT_ONCE = 1 << 18  # integers of windows from many sequences that are laid out at once, about


def of_sequences(
    network: Network, data: UserData, learned: NDArray[np.bool_], top: int, use: str
) -> Iterator[Prediction]:
    """The predictions for every window, sequence by sequence; `learned` [windows] says which of
    them were trained on. A sequence without a window gives none.
    """
    if not data.several:
        yield from pieces(network, data.integers.astype(np.int32), learned, top, use)
        return
    ends, sequence = window_ends(network.experiment.echo, data.starts, len(data))
    if use == WINDOWS:
        yield from _side_by_side(network, data, ends, sequence, learned, top)
    else:
        parts = data.sequences()
        numbers, firsts = np.unique(sequence, return_index=True)
        for number, known in zip(numbers.tolist(), np.split(learned, firsts[1:]), strict=True):
            integers = parts[number].astype(np.int32)
            yield from pieces(network, integers, known, top, use, number)


def _side_by_side(
    network: Network,
    data: UserData,
    every: Integers,
    sequence: Integers,
    learned: NDArray[np.bool_],
    top: int,
) -> Iterator[Prediction]:
    """Where each window is read from the initial state, windows of many sequences in one call."""
    task, integers = network.experiment.echo, data.integers.astype(np.int32)
    size = max(1, AT_ONCE // task.time_steps)
    for first in range(0, len(every), size):
        some = slice(first, first + size)
        number = sequence[some]
        begin, limit = data.starts[number][:, None], data.limits[number][:, None]
        framed = task.frame_at(every[some] - begin[:, 0])
        inputs = _within(framed.inputs, begin, limit, integers)
        targets = _within(framed.target, begin, limit, integers, task)
        mask = framed.mask & (targets != GAP)
        for part in parts_of_windows(network, inputs.astype(np.int32), WINDOWS, top):
            here = slice(part.start, part.start + len(part.predictions))
            yield Prediction(
                inputs[here],
                np.where(mask, targets, GAP)[here],
                part.predictions,
                part.sure,
                mask[here],
                part.ranked,
                part.likely,
                learned[some][here],
                number[here],
            )


def _within(
    places: Integers,
    begin: Integers,
    limit: Integers,
    integers: NDArray[np.int32],
    task: Echo | None = None,
) -> NDArray[np.int32]:
    """The integers at places that count from where their sequence begins, gaps beyond its limits;
    with a task, those of its targets.
    """
    at = np.clip(begin + places, 0, len(integers) - 1)
    taken = task.pick(integers, at) if task else integers[at]
    inside = (places >= 0) & (begin + places < limit)
    return np.where(inside.reshape(*inside.shape, *[1] * (taken.ndim - 2)), taken, GAP)


def pieces(
    network: Network,
    sequence: NDArray[np.integer],
    learned: NDArray[np.bool_],
    top: int,
    use: str,
    number: int = 0,
) -> Iterator[Prediction]:
    """The windows of one sequence, the `number`th."""
    task = of_length(network.experiment.echo, len(sequence))
    first = first_end(task, len(sequence) + task.ahead)
    unknown = np.full((task.ahead, *sequence.shape[1:]), GAP, np.int32)
    known = np.concatenate([sequence, unknown])
    inputs = windows_of(task, sequence)
    begin = len(sequence) - len(inputs)  # where the first window of all ends
    for part in _by_window(network, task.time_steps, sequence, top, use):
        kept = part.of(np.s_[max(0, first - begin - part.start) :])
        start = max(part.start, first - begin)
        if not len(kept.predictions):
            continue
        framed = task.frame_at(np.arange(start, start + len(kept.predictions)) + begin)
        targets = task.pick(known, framed.target)
        mask = framed.mask & (targets != GAP)
        yield Prediction(
            inputs[start : start + len(kept.predictions)],
            np.where(mask, targets, GAP),
            kept.predictions,
            kept.sure,
            mask,
            kept.ranked,
            kept.likely,
            learned[start - first + begin :][: len(kept.predictions)],
            np.full(len(kept.predictions), number),
        )


def _by_window(
    network: Network, size: int, sequence: NDArray[np.integer], top: int, use: str
) -> Iterator[Part]:
    """Predictions for windows of this size, also where they are made by one state that goes on from
    integer to integer.
    """
    parts, task = parts_of(network, sequence, use, top), network.experiment.echo
    if use != CONTINUOUS or task.readout != "all":
        yield from parts
        return
    before, gaps = None, size - 1 if task.edges == "padded" else 0
    for part in parts:
        joined = part if before is None else _after(before, part)
        if before is None and gaps:
            joined = _after(
                part.of(np.zeros(gaps, int)), part
            )  # what stands before the sequence is not asked
        count = len(joined.predictions) - size + 1
        if count > 0:
            places = np.arange(count)[:, None] + np.arange(size)
            laid = (
                # every target of every step
                field[places].reshape(count, size * field.shape[1], *field.shape[2:])
                for field in joined[1:]
            )
            yield Part(max(0, part.start - size + 1 + gaps), *laid)
        before = joined.of(np.s_[max(0, count) :])


def _after(before: Part, part: Part) -> Part:
    return Part(
        before.start, *(np.concatenate(pair) for pair in zip(before[1:], part[1:], strict=True))
    )
