"""How well each rule, known from the first part of a sequence, predicts the rest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echoscope.information.context_tree import ContextTree
from echoscope.information.maps import Map
from echoscope.information.ngram import NGram
from echoscope.information.rules import Copy, Fitted, Memoryless, Rule
from echoscope.information.sequence import Flags, SymbolSequence
from echoscope.information.spread import half_of
from echoscope.integers import Integers
from echoscope.stats.intervals import BLOCK, Accuracy, accuracy_of

MOST_TARGETS, LEAST_TARGETS = 5_000_000, 1000  # of probabilities together, and of targets


@dataclass(frozen=True)
class RuleScore:
    """A rule, what it chose in the training part (`detail`), how many symbols back it looks, its
    accuracy on the held-out targets, the bits of a target by its probabilities with half of their
    95 % interval, and the chance that a rule no better than the commonest symbol is right as much
    more often as it is, times the number of rules that are held against that one.
    """

    name: str
    detail: str
    context: int
    accuracy: Accuracy
    bits: float
    bits_half: float
    better_p: float


def rules_of(lags: int) -> tuple[Rule, ...]:
    """All rules, the plainest first."""
    return (
        Memoryless(),
        Copy("copy-last", 1),
        Map("map-last", 1),
        Copy("copy-lag", lags),
        Map("map-lag", lags),
        NGram(),
        ContextTree(),
    )


def rule_scores(
    sequence: SymbolSequence, begin: int, lags: int = 64, seed: int = 0, passed: int = 0
) -> tuple[RuleScore, ...]:
    """All rules, known from the symbols before `begin`, on the same targets: the symbols from
    `begin` on, but the first so many of each sequence that are to be `passed`, or an even draw of
    so many that there are 5 million probabilities; nothing where there is no symbol on one of the
    two sides.

    >>> scores = rule_scores(SymbolSequence.of([0, 0, 1] * 40, vocab_size=2), begin=96, lags=8)
    >>> [(score.name, score.accuracy.value) for score in scores[2:4]]
    [('map-last', 0.6666666666666666), ('copy-lag', 1.0)]
    """
    times = targets(sequence, begin, seed, passed)
    if not len(times) or not sequence.present[:begin].any():
        return ()
    rules, actual = rules_of(lags), sequence.symbols[times]
    plain, scores = np.ones(len(times), bool), []
    for rule in rules:
        fitted: Fitted = rule.fit(sequence, begin)
        predicted, bits = fitted.held_out(times)
        right = predicted == actual
        plain = right if not scores else plain  # of the first rule, that knows no context
        half = float(np.nan_to_num(half_of(bits), nan=np.inf))
        chance = min(1.0, better_p(right, plain) * (len(rules) - 1))
        scores.append(
            RuleScore(
                rule.name,
                fitted.detail,
                fitted.context,
                accuracy_of(right),
                float(bits.mean()),
                half,
                chance,
            )
        )
    return tuple(scores)


def pooled(lots: Sequence[tuple[RuleScore, ...]]) -> tuple[RuleScore, ...]:
    """The scores of every rule over several stretches of a sequence, such as folds; nothing where
    a stretch has none.

    An accuracy is of all targets together, its interval by how it differs between stretches;
    `detail` is what the rule chose most often, `context` the farthest it looks, and `better_p` the
    largest.
    """
    if not lots or not all(lots):
        return ()
    result = []
    for place, first in enumerate(lots[0]):
        scores = [lot[place] for lot in lots]
        counts = np.array([score.accuracy.target_count for score in scores])
        right = np.array([score.accuracy.value for score in scores]) * counts
        shares = counts / counts.sum()
        details = Counter(score.detail for score in scores)
        result.append(
            RuleScore(
                first.name,
                details.most_common(1)[0][0],
                max(score.context for score in scores),
                Accuracy.of_parts(right, counts) if len(scores) > 1 else first.accuracy,
                float(sum(shares * [score.bits for score in scores])),
                float(np.linalg.norm(shares * [score.bits_half for score in scores])),
                max(score.better_p for score in scores),
            )
        )
    return tuple(result)


def targets(sequence: SymbolSequence, begin: int, seed: int = 0, passed: int = 0) -> Integers:
    """The times from `begin` on that have a symbol, but the first so many of each sequence; of too
    many a random choice, in order.
    """
    times = begin + np.flatnonzero(sequence.present[begin:])
    if passed:
        first = np.maximum(np.searchsorted(sequence.segment, sequence.segment[times]), begin)
        times = times[times - first >= passed]
    most = max(LEAST_TARGETS, MOST_TARGETS // max(len(sequence.occurring), 1))
    if len(times) <= most:
        return times
    return np.sort(np.random.default_rng(seed).choice(times, most, replace=False))


def better_p(right: Flags, plain: Flags) -> float:
    """The chance that, were the targets on which two rules differ equally likely to go either way,
    the first were right in as many of them; fewer where what they differ in comes together.

    >>> better_p(np.array([True] * 5), np.array([False] * 5))
    0.03125

    Shapes: (targets,) both. Source: McNemar 1947.
    """
    from scipy.special import betainc

    better, worse = int((right & ~plain).sum()), int((plain & ~right).sum())
    if not better:
        return 1.0
    effect, difference = 1.0, right.astype(float) - plain
    if len(right) >= 2 * BLOCK and difference.var() > 0:
        blocks = difference[: len(right) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
        effect = max(1.0, float(blocks.var() * BLOCK / difference.var()))
    return float(betainc(better / effect, worse / effect + 1, 0.5))


def best_of(scores: tuple[RuleScore, ...]) -> RuleScore:
    """The rule that looks back least, and of those the plainest, that is as good as the best, but
    for the best's interval.
    """
    best = max(scores, key=lambda score: score.accuracy.value)
    good = [score for score in scores if score.accuracy.value >= best.accuracy.low]
    return min(good, key=lambda score: score.context)
