"""Training from end to end: an experiment is trained, and its outcome becomes a run to be kept."""

import hashlib
import platform
from contextlib import nullcontext
from dataclasses import replace

import jax
import numpy as np

from echoscope.experiment.baselines import UNIFORM
from echoscope.experiment.demand import ceiling_of
from echoscope.experiment.experiment import Experiment, check_experiment
from echoscope.progress_bar import training_bar
from echoscope.recoding import Recoding
from echoscope.registry import kind_of, layer_of
from echoscope.runs.run import Entry, Part, Run
from echoscope.runs.versions import now, versions
from echoscope.training.batches import BatchPlan, framed
from echoscope.training.loop import DIVERGED, Training
from echoscope.training.results import Outcome
from echoscope.training.setup import Setup


def train(
    experiment: Experiment, data: object = None, progress: bool = True
) -> tuple[Run, dict[str, np.ndarray]]:
    """Train one experiment to its end: its run and its weights by name. A group of one.

    `data` are user data [time] to train on instead of random ones; their last fifth is held out for
    the accuracy. A bar is shown on a terminal and in a notebook, unless `progress` is False; a
    `Training` that is iterated is silent.

    >>> run, weights = train(preset("current", epochs=2))
    >>> run.steps, weights["readout.kernel"].shape
    (50, (15, 100))
    """
    check_experiment(experiment, "train")
    with training_bar() if progress else nullcontext(lambda _: None) as show:
        training = Training([experiment], data=data)
        for reached in training:
            show(reached)
        outcome = training.outcomes()[0]
    return run_of(outcome), outcome.weights


def imported(
    experiment: Experiment, weights: dict[str, np.ndarray], recoding: Recoding | None = None
) -> Run:
    """The run of weights that were trained elsewhere: scored here, without a curve.

    Its setting `imported` is their hash, so networks of equal settings and other weights are other
    experiments. `recoding` says which value each of its symbols stands for.
    """
    training = Training([experiment.change(imported=weights_hash(weights))], [weights])
    outcome = replace(training.outcomes()[0], recoding=recoding)
    return replace(run_of(outcome), outcome="imported")


def weights_hash(weights: dict[str, np.ndarray]) -> str:
    """The name of weights: a hash of their names, shapes and values, whatever their order."""
    result = hashlib.sha256()
    for name in sorted(weights):
        array = np.asarray(weights[name], "<f4")
        result.update(f"{name} {array.shape} ".encode() + array.tobytes())
    return result.hexdigest()[:12]


def run_of(outcome: Outcome) -> Run:
    """The run of an outcome, with versions, device and time."""
    inputs, targets, predictions = sampled(outcome.plan, outcome.drawn, outcome.predictions)
    accuracy, rule = outcome.accuracy, outcome.chance.rule if outcome.chance else UNIFORM
    best = outcome.chance.accuracy if outcome.chance and rule != UNIFORM else None
    run = Run(
        experiment=outcome.experiment,
        outcome=outcome.outcome,
        accuracy=accuracy.value if accuracy else None,
        accuracy_low=accuracy.low if accuracy else None,
        accuracy_high=accuracy.high if accuracy else None,
        target_count=accuracy.target_count if accuracy else 0,
        loss=outcome.loss,
        mean_absolute_error=outcome.mean_absolute_error,
        chance=best.value if best else outcome.experiment.task.chance,
        chance_low=best.low if best else None,
        chance_high=best.high if best else None,
        rule=rule,
        ceiling=ceiling_of(outcome.experiment),
        parameters=parameter_count(outcome.setup),
        state_size=state_size(outcome.setup),
        positions=positions(outcome) if accuracy else (),
        by_target=outcome.by_target,
        by_column=outcome.by_column,
        epochs=outcome.epochs,
        steps=outcome.steps,
        curve=tuple((point.step, point.loss, point.accuracy) for point in outcome.curve),
        held_out=tuple((point.step, *point.held_out) for point in outcome.curve if point.held_out),
        seconds={"compile": outcome.seconds_compile, "train": outcome.seconds_train},
        side_by_side=outcome.side_by_side,
        inputs=inputs,
        targets=targets,
        predictions=predictions,
        recoding=outcome.recoding,
        versions=versions(),
        device=device(),
        created=now(),
        reason="its loss or a weight is no longer a number" if outcome.outcome == DIVERGED else "",
    )
    return replace(
        run,
        inputs=run.inputs_in_values(inputs),
        targets=run.targets_in_values(targets),
        predictions=run.targets_in_values(predictions),
    )


def sampled(
    plan: BatchPlan, drawn: np.ndarray, predicted: np.ndarray
) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Windows of one draw, their targets and the network's predictions: one entry a window."""
    batch = framed(drawn, plan, xp=np)
    inputs, target, mask, says = (
        np.asarray(part).reshape(-1, *part.shape[2:])
        for part in (batch.inputs, batch.target, batch.mask, predicted)
    )
    read = (inputs >= 0).any(axis=tuple(range(1, inputs.ndim)))
    kept = read | mask.any(axis=1)  # user data may end within a batch
    inputs, target, mask, says = inputs[kept], target[kept], mask[kept], says[kept]
    there = (inputs >= 0) & (inputs < plan.task.vocab_size)
    windows: list[Entry] = np.where(there, inputs.astype(object), np.array(None)).tolist()
    return windows, entries(target, mask), entries(says, mask)


def state_size(setup: Setup) -> int:
    """How many numbers the network carries from one time step to the next; complex ones are two.

    >>> state_size(Setup.of(preset("lag")))
    100
    """
    if not kind_of(setup.shape.model).carries:
        return 0
    leaves = jax.tree.leaves(jax.eval_shape(lambda: setup.initial_state(1)))
    return sum(leaf.size * (2 if leaf.dtype == "complex64" else 1) for leaf in leaves)


def parameter_count(setup: Setup) -> int:
    """How many numbers of the network a training changes.

    >>> parameter_count(Setup.of(preset("lag")))
    35300
    """
    fixed = layer_of(setup.shape.model).fixed
    return sum(
        array.size
        for name, array in setup.unfilled.items()
        if not (name.startswith("layer") and name.partition(".")[2] in fixed)
    )


def positions(outcome: Outcome) -> tuple[tuple[int, int, int, int], ...]:
    """Rows of position, lag (of other tasks the target's place), targets asked there and predicted
    correctly: where in a sequence or window the errors are.
    """
    places, lags = outcome.plan.positions(), outcome.plan.task.which
    mask, correct = outcome.placed.reshape(2, -1)
    result: dict[tuple[int, int], tuple[int, int]] = {}
    keys = zip(
        places.ravel().tolist(), np.broadcast_to(lags, places.shape).ravel().tolist(), strict=True
    )
    for key, count, hits in zip(keys, mask.tolist(), correct.tolist(), strict=True):
        before = result.get(key, (0, 0))
        result[key] = before[0] + count, before[1] + hits
    return tuple((*key, *counts) for key, counts in sorted(result.items()) if counts[0])


def entries(targets: np.ndarray, mask: np.ndarray) -> list[Entry]:
    """One entry a window: an integer where one target is asked, else a list, with None where
    nothing is asked.
    """
    rows: list[list[Part]] = [
        [value if counts else None for value, counts in zip(row, marks, strict=True)]
        for row, marks in zip(targets.tolist(), mask.tolist(), strict=True)
    ]
    return [row[0] if targets.shape[1] == 1 else row for row in rows]


def device() -> str:
    """Where it was trained."""
    return f"{jax.devices()[0].device_kind} ({platform.machine()})"
