"""Layers of other packages that must be made by a function, or reached through `init` and `step`:
made as their own examples make them, and nothing of theirs changed.
"""

# pyright: reportMissingImports=false
from typing import Any


def mamba(d_model: int = 32) -> Any:
    """A selective state space block of mambapy, which is made of a configuration."""
    from mambapy.mamba import MambaBlock, MambaConfig

    return MambaBlock(MambaConfig(d_model=d_model, n_layers=1))


class MemaxLRU:
    """An LRU of memax, one layer in the model that its own helper makes, through the pure door: it
    gives its states at all steps, of which the last is handed on; no row begins in the middle.
    """

    def __init__(self, units: int) -> None:
        self.units = units

    def _made(self, key: Any, width: int) -> Any:
        from memax.equinox.train_utils import get_residual_memory_model

        units = self.units
        return get_residual_memory_model("LRU", width, units, units, num_layers=1, key=key)

    def init(self, key: Any, input_size: int) -> Any:
        import equinox

        return equinox.filter(self._made(key, input_size), equinox.is_inexact_array)

    def _whole(self, weights: Any) -> Any:
        import equinox
        import jax

        layer = self._made(jax.random.key(0), weights.map_in.weight.shape[1])
        return equinox.combine(weights, equinox.partition(layer, equinox.is_inexact_array)[1])

    def initial_state(self, weights: Any, batch_size: int) -> Any:
        import jax
        import jax.numpy as jnp

        first = self._whole(weights).initialize_carry()
        return jax.tree.map(lambda part: jnp.broadcast_to(part, (batch_size, *part.shape)), first)

    def apply(self, weights: Any, state: Any, inputs: Any) -> Any:
        import jax
        import jax.numpy as jnp

        layer = self._whole(weights)

        def row(state: Any, inputs: Any) -> Any:
            every, outputs = layer(state, (inputs, jnp.zeros(len(inputs), bool)))
            return outputs, layer.latest_recurrent_state(every)

        return jax.vmap(row, in_axes=(0, 1), out_axes=(1, 0))(state, inputs)

    def step(self, weights: Any, state: Any, inputs: Any) -> Any:
        outputs, state = self.apply(weights, state, inputs[None])
        return state, outputs[0]
