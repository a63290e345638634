"""Errors by position: where in a window, or in a sequence that is cut into windows, they are."""

from collections.abc import Sequence

from echoscope.settings import Json
from echoscope.stats.intervals import wilson

MOST = 100  # positions that are told apart: of more, neighbours count together

Row = tuple[int, int, int, int]  # position, lag, targets asked there, predicted correctly


def errors(rows: Sequence[Row], most: int = MOST) -> list[Json]:
    """The share of wrong targets at each position, of each lag, with its 95 % interval.

    >>> at = [(0, 1, 50, 50), (1, 1, 50, 40), (2, 1, 50, 30)]
    >>> [(point["position"], point["error"]) for point in errors(at)]
    [(0.0, 0.0), (1.0, 0.2), (2.0, 0.4)]
    >>> [(point["position"], point["error"]) for point in errors(at, 2)]
    [(0.5, 0.1), (2.0, 0.4)]

    Positions that count together stand at their middle.
    """
    places = sorted({position for position, *_ in rows})
    beside = max(1, -(-len(places) // most))
    part_of = {position: place // beside for place, position in enumerate(places)}
    parts: dict[tuple[int, int], list[int]] = {}
    for position, lag, asked, correct in rows:
        counts = parts.setdefault((lag, part_of[position]), [0, 0])
        counts[0] += asked
        counts[1] += correct
    return [
        _point(places[part * beside : (part + 1) * beside], lag, *counts)
        for (lag, part), counts in sorted(parts.items())
    ]


def _point(places: list[int], lag: int, asked: int, correct: int) -> Json:
    error = 1 - correct / asked
    low, high = wilson(error, asked)
    return {
        "position": (places[0] + places[-1]) / 2,
        "lag": lag,
        "asked": asked,
        "error": round(error, 4),
        "error_low": round(float(low), 4),
        "error_high": round(float(high), 4),
    }
