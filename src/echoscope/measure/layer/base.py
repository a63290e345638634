"""What a door gives: a layer that can be looked at and trained, whatever it was written in."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from jaxtyping import Float

from echoscope.experiment.experiment import Experiment
from echoscope.measure.layer.identity import Identity
from echoscope.training.results import Outcome, Progress

Weights = dict[str, Any]  # arrays by name
Over = Callable[[], bool]  # whether a training is to stop
State = Any  # whatever the layer hands on: opaque outside its door
Inputs = Float[np.ndarray, "time batch features"]
Outputs = Float[np.ndarray, "time batch width"]


def never() -> bool:
    """Of what is not to be stopped."""
    return False


class Passed(NamedTuple):
    """What a layer gave: its outputs at every time step and the state after the last; None where it
    hands none back.
    """

    outputs: Outputs
    state: State


class Gradients(NamedTuple):
    """The gradients of a sum of outputs, each times a number, to inputs and weights by name."""

    inputs: Inputs
    weights: dict[str, np.ndarray]


class Trainer(Protocol):
    """What trains a group of experiments, as `training.loop.Training` does."""

    def __iter__(self) -> Iterator[Progress]: ...

    def outcomes(self) -> list[Outcome]:
        """Every run's outcome, evaluated on fresh targets."""
        ...


class Layer(Protocol):
    """A layer behind its door.

    `input_size` is the width of the inputs that it is run on here; of a layer that takes any
    width, the one that was asked for. `width` is that of its outputs. `hands_state` says that it
    gives back its state and takes it again, `has_modes` that it can be run in training mode,
    `takes_lengths` that it can be told how long each row is.
    """

    @property
    def identity(self) -> Identity:
        """Which layer it is."""
        ...

    @property
    def input_size(self) -> int:
        """The width of its inputs here."""
        ...

    @property
    def width(self) -> int:
        """The width of its outputs."""
        ...

    @property
    def hands_state(self) -> bool:
        """Whether it gives back its state and takes it again."""
        ...

    @property
    def has_modes(self) -> bool:
        """Whether it can be run in training mode."""
        ...

    @property
    def takes_lengths(self) -> bool:
        """Whether it can be told how long each row is."""
        ...

    def init(self, seed: int) -> Weights:
        """First weights as the layer itself draws them."""
        ...

    def run(
        self,
        weights: Weights,
        inputs: Inputs,
        state: State = None,
        *,
        training: int | None = None,
        lengths: Sequence[int] | None = None,
    ) -> Passed:
        """The whole of `inputs` at once, from a state (None: the initial one), by the form that
        trains. `training` is a seed for what is random in training mode; None is evaluation.
        """
        ...

    def twice(self, weights: Weights, inputs: Inputs) -> tuple[Outputs, Outputs]:
        """The outputs of two calls of one module in a row: equal, unless it keeps a state to
        itself.
        """
        ...

    def gradients(self, weights: Weights, parts: Sequence[Inputs], cotangent: Outputs) -> Gradients:
        """Through time, of the outputs' sum times `cotangent`: the inputs are read in these parts,
        each from the state that the one before left.
        """
        ...

    def leaves(self, state: State) -> list[np.ndarray]:
        """The arrays of a state, the carry with all its buffers and caches."""
        ...

    def filled(self, state: State, leaves: Sequence[np.ndarray]) -> State:
        """A state of that form, of other arrays."""
        ...

    def experiment(self, experiment: Experiment) -> Experiment:
        """The same experiment with this layer as its model."""
        ...

    def trainer(self, experiments: Sequence[Experiment], over: Over = never) -> Trainer:
        """What trains experiments of one shape, made by `experiment`. One that is `over` may end
        within a slice; else it is asked between two.
        """
        ...

    def values(
        self,
        outcome: Outcome,
        symbols: Any,
        state: State = None,
        *,
        bits: int | None = None,
        noise: float = 0.0,
        seed: int = 0,
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """A trained network on symbols [time, batch]: its outputs [time, batch, width], what it
        says as logits [time, batch, heads, symbols], and the state after them.

        With `bits` each number of the carried state is rounded to 2**bits levels at every step,
        scaled per unit to what it reaches in this read; `noise` is added to it at every step, in
        standard deviations of each unit.
        """
        ...
