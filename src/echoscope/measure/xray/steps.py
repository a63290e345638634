"""Is the whole what its pieces are, in outputs and in gradients?"""

import numpy as np

from echoscope.errors import listed
from echoscope.measure.layer.failures import failure
from echoscope.measure.results import Verdict
from echoscope.measure.xray.probe import (
    FIRST,
    GRADIENT_LIMIT,
    PIECES,
    STEP_LIMIT,
    STEPS,
    UNEVEN,
    Probe,
    apart,
    in_size,
    largest,
)

STEP, GRADIENTS = "step_equals_whole", "gradients_equal_whole"
NO_STATE = "It hands no state over, so it cannot be read in pieces; this is no fault."
NOTHING = 1e-4  # of the largest gradient: one that small is a sum that comes to 0, and rounding
PARTS = (1, 4, 2, STEPS - 7)  # of the read in pieces through which gradients go


def step_equals_whole(probe: Probe) -> Verdict:
    """In steps and in chunks of two, of four and of uneven sizes, with the state handed over."""
    if not probe.layer.hands_state:
        return Verdict(STEP, None, None, None, NO_STATE)
    offs: dict[str, float] = {}
    ways = {"steps" if size == 1 else f"chunks of {size}": size for size in PIECES}
    try:
        for name, size in ways.items():
            read = probe.by_steps if size == 1 else probe.in_pieces([size] * (STEPS // size))
            offs[name] = probe.off(read[0], probe.whole.outputs)
        uneven, _ = probe.in_pieces(_fitting(UNEVEN))
        offs["uneven chunks"] = probe.off(uneven, probe.whole.outputs)
    except Exception as error:
        return Verdict(
            STEP,
            False,
            None,
            STEP_LIMIT,
            f"It fails when it is read on from the state that it gave ({failure(error)}): see that"
            " it takes its own state, at any number of steps.",
        )
    number = max(offs.values())
    if number <= STEP_LIMIT:
        ways_said = f"Read in {listed(list(offs))}, with the state handed over, it gives what the"
        reason = f"{ways_said} whole gives (to {in_size(number)})."
        return Verdict(STEP, True, number, STEP_LIMIT, reason)
    wrong = [name for name, off in offs.items() if off > STEP_LIMIT]
    right = [name for name in offs if name not in wrong]
    agree = f" ({listed(right)} agree)" if right else ""
    return Verdict(
        STEP,
        False,
        number,
        STEP_LIMIT,
        f"Read in {listed(wrong)}, with the state handed over, it is off by {in_size(number)} of"
        f" the outputs' size{agree}: its state lacks something, or is taken in otherwise than it"
        " was given.",
    )


def _fitting(sizes: tuple[int, ...]) -> list[int]:
    """As many of these sizes, again and again, as make up what follows the first piece."""
    left, fitting = STEPS - FIRST, []
    while left:
        size = min(sizes[len(fitting) % len(sizes)], left)
        fitting.append(size if size in PIECES else 1)
        left -= fitting[-1]
    return fitting


def gradients_equal_whole(probe: Probe) -> Verdict:
    """The same for gradients to inputs and weights, through the states between the pieces."""
    if not probe.layer.hands_state:
        return Verdict(GRADIENTS, None, None, None, NO_STATE)
    parts = np.split(probe.inputs, np.cumsum(PARTS)[:-1])
    whole = probe.gradients
    pieces = probe.layer.gradients(probe.weights, parts, probe.cotangent)
    offs = {"the inputs": _off(pieces.inputs, whole.inputs)}
    least = NOTHING * max((largest(np.abs(part)) for part in whole.weights.values()), default=0.0)
    offs |= {n: _off(pieces.weights[n], part, least) for n, part in whole.weights.items()}
    name = max(offs, key=lambda key: offs[key])
    number = offs[name]
    if number <= GRADIENT_LIMIT:
        return Verdict(
            GRADIENTS,
            True,
            number,
            GRADIENT_LIMIT,
            "Gradients through pieces, with the state handed over, are those of the whole"
            f" (to {in_size(number)}).",
        )
    return Verdict(
        GRADIENTS,
        False,
        number,
        GRADIENT_LIMIT,
        f"Gradients to {name} through pieces are off by {in_size(number)} of their size: the state"
        " that is handed over is cut off from them, or is not all that there is.",
    )


def _off(pieces: np.ndarray, whole: np.ndarray, least: float = 0.0) -> float:
    """How far they are apart, in sizes of the larger, or the `least` size that counts; next to
    nothing is nothing.
    """
    size = max(largest(np.abs(whole)), largest(np.abs(pieces)), least)
    return largest(apart(pieces, whole)) / size if size > 1e-6 or np.isnan(size) else 0.0
