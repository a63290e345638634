"""Score my traces: how much of earlier symbols is in states, and how much in answers, from arrays.

States are read by the frozen probe (`measure.search.probe`): bits held at each lag. Answers are
scored as they are: the bits that an answer at t tells of the symbol at t-k. Lag 0 is the symbol
just read.
"""

from dataclasses import dataclass
from functools import partial
from os import PathLike

import numpy as np
from jaxtyping import Int
from numpy.typing import ArrayLike

from echoscope.errors import SettingError
from echoscope.html_repr import HtmlRepr
from echoscope.information.lags import lag_information
from echoscope.information.sequence import SymbolSequence
from echoscope.integers import Integers
from echoscope.measure.layer.options import BATCH_FIRST
from echoscope.measure.results import MeasuredValue
from echoscope.measure.search.probe import FEWEST_ROWS, STRETCHES, probe_bits
from echoscope.measure.traces.arrays import Traces, read_traces, traces_of
from echoscope.settings import whole
from echoscope.stats.intervals import mean_and_half

NEXT = -1  # the lag of the symbol that comes next, which nobody can know of independent ones
LONGEST = 20  # the largest lag that is scored where none is named
SHARE = 3  # of the time steps, the least that are scored at every lag: a third
MOST_LOST = 64.0  # bits of one answer: one that was called impossible counts as that
MARGIN = 0.05  # of a symbol's bits: fewer are not spoken of
LEVEL = 0.005  # of inputs that seem dependent by chance
COUNTED = 20_000  # symbols that are looked at for dependence


@dataclass(frozen=True)
class TracedLag:
    """What is known of the symbol of one lag, in bits: `held` in the states by the frozen probe,
    with `shuffled` as its control, and `told` by the answers as they are; each with its accuracy.
    None where there are no such arrays.
    """

    lag: int
    held: MeasuredValue | None = None
    held_accuracy: float | None = None
    shuffled: float | None = None
    told: MeasuredValue | None = None
    told_accuracy: float | None = None


@dataclass(frozen=True)
class TraceReport(HtmlRepr, shown_by="layers"):
    """What traces hold.

    `entropy` is what a symbol has to tell, in bits, by how often each comes. `lags` go from 0 on;
    `ahead` is lag -1, the symbol that comes next, as a check of how states and inputs stand to each
    other. The first `washout` time steps are not scored. `dependence_p` is how often shuffled
    inputs would seem as dependent as these: where it is small, bits of several lags tell the same
    twice and are not added. `warnings` are sentences on what does not fit.
    """

    vocab_size: int
    sequences: int
    time_steps: int
    units: int | None
    washout: int
    offset: int
    entropy: float
    dependence_p: float
    lags: tuple[TracedLag, ...]
    ahead: TracedLag | None
    warnings: tuple[str, ...]

    @property
    def independent(self) -> bool:
        """Whether inputs look as if each were drawn by itself."""
        return self.dependence_p > LEVEL

    @property
    def held(self) -> float | None:
        """Bits held of all lags, of independent inputs; None of others, or without states."""
        bits = [lag.held.value for lag in self.lags if lag.held]
        return sum(max(0.0, value) for value in bits) if bits and self.independent else None

    @property
    def shuffled(self) -> float | None:
        """The same sum of the control."""
        bits = [lag.shuffled for lag in self.lags if lag.shuffled is not None]
        return sum(max(0.0, value) for value in bits) if bits and self.independent else None

    @property
    def answered_lag(self) -> int | None:
        """The lag of which the answers tell the most; None where they tell of none."""
        told = [lag for lag in self.lags if lag.told and lag.told.low > 0]
        return max(told, key=lambda lag: lag.told.value if lag.told else 0.0).lag if told else None

    @property
    def certified(self) -> float | None:
        """Bits that what answered must have held: at each time step those of the next k answers,
        k times what one tells; of independent inputs, the most over lags. None without answers.
        """
        bits = [max(0, lag.lag) * max(0.0, lag.told.value) for lag in self.lags if lag.told]
        return max(bits) if bits and self.independent else None


def measure_traces(
    inputs: ArrayLike,
    states: ArrayLike | None = None,
    outputs: ArrayLike | None = None,
    *,
    vocab_size: int | None = None,
    lags: int | None = None,
    washout: int | None = None,
    layout: str = BATCH_FIRST,
    offset: int = 0,
    seed: int = 0,
) -> TraceReport:
    """What arrays of inputs with states, outputs or both hold of earlier symbols, at lags 0 to
    `lags`.

    >>> symbols = np.random.default_rng(0).integers(0, 4, (30, 40))
    >>> states = np.eye(4)[np.roll(symbols, 2, axis=1)]  # a delay line of two time steps
    >>> report = measure_traces(symbols, states, lags=3)
    >>> [round(lag.held.value, 1) + 0.0 for lag in report.lags]
    [0.0, 0.0, 2.0, 0.0]

    Every lag is scored at the same time steps: after the first `washout`, which is at least the
    largest lag. Shapes and the other settings: see `traces_of`. Raises `SettingError` or
    `IntegerError`.
    """
    how = {"vocab_size": vocab_size, "layout": layout, "offset": offset}
    traces = traces_of(inputs, states, outputs, **how)
    return report_of(traces, lags=lags, washout=washout, offset=offset, seed=seed)


def measure_file(
    path: str | PathLike[str],
    *,
    vocab_size: int | None = None,
    lags: int | None = None,
    washout: int | None = None,
    layout: str = BATCH_FIRST,
    offset: int = 0,
    seed: int = 0,
) -> TraceReport:
    """The same of a .npz with the arrays inputs, and states or outputs."""
    traces = read_traces(path, vocab_size=vocab_size, layout=layout, offset=offset)
    return report_of(traces, lags=lags, washout=washout, offset=offset, seed=seed)


def report_of(
    traces: Traces,
    *,
    lags: int | None = None,
    washout: int | None = None,
    offset: int = 0,
    seed: int = 0,
) -> TraceReport:
    """What traces hold; `offset` is what they were aligned by."""
    time, batch = traces.inputs.shape
    room = time - max(1, time // SHARE) - 1
    if room < 0:
        raise SettingError(f"traces need at least 2 time steps, not {time}: give longer sequences.")
    most = whole("lags", min(LONGEST, room) if lags is None else lags, 0, time - 2)
    first = max(most, whole("washout", 0 if washout is None else washout, 0, time - 2))
    p = _dependence_p(traces, max(1, most), seed)
    asked = (NEXT, *range(most + 1))
    rows = _rows(traces, asked, first, seed)
    entropy = _known(traces.inputs[first:], traces.vocab_size)[1]
    warnings = _warnings(rows, entropy, p > LEVEL, offset)
    units = None if traces.states is None else traces.states.shape[-1]
    return TraceReport(
        traces.vocab_size,
        batch,
        time,
        units,
        first,
        offset,
        entropy,
        p,
        rows[1:],
        rows[0],
        warnings,
    )


def _rows(traces: Traces, asked: tuple[int, ...], first: int, seed: int) -> tuple[TracedLag, ...]:
    rows = [TracedLag(lag) for lag in asked]
    if traces.states is not None:
        probed = probe_bits(
            traces.states, traces.inputs, traces.vocab_size, asked, first=first, seed=seed
        )
        rows = [TracedLag(lag.lag, lag.bits, lag.accuracy, lag.shuffled) for lag in probed.lags]
    if traces.outputs is None:
        return tuple(rows)
    tell = partial(_told, traces, first)
    return tuple(
        TracedLag(row.lag, row.held, row.held_accuracy, row.shuffled, *tell(row.lag))
        for row in rows
    )


def _known(symbols: Integers, vocab_size: int) -> tuple[np.ndarray, float]:
    """What each symbol tells by how often it comes, in bits, and the mean."""
    counts = np.bincount(symbols.ravel(), minlength=vocab_size)
    bits = -np.log2((counts + 0.5) / (counts.sum() + 0.5 * vocab_size))
    return bits, float((counts * bits).sum() / counts.sum())


def _told(traces: Traces, first: int, lag: int) -> tuple[MeasuredValue, float]:
    """The bits that answers tell of one lag, and their accuracy."""
    assert traces.outputs is not None
    time, batch = traces.inputs.shape
    logits = traces.outputs[first : time - 1] / np.log(2)  # up to where lag -1 can be asked too
    symbols = traces.inputs[first - lag : time - 1 - lag]
    known, _ = _known(symbols, traces.vocab_size)
    right = np.take_along_axis(logits, symbols[..., None], axis=-1)[..., 0]
    lost = np.minimum(np.logaddexp2.reduce(logits, axis=-1) - right, MOST_LOST)
    bits = known[symbols] - lost
    value = float(bits.mean())
    half = mean_and_half(_means(bits, batch))[1]
    accuracy = float((logits.argmax(-1) == symbols).mean())
    return MeasuredValue(value, value - half, value + half), accuracy


def _means(bits: np.ndarray, batch: int) -> list[float]:
    """The means of sequences, or of stretches where those are few."""
    if batch >= FEWEST_ROWS:
        return bits.mean(0).tolist()
    stretches = min(len(bits), max(STRETCHES // 3, -(-STRETCHES // batch)))
    return [float(part.mean()) for part in np.array_split(bits, stretches)]


def _dependence_p(traces: Traces, lags: int, seed: int) -> float:
    """How often shuffled inputs would seem as dependent as these."""
    time, batch = traces.inputs.shape
    rows = max(1, min(batch, COUNTED // time))
    symbols: Int[np.ndarray, " time"] = traces.inputs.T[:rows].ravel()[:COUNTED]
    groups = np.repeat(np.arange(rows), time)[:COUNTED]
    sequence = SymbolSequence.of(symbols, traces.vocab_size, groups)
    return min((lag.p for lag in lag_information(sequence, lags, seed)), default=1.0)


def _warnings(
    rows: tuple[TracedLag, ...], entropy: float, independent: bool, offset: int
) -> tuple[str, ...]:
    """What does not fit, and what to do."""
    if not independent:
        return (
            "The inputs depend on each other over time, so that bits of several lags tell the same"
            " twice and are not added: feed independent symbols to measure what is held.",
        )
    warnings = []
    for name in ("held", "told"):
        bits = {row.lag: part for row in rows if (part := getattr(row, name)) is not None}
        if not bits:
            continue
        least = MARGIN * entropy
        noun = "The states" if name == "held" else "The answers"
        if bits[NEXT].low > least:
            warnings.append(
                f"{noun} know {bits[NEXT].value:.3g} bits of the symbol that comes next, which"
                f" nobody can know: they stand after a later input, so use offset={offset - 1}, or"
                " what made them looks ahead."
            )
        elif name == "held" and 1 in bits and bits[0].value < least < bits[1].low:
            warnings.append(
                "The states know nothing of the symbol at their own time step and"
                f" {bits[1].value:.3g} bits of the one before: where they were taken before"
                f" reading, use offset={offset + 1}."
            )
    return tuple(warnings)
