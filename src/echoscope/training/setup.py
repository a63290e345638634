"""An experiment resolved once, and handed down: its model, its sizes, its plan of batches."""

from dataclasses import dataclass, field
from functools import cached_property

import jax
import numpy as np

from echoscope.experiment.experiment import Experiment
from echoscope.models import model_of
from echoscope.models.base import Model, Sizes, State, Weights
from echoscope.training.batches import BatchPlan, batch_plan


@dataclass(frozen=True)
class Setup:
    """What is compiled for an experiment. Two are equal, and share a program, where their `shape`
    is: `Experiment.shape`, the settings that a program depends on.

    >>> Setup.of(preset("lag", seed=3)) == Setup.of(preset("lag"))
    True
    """

    shape: Experiment
    model: Model = field(compare=False)
    sizes: Sizes = field(compare=False)

    @classmethod
    def of(cls, experiment: Experiment) -> "Setup":
        """The one place where settings become a model."""
        return cls(experiment.shape, *model_of(experiment))

    @cached_property
    def plan(self) -> BatchPlan:
        """How an epoch's draw becomes updates."""
        return batch_plan(self.shape)

    @cached_property
    def unfilled(self) -> Weights:
        """Zeros in the shapes of its weights, which take no memory."""
        return self.model.init(None, self.sizes)

    def first_weights(self, seed: int) -> Weights:
        """What training begins with: from the seed alone."""
        return self.model.init(np.random.default_rng(seed), self.sizes)

    def initial_state(self, rows: int) -> State:
        """The initial state of so many rows."""
        return self.model.initial_state(self.sizes, rows)

    def host_state(self, rows: int) -> State:
        """The same as NumPy's arrays."""
        return jax.device_get(self.initial_state(rows))
