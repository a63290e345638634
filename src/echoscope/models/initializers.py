"""First weights, drawn as Keras draws them by default, on the host: the same on every device, and
nothing to compile. Without a generator they are zeros that take no memory: the shapes alone.

Source: Glorot and Bengio 2010 (uniform); Saxe et al. 2014 (orthogonal); Jozefowicz et al. 2015
(forget bias 1).
"""

import numpy as np
from jaxtyping import Float


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
