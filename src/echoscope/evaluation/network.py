"""A trained network as it is used: what its settings ask for, and its weights, checked once."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from echoscope.experiment.experiment import Experiment, check_experiment
from echoscope.models.base import Weights
from echoscope.training.setup import Setup
from echoscope.training.train_state import fitting


class Network(NamedTuple):
    """An experiment, its setup, and the weights of a run of it."""

    experiment: Experiment
    setup: Setup
    weights: Weights


def network_of(experiment: Experiment, weights: Weights, what: str) -> Network:
    """The network of a trained run, of which `what` is asked. Raises `SettingError` for what is no
    experiment, and for weights that are not its.
    """
    check_experiment(experiment, what)
    setup = Setup.of(experiment)
    return Network(experiment, setup, jax.tree.map(jnp.asarray, fitting(setup, weights)))
