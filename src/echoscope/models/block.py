"""Blocks around a layer that mixes time steps: what lets a state-space layer, attention or a delta
rule show what it can do.

Inputs times a kernel are the residual stream x. Each block adds the mixer of the normed stream,
then a feed-forward part of twice the width: x + mixer(norm(x)), x + forward(norm(x)); a norm ends
the last. With a convolution, the normed stream goes first through a short causal one of each unit
by itself, as in arXiv 2312.00752: its three lags come free, so that it is a row of its own wherever
layers are compared. Source: Vaswani et al. 2017; Xiong et al. 2020 (arXiv 2002.04745), the order.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from echoscope.models.attention.causal import normed
from echoscope.models.base import (
    Generator,
    Outputs,
    Present,
    SequenceLayer,
    State,
    Vectors,
    Weights,
    affine,
)
from echoscope.models.convolution.taps import Carried, overlapped
from echoscope.models.initializers import glorot, uniform
from echoscope.models.stack import named, of

WIDE = 2  # times the units: the inner width of the feed-forward part
WIDTH = 4  # time steps that a short convolution reads


def blocks(mixer: SequenceLayer, count: int = 2, convolution: bool = False) -> SequenceLayer:
    """A layer of so many blocks around a mixer, with a short convolution before each or without.

    >>> from echoscope.models.ssm.lru import LAYER
    >>> layer = blocks(LAYER, convolution=True)
    >>> weights = jax.tree.map(jnp.asarray, layer.init(np.random.default_rng(0), 10, 8, 5))
    >>> outputs, _ = layer.apply(weights, layer.initial_state(8, 1, 5), jnp.ones((5, 1, 10)), None)
    >>> outputs.shape
    (5, 1, 8)
    """
    names = [f"block{place}" for place in range(1, count + 1)]

    def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
        weights: Weights = {
            "kernel": glorot(rng, input_size, units),
            "bias": np.zeros(units, np.float32),
            "scale": np.ones(units, np.float32),
        }
        for name in names:
            inner = named("mixer", mixer.init(rng, units, units, time_steps))
            if convolution:
                inner["taps"] = uniform(rng, WIDTH**-0.5, WIDTH, units)
            weights |= named(name, inner | _forward_weights(rng, units))
        return weights

    def initial_state(units: int, batch_size: int, time_steps: int) -> State:
        ahead = jnp.zeros((batch_size, WIDTH - 1, units))
        state = mixer.initial_state(units, batch_size, time_steps)
        return ((ahead, state) if convolution else (state,),) * count

    def apply(
        weights: Weights, state: State, inputs: Vectors, present: Present = None
    ) -> tuple[Outputs, State]:
        stream = affine(inputs, weights["kernel"], weights["bias"])
        following = []
        for name, (*ahead, before) in zip(names, state, strict=True):
            inner, carried = of(name, weights), []
            read = normed(stream, inner["scale"])
            if convolution:
                read, *carried = _convolved(read, inner["taps"], ahead[0], present)
            mixed, after = mixer.apply(of("mixer", inner), before, read, present)
            stream = _forward(inner, stream + mixed)
            following.append((*carried, after))
        return normed(stream, weights["scale"]), tuple(following)

    fixed = tuple(f"{name}.mixer.{part}" for name in names for part in mixer.fixed)
    return SequenceLayer(init, initial_state, apply, one_hot=True, fixed=fixed)


def _forward_weights(rng: Generator, units: int) -> Weights:
    return {
        "scale": np.ones(units, np.float32),
        "forward_scale": np.ones(units, np.float32),
        "forward": glorot(rng, units, WIDE * units),
        "forward_bias": np.zeros(WIDE * units, np.float32),
        "forwarded": glorot(rng, WIDE * units, units),
        "forwarded_bias": np.zeros(units, np.float32),
    }


def _forward(weights: Weights, stream: Array) -> Array:
    """The stream with what the feed-forward part adds."""
    inner = normed(stream, weights["forward_scale"]) @ weights["forward"]
    inner = jax.nn.gelu(inner + weights["forward_bias"])
    return stream + inner @ weights["forwarded"] + weights["forwarded_bias"]


def _convolved(
    read: Array, taps: Array, carried: Carried, present: Present
) -> tuple[Array, Carried]:
    """Every unit's sum over the last steps, and what goes on to the next ones."""
    sums, carried = overlapped([read * tap for tap in taps], 1, carried, present)
    return jax.nn.silu(sums), carried
