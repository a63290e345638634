"""Every setting that an experiment can have: those of all tasks, of the model and of the training,
by name. Flags, columns and groups are made from these.
"""

from collections.abc import KeysView

from echoscope.errors import SettingError, listed
from echoscope.experiment.experiment import Experiment, TrainingConfig
from echoscope.settings import SettingField, Value, is_flag
from echoscope.tasks.base import ECHO, TASKS, Task
from echoscope.tasks.registry import OURS

TASK = "task"  # the setting that says the kind of a task

FIELDS: dict[str, SettingField] = {}
PLACES: dict[str, int] = {}  # of each setting but the seed: its place in a row of settings
SETTINGS: KeysView[str] = PLACES.keys()  # those settings, in the order of their places

Values = tuple[Value, ...]


def declare(task: type[Task]) -> None:
    """Take the settings of a task in: those that another task has too are the same settings.

    Raises `SettingError` for one whose values are of another type there, and for one that belongs
    to experiments or training.
    """
    others = {known.lower() for known in SETTINGS - task.fields().keys()}  # as databases tell them
    for name, field in task.fields().items():
        there = FIELDS.get(name)
        unlike = there and (_type_name(there) != _type_name(field) or name not in _task_fields())
        if unlike or name.lower() in others:
            raise SettingError(
                f"setting {name} of task {task.kind} is there already, as a setting of another"
                " kind: give it another name."
            )
    for name, field in task.fields().items():
        FIELDS.setdefault(name, field)
        PLACES.setdefault(name, len(PLACES))


def taken(name: str, what: str) -> SettingError:
    """The refusal of a task's setting that has the name of something else: a column or a flag."""
    kinds = [kind for kind, task in TASKS.items() if name in task.fields()]
    return SettingError(
        f"setting {name} of task {listed(kinds)} is there already, as the name of a {what}: give it"
        " another name."
    )


def _type_name(field: SettingField) -> str:
    """The type of a setting's values, whether or not they may be none."""
    return str(getattr(field.type, "__name__", field.type)).removesuffix(" | None")


def _task_fields() -> set[str]:
    return {name for task in TASKS.values() for name in task.fields()}


def settings_of(experiment: Experiment) -> Values:
    """Every setting but the seed, in the order of `SETTINGS`; None where the task has no such
    setting.

    >>> settings_of(Experiment())[PLACES["units"]]
    50
    """
    parts = vars(experiment.training) | vars(experiment.task) | vars(experiment)
    parts[TASK] = experiment.task.kind
    return tuple([parts.get(name) for name in SETTINGS])


def value_of(experiment: Experiment, name: str) -> Value:
    """The value of one setting, the seed too; None where the task has no such setting."""
    return experiment.seed if name == "seed" else settings_of(experiment)[PLACES[name]]


def has(kind: str, name: str) -> bool:
    """Whether experiments of a kind of task have a setting."""
    return name not in _task_fields() or (kind in TASKS and name in TASKS[kind].fields())


def default_of(kind: str, name: str) -> Value:
    """The default of a setting, for a kind of task; None where it has no such setting."""
    if name == TASK:
        return ECHO
    if not has(kind, name):
        return None
    return (TASKS[kind].fields() if kind in TASKS else FIELDS).get(name, FIELDS[name]).default


def is_several(name: str) -> bool:
    """Whether a setting has several values at once, as a lag of 4,3 has."""
    return name in FIELDS and "tuple" in str(FIELDS[name].type)


def difficulties() -> tuple[str, ...]:
    """The settings that make tasks harder, the echo's lag first."""
    return tuple(dict.fromkeys(task.difficulty for task in TASKS.values()))


def plural(name: str) -> str:
    """Several values of a setting, in words.

    >>> plural("lag"), plural("pairs")
    ('lags', 'pairs')
    """
    return name if name.endswith("s") else f"{name}s"


def follows() -> tuple[str, ...]:
    """The settings that may follow from a difficulty, those that follow from others last."""
    tasks = [name for task in TASKS.values() for name in task.follows]
    return tuple(dict.fromkeys((*tasks, *TrainingConfig.fields())))


def number_of(value: object) -> int | None:
    """How hard a difficulty's value is, None where it says several at once, or asks for what comes.

    >>> number_of((4,)), number_of((4, 3)), number_of(19)
    (4, None, 19)
    """
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    return value if isinstance(value, int) and value >= 0 else None


def flags() -> dict[str, SettingField]:
    """The settings that a flag, or an axis of a study, says: by name, in the order of help."""
    return {name: field for name, field in FIELDS.items() if is_flag(field)}


def _declare_ours() -> None:
    """The echo's settings first, as it is the task of most; then those of the model, the training,
    and of other tasks.
    """
    PLACES[TASK] = 0
    declare(OURS[0])
    FIELDS.update(Experiment.fields() | TrainingConfig.fields())
    for name in FIELDS:
        if name not in ("training", "seed"):
            PLACES.setdefault(name, len(PLACES))
    for task in OURS[1:]:
        declare(task)


_declare_ours()
