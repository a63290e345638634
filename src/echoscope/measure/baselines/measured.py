"""What was measured of the baselines, as it came with the package: `python bench/baselines.py`
measures it anew.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from echoscope.measure.results import MeasuredValue

FILE = Path(__file__).parent / "measured.json"
PARTS = LADDER, SHIFT, HOLD, RECALL = "bits", "shift", "hold", "recall"


@dataclass(frozen=True)
class Measured:
    """A baseline of so many units. `bits` is the ladder's sum over `trainings` seeds, the other
    three are spans; None where it was not measured. `details` has by part what is behind it:
    learning rates, trainings, and the 10 to 90 % range over seeds.
    """

    model: str
    units: int
    parameters: int
    state_size: int
    bits: MeasuredValue | None
    shift: MeasuredValue | None
    hold: MeasuredValue | None
    recall: MeasuredValue | None
    details: dict[str, Any]


@cache
def measured() -> tuple[Measured, ...]:
    """Every baseline of which something was measured, in the order of the file."""
    return tuple(map(_row, json.loads(FILE.read_text())["rows"]))


def settings() -> dict[str, Any]:
    """How all of them were measured: symbols, window, units, updates, batch size, versions."""
    return json.loads(FILE.read_text())["settings"]


def of(model: str) -> Measured | None:
    """What was measured of a baseline; None where nothing was."""
    return next((row for row in measured() if row.model == model), None)


def _row(row: dict[str, Any]) -> Measured:
    parts = {part: row[part] for part in PARTS if part in row}
    bits, shift, hold, recall = (_estimate(parts.get(part)) for part in PARTS)
    return Measured(
        model=row["model"],
        units=row["units"],
        parameters=row["parameters"],
        state_size=row["state_size"],
        bits=bits,
        shift=shift,
        hold=hold,
        recall=recall,
        details=parts,
    )


def _estimate(part: dict[str, Any] | None) -> MeasuredValue | None:
    if part is None:
        return None
    return MeasuredValue(part["value"], part["low"], part["high"], part["censored"])
