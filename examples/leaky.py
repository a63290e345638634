"""A layer from outside: every unit forgets at a speed of its own, which is learned.

echoscope run lag --fit quick --vocab-size 10 --plugin examples/leaky.py --model leaky
"""

import jax
import jax.numpy as jnp
import numpy as np

from echoscope import SequenceLayer, register_layer


def init(rng, input_size, units, time_steps):
    draw = np.zeros if rng is None else rng.normal
    kernel = draw(size=(input_size, units)) if rng else draw((input_size, units))
    return {"kernel": kernel.astype(np.float32), "speed": np.linspace(-3, 3, units, dtype="f4")}


def initial_state(units, batch_size, time_steps):
    return jnp.zeros((batch_size, units))


def apply(weights, state, inputs, present=None):
    def step(state, features):
        state = keep * state + (1 - keep) * features
        return state, jnp.tanh(state)

    keep = jax.nn.sigmoid(weights["speed"])
    state, outputs = jax.lax.scan(step, state, inputs @ weights["kernel"])
    return outputs, state


register_layer("leaky", SequenceLayer(init, initial_state, apply))
