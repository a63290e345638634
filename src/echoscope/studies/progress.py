"""How far a sweep has come."""

from dataclasses import dataclass

from echoscope.html_repr import HtmlRepr
from echoscope.runs.run import Run


@dataclass(frozen=True)
class Advance(HtmlRepr):
    """How far a sweep has come: `runs` are those kept since the last one.

    Of `cells`, `done` have a run, `before` of them from before this sweep and `trained` from
    this sweep itself; `training` are with a worker, and `elsewhere` with another process on the
    same study. `failed` and `diverged` count this sweep's. `best` is its best run so far,
    `seconds` how long it has been going, `left` how long it will (None while nothing is known).
    """

    cells: int
    before: int
    done: int
    trained: int
    training: int
    elsewhere: int
    failed: int
    diverged: int
    best: Run | None
    seconds: float
    left: float | None
    runs: tuple[Run, ...]

    def __repr__(self) -> str:
        return (
            f"<Advance: {self.done:,} of {self.cells:,} cells, {self.failed:,} failed,"
            f" {self.diverged:,} diverged>"
        )
