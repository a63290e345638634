"""Controls: every setting as the page shows it, made from the declarations that flags are made of;
and what a page's controls say as an experiment, a command and Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from echoscope.errors import SettingError, shown
from echoscope.experiment.experiment import Experiment, TrainingConfig
from echoscope.experiment.fields import flags, has, value_of
from echoscope.experiment.presets import FITS, PRESETS, preset
from echoscope.lab import recipes
from echoscope.lab.files import Files, Sent
from echoscope.settings import ByName, Json, JsonValue, SettingField, whole
from echoscope.studies.axis import bare, one_text, settings_of
from echoscope.studies.axis import value_of as value_of_text
from echoscope.tasks.base import TASKS

# What a page may ask for, so that it stays one that answers; the command has no such bounds.
MOST = {
    "vocab_size": 10_000,
    "length": 2_000,
    "window": 400,
    "units": 512,
    "layers": 4,
    "batch_size": 1_000,
    "epochs": 20_000,
    "delay": 400,
    "items": 50,
    "pairs": 50,
    "queries": 50,
}
MOST_SEEDS = 5
MOST_TEXT = 200  # letters of one control
HIDDEN = ("columns", "target_columns")  # of user data alone
TASK, MODEL, TRAINING = "task", "model", "training"
DATA = "data"  # what a page calls a file that it sent
OF_DATA = ("vocab_size", "missing")  # what a file says itself


def check_most(experiment: Experiment) -> None:
    """Raise `SettingError` for more than a page may ask for."""
    for name, most in MOST.items():
        value = value_of(experiment, name)
        if isinstance(value, int) and value > most:
            raise SettingError(
                f"{name} must be at most {most:,} in the lab, not {value:,}: use the command for"
                " more."
            )


@dataclass(frozen=True)
class Asked:
    """What controls say: a preset, a fit, how many seeds, settings as texts, and a file that is
    learned; without one, random integers are.
    """

    preset: str = "lag"
    fit: str = "quick"
    seeds: int = 1
    settings: tuple[tuple[str, str], ...] = ()
    sent: Sent | None = None

    @classmethod
    def of(cls, values: JsonValue, files: Files | None = None) -> "Asked":
        """From JSON, with the files that were sent. Raises `SettingError` for what is no such
        thing.
        """
        if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
            raise SettingError("controls must be a JSON object of texts.")
        rest = dict(values)
        name, fit = (_text(part, rest.pop(part, usual)) for part, usual in _USUAL)
        seeds = whole("seeds", value_of_text(_text("seeds", rest.pop("seeds", 1))), 1, MOST_SEEDS)
        name_of_data = _text(DATA, rest.pop(DATA, ""))
        sent = (files or Files()).find(name_of_data) if name_of_data else None
        texts = {key: _text(key, value) for key, value in rest.items()}
        known = [key for key in flags() if key not in HIDDEN]
        for key in texts:
            if key not in known:
                raise SettingError(f"there is no setting {shown(key)}: leave it out.")
        for key in OF_DATA if sent else ():
            if key in texts:
                raise SettingError(f"a file says itself what {key} is: leave it out.")
        return cls(name, fit, seeds, tuple(texts.items()), sent)

    @property
    def experiment(self) -> Experiment:
        """The experiment of the first seed. Raises `SettingError` for settings that cannot be, or
        that are more than a page may ask for, and `IntegerError` where a file is too short.
        """
        experiment = preset(self.preset, self.fit, **self.values)
        check_most(experiment)
        if self.sent is None:
            return experiment
        experiment = self.sent.learned_by(experiment)
        check_most(experiment)
        return experiment

    @property
    def experiments(self) -> list[Experiment]:
        """That of every seed."""
        first = self.experiment
        return [first.change(seed=first.seed + offset) for offset in range(self.seeds)]

    def to_json(self) -> Json:
        """As the page says it."""
        seeds = {"seeds": str(self.seeds)} if self.seeds > 1 else {}
        data = {DATA: self.sent.data.name} if self.sent else {}
        return {"preset": self.preset, "fit": self.fit} | seeds | data | dict(self.settings)

    @property
    def values(self) -> ByName:
        """The settings as values."""
        return settings_of(dict(self.settings))

    @property
    def recipe(self) -> Json:
        """The command and the Python that train this."""
        first = self.experiment.seed
        seeds = range(first, first + self.seeds)
        texts = dict(self.settings)
        return recipes.training(self.preset, self.fit, texts, self.values, seeds, self.sent)

    @property
    def watched(self) -> Json | None:
        """Those that watch it emerge, which nobody can of a file."""
        if self.sent:
            return None
        return recipes.watching(self.preset, self.fit, dict(self.settings), self.values)


_USUAL = (("preset", Asked.preset), ("fit", Asked.fit))


def _text(name: str, value: object) -> str:
    if isinstance(value, bool | int | float):
        return one_text(value)
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise SettingError(f"{shown(name)} must be a text of at most {MOST_TEXT} letters.")
    return value.strip()


def controls() -> Json:
    """Every control: the presets with their settings as texts, by fit; and for each setting its
    sentence, kind, choices, and the tasks that have it.
    """
    declared = {name: field for name, field in flags().items() if name not in HIDDEN}
    return {
        "fits": list(FITS),
        "presets": {
            name: {fit: _texts(preset(name, fit), declared) for fit in FITS} for name in PRESETS
        },
        "settings": [_control(name, field) for name, field in declared.items()],
        "most_seeds": MOST_SEEDS,
        "of_data": OF_DATA,
    }


def _texts(experiment: Experiment, declared: Mapping[str, SettingField]) -> Json:
    """The settings of an experiment that its task has, as texts, and its task."""
    kind = experiment.task.kind
    texts = {
        name: one_text(bare(value_of(experiment, name))).replace("+", ",")
        for name in declared
        if has(kind, name)
    }
    return {"task": kind, "settings": texts}


def _control(name: str, field: SettingField) -> Json:
    choices = field.metadata.get("choices")
    kind = "choice" if choices else "switch" if field.type is bool else "text"
    return {
        "name": name,
        "says": field.metadata["says"],
        "kind": kind,
        "choices": list(choices or ()),
        "part": _part(name),
        "tasks": [task for task in TASKS if has(task, name)],
        "most": MOST.get(name),
    }


def _part(name: str) -> str:
    """Where a setting stands on the page."""
    if name == "seed" or name in TrainingConfig.fields():
        return TRAINING
    return MODEL if name in Experiment.fields() else TASK
