"""Layers as people write them on a bad day, and odd ones that are none the worse for it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import keras
from flax import nnx


class Plain:
    """A cell without a fault, which the others are made of."""

    def init(self, key, input_size, units):
        return {"kernel": 0.1 * jax.random.normal(key, (input_size + units, units))}

    def initial_state(self, batch_size, units):
        return jnp.zeros((batch_size, units))

    def step(self, weights, state, inputs):
        state = jnp.tanh(jnp.concatenate([inputs, state], -1) @ weights["kernel"])
        return state, state


class Forgets(Plain):
    """Has no return."""

    def step(self, weights, state, inputs):
        super().step(weights, state, inputs)


class Named(Plain):
    """Gives its outputs by name."""

    def step(self, weights, state, inputs):
        state, outputs = super().step(weights, state, inputs)
        return state, {"outputs": outputs}


class Whole(Plain):
    """Gives whole numbers."""

    def step(self, weights, state, inputs):
        state, outputs = super().step(weights, state, inputs)
        return state, (outputs > 0).astype(int)


class Half(Plain):
    """Begins with a state of another type than it goes on with."""

    def initial_state(self, batch_size, units):
        return jnp.zeros((batch_size, units), jnp.bfloat16)


class Asks(Plain):
    """Wants to know how wide its inputs are to begin with."""

    def initial_state(self, batch_size, units, input_size):
        return jnp.full((batch_size, units), 1 / input_size)


class Follows(Plain):
    """Its outputs are the wider the wider its inputs are."""

    def step(self, weights, state, inputs):
        state, outputs = super().step(weights, state, inputs)
        return state, jnp.concatenate([outputs, inputs], -1)


class OnlyTen(Plain):
    """Reads no other width."""

    def step(self, weights, state, inputs):
        assert inputs.shape[-1] == 10
        return super().step(weights, state, inputs)


class NoNumbers(Plain):
    """Takes logarithms of what is below 0, in and out of its state."""

    def step(self, weights, state, inputs):
        state, outputs = super().step(weights, state, inputs)
        return jnp.log(state), outputs


class EqxForgets(eqx.Module):
    """Has no return."""

    cell: eqx.nn.GRUCell
    hidden_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key):
        self.cell = eqx.nn.GRUCell(input_size, hidden_size, key=key)
        self.hidden_size = hidden_size

    def __call__(self, inputs, state):
        self.cell(inputs, state)


class EqxSums(EqxForgets):
    """Gives one number."""

    def __call__(self, inputs, state):
        return self.cell(inputs, state).sum()


class EqxNames(EqxForgets):
    """Gives its state by name."""

    def __call__(self, inputs, state):
        return {"state": self.cell(inputs, state)}


class KerasPair(keras.layers.Layer):
    """Two layers in one, which are built where they are called."""

    def __init__(self, units, **more):
        super().__init__(**more)
        self.first, self.second = (keras.layers.Dense(units, "tanh") for _ in range(2))

    def call(self, inputs):
        return self.second(self.first(inputs))


class KerasPairCell(keras.layers.Layer):
    """A cell of two layers, which are built where they are called."""

    def __init__(self, units, **more):
        super().__init__(**more)
        self.state_size = self.output_size = units
        self.first, self.second = (keras.layers.Dense(units) for _ in range(2))

    def call(self, inputs, states):
        state = keras.ops.tanh(self.first(inputs) + self.second(states[0]))
        return state, [state]


class KerasForgets(KerasPair):
    """Has no return."""

    def build(self, shape):
        self.first.build(shape)

    def call(self, inputs):
        self.first(inputs)


class KerasUncalled(keras.layers.Layer):
    """Has no call."""

    def __init__(self, units, **more):
        super().__init__(**more)


class KerasDrops(keras.layers.Layer):
    """Drops in a layer that it holds, and says nothing of training itself."""

    def __init__(self, units, **more):
        super().__init__(**more)
        self.read = keras.layers.GRU(units, return_sequences=True)
        self.drop = keras.layers.Dropout(0.5)

    def call(self, inputs):
        return self.drop(self.read(inputs))


class KerasLast(keras.layers.Layer):
    """Gives the last time step alone."""

    def __init__(self, units, **more):
        super().__init__(**more)
        self.read = keras.layers.GRU(units)

    def call(self, inputs):
        return self.read(inputs)


class Digits:
    """Remembers three symbols exactly, as a whole number that no gradient goes through."""

    def init(self, key, input_size, units):
        return {"kernel": jax.random.normal(key, (1 + input_size, units))}

    def initial_state(self, batch_size):
        return jnp.zeros((batch_size,), jnp.int32)

    def step(self, weights, state, inputs):
        state = (state * 10 + jnp.argmax(inputs, -1)) % 1000
        oldest = (state // 100)[:, None].astype(jnp.float32)
        return state, jnp.concatenate([oldest, inputs], -1) @ weights["kernel"]


def backwards(in_features, units, rngs):
    """Reads from the end."""
    return nnx.RNN(nnx.GRUCell(in_features, units, rngs=rngs), reverse=True)


class Trips(Plain):
    """Fails at the gradient alone."""

    def step(self, weights, state, inputs):
        def stop(_, cotangent):
            raise ValueError("no way back")

        through = jax.custom_vjp(lambda x: x)
        through.defvjp(lambda x: (x, None), stop)
        state, outputs = super().step(weights, state, inputs)
        return state, through(outputs)
