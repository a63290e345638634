"""An experiment: a task, a model of some size, a training and a seed."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from echoscope.errors import SettingError, check_kind, listed
from echoscope.experiment.training_config import TrainingConfig
from echoscope.registry import LAYERS, kind_of, load_installed, models
from echoscope.settings import ByName, Json, Settings, Value, choice, setting, truth, whole
from echoscope.synonyms import named
from echoscope.tasks.base import Task
from echoscope.tasks.columns import check_encoding
from echoscope.tasks.echo import Echo
from echoscope.tasks.registry import TASKS

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

    task: Task = setting("what is read and predicted", Echo(), flag=False)
    model: str = setting("the network that learns it", "lstm", choices=tuple(LAYERS))
    units: int = setting("width of the memory", 50)
    training: TrainingConfig = setting("how the weights are found", TrainingConfig(), flag=False)
    encoding: str = setting(
        "how a symbol is read and predicted: one-hot, embedding, scalar (a regression) or bits",
        "one-hot",
        choices=ENCODINGS,
    )
    layers: int = setting("layers, one above the other", 1)
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
            model=choice("model", self.model, models(self.model)),
            units=whole("units", self.units, 1, 100_000),
            encoding=choice("encoding", self.encoding, ENCODINGS),
            layers=whole("layers", self.layers, 1, MOST_LAYERS),
            bidirectional=truth("bidirectional", self.bidirectional),
            seed=whole("seed", self.seed, 0, 2**32 - 1),
        )
        for name, rule, remedy in (
            ("data", "[0-9a-f]{12}(-[0-9a-f]{8})?", "user data are given by a file"),
            ("imported", "[0-9a-f]{12}", "weights are imported"),
        ):
            got = getattr(self, name)
            if got is not None and not (isinstance(got, str) and re.fullmatch(rule, got)):
                raise SettingError(
                    f"{name} must be none or the 12 hexadecimal digits of a hash, not {got!r}:"
                    f" {remedy}."
                )
        if self.training.fold is not None and self.data is None:
            raise SettingError(
                "A fold is of user data, and these are random: leave fold out, or train on a file."
            )
        self._check_model()
        check_encoding(self.task, self.encoding)
        if not isinstance(self.task, Echo):
            self._check_samples(self.task)
        self._check_stream()
        readouts = kind_of(self.model).readouts
        if self.task.readout not in readouts:
            free = f"readout {readouts[0]}, or " if "readout" in self.task.fields() else ""
            raise SettingError(
                f"model {self.model} has readout {' or '.join(readouts)}, not"
                f" {self.task.readout}: use {free}another model."
            )
        if self.training.sampling == "sequence" and self.training.batch_size > self.echo.windows:
            raise SettingError(
                f"batch_size {self.training.batch_size} is more than the {self.echo.windows}"
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
            free = "use readout last" if "readout" in self.task.fields() else "leave it out"
            raise SettingError(
                "bidirectional true reads each step after those that follow it, so it would answer"
                f" a step from its future: {free}."
            )
        if self.bidirectional and self.training.stateful:
            raise SettingError(
                "bidirectional true reads a window to its end and back, so no state outlasts it: "
                "use stateful false."
            )

    def _check_samples(self, task: Task) -> None:
        """A task that is no reading of one stream has fresh samples, and nothing to carry."""
        if self.training.sampling != "windows":
            raise SettingError(
                f"task {task.kind} draws every sample afresh, so no sequence can be cut into them:"
                f" use sampling windows, not {self.training.sampling}."
            )
        if self.data is not None:
            raise SettingError(
                f"task {task.kind} draws its own samples, so it cannot learn user data: use the"
                " echo for those, as preset lag does."
            )

    def _check_stream(self) -> None:
        if self.training.sampling != "stream":
            return
        task = self.echo
        if max(task.lag) > task.time_steps:
            raise SettingError(
                "sampling stream keeps the window before, so lag must be at most"
                f" {task.time_steps}, not {max(task.lag)}: use a longer window."
            )
        for name, value in (("edges", "padded"), ("window", None)):
            if getattr(task, name) == value:
                raise SettingError(
                    f"sampling stream has no beginning and no end, so {name} "
                    f"{'none' if value is None else value} has no meaning: leave it out."
                )
        if self.data is not None or min(task.lag) < 0:
            what = "user data" if self.data is not None else "a forecast"
            raise SettingError(
                f"sampling stream is of endless random integers, not for {what}: use sampling"
                " sequence or windows."
            )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of the settings that differ from their default."""
        return next(self.ids([self.seed]))

    def ids(self, seeds: Iterable[int]) -> Iterator[str]:
        """The ids of this experiment with other seeds, in their order."""
        changed = self.changed()
        changed.pop("seed", None)
        without, with_one = (_text(settings) for settings in (changed, changed | {"seed": 0}))
        before, _, after = with_one.partition('"seed":0')
        for seed in seeds:
            settings = f'{before}"seed":{seed}{after}' if seed else without
            yield hashlib.sha256(settings.encode()).hexdigest()[:12]

    @property
    def echo(self) -> Echo:
        """The task, where it is the echo: what only that has needs it. Raises `SettingError` for
        another task.
        """
        if isinstance(self.task, Echo):
            return self.task
        raise SettingError(
            f"task {self.task.kind} has samples of its own and is no reading of one stream, which"
            " this needs: use it with a run of the echo, as preset lag makes one."
        )

    @property
    def shape(self) -> "Experiment":
        """The settings that a program is compiled for: those left when seed, learning_rate, epochs,
        target_accuracy, fold and where weights come from are set aside, and what of the task is
        traced.
        Experiments of equal shape share one program.
        """
        return self.change(
            task=self.task.shape,
            seed=0,
            learning_rate=0.001,
            epochs=1,
            target_accuracy=None,
            fold=None,
            imported=None,
        )

    @property
    def use(self) -> str:
        """How its state is used, in training, in scoring and ever after: one of `USES`.

        windows: each window is read from the initial state. stateful: window s starts from the
        state that window s - batch_size left, and all start anew after as many windows as one
        sequence has. continuous: state is kept from integer to integer.

        >>> [preset("lag", fit=fit).use for fit in FITS], preset("whole", sampling="stream").use
        (['stateful', 'windows'], 'continuous')
        """
        if self.training.sampling == "stream" or (self.task.readout == "all" and self.task.endless):
            return CONTINUOUS
        carries = self.training.stateful and self.kept > self.training.batch_size
        return CARRIED if carries else WINDOWS

    @property
    def kept(self) -> int:
        """Windows of one sequence that fill batches: after so many, carried state is cleared."""
        return self.echo.windows // self.training.batch_size * self.training.batch_size

    @property
    def steps(self) -> int:
        """Weight updates when every epoch is trained."""
        if self.training.sampling != "sequence":
            return self.training.epochs
        return self.training.epochs * (self.echo.windows // self.training.batch_size)

    def change(self, **settings: Value) -> "Experiment":
        """A copy with settings of the experiment, its task or its training changed, each under its
        own name.

        >>> Experiment().change(lag=2, units=32, batch_size=4).task.lag
        (2,)
        """
        parts_now = ("task", self.task), ("training", self.training)
        task, training = (settings.get(name, now) for name, now in parts_now)
        if not (isinstance(task, Task) and isinstance(training, TrainingConfig)):
            return self.with_settings(task=task, training=training)  # which refuses them
        kinds = (Experiment, type(task), TrainingConfig)
        of_experiment, of_task, of_training = parts = tuple[ByName, ...]({} for _ in kinds)
        for name, value in settings.items():
            for kind, part in zip(kinds, parts, strict=True):
                if name in kind.fields():
                    part[name] = value
                    break
            else:
                raise SettingError(_unknown(task, name))
        if "model" in of_experiment and "readout" in kinds[1].fields() and "readout" not in of_task:
            of_task |= _readout_of(of_experiment["model"], task.readout)
        of_experiment["task"] = task.with_settings(**of_task) if of_task else task
        if of_training:
            of_experiment["training"] = training.with_settings(**of_training)
        return self.with_settings(**of_experiment)


def _unknown(task: Task, name: str) -> str:
    """Why an experiment of this task has no setting of this name."""
    others = [kind for kind, other in TASKS.items() if name in other.fields()]
    if others:
        known = listed(task.fields())
        return (
            f"{name} is a setting of task {others[0]}, and task {task.kind} has {known}:"
            " leave it out."
        )
    kinds = (type(task), Experiment, TrainingConfig)
    known = [field for kind in kinds for field in kind.fields()]
    return f"An experiment has no setting {name!r}: {named(name, known)}"


def _readout_of(model: object, readout: str) -> dict[str, str]:
    """The readout that follows from another model, where none is asked for."""
    if (model == "encoder-decoder") == (readout == "decoder") or readout == "all":
        return {}
    return {"readout": "decoder" if readout == "last" else "last"}


def _text(settings: Json) -> str:
    return json.dumps(settings, sort_keys=True, separators=(",", ":"))


def check_experiment(value: object, what: str) -> None:
    """Refuse what is no experiment, such as its name, where `what` needs one."""
    check_kind(value, Experiment, f"{what} needs an Experiment, as preset('lag') gives one")
