"""How weights are found."""

from dataclasses import dataclass
from typing import ClassVar

from echoscope.errors import SettingError
from echoscope.experiment.fold import Fold
from echoscope.settings import Settings, choice, positive, setting, truth, whole

SAMPLINGS = ("sequence", "windows", "stream")


@dataclass(frozen=True, kw_only=True, repr=False)
class TrainingConfig(Settings):
    """How weights are found. An epoch is one fresh draw: a sequence cut into windows in order, or a
    batch of windows.

    >>> TrainingConfig(batch_size=32, sampling="windows", stateful=False).batch_size
    32

    The optimizer is Adam (beta 0.9 and 0.999, epsilon 1e-7) on the mean loss of the targets: the
    cross-entropy of one-hot and embedding, the summed entropies of bits, the squared error of
    scalar.
    """

    noun: ClassVar[str] = "A training config"

    batch_size: int = setting("samples per step (one weight update)", 5)
    learning_rate: float = setting("learning rate of Adam", 0.001)
    epochs: int = setting("fresh draws to train on, at most", 2000)
    stateful: bool = setting(
        "true: a batch starts from the state the one before left; false: from the initial state",
        True,
    )
    sampling: str = setting(
        "sequence: an epoch is one sequence cut in order; windows: one batch of fresh windows;"
        " stream: the next window of batch_size endless streams",
        "sequence",
        choices=SAMPLINGS,
    )
    target_accuracy: float | None = setting(
        "stop when the accuracy on fresh targets holds here; none trains every epoch", None
    )
    fold: str | None = setting(
        "none: the last fifth of user data is held out; else which fold in time order, as 2/5: the"
        " data after those that are trained on",
        None,
        flag=False,
    )

    def __post_init__(self) -> None:
        self._settle(
            batch_size=whole("batch_size", self.batch_size, 1, 1_000_000),
            learning_rate=positive("learning_rate", self.learning_rate, 10),
            epochs=whole("epochs", self.epochs, 1, 1_000_000_000),
            stateful=truth("stateful", self.stateful),
            sampling=choice("sampling", self.sampling, SAMPLINGS),
            target_accuracy=None
            if self.target_accuracy is None
            else positive("target_accuracy", self.target_accuracy, 1),
            fold=None if self.fold is None else Fold.of_text(self.fold).text,
        )
        if self.sampling == "windows" and self.stateful:
            raise SettingError(
                "sampling windows makes every window fresh, so there is no state to carry: "
                "use stateful false, or sampling sequence."
            )
        if self.sampling == "stream" and not self.stateful:
            raise SettingError(
                "sampling stream goes on where the window before left off, and needs its state: "
                "use stateful true, or sampling windows."
            )
