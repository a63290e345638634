"""Endurance: one network, one long stream from rest, and whether its answers at the end are as good as at the start."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from echoscope.batch import told
from echoscope.errors import IntegerError
from echoscope.experiment import Experiment
from echoscope.integers import GAP, Integers
from echoscope.models import model_of
from echoscope.models.encoding import answered
from echoscope.models.model import State, Weights
from echoscope.own import learned
from echoscope.prediction import predict
from echoscope.score import Score
from echoscope.words import whole

PARTS = 10  # stretches of the stream that are scored on their own
CHUNK = 1000  # integers heard by one call of the compiled program
BLOCK = 10  # answers in a row, whose spread widens the interval where wrong answers come together


@dataclass(frozen=True)
class Endurance:
    """Score of a whole stream of `integers` fresh integers, and of each tenth of its answers, in order."""

    integers: int
    score: Score
    parts: tuple[Score, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        names = ("score", "score_low", "score_high", "answers")
        scores = [dict(zip(names, (part.value, part.low, part.high, part.answers), strict=True))
                  for part in (self.score, *self.parts)]  # fmt: skip
        return {"integers": self.integers} | scores[0] | {"parts": scores[1:]}


def endure(
    experiment: Experiment, weights: Weights, integers: object = 100_000, seed: object = 0, data: Integers | None = None
) -> Endurance:
    """How a network lasts that hears one fresh integer at a time and nothing else: a random one, missing as often as
    when it was trained, or where it learned from own integers and these are its `data` [time], the next of their
    held-out end, of which there may be fewer.

    Raises `WordError` unless `integers` is from 1,000 to 100,000,000, and `seed` a whole number from 0.
    """
    sequence = unheard(experiment, integers, seed, data)
    right = rights(experiment, weights, sequence)
    parts = np.array_split(right, min(PARTS, len(right)))
    return Endurance(len(sequence), _score(right), tuple(_score(part) for part in parts))


def unheard(experiment: Experiment, integers: object, seed: object, data: Integers | None) -> Integers:
    """Integers that training never heard, as `endure` has them. Shape [time]; a gap is -1."""
    count, settled = whole("integers", integers, CHUNK, 100_000_000), whole("seed", seed, 0, 2**32 - 1)
    if data is not None:
        return data[learned(experiment, len(data)) :][:count]
    rng = np.random.default_rng(settled)
    drawn, share = rng.integers(0, experiment.task.symbols, count), experiment.task.missing
    return np.where(rng.random(count) < share, GAP, drawn) if share else drawn


def rights(
    experiment: Experiment, weights: Weights, sequence: Int[np.ndarray, " integers"]
) -> Bool[np.ndarray, "moments answers"]:
    """Which answers to a stream are right: exactly those of `Stream`, heard in chunks."""
    right, said = hear_out(experiment, weights, sequence)
    return right == said


def hear_out(
    experiment: Experiment, weights: Weights, sequence: Int[np.ndarray, " integers"]
) -> tuple[Int[np.ndarray, "moments answers"], Int[np.ndarray, "moments answers"]]:
    """The right and the said answers to a stream, from the first moment at which all are asked: exactly those of
    `Stream`, heard in chunks. Moments are left out at which an answer is a gap, or where gaps are dropped, the window
    has one. Raises `IntegerError` where none is left.
    """
    task = experiment.task
    if task.when == "after":
        found = predict(experiment, weights, sequence)
        asked = found.asked.all(axis=1)
        if task.gaps == "dropped":
            asked &= (found.heard != GAP).all(axis=1)
        return _some(found.expected[asked], found.predicted[asked])
    lag = task.lag[0]
    chunks = np.pad(sequence, (0, -len(sequence) % CHUNK)).reshape(-1, 1, CHUNK).astype(np.int32)
    hear, state = _hearer(experiment)
    arrays, said = jax.tree.map(jnp.asarray, weights), []
    for chunk in chunks:
        symbols, state = hear(arrays, state, chunk)
        said.append(np.asarray(symbols))
    answers = np.concatenate(said)[: len(sequence), None]
    steps = np.arange(max(lag, 0), len(sequence) + min(lag, 0))
    right, said = sequence[steps - lag][:, None], answers[steps].astype(np.int64)
    there = right[:, 0] != GAP
    return _some(right[there], said[there])


def _some(right: Integers, said: Integers) -> tuple[Integers, Integers]:
    if not len(right):
        raise IntegerError("These integers ask for nothing that is not a gap: give others, or more of them.")
    return right, said


@lru_cache(maxsize=8)
def _hearer(experiment: Experiment) -> tuple[Any, State]:
    """The compiled chunk, and the state at rest."""
    model, sizes = model_of(experiment)

    def hear(weights: Weights, state: State, heard: Int[Array, "1 time"]) -> tuple[Int[Array, " time"], State]:
        values, state = model.apply(weights, state, told(experiment.task, heard), sizes)
        return answered(values, sizes)[0][0], state

    return jax.jit(hear), model.rest(sizes, 1)


def _score(right: Bool[np.ndarray, "moments answers"]) -> Score:
    share = float(right.mean())
    if right.size < 2 * BLOCK:
        return Score.of(share, right.size)
    blocks = right.ravel()[: right.size // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    alone = share * (1 - share) / BLOCK
    return Score.of(share, right.size, float(blocks.var()) / alone if alone > 0 else 1.0)
