"""Prediction: a person's own integers through a trained network, framed as in training, and one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.experiment import Experiment
from echoscope.framing import frame, integers
from echoscope.models import model_of
from echoscope.models.model import State, Weights

CHUNK = 256  # windows heard at once; a multiple, so that one program serves inputs of any length


@dataclass(frozen=True)
class Prediction:
    """Windows [samples, window] and, for each, the right answers, the said ones and their probabilities.

    Shapes: `expected`, `predicted`, `confidence`, `asked` [samples, answers].
    """

    heard: Int[np.ndarray, "samples window"]
    expected: Int[np.ndarray, "samples answers"]
    predicted: Int[np.ndarray, "samples answers"]
    confidence: Float[np.ndarray, "samples answers"]
    asked: Any


def predict(experiment: Experiment, weights: Weights, given: Sequence[int] | np.ndarray) -> Prediction:
    """What a network answers to integers that nobody generated. Each window is heard from rest.

    Raises `IntegerError` for values that are not integers of 0 to symbols-1, or too few for one window.
    """
    sequence = integers(given, experiment.task.symbols)
    task = experiment.task
    framed = frame(task, len(sequence))
    heard = sequence[framed.heard]
    samples = len(heard)
    size = min(CHUNK, 1 << (samples - 1).bit_length())
    padded = np.pad(heard, ((0, -samples % size), (0, 0))).astype(np.int32)
    said = [_answer(experiment, weights, jnp.asarray(part)) for part in padded.reshape(-1, size, heard.shape[1])]
    predicted, confidence = (np.concatenate([np.asarray(part[k]) for part in said])[:samples] for k in (0, 1))
    return Prediction(heard, sequence[framed.answer], predicted.astype(np.int64), confidence, framed.asked)


@partial(jax.jit, static_argnums=0)
def _answer(
    experiment: Experiment, weights: Weights, heard: Int[Array, "batch time"]
) -> tuple[Int[Array, "batch answers"], Float[Array, "batch answers"]]:
    model, sizes = model_of(experiment)
    logits, _ = model.apply(weights, None, heard, sizes.answers)
    return _said(logits)


def _said(logits: Float[Array, "batch answers symbols"]) -> tuple[Array, Array]:
    return jnp.argmax(logits, axis=-1), jnp.exp(jnp.max(logits, axis=-1) - jax.nn.logsumexp(logits, axis=-1))


@dataclass(frozen=True)
class Said:
    """What a stream answers to one integer: nothing (`predicted` empty) until a whole window was heard."""

    heard: int
    predicted: tuple[int, ...]
    confidence: tuple[float, ...]


class Stream:
    """A trained network that hears one integer at a time, and answers each exactly as `predict` answers its window.

    A network that answers at each step keeps one state. One that answers after its window keeps as many as the window
    is long, each having heard the last 1, 2, ... integers: none is ever heard again, and the oldest answers.
    """

    def __init__(self, experiment: Experiment, weights: Weights) -> None:
        self.experiment = experiment
        self.weights = jax.tree.map(jnp.asarray, weights)
        self.rows = 1 if experiment.task.when == "each" else experiment.task.heard
        self._step, self._rest = _stepper(experiment, self.rows)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._state: State = self._rest
        self._heard = 0

    def hear(self, symbol: int) -> Said:
        """Hear one integer. Raises `IntegerError` unless it is one of 0 to symbols-1."""
        value = int(integers([symbol], self.experiment.task.symbols)[0])
        row = self._heard % self.rows
        said, confidence, self._state = self._step(self.weights, self._state, np.int32(value), np.int32(row))
        self._heard += 1
        if self.experiment.task.when == "each":
            ready = self._heard > self.experiment.task.lag[0]
        else:
            ready = self._heard >= self.rows
        return Said(value, tuple(np.asarray(said).tolist()), tuple(np.asarray(confidence).tolist())) if ready else Said(
            value, (), ())  # fmt: skip


@lru_cache(maxsize=8)
def _stepper(experiment: Experiment, rows: int) -> tuple[Any, State]:
    """The compiled step, and the state at rest. Row r starts its window at integer r, r + rows, ..."""
    model, sizes = model_of(experiment)
    rest = jax.tree.map(np.asarray, model.rest(sizes, rows))

    def step(weights: Weights, state: State, symbol: Int[Array, ""], row: Int[Array, ""]):
        if experiment.task.when == "after":
            starts = (jnp.arange(rows) == row)[:, None]
            state = jax.tree.map(lambda kept: jnp.where(starts, 0, kept), state)
        logits, state = model.step(weights, state, jnp.full((rows,), symbol), sizes.answers)
        ends = (row + 1) % rows
        said, confidence = _said(jax.lax.dynamic_index_in_dim(logits, ends, keepdims=True))
        return said[0], confidence[0], state

    return jax.jit(step), rest
