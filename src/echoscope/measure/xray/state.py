"""What is carried: how many numbers, which of them only for a few steps, and how many count."""

from typing import NamedTuple

import numpy as np

from echoscope.measure.layer.base import State
from echoscope.measure.xray.probe import ROWS, STEPS, Probe, apart, largest
from echoscope.measure.xray.reach import symbols

CUT = 18  # inputs before it are the past, outputs from it on what comes of them
MOST = 20 * ROWS  # cotangents: of more outputs, as many random mixtures
WIDE, MOST_OF_WIDE = 256, 6 * ROWS  # of a wide layer, whose gradients take long, fewer
KEPT = 0.1  # of a change, until it is forgotten
TOLERANCE = 0.01  # of the largest singular value


def state_size(probe: Probe) -> int | None:
    """Real numbers that a row carries, all buffers and caches with it, complex ones twice; what has
    no axis of rows counts once.
    """
    if not probe.layer.hands_state:
        return None
    leaves = probe.layer.leaves(probe.whole.state)
    return sum(leaf.size // _shared(leaf) * (2 if np.iscomplexobj(leaf) else 1) for leaf in leaves)


def _shared(leaf: np.ndarray) -> int:
    return ROWS if ROWS in leaf.shape else 1


def buffered_lags(probe: Probe) -> int:
    """For how many steps the longest buffer holds what came in: a part of the state that is kept
    until, after so many, it is forgotten exactly, as that of a short convolution is and no
    recurrence, which fades.
    """
    state, longest = probe.by_steps[1][0], 0
    leaves = probe.layer.leaves(state)
    for place, leaf in enumerate(leaves):
        if not np.issubdtype(leaf.dtype, np.inexact):
            continue
        moved = [*leaves]
        rng = np.random.default_rng((probe.seed, place))
        moved[place] = leaf + rng.standard_normal(leaf.shape).astype(leaf.dtype)
        longest = max(longest, _forgotten_after(probe, place, probe.layer.filled(state, moved)))
    return longest


def _forgotten_after(probe: Probe, place: int, state: State) -> int:
    """After how many steps a part of the state is what it would have been; 0 where it is not, or
    had faded before.
    """
    first = before = _moved(probe, place, state, 0)
    for step in range(1, STEPS):
        piece = probe.inputs[step : step + 1]
        state = probe.layer.run(probe.weights, piece, state).state
        moved = _moved(probe, place, state, step)
        if not moved:
            return step if before > KEPT * first else 0
        before = moved
    return 0


def _moved(probe: Probe, place: int, state: State, step: int) -> float:
    """How far a part of the state is from what it was after a step."""
    usual = probe.layer.leaves(probe.by_steps[1][step])[place]
    return largest(apart(probe.layer.leaves(state)[place], usual))


class Effective(NamedTuple):
    """How many dimensions of the past reach what comes after: singular values above 1 % of the
    largest, and the exponential of their entropy. At most `most` can be seen.
    """

    tolerance: int
    entropy: float
    most: int


def effective_size(probe: Probe) -> Effective | None:
    """By the Jacobian of outputs from `CUT` on to inputs before it; None where it is not finite.

    Source: effective state size, arXiv 2504.19561, here by gradients, for any layer.
    """
    layer, width = probe.layer, probe.width
    rng = np.random.default_rng((probe.seed, CUT))
    inputs = np.repeat(symbols(layer, STEPS, 1, rng), ROWS, axis=1)
    outputs, most = (STEPS - CUT) * width, MOST_OF_WIDE if width > WIDE else MOST
    mixtures = (
        np.eye(outputs, dtype=np.float32)
        if outputs <= MOST
        else rng.standard_normal((most, outputs)).astype(np.float32)
    )
    rows = []
    for begin in range(0, len(mixtures), ROWS):
        some = mixtures[begin : begin + ROWS]
        cotangent = np.zeros((STEPS, ROWS, width), np.float32)
        after = some.reshape(len(some), STEPS - CUT, width)
        cotangent[CUT:, : len(some)] = np.swapaxes(after, 0, 1)
        gradient = layer.gradients(probe.weights, [inputs], cotangent).inputs[:CUT, : len(some)]
        rows.append(np.swapaxes(gradient, 0, 1).reshape(len(some), -1))
    jacobian = np.concatenate(rows).astype(float)
    if not np.isfinite(jacobian).all():
        return None
    square = jacobian @ jacobian.T if len(jacobian) < jacobian.shape[1] else jacobian.T @ jacobian
    values = np.sqrt(np.clip(np.linalg.eigvalsh(square), 0, None))
    if not values.max():
        return Effective(0, 0.0, len(square))
    shares = values[values > 0] / values.sum()
    entropy = float(np.exp(-np.sum(shares * np.log(shares))))
    return Effective(int(np.sum(values >= TOLERANCE * values.max())), entropy, len(square))
