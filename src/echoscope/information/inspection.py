"""Whether there is memory in a sequence, how far back, and what accuracy it allows: all that can be
told without any training.
"""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from echoscope.borders import lengths_of, nearest_border
from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import IntegerError, SettingError
from echoscope.html_repr import HtmlRepr
from echoscope.information.ceiling import Ceiling, EntropyRate, ceiling, entropy_rate
from echoscope.information.drift import Drift, drift
from echoscope.information.entropy import Entropy, entropy
from echoscope.information.lags import LagInformation, lag_information
from echoscope.information.period import period
from echoscope.information.scores import RuleScore, rule_scores
from echoscope.information.sequence import SymbolSequence
from echoscope.information.verdict import unlike, verdict_of
from echoscope.integers import MOST_VOCAB_SIZE, Integers
from echoscope.recoding import Recoding
from echoscope.settings import json_value, whole

CONTEXTS = range(4)  # symbols before, of the entropies
LEARNED = 0.8  # of the sequence, of which the rules know
MOST_LAGS = 1000
LEAST_WINDOW, MOST_WINDOW = 2, 16  # of a network that is offered
Json = str | float | None | list["Json"] | dict[str, "Json"]


@runtime_checkable
class Data(Protocol):
    """What `UserData` are: symbols with their vocabulary, borders, and the values behind them."""

    @property
    def integers(self) -> Integers:
        """Symbols from 0, or -1. Shapes: (time,)."""
        ...

    @property
    def vocab_size(self) -> int:
        """How many symbols there are."""
        ...

    @property
    def groups(self) -> Integers:
        """The number of the sequence in which each symbol stands. Shapes: (time,)."""
        ...

    @property
    def recoding(self) -> Recoding | ColumnRecodings | None:
        """Which value each symbol stands for."""
        ...


@dataclass(frozen=True)
class Inspection(HtmlRepr, shown_by="sequences"):
    """All that is measured of a sequence.

    `values` are its places, `missing` those without a symbol, `kinds` the symbols that occur, and
    `repeats` the share of symbols that equal the one just before, nan without any pair. `entropies`
    are of a symbol given the 0 to 3 before it, and `period` is after how many symbols it comes
    again, if it does. `sequences` is how many there are between borders, `shortest`, `median` and
    `longest` their lengths. `recoding` says which values the symbols stand for, where `UserData`
    were inspected that know.
    """

    values: int
    vocab_size: int
    missing: int
    kinds: int
    repeats: float
    entropies: tuple[Entropy, ...]
    lags: tuple[LagInformation, ...]
    rules: tuple[RuleScore, ...]
    entropy_rate: EntropyRate
    ceiling: Ceiling
    drift: Drift
    period: int | None
    verdict: str
    sequences: int = 1
    shortest: int = 0
    median: float = 0.0
    longest: int = 0
    recoding: Recoding | None = field(default=None, repr=False)

    @property
    def entropy(self) -> list[float]:
        """The bits of a symbol given the 0 to 3 before it."""
        return [each.bits for each in self.entropies]

    @property
    def window(self) -> int:
        """A window for a network that says what comes next: what the best rule looks back, of
        equally good ones the one that looks back least; from 2 to 16.
        """
        best = max(self.rules, key=lambda rule: (rule.accuracy.value, -rule.context), default=None)
        return min(MOST_WINDOW, max(LEAST_WINDOW, best.context if best else 0))

    def to_dict(self) -> dict[str, Json]:
        """Everything as JSON has it; a number that is none is null."""
        rules: list[Json] = [
            {
                "name": rule.name,
                "detail": rule.detail,
                "accuracy": rule.accuracy.value,
                "low": rule.accuracy.low,
                "high": rule.accuracy.high,
                "targets": rule.accuracy.target_count,
                "bits": rule.bits,
                "bits_half": rule.bits_half,
                "better_p": rule.better_p,
            }
            for rule in self.rules
        ]
        whole = asdict(replace(self, recoding=None)) | {
            "entropy": self.entropy,
            "rules": rules,
            "ceiling": self.ceiling.value,
            "ceiling_low": self.ceiling.low,
            "ceiling_high": self.ceiling.high,
        }
        del whole["recoding"]
        return json_value(whole)


def inspect_symbols(
    symbols: ArrayLike | Data,
    vocab_size: int | None = None,
    groups: ArrayLike | None = None,
    lags: int = 64,
    seed: int = 0,
    begin: int | None = None,
) -> Inspection:
    """What can be told of `UserData`, or of symbols from 0 to vocab_size-1, -1 where one is
    missing, without any training.

    >>> inspection = inspect_symbols([0, 0, 1] * 100, vocab_size=2, lags=4)
    >>> print(inspection.verdict)
    Lags 1 to 4 carry information; a context of 2 predicts 100% [94, 100] of held-out \
values, the commonest alone 67%; further back was not measured; at most 100% by Fano's \
bound at 0 bits a value. It has a period of 3: values come again after 3, 6 and 9 more often \
than in between.

    A border is where `groups` change: nothing is told across it. The rules know the symbols before
    `begin`, by default four fifths, or up to the border that is nearest to there, and are scored on
    the rest. Shapes: (time,) for `symbols` and `groups`.

    Raises `IntegerError` for symbols that are none, and `SettingError` for a vocabulary, groups,
    lags, a seed or a begin that cannot be.
    """
    sequence, recoding = _read(symbols, vocab_size, groups)
    lags, seed = whole("lags", lags, 1, MOST_LAGS), whole("seed", seed, 0, 2**63 - 1)
    starts = sequence.starts
    fifths = nearest_border(starts, LEARNED * len(sequence)) or round(LEARNED * len(sequence))
    end = fifths if begin is None else whole("begin", begin, 0, len(sequence))
    lengths = lengths_of(starts, len(sequence)) if len(sequence) else np.zeros(1, int)
    kinds, before = len(sequence.occurring), _repeats(sequence)
    entropies = tuple(entropy(sequence, context) for context in CONTEXTS)
    information = lag_information(sequence, lags, seed)
    scores = rule_scores(sequence, end, lags, seed)
    rate = entropy_rate(entropies, scores, kinds)
    reached = max((score.accuracy.value for score in scores), default=0.0)
    most, change, again = ceiling(rate, kinds, reached), drift(sequence), period(sequence, lags)
    verdict = verdict_of(
        sequence, entropies[0].bits, information, scores, rate, most, change, again
    ) + unlike(sequence, end, scores)
    return Inspection(
        values=len(sequence),
        vocab_size=sequence.vocab_size,
        missing=int((~sequence.present).sum()),
        kinds=kinds,
        repeats=before,
        entropies=entropies,
        lags=information,
        rules=scores,
        entropy_rate=rate,
        ceiling=most,
        drift=change,
        period=again,
        verdict=verdict,
        sequences=len(starts),
        shortest=int(lengths.min()),
        median=float(np.median(lengths)),
        longest=int(lengths.max()),
        recoding=recoding,
    )


def _read(
    symbols: ArrayLike | Data, vocab_size: int | None, groups: ArrayLike | None
) -> tuple[SymbolSequence, Recoding | None]:
    """The sequence, and which values its symbols stand for, if that is known."""
    if isinstance(symbols, Data):
        if vocab_size is not None or groups is not None:
            raise SettingError(
                "UserData know their vocabulary and where their sequences begin: leave vocab_size"
                " and groups out."
            )
        if symbols.integers.ndim > 1:
            raise IntegerError(
                "One column is inspected at a time, and these UserData have several: read one of"
                " them alone."
            )
        recoding = symbols.recoding.of(0) if symbols.recoding else None
        return SymbolSequence.of(symbols.integers, symbols.vocab_size, symbols.groups), recoding
    if vocab_size is None:
        SymbolSequence.of(symbols, MOST_VOCAB_SIZE, groups)  # what is no symbol is refused as that
        raise SettingError(
            "Symbols need to be told how many different ones there may be: give vocab_size, or"
            " UserData."
        )
    return SymbolSequence.of(symbols, vocab_size, groups), None


def _repeats(sequence: SymbolSequence) -> float:
    if len(sequence) < 2:
        return math.nan
    before, after = sequence.pairs(1)
    return float((before == after).mean()) if len(before) else math.nan
