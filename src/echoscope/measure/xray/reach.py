"""What an output feels of an input k steps back, before any training."""

from typing import NamedTuple

import numpy as np

from echoscope.errors import many
from echoscope.measure.layer.base import Inputs, Layer
from echoscope.measure.results import Verdict
from echoscope.measure.xray.probe import EVERY_LIMIT, apart, largest

REACH = "reach"
LONG, SEQUENCES, SEEDS = 129, 6, 3  # time steps, sequences, and first weights
FELT = 0.01  # of what lag 0 is
GROWS = 100.0  # times what was felt of the nearest, over all lags
DIES, DIES_OVER = 1e-5, 8  # of lag 1, this many lags further back: a half-life of half a step
UNDERFLOW = 1e-30  # below this, an exact 0 may be a number too small
TWENTY = 20


class Reach(NamedTuple):
    """Sizes of the gradient by lag, a geometric mean over sequences and first weights in which it
    is not exactly 0; the last lag that is felt at all where all further ones are exactly 0, else
    None; and how many times as much as of the nearest is felt of any, by root mean squares. It is
    `unfelt` where outputs depend on inputs further back, from which no gradient comes.
    """

    sizes: np.ndarray
    last: int | None
    grown: float
    unfelt: bool = False

    @property
    def relative(self) -> np.ndarray:
        """To lag 0; to the largest where lag 0 is not felt."""
        with np.errstate(invalid="ignore"):
            return self.sizes / (self.sizes[0] or self.sizes.max() or 1.0)

    @property
    def felt(self) -> int:
        """The furthest lag that is felt at 1 % of what lag 0 is."""
        places = np.flatnonzero(self.relative >= FELT)
        return int(places[-1]) if len(places) else 0


def symbols(layer: Layer, steps: int, rows: int, rng: np.random.Generator) -> Inputs:
    """One-hot symbols, as a layer reads them in training; numbers where it reads a single one."""
    if layer.input_size == 1:
        return rng.standard_normal((steps, rows, 1)).astype(np.float32)
    drawn = rng.integers(layer.input_size, size=(steps, rows))
    return np.eye(layer.input_size, dtype=np.float32)[drawn]


def reach_of(layer: Layer, width: int, seed: int) -> Reach:
    """|d h(t) / d x(t-k)| for k up to `LONG` - 1, of random mixtures of the last outputs."""
    draws = []
    for place in range(SEEDS):
        rng = np.random.default_rng((seed, place))
        inputs = symbols(layer, LONG, SEQUENCES, rng)
        cotangent = np.zeros((LONG, SEQUENCES, width), np.float32)
        cotangent[-1] = rng.standard_normal((SEQUENCES, width))
        gradients = layer.gradients(layer.init(seed + place), [inputs], cotangent)
        felt = np.linalg.norm(gradients.inputs.astype(float), axis=-1)[::-1]
        draws.append(np.nan_to_num(felt, nan=np.inf, posinf=np.inf))
    return _summed_up(np.concatenate(draws, axis=1))


def depends_beyond(layer: Layer, seed: int, last: int) -> bool:
    """Whether the last output moves when all inputs are changed that stand more than `last` steps
    before it.
    """
    inputs, others = (
        symbols(layer, LONG, SEQUENCES, np.random.default_rng((seed, place))) for place in (0, 1)
    )
    changed = np.concatenate([others[: LONG - 1 - last], inputs[LONG - 1 - last :]])
    weights = layer.init(seed)
    usual, moved = (layer.run(weights, read).outputs[-1] for read in (inputs, changed))
    return largest(apart(moved, usual)) > EVERY_LIMIT * (largest(np.abs(usual)) or 1.0)


def _summed_up(every: np.ndarray) -> Reach:
    """The reach by gradients [lag, draw]."""
    most, places = every.max(axis=1), np.flatnonzero(every.max(axis=1))
    if not len(places):
        return Reach(np.zeros(LONG), 0, 1.0)
    felt = every > 0
    logs = np.log(np.where(felt, every, 1)).sum(axis=1) / np.maximum(felt.sum(axis=1), 1)
    first, last = int(places[0]), int(places[-1])
    ends = last < LONG - 1 and most[last] > UNDERFLOW * most.max()
    strength = np.sqrt(np.mean(every**2, axis=1))
    nearest = strength[first : first + 2].max()
    with np.errstate(invalid="ignore"):  # of a layer that gives no numbers
        grown = 1.0 if ends else float(strength.max() / nearest)
    return Reach(np.where(most > 0, np.exp(logs), 0), last if ends else None, grown)


def reach(felt: Reach) -> Verdict:
    """Neither dead, nor growing without bound, nor dying at once."""
    relative, grown = felt.relative, felt.grown
    if not felt.sizes.any():
        return Verdict(
            REACH,
            False,
            0.0,
            None,
            "No gradient arrives from the outputs at any input, so it cannot be trained: look for a"
            " rounding, an argmax or a stopped gradient.",
        )
    if not np.isfinite(relative).all() or grown > GROWS:
        times = f"{grown:,.3g} times" if np.isfinite(grown) else "beyond all numbers"
        return Verdict(
            REACH,
            False,
            grown,
            GROWS,
            f"It explodes at birth: what is felt of an input grows {times} within"
            f" {LONG - 1} steps; scale its recurrent weights down.",
        )
    if felt.unfelt:
        return Verdict(
            REACH,
            False,
            float(felt.last or 0),
            None,
            f"No gradient comes from further back than {many(felt.last or 0, 'step')}, though"
            " outputs depend on inputs there, so it cannot learn to hold them: look for a rounding,"
            " an argmax or a stopped gradient.",
        )
    if felt.last is not None:
        steps = many(felt.last, "step")
        reason = (
            f"An output depends on exactly the last {steps} before its own, and on none further."
            if felt.last
            else "An output depends on its own step alone: nothing is remembered at birth."
        )
        return Verdict(REACH, True, float(felt.last), None, reason)
    if relative[1] and relative[1 + DIES_OVER] / relative[1] < DIES:
        return Verdict(
            REACH,
            False,
            float(relative[1 + DIES_OVER] / relative[1]),
            DIES,
            f"It vanishes at birth: of what is felt one step back, {DIES_OVER} steps further leave"
            f" {relative[1 + DIES_OVER] / relative[1]:.2g}; start its gates open or its recurrent"
            " weights larger.",
        )
    return Verdict(REACH, True, float(relative[TWENTY]), None, _told(felt))


def _told(felt: Reach) -> str:
    ends = "" if felt.felt < LONG - 1 else " or more"
    to = "lag 0" if felt.sizes[0] else "the lag that is felt most"
    return (
        f"At birth an input {TWENTY} steps back is felt {felt.relative[TWENTY]:.2g} times as much"
        f" as {to}; 1 % and more is felt to {felt.felt}{ends} steps back."
    )
