"""From an outcome to a record: what the train stage hands to the keep stage."""

import hashlib
import platform
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.experiment.baselines import UNIFORM
from echoscope.experiment.demand import bound_of
from echoscope.experiment.experiment import Experiment, is_experiment
from echoscope.models import model_of
from echoscope.progress_bar import training_bar
from echoscope.runs.run import Record
from echoscope.runs.versions import now, versions
from echoscope.training.batches import cut, framed
from echoscope.training.loop import DIVERGED, Training
from echoscope.training.results import Outcome


def train(
    experiment: Experiment, data: Any = None, progress: bool = True
) -> tuple[Record, dict[str, np.ndarray]]:
    """Train one experiment to its end: its record and its weights by name. A group of one.

    `data` are own integers [time] to learn from instead of random ones; their last fifth is held
    out for the score. A bar is shown on a terminal and in a notebook, unless `progress` is False; a
    `Training` that is iterated is silent.

    >>> record, weights = train(preset("current", epochs=2))
    >>> record.steps, weights["said.kernel"].shape
    (50, (15, 100))
    """
    is_experiment(experiment, "train")
    with training_bar() if progress else nullcontext(lambda _: None) as show:
        training = Training([experiment], data=data)
        for point in training:
            show(point)
        outcome = training.outcomes()[0]
    return recorded(outcome), outcome.weights


def imported(experiment: Experiment, weights: dict[str, np.ndarray]) -> Record:
    """The record of weights that were trained elsewhere: scored here, without a curve.

    Its word `imported` is their hash, so networks of equal words and other weights are other
    experiments.
    """
    training = Training([experiment.change(imported=weights_hash(weights))], [weights])
    return replace(recorded(training.outcomes()[0]), outcome="imported")


def weights_hash(weights: dict[str, np.ndarray]) -> str:
    """The name of weights: a hash of their names, shapes and values, whatever their order."""
    found = hashlib.sha256()
    for name in sorted(weights):
        array = np.asarray(weights[name], "<f4")
        found.update(f"{name} {array.shape} ".encode() + array.tobytes())
    return found.hexdigest()[:12]


def recorded(outcome: Outcome) -> Record:
    """The record of an outcome, with versions, device and time."""
    heard, expected, predicted = sampled(outcome.experiment, outcome.drawn, outcome.said)
    score, rule = outcome.score, outcome.chance.rule if outcome.chance else UNIFORM
    best = outcome.chance.score if outcome.chance and rule != UNIFORM else None
    return Record(
        experiment=outcome.experiment,
        outcome=outcome.outcome,
        score=score.value if score else None,
        score_low=score.low if score else None,
        score_high=score.high if score else None,
        answers=score.answers if score else 0,
        loss=outcome.loss,
        distance=outcome.distance,
        chance=best.value if best else outcome.experiment.task.chance,
        chance_low=best.low if best else None,
        chance_high=best.high if best else None,
        rule=rule,
        bound=bound_of(outcome.experiment),
        parameters=sum(array.size for array in outcome.weights.values()),
        state_size=state_size(outcome.experiment),
        positions=positions(outcome) if score else (),
        epochs=outcome.epochs,
        steps=outcome.steps,
        curve=tuple((point.step, point.loss, point.score) for point in outcome.curve),
        held_out=tuple((point.step, *point.held_out) for point in outcome.curve if point.held_out),
        seconds={"compile": outcome.seconds_compile, "train": outcome.seconds_train},
        group=outcome.group,
        heard=heard,
        expected=expected,
        predicted=predicted,
        versions=versions(),
        device=device(),
        created=now(),
        reason="its loss or a weight is no longer a number" if outcome.outcome == DIVERGED else "",
    )


def sampled(
    experiment: Experiment, drawn: np.ndarray, said: np.ndarray
) -> tuple[list[Any], list[Any], list[Any]]:
    """Windows, right answers and the network's, of one draw: one entry a window."""
    plan = cut(experiment)
    batch = framed(jnp.asarray(drawn), plan)
    heard, answer, asked, says = (
        np.asarray(part).reshape(-1, part.shape[-1])
        for part in (batch.heard, batch.answer, batch.asked, said)
    )
    kept = (heard >= 0).any(axis=1) | asked.any(axis=1)  # own integers may end within a batch
    heard, answer, asked, says = heard[kept], answer[kept], asked[kept], says[kept]
    there = (heard >= 0) & (heard < experiment.task.symbols)
    windows = [
        [value if counts else None for value, counts in zip(*row, strict=True)]
        for row in zip(heard.tolist(), there.tolist(), strict=True)
    ]
    return windows, entries(answer, asked), entries(says, asked)


def state_size(experiment: Experiment) -> int:
    """How many numbers the network carries from one step to the next.

    >>> state_size(preset("lag"))
    100
    """
    model, sizes = model_of(experiment)
    return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(lambda: model.rest(sizes, 1))))


def positions(outcome: Outcome) -> tuple[tuple[int, int, int, int], ...]:
    """Rows of position, lag, answers asked there and said right: where in a sequence or window the
    misses are.
    """
    experiment = outcome.experiment
    places, lags = cut(experiment).positions(), np.array(experiment.task.lag)
    asked, right = outcome.placed.reshape(2, -1)
    found: dict[tuple[int, int], tuple[int, int]] = {}
    keys = zip(
        places.ravel().tolist(), np.broadcast_to(lags, places.shape).ravel().tolist(), strict=True
    )
    for key, count, hits in zip(keys, asked.tolist(), right.tolist(), strict=True):
        before = found.get(key, (0, 0))
        found[key] = before[0] + count, before[1] + hits
    return tuple((*key, *counts) for key, counts in sorted(found.items()) if counts[0])


def entries(answers: np.ndarray, asked: np.ndarray) -> list[Any]:
    """One entry a window: an integer where one answer is asked, else a list, with None where
    nothing is asked.
    """
    rows = [
        [value if counts else None for value, counts in zip(row, marks, strict=True)]
        for row, marks in zip(answers.tolist(), asked.tolist(), strict=True)
    ]
    return [row[0] for row in rows] if answers.shape[1] == 1 else rows


def device() -> str:
    """Where it was trained."""
    return f"{jax.devices()[0].device_kind} ({platform.machine()})"
