"""Extrapolation: a network trained on windows of n time steps, read to eight times as many.

What fails there is mostly a state that training never visited; a read that begins with the state
which another sequence left tells that apart. Source: arXiv 2507.02782 for the carried state.
"""

from echoscope.measure.layer.base import Layer
from echoscope.measure.network.answers import (
    TARGET_ACCURACY,
    by_lag,
    correct,
    drawn,
    echo_of,
    mark_of,
)
from echoscope.measure.results import Extrapolation
from echoscope.training.results import Outcome

TIMES = 8
ROWS = 128
SEED = 30_001  # of symbols that no training draws


def extrapolation(
    layer: Layer, outcome: Outcome, *, target_accuracy: float = TARGET_ACCURACY
) -> Extrapolation:
    """A trained echo, scored in stretches as long as the window that it was trained on: from the
    initial state, and from that which another sequence of one window left.

    The lag is the largest that the network answers within the first window. Raises `SettingError`
    for what is no echo at every time step.
    """
    task = echo_of(outcome)
    trained, seed = task.time_steps, outcome.experiment.seed
    symbols = drawn(task.vocab_size, TIMES * trained, ROWS, SEED, seed)
    initial = layer.values(outcome, symbols)[1]
    within = by_lag(initial[:trained], symbols[:trained], task.lag)
    mark = mark_of(within, task.lag, task.chance, target_accuracy)
    right = [correct(initial, symbols, mark.head, mark.lag)]
    if layer.hands_state:
        other = drawn(task.vocab_size, trained, ROWS, SEED, seed, 1)
        state = layer.values(outcome, other)[2]
        carried = layer.values(outcome, symbols, state)[1]
        right.append(correct(carried, symbols, mark.head, mark.lag))
    rows = []
    for stretch in range(TIMES):
        begin, end = (max(0, place * trained - mark.lag) for place in (stretch, stretch + 1))
        shares = [float(answers[begin:end].mean()) for answers in right]
        rows.append(((stretch + 1) * trained, shares[0], shares[1] if shares[1:] else None))
    return Extrapolation(trained, mark.lag, task.chance, tuple(rows))
