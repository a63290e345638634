"""Frames of a training: what a network's state holds at moments closer together in the beginning.

A frame has the states of every unit over one fixed sample and what the network predicts there, and
the bits that a linear probe reads of every lag from the state after the last time step of fresh
windows, and from a decoder's after each step of its own. Sample and windows are drawn once, so that
frames differ by what was learned, and by nothing else. A probe shows what is there, not what is
used.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from echoscope.emergence.by_position import Row, errors
from echoscope.emergence.checks import check
from echoscope.emergence.looking import Looking
from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment, check_experiment
from echoscope.html_repr import HtmlRepr
from echoscope.integers import GAP
from echoscope.measure.search.probe import ProbedLag
from echoscope.settings import Json, json_value, whole
from echoscope.tasks.echo import Echo
from echoscope.training.loop import DIVERGED, INTERRUPTED, Training
from echoscope.training.results import Outcome
from echoscope.training.train import positions

FRAMES, MOST = 24, 500
EARLIER = 3  # the power of the share of frames that is the share of epochs: 1 is evenly spaced
DIGITS = 4  # of what a document says


@dataclass(frozen=True, eq=False)
class Frame(HtmlRepr, shown_by="networks"):
    """What a network is after `step` weight updates.

    `accuracy` and `loss` are those of fresh targets, at least 10,000 of them; `outcome` is
    interrupted as long as it trains, and what a run says in the end. `inputs` [time] are windows of
    `window` time steps one after the other, each read from the initial state; `targets`,
    `predictions` and `asked` [heads, time] what is to be predicted at each time step, the heads
    named by their lags (of other tasks than the echo by their place). `states` [time, units] are
    the outputs of the uppermost layer, and `gates` [time, units] its gates and its cell by name, of
    an lstm and a gru. `probed` says of each lag how many of the `ceiling` bits of a symbol the
    probe reads after the last time step, and of shuffled symbols. `positions` are rows of a
    position in the window (of a sequence that is cut into windows, in it), a lag, the fresh targets
    asked there, and those predicted correctly. `echo` says that the task is the echo.

    Of an encoder-decoder the last `decoder_steps` of each window are those in which the decoder
    says: nothing is read there (-1), and states and gates are the decoder's. `probed_decoder` are
    the lags that its state holds after each of them, counted from the last integer that was read.
    """

    step: int
    accuracy: float | None
    loss: float | None
    outcome: str
    chance: float
    ceiling: float
    vocab_size: int
    window: int
    heads: tuple[int, ...]
    inputs: Int[np.ndarray, " time"]
    targets: Int[np.ndarray, "heads time"]
    asked: Bool[np.ndarray, "heads time"]
    predictions: Int[np.ndarray, "heads time"]
    states: Float[np.ndarray, "time units"]
    gates: dict[str, Float[np.ndarray, "time units"]]
    probed: tuple[ProbedLag, ...]
    positions: tuple[Row, ...]
    echo: bool = True
    decoder_steps: int = 0
    probed_decoder: tuple[tuple[ProbedLag, ...], ...] = ()

    @property
    def asked_lags(self) -> tuple[int, ...]:
        """The lags that are asked; of other tasks than the echo none, as theirs differ."""
        return self.heads if self.echo else ()

    @property
    def bits(self) -> dict[int, float]:
        """The bits of each lag, none below 0."""
        return _bits(self.probed)

    @property
    def decoder_bits(self) -> tuple[dict[int, float], ...]:
        """The same of a decoder's state, after each of its steps."""
        return tuple(map(_bits, self.probed_decoder))

    def to_json(self) -> Json:
        """Plain JSON values; what was not asked, or is no finite number, is null."""
        return json_value(
            {
                "step": self.step,
                "accuracy": self.accuracy,
                "loss": self.loss,
                "outcome": self.outcome,
                "chance": self.chance,
                "ceiling": self.ceiling,
                "vocab_size": self.vocab_size,
                "window": self.window,
                "heads": self.heads,
                "asked_lags": self.asked_lags,
                "decoder_steps": self.decoder_steps,
                "inputs": _entries(self.inputs[None], self.inputs[None] != GAP)[0],
                "targets": _entries(self.targets, self.asked),
                "predictions": _entries(self.predictions, self.asked),
                "states": np.round(self.states.astype(float), DIGITS).tolist(),
                "gates": {
                    name: np.round(gate.astype(float), DIGITS).tolist()
                    for name, gate in self.gates.items()
                },
                "lags": [_lag_json(lag) for lag in self.probed],
                "errors": errors(self.positions),
                "decoder_lags": [list(map(_lag_json, lags)) for lags in self.probed_decoder],
            }
        )


def _bits(lags: Sequence[ProbedLag]) -> dict[int, float]:
    return {lag.lag: max(0.0, lag.bits.value) for lag in lags}


def _entries(values: np.ndarray, asked: np.ndarray) -> list[list[int | None]]:
    """Rows of integers, None where nothing is asked."""
    rows = zip(values.tolist(), asked.tolist(), strict=True)
    return [[value if counts else None for value, counts in zip(*row, strict=True)] for row in rows]


def _lag_json(lag: ProbedLag) -> Json:
    return {
        "lag": lag.lag,
        **{
            name: None if bits is None else round(bits, DIGITS)
            for name, bits in (
                ("bits", lag.bits.value),
                ("bits_low", lag.bits.low),
                ("bits_high", lag.bits.high),
            )
        },
        "shuffled": round(lag.shuffled, DIGITS),
        "accuracy": round(lag.accuracy, DIGITS),
    }


def frames(
    experiment: Experiment, count: int = FRAMES, over: Callable[[], bool] = lambda: False
) -> Iterator[Frame]:
    """Train an experiment, and give a frame before the first update and at moments of the training,
    at most `count` of them: one that is solved early ends early. When `over` says so, the frame of
    that moment is the last.

    >>> small = preset("lag", vocab_size=4, units=4, epochs=8)
    >>> [frame.step for frame in frames(small, 4)]
    [0, 4, 12, 32]

    At every step the network is the one that `train` has there. Raises `SettingError` for a network
    that has no state to be looked at.
    """
    check_experiment(experiment, "frames")
    moments = schedule(experiment.training.epochs, whole("count", count, 2, MOST))
    check(experiment)
    return _frames(experiment, moments, over)


def schedule(epochs: int, count: int) -> tuple[int, ...]:
    """Epochs at which a frame is taken, at most `count`, closer together in the beginning.

    >>> schedule(100, 6)
    (0, 1, 7, 22, 52, 100)
    """
    shares = (np.arange(count) / (count - 1)) ** EARLIER
    return tuple(sorted({int(np.ceil(round(share * epochs, 6))) for share in shares}))


def _frames(
    experiment: Experiment, moments: tuple[int, ...], over: Callable[[], bool]
) -> Iterator[Frame]:
    training, looking = Training([experiment]), Looking(experiment)
    frame = _frame(looking, training.outcomes()[0])
    yield frame
    for before, moment in pairwise(moments):
        reached = _trained(training, before, moment, over)
        outcome = training.outcomes()[0]
        if outcome.steps > frame.step:
            frame = _frame(looking, outcome, frame)
            yield frame
        if reached < moment or outcome.outcome != INTERRUPTED:
            return


def _trained(training: Training, epoch: int, until: int, over: Callable[[], bool]) -> int:
    """Train until an epoch, or until there is an outcome or it is over; the epoch that is
    reached.
    """
    while epoch < until and not over():
        try:
            epoch = training.pull(until - epoch).epoch
        except StopIteration:
            break
    return epoch


def _frame(looking: Looking, outcome: Outcome, before: Frame | None = None) -> Frame:
    """What there is to see; of a network whose weights are no numbers any more, that."""
    if before and outcome.outcome == DIVERGED:
        return replace(
            before,
            step=outcome.steps,
            accuracy=None,
            loss=None,
            outcome=DIVERGED,
            predictions=np.full_like(before.predictions, GAP),
            states=np.full_like(before.states, np.nan),
            gates={},
            probed=(),
            positions=(),
            probed_decoder=(),
        )
    if outcome.accuracy is None:
        raise SettingError("The first weights of this network are no numbers: choose another seed.")
    sample, seen = looking.sample, looking.seen(outcome)
    return Frame(
        step=outcome.steps,
        accuracy=outcome.accuracy.value,
        loss=outcome.loss,
        outcome=outcome.outcome,
        chance=looking.task.chance,
        ceiling=looking.ceiling,
        vocab_size=looking.task.vocab_size,
        window=sample.window,
        heads=tuple(looking.task.which[: looking.task.heads].tolist()),
        inputs=sample.in_row,
        targets=sample.laid(sample.targets),
        asked=sample.laid(sample.asked),
        predictions=sample.laid(seen.predictions),
        states=seen.states,
        gates=seen.gates,
        probed=seen.probed,
        positions=positions(outcome),
        echo=isinstance(looking.task, Echo),
        decoder_steps=sample.decoder_steps,
        probed_decoder=seen.probed_decoder,
    )
