"""How many bits the state really uses: a trained network's carried state is rounded or disturbed at
every time step, and what it still answers is counted.

Rounding a state is what a deployed network's int8 cache does; most networks hold far fewer bits a
number than a float has.
"""

from time import monotonic

from echoscope.measure.layer.base import Layer
from echoscope.measure.network.answers import (
    TARGET_ACCURACY,
    Mark,
    by_lag,
    correct,
    drawn,
    echo_of,
    mark_of,
    span_left,
)
from echoscope.measure.results import Precision
from echoscope.training.results import Outcome

BITS = tuple(range(1, 17))
NOISE = (0.01, 0.03, 0.1, 0.3, 1.0)  # standard deviations of each unit
ROWS = 128
DRIFT = 100_000  # time steps
DRIFT_ROWS, CHUNK = 8, 500
SEED = 20_001  # of symbols that no training draws


def precision(
    layer: Layer,
    outcome: Outcome,
    *,
    target_accuracy: float = TARGET_ACCURACY,
    drift_steps: int = DRIFT,
    seconds: float | None = None,
) -> Precision | None:
    """A trained echo with its state rounded to 1 to 16 bits a number and with noise, and read on
    for `drift_steps` time steps, for at most so many seconds. None of a layer that hands on no
    state.

    The lag of the rows is the largest that the network answers undisturbed; the span halves at the
    most bits of which half of it, at most, is left. Raises `SettingError` for what is no echo at
    every time step.
    """
    task = echo_of(outcome)
    if not layer.hands_state:
        return None
    symbols = drawn(task.vocab_size, task.time_steps, ROWS, SEED, outcome.experiment.seed)

    def shares(bits: int | None = None, noise: float = 0.0) -> tuple[float, ...]:
        logits = layer.values(outcome, symbols, bits=bits, noise=noise)[1]
        return by_lag(logits, symbols, task.lag)

    whole = shares()
    mark = mark_of(whole, task.lag, task.chance, target_accuracy)
    rounded = {bits: shares(bits=bits) for bits in BITS}
    spans = tuple((bits, span_left(got, whole, task.lag, mark)) for bits, got in rounded.items())
    lost = [bits for bits, span in spans if mark.span and span <= mark.span / 2]
    return Precision(
        lag=mark.lag,
        full=whole[mark.head],
        chance=task.chance,
        quantised=tuple((bits, got[mark.head]) for bits, got in rounded.items()),
        noisy=tuple((noise, shares(noise=noise)[mark.head]) for noise in NOISE),
        halves_at=max(lost, default=None),
        drift=drift(layer, outcome, mark, drift_steps, seconds),
        span=mark.span,
        target_accuracy=mark.share,
        spans=spans,
    )


def drift(
    layer: Layer, outcome: Outcome, mark: Mark, steps: int, seconds: float | None = None
) -> tuple[tuple[int, float], ...]:
    """The accuracy of one lag in the last stretch before 500, 1,000, 2,000, 5,000 ... time steps,
    of one read that is never taken up anew. With a limit in seconds the last row is where it ended.
    """
    task, begun = echo_of(outcome), monotonic()
    state, before, rows, read = None, None, [], 0
    for chunk in range(steps // CHUNK):
        symbols = drawn(task.vocab_size, CHUNK, DRIFT_ROWS, SEED, outcome.experiment.seed, chunk)
        _, logits, state = layer.values(outcome, symbols, state)
        read = (chunk + 1) * CHUNK
        late = seconds is not None and monotonic() - begun > seconds
        if _shown(read) or late or read == steps // CHUNK * CHUNK:
            right = correct(logits, symbols, mark.head, mark.lag, before)
            rows.append((read, float(right.mean())))
        if late:
            break
        before = symbols
    return tuple(rows)


def _shown(steps: int) -> bool:
    """Whether a number of steps is 1, 2 or 5 times a power of ten."""
    return str(steps).rstrip("0") in {"1", "2", "5"}
