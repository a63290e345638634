"""Numbers at random are those of `jax.random`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope.training import random


def keys(seed: int) -> tuple[jax.Array, jax.Array]:
    """Ours, and JAX's own."""
    return random.key(jnp.uint32(seed)), jax.random.key(np.uint32(seed), impl="threefry2x32")


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1])
def test_keys_are_those_of_jax(seed: int) -> None:
    ours, theirs = keys(seed)
    np.testing.assert_array_equal(ours, jax.random.key_data(theirs))
    for number in (0, 1, 77, 2**31 - 1, -1):
        folded = jax.random.key_data(jax.random.fold_in(theirs, jnp.int32(number)))
        np.testing.assert_array_equal(random.fold_in(ours, jnp.int32(number)), folded)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 10), (3, 7), (0, 2**16), (0, 100_000), (0, 2**31 - 1), (-5, 5)]
)
def test_integers_are_those_of_jax(low: int, high: int) -> None:
    ours, theirs = keys(3)
    for shape in ((), (7,), (3, 500)):
        drawn = random.integers(ours, shape, low, high)
        np.testing.assert_array_equal(drawn, jax.random.randint(theirs, shape, low, high))
        assert drawn.dtype == jnp.int32


def test_integers_below_a_number_known_later_are_those_of_jax() -> None:
    ours, theirs = keys(3)
    drawn = jax.jit(lambda high: random.integers(ours, (50,), 0, high))(jnp.int32(12_345))
    np.testing.assert_array_equal(drawn, jax.random.randint(theirs, (50,), 0, 12_345))


@pytest.mark.parametrize("likely", [0.0, 0.2, 0.5, 1.0])
def test_what_happens_is_what_happens_in_jax(likely: float) -> None:
    ours, theirs = keys(9)
    np.testing.assert_array_equal(
        random.happens(ours, likely, (4, 300)), jax.random.bernoulli(theirs, likely, (4, 300))
    )


def test_epochs_drawn_together_are_the_epochs_drawn_alone() -> None:
    ours, _ = keys(5)
    together = jax.vmap(lambda epoch: random.integers(random.fold_in(ours, epoch), (3, 4), 0, 9))(
        jnp.arange(6)
    )
    for epoch, drawn in enumerate(together):
        np.testing.assert_array_equal(
            drawn, random.integers(random.fold_in(ours, epoch), (3, 4), 0, 9)
        )
