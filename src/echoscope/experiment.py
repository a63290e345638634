"""An experiment: a task, a model of some size, a fit and a seed; and the presets, which are the tutorials' five."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from echoscope.errors import WordError, alternatives
from echoscope.task import Task
from echoscope.words import Words, choice, positive, whole, word

# When each model can answer: a model is one file of its name in models/, and one line here.
MODELS: dict[str, tuple[str, ...]] = {
    "lstm": ("after", "each"),
    "gru": ("after", "each"),
    "rnn": ("after", "each"),
    "mlp": ("after",),
    "encoder-decoder": ("after",),
}


@dataclass(frozen=True, kw_only=True)
class Fit(Words):
    """How weights are found. An epoch is one fresh draw: a sequence cut into windows in order, or a batch of windows.

    >>> Fit(batch=32, draw="windows", state="reset").batch
    32

    The optimizer is Adam (beta 0.9 and 0.999, epsilon 1e-7) on the mean cross-entropy of the asked answers.
    """

    noun: ClassVar[str] = "A fit"

    batch: int = word("samples per step (one weight update)", 5)
    rate: float = word("learning rate of Adam", 0.001)
    epochs: int = word("fresh draws to train on, at most", 2000)
    state: str = word("carried: a batch starts from the state the one before left; reset: from rest", "carried",
                      choices=("carried", "reset"))  # fmt: skip
    draw: str = word("sequence: an epoch is one sequence cut in order; windows: one batch of fresh windows",
                     "sequence", choices=("sequence", "windows"))  # fmt: skip
    stop: float | None = word("stop when the score on fresh answers holds here; none trains every epoch", None)

    def __post_init__(self) -> None:
        self._settle(
            batch=whole("batch", self.batch, 1, 1_000_000),
            rate=positive("rate", self.rate, 10),
            epochs=whole("epochs", self.epochs, 1, 1_000_000_000),
            state=choice("state", self.state, ("carried", "reset")),
            draw=choice("draw", self.draw, ("sequence", "windows")),
            stop=None if self.stop is None else positive("stop", self.stop, 1),
        )
        if self.draw == "windows" and self.state == "carried":
            raise WordError("draw windows makes every window fresh, so there is no state to carry: "
                            "use state reset, or draw sequence.")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Experiment(Words):
    """Everything that decides a result, and nothing else; `id` is the hash of these words.

    >>> Experiment().with_words(seed=7).seed
    7
    """

    noun: ClassVar[str] = "An experiment"

    task: Task = word("what is heard and said", Task())
    model: str = word("the network that learns it", "lstm", choices=tuple(MODELS))
    units: int = word("width of the memory", 50)
    fit: Fit = word("how the weights are found", Fit())
    seed: int = word("decides the first weights and every integer drawn", 0)

    def __post_init__(self) -> None:
        for name, kind in (("task", Task), ("fit", Fit)):
            if not isinstance(getattr(self, name), kind):
                raise WordError(f"{name} must be a {kind.__name__}, not {getattr(self, name)!r}.")
        self._settle(
            model=choice("model", self.model, tuple(MODELS)),
            units=whole("units", self.units, 1, 100_000),
            seed=whole("seed", self.seed, 0, 2**32 - 1),
        )
        if self.task.when not in MODELS[self.model]:
            raise WordError(f"model {self.model} answers after the window, not at each step: use model lstm, "
                            "or when after.")  # fmt: skip
        if self.fit.draw == "sequence" and self.fit.batch > self.task.windows:
            raise WordError(f"batch {self.fit.batch} is more than the {self.task.windows} windows of one sequence: "
                            "use a smaller batch, a longer length, or draw windows.")  # fmt: skip

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of the words that differ from their default."""
        words = json.dumps(self.said(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()[:12]

    @property
    def steps(self) -> int:
        """Weight updates when every epoch is trained."""
        if self.fit.draw == "windows":
            return self.fit.epochs
        return self.fit.epochs * (self.task.windows // self.fit.batch)

    def change(self, **words: Any) -> "Experiment":
        """A copy with words of the experiment, its task or its fit changed, each under its own name.

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
                raise WordError(f"An experiment has no word {name!r}: {alternatives(name, known)}")
        own = parts[Experiment]
        own["task"] = own.get("task", self.task).with_words(**parts[Task])
        own["fit"] = own.get("fit", self.fit).with_words(**parts[Fit])
        return self.with_words(**own)


def _tutorial(task: Task, model: str, units: int, batch: int, epochs: int, state: str) -> Experiment:
    return Experiment(task=task, model=model, units=units, fit=Fit(batch=batch, epochs=epochs, state=state))


PRESETS: dict[str, Experiment] = {
    "current": _tutorial(Task(window=1, lag=(0,)), "lstm", 15, 1, 500, "reset"),
    "blind": _tutorial(Task(window=1, lag=(1,)), "lstm", 50, 6, 2000, "carried"),
    "lag": _tutorial(Task(window=5, lag=(1,)), "lstm", 50, 5, 2000, "carried"),
    "whole": _tutorial(Task(window=5, lag=(0,), when="each"), "lstm", 20, 7, 500, "carried"),
    "partial": _tutorial(Task(window=5, lag=(4, 3)), "encoder-decoder", 150, 21, 5000, "carried"),
}

FITS = ("tutorial", "quick")
QUICK = Fit(batch=32, rate=0.01, epochs=2000, state="reset", draw="windows", stop=0.999)


def preset(name: str, fit: str = "tutorial", **words: Any) -> Experiment:
    """One of the five echoes, with any word changed.

    >>> preset("lag").units, preset("lag", fit="quick", units=32).units
    (50, 32)

    `fit` is "tutorial" (the tutorials' exact work) or "quick" (fresh windows, a larger rate and batch, stops when
    solved). Raises `WordError` for an unknown name, fit or word.
    """
    if name not in PRESETS:
        raise WordError(f"preset {name!r} is not known: {alternatives(str(name), PRESETS)}")
    start = PRESETS[name]
    if choice("fit", fit, FITS) == "quick":
        start = start.with_words(fit=QUICK)
    return start.change(**words)


def preset_name(experiment: Experiment) -> str | None:
    """The preset with this task and network, whatever the fit and seed; None when one of them was changed.

    >>> preset_name(preset("lag", fit="quick", seed=3)), preset_name(preset("lag", units=7))
    ('lag', None)
    """
    for name, known in PRESETS.items():
        if (known.task, known.model, known.units) == (experiment.task, experiment.model, experiment.units):
            return name
    return None
