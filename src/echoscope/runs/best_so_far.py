"""The best so far of a learning curve: its points above all earlier ones, which is what
aggregation needs of it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

Point = tuple[int, int, float]  # step, step of the point before, accuracy


class BestSoFar:
    """Points of rising accuracy, held as the bytes that a store keeps.

    >>> curve = [(40, 0.9, 0.1), (80, 0.8, 0.1), (120, 0.5, 0.6)]
    >>> best = BestSoFar.of(curve)
    >>> len(best), best.first(0.5), best.first(0.9)
    (2, (120, 80, 0.6), None)
    """

    __slots__ = ("content",)

    def __init__(self, content: bytes = b"") -> None:
        """The bytes of accuracies, steps and steps before, as little-endian float64 [3, points]."""
        self.content = content

    @classmethod
    def of(cls, curve: Iterable[Sequence[float | None]]) -> "BestSoFar":
        """Of a curve's rows [step, loss, accuracy]."""
        points: list[tuple[float, float, float]] = []
        before = 0.0
        for step, _, accuracy in curve:
            top = points[-1][0] if points else -1.0
            if step is not None and accuracy is not None and accuracy > top:
                points.append((accuracy, step, before))
            before = step or 0.0
        return cls(np.array(points, "<f8").reshape(-1, 3).T.tobytes())

    def first(self, target_accuracy: float) -> Point | None:
        """The first point with the target accuracy, None without one."""
        accuracies, steps, before = np.frombuffer(self.content, "<f8").reshape(3, -1)
        place = int(np.searchsorted(accuracies, target_accuracy))
        if place == len(accuracies):
            return None
        return int(steps[place]), int(before[place]), float(accuracies[place])

    def __len__(self) -> int:
        return len(self.content) // 24

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BestSoFar) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"<{len(self)} points>"
