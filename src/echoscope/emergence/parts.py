"""The parts of a frame's picture: what is in each, and how it looks.

What is in them is apart from how they look, by the name of each part's data, so that a film is
drawn from one specification.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float

from echoscope.emergence.frames import Frame
from echoscope.figures.style import COLOURS, GUIDES, STEPS, Channel, Chart, Values, share_axis
from echoscope.integers import GAP

LEFT, RIGHT = 372, 172  # a frame is 720 pixels wide with its axes
ROOM: Values = {"minExtent": 62, "maxExtent": 62}  # of names on the left: parts begin at one place
UNIT_HIGH, HIGHEST, LOWEST, MARKED = 8, 240, 120, 6
STRIP_HIGH, BARS_HIGH, CURVE_HIGH = 19, 150, 96
ABOVE = 1.08  # of the largest bar
MOST_HEADS = 3  # of which targets and predictions are shown
WRITTEN = 40  # time steps of which every symbol is written
NUMBER_WIDE = 8
FEW_SYMBOLS = 12  # that have a colour each
CROSS, WRONG = "M-1,-1L1,1M-1,1L1,-1", "black"
MIDDLE = "#f7f7f7"
BITS, LAG = "bits that a probe reads", "lag (steps back)"
UNITS, CELLS, LAGS, CEILING, STARTS = "units", "cells", "lags", "ceiling", "starts"
DECODER, SAYS = "decoder", "says"
POINTS, CHANCE = "points", "chance"
DASHED: Values = {"strokeDash": [5, 3], "color": GUIDES}

Data = dict[str, list[Values]]  # what is in each part, by its name


def data_of(frame: Frame, frames: Sequence[Frame]) -> Data:
    """What is in the picture of a frame."""
    return {
        UNITS: unit_values(frame.states),
        STARTS: [{"step": step} for step in range(frame.window, len(frame.inputs), frame.window)],
        SAYS: _says(frame),
        CELLS: [*_cells(frame)],
        LAGS: [
            {
                "lag": lag.lag,
                "bits": round(max(0.0, lag.bits.value), 3),
                "shuffled": round(max(0.0, lag.shuffled), 3),
                "asked": lag.lag in frame.asked_lags,
            }
            for lag in frame.probed
        ],
        DECODER: [
            {"lag": lag, "bits": round(bits, 3), "step": step, "text": str(step)}
            for step, lags in enumerate(frame.decoder_bits, 1)
            for lag, bits in lags.items()
        ],
        CEILING: [{"ceiling": frame.ceiling}],
        POINTS: [
            {"step": each.step, "accuracy": each.accuracy, "now": each.step == frame.step}
            for each in frames
            if each.accuracy is not None and each.step <= frame.step
        ],
        CHANCE: [{"accuracy": frame.chance}],
    }


def _says(frame: Frame) -> list[Values]:
    """Where a decoder begins to say."""
    reads = frame.window - frame.decoder_steps
    starts = range(reads, len(frame.inputs), frame.window) if frame.decoder_steps else ()
    return [{"step": step} for step in starts]


def unit_values(seen: Float[np.ndarray, "time units"]) -> list[Values]:
    """The cells of a heat map; what is no number has none."""
    return [
        {"step": step, "unit": unit, "value": round(float(seen[step, unit]), 3)}
        for step, unit in product(*map(range, seen.shape))
        if np.isfinite(seen[step, unit])
    ]


def _cells(frame: Frame) -> list[Values]:
    """The cells of `strips`. Of a network that has diverged nothing is predicted."""
    inputs = enumerate(frame.inputs.tolist())
    values = [_cell(step, "read", symbol) for step, symbol in inputs if symbol != GAP]
    for head, (target_row, predicted_row, error_row) in enumerate(_rows(frame)):
        for step in np.flatnonzero(frame.asked[head]).tolist():
            target, predicted = int(frame.targets[head, step]), int(frame.predictions[head, step])
            values.append(_cell(step, target_row, target))
            if frame.probed:
                values.append(_cell(step, predicted_row, predicted))
            if frame.probed and target != predicted:
                values.append(_cell(step, error_row, predicted, wrong=True))
    return values


def _cell(step: int, row: str, symbol: int, wrong: bool = False) -> Values:
    return {"step": step, "row": row, "symbol": symbol, "text": str(symbol), "wrong": wrong}


def _rows(frame: Frame) -> list[tuple[str, ...]]:
    """The names of the rows of each head: the same of a decoder's, which says one a time step."""
    names = "target", "predicted", "error"
    if len(frame.heads) == 1 or frame.decoder_steps:
        return [names] * len(frame.heads)
    return [tuple(f"{name} {number}" for name in names) for number in frame.heads[:MOST_HEADS]]


def heat(frame: Frame, reach: float, what: str) -> Chart:
    """A heat map of units against time."""
    import altair as alt

    units = frame.states.shape[1]
    marked = alt.Axis(**ROOM, values=list(range(0, units, -(-units // MARKED))))
    colour = alt.Color(
        "value:Q",
        scale=alt.Scale(domain=[-reach, 0, reach], range=[COLOURS[0], MIDDLE, COLOURS[1]]),
        legend=None,
    )
    cells = alt.Chart(alt.NamedData(UNITS)).mark_rect()
    layers = [cells.encode(_time(None), alt.Y("unit:O", title="unit", axis=marked), colour)]
    note = _note(
        f"{what} of every unit, over one sample that stays the same",
        f"blue -{reach:.3g}, white 0, orange {reach:.3g}",
    )
    high = min(max(UNIT_HIGH * units, LOWEST), HIGHEST)
    return alt.layer(*layers, *_borders(frame), title=note).properties(width=LEFT, height=high)


def strips(frame: Frame) -> Chart:
    """What was read, what was asked and what was predicted, a colour for each symbol, and a cross
    below each error.
    """
    import altair as alt

    names = ["read", *dict.fromkeys(name for rows in _rows(frame) for name in rows)]
    few = frame.vocab_size <= FEW_SYMBOLS
    symbols = list(range(frame.vocab_size)) if few else [0, frame.vocab_size - 1]
    scale = alt.Scale(domain=symbols, scheme="set3" if few else "turbo")
    colour = alt.Color("symbol:O" if few else "symbol:Q", scale=scale, legend=None)
    row_axis = alt.Axis(**ROOM, ticks=False, domain=False)
    row = alt.Y("row:N", title=None, sort=names, scale=alt.Scale(domain=names), axis=row_axis)
    base = alt.Chart(alt.NamedData(CELLS)).encode(_time("time step"), row)
    right, wrong = base.transform_filter("!datum.wrong"), base.transform_filter("datum.wrong")
    cells = right.mark_rect(opacity=1 if few else 0.6, stroke="white", strokeWidth=1)
    layers = [cells.encode(colour)]
    if len(frame.inputs) <= WRITTEN:
        layers.append(right.mark_text(fontSize=10, color="#222222").encode(text="text:N"))
    layers.append(wrong.mark_point(shape=CROSS, size=22, stroke=WRONG, strokeWidth=2, opacity=1))
    high = STRIP_HIGH * len(names)
    return alt.layer(*layers, *_borders(frame)).properties(width=LEFT, height=high)


def bars(frame: Frame, frames: Sequence[Frame]) -> Chart:
    """Bars of the bits of each lag, those that are asked in another colour; what the probe reads of
    shuffled symbols in black, all bits of a symbol as a dashed line, and the bits of a decoder's
    state by the number of its step.
    """
    import altair as alt

    every = [part for each in frames for part in (each.bits, *each.decoder_bits)]
    top = ABOVE * max(frame.ceiling, *(bits for part in every for bits in part.values()))
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("bits:Q", title=BITS, scale=scale, axis=alt.Axis(tickCount=4))
    colour = alt.condition("datum.asked", alt.value(COLOURS[1]), alt.value(COLOURS[0]))
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy")
    lag = alt.X("lag:O", title=LAG, axis=axis)
    base = alt.Chart(alt.NamedData(LAGS)).encode(lag)
    ceiling = alt.Chart(alt.NamedData(CEILING)).mark_rule(**DASHED)
    layers = [
        base.mark_bar().encode(y=y, color=colour),
        base.mark_tick(color="black", thickness=2).encode(alt.Y("shuffled:Q", title=BITS)),
        ceiling.encode(alt.Y("ceiling:Q", title=BITS)),
    ]
    notes = [f"dashed: the {frame.ceiling:.3g} bits of a symbol", "black: of shuffled symbols"]
    if frame.decoder_steps:
        layers += _numbers(lag, frame.decoder_steps)
        notes.append("numbers: of the decoder, after its step")
    note = _note(*notes)
    return alt.layer(*layers, title=note).properties(width=RIGHT, height=BARS_HIGH)


def _numbers(lag: Channel, steps: int) -> list[Chart]:
    """The numbers of a decoder's steps beside each other, where several are at one height."""
    import altair as alt

    base = alt.Chart(alt.NamedData(DECODER)).encode(lag, alt.Y("bits:Q", title=BITS), text="text:N")
    return [
        base.transform_filter(f"datum.step == {step}").mark_text(
            fontSize=10, fontWeight="bold", dx=NUMBER_WIDE * (step - (steps + 1) / 2)
        )
        for step in range(1, steps + 1)
    ]


def curve(frame: Frame, frames: Sequence[Frame]) -> Chart:
    """Accuracy against steps so far, and chance as a dashed line."""
    import altair as alt

    last = max(1, frame.step, *(each.step for each in frames))
    scale = alt.Scale(domain=[0, last], nice=False)
    # each in a unit of its own: one for all would write 0 as 0k
    axis = alt.Axis(tickCount=min(4, last), labelExpr="format(datum.value, '~s')")
    y = share_axis("accuracy", "accuracy")
    base = alt.Chart(alt.NamedData(POINTS)).encode(
        alt.X("step:Q", title=STEPS, scale=scale, axis=axis), y
    )
    now = base.transform_filter("datum.now")
    layers = [
        alt.Chart(alt.NamedData(CHANCE)).mark_rule(**DASHED).encode(y),
        base.mark_line(color=COLOURS[0], strokeWidth=2),
        now.mark_point(color=COLOURS[1], filled=True, size=60, opacity=1),
    ]
    return alt.layer(*layers).properties(width=RIGHT, height=CURVE_HIGH)


def _note(*lines: str) -> Any:
    """What a part of a picture says above it, small."""
    import altair as alt

    return alt.TitleParams(
        list(lines), anchor="start", fontSize=10, fontWeight="normal", color=GUIDES, offset=4
    )


def _time(title: str | None) -> Channel:
    """The time steps, said where there is a title."""
    import altair as alt

    shown: Mapping[str, Any] = {} if title else {"labels": False, "ticks": False}
    axis = alt.Axis(
        labelAngle=0, labelOverlap="greedy", labelSeparation=8, domain=bool(title), **shown
    )
    return alt.X("step:O", title=title, axis=axis)


def _borders(frame: Frame) -> list[Chart]:
    """A line where a window ends and the next one begins, a dashed one where a decoder begins."""
    import altair as alt

    x, lines = alt.X("step:O", bandPosition=0), []
    if len(frame.inputs) > frame.window:
        lines.append(alt.Chart(alt.NamedData(STARTS)).mark_rule(color="black", strokeWidth=1.5))
    if frame.decoder_steps:
        dashes: Values = {"strokeDash": [3, 2], "color": "black"}
        lines.append(alt.Chart(alt.NamedData(SAYS)).mark_rule(**dashes))
    return [line.encode(x) for line in lines]
