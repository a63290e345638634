"""The next symbol from the last few symbols, and where those are new, from fewer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echoscope.information.followers import (
    Mixture,
    chunks,
    followers,
    likeliest,
    unigram,
)
from echoscope.information.rules import CHECKED
from echoscope.information.sequence import SymbolSequence
from echoscope.integers import Integers
from echoscope.stats.intervals import Floats

MOST_CONTEXT = 16  # symbols
MOST_TARGETS = 5_000_000  # probabilities by which the order is chosen


@dataclass(frozen=True)
class NGram:
    """Contexts of up to `most` symbols: what followed each, and in the measure in which it is new
    what followed the context without its oldest symbol (Witten and Bell's weights).

    >>> sequence = SymbolSequence.of([0, 0, 1, 1] * 20, vocab_size=2)
    >>> NGram().fit(sequence, begin=64).detail
    'order 2'

    The order is the least of which the first four fifths of the training part predict its last
    fifth as well as any does, but for one standard error; contexts that hardly come twice are not
    tried.

    Source: Witten and Bell 1991; Chen and Goodman 1999 for the interpolation; Breiman and others
    1984 for the standard error.
    """

    name: str = "n-gram"
    most: int = MOST_CONTEXT
    seed: int = 0

    def fit(self, sequence: SymbolSequence, begin: int) -> "FittedNGram":
        """See `Rule`."""
        order = self._chosen(sequence, begin)
        return _fitted(sequence, begin, order)

    def _chosen(self, sequence: SymbolSequence, begin: int) -> int:
        times = np.flatnonzero(sequence.present[:begin])
        middle = round(len(times) * CHECKED)
        if not 0 < middle < len(times):
            return 0
        fitted = _fitted(sequence, int(times[middle]), sequence.depth(self.most, begin))
        checked = times[middle:]
        most = max(1000, MOST_TARGETS // len(sequence.occurring))
        if len(checked) > most:
            rng = np.random.default_rng(self.seed)
            checked = np.sort(rng.choice(checked, most, replace=False))
        right = np.zeros(fitted.context + 1)
        for part in chunks(checked, len(sequence.occurring)):
            for order, matrix in enumerate(fitted.matrices(fitted.ids(part))):
                right[order] += (likeliest(matrix) == sequence.ranks[part]).sum()
        share = right / len(checked)
        best = share.max()
        error = np.sqrt(best * (1 - best) / len(checked))
        return int(np.argmax(share >= best - error))


@dataclass(frozen=True, eq=False)
class FittedNGram(Mixture):
    """What followed contexts of each length, shortest first, and the probabilities without any."""

    @property
    def detail(self) -> str:
        """See `Fitted`."""
        return f"order {self.context}"

    def matrices(self, ids: list[Integers]) -> Iterator[Floats]:
        """The probabilities by contexts of up to each length, shortest first, in one and the same
        array. Shapes: (rows,) each -> (rows, kinds).
        """
        matrix = np.tile(self.base, (len(ids[0]), 1))
        yield matrix
        for order, contexts in zip(self.orders[1:], ids[1:], strict=True):
            total = np.where(contexts >= 0, order.totals[contexts], 0)
            kinds = np.where(contexts >= 0, order.kinds[contexts], 0)
            whole = np.maximum(total + kinds, 1)
            matrix *= np.where(total > 0, kinds / whole, 1.0)[:, None]
            order.add(matrix, contexts, 1 / whole)
            yield matrix

    def mixed(self, ids: list[Integers]) -> Floats:
        """See `Mixture`."""
        *_, matrix = self.matrices(ids)
        return matrix


def _fitted(sequence: SymbolSequence, begin: int, order: int) -> FittedNGram:
    training = np.arange(len(sequence)) < begin
    orders = [followers(sequence, length, training) for length in range(order + 1)]
    return FittedNGram(sequence, unigram(sequence, training), orders)
