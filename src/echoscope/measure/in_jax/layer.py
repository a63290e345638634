"""A layer that JAX traces: every JAX door gives one, and it trains in the compiled engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.measure.in_jax.disturbed import values_of
from echoscope.measure.in_jax.functions import Functions, compiled
from echoscope.measure.in_jax.model import sequence_layer
from echoscope.measure.in_jax.trees import Array, Named, Tree, named
from echoscope.measure.layer.base import (
    Gradients,
    Inputs,
    Outputs,
    Over,
    Passed,
    State,
    Weights,
    never,
)
from echoscope.measure.layer.identity import Identity
from echoscope.measure.layer.trained_as import registered
from echoscope.training.loop import Training
from echoscope.training.results import Outcome


@dataclass(frozen=True)
class JaxLayer:
    """See `Layer`. `fixed` is the only width that it reads, None if it takes any; it was `tried`
    where nothing says it, and symbols as many as that are read as they are. `hands_state` is
    False of a layer that has no way to go on from where it ended.
    """

    identity: Identity
    functions: Functions
    input_size: int
    fixed: int | None = None
    hands_state: bool = True
    tried: bool = False

    @property
    def has_modes(self) -> bool:
        """Whether it can be run in training mode."""
        return self.functions.train is not None

    @property
    def takes_lengths(self) -> bool:
        """Whether it can be told how long each row is."""
        return self.functions.padded is not None

    @property
    def form(self) -> Named:
        """Its weights' names."""
        return self.form_at(self.input_size)

    @cached_property
    def _forms(self) -> dict[int, Named]:
        return {}

    def form_at(self, input_size: int) -> Named:
        """Its weights' names where it reads another width."""
        if input_size not in self._forms:
            with jax.ensure_compile_time_eval():
                self._forms[input_size] = named(self.made(0, input_size))
        return self._forms[input_size]

    def made(self, seed: int, input_size: int) -> Tree:
        """Its weights as the door has them."""
        if self.functions.on_host:
            return self.functions.init(seed, input_size)
        return self._init(jax.random.key(seed), input_size)

    @cached_property
    def _init(self) -> Tree:
        return compiled(self.functions.init, static=1)

    @property
    def width(self) -> int:
        """The width of its outputs."""
        return self.width_at(self.input_size)

    @cached_property
    def _widths(self) -> dict[int, int]:
        return {}

    def width_at(self, input_size: int) -> int:
        """The width of its outputs where it reads another width."""
        if input_size not in self._widths:
            form = self.form_at(input_size)
            apply, begin = self.functions.apply, self.functions.initial_state

            def outputs(weights: Weights, inputs: Array) -> Array:
                tree = form.tree(weights)
                return apply(tree, begin(tree, inputs.shape[1]), inputs)[0]

            inputs = jax.ShapeDtypeStruct((2, 1, input_size), jnp.float32)
            shape = jax.eval_shape(outputs, form.flat(form.template), inputs).shape
            self._widths[input_size] = shape[-1]
        return self._widths[input_size]

    def _apply(self, weights: Weights, inputs: Array, state: State = None) -> tuple[Array, State]:
        tree = self.form.tree(weights)
        before = self.functions.initial_state(tree, inputs.shape[1]) if state is None else state
        return self.functions.apply(tree, before, inputs)

    def init(self, seed: int) -> Weights:
        """See `Layer`."""
        return jax.tree.map(np.asarray, self.form.flat(self.made(seed, self.input_size)))

    def initial_state(self, weights: Weights, batch_size: int) -> State:
        """The state that a run of None begins with."""
        return self._program("initial")(weights, batch_size)

    @cached_property
    def _programs(self) -> dict[str, Tree]:
        return {}

    def _program(self, name: str) -> Tree:
        """One of its functions on weights by name, compiled once."""
        if name not in self._programs:
            function: Tree = getattr(self.functions, "initial_state" if name == "initial" else name)

            def program(weights: Weights, *more: Tree) -> Tree:
                return function(self.form.tree(weights), *more)

            self._programs[name] = compiled(program, static=1 if name == "initial" else None)
        return self._programs[name]

    def run(
        self,
        weights: Weights,
        inputs: Inputs,
        state: State = None,
        *,
        training: int | None = None,
        lengths: Sequence[int] | None = None,
    ) -> Passed:
        """See `Layer`."""
        name, more = "apply", ()
        if lengths is not None and self.functions.padded:
            name, more = "padded", (np.array(lengths, np.int32),)
        elif training is not None and lengths is None and self.functions.train:
            name, more = "train", (jax.random.key(training),)
        elif training is not None or lengths is not None:
            raise TypeError("this layer has no such way to be run")
        before = self.initial_state(weights, inputs.shape[1]) if state is None else state
        outputs, after = self._program(name)(weights, before, jnp.asarray(inputs), *more)
        return Passed(np.asarray(outputs), after if self.hands_state else None)

    def twice(self, weights: Weights, inputs: Inputs) -> tuple[Outputs, Outputs]:
        """See `Layer`."""
        if self.functions.twice is None:
            outputs = self.run(weights, inputs).outputs
            return outputs, self.run(weights, inputs).outputs
        first, second = self._program("twice")(weights, jnp.asarray(inputs))
        return np.asarray(first), np.asarray(second)

    def gradients(self, weights: Weights, parts: Sequence[Inputs], cotangent: Outputs) -> Gradients:
        """See `Layer`."""
        sizes = tuple(len(part) for part in parts)
        d_weights, d_inputs = self._gradient(sizes)(weights, np.concatenate(parts), cotangent)
        return Gradients(np.asarray(d_inputs), jax.tree.map(np.asarray, d_weights))

    @cached_property
    def _gradients(self) -> dict[tuple[int, ...], Tree]:
        return {}

    def _gradient(self, sizes: tuple[int, ...]) -> Tree:
        """The compiled gradient of a read in parts of these sizes."""
        if sizes in self._gradients:
            return self._gradients[sizes]

        def total(weights: Weights, inputs: Array, cotangent: Array) -> Tree:
            state, outputs = None, []
            for part in jnp.split(inputs, np.cumsum(sizes)[:-1]):
                read, state = self._apply(weights, part, state)
                outputs.append(read)
            return jnp.sum(jnp.concatenate(outputs) * cotangent)

        self._gradients[sizes] = compiled(jax.grad(total, argnums=(0, 1)))
        return self._gradients[sizes]

    def leaves(self, state: State) -> list[np.ndarray]:
        """See `Layer`."""
        return [np.asarray(leaf) for leaf in jax.tree.leaves(state)]

    def filled(self, state: State, leaves: Sequence[np.ndarray]) -> State:
        """See `Layer`."""
        return jax.tree.unflatten(jax.tree.structure(state), [jnp.asarray(leaf) for leaf in leaves])

    @property
    def model(self) -> str:
        """The name that it is trained by, which no other layer has."""
        return self._model

    @cached_property
    def _model(self) -> str:
        return registered(self.identity.source, sequence_layer(self))

    def experiment(self, experiment: Experiment) -> Experiment:
        """See `Layer`. It is trained on windows, each read from the initial state."""
        training, task = experiment.training, experiment.task
        if training.sampling == "stream" or training.stateful or task.gappy:
            raise SettingError(
                "A layer that is measured is trained on windows without gaps, each from its initial"
                " state: use sampling='windows', stateful=False and a task without gaps."
            )
        size = self.fixed or task.vocab_size + task.marked
        return experiment.change(model=self.model, units=self.width_at(size))

    def trainer(self, experiments: Sequence[Experiment], over: Over = never) -> Training:
        """See `Layer`."""
        return Training(experiments)

    def values(
        self,
        outcome: Outcome,
        symbols: Array,
        state: State = None,
        *,
        bits: int | None = None,
        noise: float = 0.0,
        seed: int = 0,
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """See `Layer`."""
        hands = self.hands_state
        return values_of(outcome, symbols, state, hands, bits=bits, noise=noise, seed=seed)
