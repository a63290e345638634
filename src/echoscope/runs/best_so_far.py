"""The climb of a training curve: its points above all earlier ones, which is what judging needs of
it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

Point = tuple[int, int, float]  # step, step of the point before, score
Climb = Sequence[Point]


class WrittenClimb(Sequence[Point]):
    """A climb as JSON text, of which a point is read when it is asked for: judging asks for one or
    two.

    >>> WrittenClimb("[[40, 0, 0.1], [120, 80, 0.6]]").first(0.5)
    (120, 80, 0.6)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def first(self, wanted: float) -> Point | None:
        """The first point with the wanted score: scores rise, and it mostly lies near the end,
        where this begins.
        """
        text = self._text
        end = text.rfind(",")
        if end < 0 or float(text[end + 1 : -2]) < wanted:
            return None
        start = text.rfind("[", 0, end)
        while start > 1:  # the text of the point before ends three letters earlier
            comma = text.rfind(",", 0, start - 3)
            if float(text[comma + 1 : start - 3]) < wanted:
                break
            end, start = comma, text.rfind("[", 0, comma)
        return _point(text[start + 1 : text.index("]", end)])

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


def climb_of(curve: Iterable[Sequence[float | None]]) -> tuple[Point, ...]:
    """The points of a curve that lie above all before them, each with the step of the point before
    it.

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


def first(climb: Climb, wanted: float) -> Point | None:
    """The first point of a climb with the wanted score, None without one."""
    if isinstance(climb, WrittenClimb):
        return climb.first(wanted)
    return next((point for point in climb if point[2] >= wanted), None)
