"""A run: everything known of one training, by itself. Reading one never runs code."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from echoscope.column_recodings import ColumnRecodings
from echoscope.column_recodings import from_json as recoding_of
from echoscope.errors import SettingError, StoreError, shown
from echoscope.experiment.experiment import Experiment
from echoscope.html_repr import HtmlRepr
from echoscope.recoding import Recoding
from echoscope.registry import LAYERS
from echoscope.runs import schema_1
from echoscope.runs.fields import check
from echoscope.settings import Json, json_value
from echoscope.tasks.base import TASKS

SCHEMA = 2
Part = int | float | str | None  # a value that is read or predicted; None where there is none
# of one window: one such, or a list where it has several, and of several columns a list a time step
Entry = Part | list[Part] | list[list[Part]]
# Which of two runs of equal settings stays: less never replaces more.
RANKS = {"failed": 0, "interrupted": 1, "diverged": 1, "imported": 2, "done": 3, "solved": 3}


@dataclass(frozen=True)
class Run(HtmlRepr):
    """What a run was told (`experiment`), what became of it, and where and how it was made.

    `outcome` is done, solved, interrupted, diverged, failed or imported; `reason` says why it
    diverged or failed, in a few words. `accuracy`, its 95 % interval and `loss` (nats per target;
    of a scalar encoding the squared error) are on `target_count` fresh targets, None for a run that
    diverged or failed, and so is `mean_absolute_error`, the mean of |prediction - target| in
    symbols. `chance` is the accuracy of the best `rule` without a memory: uniform (1/vocab_size),
    of user data also memoryless, copy-last or map-last (see `baselines.Chance`); with its 95 %
    interval where it was measured, None where it is known. `curve` has rows [step, loss, accuracy]
    of what it trained on; so has `held_out`, of user data only, on windows that it never trained
    on. `ceiling` is the best accuracy that can be expected (None of user data), `state_size` how
    many numbers the network carries from step to step. `positions` has rows [position, lag, asked,
    right]: how many of the targets predicted at a position (of the sequence where one is cut into
    windows, else of the window) were right; of other tasks than the echo the lag is the target's
    place among those predicted at once. `by_target` has, for each of several targets predicted at
    once, a row [lag or place, asked, accuracy, its interval's ends, loss], and `by_column` the same
    for each of several columns that are predicted, by their numbers from 1. `source` says where
    user data came from, empty for random ones. `seconds` holds compile and train. `inputs`,
    `targets` and `predictions` are one fresh sequence, one entry a window: an integer, or a list
    where the task asks several (None where it asks nothing, or a gap is read); a window of several
    columns has a list of them for each time step. Of user data these are its own values, numbers or
    names, and `recoding` says which symbol stands for which, of several columns one for each; it is
    None where a symbol is its own integer. `weights` names the file beside it, empty for none.
    """

    experiment: Experiment
    outcome: str
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    target_count: int
    loss: float | None
    epochs: int
    steps: int
    curve: tuple[tuple[int, float | None, float | None], ...]
    seconds: dict[str, float]
    side_by_side: int
    inputs: list[Entry]
    targets: list[Entry]
    predictions: list[Entry]
    versions: dict[str, str]
    device: str
    created: str
    chance: float
    rule: str = "uniform"
    chance_low: float | None = None
    chance_high: float | None = None
    mean_absolute_error: float | None = None
    ceiling: float | None = None
    state_size: int | None = None
    positions: tuple[tuple[int, int, int, int], ...] = ()
    by_target: tuple[tuple[int, int, float, float, float, float | None], ...] = ()
    by_column: tuple[tuple[int, int, float, float, float, float | None], ...] = ()
    parameters: int | None = None
    held_out: tuple[tuple[int, float | None, float | None], ...] = ()
    source: str = ""
    reason: str = ""
    recoding: Recoding | ColumnRecodings | None = None
    weights: str = ""
    schema: int = field(default=SCHEMA)

    def __repr__(self) -> str:
        accuracy = "no accuracy" if self.accuracy is None else f"accuracy {self.accuracy:.2%}"
        return (
            f"<Run {self.id}: {self.outcome}, {accuracy}, chance {100 * self.chance:.4g}%,"
            f" {self.experiment!r}>"
        )

    @property
    def id(self) -> str:
        """The experiment's: equal settings, equal id."""
        return self.experiment.id

    @property
    def fresh_curve(self) -> tuple[tuple[int, float | None, float | None], ...]:
        """The curve on targets that were never trained on: of user data the held-out one."""
        return self.held_out if self.experiment.data else self.curve

    def in_value(self, symbol: Part, column: int = 0) -> Part:
        """What a symbol of a column stands for in the user data that it was trained on."""
        return self.recoding.of(column).in_value(symbol) if self.recoding else symbol

    def inputs_in_values(self, windows: list[Entry]) -> list[Entry]:
        """Windows of symbols, in the values that they stand for."""
        return in_values(self.recoding, windows)

    def targets_in_values(self, entries: list[Entry]) -> list[Entry]:
        """Targets or predictions of windows, in the values that they stand for."""
        return in_values(self.recoding, entries, self.experiment.task.predicted)

    def to_json(self) -> Json:
        """Plain JSON values, the id, chance and `Experiment.use` said too; what is not a finite
        number is None.
        """
        plain = asdict(self) | {"experiment": self.experiment.to_json()}
        return json_value({"schema": SCHEMA, "id": self.id, "use": self.experiment.use} | plain)

    @classmethod
    def from_json(cls, values: object, where: str = "run") -> Self:
        """The run that `to_json` gave, or a `StoreError` saying what is wrong with it."""
        if not isinstance(values, dict) or not isinstance(values.get("schema"), int):
            raise StoreError(
                f"{where} is damaged: it is not a run; delete it, or run the experiment again."
            )
        if values["schema"] == 1:
            return cls._of(schema_1.current(values), where)
        if values["schema"] != SCHEMA:
            raise StoreError(
                f"{where} has schema {shown(values['schema'])} and this Echoscope reads {SCHEMA}:"
                " update it."
            )
        run = cls._of(values, where)
        if run.id != values.get("id"):
            raise StoreError(
                f"{where} is damaged: its id {shown(values.get('id'))} is not the hash of its"
                f" settings ({run.id}); run the experiment again."
            )
        return run

    @classmethod
    def _of(cls, values: Json, where: str) -> Self:
        fields = {name: value for name, value in values.items() if name not in ("id", "use")}
        check(fields, where)
        try:
            fields["experiment"] = Experiment.from_json(fields.get("experiment"))
            if fields.get("recoding"):
                fields["recoding"] = recoding_of(fields["recoding"])
            fields |= {
                name: tuple(map(tuple, fields[name]))
                for name in ("curve", "held_out", "positions", "by_target", "by_column")
                if name in fields
            }
            run = cls(**fields)
        except (TypeError, SettingError) as error:
            experiment = values.get("experiment")
            settings = experiment if isinstance(experiment, dict) else {}
            task = settings.get("task")
            kind = task.get("kind") if isinstance(task, dict) else None
            model = settings.get("model")
            for what, name, known in (("model", model, LAYERS), ("task", kind, TASKS)):
                if isinstance(name, str) and name not in known:
                    raise StoreError(
                        f"{where} is of {what} {shown(name)}, which is not there: name the file"
                        " that registers it with --plugin."
                    ) from None
            rest = "" if isinstance(error, SettingError) else "; run the experiment again."
            raise StoreError(f"{where} is damaged: {error}{rest}") from None
        if run.outcome not in RANKS:
            raise StoreError(
                f"{where} has outcome {shown(run.outcome)}, which this Echoscope does not know:"
                " update it."
            )
        return run


def in_values(
    recoding: Recoding | ColumnRecodings | None,
    entries: list[Entry],
    predicted: tuple[int, ...] = (0,),
) -> list[Entry]:
    """Entries of symbols, in the values that they stand for: one after the other of the columns
    that are predicted, or rows of all columns.
    """
    if recoding is None:
        return entries
    recodings = [recoding.of(place) for place in predicted]

    def value(place: int, part: Any) -> Any:
        if isinstance(part, list):
            return [recoding.of(column).in_value(each) for column, each in enumerate(part)]
        return recodings[place % len(recodings)].in_value(part)

    return [
        [value(place, part) for place, part in enumerate(entry)]
        if isinstance(entry, list)
        else value(0, entry)
        for entry in entries
    ]
