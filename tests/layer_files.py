"""Layers that tests open, of kinds that no package has."""

import equinox as eqx
import jax
import jax.numpy as jnp
import keras
from flax import linen, nnx


def nnx_rnn(in_features, units, rngs):
    return nnx.RNN(nnx.GRUCell(in_features, units, rngs=rngs))


def nnx_made(units):
    return nnx.GRUCell(7, units, rngs=nnx.Rngs(3))


def linen_rnn(units):
    return linen.RNN(linen.OptimizedLSTMCell(units))


def bidirectional(units):
    return keras.layers.Bidirectional(keras.layers.GRU(units, return_sequences=True))


class CountsInNnx(nnx.GRUCell):
    """Hands its constructor's arguments on, drops inputs, and counts its steps for itself."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.dropout = nnx.Dropout(0.5, rngs=kwargs["rngs"])
        self.steps = nnx.Variable(jnp.zeros((), jnp.int32))

    def __call__(self, carry, inputs):
        self.steps[...] += 1
        carry, outputs = super().__call__(carry, self.dropout(inputs))
        return carry, outputs + 0.1 * self.steps[...]


class LinenDrops(linen.Module):
    units: int

    @linen.compact
    def __call__(self, inputs, train=False):
        outputs = linen.Dense(self.units)(inputs)
        return linen.Dropout(0.5, deterministic=not train)(outputs)


class Permuted(eqx.Module):
    """A cell with an activation, a whole number and an order among its leaves."""

    read: jax.Array
    keep: jax.Array
    order: jax.Array
    activation: object
    hidden_size: int

    def __init__(self, input_size, hidden_size, key):
        self.read = jax.random.normal(key, (hidden_size, input_size))
        self.keep = 0.5 * jnp.eye(hidden_size)
        self.order = jnp.roll(jnp.arange(hidden_size), 1)
        self.activation = jnp.tanh
        self.hidden_size = hidden_size

    def __call__(self, x, h):
        return self.activation(self.read @ x + (self.keep @ h)[self.order])


class Pair(Permuted):
    """Its state is a pair (h, c)."""

    def __call__(self, x, state):
        h, c = state
        c = 0.9 * c + self.read @ x + (self.keep @ h)[self.order]
        return jnp.tanh(c), c


class OutputFirst(Permuted):
    """Gives outputs, then the state."""

    def __call__(self, x, h):
        h = super().__call__(x, h)
        return 2 * h[:3], h


class Unsaid(eqx.Module):
    """A cell that nothing says the state of."""

    read: jax.Array

    def __init__(self, input_size, units, key):
        self.read = jax.random.normal(key, (units, input_size))

    def __call__(self, x, h):
        return jnp.tanh(self.read @ x + h)


class Carries(eqx.Module):
    """A module of one sequence that goes on from a state."""

    read: jax.Array

    def __init__(self, input_size, units, key):
        self.read = jax.random.normal(key, (units, input_size))

    def __call__(self, x, state=None):
        first = jnp.zeros(len(self.read)) if state is None else state
        sums = first + jnp.cumsum(x @ self.read.T, axis=0)
        return sums, sums[-1]


class EquinoxDrops(eqx.Module):
    dropout: eqx.nn.Dropout
    linear: eqx.nn.Linear

    def __init__(self, input_size, units, key):
        self.dropout = eqx.nn.Dropout(0.5)
        self.linear = eqx.nn.Linear(input_size, units, key=key)

    def __call__(self, x, key=None):
        return self.dropout(jax.vmap(self.linear)(x), key=key)


class CountsInKeras(keras.layers.Layer):
    """A cell that counts its steps for itself."""

    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")

    def call(self, inputs, states):
        self.steps.assign_add(1.0)
        output = keras.ops.tanh(inputs @ self.kernel + states[0])
        return output + 0.1 * self.steps, [output]


keras_made = keras.layers.LSTM(6, stateful=True, dropout=0.5, return_sequences=False)
keras_stacked = keras.layers.RNN([keras.layers.GRUCell(5), keras.layers.LSTMCell(6)])
keras_backwards = keras.layers.GRU(4, go_backwards=True)
keras_last_only = bidirectional(3)
nnx_there = nnx.RNN(nnx.LSTMCell(7, 6, rngs=nnx.Rngs(3)))


class Pure:
    """Plain functions, to be made wrong in one place."""

    def init(self, key, input_size, units):
        return {"read": jax.random.normal(key, (input_size, units)), "power": jnp.arange(units)}

    def initial_state(self, batch_size, units):
        return jnp.zeros((batch_size, units))

    def step(self, weights, state, inputs):
        state = 0.5 * state + inputs @ weights["read"]
        return state, state * 0.9 ** weights["power"]


class Grows(Pure):
    def step(self, weights, state, inputs):
        state, outputs = super().step(weights, state, inputs)
        return (state, state), outputs


class OnlyLast(Pure):
    def apply(self, weights, state, inputs):
        return inputs[-1] @ weights["read"], state


class Imaginary(Pure):
    def step(self, weights, state, inputs):
        state, outputs = super().step(weights, state, inputs)
        return state, outputs * 1j


class OneThing(Pure):
    def step(self, weights, state, inputs):
        return super().step(weights, state, inputs)[0]


class NoCarry:
    init, step = Pure.init, Pure.step


class Fails(Pure):
    def step(self, weights, state, inputs):
        return super().step(weights, state, inputs @ jnp.zeros((3, 3)))


class NeedsMore(Pure):
    def __init__(self, dilation):
        self.dilation = dilation


class OnGpu(Pure):
    def step(self, weights, state, inputs):
        from jax.experimental import pallas as pl

        def kernel(read, write):
            write[...] = read[...] * 2

        state, outputs = super().step(weights, state, inputs)
        shape = jax.ShapeDtypeStruct(outputs.shape, outputs.dtype)
        return state, pl.pallas_call(kernel, out_shape=shape)(outputs)
