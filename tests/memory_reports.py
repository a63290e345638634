"""Memory reports made by hand, for what is made of one."""

from echoscope.measure.layer.identity import Identity
from echoscope.measure.results import (
    Axis,
    BaselineRow,
    Bits,
    Extrapolation,
    LagBits,
    MeasuredValue,
    MemoryReport,
    Precision,
    Trial,
    Verdict,
    XRay,
)

IDENTITY = Identity("my_layer.py:MyCell", "MyCell", "flax 0.12.8", "Flax NNX cell", (), "0123abcd")
VERDICTS = tuple(
    Verdict(name, True, 0.0, 1e-5, f"{name} holds.")
    for name in ("causal", "isolated", "step_equals_whole", "deterministic")
)
XRAYED = XRay(IDENTITY, 32, 1408, 64, VERDICTS, ((0, 1.0), (1, 0.5), (2, 0.25)), 31.0, 0, 2.5)


def axis(name: str, value: float, chance: float = 0.1) -> Axis:
    """An axis with two trainings, one of them solved."""
    trials = (
        Trial(int(value), True, 0.97, 0.01, 11, 1200),
        Trial(int(2 * value), False, 0.31, 0.01, 12, 2000),
    )
    span = MeasuredValue(value, value - 1, value + 1)
    return Axis(name, span, (value - 2, value + 2), chance, 0.95, 128, trials)


def report(**changes: object) -> MemoryReport:
    """A report with everything in it."""
    lags = tuple(LagBits(lag, MeasuredValue(2.0, 1.9, 2.1), 0.8) for lag in range(1, 13))
    bits = Bits(
        MeasuredValue(21.0, 20.1, 21.9),
        7,
        MeasuredValue(24.13, 23.6, 24.4),
        39.86,
        lags,
        MeasuredValue(10.0, 9.0, 11.0),
        MeasuredValue(30.0, 29.0, 31.0),
        MeasuredValue(0.1, 0.0, 0.2),
        6,
    )
    beyond = Extrapolation(24, 5, 0.1, ((24, 0.99, 0.98), (192, 0.5, 0.7)))
    precision = Precision(5, 0.99, 0.1, ((1, 0.2), (4, 0.9)), ((0.1, 0.6),), 3, ((1000, 0.9),))
    row = BaselineRow(
        "lstm", "parameters", 17, 1400, 34, MeasuredValue(20.0, 19.0, 21.0), None, None, None
    )
    usual = {
        "xray": XRAYED,
        "bits": bits,
        "shift": axis("shift", 7),
        "hold": axis("hold", 31),
        "recall": axis("recall", 6, 0.125),
        "precision": precision,
        "extrapolation": beyond,
        "baselines": (row,),
        "unsettled": ("The span of hold is at least 24 steps.",),
        "budget": 60.0,
        "vocab_size": 10,
        "seconds": 58.2,
        "command": "echoscope measure my_layer.py:MyCell",
        "settings": (("batch size", "32"),),
    }
    return MemoryReport(**(usual | changes))
