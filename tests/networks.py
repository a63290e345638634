"""What tests have of a network that nobody trained. What they compute is compiled whole: operation
by operation each of them would be compiled alone.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from echoscope.experiment.experiment import Experiment
from echoscope.models.base import Model, Sizes, Weights
from echoscope.training import batches
from echoscope.training.batches import Batch, BatchPlan
from echoscope.training.setup import Setup
from echoscope.training.train_state import TrainState, begun


def first_weights(experiment: Experiment) -> Weights:
    """The weights that its training begins with."""
    return Setup.of(experiment).first_weights(experiment.seed)


def first_state(experiment: Experiment) -> TrainState:
    """All that its training begins with."""
    return begun(Setup.of(experiment), first_weights(experiment))


@partial(jax.jit, static_argnums=(0, 4))
def applied(model: Model, weights: Weights, state: Any, inputs: Any, sizes: Sizes) -> Any:
    """`Model.apply`."""
    return model.apply(weights, state, inputs, sizes)


def framed(drawn: Any, plan: BatchPlan) -> Batch:
    """`batches.framed`, of one epoch's integers or of those of several."""
    drawn, one = jnp.asarray(drawn), partial(batches.framed, plan=plan)
    return jax.jit(jax.vmap(one) if drawn.ndim > len(plan.shape) else one)(drawn)
