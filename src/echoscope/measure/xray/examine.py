"""All looks at a layer, one after the other."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from echoscope.errors import SettingError
from echoscope.measure.doors.open import USUAL, open_layer
from echoscope.measure.layer.base import Over, never
from echoscope.measure.layer.failures import failure, named_failures
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.results import LATE, Verdict, XRay
from echoscope.measure.xray import calls, causality, isolation, padding, steps
from echoscope.measure.xray.probe import Probe
from echoscope.measure.xray.reach import REACH, Reach, depends_beyond, reach, reach_of
from echoscope.measure.xray.state import Effective, buffered_lags, effective_size, state_size
from echoscope.settings import whole

NAMES = (
    calls.FINITE,
    causality.CAUSAL,
    isolation.ISOLATED,
    steps.STEP,
    steps.GRADIENTS,
    calls.DETERMINISTIC,
    calls.ALONE,
    calls.HEARS,
    calls.MODES,
    padding.LENGTHS,
    padding.PADDING,
    REACH,
)

STATE = "state"  # what `watch` is told of what is counted, and no look
T = TypeVar("T")
Watch = Callable[[str], None]


def unwatched(name: str) -> None:
    """Where nobody watches."""


def xray(
    layer: object,
    seed: int = 0,
    *,
    options: LayerOptions = USUAL,
    watch: Watch = unwatched,
    over: Over = never,
) -> XRay:
    """Look at a layer without training it: what it is not, what it carries, how far it feels.

    `layer` is one behind its door, or what `open_layer` opens with these options: a name such
    as `my_layer.py:MyCell` or `lstm`, a class, an instance. `watch` is told the name of each look
    before it is taken; once it is `over` no more are. Raises `SettingError` for a layer that cannot
    be run.

    >>> from echoscope.measure.calibration.known import delay_line
    >>> seen = xray(delay_line(5))
    >>> seen.faults, seen.state_size, seen.free_lags
    ((), 50, 5)
    """
    whole("seed", seed, 0, 2**31)
    opened = open_layer(layer, options)
    with named_failures(opened.identity.source, "where it is run"):
        begun = time.monotonic()
        watch(calls.FINITE)
        return _examined(Looking(Probe.of(opened, seed), watch, over), begun)


@dataclass
class Looking:
    """Looks at a probe, until it is over."""

    probe: Probe
    watch: Watch
    over: Over
    looks: dict[str, Verdict] = field(default_factory=dict)

    def tried(self, name: str, attempt: Callable[[], object]) -> object:
        """What it gives, or the error of somebody's code, which may be any; None if it is over."""
        if self.over():
            return None
        self.watch(name)
        try:
            return attempt()
        except SettingError:
            raise
        except (Exception, SystemExit) as error:
            return error

    def look(self, name: str, look: Callable[[Probe], Verdict]) -> bool:
        """Take it, or say in a sentence why not; whether all is well."""
        verdict = self.tried(name, lambda: self._seen(name, look))
        self.looks[name] = verdict if isinstance(verdict, Verdict) else _failed(name, verdict)
        return bool(self.looks[name].ok)

    def _seen(self, name: str, look: Callable[[Probe], Verdict]) -> Verdict:
        if self.probe.repeats or name in (calls.DETERMINISTIC, calls.HEARS):
            return look(self.probe)
        return calls.untold(name, calls.UNSURE)

    def by_itself(self, name: str, attempt: Callable[[], object], kind: type[T]) -> T | None:
        """What is no verdict, if it comes to an end."""
        result = self.tried(name, attempt)
        return result if isinstance(result, kind) else None


def _examined(looking: Looking, begun: float) -> XRay:
    probe = looking.probe
    _take(looking)
    felt = looking.tried(REACH, lambda: reach_of(probe.layer, probe.width, probe.seed))
    looks = looking.looks
    if isinstance(felt, Reach) and _hidden(looking, felt):
        felt = felt._replace(unfelt=True)
    looks[REACH] = reach(felt) if isinstance(felt, Reach) else _failed(REACH, felt)
    if looks[causality.CAUSAL].ok is False and looks[REACH].number:
        looks[REACH] = calls.untold(REACH, calls.AHEAD)
    effective = looking.by_itself(STATE, lambda: effective_size(probe), Effective)
    last = felt.last if isinstance(felt, Reach) and not felt.unfelt else None
    buffered = None
    if _in_pieces(looks) and last is None:
        buffered = looking.by_itself(STATE, lambda: buffered_lags(probe), int)
    return XRay(
        identity=probe.layer.identity,
        width=probe.width,
        parameters=sum(array.size for array in probe.weights.values()),
        state_size=state_size(probe),
        verdicts=tuple(looks[name] for name in NAMES),
        reach=tuple(enumerate(map(float, felt.relative))) if isinstance(felt, Reach) else (),
        effective_state_size=None if effective is None else float(effective.tolerance),
        free_lags=last if last is not None else buffered or 0,
        seconds=time.monotonic() - begun,
        entropy_state_size=None if effective is None else effective.entropy,
        most_state_size=None if effective is None else effective.most,
        finite_reach=last,
    )


def _hidden(looking: Looking, felt: Reach) -> bool:
    """Whether outputs depend on inputs from which no gradient comes."""
    last, probe = felt.last, looking.probe
    if last is None or not probe.repeats:
        return False
    return looking.tried(REACH, lambda: depends_beyond(probe.layer, probe.seed, last)) is True


def _take(looking: Looking) -> None:
    """All but the reach. What two calls on the same inputs disagree in cannot be compared."""
    looking.looks[calls.FINITE] = calls.finite(looking.probe)
    looking.look(calls.DETERMINISTIC, calls.deterministic)
    looking.look(calls.ALONE, calls.begins_anew)
    looking.look(calls.HEARS, calls.hears_inputs)
    isolated = looking.look(isolation.ISOLATED, isolation.isolated)
    looking.look(steps.STEP, steps.step_equals_whole)
    looking.look(steps.GRADIENTS, steps.gradients_equal_whole)
    looking.look(calls.MODES, calls.evaluation_mode)
    looking.look(padding.LENGTHS, padding.lengths)
    causal = looking.look(causality.CAUSAL, lambda probe: causality.causal(probe, isolated))
    looking.look(padding.PADDING, lambda probe: padding.padding(probe, causal))


def _failed(name: str, error: object) -> Verdict:
    if not isinstance(error, BaseException):
        return calls.untold(name, LATE)
    return Verdict(name, False, None, None, f"It fails where this is looked at ({failure(error)}).")


def _in_pieces(looks: dict[str, Verdict]) -> bool:
    """Whether it can be read step by step."""
    return looks[steps.STEP].ok is not None and looks[steps.STEP].number is not None
