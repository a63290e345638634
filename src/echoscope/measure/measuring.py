"""A layer measured within a budget: X-ray, bits, three axes, precision, extrapolation, baselines.

What is known grows as a `MemoryReport`, and whoever drives it may stop at any moment: nothing that
has ended is lost.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from echoscope.errors import SettingError, listed
from echoscope.measure.baselines.beside import beside
from echoscope.measure.budget import Budget
from echoscope.measure.doors.open import USUAL as USUAL_OPTIONS
from echoscope.measure.doors.open import open_layer
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.network.extrapolation import extrapolation
from echoscope.measure.network.precision import precision
from echoscope.measure.results import Extrapolation, MemoryReport, Precision
from echoscope.measure.search.axes import all_three
from echoscope.measure.search.bits import BATCH_SIZE, USUAL, Ladder, certified, ladder
from echoscope.measure.search.driving import drive
from echoscope.measure.search.frozen import frozen, is_ladder
from echoscope.measure.search.span import Search
from echoscope.measure.search.trials import GRACE, Trials
from echoscope.measure.xray.examine import Watch, unwatched, xray
from echoscope.process.leaving import aside
from echoscope.progress_bar import showing
from echoscope.training.results import Outcome

MOST_LAGS = 96  # that a ladder asks at once
Known = tuple[MemoryReport, str]  # and what is being done next


@dataclass
class Measurement:
    """Iterate for what is known so far and what is being done next; `stop` ends it soon.

    `begun` is the `time.monotonic` from which the budget counts. `seed` is that of the first
    training. `with_baselines` says whether the two closest are trained beside it, and `watch` is
    told what the X-ray looks at.
    """

    layer: Layer
    budget: Budget = field(default_factory=Budget)
    vocab_size: int = 10
    seed: int = 0
    command: str = ""
    begun: float = field(default_factory=time.monotonic)
    with_baselines: bool = True
    watch: Watch = unwatched
    report: MemoryReport = field(init=False)
    _trials: list[Trials] = field(init=False, default_factory=list)
    _stopped: bool = False
    _unread: str = ""

    def stop(self) -> None:
        """End at the next slice of a training."""
        self._stopped = True
        for trials in self._trials:
            trials.stop()

    def __iter__(self) -> Iterator[Known]:
        self.report = self._looked_at()
        settings = Ladder(vocab_size=self.vocab_size, seed=self.seed)
        with Trials(self.layer) as trials:
            self._trials.append(trials)
            if self._stopped:
                trials.stop()
            yield self._now("asking many lags at once")
            settings = yield from self._bits(trials, settings)
            network = self._network(trials, settings)
            looked = aside(self._of_network, network) if network else None
            yield from self._axes(trials)
            if looked:
                yield self._now("reading a trained network")
                with suppress(TimeoutError):
                    left = max(0.0, trials.deadline - time.monotonic()) + GRACE
                    further, fine = looked.result(GRACE if self._stopped else left)
                    self.report = replace(self.report, precision=fine, extrapolation=further)
        if self.with_baselines and not self._stopped:
            yield from self._baselines(settings)
        yield self._now("done")

    def _looked_at(self) -> MemoryReport:
        return MemoryReport(
            xray=xray(self.layer, self.seed, watch=self.watch, over=self._xray_over),
            bits=None,
            shift=None,
            hold=None,
            recall=None,
            precision=None,
            extrapolation=None,
            baselines=(),
            unsettled=(),
            budget=self.budget.seconds,
            vocab_size=self.vocab_size,
            seconds=0.0,
            command=self.command,
            settings=(
                ("batch size", str(BATCH_SIZE)),
                ("most steps of a training", f"{USUAL.steps:,}"),
                ("optimizer", "Adam, at rates chosen on other seeds"),
                ("first seed", str(self.seed)),
            ),
        )

    def _xray_over(self) -> bool:
        return self._stopped or time.monotonic() > self.begun + self.budget.at("xray")

    def _now(self, doing: str) -> Known:
        seconds = time.monotonic() - self.begun
        self.report = replace(self.report, seconds=seconds)
        self.report = replace(self.report, unsettled=tuple(self._unsettled()))
        return self.report, doing

    def _bits(self, trials: Trials, settings: Ladder) -> Iterator[Known]:
        """The ladder, of twice as many lags where it fills all that are asked, the best single lag,
        and what a probe finds. Gives the ladder's settings.
        """
        deadline = self._axes_end  # the first training may take what the axes would have had
        while True:
            trials.until(deadline)
            full = False
            for bits in ladder(trials, settings, trainings=self.budget.trainings):
                deadline = trials.deadline = self.begun + self.budget.at("bits")
                self.report = replace(self.report, bits=bits)
                yield self._now("asking many lags at once")
                full = bits.ladder.censored and 2 * settings.lags <= MOST_LAGS
                if full and not trials.over:
                    break
            if not full or trials.over:
                break
            settings = replace(settings, lags=2 * settings.lags)
        latest = self.report.bits
        if latest and not trials.over:
            for bits in certified(trials, latest, settings, self.budget.certified):
                latest = bits
                self.report = replace(self.report, bits=bits)
                yield self._now("asking one lag")
            bits = frozen(trials, latest, settings, self.budget.probed)
            self.report = replace(self.report, bits=bits)
            yield self._now("searching how far it reaches")
        return settings

    @property
    def _axes_end(self) -> float:
        return self.begun + self.budget.at("axes", self.with_baselines)

    def _network(self, trials: Trials, settings: Ladder) -> Outcome | None:
        """The ladder's first network, to be read further."""
        ladders = (ended.outcome for ended in trials.scored if is_ladder(ended, settings))
        return None if self._stopped else next(ladders, None)

    def _of_network(self, outcome: Outcome) -> tuple[Extrapolation | None, Precision | None]:
        try:
            further = extrapolation(self.layer, outcome)
            return further, precision(self.layer, outcome, seconds=self.budget.at("drift"))
        except SettingError as error:
            self._unread = str(error)
            return None, None

    def _axes(self, trials: Trials) -> Iterator[Known]:
        """Shift, hold and recall, searched side by side."""
        trials.until(self._axes_end)
        kinds = all_three(self.vocab_size, self.report.bits)
        searches = [Search(kind, most=self.budget.searched, seed=self.seed) for kind in kinds]
        for search, axis in drive(trials, searches):
            if axis.trials:
                self.report = replace(self.report, **{search.kind.name: axis})
            yield self._now("searching how far it reaches")

    def _baselines(self, settings: Ladder) -> Iterator[Known]:
        """The two closest, trained as the layer was."""
        deadline = self.begun + self.budget.at("all")
        for rows in beside(self.report, settings, self.budget, deadline, self._trials):
            self.report = replace(self.report, baselines=rows)
            yield self._now("training what stands beside it")

    def _unsettled(self) -> Iterator[str]:
        """What is not settled, in sentences."""
        report = self.report
        if report.xray.late:
            yield f"X-ray: {listed(report.xray.late)} not looked at in the time there was."
        ended = f"before it was ended after {report.seconds:.0f} s."
        limit = f"within {self.budget.seconds:g} s; use a longer budget."
        why = ended if self._stopped else limit
        for name in ("bits", "shift", "hold", "recall"):
            part = getattr(report, name)
            if part is None:
                yield f"{name}: not measured {why}"
            else:
                yield from (f"{name}: {remark}." for remark in part.remarks)
        if not self.layer.hands_state:
            yield "precision: the layer hands no state over, so none can be rounded."
        elif self._unread:
            yield f"precision: {self._unread}"
        elif report.precision is None:
            yield f"precision: not measured {why}"


def measure_layer(
    layer: object,
    budget: str | float = "1m",
    *,
    vocab_size: int = 10,
    seed: int = 0,
    options: LayerOptions = USUAL_OPTIONS,
    baselines: bool = True,
    progress: bool = True,
) -> MemoryReport:
    """What a layer remembers, measured within a budget such as `30s`, `1m` or `10m`.

    `layer` is whatever `open_layer` opens: a name such as `my_layer.py:MyCell`, a class, an
    instance. `vocab_size` is how many different integers are to be held, `seed` that of the first
    training; `baselines` says whether the two closest are trained beside it. An interrupt ends it,
    and what is known is the report. What is being done is shown on a terminal and in a notebook,
    unless `progress` is False.

    Raises `SettingError` for a budget or a layer that cannot be.

    >>> report = measure_layer("lstm", "10s", options=LayerOptions(units=4), baselines=False)
    >>> report.xray.state_size, report.xray.faults
    (8, ())
    """
    limit, begun = Budget.of(budget), time.monotonic()
    opened = open_layer(layer, options, vocab_size)
    measurement = Measurement(
        opened, limit, vocab_size, seed, begun=begun, with_baselines=baselines
    )
    try:
        with showing("looking at the layer", progress) as show:
            for _, doing in measurement:
                show(description=doing)
    except KeyboardInterrupt:
        measurement.stop()
        if not hasattr(measurement, "report"):
            raise
    return measurement.report
