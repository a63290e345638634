"""What training changes: weights, moments, and the state of a stream."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np

from echoscope.errors import SettingError, plain, shown
from echoscope.models.base import State, Weights
from echoscope.training import optimizer
from echoscope.training.setup import Setup


class TrainState(NamedTuple):
    """What training changes. `state` outlives an epoch only where the training draws streams, and
    is None elsewhere.
    """

    weights: Weights
    moments: optimizer.Moments
    state: State = None


def fitting(setup: Setup, weights: Weights) -> Weights:
    """The weights, if they are the network's that the settings ask for, and numbers; else a
    `SettingError`.
    """
    if not isinstance(weights, Mapping):
        raise SettingError(
            "Weights must be arrays by name, as train and Store.weights give them, not"
            f" {shown(weights)}."
        )
    shapes = {name: array.shape for name, array in setup.unfilled.items()}
    unlike = sorted(set(shapes) ^ set(weights), key=str)
    if unlike:
        raise SettingError(
            f"The weights of this network are {', '.join(shapes)}: {plain(str(unlike[0]), 60)} is "
            f"{'missing' if unlike[0] in shapes else 'not one of them'}."
        )
    for name, shape in shapes.items():
        if np.shape(weights[name]) != shape:
            raise SettingError(
                f"The weights {name} of this network have shape {shape}, not"
                f" {np.shape(weights[name])}: give those that were trained with the same settings."
            )
        array = np.asarray(weights[name])
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            what = (
                "a value that is not a number"
                if array.dtype.kind == "f"
                else f"{array.dtype} and not floats"
            )
            raise SettingError(f"The weights {name} hold {what}: train the network again.")
    return weights


def begun(setup: Setup, weights: Weights) -> TrainState:
    """A run that starts from given weights."""
    training = setup.shape.training
    state = setup.host_state(training.batch_size) if training.sampling == "stream" else None
    return TrainState(weights, optimizer.zeros(weights), state)


def stacked(runs: list[TrainState]) -> TrainState:
    """Runs side by side, along a new first axis."""
    return jax.tree.map(lambda *parts: np.stack(parts), *runs)
