"""A row: what judging needs of one record, without its sample and its curve's every point, so that many are light."""

from collections.abc import Iterable, Sequence
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from echoscope.experiment import Experiment, Fit
from echoscope.record import Record
from echoscope.task import Task

PATHS: dict[str, str] = {
    **{name: f"task.{name}" for name in Task.fields()},
    **{name: name for name in Experiment.fields() if name not in ("task", "fit", "seed")},
    **{name: f"fit.{name}" for name in Fit.fields()},
}  # every word that can tell groups apart, and where an experiment has it
WORDS = tuple(PATHS)

Climb = tuple[tuple[int, int, float], ...]
_SAID = attrgetter(*PATHS.values())


class Row(NamedTuple):
    """One record, as it is judged.

    `words` are the values of `WORDS`, in their order: every word but the seed. `fit_steps` is how many steps the whole
    fit has, `steps` how many were trained. `climb` has a row [step, step of the point before, score] for every point of
    the curve above all earlier ones; `last` is the score of its last point, None without one. `bound` is the best score
    that can be expected, None for own integers. Other names are the record's.
    """

    id: str
    words: tuple[Any, ...]
    seed: int
    created: str
    outcome: str
    score: float | None
    score_low: float | None
    score_high: float | None
    answers: int
    chance: float
    bound: float | None
    steps: int
    fit_steps: int
    parameters: int | None
    state_size: int | None
    seconds: float
    last: float | None
    climb: Climb

    def word(self, name: str) -> Any:
        """The value of one word."""
        return self.words[WORDS.index(name)]

    @classmethod
    def of(cls, record: Record) -> "Row":
        """The row of a record.

        >>> Row.of(record).word("units")
        50
        """
        scores = [point[2] for point in record.curve]
        return cls(
            id=record.id,
            words=words_of(record.experiment),
            seed=record.experiment.seed,
            created=record.created,
            outcome=record.outcome,
            score=record.score,
            score_low=record.score_low,
            score_high=record.score_high,
            answers=record.answers,
            chance=record.chance,
            bound=record.bound,
            steps=record.steps,
            fit_steps=record.experiment.steps,
            parameters=record.parameters,
            state_size=record.state_size,
            seconds=sum(record.seconds.values()),
            last=scores[-1] if scores else None,
            climb=climb_of(record.curve),
        )


def words_of(experiment: Experiment) -> tuple[Any, ...]:
    """Every word but the seed, in the order of `WORDS`."""
    return _SAID(experiment)


def rows_of(records: Iterable[Record | Row]) -> list[Row]:
    """Rows of records; what is a row already stays as it is."""
    return [one if isinstance(one, Row) else Row.of(one) for one in records]


def sayer(names: Sequence[str]) -> Any:
    """What says the values of some words of a row, as a tuple."""
    places = [WORDS.index(name) for name in names]
    if not places:
        return lambda row: ()
    if len(places) == 1:
        (place,) = places
        return lambda row: (row.words[place],)
    chosen = itemgetter(*places)
    return lambda row: chosen(row.words)


def climb_of(curve: Iterable[Sequence[float | None]]) -> Climb:
    """The points of a curve that lie above all before them, each with the step of the point before it.

    >>> climb_of([(40, 0.9, 0.1), (80, 0.8, 0.1), (120, 0.5, 0.6)])
    ((40, 0, 0.1), (120, 80, 0.6))
    """
    found: list[tuple[int, int, float]] = []
    before = 0
    for step, _, score in curve:
        if step is not None and score is not None and (not found or score > found[-1][2]):
            found.append((int(step), before, score))
        before = int(step or 0)
    return tuple(found)
