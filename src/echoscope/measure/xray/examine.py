"""All looks at a layer, one after the other."""

import time
from collections.abc import Callable
from typing import cast

from echoscope.errors import SettingError
from echoscope.measure.doors.failures import failure, named_failures
from echoscope.measure.doors.layer import Layer
from echoscope.measure.doors.open import USUAL, open_layer
from echoscope.measure.doors.options import LayerOptions
from echoscope.measure.results import Verdict, XRay
from echoscope.measure.xray import calls, causality, isolation, padding, steps
from echoscope.measure.xray.probe import Probe
from echoscope.measure.xray.reach import REACH, Reach, reach, reach_of
from echoscope.measure.xray.state import Effective, buffered_lags, effective_size, state_size

NAMES = (
    causality.CAUSAL,
    isolation.ISOLATED,
    steps.STEP,
    steps.GRADIENTS,
    calls.DETERMINISTIC,
    calls.ALONE,
    calls.FINITE,
    calls.HEARS,
    calls.MODES,
    padding.LENGTHS,
    padding.PADDING,
    REACH,
)


def xray(layer: object, seed: int = 0, *, options: LayerOptions = USUAL) -> XRay:
    """Look at a layer without training it: what it is not, what it carries, how far it feels.

    `layer` is one behind its door, or what `doors.open_layer` opens with these options: a name such
    as `my_layer.py:MyCell` or `lstm`, a class, an instance. Raises `SettingError` for a layer that
    cannot be run.

    >>> from echoscope.measure.calibration.known import delay_line
    >>> seen = xray(delay_line(5))
    >>> seen.faults, seen.state_size, seen.free_lags
    ((), 50, 5)
    """
    if not hasattr(layer, "identity"):
        return xray(open_layer(layer, options), seed)
    opened = cast(Layer, layer)
    with named_failures(opened.identity.source, "where it is run"):
        return _examined(opened, seed)


def _examined(layer: Layer, seed: int) -> XRay:
    begun = time.monotonic()
    probe = Probe.of(layer, seed)
    looks = _looks(probe)
    felt = _tried(lambda: reach_of(layer, probe.width, seed))
    looks[REACH] = reach(felt) if isinstance(felt, Reach) else _failed(REACH, felt)
    size = _tried(lambda: effective_size(probe))
    effective = size if isinstance(size, Effective) else None
    last = felt.last if isinstance(felt, Reach) else None
    buffered = _tried(lambda: buffered_lags(probe)) if _in_pieces(looks) and last is None else 0
    return XRay(
        identity=layer.identity,
        width=probe.width,
        parameters=sum(array.size for array in probe.weights.values()),
        state_size=state_size(probe),
        verdicts=tuple(looks[name] for name in NAMES),
        reach=tuple(enumerate(map(float, felt.relative))) if isinstance(felt, Reach) else (),
        effective_state_size=None if effective is None else float(effective.tolerance),
        free_lags=last if last is not None else buffered if isinstance(buffered, int) else 0,
        seconds=time.monotonic() - begun,
        entropy_state_size=None if effective is None else effective.entropy,
        most_state_size=None if effective is None else effective.most,
        finite_reach=last,
    )


def _looks(probe: Probe) -> dict[str, Verdict]:
    """All but the reach. What two calls on the same inputs disagree in cannot be compared."""
    looks = {
        calls.FINITE: calls.finite(probe),
        calls.DETERMINISTIC: _look(calls.DETERMINISTIC, probe, calls.deterministic),
        calls.ALONE: _look(calls.ALONE, probe, calls.begins_anew),
    }
    known = {
        calls.HEARS: calls.hears_inputs,
        isolation.ISOLATED: isolation.isolated,
        steps.STEP: steps.step_equals_whole,
        steps.GRADIENTS: steps.gradients_equal_whole,
        calls.MODES: calls.evaluation_mode,
        padding.LENGTHS: padding.lengths,
    }
    for name, look in known.items():
        looks[name] = _look(name, probe, look)
    isolated = bool(looks[isolation.ISOLATED].ok)
    looks[causality.CAUSAL] = _look(
        causality.CAUSAL, probe, lambda probe: causality.causal(probe, isolated)
    )
    causal = bool(looks[causality.CAUSAL].ok)
    looks[padding.PADDING] = _look(
        padding.PADDING, probe, lambda probe: padding.padding(probe, causal)
    )
    return looks


def _look(name: str, probe: Probe, look: Callable[[Probe], Verdict]) -> Verdict:
    """A look, or the sentence on why it could not be taken."""
    if not probe.repeats and name not in (calls.DETERMINISTIC, calls.HEARS):
        return Verdict(name, None, None, None, calls.UNSURE)
    verdict = _tried(lambda: look(probe))
    return verdict if isinstance(verdict, Verdict) else _failed(name, verdict)


def _tried(attempt: Callable[[], object]) -> object:
    """What it gives, or the error of somebody's code, which may be any."""
    try:
        return attempt()
    except SettingError:
        raise
    except (Exception, SystemExit) as error:
        return error


def _failed(name: str, error: object) -> Verdict:
    why = failure(error) if isinstance(error, BaseException) else str(error)
    return Verdict(name, False, None, None, f"It fails where this is looked at ({why}).")


def _in_pieces(looks: dict[str, Verdict]) -> bool:
    """Whether it can be read step by step."""
    return looks[steps.STEP].ok is not None and looks[steps.STEP].number is not None
