"""A record: everything known of one run, by itself. Reading one never runs code."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from echoscope.errors import RecordError, WordError, shown
from echoscope.experiment.experiment import Experiment
from echoscope.html_repr import Shown
from echoscope.runs.fields import check

SCHEMA = 1
# Which of two records of equal words stays: less never replaces more.
RANKS = {"failed": 0, "interrupted": 1, "diverged": 1, "imported": 2, "done": 3, "solved": 3}


@dataclass(frozen=True)
class Record(Shown):
    """What a run was told (`experiment`), what became of it, and where and how it was made.

    `outcome` is done, solved, interrupted, diverged, failed or imported; `reason` says why it
    diverged or failed, in a few words. `score`, its 95 % interval and `loss` (nats per answer; of a
    scalar encoding the squared error) are on `answers` fresh answers, None for a run that diverged
    or failed, and so is `distance`, the mean of |said - right| in symbols. `chance` is the score of
    the best `rule` without a memory: uniform (1/symbols), or of own integers also memoryless,
    copy-last or map-last (see `memoryless.Chance`); with its 95 % interval where it was measured,
    None where it is known. `curve` has rows [step, loss, score] of what it trained on; so has
    `held_out`, of own integers only, on windows that it never learned from. `bound` is the best
    score that can be expected (None of own integers), `state_size` how many numbers the network
    carries from step to step. `positions` has rows [position, lag, asked, right]: how many of the
    answers said at a position (of the sequence where one is cut into windows, else of the window)
    were right. `source` says where own integers came from, empty for random ones. `seconds` holds
    compile and train. `expected` and `predicted` are one fresh sequence, one entry a window: an
    integer, or a list where the task asks several (None where it asks nothing, or a gap is heard).
    `weights` names the file beside it, empty for none.
    """

    experiment: Experiment
    outcome: str
    score: float | None
    score_low: float | None
    score_high: float | None
    answers: int
    loss: float | None
    epochs: int
    steps: int
    curve: tuple[tuple[int, float | None, float | None], ...]
    seconds: dict[str, float]
    group: int
    heard: list[Any]
    expected: list[Any]
    predicted: list[Any]
    versions: dict[str, str]
    device: str
    created: str
    chance: float
    rule: str = "uniform"
    chance_low: float | None = None
    chance_high: float | None = None
    distance: float | None = None
    bound: float | None = None
    state_size: int | None = None
    positions: tuple[tuple[int, int, int, int], ...] = ()
    parameters: int | None = None
    held_out: tuple[tuple[int, float | None, float | None], ...] = ()
    source: str = ""
    reason: str = ""
    weights: str = ""
    schema: int = field(default=SCHEMA)

    def __repr__(self) -> str:
        score = "no score" if self.score is None else f"score {self.score:.2%}"
        return (
            f"<Record {self.id}: {self.outcome}, {score}, chance {100 * self.chance:.4g}%,"
            f" {self.experiment!r}>"
        )

    @property
    def id(self) -> str:
        """The experiment's: equal words, equal id."""
        return self.experiment.id

    @property
    def fresh_curve(self) -> tuple[tuple[int, float | None, float | None], ...]:
        """The curve on answers that were never learned from: of own integers the held-out one."""
        return self.held_out if self.experiment.data else self.curve

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, the id, chance and `Experiment.use` said too; what is not a finite
        number is None.
        """
        plain = asdict(self) | {"experiment": self.experiment.to_json()}
        return _finite({"schema": SCHEMA, "id": self.id, "use": self.experiment.use} | plain)

    @classmethod
    def from_json(cls, values: object, where: str = "record") -> Self:
        """The record that `to_json` gave, or a `RecordError` saying what is wrong with it."""
        if not isinstance(values, dict) or not isinstance(values.get("schema"), int):
            raise RecordError(
                f"{where} is damaged: it is not a record; delete it, or run the experiment again."
            )
        if values["schema"] != SCHEMA:
            raise RecordError(
                f"{where} has schema {shown(values['schema'])} and this Echoscope reads {SCHEMA}:"
                " update it."
            )
        own = {name: value for name, value in values.items() if name not in ("id", "use")}
        check(own, where)
        try:
            own["experiment"] = Experiment.from_json(own.get("experiment"))
            own |= {
                name: tuple(map(tuple, own[name]))
                for name in ("curve", "held_out", "positions")
                if name in own
            }
            record = cls(**own)
        except (TypeError, WordError) as error:
            rest = "" if isinstance(error, WordError) else "; run the experiment again."
            raise RecordError(f"{where} is damaged: {error}{rest}") from None
        if record.outcome not in RANKS:
            raise RecordError(
                f"{where} has outcome {shown(record.outcome)}, which this Echoscope does not know:"
                " update it."
            )
        if record.id != values.get("id"):
            raise RecordError(
                f"{where} is damaged: its id {shown(values.get('id'))} is not the hash of its words"
                f" ({record.id}); run the experiment again."
            )
        return record


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
