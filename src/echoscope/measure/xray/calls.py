"""Does a call give numbers, hear its inputs, repeat itself, and begin anew each time?"""

import numpy as np

from echoscope.measure.results import Verdict
from echoscope.measure.xray.probe import (
    EVERY_LIMIT,
    STEP_LIMIT,
    Probe,
    apart,
    in_size,
    largest,
)

FINITE, HEARS, DETERMINISTIC = "finite", "hears_inputs", "deterministic"
ALONE, MODES = "begins_anew", "evaluation_mode"
UNSURE = "Two calls on the same inputs differ, so this cannot be told."
AHEAD = "It looks ahead, so what it feels of the past alone cannot be told."


def untold(name: str, why: str) -> Verdict:
    """What could not be told."""
    return Verdict(name, None, None, None, why, unsure=True)


def finite(probe: Probe) -> Verdict:
    """Outputs that are numbers, on inputs of the size of 1."""
    outputs = probe.whole.outputs
    bad = int(np.sum(~np.isfinite(outputs)))
    if not bad:
        reason = f"All outputs are finite, the largest {in_size(probe.size)}."
        return Verdict(FINITE, True, 0.0, 0.0, reason)
    step = int(np.argwhere(~np.isfinite(outputs).all((1, 2)))[0][0])
    return Verdict(
        FINITE,
        False,
        bad / outputs.size,
        0.0,
        f"{bad:,} of {outputs.size:,} outputs are not finite, first at step {step}: look for a"
        " division, a logarithm or a growth without bound.",
    )


def hears_inputs(probe: Probe) -> Verdict:
    """Other inputs, other outputs."""
    number = probe.off(probe.outputs(probe.others), probe.whole.outputs)
    if number > EVERY_LIMIT:
        return Verdict(HEARS, True, number, None, "Other inputs give other outputs.")
    return Verdict(
        HEARS,
        False,
        number,
        None,
        "The outputs are the same whatever comes in: look for a weight that starts at zero, a"
        " saturated unit or an input that is not used.",
    )


def deterministic(probe: Probe) -> Verdict:
    """The same inputs twice, in evaluation; with the same seed twice, in training mode."""
    number, mode = probe.again, "in evaluation"
    if probe.repeats and probe.layer.has_modes:
        first, second = (_training(probe, 1) for _ in range(2))
        number, mode = probe.off(first, second), "in training mode with the same seed"
    if number <= EVERY_LIMIT:
        return Verdict(
            DETERMINISTIC, True, number, EVERY_LIMIT, "The same inputs give the same outputs."
        )
    return Verdict(
        DETERMINISTIC,
        False,
        number,
        EVERY_LIMIT,
        f"Two calls on the same inputs, {mode}, differ by {in_size(number)} of the outputs' size:"
        " look for noise or dropout that is left on, or a state that stays in the module.",
    )


def begins_anew(probe: Probe) -> Verdict:
    """A second call of one module begins where the first one began."""
    if not probe.repeats:
        return untold(ALONE, UNSURE)
    first, second = probe.layer.twice(probe.weights, probe.inputs)
    number = largest(apart(second, first)) / probe.size
    if number <= EVERY_LIMIT:
        reason = "A second call begins where the first began, not where it ended."
        return Verdict(ALONE, True, number, EVERY_LIMIT, reason)
    return Verdict(
        ALONE,
        False,
        number,
        EVERY_LIMIT,
        f"It keeps a state to itself: a second call on the same inputs is off by {in_size(number)}"
        " of the outputs' size; hand the state over, or clear it at the start of each call.",
    )


def evaluation_mode(probe: Probe) -> Verdict:
    """Training against evaluation: they may differ by what is random, and by nothing else."""
    if not probe.layer.has_modes:
        reason = "It has no training mode of its own; this is no fault."
        return Verdict(MODES, None, None, None, reason)
    first, second = _training(probe, 1), _training(probe, 2)
    random = probe.off(second, first)
    number = probe.off(first, probe.whole.outputs)
    if random > STEP_LIMIT:
        return Verdict(
            MODES,
            True,
            number,
            None,
            f"Training mode is random: two seeds differ by {in_size(random)} of the outputs' size,"
            f" training and evaluation by {in_size(number)}.",
        )
    if number <= STEP_LIMIT:
        return Verdict(
            MODES, True, number, STEP_LIMIT, "Training and evaluation give the same outputs."
        )
    return Verdict(
        MODES,
        False,
        number,
        STEP_LIMIT,
        f"Training and evaluation differ by {in_size(number)} of the outputs' size though nothing"
        " is random: what is scored is not what was trained; look for batch statistics, or another"
        " kernel in evaluation.",
    )


def _training(probe: Probe, seed: int) -> np.ndarray:
    return probe.layer.run(probe.weights, probe.inputs, training=seed).outputs
