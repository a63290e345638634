"""First weights, drawn as Keras draws them by default, on the host: the same on every device, and
nothing to compile. Without a generator they are zeros that take no memory: the shapes alone.

Source: Glorot and Bengio 2010 (uniform); Saxe et al. 2014 (orthogonal); Jozefowicz et al. 2015
(forget bias 1).
"""

import numpy as np
from jaxtyping import Float


def uniform(
    rng: np.random.Generator | None, ceiling: float, rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """Uniform in plus and minus a ceiling."""
    if rng is None:
        return np.broadcast_to(np.float32(0), (rows, columns))
    return rng.uniform(-ceiling, ceiling, (rows, columns)).astype(np.float32)


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
    rng: np.random.Generator | None, inputs: int, units: int, name: str, gates: int
) -> dict[str, np.ndarray]:
    """The weights of one recurrent layer of so many gates, side by side; biases zero."""
    return {
        f"{name}.kernel": glorot(rng, inputs, gates * units),
        f"{name}.recurrent": orthogonal(rng, units, gates * units),
        f"{name}.bias": np.zeros(gates * units, np.float32),
    }


def lstm_weights(
    rng: np.random.Generator | None, inputs: int, units: int, name: str
) -> dict[str, np.ndarray]:
    """The weights of one LSTM layer in Keras' layout: gates side by side as input, forget, cell,
    output.
    """
    layer = recurrent_weights(rng, inputs, units, name, gates=4)
    layer[f"{name}.bias"][units : 2 * units] = 1
    return layer


def dense_weights(
    rng: np.random.Generator | None, inputs: int, vocab_size: int
) -> dict[str, np.ndarray]:
    """The weights of the layer that says one of `vocab_size`."""
    return {
        "readout.kernel": glorot(rng, inputs, vocab_size),
        "readout.bias": np.zeros(vocab_size, np.float32),
    }
