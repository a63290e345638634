"""A stream: a trained network that hears one integer at a time, and answers as it does to a whole
sequence.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.evaluation.forward import hear, rest, stride_of, use_of
from echoscope.experiment.experiment import CONTINUOUS, WINDOWS, Experiment, is_experiment
from echoscope.integers import GAP, integers
from echoscope.models.model import Weights
from echoscope.training.program import fitting


@dataclass(frozen=True)
class Said:
    """What a stream answers to one integer: nothing (`predicted` empty) until there is something to
    answer.
    """

    heard: int | None
    predicted: tuple[int, ...]
    confidence: tuple[float, ...]


class Stream:
    """A trained network that hears one integer at a time, and answers each exactly as `predict`
    answers its window.

    Where state is kept from integer to integer, that is all it keeps. Else it keeps the last
    window, and hears it from the initial state, or from the state that training would have carried
    to it. `use` asks for another use than the network's own: windows or continuous.
    """

    def __init__(self, experiment: Experiment, weights: Weights, use: str | None = None) -> None:
        is_experiment(experiment, "Stream")
        self.experiment, self.use = experiment, use_of(experiment, use)
        self.weights = jax.tree.map(jnp.asarray, fitting(experiment, weights))
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        task = self.experiment.task
        self._window: deque[int] = deque(maxlen=task.heard)
        if task.edges == "padded":
            self._window.extend([GAP] * (task.heard - 1))
        self._states: dict[int, Any] = {}
        self._heard = self._windows = 0

    def hear(self, symbol: int | None) -> Said:
        """Hear one integer, or None: a gap. Raises `IntegerError` unless it is one of 0 to
        symbols-1.
        """
        task = self.experiment.task
        value = int(integers([symbol], task.symbols, gaps=task.gappy)[0])
        self._window.append(value)
        said, sure = self._answer(value)
        self._heard += 1
        heard = None if value == GAP else value
        first = max(0, task.lag[0]) if task.when == "each" else task.first
        if self._heard <= first:
            return Said(heard, (), ())
        return Said(heard, tuple(said.tolist()), tuple(sure.tolist()))

    def _answer(self, value: int) -> tuple[np.ndarray, np.ndarray]:
        if self.use == CONTINUOUS and self.experiment.task.when == "each":
            state = self._states.get(0, rest(self.experiment, 1))
            (said, sure, *_), self._states[0] = hear(
                self.experiment, 0, self.weights, state, _laid([value])
            )
            return said[0], sure[0]
        task, here = self.experiment.task, len(self._window)
        window = _laid(
            [*self._window, *[0] * (task.heard - here)]
        )  # what follows is not heard by then
        if self.use == WINDOWS:
            (said, sure, *_), _ = hear(self.experiment, 0, self.weights, None, window)
        else:
            said, sure = self._carried(window, whole=here == task.heard)
        return (
            (said[0, here - 1, None], sure[0, here - 1, None])
            if task.when == "each"
            else (said[0], sure[0])
        )

    def _carried(self, window: np.ndarray, whole: bool) -> tuple[np.ndarray, np.ndarray]:
        batch, cleared = stride_of(self.experiment, self.use)
        if cleared and self._windows % cleared == 0:
            self._states = {}
        row = self._windows % batch
        state = self._states.get(row, rest(self.experiment, 1))
        (said, sure, *_), state = hear(self.experiment, 0, self.weights, state, window)
        if whole:
            self._states[row] = state
            self._windows += 1
        return said, sure


def _laid(window: list[int]) -> np.ndarray:
    return np.array(window, np.int32)[None, None]
