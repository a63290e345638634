"""Context-tree weighting: all trees of contexts at once, each in the measure in which it has told
the training part.

Source: Willems, Shtarkov and Tjalkens 1995.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from echoscope.information.followers import (
    Followers,
    Mixture,
    followers,
    unigram,
)
from echoscope.information.ngram import MOST_CONTEXT
from echoscope.information.sequence import Flags, SymbolSequence
from echoscope.integers import Integers
from echoscope.stats.intervals import Floats

MOST_TRAINED = 1_000_000  # symbols: the last of a longer training part


class Node(NamedTuple):
    """The nodes of one depth: what each makes of its own symbols, and what its whole subtree does,
    in nats, and the share of its own estimate in the prediction, where its subtree has another.

    Shapes: (contexts,) each.
    """

    alone: Floats
    weighted: Floats
    share: Floats


@dataclass(frozen=True)
class ContextTree:
    """The mixture of the trees of contexts of up to `depth` symbols, each split costing a bit; of
    fewer where longer ones hardly come twice.

    >>> sequence = SymbolSequence.of([0, 0, 1, 1] * 20, vocab_size=2)
    >>> ContextTree().fit(sequence, begin=64).predict(np.array([1, 0])).round(2).tolist()
    [0.97, 0.03]

    A context's own estimate is its counts and one symbol more, shared alike by the vocabulary: of
    two symbols Krichevsky and Trofimov's, and of many one that finds a rule after a few examples,
    where half a symbol each would ask for as many as there are symbols. What has no context, at a
    start or after a gap, is a leaf of its own. A context that the training part did not have
    predicts what the longest part of it that was had does.

    The tree stands as the training part leaves it: it does not learn from what it is scored on.
    """

    name: str = "context-tree"
    depth: int = MOST_CONTEXT

    def fit(self, sequence: SymbolSequence, begin: int) -> "FittedTree":
        """See `Rule`."""
        time = np.arange(len(sequence))
        training = (time < begin) & (time >= begin - MOST_TRAINED)
        return fitted_tree(sequence, training, sequence.depth(self.depth, begin))


@dataclass(frozen=True, eq=False)
class FittedTree(Mixture):
    """The followers of the contexts of each length, shortest first, and their nodes."""

    nodes: list[Node]

    @property
    def detail(self) -> str:
        """See `Fitted`."""
        return f"depth {self.context}"

    @property
    def nats(self) -> float:
        """How many nats the whole training part takes, told symbol by symbol."""
        return -float(self.nodes[0].weighted[0])

    def mixed(self, ids: list[Integers]) -> Floats:
        """See `Mixture`."""
        matrix = np.zeros((len(ids[0]), len(self.base)))
        left = np.ones(len(matrix))
        for depth, (order, node) in enumerate(zip(self.orders, self.nodes, strict=True)):
            contexts = ids[depth]
            deeper = np.zeros(len(left), bool)
            if depth < self.context:
                deeper = self.orders[depth + 1].seen(ids[depth + 1])
            weight = left * np.where(deeper, node.share[contexts], 1.0)
            left = left - weight
            factor = weight / (order.totals[contexts] + 1)
            matrix += (factor / self.sequence.vocab_size)[:, None]
            order.add(matrix, contexts, factor)
        return matrix


def fitted_tree(sequence: SymbolSequence, training: Flags, depth: int) -> FittedTree:
    """The tree of the training times. Shapes: (time,)."""
    orders = [followers(sequence, length, training) for length in range(depth + 1)]
    nodes: list[Node] = []
    for length in range(depth, -1, -1):
        order = orders[length]
        alone = _estimate(order.counts, order, sequence.vocab_size)
        if not nodes:
            nodes.append(Node(alone, alone, np.ones_like(alone)))
            continue
        deeper = orders[length + 1]
        parts = np.bincount(
            _shorter(sequence, length + 1, deeper), nodes[0].weighted, minlength=order.size
        )
        ends = training & (order.windows.ids >= 0) & (deeper.contexts < 0)
        if ends.any():
            counts = np.bincount(order.windows.ids[ends], minlength=len(order.counts))
            parts = parts + _estimate(counts, order, sequence.vocab_size)
        weighted = np.logaddexp(alone, parts) - np.log(2)
        nodes.insert(0, Node(alone, weighted, np.exp(alone - weighted) / 2))
    return FittedTree(sequence, unigram(sequence, training), orders, nodes)


def _estimate(counts: Integers, order: Followers, vocab_size: int) -> Floats:
    """The logarithm of the likelihood of the symbols that followed each context, told one by one.

    Shapes: (windows,) -> (contexts,).
    """
    from scipy.special import gammaln

    each, context = 1 / vocab_size, order.windows.context
    seen = np.flatnonzero(counts)
    terms = gammaln(counts[seen] + each) - gammaln(each)
    totals = np.bincount(context, counts, minlength=order.size)
    return np.bincount(context[seen], terms, minlength=order.size) - gammaln(totals + 1)


def _shorter(sequence: SymbolSequence, length: int, order: Followers) -> Integers:
    """Of each context its part without the oldest symbol. Shapes: -> (contexts,)."""
    result = np.zeros(order.size, np.int64)
    if length > 1:
        ids = sequence.windows(length).ids
        there = ids >= 0
        result[ids[there]] = sequence.windows(length - 1).ids[there]
    return result
