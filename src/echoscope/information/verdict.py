"""What the numbers of a sequence come to, in a sentence or two."""

from itertools import pairwise

import numpy as np

from echoscope.errors import listed, many
from echoscope.information.ceiling import Ceiling, EntropyRate
from echoscope.information.drift import Drift
from echoscope.information.lags import (
    LEVEL,
    LagInformation,
    carrying_lags,
    detectable,
    pairs_needed,
)
from echoscope.information.scores import RuleScore, best_of
from echoscope.information.sequence import SymbolSequence
from echoscope.stats.intervals import Accuracy

DRIFTS, DRIFTED = 0.01, 0.01  # the p of a drift that is spoken of, and the share of symbols
MOST_RANGES = 5  # of lags that are listed
RARE = 0.5  # different values for each value, from which nothing can be told
WAYS = {
    "memoryless": "always the commonest value",
    "copy-last": "repeating the last value",
    "map-last": "knowing the last value",
    "copy-lag": "repeating the value {context} back",
    "map-lag": "knowing the value {context} back",
    "n-gram": "a context of {context}",
    "context-tree": "a tree of contexts of up to {context}",
}


def verdict_of(
    sequence: SymbolSequence,
    entropy: float,
    lags: tuple[LagInformation, ...],
    scores: tuple[RuleScore, ...],
    rate: EntropyRate,
    ceiling: Ceiling,
    drift: Drift,
    period: int | None = None,
) -> str:
    """Whether there is memory, how far back, and what accuracy it allows. `entropy` is that of a
    symbol by itself, in bits, and `period` the lag after which symbols come again.
    """
    count = int(sequence.present.sum())
    if not count:
        return (
            f"All {many(len(sequence), 'value')} are missing: there is nothing to tell."
            if len(sequence)
            else "There are no values: there is nothing to tell."
        )
    if len(sequence.occurring) == 1:
        return (
            f"{many(count, 'value')}, and every one is the same: there is nothing"
            " to predict, and no memory is needed."
        )
    carrying = carrying_lags(lags)
    helps = [score for score in scores if score.better_p <= LEVEL]
    if not carrying and not helps:
        main = _nothing(count, len(sequence.occurring), entropy, lags, scores)
    else:
        main = _something(carrying, helps, lags, scores, rate, ceiling) + _again(period)
    if drift.p > DRIFTS or drift.share < DRIFTED:
        return main
    return (
        f"{main} How often each value comes changes over time ({_tiny(drift.p)}, by"
        f" {percent(drift.share)} of them), which alone makes lags tell something, and the end need"
        " not be like the beginning."
    )


def _nothing(
    count: int,
    kinds: int,
    entropy: float,
    lags: tuple[LagInformation, ...],
    scores: tuple[RuleScore, ...],
) -> str:
    least = min((detectable(lag, len(lags)) for lag in lags), default=np.inf)
    tenth = entropy / 10
    if kinds > count * RARE and kinds > 2:
        return (
            f"{many(kinds, 'different value')} among {count:,}: almost none comes again, so nothing"
            " can be told; numbers can be sorted into bins."
        )
    if not lags:
        return (
            f"None of {many(count, 'value')} has another before it without a border: there is"
            " nothing to tell."
        )
    if least > entropy / 4 or not scores:
        needed = pairs_needed(kinds, tenth, max(len(lags), 1))
        return (
            f"{many(count, 'value')} of {many(kinds, 'kind')} are too few to tell: with about"
            f" {max(needed, count + 1):,} a lag would show that tells {tenth:.2g} of the"
            f" {entropy:.2g} bits of a value."
        )
    p, context = min(lag.p for lag in lags), scores[-1].context
    nor = f", nor does a context of up to {context}" if context else ""
    return (
        f"No lag up to {lags[-1].lag} tells anything about the next value (smallest p {p:.2g} of"
        f" {len(lags)}; {least:.2g} bits would show){nor}: do not expect"
        f" more than {percent(scores[0].accuracy.high)}."
    )


def _something(
    carrying: list[LagInformation],
    helps: list[RuleScore],
    lags: tuple[LagInformation, ...],
    scores: tuple[RuleScore, ...],
    rate: EntropyRate,
    ceiling: Ceiling,
) -> str:
    text = _carried([lag.lag for lag in carrying])
    far = "" if not carrying else _beyond(carrying[-1].lag, lags)
    plain, most = scores[0].accuracy if scores else None, _limit(rate, ceiling, scores)
    if not helps or not plain:
        against = (
            f" than the commonest one, {interval(plain)} of {many(plain.target_count, 'value')}"
            if plain
            else ""
        )
        text += f", but no rule is surely right more often{against}"
        return "; ".join(filter(None, (text, far, most))) + "."
    best = best_of(scores)
    best = best if best in helps else max(helps, key=lambda score: score.accuracy.value)
    way = WAYS[best.name].format(context=best.context)
    text += f"; {way} predicts {interval(best.accuracy)} of held-out values, the commonest alone"
    if best.accuracy.high - plain.value < (ceiling.value - plain.value) / 2:
        most += ", a bound that few sequences reach"
    return "; ".join(filter(None, (f"{text} {percent(plain.value)}", far, most))) + "."


def unlike(sequence: SymbolSequence, begin: int, scores: tuple[RuleScore, ...]) -> str:
    """A sentence where the end from `begin` on, on which rules are scored, has other symbols than
    what comes before: where the commonest there is surely less than half as common in it.
    """
    known = sequence.ranks[:begin][sequence.present[:begin]]
    if not scores or not len(known):
        return ""
    share, end = float(np.bincount(known).max() / len(known)), scores[0].accuracy
    if end.high >= share / 2:
        return ""
    return (
        f" The end, on which rules are scored, is unlike what comes before it: its commonest value"
        f" is {percent(share)} of that and {percent(end.value)} of the end, as a trend makes it;"
        f" what changes from one value to the next may say more."
    )


def _carried(lags: list[int]) -> str:
    if not lags:
        return "No lag by itself carries information, but several together do"
    return f"{named(lags)} {'carries' if len(lags) == 1 else 'carry'} information"


def _again(period: int | None) -> str:
    if period is None:
        return ""
    return (
        f" It has a period of {period}: values come again after {period}, {2 * period} and"
        f" {3 * period} more often than in between."
    )


def _beyond(last: int, lags: tuple[LagInformation, ...]) -> str:
    if last == lags[-1].lag:
        return "further back was not measured"
    if any(lag.p <= LEVEL for lag in lags[last:]):
        return f"beyond {last} no lag tells more than those far back"
    return f"nothing beyond {last}"


def _limit(rate: EntropyRate, ceiling: Ceiling, scores: tuple[RuleScore, ...]) -> str:
    reached = max((score.accuracy.value for score in scores), default=0.0)
    if ceiling.value == reached < 1:
        return f"little more can be expected at {rate.bits:.2g} bits a value"
    return f"at most {percent(ceiling.value)} by Fano's bound at {rate.bits:.2g} bits a value"


def named(lags: list[int]) -> str:
    """Lags as a sentence says them, in the order of size.

    >>> named([3]), named([1, 2, 3, 12])
    ('Lag 3', 'Lags 1 to 3 and 12')
    """
    cuts = [0, *(at + 1 for at, (a, b) in enumerate(pairwise(lags)) if b > a + 1), len(lags)]
    ranges = [lags[first:end] for first, end in pairwise(cuts)]
    texts = [f"{part[0]} to {part[-1]}" if len(part) > 1 else f"{part[0]}" for part in ranges]
    if len(texts) > MOST_RANGES:
        shown = sum(len(part) for part in ranges[: MOST_RANGES - 1])
        texts = [*texts[: MOST_RANGES - 1], f"{len(lags) - shown} more up to {lags[-1]}"]
    return f"{'Lag' if len(lags) == 1 else 'Lags'} {listed(texts)}"


def _tiny(p: float) -> str:
    return f"p {p:.2g}" if p >= 0.0001 else "p below 0.0001"


def percent(share: float) -> str:
    """A share as a sentence says it.

    >>> percent(0.914), percent(0.041), percent(0.9996), percent(1.0)
    ('91%', '4.1%', '99.9%', '100%')
    """
    return f"{_points(share)}%"


def interval(accuracy: Accuracy) -> str:
    """An accuracy with its interval.

    >>> interval(Accuracy(0.91, 0.884, 0.93, 500))
    '91% [88, 93]'
    """
    low, high = _points(accuracy.low), _points(accuracy.high)
    return f"{percent(accuracy.value)} [{low}, {high}]"


def _points(share: float) -> str:
    points = 100 * share
    if points == 100 or 10 <= points < 99:
        return f"{points:.0f}"
    return f"{min(points, 99.9):.1f}"
