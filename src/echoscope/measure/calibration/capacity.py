"""Linear memory capacity of states, for calibration alone: what a linear readout of a layer's
states says of one input by lag.

It is a measure of linear layers: of others it is arbitrary, by how large the inputs are (arXiv
2502.04832). Double precision and a small ridge are needed, as a larger one hides what is small.
"""

import numpy as np
from jaxtyping import Float

States = Float[np.ndarray, "time units"]
Series = Float[np.ndarray, " time"]
Shares = Float[np.ndarray, " lags"]

RIDGE = 1e-8  # of the states' mean variance, at most: a larger one changes what it measures


def memory_capacities(states: States, inputs: Series, lags: int, ridge: float = RIDGE) -> Shares:
    """The share of the variance of an input k steps back that a linear readout explains, for each k
    below `lags`, on the second half of the states; it is known from the first.

    Of a delay line of three that is three, and one with lag 0:

    >>> inputs = np.random.default_rng(0).standard_normal(4000)
    >>> states = np.stack([np.roll(inputs, lag) for lag in range(4)], axis=1)
    >>> memory_capacities(states, inputs, 6).round(2).tolist()
    [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]

    Source: Jaeger 2001, "Short term memory in echo state networks", with lag 0 counted.
    """
    states, inputs = np.asarray(states, float)[lags:], np.asarray(inputs, float)
    length = len(inputs) - lags
    targets = np.stack([inputs[lags - lag : lags - lag + length] for lag in range(lags)], axis=1)
    half = length // 2
    mean, targets_mean = states[:half].mean(0), targets[:half].mean(0)
    known, asked = states[:half] - mean, targets[:half] - targets_mean
    gram = known.T @ known
    gram += np.eye(len(gram)) * ridge * np.trace(gram) / len(gram)
    readout = np.linalg.solve(gram, known.T @ asked)
    held_out = targets[half:] - targets_mean
    errors = held_out - (states[half:] - mean) @ readout
    return np.clip(1 - np.mean(errors**2, axis=0) / np.var(targets[half:], axis=0), 0, None)


def ring_states(units: int, gain: float, inputs: Series) -> States:
    """The states of a linear ring in double precision: each unit hands on what it holds, `gain`
    times as large, and the input joins the first.

    >>> ring_states(3, 0.5, np.array([1.0, 0.0, 0.0, 0.0]))[-1].tolist()
    [0.125, 0.0, 0.0]
    """
    states, state = np.zeros((len(inputs), units)), np.zeros(units)
    for step, value in enumerate(inputs):
        state = gain * np.roll(state, 1)
        state[0] += value
        states[step] = state
    return states


def ring_capacities(units: int, gain: float, lags: int) -> Shares:
    """The truth of a linear ring: (1 - r^2N) r^(2N floor(k/N)) at lag k, the number of units N in
    all.

    >>> float(ring_capacities(4, 0.5, 400).sum())
    4.0
    """
    lap = gain ** (2 * units)
    return (1 - lap) * lap ** (np.arange(lags) // units)
