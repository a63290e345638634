"""Endurance: one network, one long stream, and whether its answers at the end are as good as at the
start.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from echoscope.errors import IntegerError
from echoscope.evaluation.forward import parts_of, use_of
from echoscope.evaluation.predict import predictions
from echoscope.experiment.experiment import CONTINUOUS, Experiment
from echoscope.experiment.user_data import learned
from echoscope.integers import GAP, Integers
from echoscope.models.model import Weights
from echoscope.settings import whole
from echoscope.stats.intervals import Score, score_of
from echoscope.tasks.windows import first_end

PARTS = 10  # stretches of the stream that are scored on their own
LEAST = 1000  # integers of a stream


@dataclass(frozen=True)
class Endurance:
    """Score of a whole stream of `integers` fresh integers, and of each tenth of its answers, in
    order.

    `use` is how the network was used.
    """

    integers: int
    use: str
    score: Score
    parts: tuple[Score, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        names = ("score", "score_low", "score_high", "answers")
        scores = [
            dict(zip(names, (part.value, part.low, part.high, part.answers), strict=True))
            for part in (self.score, *self.parts)
        ]
        return {"integers": self.integers, "use": self.use} | scores[0] | {"parts": scores[1:]}


def endure(
    experiment: Experiment,
    weights: Weights,
    integers: object = 100_000,
    seed: object = 0,
    data: Integers | None = None,
    use: str | None = None,
) -> Endurance:
    """How a network lasts on one long stream, used as it was scored (`Experiment.use`) or as is
    asked: of random integers, missing as often as when it was trained, or where it learned from own
    integers and these are its `data` [time], of the next of their held-out end, of which there may
    be fewer.

    Raises `WordError` unless `integers` is from 1,000 to 100,000,000, `seed` a whole number from 0,
    and `use` windows or continuous; `IntegerError` where one window needs more integers.
    """
    used = use_of(experiment, use)
    sequence = unheard(experiment, integers, seed, data)
    right = rights(experiment, weights, sequence, used)
    parts = np.array_split(right, min(PARTS, len(right)))
    return Endurance(len(sequence), used, score_of(right), tuple(score_of(part) for part in parts))


def unheard(
    experiment: Experiment, integers: object, seed: object, data: Integers | None
) -> Integers:
    """Integers that training never heard, as `endure` has them. Shape [time]; a gap is -1."""
    count, settled = (
        whole("integers", integers, LEAST, 100_000_000),
        whole("seed", seed, 0, 2**32 - 1),
    )
    if data is not None:
        return data[learned(experiment, len(data)) :][:count]
    rng = np.random.default_rng(settled)
    drawn, share = rng.integers(0, experiment.task.symbols, count), experiment.task.missing
    return np.where(rng.random(count) < share, GAP, drawn) if share else drawn


def rights(
    experiment: Experiment,
    weights: Weights,
    sequence: Int[np.ndarray, " integers"],
    use: str | None = None,
) -> Bool[np.ndarray, "moments answers"]:
    """Which answers to a stream are right: exactly those of `Stream`."""
    right, said = hear_out(experiment, weights, sequence, use)
    return right == said


def hear_out(
    experiment: Experiment,
    weights: Weights,
    sequence: Int[np.ndarray, " integers"],
    use: str | None = None,
) -> tuple[Int[np.ndarray, "moments answers"], Int[np.ndarray, "moments answers"]]:
    """The right and the said answers to a stream, at the moments at which all are asked: exactly
    those of `Stream`. Moments are left out at which an answer is a gap, or where gaps are dropped,
    the window has one. Raises `IntegerError` where none is left.
    """
    task, used = experiment.task, use_of(experiment, use)
    if task.when == "after":
        parts = list(predictions(experiment, weights, sequence, use=used))
        kept = [part.asked.all(axis=1) for part in parts]
        if task.gaps == "dropped":
            kept = [
                some & (part.heard != GAP).all(axis=1)
                for part, some in zip(parts, kept, strict=True)
            ]
        right, said = (
            np.concatenate(
                [getattr(part, name)[some] for part, some in zip(parts, kept, strict=True)]
            )
            for name in ("expected", "predicted")
        )
        return _some(right, said)
    steps = np.arange(max(task.lag[0], 0), len(sequence) + min(task.lag[0], 0))
    right, said = (
        sequence[steps - task.lag[0], None],
        _each(experiment, weights, sequence, used)[steps, None],
    )
    there = right[:, 0] != GAP
    return _some(right[there], said[there])


def _some(right: np.ndarray, said: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(right):
        raise IntegerError(
            "These integers ask for nothing that is not a gap: give others, or more of them."
        )
    return right, said


def _each(
    experiment: Experiment, weights: Weights, sequence: Int[np.ndarray, " integers"], use: str
) -> Int[np.ndarray, " integers"]:
    """What is said with each integer: by the window that ends there, at first by the first
    window.
    """
    if use != CONTINUOUS:
        first_end(experiment.task, len(sequence))
    parts = [part.said for part in parts_of(experiment, weights, sequence, use)]
    first = parts[0][0, :-1] if experiment.task.edges == "dropped" else parts[0][0, :0]
    return np.concatenate([first, *(said[:, -1] for said in parts)])
