"""An experiment: a task, a model of some size, a fit and a seed; and the presets, which are the
tutorials' five.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from echoscope.errors import WordError, shown
from echoscope.settings import Words, choice, positive, whole, word
from echoscope.synonyms import named
from echoscope.tasks.echo import Task

ENCODINGS = ("one-hot", "embedding", "scalar", "bits")
DRAWS = ("sequence", "windows", "stream")
USES = WINDOWS, CARRIED, CONTINUOUS = ("windows", "carried", "continuous")
MOST_LAYERS = 16

# When each model can answer: a model is one file of its name in models/, and one line here.
MODELS: dict[str, tuple[str, ...]] = {
    "lstm": ("after", "each"),
    "gru": ("after", "each"),
    "rnn": ("after", "each"),
    "mlp": ("after",),
    "encoder-decoder": ("after",),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Fit(Words):
    """How weights are found. An epoch is one fresh draw: a sequence cut into windows in order, or a
    batch of windows.

    >>> Fit(batch=32, draw="windows", state="reset").batch
    32

    The optimizer is Adam (beta 0.9 and 0.999, epsilon 1e-7) on the mean cross-entropy of the asked
    answers.
    """

    noun: ClassVar[str] = "A fit"

    batch: int = word("samples per step (one weight update)", 5)
    rate: float = word("learning rate of Adam", 0.001)
    epochs: int = word("fresh draws to train on, at most", 2000)
    state: str = word(
        "carried: a batch starts from the state the one before left; reset: from rest",
        "carried",
        choices=("carried", "reset"),
    )
    draw: str = word(
        "sequence: an epoch is one sequence cut in order; windows: one batch of fresh windows;"
        " stream: the next window of batch endless streams",
        "sequence",
        choices=DRAWS,
    )
    stop: float | None = word(
        "stop when the score on fresh answers holds here; none trains every epoch", None
    )

    def __post_init__(self) -> None:
        self._settle(
            batch=whole("batch", self.batch, 1, 1_000_000),
            rate=positive("rate", self.rate, 10),
            epochs=whole("epochs", self.epochs, 1, 1_000_000_000),
            state=choice("state", self.state, ("carried", "reset")),
            draw=choice("draw", self.draw, DRAWS),
            stop=None if self.stop is None else positive("stop", self.stop, 1),
        )
        if self.draw == "windows" and self.state == "carried":
            raise WordError(
                "draw windows makes every window fresh, so there is no state to carry: "
                "use state reset, or draw sequence."
            )
        if self.draw == "stream" and self.state == "reset":
            raise WordError(
                "draw stream goes on where the window before left off, and needs its state: "
                "use state carried, or draw windows."
            )


@dataclass(frozen=True, kw_only=True, repr=False)
class Experiment(Words):
    """Everything that decides a result, and nothing else; `id` is the hash of these words.

    >>> Experiment().with_words(seed=7).seed
    7
    """

    noun: ClassVar[str] = "An experiment"

    task: Task = word("what is heard and said", Task(), flag=False)
    model: str = word("the network that learns it", "lstm", choices=tuple(MODELS))
    units: int = word("width of the memory", 50)
    fit: Fit = word("how the weights are found", Fit(), flag=False)
    encoding: str = word(
        "how a symbol is heard and said: one-hot, embedding, scalar (a regression) or bits",
        "one-hot",
        choices=ENCODINGS,
    )
    layers: int = word("recurrent layers, one above the other", 1)
    direction: str = word(
        "forward: a window is heard once; both: also from its end by a second memory",
        "forward",
        choices=("forward", "both"),
    )
    data: str | None = word(
        "none: random integers; else the name of own integers, a hash of them", None, flag=False
    )
    imported: str | None = word(
        "none: trained here; else the name of weights trained elsewhere, a hash of them",
        None,
        flag=False,
    )
    seed: int = word("decides the first weights and every integer drawn", 0)

    def __post_init__(self) -> None:
        for name, kind in (("task", Task), ("fit", Fit)):
            if not isinstance(getattr(self, name), kind):
                raise WordError(f"{name} must be a {kind.__name__}, not {getattr(self, name)!r}.")
        self._settle(
            model=choice("model", self.model, tuple(MODELS)),
            units=whole("units", self.units, 1, 100_000),
            encoding=choice("encoding", self.encoding, ENCODINGS),
            layers=whole("layers", self.layers, 1, MOST_LAYERS),
            direction=choice("direction", self.direction, ("forward", "both")),
            seed=whole("seed", self.seed, 0, 2**32 - 1),
        )
        for name, remedy in (
            ("data", "own integers are given by a file"),
            ("imported", "weights are imported"),
        ):
            got = getattr(self, name)
            if got is not None and not (isinstance(got, str) and re.fullmatch("[0-9a-f]{12}", got)):
                raise WordError(
                    f"{name} must be none or the 12 hexadecimal digits of a hash, not {got!r}:"
                    f" {remedy}."
                )
        self._check_model()
        self._check_stream()
        if self.task.when not in MODELS[self.model]:
            raise WordError(
                f"model {self.model} answers after the window, not at each step: use model lstm, "
                "or when after."
            )
        if self.fit.draw == "sequence" and self.fit.batch > self.task.windows:
            raise WordError(
                f"batch {self.fit.batch} is more than the {self.task.windows} windows of one"
                " sequence: use a smaller batch, a longer length, or draw windows."
            )

    def _check_model(self) -> None:
        if self.model == "mlp":
            for name, least in (("layers", 1), ("direction", "forward")):
                if getattr(self, name) != least:
                    raise WordError(
                        f"model mlp is one layer that hears all steps at once: leave {name} out."
                    )
            if self.fit.state == "carried":
                raise WordError("model mlp has no state to carry: use state reset.")
        if self.direction == "both" and self.task.when == "each":
            raise WordError(
                "direction both hears each step after those that follow it, so it would answer a"
                " step from its future: use when after."
            )
        if self.direction == "both" and self.fit.state == "carried":
            raise WordError(
                "direction both hears a window to its end and back, so no state outlasts it: "
                "use state reset."
            )

    def _check_stream(self) -> None:
        if self.fit.draw != "stream":
            return
        if max(self.task.lag) > self.task.heard:
            raise WordError(
                f"draw stream keeps the window before, so lag must be at most {self.task.heard},"
                f" not {max(self.task.lag)}: use a longer window."
            )
        for name, value in (("edges", "padded"), ("window", None)):
            if getattr(self.task, name) == value:
                raise WordError(
                    f"draw stream has no beginning and no end, so {name} "
                    f"{'none' if value is None else value} has no meaning: leave it out."
                )
        if self.data is not None or min(self.task.lag) < 0:
            given = "own integers" if self.data is not None else "a forecast"
            raise WordError(
                f"draw stream is of endless random integers, not for {given}: use draw sequence or"
                " windows."
            )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of the words that differ from their default."""
        return next(self.ids([self.seed]))

    def ids(self, seeds: Iterable[int]) -> Iterator[str]:
        """The ids of this experiment with other seeds, in their order."""
        said = self.said()
        said.pop("seed", None)
        without, with_one = (_text(words) for words in (said, said | {"seed": 0}))
        before, _, after = with_one.partition('"seed":0')
        for seed in seeds:
            words = f'{before}"seed":{seed}{after}' if seed else without
            yield hashlib.sha256(words.encode()).hexdigest()[:12]

    @property
    def lag_is_a_value(self) -> bool:
        """Whether another lag is the same program: every lag lies inside the window, and edges are
        dropped.

        Otherwise how far back decides how many integers a window needs, or which windows there are.
        """
        task = self.task
        return task.edges == "dropped" and all(0 <= lag < task.heard for lag in task.lag)

    @property
    def shape(self) -> "Experiment":
        """The words that a program is compiled for: those left when seed, rate, epochs, stop and
        where weights come from are set aside, and lag where it is a value. Experiments of equal
        shape share one program.
        """
        lag = tuple(range(len(self.task.lag))) if self.lag_is_a_value else self.task.lag
        return self.change(seed=0, rate=0.001, epochs=1, stop=None, imported=None, lag=lag)

    @property
    def use(self) -> str:
        """How its state is used, in training, in scoring and ever after: one of `USES`.

        windows: each window is heard from the initial state. carried: window s starts from the
        state that window s - batch left, and all start anew after as many windows as one sequence
        has. continuous: state is kept from integer to integer.

        >>> [preset("lag", fit=fit).use for fit in FITS], preset("whole", draw="stream").use
        (['carried', 'windows'], 'continuous')
        """
        if self.fit.draw == "stream" or (self.task.when == "each" and self.task.window is None):
            return CONTINUOUS
        return CARRIED if self.fit.state == "carried" and self.kept > self.fit.batch else WINDOWS

    @property
    def kept(self) -> int:
        """Windows of one sequence that fill batches: after so many, carried state is cleared."""
        return self.task.windows // self.fit.batch * self.fit.batch

    @property
    def steps(self) -> int:
        """Weight updates when every epoch is trained."""
        if self.fit.draw != "sequence":
            return self.fit.epochs
        return self.fit.epochs * (self.task.windows // self.fit.batch)

    def change(self, **words: Any) -> "Experiment":
        """A copy with words of the experiment, its task or its fit changed, each under its own
        name.

        >>> Experiment().change(lag=2, units=32, batch=4).task.lag
        (2,)
        """
        parts: dict[type, dict[str, Any]] = {Experiment: {}, Task: {}, Fit: {}}
        for name, value in words.items():
            for kind, part in parts.items():
                if name in kind.fields():
                    part[name] = value
                    break
            else:
                known = [field for kind in parts for field in kind.fields()]
                raise WordError(f"An experiment has no word {name!r}: {named(name, known)}")
        own = parts[Experiment]
        own["task"] = own.get("task", self.task).with_words(**parts[Task])
        own["fit"] = own.get("fit", self.fit).with_words(**parts[Fit])
        return self.with_words(**own)


def _text(words: dict[str, Any]) -> str:
    return json.dumps(words, sort_keys=True, separators=(",", ":"))


def is_experiment(given: object, what: str) -> None:
    """Refuse what is no experiment where one is needed: its name, say."""
    if not isinstance(given, Experiment):
        raise WordError(
            f"{what} needs an Experiment, as preset('lag') gives one, not {shown(given)}."
        )
