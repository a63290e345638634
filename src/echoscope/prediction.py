"""Prediction: a person's own integers through a trained network, framed as in training, and one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from echoscope.batch import told
from echoscope.errors import WordError
from echoscope.experiment import Experiment, is_experiment
from echoscope.familiar import familiar
from echoscope.framing import frame
from echoscope.integers import GAP, integers
from echoscope.models import model_of
from echoscope.models.encoding import ENCODINGS, answered
from echoscope.models.model import State, Weights
from echoscope.program import fitting
from echoscope.words import whole

CHUNK = 256  # windows heard at once; a multiple, so that one program serves inputs of any length


@dataclass(frozen=True)
class Prediction:
    """Windows [samples, window] and, for each, the right answers, the said ones and their probabilities.

    Shapes: `expected`, `predicted`, `confidence`, `asked` [samples, answers]; `asked` is False where there is no right
    answer. A gap is -1. A regression gives no probabilities: they are NaN. `ranked` and `probability`
    [samples, answers, top] are the likeliest symbols, the first of them the predicted one, where `top` was asked for.
    `learned` [samples] marks windows that the network learned from (see `familiar.familiar`): they count in no score.
    """

    heard: Int[np.ndarray, "samples window"]
    expected: Int[np.ndarray, "samples answers"]
    predicted: Int[np.ndarray, "samples answers"]
    confidence: Float[np.ndarray, "samples answers"]
    asked: Bool[np.ndarray, "samples answers"]
    ranked: Int[np.ndarray, "samples answers top"]
    probability: Float[np.ndarray, "samples answers top"]
    learned: Bool[np.ndarray, " samples"]


def predict(
    experiment: Experiment,
    weights: Weights,
    given: Sequence[Any] | np.ndarray,
    top: int = 0,
    data: np.ndarray | None = None,
) -> Prediction:
    """What a network answers to integers that nobody generated. Each window is heard from rest.

    None (or -1) is a gap, where the task has gaps. `top` asks for so many of the likeliest symbols. A forecast (a lag
    below 0) also has the windows at the end, whose answers nobody knows yet.
    `data` [time] are the own integers that the network learned from (`Store.data`): with them, windows that it learned
    from are known in other files too.
    Raises `IntegerError` for values that are not integers of 0 to symbols-1, or too few for one window.
    """
    is_experiment(experiment, "predict")
    fitting(experiment, weights)
    task = experiment.task
    sequence = integers(given, task.symbols, gaps=task.gappy)
    most = ranks(experiment, top)
    known = familiar(experiment, sequence, data)
    sequence = np.concatenate([sequence, np.full(task.ahead, GAP)])
    framed = frame(task, len(sequence))
    heard, expected = np.where(framed.heard < 0, GAP, sequence[framed.heard]), sequence[framed.answer]
    samples = len(heard)
    size = min(CHUNK, 1 << (samples - 1).bit_length())
    padded = np.pad(heard, ((0, -samples % size), (0, 0))).astype(np.int32)
    parts = [_answer(experiment, most, weights, jnp.asarray(part)) for part in padded.reshape(-1, size, heard.shape[1])]
    said, sure, ranked, probability = (
        np.concatenate([np.asarray(part[k]) for part in parts])[:samples] for k in range(4)
    )
    asked = framed.asked & (expected != GAP)
    return Prediction(heard, np.where(asked, expected, GAP), said.astype(np.int64), sure, asked, ranked, probability,
                      known)  # fmt: skip


def ranks(experiment: Experiment, top: object) -> int:
    """How many of the likeliest symbols are asked for, or a `WordError`."""
    most = whole("top", top, 0, experiment.task.symbols)
    if most and ENCODINGS[experiment.encoding].logits is None:
        raise WordError(f"encoding {experiment.encoding} says one number, without probabilities: leave top out.")
    return most


@partial(jax.jit, static_argnums=(0, 1))
def _answer(experiment: Experiment, top: int, weights: Weights, heard: Int[Array, "batch time"]) -> tuple[Array, ...]:
    model, sizes = model_of(experiment)
    values, _ = model.apply(weights, None, told(experiment.task, heard), sizes)
    said, sure = answered(values, sizes)
    logits = ENCODINGS[sizes.encoding].logits
    if logits is None:
        return said, sure, jnp.zeros((*said.shape, 0), jnp.int32), jnp.zeros((*said.shape, 0))
    likely, ranked = jax.lax.top_k(jax.nn.softmax(logits(values, sizes)), top)
    return said, sure, ranked, likely


@dataclass(frozen=True)
class Said:
    """What a stream answers to one integer: nothing (`predicted` empty) until a whole window was heard."""

    heard: int | None
    predicted: tuple[int, ...]
    confidence: tuple[float, ...]


class Stream:
    """A trained network that hears one integer at a time, and answers each exactly as `predict` answers its window.

    A network that answers at each step keeps one state. One that answers after its window keeps as many as the window
    is long, each having heard the last 1, 2, ... integers: none is ever heard again, and the oldest answers.
    """

    def __init__(self, experiment: Experiment, weights: Weights) -> None:
        is_experiment(experiment, "Stream")
        self.experiment = experiment
        self.weights = jax.tree.map(jnp.asarray, fitting(experiment, weights))
        self.rows = 1 if experiment.task.when == "each" else experiment.task.heard
        self._step, self._rest = _stepper(experiment, self.rows)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._state: State = self._rest
        self._heard = self._places = 0
        if self.experiment.task.edges == "padded":
            for _ in range(self.rows - 1):
                self._step_on(GAP)
            self._heard = 0

    def hear(self, symbol: int | None) -> Said:
        """Hear one integer, or None: a gap. Raises `IntegerError` unless it is one of 0 to symbols-1."""
        task = self.experiment.task
        value = int(integers([symbol], task.symbols, gaps=task.gappy)[0])
        said, confidence = self._step_on(value)
        heard = None if value == GAP else value
        least = task.lag[0] + 1 if task.when == "each" else task.first + 1 if task.edges == "padded" else self.rows
        if self._heard < least:
            return Said(heard, (), ())
        return Said(heard, tuple(np.asarray(said).tolist()), tuple(np.asarray(confidence).tolist()))

    def _step_on(self, value: int) -> tuple[Array, Array]:
        row = self._places % self.rows
        said, confidence, self._state = self._step(self.weights, self._state, np.int32(value), np.int32(row))
        self._heard += 1
        self._places += 1
        return said, confidence


@lru_cache(maxsize=8)
def _stepper(experiment: Experiment, rows: int) -> tuple[Any, State]:
    """The compiled step, and the state at rest. Row r starts its window at integer r, r + rows, ..."""
    model, sizes = model_of(experiment)
    rest = jax.tree.map(np.asarray, model.rest(sizes, rows))

    def step(weights: Weights, state: State, symbol: Int[Array, ""], row: Int[Array, ""]):
        if experiment.task.when == "after":
            starts = (jnp.arange(rows) == row)[:, None]
            state = jax.tree.map(lambda kept: jnp.where(starts, 0, kept), state)
        values, state = model.step(weights, state, jnp.full((rows,), told(experiment.task, symbol)), sizes)
        ends = (row + 1) % rows
        said, confidence = answered(jax.lax.dynamic_index_in_dim(values, ends, keepdims=True), sizes)
        return said[0], confidence[0], state

    return jax.jit(step), rest
