"""Which baselines stand beside a layer: of as many parameters, and of as large a state."""

from collections.abc import Callable
from math import log
from typing import NamedTuple

from echoscope.measure.baselines.models import (
    BLOCKS,
    CELLS,
    CONVOLVED,
    MIXERS,
    SYMBOLS,
    WINDOW,
    size,
)

# Those that differ in what they are, not in how they begin; lstm first, as all know it.
KINDS = (*CELLS[:3], *(name + form for name in MIXERS for form in (BLOCKS, CONVOLVED)))
KNOWN = ("lstm", "gru")
NARROWEST = 8  # units
MATCHED = PARAMETERS, STATE = "parameters", "state"
MOST_UNITS = 4096


class Matched(NamedTuple):
    """A baseline made as large as a layer: `matched` says in what, `units` how wide it then is."""

    model: str
    matched: str
    units: int
    parameters: int
    state_size: int


def closest(
    parameters: int,
    state_size: int | None,
    symbols: int = SYMBOLS,
    window: int = WINDOW,
    without: str = "",
) -> tuple[Matched, Matched]:
    """The two baselines that stand beside a layer: an LSTM of as many parameters, which all know;
    and of the others with as large a state the one whose parameters come nearest. Of a layer that
    hands no state over both are matched in parameters. `without` names a baseline that the layer
    itself is: then a GRU stands in for an LSTM.

    >>> [(row.model, row.units, row.parameters, row.state_size) for row in closest(5504, 64)]
    [('lstm', 32, 5504, 64), ('lru-blocks', 16, 5664, 64)]
    """
    known = next(name for name in KNOWN if name != without)
    first = _matched(known, PARAMETERS, parameters, symbols, window)
    rest = tuple(name for name in KINDS if name not in (without, known))
    if state_size is None:
        return first, _nearest(rest, PARAMETERS, parameters, None, symbols, window)
    return first, _nearest(rest, STATE, state_size, parameters, symbols, window)


def _matched(name: str, matched: str, wanted: int, symbols: int, window: int) -> Matched:
    """A baseline made as large in one number."""
    place = MATCHED.index(matched)
    units = units_for(lambda units: size(name, units, symbols, window)[place], wanted)
    return Matched(name, matched, units, *size(name, units, symbols, window))


def _nearest(
    names: tuple[str, ...], matched: str, wanted: int, other: int | None, symbols: int, window: int
) -> Matched:
    """Of the baselines matched in one number the nearest in the other, among those that are not
    made too narrow to learn; where there is no other, the nearest in the first one.
    """
    place = MATCHED.index(matched)

    def distance(row: Matched) -> float:
        numbers = row.parameters, row.state_size
        missed = _ratio(numbers[place], wanted)
        return missed if other is None else _ratio(numbers[1 - place], other) + missed

    rows = [_matched(name, matched, wanted, symbols, window) for name in names]
    return min([row for row in rows if row.units >= NARROWEST] or rows, key=distance)


def _ratio(first: int, second: int) -> float:
    """By how much two sizes differ, as a logarithm."""
    return abs(log(max(first, 1) / max(second, 1)))


def units_for(size_at: Callable[[int], int], wanted: int) -> int:
    """How many units bring a size that grows with them nearest to the wanted one.

    >>> units_for(lambda units: units * units, 1000)
    32
    """
    low, high = 1, 1
    while size_at(2 * high) < wanted and high < MOST_UNITS:
        high *= 2
    low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size_at(middle) < wanted else (low, middle)
    return min((low, high), key=lambda units: _ratio(size_at(units), wanted))
