"""Demand: what a task asks of a memory, and whether the symbols can arrive at all, from the
settings alone.
"""

from dataclasses import dataclass

from echoscope.errors import SettingError, shown
from echoscope.experiment.experiment import Experiment, TrainingConfig
from echoscope.experiment.paths import (
    NONE,
    PATHS,
    STATE,
    WINDOW,
    Kinds,
    Target,
    kinds_of,
    kinds_of_sample,
    samples_of,
)
from echoscope.html_repr import HtmlRepr
from echoscope.tasks.base import Held, Task, held_at_once
from echoscope.tasks.echo import Echo

INSIDE = PATHS.index(WINDOW)


@dataclass(frozen=True, eq=False)
class Demand(HtmlRepr):
    """What must be held: `held` symbols at once, in `bits`, whatever the model; `chance` is the
    accuracy of a guess.

    `path` is the one that most targets take and `paths` counts them all; `gradient` is said of
    `path`. `rows` are the rows of a batch that carry a state of their own, 1 where none is carried.
    `uncounted` says that gaps are passed over, so that how far back a symbol lies cannot be
    counted. Source: the counting bound of Jelassi et al. 2024 (arXiv 2402.01032), at most 2^bits
    / symbols^held right.
    """

    kinds: Kinds
    chance: float
    holds: Held
    rows: int
    samples: int
    dropped: int
    uncounted: bool = False

    def __repr__(self) -> str:
        return f"<Demand: {' '.join(self.sentences())}>"

    @property
    def held(self) -> int:
        """Symbols that must be held at once."""
        return self.holds.symbols

    @property
    def bits(self) -> float:
        """Bits of state that any model needs to predict every target."""
        return self.holds.bits

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every target, sample by sample: as many objects, of a long sequence very many."""
        result = [
            (
                sample,
                place,
                Target(sample, lag, input_step, target_step, PATHS[path], path == INSIDE),
            )
            for place, lag, input_step, target_step, path, first, count in zip(
                *(field.tolist() for field in self.kinds), strict=True
            )
            for sample in range(first, first + count)
        ]
        return tuple(target for *_, target in sorted(result, key=lambda item: item[:2]))

    @property
    def target_count(self) -> int:
        """How many targets there are."""
        return int(self.kinds.samples.sum())

    @property
    def paths(self) -> dict[str, int]:
        """How many targets can arrive by each path, the commonest first; of equals the one that is
        asked first.
        """
        result = []
        for code, path in enumerate(PATHS):
            kinds = self.kinds.of(self.kinds.path == code)
            if len(kinds.samples):
                begins = int(kinds.first.min())
                begins = begins, int(kinds.place[kinds.first == begins].min())
                result.append((-int(kinds.samples.sum()), begins, path))
        return {path: -minus for minus, _, path in sorted(result)}

    @property
    def path(self) -> str:
        """The path that most targets take."""
        return next(iter(self.paths))

    @property
    def gradient(self) -> bool:
        """Whether training can follow that path back to the symbol."""
        return self.path == WINDOW

    @property
    def ceiling(self) -> float:
        """What no training of random integers can exceed on average: targets without a path are a
        guess.
        """
        lost = self.paths.get(NONE, 0) / self.target_count
        return 1 - lost * (1 - self.chance)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "held": self.held,
            "bits": self.bits,
            "path": self.path,
            "gradient": self.gradient,
            "paths": self.paths,
            "ceiling": self.ceiling,
            "samples": self.samples,
            "dropped": self.dropped,
        }

    def sentences(self, user_data: bool = False) -> list[str]:
        """The demand in plain words: of random integers, or of user data, which may have a rule."""
        masked = (
            "A masked gap leaves no trace of its step, so the network cannot count how far back a"
            " symbol lies: marked gaps tell it."
        )
        held = (
            []
            if (self.kinds.input_step > self.kinds.target_step).all()
            else [self._held_sentence()]
        )
        return [*held, self._path_sentence(user_data), *([masked] if self.uncounted else [])]

    def _held_sentence(self) -> str:
        if not self.held:
            return (
                "Nothing has to be held: every target is predicted at the step it is read (0 bits)."
            )
        symbols = "1 symbol has" if self.held == 1 else f"{self.held} symbols have"
        return f"{symbols} to be held at once: {self.holds.says} = {self.bits:.2f} bits."

    def _path_sentence(self, user_data: bool) -> str:
        count = self.target_count
        if self.path == NONE:
            return self._lost_sentence(user_data)
        if self.path == WINDOW and len(self.paths) == 1:
            return (
                "Every target lies inside its own window, so the network reads it and training can"
                " follow it."
            )
        if self.path == WINDOW:
            others = [
                f"{number} by {'no path' if path == NONE else 'carried state only'}"
                for path, number in self.paths.items()
                if path != WINDOW
            ]
            return (
                f"{self.paths[WINDOW]} of {count} targets lie inside their own window, so the"
                f" network reads them and training can follow; {' and '.join(others)}."
            )
        if self.paths.get(WINDOW):
            return (
                f"{self.paths[STATE]} of {count} targets lie before the window and can arrive only"
                " through carried state, across which no gradient flows; the other"
                f" {self.paths[WINDOW]} lie inside it and teach the network to keep them."
            )
        lost = self.paths.get(NONE, 0)
        rest = f" {lost} more can arrive by no path." if lost else ""
        return (
            f"{self.paths[STATE]} of {count} targets lie before the window and can arrive only"
            " through carried state, across which no gradient flows: the network is never taught"
            f" to keep them.{rest}"
        )

    def _lost_sentence(self, user_data: bool) -> str:
        count = f"{self.paths[NONE]} of {self.target_count} targets"
        chance = f"The accuracy will be chance ({self.chance:.4g}), however long it trains."
        lost = self.kinds.of(self.kinds.path == PATHS.index(NONE))
        if (lost.input_step > lost.target_step).all():
            early = f"{count} have not been read yet when they must be predicted"
            if user_data:
                return f"{early}: only a rule that your integers follow can help."
            return f"{early}; nobody can forecast random integers. {chance}"
        end = "Only a rule that your integers follow can predict them." if user_data else chance
        return (
            f"{count} can arrive by no path: they lie before the window, and"
            f" {self._state_reason()}. {end}"
        )

    def _state_reason(self) -> str:
        if self.rows == 1:
            return "state is not carried from one sample to the next"
        return (
            f"row j of a batch can continue only the sample {self.rows} earlier, which read other"
            " symbols"
        )


def demand(task: Task, training: TrainingConfig) -> Demand:
    """What `task` asks under `training`, before any training.

    >>> partial = demand(Echo(window=5, lag=(4, 3)), TrainingConfig(batch_size=21))
    >>> partial.held, round(partial.bits, 2), partial.path
    (2, 13.29, 'window')

    With stateful true, row j of a batch continues row j of the one before, so a sample's state has
    read the samples `batch_size`, 2*`batch_size`, ... earlier in the same sequence. Gradients never
    cross from one update to the next.
    """
    if not isinstance(task, Task) or not isinstance(training, TrainingConfig):
        raise SettingError(
            "demand needs a Task and a TrainingConfig, as in demand(lag.task, lag.training) of an"
            f" Experiment, not {shown(task)} and {shown(training)}."
        )
    if isinstance(task, Echo):
        return _of_echo(task, training)
    return Demand(kinds_of_sample(task), task.chance, task.held(), 1, 1, 0)


def _of_echo(task: Echo, training: TrainingConfig) -> Demand:
    fresh, padded = training.sampling != "sequence", task.edges == "padded"
    first, samples = samples_of(task, training)
    kinds = kinds_of(task, training, first, samples)
    rows = training.batch_size if training.stateful else 1
    whole = task.windows if not fresh or padded else 1
    uncounted = task.missing > 0 and task.gaps == "masked" and any(task.lag)
    ends = kinds.first + kinds.samples
    last = kinds.of(ends == ends.max(initial=0))
    holds = task.holding(held_at_once(last.input_step, last.target_step))
    return Demand(kinds, task.chance, holds, rows, samples, whole - samples, uncounted)


def ceiling_of(experiment: Experiment) -> float | None:
    """The best accuracy that can be expected; None of user data, which may be foreseeable."""
    return None if experiment.data else demand(experiment.task, experiment.training).ceiling
