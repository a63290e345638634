"""From an outcome to a record: what the train stage hands to the keep stage."""

import platform
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

from echoscope.batch import cut
from echoscope.experiment import Experiment
from echoscope.record import Record
from echoscope.training import Outcome, Training


def train(experiment: Experiment) -> tuple[Record, dict[str, np.ndarray]]:
    """Train one experiment to its end: its record and its weights by name. A group of one.

    >>> record, weights = train(preset("current", epochs=2))
    >>> record.steps, weights["said.kernel"].shape
    (50, (15, 100))
    """
    training = Training([experiment])
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
    flat = np.ravel(drawn)
    windows = plan.heard.shape[0] * plan.heard.shape[1]
    asked = plan.asked.reshape(windows, -1)
    return (
        flat[plan.heard].reshape(windows, -1).tolist(),
        entries(flat[plan.answer].reshape(windows, -1), asked),
        entries(np.asarray(said).reshape(windows, -1), asked),
    )


def entries(answers: np.ndarray, asked: np.ndarray) -> list[Any]:
    """One entry a window: an integer where one answer is asked, else a list, with None where nothing is asked."""
    if answers.shape[1] == 1:
        return answers[:, 0].tolist()
    return [
        [value if counts else None for value, counts in zip(row, marks, strict=True)]
        for row, marks in zip(answers.tolist(), asked.tolist(), strict=True)
    ]


def versions() -> dict[str, str]:
    """Everything whose version can change a number."""
    names = ("echoscope", "jax", "jaxlib", "numpy")
    return {name: version(name) for name in names} | {"python": platform.python_version()}


def device() -> str:
    """Where it was trained."""
    return f"{jax.devices()[0].device_kind} ({platform.machine()})"
