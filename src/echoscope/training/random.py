"""Threefry: numbers at random from a key and a counter, the same as `jax.random` gives for the same
key.

On a CPU JAX runs the rounds of a block in a loop, each of them a pass over memory. Written out they
are one pass: four times as fast, and compiled in half the time. Source: Salmon et al. 2011,
"Parallel random numbers: as easy as 1, 2, 3", Threefry-2x32 with 20 rounds.
"""

import math
from functools import partial
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int, UInt32

Key = UInt32[Array, " 2"]
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = np.uint32(0x1BD11BDA)


def key(seed: UInt32[Array, ""]) -> Key:
    """The key of a seed below 2**32."""
    return jnp.stack([jnp.zeros((), jnp.uint32), jnp.asarray(seed, jnp.uint32)])


def fold_in(key: Key, number: Int[Array, ""] | int) -> Key:
    """Another key for each number."""
    return jnp.stack(_block(key, jnp.zeros((), jnp.uint32), jnp.asarray(number).astype(jnp.uint32)))


def integers(
    key: Key, shape: tuple[int, ...], low: int | Array, high: int | Array
) -> Int[Array, "*shape"]:
    """Integers from `low` to `high` - 1, each equally likely to one part in 2**32 or better."""
    span = jnp.asarray(high - low, jnp.uint32)
    factor = jnp.uint32(2**16) % span
    factor = factor * factor % span
    halves = jax.vmap(partial(fold_in, key))(jnp.arange(2))
    upper, lower = lax.map(partial(_bits, shape=shape), halves)
    drawn = (upper % span * factor + lower % span) % span
    return low + drawn.astype(jnp.int32)


def happens(key: Key, likely: float, shape: tuple[int, ...]) -> Bool[Array, "*shape"]:
    """True where an event of this probability happens."""
    return _uniform(key, shape) < likely


class Draws:
    """As `echoscope.tasks.base.Draws`, of a key: call n is at random by the key that the first key
    and n give, and the first call by the key itself.
    """

    def __init__(self, key: Key, calls: int = 0) -> None:
        self.np: ModuleType = jnp
        self._key, self._calls = key, calls

    def _next(self) -> Key:
        self._calls += 1
        return fold_in(self._key, self._calls - 1) if self._calls > 1 else self._key

    def integers(self, shape: tuple[int, ...], low: int, high: int) -> Int[Array, "*shape"]:
        """Integers from `low` to `high` - 1, each equally likely."""
        return integers(self._next(), shape, low, high)

    def happens(self, probability: float, shape: tuple[int, ...]) -> Bool[Array, "*shape"]:
        """True where an event of this probability happens."""
        return happens(self._next(), probability, shape)

    def order(self, rows: int, count: int) -> Int[Array, "rows count"]:
        """The numbers 0 to `count` - 1 in an order of its own for every row."""
        return jnp.argsort(_bits(self._next(), (rows, count)), axis=1)


def _uniform(key: Key, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
    """From 0 up to 1: random bits as the fraction of a float from 1 up to 2."""
    return (
        lax.bitcast_convert_type(
            (_bits(key, shape) >> 9) | np.float32(1).view(np.uint32), jnp.float32
        )
        - 1
    )


def _bits(key: Key, shape: tuple[int, ...]) -> UInt32[Array, "*shape"]:
    counter = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    first, second = _block(key, jnp.zeros_like(counter), counter)
    return first ^ second


@partial(jax.jit, inline=True)
def _block(key: Key, first: Array, second: Array) -> tuple[Array, Array]:
    """Both words of each counter, mixed by the key."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ PARITY)
    first, second = first + keys[0], second + keys[1]
    for turn in range(5):
        for by in ROTATIONS[turn % 2]:
            first = first + second
            second = first ^ ((second << by) | (second >> (32 - by)))
        first, second = (
            first + keys[(turn + 1) % 3],
            second + keys[(turn + 2) % 3] + np.uint32(turn + 1),
        )
    return first, second
