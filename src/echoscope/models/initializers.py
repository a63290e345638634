"""First weights, drawn as Keras draws them by default, on the host: the same on every device, and
nothing to compile. Without a generator they are zeros that take no memory: the shapes alone.

Source: Glorot and Bengio 2010 (uniform); Saxe et al. 2014 (orthogonal); Jozefowicz et al. 2015
(forget bias 1).
"""

import numpy as np
from jaxtyping import Float

TRUNCATED = 1 / 0.87962566103423978  # undoes what the cut takes off a normal's deviation


def uniform(
    rng: np.random.Generator | None, limit: float, rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """Uniform in plus and minus a limit."""
    if rng is None:
        return np.broadcast_to(np.float32(0), (rows, columns))
    return rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)


def glorot(
    rng: np.random.Generator | None, rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """Uniform in plus and minus sqrt(6 / (rows + columns))."""
    return uniform(rng, np.sqrt(6 / (rows + columns)), rows, columns)


def orthogonal(
    rng: np.random.Generator | None, rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """Orthonormal rows (rows <= columns), uniform over all such matrices: the sign of R's diagonal
    is folded in.
    """
    if rng is None:
        return np.broadcast_to(np.float32(0), (rows, columns))
    q, r = np.linalg.qr(rng.normal(size=(columns, rows)))
    return (q * np.sign(np.diag(r))).T.astype(np.float32)


def recurrent_weights(
    rng: np.random.Generator | None, input_size: int, units: int, gates: int
) -> dict[str, np.ndarray]:
    """The weights of a recurrent layer of so many gates, side by side; biases zero."""
    return {
        "kernel": glorot(rng, input_size, gates * units),
        "recurrent": orthogonal(rng, units, gates * units),
        "bias": np.zeros(gates * units, np.float32),
    }


def dense_weights(
    rng: np.random.Generator | None, input_size: int, outputs: int
) -> dict[str, np.ndarray]:
    """The weights of a dense layer; its bias zero."""
    return {"kernel": glorot(rng, input_size, outputs), "bias": np.zeros(outputs, np.float32)}


def lecun_normal(
    rng: np.random.Generator | None, rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """Normal of variance 1 / rows, cut off at two standard deviations of what is drawn."""
    if rng is None:
        return np.broadcast_to(np.float32(0), (rows, columns))
    drawn = rng.normal(size=(rows, columns))
    while (far := np.abs(drawn) > 2).any():
        drawn[far] = rng.normal(size=int(far.sum()))
    return (drawn * TRUNCATED / np.sqrt(rows)).astype(np.float32)


def log_steps(rng: np.random.Generator | None, units: int) -> Float[np.ndarray, " units"]:
    """Before a softplus, time steps of 0.001 to 0.1 of a state-space layer, uniform in their
    logarithm: time constants of 10 to 1000 steps at a rate of 1.
    """
    low, high = np.log(0.001), np.log(0.1)
    steps = np.exp((low + high) / 2 + uniform(rng, (high - low) / 2, 1, units)[0])
    return (steps + np.log(-np.expm1(-steps))).astype(np.float32)
