"""What a trained echo answers at each of its lags, on symbols drawn afresh."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from echoscope.errors import SettingError
from echoscope.tasks.echo import Echo
from echoscope.training.results import Outcome

TARGET_ACCURACY = 0.95
LEARNED = 0.05  # of the way from chance to 1: less may be luck
SLACK = 0.01

Symbols = Int[np.ndarray, "time batch"]
Logits = Float[np.ndarray, "time batch heads symbols"]


def echo_of(outcome: Outcome) -> Echo:
    """The task of a network that echoes one stream at every time step, or a `SettingError`."""
    task = outcome.experiment.task
    if not isinstance(task, Echo) or task.readout != "all" or task.columns or min(task.lag) < 0:
        raise SettingError(
            "what is asked here is asked of an echo at every time step: train it with readout all,"
            " one column and lags of at least 0."
        )
    return task


def drawn(vocab_size: int, time_steps: int, rows: int, *seeds: int) -> Symbols:
    """Independent symbols, each as often as any other."""
    return np.random.default_rng(seeds).integers(0, vocab_size, (time_steps, rows), np.int32)


def correct(
    logits: Logits, symbols: Symbols, head: int, lag: int, before: Symbols | None = None
) -> Bool[np.ndarray, "answers batch"]:
    """Which of a head's answers are right, of those whose symbol is known: in `symbols`, or in
    those `before` them.
    """
    known = symbols if before is None else np.concatenate([before, symbols])
    first = max(0, lag - (len(known) - len(symbols)))
    there = len(known) - len(symbols) - lag
    asked = known[there + first : there + len(symbols)]
    return logits[first:, :, head].argmax(-1) == asked


def by_lag(logits: Logits, symbols: Symbols, lags: tuple[int, ...]) -> tuple[float, ...]:
    """The accuracy at each lag, which has a head each."""
    shares = [correct(logits, symbols, head, lag).mean() for head, lag in enumerate(lags)]
    return tuple(float(share) for share in shares)


@dataclass(frozen=True)
class Mark:
    """What counts as answered: the accuracy `share`. The network reaches it at lags up to `span`,
    and `head` is the number of the head of `lag`, that span. A span of 0 is that of a network which
    learned nothing; the head is then that of its best lag.
    """

    share: float
    span: int
    lag: int
    head: int


def mark_of(shares: tuple[float, ...], lags: tuple[int, ...], chance: float, target: float) -> Mark:
    """What counts as answered by a network of this accuracy at each lag: the target accuracy, or
    where no lag reaches that, halfway from chance to the best lag's.

    >>> mark_of((1.0, 0.97, 0.5), (1, 2, 3), 0.1, 0.95).span
    2
    """
    best = max(range(len(lags)), key=lambda place: shares[place])
    if shares[best] < chance + LEARNED * (1 - chance):
        return Mark(target, 0, lags[best], best)
    if shares[best] < target:
        target = (chance + shares[best]) / 2
    answered = [place for place, share in enumerate(shares) if share >= target]
    head = max(answered, key=lambda place: lags[place])
    return Mark(target, lags[head], lags[head], head)


def span_left(
    shares: tuple[float, ...], whole: tuple[float, ...], lags: tuple[int, ...], mark: Mark
) -> int:
    """The largest lag that is answered still, 0 where none is: of those that were, one which has
    lost no more than a percentage point is, so that an accuracy at the very mark does not decide.

    >>> span_left((0.949, 0.6), (0.951, 0.95), (1, 2), Mark(0.95, 2, 2, 1))
    1
    """
    kept = [
        lag
        for lag, share, before in zip(lags, shares, whole, strict=True)
        if before >= mark.share and share >= min(mark.share, before - SLACK)
    ]
    return max(kept, default=0) if mark.span else 0
