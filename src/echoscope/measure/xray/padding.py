"""Rows of unlike lengths, and what stands behind their ends."""

import numpy as np

from echoscope.measure.layer.base import State
from echoscope.measure.results import Verdict
from echoscope.measure.xray.calls import AHEAD, untold
from echoscope.measure.xray.probe import (
    EVERY_LIMIT,
    ROWS,
    STEP_LIMIT,
    STEPS,
    Probe,
    apart,
    in_size,
    largest,
)

LENGTHS, PADDING = "lengths", "padding"
LONG = np.arange(ROWS) % STEPS  # from 0 on: each row another length
THERE = np.arange(STEPS)[:, None] < LONG  # [time, row]: what is no padding


def lengths(probe: Probe) -> Verdict:
    """Mixed lengths: outputs within a row are those of the whole, and it goes on from its own end,
    a row of length 0 from the initial state.
    """
    if not probe.layer.takes_lengths:
        reason = "It cannot be told how long rows are; this is no fault."
        return Verdict(LENGTHS, None, None, None, reason)
    outputs, state = probe.layer.run(probe.weights, probe.inputs, lengths=LONG.tolist())
    moved = np.where(THERE, apart(outputs, probe.whole.outputs).max(-1), 0)
    within = largest(moved) / probe.size
    ends = _ends(probe, state) if probe.layer.hands_state else np.zeros(ROWS)
    empty, full = float(ends[0]), float(ends[1:].max())
    number = max(within, empty, full)
    faults = {
        f"outputs within a row move by {in_size(within)}": within,
        f"a row goes on from another state than that of its end ({in_size(full)} off)": full,
        "a row of length 0 goes on from another state than the initial one"
        f" ({in_size(empty)} off)": empty,
    }
    wrong = [fault for fault, off in faults.items() if off > STEP_LIMIT]
    if not wrong:
        reason = "Rows of all lengths, of 0 too, are read to their ends and no further."
        return Verdict(LENGTHS, True, number, STEP_LIMIT, reason)
    return Verdict(
        LENGTHS,
        False,
        number,
        STEP_LIMIT,
        f"With lengths of 0 to {STEPS - 2} in one batch, {' and '.join(wrong)}: take the state at"
        " each row's own length.",
    )


def _ends(probe: Probe, state: State) -> np.ndarray:
    """How far each row's next output, from the state of its end, is from that of the whole."""
    following = probe.inputs[LONG, np.arange(ROWS)][None]
    wanted = probe.whole.outputs[LONG, np.arange(ROWS)]
    read = probe.layer.run(probe.weights, following, state).outputs[0]
    return apart(read, wanted).max(-1) / probe.size


def padding(probe: Probe, is_causal: bool) -> Verdict:
    """Padding that is no number leaves real positions alone."""
    filled = np.where(THERE[..., None], probe.inputs, np.float32(np.nan))
    if not is_causal:
        return untold(PADDING, AHEAD)
    if probe.layer.takes_lengths:
        outputs = probe.layer.run(probe.weights, filled, lengths=LONG.tolist()).outputs
    else:
        outputs = probe.outputs(filled)
    moved = np.where(THERE, apart(outputs, probe.whole.outputs).max(-1), 0)
    number = largest(moved) / probe.size
    if number <= EVERY_LIMIT:
        reason = "Padding of NaN behind a row leaves its real positions alone."
        return Verdict(PADDING, True, number, EVERY_LIMIT, reason)
    if not probe.layer.takes_lengths:
        return Verdict(
            PADDING,
            None,
            number,
            EVERY_LIMIT,
            "It takes no lengths, and padding of NaN reaches what stands before it (as 0 x NaN"
            " does): pad with numbers, which leave it alone.",
        )
    return Verdict(
        PADDING,
        False,
        number,
        EVERY_LIMIT,
        f"Padding of NaN moves real positions by {in_size(number)} of the outputs' size though"
        " lengths are given: choose by where(), as 0 x NaN is NaN.",
    )
