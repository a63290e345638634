"""Layers of which it is known what they hold: what measures are held to.

Each is pure and trains as any other. `delay_line`, `shift_register` and `memoryless` have no
weights: what is trained on them is the readout alone.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from echoscope.measure.in_jax.functions import Functions, scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Tree
from echoscope.measure.layer.base import State
from echoscope.measure.layer.identity import Identity

SYMBOLS = 10


def known(
    name: str, functions: Functions, input_size: int = SYMBOLS, fixed: int | None = None
) -> JaxLayer:
    """A layer of this module."""
    identity = Identity(
        source=f"calibration:{name}",
        kind=name,
        framework=f"jax {jax.__version__}",
        door="pure functions",
    )
    return JaxLayer(identity, functions, input_size, fixed)


def without_weights(key: jax.Array, input_size: int) -> Tree:
    """No weights."""
    return {}


def buffered(lag: int, width: int) -> Callable[[Tree, int], State]:
    """The initial state of what recalls `lag` steps: zeros [batch, lag, width]."""

    def initial_state(weights: Tree, batch_size: int) -> State:
        return jnp.zeros((batch_size, lag, width))

    return initial_state


def before(state: State, inputs: Array) -> tuple[Array, State]:
    """What a buffer [batch, lag, width] holds and then what comes in, [lag + time, batch, width];
    and the buffer after it.
    """
    joined = jnp.concatenate([jnp.swapaxes(state, 0, 1), inputs])
    return joined, jnp.swapaxes(joined[len(joined) - state.shape[1] :], 0, 1)


def delay_line(lag: int, input_size: int = SYMBOLS) -> JaxLayer:
    """Gives what came in `lag` steps before: log2 of the symbols in bits, at that lag alone.

    >>> delay_line(3).width
    10
    """

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        joined, after = before(state, inputs)
        return joined[: len(inputs)], after

    functions = Functions(without_weights, buffered(lag, input_size), apply)
    return known(f"delay line {lag}", functions, input_size, input_size)


def shift_register(symbols: int, input_size: int = SYMBOLS) -> JaxLayer:
    """Gives the last `symbols` inputs and the current one side by side: its state holds exactly so
    many times log2 of the symbols in bits.
    """

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        joined, after = before(state, inputs)
        begins = range(symbols, -1, -1)
        parts = [joined[begin : begin + len(inputs)] for begin in begins]
        return jnp.concatenate(parts, axis=-1), after

    functions = Functions(without_weights, buffered(symbols, input_size), apply)
    return known(f"shift register {symbols}", functions, input_size, input_size)


def memoryless(input_size: int = SYMBOLS) -> JaxLayer:
    """Gives the current input: 0 bits, and a state without numbers."""

    def initial_state(weights: Tree, batch_size: int) -> State:
        return ()

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        return inputs, state

    functions = Functions(without_weights, initial_state, apply)
    return known("memoryless", functions, input_size, input_size)


def linear_ring(units: int, gain: float = 0.95, input_size: int = SYMBOLS) -> JaxLayer:
    """A ring of units that hands each value on to the next, `gain` times as large; what comes in
    joins the first ones. Its linear memory capacity is the number of units, lag 0 counted.
    """

    def initial_state(weights: Tree, batch_size: int) -> State:
        return jnp.zeros((batch_size, units))

    def step(weights: Tree, state: State, inputs: Array) -> tuple[State, Array]:
        state = gain * jnp.roll(state, 1, axis=-1)
        state = state + jnp.pad(inputs, ((0, 0), (0, units - inputs.shape[-1])))
        return state, state

    functions = Functions(without_weights, initial_state, scanned(step))
    return known(f"linear ring {units}", functions, input_size, input_size)


def convolution(
    width: int, layers: int = 1, units: int = 32, input_size: int = SYMBOLS
) -> JaxLayer:
    """Causal convolutions one above the other, as of so many steps each: `layers` x (`width` - 1)
    lags are free, and none further back is there.
    """
    return _convolutions(
        f"convolution of {width} x {layers}", [(width, 1)] * layers, units, input_size
    )


def tcn(kernel: int, levels: int, units: int = 32, input_size: int = SYMBOLS) -> JaxLayer:
    """A temporal convolutional network: at each level two convolutions, spread by 1, 2, 4, ... An
    output depends on exactly 1 + 2 (kernel - 1) (2^levels - 1) steps, its own among them.

    Source: Bai et al. 2018 (arXiv 1803.01271); here with weights that start larger, so that it
    learns sooner.
    """
    spread = [(kernel, 2**level) for level in range(levels) for _ in range(2)]
    return _convolutions(f"TCN of {kernel} x {levels}", spread, units, input_size, residual=2)


def tcn_reach(kernel: int, levels: int) -> int:
    """The steps that an output of `tcn` depends on.

    >>> tcn_reach(3, 4)
    61
    """
    return 1 + 2 * (kernel - 1) * (2**levels - 1)


def _convolutions(
    name: str, shapes: list[tuple[int, int]], units: int, input_size: int, residual: int = 0
) -> JaxLayer:
    """Convolutions of (width, spread), with what came into every `residual` of them added."""

    def init(key: jax.Array, input_size: int) -> Tree:
        widths = [input_size, *[units] * len(shapes)]
        keys = jax.random.split(key, len(shapes))
        start = jax.nn.initializers.lecun_normal(in_axis=(0, 1))
        kernels = [
            start(key, (width, size, units))
            for key, (width, _), size in zip(keys, shapes, widths, strict=False)
        ]
        return {"kernels": kernels, "biases": [jnp.zeros(units) for _ in shapes]}

    def initial_state(weights: Tree, batch_size: int) -> State:
        sizes = [kernel.shape[1] for kernel in weights["kernels"]]
        return [
            jnp.zeros((batch_size, (width - 1) * spread, size))
            for (width, spread), size in zip(shapes, sizes, strict=True)
        ]

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        after, stream, skipped = [], inputs, inputs
        for place, (width, spread) in enumerate(shapes):
            if residual and place % residual == 0:
                skipped = stream
            joined, left = before(state[place], stream)
            after.append(left)
            taps = [joined[tap * spread : tap * spread + len(inputs)] for tap in range(width)]
            kernel = weights["kernels"][place]
            stream = sum(tap @ part for tap, part in zip(taps, kernel, strict=True))
            stream = stream + weights["biases"][place]
            if place < len(shapes) - 1 or residual:
                stream = jax.nn.leaky_relu(stream)
            if residual and place % residual == residual - 1:
                same = skipped.shape[-1] == stream.shape[-1]
                stream = stream + skipped if same else stream
        return stream, after

    return known(name, Functions(init, initial_state, apply), input_size)
