"""An echo as it emerges, in pictures: one of each frame, and one of all of them."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from echoscope.emergence import parts
from echoscope.emergence.frames import Frame
from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.figures.style import (
    COLOURS,
    HEAT,
    STEPS,
    Chart,
    Values,
    share_axis,
    specification,
    title_and_looks,
)
from echoscope.tasks.echo import Echo

WIDE, CURVE_HIGH, LAG_HIGH, LEAST_HIGH = 560, 120, 18, 110  # of all frames in one
TITLE_SIZE = 15


def picture(frame: Frame, frames: Sequence[Frame] = (), name: str = "") -> Chart:
    """One frame: the state of every unit over the sample, what was read, asked and predicted there,
    the bits of every lag, and the accuracy so far. Its scales hold all `frames`; `name` says what
    is trained.
    """
    import altair as alt

    every = list(frames) or [frame]
    state = parts.heat(frame, reach_of([each.states for each in every]), "state")
    left = alt.vconcat(state, parts.strips(frame), spacing=6)
    right = alt.vconcat(parts.bars(frame, every), parts.curve(frame, every), spacing=14)
    chart = alt.hconcat(left.resolve_scale(color="independent"), right, spacing=18)
    chart = chart.resolve_scale(color="independent")
    title_and_looks(chart, headline(frame, name), [])
    chart.title.fontSize = TITLE_SIZE
    chart.datasets = parts.data_of(frame, every)
    return chart


def specifications(frames: Sequence[Frame], name: str = "") -> Iterator[Values]:
    """The Vega-Lite specifications of the pictures of all frames, of which the charts are made
    once.
    """
    first = specification(picture(frames[0], frames, name))
    for frame in frames:
        title = first["title"] | {"text": headline(frame, name)}
        yield first | {"title": title, "datasets": parts.data_of(frame, frames)}


def gate(frame: Frame, which: str) -> Chart:
    """A heat map of one of a layer's gates over the sample. Raises `SettingError` for another name
    than those of `frame.gates`.
    """
    if which not in frame.gates:
        known = ", ".join(frame.gates) or "none of this model"
        raise SettingError(f"There is no gate {which!r} to be seen: there are {known}.")
    chart = parts.heat(frame, reach_of([frame.gates[which]]), which)
    title_and_looks(chart, headline(frame), chart.title.text)
    known = parts.data_of(frame, [frame])
    chart.datasets = {
        parts.UNITS: parts.unit_values(frame.gates[which]),
        **{name: known[name] for name in (parts.STARTS, parts.SAYS)},
    }
    return chart


def reach_of(seen: Sequence[np.ndarray]) -> float:
    """The largest number among arrays, 1 where all are smaller."""
    return max([1.0, *(float(np.nanmax(np.abs(part), initial=0)) for part in seen)])


def headline(frame: Frame, name: str = "") -> str:
    """What a frame is, in a line."""
    begin = f"{name}: " if name else ""
    if frame.accuracy is None:
        return f"{begin}step {frame.step:,}, diverged"
    return f"{begin}step {frame.step:,}, accuracy {frame.accuracy:.1%} (chance {frame.chance:.1%})"


def name_of(experiment: Experiment) -> str:
    """What is trained, as a title says it.

    >>> name_of(preset("lag", units=24, lag=3))
    'Lag 3, lstm of 24 units'
    """
    task = experiment.task
    begin = f"Task {task.kind}"
    if isinstance(task, Echo):
        begin = f"Lag {', '.join(map(str, task.lag))}"
    return f"{begin}, {experiment.model} of {experiment.units} units"


def emergence(frames: Sequence[Frame], name: str = "") -> Chart:
    """All frames in one picture: the accuracy, and below it the bits of each lag, from frame to
    frame.
    """
    import altair as alt

    values: list[Values] = [
        {"step": frame.step, "lag": lag, "bits": round(bits, 3)}
        for frame in frames
        for lag, bits in frame.bits.items()
    ]
    steps, ceiling = [frame.step for frame in frames], frames[0].ceiling
    top, lags = max(ceiling, *(value["bits"] for value in values)), [*frames[0].bits][::-1]
    x = partial(alt.X, "step:O", sort=steps, scale=alt.Scale(domain=steps))
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=6)
    colour = alt.Color(
        "bits:Q",
        title="bits",
        scale=alt.Scale(scheme=HEAT, domain=[0, top]),
        legend=alt.Legend(gradientLength=100, tickCount=4),
    )
    cells = alt.Chart(alt.NamedData(parts.LAGS)).mark_rect()
    below = cells.encode(
        x(title=f"{STEPS}, frames closer together in the beginning", axis=axis),
        alt.Y("lag:O", title=parts.LAG, sort=lags),
        colour,
    ).properties(width=WIDE, height=max(LEAST_HIGH, LAG_HIGH * len(lags)))
    y = share_axis("accuracy", "accuracy")
    bare = x(title=None, axis=alt.Axis(labels=False, ticks=False))
    base = alt.Chart(alt.NamedData(parts.POINTS)).encode(bare, y)
    above = alt.layer(
        alt.Chart(alt.NamedData(parts.CHANCE)).mark_rule(**parts.DASHED).encode(y),
        base.mark_line(color=COLOURS[0], strokeWidth=2),
        base.mark_point(color=COLOURS[0], filled=True, size=35, opacity=1),
    ).properties(width=WIDE, height=CURVE_HIGH)
    chart = alt.vconcat(above, below, spacing=8)
    note = (
        f"Bits of the symbol so many steps before the last one that a linear probe reads of the"
        f" state; a symbol has {ceiling:.3g}. Dashed: chance"
    )
    title_and_looks(chart, headline(frames[-1], name), [note])
    known = parts.data_of(frames[-1], frames)
    chart.datasets = {parts.LAGS: values, **{n: known[n] for n in (parts.POINTS, parts.CHANCE)}}
    return chart
