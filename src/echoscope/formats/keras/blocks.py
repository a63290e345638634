"""The models that no single layer of Keras is, out of several of them: a linear recurrent unit, and
causal attention. The weights are computed so that each layer does its part exactly.

An LRU is a `SimpleRNN` without its tanh, whose state holds the real parts, the imaginary parts and
what is skipped past them; attention with rotary positions has kernels of its own for every step of
the window, turned beforehand.
"""

from types import ModuleType

import numpy as np

from echoscope.experiment.experiment import Experiment
from echoscope.formats.keras.ends import EXACT, Weights, after, before, with_gap
from echoscope.formats.keras.loader import Layer
from echoscope.models.attention.causal import BASE, WIDE, heads
from echoscope.models.stack import BACK, names, of

Array = np.ndarray
SIGMOID_GELU = 2 * np.sqrt(2 / np.pi)  # gelu(x) is x sigmoid(this (x + 0.044715 x^3)), by tanh
CUBED = 0.044715


def built(
    keras: ModuleType, experiment: Experiment, weights: Weights, stateful: int | None
) -> Layer:
    """The network as a functional model of Keras, with its weights."""
    first, *layers = before(keras, experiment, stateful)
    every = experiment.task.readout == "all"
    stream = first
    for layer in layers:
        stream = layer(stream)
        if layer.weights:
            layer.set_weights([with_gap(experiment, weights)["encoder.embedding"]])
    *lower, upper = names(experiment.layers)
    block = _lru if experiment.model == "lru" else _attention
    for name in (*lower, upper):
        stream = block(keras, experiment, weights, name, stream, every or name != upper, stateful)
    for layer in after(keras, experiment):
        stream = layer(stream)
        if layer.weights:
            layer.set_weights([weights["readout.kernel"], weights["readout.bias"]])
    return keras.Model(first, stream)


def _lru(
    keras: ModuleType,
    experiment: Experiment,
    weights: Weights,
    name: str,
    stream: Layer,
    every: bool,
    stateful: int | None,
) -> Layer:
    """One layer, in one or both directions, whose parts lie side by side."""
    known, units = keras.layers, experiment.units
    sides = [of(side, weights) for side in _sides(experiment, name)]
    layer = known.SimpleRNN(
        3 * units,
        activation="linear",
        return_sequences=every,
        stateful=stateful is not None,
        name=name,
        **EXACT,
    )
    layer = known.Bidirectional(layer, name=name, **EXACT) if len(sides) > 1 else layer
    state = layer(stream)
    layer.set_weights([array for side in sides for array in _recurrence(side)])
    mixed = _dense(
        known,
        state,
        _beside(
            [np.concatenate([side["real"], -side["imaginary"], np.eye(units)]) for side in sides]
        ),
        None,
    )
    gate = _dense(
        known,
        mixed,
        _beside([side["gate"] for side in sides]),
        np.concatenate([side["gate_bias"] for side in sides]),
        activation="sigmoid",
    )
    return known.Multiply(**EXACT)([mixed, gate])


def _recurrence(side: Weights) -> list[Array]:
    """Kernel, recurrent kernel and bias of the state [real, imaginary, skipped]."""
    radius = np.exp(-np.exp(side["decay"].astype(float)))
    angle = np.exp(side["phase"].astype(float))
    scale = np.sqrt(1 - radius**2)
    scales = np.concatenate([scale, scale, np.ones_like(scale)])
    parts = (radius * np.cos(angle), radius * np.sin(angle), np.zeros_like(scale))
    real, imaginary, none = map(np.diag, parts)
    recurrent = np.block([[real, imaginary, none], [-imaginary, real, none], [none] * 3])
    return [side["kernel"] * scales, recurrent, side["bias"] * scales]


def _attention(
    keras: ModuleType,
    experiment: Experiment,
    weights: Weights,
    name: str,
    stream: Layer,
    every: bool,
    stateful: int | None,
) -> Layer:
    """One block in one or both directions; of the uppermost only what is known at its end."""
    known, steps = keras.layers, experiment.task.time_steps

    def flipped(stream: Layer) -> Layer:
        turned = known.Permute((2, 1), **EXACT)(stream)
        turned = _dense(known, turned, np.eye(steps)[::-1], None)
        return known.Permute((2, 1), **EXACT)(turned)

    def end(stream: Layer) -> Layer:
        return known.Flatten(**EXACT)(known.Cropping1D((steps - 1, 0), **EXACT)(stream))

    outputs = []
    for side in _sides(experiment, name):
        back = side.endswith(BACK)
        mine = _block(known, of(side, weights), flipped(stream) if back else stream, steps)
        outputs.append(end(mine) if not every else flipped(mine) if back else mine)
    return known.Concatenate(**EXACT)(outputs) if len(outputs) > 1 else outputs[0]


def _block(known: ModuleType, weights: Weights, stream: Layer, steps: int) -> Layer:
    """Attention and the feed-forward part, each added to the stream [batch, steps, units]."""
    units = len(weights["bias"])
    count = heads(units)
    wide = units // count
    stream = _dense(known, stream, weights["kernel"], weights["bias"])
    read = _norm(known, stream, weights["scale"])
    query, key, value = (
        part.reshape(units, count, wide) for part in np.split(weights["attend"], 3, axis=1)
    )
    parts = [
        known.Attention(**EXACT)(
            [
                _turned(known, read, query[:, head] / np.sqrt(wide), steps),
                _dense(known, read, value[:, head], None),
                _turned(known, read, key[:, head], steps),
            ],
            use_causal_mask=True,
        )
        for head in range(count)
    ]
    attended = known.Concatenate(**EXACT)(parts) if count > 1 else parts[0]
    stream = known.Add(**EXACT)([stream, _dense(known, attended, weights["attended"], None)])
    read = _norm(known, stream, weights["forward_scale"])
    inner = _gelu(known, _dense(known, read, weights["forward"], weights["forward_bias"]))
    assert inner.shape[-1] == WIDE * units
    forwarded = _dense(known, inner, weights["forwarded"], weights["forwarded_bias"])
    return known.Add(**EXACT)([stream, forwarded])


def _turned(known: ModuleType, stream: Layer, kernel: Array, steps: int) -> Layer:
    """A product with a kernel [units, wide] whose pairs of columns are turned by each step's
    angle.
    """
    wide = kernel.shape[1]
    waves = BASE ** (-np.arange(0, wide, 2) / wide)
    angles = np.arange(steps)[:, None, None] * waves
    first, second = np.split(kernel, 2, axis=1)
    kernels = np.concatenate(
        [
            first * np.cos(angles) - second * np.sin(angles),
            first * np.sin(angles) + second * np.cos(angles),
        ],
        axis=-1,
    )
    layer = known.EinsumDense("bti,tij->btj", output_shape=(steps, wide), **EXACT)
    return _set(layer, stream, [kernels])


def _gelu(known: ModuleType, stream: Layer) -> Layer:
    """Gelu by tanh: Keras' activation of that name is the one by erf."""
    cube = known.Multiply(**EXACT)([stream, stream, stream])
    parts = [
        known.Rescaling(SIGMOID_GELU, **EXACT)(stream),
        known.Rescaling(SIGMOID_GELU * CUBED, **EXACT)(cube),
    ]
    gate = known.Activation("sigmoid", **EXACT)(known.Add(**EXACT)(parts))
    return known.Multiply(**EXACT)([stream, gate])


def _norm(known: ModuleType, stream: Layer, scale: Array) -> Layer:
    return _set(known.RMSNormalization(epsilon=1e-6, **EXACT), stream, [scale])


def _dense(
    known: ModuleType, stream: Layer, kernel: Array, bias: Array | None, activation: str = "linear"
) -> Layer:
    layer = known.Dense(kernel.shape[1], activation=activation, use_bias=bias is not None, **EXACT)
    return _set(layer, stream, [kernel] if bias is None else [kernel, bias])


def _set(layer: Layer, stream: Layer, weights: list[Array]) -> Layer:
    """A layer's outputs, once it has its weights."""
    outputs = layer(stream)
    layer.set_weights(weights)
    return outputs


def _beside(kernels: list[Array]) -> Array:
    """Kernels as the blocks of one that has zeros elsewhere."""
    rows, columns = (sum(kernel.shape[axis] for kernel in kernels) for axis in (0, 1))
    result, row, column = np.zeros((rows, columns)), 0, 0
    for kernel in kernels:
        result[row : row + len(kernel), column : column + kernel.shape[1]] = kernel
        row, column = row + len(kernel), column + kernel.shape[1]
    return result


def _sides(experiment: Experiment, name: str) -> list[str]:
    return [name, name + BACK] if experiment.bidirectional else [name]
