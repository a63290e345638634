"""A stream: a trained network that reads one integer at a time, and predicts as it does for a whole
sequence.
"""

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from echoscope.evaluation.forward import forward, stride_of, use_of
from echoscope.evaluation.network import network_of
from echoscope.experiment.experiment import CONTINUOUS, WINDOWS, Experiment
from echoscope.integers import GAP
from echoscope.models import stack
from echoscope.models.base import State, Weights
from echoscope.registry import layer_of
from echoscope.tasks.columns import integers_of
from echoscope.training.batches import told
from echoscope.training.setup import Setup


@dataclass(frozen=True)
class StreamPrediction:
    """What a stream predicts at one integer, or at one row of several columns: nothing
    (`predictions` empty) until there is something to answer.
    """

    inputs: int | tuple[int | None, ...] | None
    predictions: tuple[int, ...]
    confidence: tuple[float, ...]


class _Call(NamedTuple):
    """What the last answer was made of: a state, the window that is read from it, and the place in
    it of the integer that was read last.
    """

    state: State
    window: np.ndarray
    place: int


class Stream:
    """A trained network that reads one integer at a time, and predicts at each exactly as `predict`
    does for its window.

    Where state is kept from integer to integer, that is all it keeps. Else it keeps the last
    window, and reads it from the initial state, or from the state that training would have carried
    to it. `use` asks for another use than the network's own: windows or continuous.
    """

    def __init__(self, experiment: Experiment, weights: Weights, use: str | None = None) -> None:
        self.network = network_of(experiment, weights, "Stream")
        self.experiment, self.use = experiment, use_of(experiment, use)
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        task = self.experiment.echo
        self._window: deque[int | list[int]] = deque(maxlen=task.time_steps)
        if task.edges == "padded":
            self._window.extend([self._row(GAP)] * (task.time_steps - 1))
        self._states: dict[int, State] = {}
        self._inputs = self._windows = 0
        self._last: _Call | None = None

    def _row(self, symbol: int) -> int | list[int]:
        """A time step of this symbol, in every column where there are several."""
        columns = self.experiment.echo.columns
        return [symbol] * len(columns) if columns else symbol

    def forward(self, symbol: object) -> StreamPrediction:
        """Read one integer, or None: a gap; of several columns a row of them. Raises `IntegerError`
        unless it is one of 0 to vocab_size-1.
        """
        task = self.experiment.echo
        value = integers_of(task, [symbol])[0].tolist()
        self._window.append(value)
        predicted, sure = self._answer(value)
        self._inputs += 1
        inputs = tuple(map(_known, value)) if isinstance(value, list) else _known(value)
        first = max(0, *task.lag) if task.readout == "all" else task.first
        if self._inputs <= first:
            return StreamPrediction(inputs, (), ())
        return StreamPrediction(inputs, tuple(predicted.tolist()), tuple(sure.tolist()))

    @property
    def units(self) -> Float[np.ndarray, " units"]:
        """What every unit of the uppermost layer holds after the integer that was read last; zeros
        before the first.

        >>> small = preset("lag", units=4, vocab_size=8, epochs=1)
        >>> stream = Stream(small, train(small)[1])
        >>> stream.units
        array([0., 0., 0., 0.], dtype=float32)

        It is computed when it is asked for, from the state and the window that the answer was made
        of; of several layers it is the last one's, and of a bidirectional one both directions',
        which is zeros too until there is a whole window to be read from its end.
        """
        setup = self.network.setup
        partial_window = self._last and self._last.place < setup.sizes.time_steps - 1
        if self._last is None or (setup.sizes.bidirectional and partial_window):
            return np.zeros(setup.sizes.width, np.float32)
        state, window, place = self._last
        outputs = _outputs(setup, self.network.weights, state, jnp.asarray(window[0]))
        return np.asarray(outputs[place, 0], np.float32)

    def _answer(self, value: int | list[int]) -> tuple[np.ndarray, np.ndarray]:
        if self.use == CONTINUOUS and self.experiment.task.readout == "all":
            state = self._states.get(0, self.network.setup.initial_state(1))
            self._last = _Call(state, _laid([value]), 0)
            (predicted, sure, *_), self._states[0] = forward(self.network, 0, *self._last[:2])
            return predicted[0], sure[0]
        task, here = self.experiment.task, len(self._window)
        window = _laid(
            [*self._window, *[self._row(0)] * (task.time_steps - here)]
        )  # what follows is not read by then
        self._last = _Call(None, window, here - 1)
        if self.use == WINDOWS:
            (predicted, sure, *_), _ = forward(self.network, 0, None, window)
        else:
            predicted, sure = self._carried(window, whole=here == task.time_steps)
        if task.readout != "all":
            return predicted[0], sure[0]
        last_step = np.s_[(here - 1) * task.heads : here * task.heads]
        return predicted[0, last_step], sure[0, last_step]

    def _carried(self, window: np.ndarray, whole: bool) -> tuple[np.ndarray, np.ndarray]:
        batch, cleared = stride_of(self.experiment, self.use)
        if cleared and self._windows % cleared == 0:
            self._states = {}
        row = self._windows % batch
        state = self._states.get(row, self.network.setup.initial_state(1))
        self._last = _Call(state, window, len(self._window) - 1)
        (predicted, sure, *_), state = forward(self.network, 0, state, window)
        if whole:
            self._states[row] = state
            self._windows += 1
        return predicted, sure


def _known(symbol: int) -> int | None:
    return None if symbol == GAP else symbol


def _laid(window: list[int | list[int]]) -> np.ndarray:
    return np.array(window, np.int32)[None, None]


@partial(jax.jit, static_argnums=0)
def _outputs(
    setup: Setup, weights: Weights, state: State, window: Array
) -> Float[Array, "time batch width"]:
    """The outputs of the uppermost layer over a window [batch, time, ...]."""
    below = None if state is None else state[0]
    inputs = told(setup.shape.task, window)
    return stack.apply(layer_of(setup.shape.model), weights, below, inputs, setup.sizes)[0]
