"""After how many symbols a sequence comes again, time after time."""

import numpy as np

from echoscope.information.sequence import SymbolSequence

LEAST_LAGS, WORK = 64, 100_000_000  # lags that are looked at, at least, and pairs, at most
MULTIPLES = 3  # of a period that must be seen
CLEAR, LASTING = 2.5, 0.8  # standard errors of each of them, and the share of all that are more


def period(sequence: SymbolSequence, lags: int = LEAST_LAGS) -> int | None:
    """The period of a sequence; None where it has none of 2 to some two sevenths of so many lags,
    or of 64.

    >>> period(SymbolSequence.of([0, 0, 1, 0, 2] * 60, vocab_size=3))
    5

    A symbol equals the one a period before more often than those half a period nearer and farther,
    and so at two, three and more periods. How much more often is held against what symbols in any
    order would show; of several such lags the period is that with the most. An echo alone, or a
    memory that fades, has no period.
    """
    most = min(max(lags, LEAST_LAGS), len(sequence) // 2)
    part = sequence.part(max(0, len(sequence) - WORK // max(most, 1)))
    pairs = [part.pairs(lag) for lag in range(1, most + 1)]
    alike = np.array([np.nan, *(float((a == b).mean()) if len(a) else np.nan for a, b in pairs)])
    shares = np.bincount(part.ranks[part.present]) / max(int(part.present.sum()), 1)
    chance = float((shares**2).sum())
    if not 0 < chance < 1:
        return None
    counts = np.array([1, *(max(len(a), 1) for a, _ in pairs)])
    error = np.sqrt(1.5 * chance * (1 - chance) / counts)
    best, longest = (0.0, 0), int(most / (MULTIPLES + 0.5))
    for lag in range(2, longest + 1):
        half = lag // 2
        at = np.arange(lag, most - half + 1, lag)
        units = (alike[at] - (alike[at - half] + alike[at + half]) / 2) / error[at]
        clear = len(at) >= MULTIPLES and (units[:MULTIPLES] > CLEAR).all()
        if clear and (units > 0).mean() >= LASTING:
            best = max(best, (float(units.sum() / np.sqrt(len(at))), lag))
    return best[1] or None
