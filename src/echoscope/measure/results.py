"""What a measurement found, as data: every number with its interval, chance level and ceiling."""

from dataclasses import dataclass

from echoscope.html_repr import HtmlRepr
from echoscope.measure.layer.identity import Identity

LATE = "The time was over before this was looked at: give it more."


@dataclass(frozen=True)
class MeasuredValue:
    """A number with its 95 % interval. `censored` says that it is the most that was tried, so that
    the true one may be larger (then `high` is None).
    """

    value: float
    low: float
    high: float | None
    censored: bool = False


@dataclass(frozen=True)
class Verdict:
    """One thing that the X-ray looked at.

    `name` is one of those in `xray.NAMES`. `ok` is None where the layer has no such thing, and
    where it could not be told: then it is `unsure`. `number` is what was measured and `limit` what
    it was held to, None where there is none. `reason` is one sentence that a designer can act on.
    """

    name: str
    ok: bool | None
    number: float | None
    limit: float | None
    reason: str
    unsure: bool = False


@dataclass(frozen=True)
class XRay(HtmlRepr, shown_by="layers"):
    """What is known of a layer before any training. `parameters` and `state_size` count real
    numbers; `state_size` is None where no state is handed over. `reach` has rows of a lag and the
    gradient's size there relative to lag 0, `effective_state_size` is by the Jacobian from past
    inputs to later outputs: singular values above 1 % of the largest, with `entropy_state_size` the
    exponential of their entropy, of at most `most_state_size` that can be seen. `finite_reach` is
    the last lag that outputs depend on, None if they do as far as was looked; `free_lags` are the
    lags of a finite reach or of buffers, for which nothing has to be learned to be carried.
    `seconds` is what it took.
    """

    identity: Identity
    width: int
    parameters: int
    state_size: int | None
    verdicts: tuple[Verdict, ...]
    reach: tuple[tuple[int, float], ...]
    effective_state_size: float | None
    free_lags: int
    seconds: float
    entropy_state_size: float | None = None
    most_state_size: int | None = None
    finite_reach: int | None = None

    @property
    def faults(self) -> tuple[Verdict, ...]:
        """What is not as it must be."""
        return tuple(verdict for verdict in self.verdicts if verdict.ok is False)

    @property
    def late(self) -> tuple[str, ...]:
        """The names of looks for which there was no time."""
        return tuple(verdict.name for verdict in self.verdicts if verdict.reason == LATE)


@dataclass(frozen=True)
class LagBits:
    """Bits that one lag of the ladder gives, with their interval over trainings, and its
    accuracy.
    """

    lag: int
    bits: MeasuredValue
    accuracy: float


@dataclass(frozen=True)
class Bits:
    """Bits held.

    `certified` is the most of k (log2 V - CE/ln 2) over single lags k, `certified_lag` its k;
    `ladder` the sum over lags asked at once, of at most `ceiling`. `untrained`, `held` and
    `shuffled` are the frozen probe's bits: of the layer as it is born, as it is trained, and of
    labels that were shuffled; None where they were not measured. `lags` are the ladder's.
    `trainings` are those behind the ladder, `certified_trainings` those behind the certified bits
    (0: they are the ladder's). An estimate of a single training has no interval: it reaches from 0
    to the ceiling. `learning_rates` are those of the ladder and of the single lag. `remarks` say in
    words what is not settled.
    """

    certified: MeasuredValue
    certified_lag: int
    ladder: MeasuredValue
    ceiling: float
    lags: tuple[LagBits, ...]
    untrained: MeasuredValue | None
    held: MeasuredValue | None
    shuffled: MeasuredValue | None
    trainings: int
    certified_trainings: int = 0
    learning_rates: tuple[float, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One training of a search: how hard, whether it solved its task, and by what accuracy."""

    difficulty: int
    solved: bool
    accuracy: float
    learning_rate: float
    seed: int
    steps: int


@dataclass(frozen=True)
class Axis:
    """How hard a task may become: `name` is hold (time steps), shift (lag) or recall (pairs).

    `span` is the difficulty that half of all trainings solve, its interval that of the median;
    `spread` the 10 to 90 % range over seeds. `chance` is the accuracy of a guess, `longest` the
    hardest that was tried. `rates` has rows of a difficulty at which rates were compared, on other
    seeds, and the learning rate that was chosen there. `remarks` say in words what is not settled,
    and where a harder task was solved more often than an easier one.
    """

    name: str
    span: MeasuredValue
    spread: tuple[float, float]
    chance: float
    target_accuracy: float
    longest: int
    trials: tuple[Trial, ...]
    rates: tuple[tuple[int, float], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Precision:
    """How many bits a number of the carried state needs. `quantised` has rows of bits (1 to 16) and
    accuracy, `noisy` of a standard deviation and accuracy, `full` is the accuracy undisturbed.
    `halves_at` are the bits at which the span halves; None where 1 is enough. `drift` has rows of
    time steps since the beginning and accuracy there.

    The `span` is the largest lag that is answered with `target_accuracy` undisturbed (where no lag
    is, with halfway from chance to the best), 0 of a network that learned nothing; `spans` has rows
    of bits and the span that is left. `lag` is that of the accuracies.
    """

    lag: int
    full: float
    chance: float
    quantised: tuple[tuple[int, float], ...]
    noisy: tuple[tuple[float, float], ...]
    halves_at: int | None
    drift: tuple[tuple[int, float], ...]
    span: int = 0
    target_accuracy: float = 0.95
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Extrapolation:
    """Trained at `trained_steps` time steps, read to eight times as many: rows of the last position
    of a stretch, accuracy from the initial state, and from a carried one (None without a state).
    """

    trained_steps: int
    lag: int
    chance: float
    rows: tuple[tuple[int, float, float | None], ...]


@dataclass(frozen=True)
class BaselineRow:
    """A baseline beside the layer: `matched` says by what, parameters or state."""

    model: str
    matched: str
    units: int
    parameters: int
    state_size: int
    bits: MeasuredValue | None
    shift: MeasuredValue | None
    hold: MeasuredValue | None
    recall: MeasuredValue | None


@dataclass(frozen=True)
class MemoryReport(HtmlRepr, shown_by="layers"):
    """All that was measured of a layer within a budget; what is None was not, and `unsettled` says
    in words what the budget could not settle. `settings` are those of its trainings, as texts.
    """

    xray: XRay
    bits: Bits | None
    shift: Axis | None
    hold: Axis | None
    recall: Axis | None
    precision: Precision | None
    extrapolation: Extrapolation | None
    baselines: tuple[BaselineRow, ...]
    unsettled: tuple[str, ...]
    budget: float
    vocab_size: int
    seconds: float
    command: str
    settings: tuple[tuple[str, str], ...] = ()
