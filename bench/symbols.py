"""What an update costs at 100,000 symbols, on the side that predicts: the plain softmax, a sampled
one, and Adam.
"""

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.models.base import Sizes
from echoscope.models.encoders import mean_loss
from echoscope.training import optimizer

SYMBOLS, UNITS, BATCH, SAMPLED, ROUNDS = 100_000, 50, 32, 1024, 15


def plain(weights: dict[str, Any], hidden: Any, target: Any) -> Any:
    values = hidden @ weights["kernel"].T + weights["bias"]
    sizes = Sizes(SYMBOLS, UNITS, 1, 1)
    return mean_loss(values[:, None], target[:, None], np.ones((BATCH, 1), bool), sizes)[0]


def sampled(weights: dict[str, Any], hidden: Any, target: Any, others: Any) -> Any:
    """Cross-entropy over the right symbols of the batch and some others. Source: Jean et al.
    2015.
    """
    kept = jnp.concatenate([target, others])
    values = hidden @ weights["kernel"][kept].T + weights["bias"][kept]
    return jnp.mean(jax.nn.logsumexp(values, axis=1) - jnp.diagonal(values[:, :BATCH]))


def timed(name: str, call: Callable[[], Any]) -> None:
    call()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        jax.block_until_ready(call())
        seconds.append(time.perf_counter() - started)
    print(
        f"{name:32} {1000 * np.median(seconds):6.1f} ms ({1000 * min(seconds):.1f} to"
        f" {1000 * max(seconds):.1f})"
    )


def main() -> None:
    rng = np.random.default_rng(0)
    weights = {
        "kernel": jnp.asarray(rng.normal(size=(SYMBOLS, UNITS)), jnp.float32),
        "bias": jnp.zeros(SYMBOLS),
    }
    hidden = jnp.asarray(rng.normal(size=(BATCH, UNITS)), jnp.float32)
    target, others = (jnp.asarray(rng.integers(0, SYMBOLS, count)) for count in (BATCH, SAMPLED))
    both = (0, 1)
    item, few = (jax.jit(jax.value_and_grad(loss, argnums=both)) for loss in (plain, sampled))
    timed("plain softmax and its gradient", lambda: item(weights, hidden, target))
    timed(f"{SAMPLED} sampled, and gradient", lambda: few(weights, hidden, target, others))
    gradient = jax.tree.map(jnp.ones_like, weights)
    step = jax.jit(
        lambda weights, moments: optimizer.step(weights, moments, gradient, jnp.float32(0.01))
    )
    moments = jax.tree.map(jnp.asarray, optimizer.zeros(jax.tree.map(np.asarray, weights)))
    timed("Adam on these weights", lambda: step(weights, moments))


if __name__ == "__main__":
    main()
