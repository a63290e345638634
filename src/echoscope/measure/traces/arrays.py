"""The door for plain arrays: what any layer, in any language, read and then held or answered.

    inputs [batch, time]            the symbols that were read, integers from 0
    states [batch, time, units]     what was held after each of them
    outputs [batch, time, symbols]  what was answered after each, as logits or log-probabilities

Either of the last two, or both; one sequence may leave out the axis of the batch. In a .npz they
have these names. Nothing is trained and nothing is run: see `measure.traces.scored`.
"""

import zipfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from echoscope.errors import SettingError, shown
from echoscope.measure.layer.options import BATCH_FIRST, LAYOUTS
from echoscope.measure.traces.checks import (
    check_logits,
    check_widths,
    numbers_of,
    symbols_of,
    vocabulary,
)
from echoscope.settings import choice, whole

NAMES = INPUTS, STATES, OUTPUTS = "inputs", "states", "outputs"


@dataclass(frozen=True)
class Traces:
    """What was read, held and answered, time first, as everywhere here."""

    inputs: Int[np.ndarray, "time batch"]
    states: Float[np.ndarray, "time batch units"] | None
    outputs: Float[np.ndarray, "time batch symbols"] | None
    vocab_size: int


def traces_of(
    inputs: ArrayLike,
    states: ArrayLike | None = None,
    outputs: ArrayLike | None = None,
    *,
    vocab_size: int | None = None,
    layout: str = BATCH_FIRST,
    offset: int = 0,
) -> Traces:
    """Arrays as they are scored. `layout` says which of the first two axes is the batch; states of
    more axes are laid flat, complex ones are two numbers each. `offset` says how many time steps
    later than its input a state (and an output) stands: 1 where states[:, t] is that before the
    input at t is read.

    >>> traces_of([[0, 1, 2, 1]], states=np.zeros((1, 4, 8))).states.shape
    (4, 1, 8)

    Raises `SettingError` or `IntegerError` for arrays that do not fit each other.
    """
    choice("layout", layout, LAYOUTS)
    symbols = symbols_of(np.asarray(inputs))
    alone = symbols.ndim == 1
    symbols = symbols[None] if alone else symbols
    if states is None and outputs is None:
        raise SettingError("traces need states or outputs beside inputs: give either, or both.")
    held = None if states is None else numbers_of(STATES, np.asarray(states), symbols, alone, True)
    answers = (
        None if outputs is None else numbers_of(OUTPUTS, np.asarray(outputs), symbols, alone, False)
    )
    if answers is not None:
        check_logits(answers)
        check_widths(answers.shape[-1], vocab_size, symbols)
        vocab_size = answers.shape[-1] if vocab_size is None else vocab_size
    size = vocabulary(symbols, vocab_size)
    if layout == BATCH_FIRST or alone:
        symbols = symbols.T
        held, answers = (x if x is None else x.swapaxes(0, 1) for x in (held, answers))
    return _aligned(Traces(symbols, held, answers, size), offset)


def read_traces(
    path: str | PathLike[str],
    *,
    vocab_size: int | None = None,
    layout: str = BATCH_FIRST,
    offset: int = 0,
) -> Traces:
    """The traces of a .npz with the arrays inputs, and states or outputs. Loading one never runs
    code.
    """
    name = Path(path).name
    try:
        with Path(path).open("rb") as raw, np.lib.npyio.NpzFile(raw, allow_pickle=False) as file:
            arrays = {part: file[part] for part in NAMES if part in file.files}
            known = list(file.files)
    except FileNotFoundError:
        raise SettingError(
            f"{name} is not there: name a .npz file with inputs and states."
        ) from None
    except (AttributeError, EOFError, OSError, ValueError, zipfile.BadZipFile):
        raise SettingError(
            f"{name} cannot be read as a .npz of arrays of numbers: write it with np.savez, its"
            " arrays named inputs, and states or outputs."
        ) from None
    if INPUTS not in arrays or len(arrays) == 1:
        there = ", ".join(map(shown, known)) or "nothing"
        raise SettingError(
            f"{name} must have the arrays inputs, and states or outputs, and has {there}: name them"
            " so in np.savez."
        )
    return traces_of(**arrays, vocab_size=vocab_size, layout=layout, offset=offset)


def _aligned(traces: Traces, offset: int) -> Traces:
    """Traces of which the states and outputs stand beside the last input that they have read."""
    time = len(traces.inputs)
    offset = whole("offset", offset, -(time - 1), time - 1)
    read = slice(max(0, -offset), time - max(0, offset))
    held = slice(max(0, offset), time - max(0, -offset))
    return Traces(
        traces.inputs[read],
        None if traces.states is None else traces.states[held],
        None if traces.outputs is None else traces.outputs[held],
        traces.vocab_size,
    )
