"""A row: what judging needs of one record, without its sample and its curve's every point, so that many are light."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, overload

from echoscope.experiment import Experiment, Fit
from echoscope.record import Record
from echoscope.task import Task

PATHS: dict[str, str] = {
    **{name: f"task.{name}" for name in Task.fields()},
    **{name: name for name in Experiment.fields() if name not in ("task", "fit", "seed")},
    **{name: f"fit.{name}" for name in Fit.fields()},
}  # every word that can tell groups apart, and where an experiment has it
WORDS = tuple(PATHS)
PLACES = {name: place for place, name in enumerate(WORDS)}  # where a row has each word

Point = tuple[int, int, float]  # step, step of the point before, score
Climb = Sequence[Point]
_SAID = attrgetter(*PATHS.values())
_WORDS = attrgetter("words")


class WrittenClimb(Sequence[Point]):
    """A climb as JSON text, of which a point is read when it is asked for: judging asks for one or two.

    >>> WrittenClimb("[[40, 0, 0.1], [120, 80, 0.6]]").first(0.5)
    (120, 80, 0.6)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def first(self, wanted: float) -> Point | None:
        """The first point with the wanted score: scores rise, and it mostly lies near the end, where this begins."""
        text, found = self._text, None
        end = len(text) - 2
        while end > 0:
            comma = text.rfind(",", 0, end)
            if float(text[comma + 1 : end]) < wanted:
                break
            start = text.rfind("[", 0, comma) + 1
            found, end = (start, end), start - 4
        return found and _point(text[found[0] : found[1]])

    def __len__(self) -> int:
        return len(self._points())

    @overload
    def __getitem__(self, place: int) -> Point: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Point, ...]: ...
    def __getitem__(self, place: int | slice) -> Point | tuple[Point, ...]:
        points = self._points()[place]
        return _point(points) if isinstance(points, str) else tuple(map(_point, points))

    def __iter__(self) -> Iterator[Point]:
        return map(_point, self._points())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _points(self) -> list[str]:
        return self._text[2:-2].split("], [") if len(self._text) > 2 else []


def _point(text: str) -> Point:
    step, before, score = text.split(",")
    return int(step), int(before), float(score)


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
        return self.words[PLACES[name]]

    def first(self, wanted: float) -> Point | None:
        """The first point of the climb with the wanted score, None without one."""
        if isinstance(self.climb, WrittenClimb):
            return self.climb.first(wanted)
        return next((point for point in self.climb if point[2] >= wanted), None)

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
    given: list[Any] = list(records)
    if set(map(type, given)) <= {Row}:
        return given
    return [one if isinstance(one, Row) else Row.of(one) for one in given]


def said(rows: Iterable[Row], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The values of some words, of each row in turn."""
    words = map(_WORDS, rows)
    places = [PLACES[name] for name in names]
    if len(places) > 1:
        return map(itemgetter(*places), words)
    return zip(map(itemgetter(*places), words)) if places else (() for _ in words)


def by_words(rows: Iterable[Row]) -> list[list[Row]]:
    """Lots of rows of equal words, in the order of the first that have them."""
    same: dict[int, list[Row]] = defaultdict(list)  # most rows of equal words share one tuple
    for row in rows:
        same[id(row.words)].append(row)
    equal: dict[tuple[Any, ...], list[Row]] = {}
    for lot in same.values():
        before = equal.setdefault(lot[0].words, lot)
        if before is not lot:
            before += lot
    return list(equal.values())


def unlike(rows: Iterable[Row]) -> list[Row]:
    """One row of each set of words, in the order of the first that have them."""
    return [lot[0] for lot in by_words(rows)]


def climb_of(curve: Iterable[Sequence[float | None]]) -> tuple[Point, ...]:
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
