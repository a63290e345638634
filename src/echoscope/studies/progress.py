"""How far a sweep has come."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

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


@dataclass
class Tally:
    """What a sweep of so many `cells` has done, `before` of them done when it began."""

    cells: int
    before: int
    done: int = field(init=False)
    trained: int = 0
    failed: int = 0
    diverged: int = 0
    best: Run | None = None
    began: float | None = None

    def __post_init__(self) -> None:
        self.done = self.before

    def add(self, run: Run) -> None:
        """Count a run that is kept."""
        self.done += 1
        self.trained += 1
        self.failed += run.outcome == "failed"
        self.diverged += run.outcome == "diverged"
        best = self.best and self.best.accuracy
        if run.accuracy is not None and (self.best is None or run.accuracy > (best or 0)):
            self.best = run

    def advance(self, runs: Sequence[Run], training: int, elsewhere: int) -> Advance:
        """How far it has come, with the runs that are new."""
        seconds, here = time.monotonic() - (self.began or 0.0), self.done - self.before
        return Advance(
            cells=self.cells,
            before=self.before,
            done=self.done,
            trained=self.trained,
            training=training,
            elsewhere=elsewhere,
            failed=self.failed,
            diverged=self.diverged,
            best=self.best,
            seconds=seconds,
            left=seconds / here * (self.cells - self.done) if here else None,
            runs=tuple(runs),
        )
