"""Does a row of a batch hear another row?"""

import numpy as np

from echoscope.measure.results import Verdict
from echoscope.measure.xray.probe import EVERY_LIMIT, ROWS, STEPS, Probe, apart, in_size

ISOLATED = "isolated"


def isolated(probe: Probe) -> Verdict:
    """One row is changed, or a span of one row: all others must stay."""
    spans = (slice(None), slice(STEPS // 3, 2 * STEPS // 3), slice(STEPS - 1, None))
    worst, place = 0.0, (0, 0)
    for row in (0, ROWS // 2, ROWS - 1):
        for span in spans:
            changed = probe.inputs.copy()
            changed[span, row] = probe.others[span, row]
            moved = apart(probe.outputs(changed), probe.whole.outputs).max((0, 2)) / probe.size
            moved[row] = 0
            if moved.max() > worst:
                worst, place = float(moved.max()), (row, int(np.argmax(moved)))
    if worst <= EVERY_LIMIT:
        return Verdict(
            ISOLATED,
            True,
            worst,
            EVERY_LIMIT,
            "Changing a row, or a span of one, moves no other row.",
        )
    changed_row, moved_row = place
    return Verdict(
        ISOLATED,
        False,
        worst,
        EVERY_LIMIT,
        f"Rows leak: with row {changed_row} changed, row {moved_row} moves by {in_size(worst)} of"
        " the outputs' size; look for a mean, a norm or a reshape over the batch axis, or a batch"
        " that is read as time (say layout=time_first or layout=batch_first).",
    )
