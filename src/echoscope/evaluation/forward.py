"""What a network predicts for a sequence, in the one way in which it is used: that in which it was
trained and scored.

`Experiment.use` says the way. `parts_of` reads a sequence in pieces of bounded size, `Stream` one
integer at a time; both give the same predictions, and those that an accuracy counted.
"""

from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from echoscope.errors import SettingError
from echoscope.evaluation.network import Network
from echoscope.experiment.experiment import CARRIED, CONTINUOUS, WINDOWS, Experiment
from echoscope.integers import GAP
from echoscope.models.base import State, Weights
from echoscope.models.encoders import ENCODINGS, answered
from echoscope.registry import kind_of
from echoscope.tasks.echo import Echo
from echoscope.training.batches import told
from echoscope.training.setup import Setup

# Integers that one call reads, about: what it computes with then fits into a processor's cache. A
# power of two, so that few programs serve sequences of any length.
AT_ONCE = 1 << 14
# what was predicted for every batch, and the state after the last, both under way
Begun = tuple[tuple[Array, ...], State]
AHEAD = 4  # calls that are under way at once, where one does not need the other
TURNS = 256  # batches of carried state that it reads one after the other, at most


class Part(NamedTuple):
    """Predictions for consecutive windows, the first of them the `start`th of the sequence.

    Shapes: `predictions` and `sure` [windows, targets]; `ranked` and `likely` [windows, targets,
    top].
    """

    start: int
    predictions: Int[np.ndarray, "windows targets"]
    sure: Float[np.ndarray, "windows targets"]
    ranked: Int[np.ndarray, "windows targets top"]
    likely: Float[np.ndarray, "windows targets top"]

    def of(self, chosen: slice | np.ndarray) -> "Part":
        """Some of its windows, all else equal."""
        return Part(self.start, *(field[chosen] for field in self[1:]))


def use_of(experiment: Experiment, use: str | None = None) -> str:
    """The use of a network, or another one that is asked for; a `SettingError` where it cannot be
    used so.
    """
    if use is None or use == experiment.use:
        return experiment.use
    if use not in (WINDOWS, CONTINUOUS):
        raise SettingError(
            f"use must be {WINDOWS} or {CONTINUOUS}, or what the network was trained for "
            f"({experiment.use}), not {use!r}: leave it out for that."
        )
    if use == WINDOWS and experiment.task.endless:
        raise SettingError(
            "use windows needs a window, and this network reads a whole sequence: leave use out."
        )
    if use == CONTINUOUS and not isinstance(experiment.task, Echo):
        raise SettingError(
            f"use continuous reads one endless stream, and task {experiment.task.kind} has samples"
            " of its own: leave use out."
        )
    if use == CONTINUOUS and (not kind_of(experiment.model).carries or experiment.bidirectional):
        raise SettingError(
            "use continuous keeps a state from integer to integer, and this network has none that"
            " outlasts a window: leave use out."
        )
    return use


def stride_of(experiment: Experiment, use: str) -> tuple[int, int | None]:
    """After how many windows a window's state is taken up again, and after how many it is cleared
    (None: never).
    """
    return (
        (experiment.training.batch_size, experiment.kept)
        if use == CARRIED
        else (experiment.task.time_steps, None)
    )


def windows_of(
    task: Echo, sequence: NDArray[np.integer]
) -> Int[np.ndarray, "windows window *columns"]:
    """Every window of a sequence, the first one whole, or with padded edges begun by gaps; a view,
    not a copy.
    """
    before = task.time_steps - 1 if task.edges == "padded" else 0
    gaps = np.full((before, *sequence.shape[1:]), GAP, np.int32)
    padded = np.concatenate([gaps, sequence.astype(np.int32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, task.time_steps, axis=0)
    return np.moveaxis(windows, -1, 1)


def parts_of(
    network: Network, sequence: NDArray[np.integer], use: str, top: int = 0
) -> Iterator[Part]:
    """The predictions for every window of `windows_of`, in order. Where state is `continuous` and
    an answer is predicted at each step, a window is one integer.
    """
    if use == CONTINUOUS and network.experiment.task.readout == "all":
        yield from _kept_on(network, sequence, top)
    else:
        inputs = windows_of(network.experiment.echo, sequence)
        yield from parts_of_windows(network, inputs, use, top)


def parts_of_windows(
    network: Network, inputs: Int[np.ndarray, "windows window *columns"], use: str, top: int = 0
) -> Iterator[Part]:
    """The predictions for windows that follow each other."""
    if use == WINDOWS:
        yield from _from_initial(network, inputs, top)
    else:
        yield from _carried(network, inputs, use, top)


def _from_initial(network: Network, inputs: np.ndarray, top: int) -> Iterator[Part]:
    most = max(1, AT_ONCE // network.experiment.task.time_steps)
    size = min(most, 1 << max(0, len(inputs) - 1).bit_length())
    calls: deque[tuple[int, Begun]] = deque()
    for start in range(0, len(inputs), size):
        block = _filled(inputs[start : start + size], size)
        calls.append((start, _begun(network, top, None, block[None])))
        if len(calls) == AHEAD:
            yield _part(*calls.popleft(), len(inputs))
    while calls:
        yield _part(*calls.popleft(), len(inputs))


def _part(start: int, begun: Begun, count: int) -> Part:
    """The predictions of a call, up to the last window of so many."""
    return Part(start, *_answers(begun)).of(np.s_[: count - start])


def _carried(network: Network, inputs: np.ndarray, use: str, top: int) -> Iterator[Part]:
    """Batches of windows, each from the state of the batch before. Stretches between two clearings
    go side by side.
    """
    batch, cleared = stride_of(network.experiment, use)
    room = max(1, AT_ONCE // (batch * network.experiment.task.time_steps))
    turns = min(
        room, TURNS, max(1, -(-len(inputs) // batch)), cleared // batch if cleared else TURNS
    )
    beside = (
        max(1, min(room // turns, -(-len(inputs) // (turns * batch))))
        if cleared == turns * batch
        else 1
    )
    state, size = network.setup.initial_state(beside * batch), beside * turns * batch
    start = 0
    while start < len(inputs):
        count = size if cleared is None or beside > 1 else min(size, cleared - start % cleared)
        block = inputs[start : start + count]
        laid = (
            _filled(block, size)
            .reshape(beside, turns, batch, *block.shape[1:])
            .swapaxes(0, 1)
            .reshape(turns, beside * batch, *block.shape[1:])
        )
        part, state = forward(network, top, state, laid)
        shaped = (
            field.reshape(turns, beside, batch, *field.shape[1:]).swapaxes(0, 1) for field in part
        )
        yield Part(start, *(field.reshape(size, *field.shape[3:]) for field in shaped)).of(
            np.s_[: len(block)]
        )
        start += count
        if cleared is not None and start % cleared == 0:
            state = network.setup.initial_state(beside * batch)


def _kept_on(network: Network, sequence: NDArray[np.integer], top: int) -> Iterator[Part]:
    """An answer at each integer from one state."""
    state, size = (
        network.setup.initial_state(1),
        min(AT_ONCE // 32, 1 << max(0, len(sequence) - 1).bit_length()),
    )
    for start in range(0, len(sequence), size):
        block = sequence[start : start + size].astype(np.int32)
        part, state = forward(network, top, state, _filled(block, size)[None, None])
        yield Part(start, *(field[0, : len(block), None] for field in part))


def _filled(block: np.ndarray, size: int) -> np.ndarray:
    """A block of that many windows, the missing ones of symbol 0."""
    return np.pad(block, [(0, size - len(block)), *[(0, 0)] * (block.ndim - 1)])


def forward(
    network: Network, top: int, state: State, inputs: Int[np.ndarray, "turns batch time *columns"]
) -> tuple[tuple[np.ndarray, ...], State]:
    """What is predicted for batches in turn, each from the state of the one before, as arrays
    [turns * batch, ...].
    """
    begun = _begun(network, top, state, inputs)
    return _answers(begun), begun[1]


def _begun(network: Network, top: int, state: State, inputs: np.ndarray) -> Begun:
    """The same, under way: JAX goes on before it is done."""
    return _compiled(network.setup, top, network.weights, state, jnp.asarray(inputs))


def _answers(begun: Begun) -> tuple[np.ndarray, ...]:
    """What was predicted for every batch, once it is: arrays [turns * batch, ...]."""
    result = (np.asarray(field) for field in begun[0])
    return tuple(
        field.reshape(field.shape[0] * field.shape[1], *field.shape[2:]) for field in result
    )


@partial(jax.jit, static_argnums=(0, 1))
def _compiled(
    setup: Setup,
    top: int,
    weights: Weights,
    state: State,
    inputs: Int[Array, "turns batch time *columns"],
):
    model, sizes = setup.model, setup.sizes

    def turn(state: State, inputs: Int[Array, "batch time *columns"]):
        values, state = model.apply(weights, state, told(setup.shape.task, inputs), sizes)
        predictions, sure = answered(values, sizes)
        logits = ENCODINGS[sizes.encoding].logits
        if logits is None:
            return state, (
                predictions,
                sure,
                jnp.zeros((*predictions.shape, 0), jnp.int32),
                jnp.zeros((*predictions.shape, 0)),
            )
        likely, ranked = lax.top_k(jax.nn.softmax(logits(values, sizes)), top)
        return state, (predictions, sure, ranked, likely)

    if state is None:
        return jax.tree.map(lambda field: field[None], turn(None, inputs[0])[1]), None
    state, result = lax.scan(turn, state, inputs)
    return result, state
