"""An experiment: a task, a model of some size, a training and a seed; and the presets, which are
the tutorials' five.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from echoscope.errors import SettingError, shown
from echoscope.experiment.training_config import TrainingConfig
from echoscope.registry import LAYERS, kind_of, load_installed
from echoscope.settings import Settings, choice, setting, truth, whole
from echoscope.synonyms import named
from echoscope.tasks.echo import Task

ENCODINGS = ("one-hot", "embedding", "scalar", "bits")
USES = WINDOWS, CARRIED, CONTINUOUS = ("windows", "stateful", "continuous")
MOST_LAYERS = 16


@dataclass(frozen=True, kw_only=True, repr=False)
class Experiment(Settings):
    """Everything that decides a result, and nothing else; `id` is the hash of these settings.

    >>> Experiment().with_settings(seed=7).seed
    7
    """

    noun: ClassVar[str] = "An experiment"

    task: Task = setting("what is read and predicted", Task(), flag=False)
    model: str = setting("the network that learns it", "lstm", choices=tuple(LAYERS))
    units: int = setting("width of the memory", 50)
    training: TrainingConfig = setting("how the weights are found", TrainingConfig(), flag=False)
    encoding: str = setting(
        "how a symbol is read and predicted: one-hot, embedding, scalar (a regression) or bits",
        "one-hot",
        choices=ENCODINGS,
    )
    layers: int = setting("recurrent layers, one above the other", 1)
    bidirectional: bool = setting(
        "true: a window is also read from its end, by a second layer", False
    )
    data: str | None = setting(
        "none: random integers; else the name of user data, a hash of them", None, flag=False
    )
    imported: str | None = setting(
        "none: trained here; else the name of weights trained elsewhere, a hash of them",
        None,
        flag=False,
    )
    seed: int = setting("decides the first weights and every integer drawn", 0)

    def __post_init__(self) -> None:
        for name, kind in (("task", Task), ("training", TrainingConfig)):
            if not isinstance(getattr(self, name), kind):
                raise SettingError(
                    f"{name} must be a {kind.__name__}, not {getattr(self, name)!r}."
                )
        if self.model not in LAYERS:
            load_installed()
        self._settle(
            model=choice("model", self.model, tuple(LAYERS)),
            units=whole("units", self.units, 1, 100_000),
            encoding=choice("encoding", self.encoding, ENCODINGS),
            layers=whole("layers", self.layers, 1, MOST_LAYERS),
            bidirectional=truth("bidirectional", self.bidirectional),
            seed=whole("seed", self.seed, 0, 2**32 - 1),
        )
        for name, remedy in (
            ("data", "user data are given by a file"),
            ("imported", "weights are imported"),
        ):
            got = getattr(self, name)
            if got is not None and not (isinstance(got, str) and re.fullmatch("[0-9a-f]{12}", got)):
                raise SettingError(
                    f"{name} must be none or the 12 hexadecimal digits of a hash, not {got!r}:"
                    f" {remedy}."
                )
        self._check_model()
        self._check_stream()
        readouts = kind_of(self.model).readouts
        if self.task.readout not in readouts:
            raise SettingError(
                f"model {self.model} has readout {' or '.join(readouts)}, not"
                f" {self.task.readout}: use readout {readouts[0]}, or another model."
            )
        if self.training.sampling == "sequence" and self.training.batch_size > self.task.windows:
            raise SettingError(
                f"batch_size {self.training.batch_size} is more than the {self.task.windows}"
                " windows"
                " of one sequence: use a smaller batch_size, a longer length, or sampling windows."
            )

    def _check_model(self) -> None:
        kind = kind_of(self.model)
        if self.units % kind.multiple:
            raise SettingError(
                f"model {self.model} needs units that are a multiple of {kind.multiple}, not"
                f" {self.units}: use {self.units + 1}."
            )
        if not kind.carries:
            for name, least in (("layers", 1), ("bidirectional", False)):
                if getattr(self, name) != least:
                    raise SettingError(
                        f"model {self.model} is one layer that reads all time steps at once: leave"
                        f" {name} out."
                    )
            if self.training.stateful:
                raise SettingError(f"model {self.model} has no state to carry: use stateful false.")
        if self.bidirectional and self.task.readout == "all":
            raise SettingError(
                "bidirectional true reads each step after those that follow it, so it would answer"
                " a step from its future: use readout last."
            )
        if self.bidirectional and self.training.stateful:
            raise SettingError(
                "bidirectional true reads a window to its end and back, so no state outlasts it: "
                "use stateful false."
            )

    def _check_stream(self) -> None:
        if self.training.sampling != "stream":
            return
        if max(self.task.lag) > self.task.time_steps:
            raise SettingError(
                "sampling stream keeps the window before, so lag must be at most"
                f" {self.task.time_steps}, not {max(self.task.lag)}: use a longer window."
            )
        for name, value in (("edges", "padded"), ("window", None)):
            if getattr(self.task, name) == value:
                raise SettingError(
                    f"sampling stream has no beginning and no end, so {name} "
                    f"{'none' if value is None else value} has no meaning: leave it out."
                )
        if self.data is not None or min(self.task.lag) < 0:
            values = "user data" if self.data is not None else "a forecast"
            raise SettingError(
                f"sampling stream is of endless random integers, not for {values}: use sampling"
                " sequence or windows."
            )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of the settings that differ from their default."""
        return next(self.ids([self.seed]))

    def ids(self, seeds: Iterable[int]) -> Iterator[str]:
        """The ids of this experiment with other seeds, in their order."""
        text = self.changed()
        text.pop("seed", None)
        without, with_one = (_text(settings) for settings in (text, text | {"seed": 0}))
        before, _, after = with_one.partition('"seed":0')
        for seed in seeds:
            settings = f'{before}"seed":{seed}{after}' if seed else without
            yield hashlib.sha256(settings.encode()).hexdigest()[:12]

    @property
    def lag_is_a_value(self) -> bool:
        """Whether another lag is the same program: every lag lies inside the window, and edges are
        dropped.

        Otherwise how far back decides how many integers a window needs, or which windows there are.
        """
        task = self.task
        return task.edges == "dropped" and all(0 <= lag < task.time_steps for lag in task.lag)

    @property
    def shape(self) -> "Experiment":
        """The settings that a program is compiled for: those left when seed, learning_rate, epochs,
        target_accuracy and where weights come from are set aside, and lag where it is a value.
        Experiments of equal shape share one program.
        """
        lag = tuple(range(len(self.task.lag))) if self.lag_is_a_value else self.task.lag
        return self.change(
            seed=0, learning_rate=0.001, epochs=1, target_accuracy=None, imported=None, lag=lag
        )

    @property
    def use(self) -> str:
        """How its state is used, in training, in scoring and ever after: one of `USES`.

        windows: each window is read from the initial state. stateful: window s starts from the
        state that window s - batch left, and all start anew after as many windows as one sequence
        has. continuous: state is kept from integer to integer.

        >>> [preset("lag", fit=fit).use for fit in FITS], preset("whole", sampling="stream").use
        (['stateful', 'windows'], 'continuous')
        """
        if self.training.sampling == "stream" or (
            self.task.readout == "all" and self.task.window is None
        ):
            return CONTINUOUS
        return (
            CARRIED if self.training.stateful and self.kept > self.training.batch_size else WINDOWS
        )

    @property
    def kept(self) -> int:
        """Windows of one sequence that fill batches: after so many, carried state is cleared."""
        return self.task.windows // self.training.batch_size * self.training.batch_size

    @property
    def steps(self) -> int:
        """Weight updates when every epoch is trained."""
        if self.training.sampling != "sequence":
            return self.training.epochs
        return self.training.epochs * (self.task.windows // self.training.batch_size)

    def change(self, **settings: Any) -> "Experiment":
        """A copy with settings of the experiment, its task or its training changed, each under its
        own name.

        >>> Experiment().change(lag=2, units=32, batch_size=4).task.lag
        (2,)
        """
        parts: dict[type, dict[str, Any]] = {Experiment: {}, Task: {}, TrainingConfig: {}}
        for name, value in settings.items():
            for kind, part in parts.items():
                if name in kind.fields():
                    part[name] = value
                    break
            else:
                known = [field for kind in parts for field in kind.fields()]
                raise SettingError(f"An experiment has no setting {name!r}: {named(name, known)}")
        mine = parts[Experiment]
        if "model" in mine and "readout" not in parts[Task]:
            parts[Task] |= _readout_of(mine["model"], self.task.readout)
        mine["task"] = mine.get("task", self.task).with_settings(**parts[Task])
        mine["training"] = mine.get("training", self.training).with_settings(
            **parts[TrainingConfig]
        )
        return self.with_settings(**mine)


def _readout_of(model: object, readout: str) -> dict[str, str]:
    """The readout that follows from another model, where none is asked for."""
    if (model == "encoder-decoder") == (readout == "decoder") or readout == "all":
        return {}
    return {"readout": "decoder" if readout == "last" else "last"}


def _text(settings: dict[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True, separators=(",", ":"))


def is_experiment(value: object, what: str) -> None:
    """Refuse what is no experiment where one is needed: its name, say."""
    if not isinstance(value, Experiment):
        raise SettingError(
            f"{what} needs an Experiment, as preset('lag') gives one, not {shown(value)}."
        )
