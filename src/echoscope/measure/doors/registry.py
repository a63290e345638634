"""The door for layers that are registered here by name: `lstm`, or what a plugin brings.

They train as they always do, by the program that is made for them.
"""

from dataclasses import dataclass
from importlib.metadata import version

import jax
import numpy as np

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.measure.in_jax.functions import Functions
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Tree
from echoscope.measure.layer.base import State
from echoscope.measure.layer.identity import Identity
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import Named, hash_of
from echoscope.models.base import SequenceLayer
from echoscope.registry import kind_of, layer_of

DOOR = "model by name"
WINDOW = 256  # time steps that a layer with a window of its own keeps, as attention does


@dataclass(frozen=True)
class RegisteredLayer(JaxLayer):
    """A `SequenceLayer` of the registry, under its name and of so many units."""

    units: int = 0

    @property
    def model(self) -> str:
        """The name that it is trained by."""
        return self.identity.source

    def experiment(self, experiment: Experiment) -> Experiment:
        """See `Layer`."""
        return experiment.change(model=self.model, units=self.units)


def opened(known: Named, options: LayerOptions, input_size: int) -> RegisteredLayer:
    """The layer of a model's name. Raises `SettingError` where it reads no sequence step by step,
    or cannot be so wide.
    """
    name, units, kind = known.source, options.units, kind_of(known.source)
    if not kind.carries or "all" not in kind.readouts:
        raise SettingError(
            f"model {name} reads a window as a whole and has no outputs at every time step: measure"
            " one that has, such as lstm."
        )
    if units % kind.multiple:
        raise SettingError(f"units must be a multiple of {kind.multiple} for {name}, not {units}.")
    if options.told:
        raise SettingError(
            f"model {name} has nothing to be told but its units: leave {options.told[0][0]} out."
        )
    layer: SequenceLayer = layer_of(name)
    identity = Identity(
        source=name,
        kind=name,
        framework=f"echoscope {version('echoscope')}",
        door=DOOR,
        hash=hash_of(layer.apply),
    )
    return RegisteredLayer(identity, _functions(layer, units), input_size, units=units)


def _functions(layer: SequenceLayer, units: int) -> Functions:
    def init(key: jax.Array, input_size: int) -> Tree:
        shapes = jax.tree.map(
            lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype),
            layer.init(None, input_size, units, WINDOW),
        )

        def draw(seed: jax.Array) -> Tree:
            rng = np.random.default_rng(np.asarray(seed))
            return layer.init(rng, input_size, units, WINDOW)

        return jax.pure_callback(draw, shapes, jax.random.key_data(key))

    def initial_state(weights: Tree, batch_size: int) -> State:
        return layer.initial_state(units, batch_size, WINDOW)

    def apply(weights: Tree, state: State, inputs: jax.Array) -> tuple[jax.Array, State]:
        return layer.apply(weights, state, inputs, None)

    return Functions(init, initial_state, apply)
