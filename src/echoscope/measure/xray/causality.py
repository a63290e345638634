"""Does an output depend on what comes later? By every cut."""

import numpy as np

from echoscope.errors import many
from echoscope.measure.results import Verdict
from echoscope.measure.xray.probe import EVERY_LIMIT, ROWS, STEPS, Probe, apart, in_size, largest

CAUSAL = "causal"


def causal(probe: Probe, isolated: bool) -> Verdict:
    """Everything from a cut on is changed: what was given before it must stay.

    Where rows are isolated each row has another cut, so that one call sees all of them.
    """
    leaks = _by_rows(probe) if isolated else _by_calls(probe)  # [cut, step], below the cut
    number = largest(leaks) / probe.size
    if number <= EVERY_LIMIT:
        exact = "exactly" if number == 0 else f"to {in_size(number)}"
        return Verdict(
            CAUSAL,
            True,
            number,
            EVERY_LIMIT,
            f"No output moves when all that comes later is changed, at each of {STEPS - 1} cuts"
            f" ({exact}).",
        )
    places = np.argwhere(leaks / probe.size > EVERY_LIMIT)
    ahead = int(max(cut + 1 - step for cut, step in places))
    cut = int(places[0][0]) + 1
    return Verdict(
        CAUSAL,
        False,
        number,
        EVERY_LIMIT,
        f"It looks ahead by up to {many(ahead, 'step')}: with all from step {cut} on changed,"
        f" outputs before it move by {in_size(number)} of their size; mask or shift what it reads,"
        " for its scores on sequences are too good.",
    )


def _by_rows(probe: Probe) -> np.ndarray:
    cuts = np.arange(1, STEPS)
    later = np.arange(STEPS)[:, None] >= cuts  # [time, row]
    changed = np.where(later[..., None], probe.others[:, :ROWS], probe.inputs)
    moved = apart(probe.outputs(changed), probe.whole.outputs).max(-1)
    return np.where(later, 0, moved).T


def _by_calls(probe: Probe) -> np.ndarray:
    leaks = np.zeros((STEPS - 1, STEPS))
    for cut in range(1, STEPS):
        changed = np.concatenate([probe.inputs[:cut], probe.others[cut:]])
        moved = apart(probe.outputs(changed), probe.whole.outputs).max((1, 2))
        leaks[cut - 1, :cut] = moved[:cut]
    return leaks
