"""From an outcome to a record: what the train stage hands to the keep stage."""

import platform
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.batch import cut, framed
from echoscope.experiment import Experiment
from echoscope.own import UNIFORM
from echoscope.record import Record
from echoscope.training import Outcome, Training


def train(experiment: Experiment, data: Any = None) -> tuple[Record, dict[str, np.ndarray]]:
    """Train one experiment to its end: its record and its weights by name. A group of one.

    `data` are own integers [time] to learn from instead of random ones; their last fifth is held out for the score.

    >>> record, weights = train(preset("current", epochs=2))
    >>> record.steps, weights["said.kernel"].shape
    (50, (15, 100))
    """
    training = Training([experiment], data=data)
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    return recorded(outcome), outcome.weights


def imported(experiment: Experiment, weights: dict[str, np.ndarray]) -> Record:
    """The record of weights that were trained elsewhere: scored here, without a curve."""
    training = Training([experiment], [weights])
    return replace(recorded(training.outcomes()[0]), outcome="imported")


def recorded(outcome: Outcome) -> Record:
    """The record of an outcome, with versions, device and time."""
    heard, expected, predicted = sampled(outcome.experiment, outcome.drawn, outcome.said)
    score = outcome.score
    return Record(
        experiment=outcome.experiment,
        outcome=outcome.outcome,
        score=score.value if score else None,
        score_low=score.low if score else None,
        score_high=score.high if score else None,
        answers=score.answers if score else 0,
        loss=outcome.loss,
        distance=outcome.distance,
        chance=outcome.chance.score if outcome.chance else outcome.experiment.task.chance,
        rule=outcome.chance.rule if outcome.chance else UNIFORM,
        parameters=sum(array.size for array in outcome.weights.values()),
        epochs=outcome.epochs,
        steps=outcome.steps,
        curve=tuple((point.step, point.loss, point.score) for point in outcome.curve),
        seconds={"compile": outcome.seconds_compile, "train": outcome.seconds_train},
        group=outcome.group,
        heard=heard,
        expected=expected,
        predicted=predicted,
        versions=versions(),
        device=device(),
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
    )


def sampled(experiment: Experiment, drawn: np.ndarray, said: np.ndarray) -> tuple[list[Any], list[Any], list[Any]]:
    """Windows, right answers and the network's, of one draw: one entry a window."""
    plan = cut(experiment)
    batch = framed(jnp.asarray(drawn), plan)
    heard, answer, asked, says = (
        np.asarray(part).reshape(-1, part.shape[-1]) for part in (batch.heard, batch.answer, batch.asked, said)
    )
    kept = (heard >= 0).any(axis=1) | asked.any(axis=1)  # own integers may end within a batch
    heard, answer, asked, says = heard[kept], answer[kept], asked[kept], says[kept]
    there = (heard >= 0) & (heard < experiment.task.symbols)
    windows = [[value if counts else None for value, counts in zip(*row, strict=True)]
               for row in zip(heard.tolist(), there.tolist(), strict=True)]  # fmt: skip
    return windows, entries(answer, asked), entries(says, asked)


def entries(answers: np.ndarray, asked: np.ndarray) -> list[Any]:
    """One entry a window: an integer where one answer is asked, else a list, with None where nothing is asked."""
    rows = [
        [value if counts else None for value, counts in zip(row, marks, strict=True)]
        for row, marks in zip(answers.tolist(), asked.tolist(), strict=True)
    ]
    return [row[0] for row in rows] if answers.shape[1] == 1 else rows


def versions() -> dict[str, str]:
    """Everything whose version can change a number."""
    names = ("echoscope", "jax", "jaxlib", "numpy")
    return {name: version(name) for name in names} | {"python": platform.python_version()}


def device() -> str:
    """Where it was trained."""
    return f"{jax.devices()[0].device_kind} ({platform.machine()})"
