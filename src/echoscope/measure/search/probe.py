"""The frozen probe: what a linear reader knows of earlier symbols from states that do not change.

For each lag k a reader says the symbol of t-k from the state at t: logits that are linear in the
state, by discriminant analysis with a ridge, times one scale that makes probabilities of them. It
is fitted on one part of the rows, ridge and scale are chosen on a second, and bits are counted on a
third. A control does the same with shuffled symbols: what it reads is what the method itself
invents. A probe shows what is there, not what is used. Source: Alain and Bengio 2016 (arXiv
1610.01644); Fisher 1936; Hewitt and Liang 2019 (arXiv 1909.03368) for the control.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from echoscope.errors import SettingError, many
from echoscope.measure.results import MeasuredValue
from echoscope.stats.intervals import mean_and_half

RIDGES = (1.0, 1e-2, 1e-4, 1e-6)  # beside variances of 1
PARTS = (0.5, 0.7)  # where the rows to fit on end, and those that choose
FEWEST_ROWS = 12  # of fewer, each is cut into stretches of time
STRETCHES = 30  # that all rows make then, and each of them at least a third as many
MOST = 8192  # examples that are fitted on
SCALES = (1e-8, 4.0)  # 1 is that of a state which is normal around each symbol's mean
HALVINGS = 25  # of the interval between them
CONSTANT = 1e-9  # a unit that moves less tells nothing

States = Float[np.ndarray, "time batch width"]
Symbols = Int[np.ndarray, "time batch"]
Examples = Float[np.ndarray, "examples width"]
Labels = Int[np.ndarray, " examples"]
Lost = Float[np.ndarray, " examples"]
Scores = Float[np.ndarray, "examples symbols"]


@dataclass(frozen=True)
class ProbedLag:
    """What the probe reads of one lag: bits of held-out symbols, with a 95 % interval over rows,
    and accuracy. `shuffled` are the bits that it reads of shuffled symbols, `ridge` what was
    chosen. Bits are below 0 where it knows less than how often each symbol comes.
    """

    lag: int
    bits: MeasuredValue
    accuracy: float
    shuffled: float
    ridge: float


@dataclass(frozen=True)
class Probed:
    """All lags. `entropy` is what a held-out symbol has to tell, in bits, by how often each comes;
    `examples` were fitted on.
    """

    lags: tuple[ProbedLag, ...]
    entropy: float
    examples: int

    @property
    def bits(self) -> float:
        """The sum over lags, of those above 0: what is held of symbols that are independent."""
        return sum(max(0.0, lag.bits.value) for lag in self.lags)

    @property
    def shuffled(self) -> float:
        """The same sum of the control."""
        return sum(max(0.0, lag.shuffled) for lag in self.lags)


class _Part(NamedTuple):
    """Some of the time steps: where they stand in time and batch, and to which row each belongs."""

    times: Int[np.ndarray, " examples"]
    batch: Int[np.ndarray, " examples"]
    row: Int[np.ndarray, " examples"]


class _Read(NamedTuple):
    """What one reader makes of what it was not fitted on."""

    lost: Lost
    correct: np.ndarray
    known: Lost
    ridge: float


def probe_bits(
    states: States,
    symbols: Symbols,
    vocab_size: int,
    lags: Sequence[int],
    *,
    first: int | None = None,
    seed: int = 0,
) -> Probed:
    """What a linear reader of the state at t knows of the symbol at t - k, for each lag k. States
    before the time step `first` are left out (None: those before the largest lag).

    >>> symbols = np.random.default_rng(0).integers(0, 4, (40, 30))
    >>> states = np.eye(4)[np.roll(symbols, 1, axis=0)]  # a delay line of one time step
    >>> [round(lag.bits.value, 1) + 0.0 for lag in probe_bits(states, symbols, 4, (1, 2)).lags]
    [2.0, 0.0]

    Raises `SettingError` where too few time steps are left.
    """
    begin = max(*lags, 0) if first is None else max(first, *lags)
    end = len(states) + min(*lags, 0)
    parts = _parts(states.shape[1], begin, end, np.random.default_rng([seed, 11]))
    examples = [states[part.times, part.batch] for part in parts]
    mean, deviation = examples[0].mean(0), examples[0].std(0)
    moving = deviation > CONSTANT * max(1.0, float(np.abs(examples[0]).max()))
    examples = [((x - mean) / np.where(moving, deviation, 1))[:, moving] for x in examples]
    shuffle = np.random.default_rng([seed, 12])
    rows, entropy = [], 0.0
    for lag in lags:
        labels = [symbols[part.times - lag, part.batch] for part in parts]
        read = _read(examples, labels, vocab_size)
        mixed = shuffle.permutation(np.concatenate(labels))
        ends = np.cumsum([len(part) for part in labels])[:-1]
        control = _read(examples, np.split(mixed, ends), vocab_size)
        entropy += float(read.known.mean()) / len(lags)
        rows.append(
            ProbedLag(
                lag,
                _interval(read.known - read.lost, parts[2].row),
                float(read.correct.mean()),
                float((control.known - control.lost).mean()),
                read.ridge,
            )
        )
    return Probed(tuple(rows), entropy, len(examples[0]))


def _parts(batch: int, begin: int, end: int, rng: np.random.Generator) -> list[_Part]:
    """Rows to fit on, to choose by and to score: whole ones, or where they are few, stretches of
    them.
    """
    few = 0 < batch < FEWEST_ROWS
    stretches = max(STRETCHES // 3, -(-STRETCHES // batch)) if few else 1
    if end - begin < stretches or batch < 1:
        raise SettingError(
            f"states have {many(max(0, end - begin), 'time step')} that can be scored in each of"
            f" {many(batch, 'sequence')}, and a probe needs {stretches}: give longer or more"
            " sequences."
        )
    times, rows = np.arange(begin, end), np.arange(batch)
    order = (times - begin) * stretches // (end - begin)
    time, row = (part.ravel() for part in np.meshgrid(times, rows, indexing="ij"))
    group = order[time - begin] if stretches > 1 else row
    count = stretches if stretches > 1 else batch
    cuts = np.maximum(1, np.round(np.array(PARTS) * count)).astype(int)
    place = np.searchsorted(cuts, group, side="right")
    chosen = [np.flatnonzero(place == part) for part in range(3)]
    chosen = [rng.choice(c, MOST, replace=False) if len(c) > MOST else c for c in chosen]
    return [_Part(time[c], row[c], (group * batch + row)[c]) for c in chosen]


def _read(examples: list[Examples], labels: list[Labels], vocab_size: int) -> _Read:
    """The reader that the second part chooses, on the third."""
    fit, choose, score = examples
    counts = np.bincount(labels[0], minlength=vocab_size)
    prior = np.log2((counts + 0.5) / (counts.sum() + 0.5 * vocab_size))
    best = (np.inf, 0.0, RIDGES[0], np.zeros((fit.shape[1], vocab_size)), prior)
    for ridge, weights, bias in _discriminants(fit, labels[0], vocab_size):
        scale, lost = _scaled(choose @ weights + bias, labels[1], prior)
        if lost < best[0]:
            best = (lost, scale, ridge, weights, bias)
    _, scale, ridge, weights, bias = best
    logits = scale * (score @ weights + bias) + prior
    rows = np.arange(len(logits))
    correct = logits.argmax(1) == labels[2]
    lost = np.logaddexp2.reduce(logits, axis=1) - logits[rows, labels[2]]
    known = -prior[labels[2]]
    return _Read(_doubted(lost, known, len(choose)), correct, known, ridge)


def _discriminants(
    fit: Examples, labels: Labels, vocab_size: int
) -> Iterator[tuple[float, Float[np.ndarray, "width symbols"], Float[np.ndarray, " symbols"]]]:
    """Weights and biases of linear discriminants, for each ridge."""
    counts = np.maximum(np.bincount(labels, minlength=vocab_size), 1)
    sums = np.zeros((vocab_size, fit.shape[1]))
    np.add.at(sums, labels, fit)
    means = sums / counts[:, None]
    within = fit.T @ fit / len(fit) - (means.T * (counts / len(fit))) @ means
    values, vectors = np.linalg.eigh(within)
    turned = means @ vectors
    for ridge in RIDGES:
        weights = vectors @ (turned / (np.maximum(values, 0) + ridge)).T
        yield ridge, weights, -0.5 * np.einsum("vn,nv->v", means, weights)


def _scaled(scores: Scores, labels: Labels, prior: np.ndarray) -> tuple[float, float]:
    """The scale of scores that costs the fewest bits, and those: the loss is convex, so its slope
    tells to which side of a scale it lies.
    """
    rows = np.arange(len(scores))
    low, high = np.log(SCALES)
    scores = scores - scores[rows, labels][:, None]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        logits = np.exp(middle) * scores + prior
        shares = np.exp2(logits - logits.max(1, keepdims=True))
        slope = float(((shares * scores).sum(1) / shares.sum(1)).mean())
        low, high = (middle, high) if slope < 0 else (low, middle)
    scale = float(np.exp(low))
    logits = scale * scores + prior
    lost = np.logaddexp2.reduce(logits, axis=1) - prior[labels]
    return scale, float(_doubted(lost, -prior[labels], len(scores)).mean())


def _doubted(lost: Lost, known: Lost, count: int) -> Lost:
    """Bits lost by a reader that doubts itself once in as many examples as it was chosen by."""
    doubt = 1 / (count + 1)
    return -np.log2((1 - doubt) * np.exp2(-lost) + doubt * np.exp2(-known))


def _interval(bits: Lost, row: Labels) -> MeasuredValue:
    """The mean, with Student's interval over rows."""
    _, place = np.unique(row, return_inverse=True)
    counts = np.bincount(place)
    value = float(bits.mean())
    half = mean_and_half(list(np.bincount(place, bits) / counts))[1]
    return MeasuredValue(value, value - half, value + half)
