"""The span: how hard a task half of all trainings solve, by an adaptive search.

Each trial is one training with a fresh seed. Rates are chosen by trainings on other seeds, anew
where the search has moved on by more than a factor of `MOVED`. Of trials under way the likelier end
is taken, so that two workers never wait for one another. A trial is only begun where it can end in
time even if it fails: else those that fail would be the ones that are cut off.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from echoscope.errors import many
from echoscope.measure.results import Axis, MeasuredValue, Trial
from echoscope.measure.search.axes import STEPS, TARGET, Kind
from echoscope.measure.search.posterior import Posterior, non_monotone
from echoscope.measure.search.trials import Job, Trained

PILOTS = 20_000  # the first seed on which rates are compared
MOVED, UNSURE = 2.5, 1.5  # of rates that were told apart, and of those that all solved it
CLEARLY = 0.9  # of another rate's loss: less than chance makes it
COMPARED = 3  # times that rates are compared, at most
SLOWEST = 1.3  # times the seconds that a training has taken: how long the next may take
AFFORDS = 2.0  # times a training's seconds that must be left for rates to be compared
COMPILING = 3.0  # seconds, where no program has been compiled yet
SOONER = 0.6  # of a training's seconds, that one which solves its task does not take
BESIDE = 1.0  # seconds: what a trial costs whatever it trains, so that none is nearly free
FEW = 6  # trials: with fewer an interval mostly says what was thought before
Curve = dict[int, list[bool]]


@dataclass(frozen=True)
class Asked:
    """What a job is: a comparison of rates (a pilot), or a trial."""

    search: "Search"
    difficulty: int
    rate: float
    pilot: bool


@dataclass(eq=False)
class Search:
    """One axis being searched: `next` proposes a job, `record` takes what became of it, `axis` says
    what is known.
    """

    kind: Kind
    longest: int | None = None  # None: as far as the axis goes
    most: int = 40  # trials
    rates: tuple[float, ...] = ()  # none: those of the axis
    seed: int = 0
    steps: int = STEPS
    pace: dict[int, float] = field(default_factory=dict)  # seconds an update, by window
    usual: dict[int, float] = field(default_factory=dict)  # of other tasks, till its own is known
    trials: list[Trial] = field(default_factory=list)
    _pilots: dict[int, list[Trained]] = field(default_factory=dict)
    _chosen: dict[int, float] = field(default_factory=dict)
    _decided: set[int] = field(default_factory=set)
    _compared: int = 0
    _waiting: list[Job] = field(default_factory=list)
    _under_way: list[Asked] = field(default_factory=list)
    _begun: int = 0
    _spent: float = 0.0
    _late: bool = False
    _uncompared: bool = False

    def __post_init__(self) -> None:
        self.longest = min(self.longest or self.kind.hardest, self.kind.hardest)
        self.rates = self.rates or self.kind.rates
        self.prior = Posterior.before(self.longest, self.kind.guess)
        spaced = np.geomspace(1, self.longest, 80)
        self.difficulties = np.unique(np.round(spaced).astype(int))

    @property
    def posterior(self) -> Posterior:
        """What all trials say."""
        result = self.prior
        for trial in self.trials:
            result = result.after(trial.difficulty, trial.solved)
        return result

    @property
    def settled(self) -> bool:
        """Whether more trials would hardly tell anything: the interval is one step wide."""
        low, high = _ends(self.posterior)
        return len(self.trials) >= FEW and high - low <= 1

    @property
    def width(self) -> float:
        """The logarithm of the interval's upper over its lower end."""
        low, high = self.posterior.interval
        return math.log(high / low)

    @property
    def spent(self) -> float:
        """Seconds that it has had, and will have had with what is under way."""
        return self._spent + sum(self._seconds(asked.difficulty) for asked in self._under_way)

    def next(self, left: float = np.inf) -> Job | None:
        """A job that can end within so many seconds; None where nothing is to be done now."""
        if self._waiting:
            return self._begin(self._waiting.pop(0))
        if any(asked.pilot for asked in self._under_way):
            return None
        if self._begun >= self.most or self.settled:
            return None
        begins = None if self._begun else self.kind.first
        difficulty = self._best(left) if begins is None else min(begins, self.longest or begins)
        if difficulty is None:
            self._late = True
            return None
        if len(self.rates) > 1 and not self._near(difficulty):
            if not (self.pace or self.usual) or AFFORDS * self._seconds(difficulty) <= left:
                self._compare(difficulty)
                return self._begin(self._waiting.pop(0))
            self._uncompared = True
        self._begun += 1
        return self._begin(self._job(difficulty, self._rate(difficulty), self._begun - 1))

    def record(self, ended: Trained) -> None:
        """Take what became of a job; of one that was stopped, nothing."""
        asked = ended.job.label
        assert isinstance(asked, Asked)
        self._under_way.remove(asked)
        window = ended.job.experiment.task.time_steps
        self._spent += ended.seconds + ended.compiling
        if ended.steps:
            self.pace[window] = max(self.pace.get(window, 0.0), ended.seconds / ended.steps)
        if asked.pilot:
            self._pilots[asked.difficulty].append(ended)
            if not any(other.pilot for other in self._under_way) and not self._waiting:
                self._choose(asked.difficulty)
        elif ended.finished:
            self.trials.append(
                Trial(
                    asked.difficulty,
                    ended.solved,
                    ended.accuracy,
                    asked.rate,
                    ended.job.experiment.seed,
                    ended.steps,
                )
            )

    def axis(self) -> Axis:
        """What is known."""
        posterior, tried = self.posterior, [trial.difficulty for trial in self.trials]
        longest = max(tried, default=0)
        low, high = _ends(posterior)
        value = math.floor(posterior.median)
        censored = value >= longest or high > (self.longest or 0)
        span = (
            MeasuredValue(float(min(value, longest)), float(min(low, longest)), None, True)
            if censored
            else MeasuredValue(float(value), float(low), float(high))
        )
        first, last = posterior.spread
        spread = float(math.floor(first)), float(math.ceil(last))
        return Axis(
            self.kind.name,
            span,
            spread,
            self.kind.chance,
            TARGET,
            longest,
            tuple(self.trials),
            tuple(sorted(self._chosen.items())),
            tuple(self._remarks(span, longest)),
        )

    def _remarks(self, span: MeasuredValue, longest: int) -> Iterator[str]:
        unit = self.kind.unit
        yield from self.kind.remarks
        if not self.trials:
            yield "no training ended in time"
            return
        if len(self.trials) < FEW:
            ended = many(len(self.trials), "training")
            yield f"{ended} tell little, so the interval leans on what is usual"
        if span.censored:
            yield f"nothing harder than {longest} {unit} was tried, so the span may be more"
        if self._uncompared:
            yield f"there was no time to compare rates, so {self.rates[0]:g} is the usual one"
        if self._late:
            yield "the time did not allow another training that could have told more"
        if odd := non_monotone(self.trials):
            easier, harder = odd
            yield (
                f"not monotone: {harder} {unit} and more were solved more often than {easier} and"
                " less, so no one number tells how far it reaches"
            )

    def _best(self, left: float) -> int | None:
        """The difficulty whose trial tells most for its seconds, among those that can end."""
        posterior = self.posterior
        for asked in self._under_way:
            likely = posterior.chance(asked.difficulty) >= 0.5
            posterior = posterior.after(asked.difficulty, likely)
        seconds = np.array([self._seconds(d) for d in self.difficulties])
        fits = SLOWEST * seconds <= left
        if not fits.any():
            return None
        allowed = self.difficulties[fits]
        worth = posterior.tells(allowed.tolist())
        failing = 1 - SOONER * (posterior.grid.solves(allowed.tolist()) @ posterior.shares)
        cost = np.sqrt(seconds[fits] * failing + BESIDE)
        return int(allowed[np.argmax(worth / cost)])

    def _seconds(self, difficulty: int) -> float:
        """What a training that fails takes, by what others took; a new program more."""
        window = self.kind.task(difficulty).time_steps
        known = self.pace or self.usual
        if not known:
            return window / 16  # only to weigh them against one another
        near = min(known, key=lambda other: abs(math.log(other / window)))
        pace = known[near] * window / near
        return pace * self.steps + (0.0 if window in self.pace else COMPILING)

    def _near(self, difficulty: int) -> bool:
        if self._compared >= COMPARED:
            return True
        return any(
            abs(math.log(difficulty / at)) <= math.log(MOVED if at in self._decided else UNSURE)
            for at in self._chosen
        )

    def _rate(self, difficulty: int) -> float:
        if not self._chosen:
            return self.rates[0]
        at = min(self._chosen, key=lambda known: abs(math.log(known / difficulty)))
        return self._chosen[at]

    def _compare(self, difficulty: int) -> None:
        """Line up a training for each rate, on a seed that no trial has."""
        self._compared += 1
        self._pilots[difficulty] = []
        for rate in self.rates:
            self._waiting.append(self._job(difficulty, rate, PILOTS + self._compared, True))

    def _choose(self, difficulty: int) -> None:
        """The first of the rates that solved the task, as the one that is soonest there is too
        large for a harder one. Where none did, the one that lost least, if it is clearly less than
        what was chosen before.
        """
        ended = [pilot for pilot in self._pilots[difficulty] if pilot.finished]
        solved = [_rate_of(pilot) for pilot in ended if pilot.solved]
        losses = {_rate_of(pilot): pilot.loss for pilot in ended if math.isfinite(pilot.loss)}
        chosen = before = self._rate(difficulty)
        if solved:
            chosen = next(rate for rate in self.rates if rate in solved)
        elif losses:
            least = min(losses, key=losses.__getitem__)
            chosen = least if losses[least] < CLEARLY * losses.get(before, math.inf) else before
        self._chosen[difficulty] = chosen
        if len(solved) < 2:
            self._decided.add(difficulty)

    def _job(self, difficulty: int, rate: float, seed: int, pilot: bool = False) -> Job:
        steps = self.steps // 2 if pilot else self.steps
        experiment = self.kind.experiment(difficulty, rate, self.seed + seed, steps)
        return Job(experiment, label=Asked(self, difficulty, rate, pilot))

    def _begin(self, job: Job) -> Job:
        assert isinstance(job.label, Asked)
        self._under_way.append(job.label)
        return job


def _rate_of(ended: Trained) -> float:
    return ended.job.experiment.training.learning_rate


def _ends(posterior: Posterior) -> tuple[int, int]:
    """The interval in whole steps, never narrower than one."""
    low, high = posterior.interval
    return math.floor(low), max(math.ceil(high), math.floor(low) + 1)
