"""The pictures of a memory report."""

from collections.abc import Sequence
from typing import Any

from echoscope.figures.style import COLOURS, HIGH, WIDE, Chart, share_axis, title_and_looks
from echoscope.measure.report.words import AXES, UNITS
from echoscope.measure.results import Bits, Extrapolation, MemoryReport, Precision

LOW = 130  # of a picture with three rows


def by_lag(bits: Bits, vocab_size: int) -> Chart:
    """Bits of each lag asked at once, with the most that a lag can give."""
    import altair as alt

    rows = [
        {
            "lag": row.lag,
            "bits": row.bits.value,
            "low": row.bits.low,
            "high": row.bits.value if row.bits.high is None else row.bits.high,
            "most": bits.ceiling / len(bits.lags),
        }
        for row in bits.lags
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("lag:O", title="lag (steps back)", axis=alt.Axis(labelAngle=0))
    )
    y = alt.Y("bits:Q", title="bits said at once")
    bars = base.mark_bar(color=COLOURS[0]).encode(y=y, tooltip=["lag:O", "bits:Q"])
    whiskers = base.mark_rule(color="black").encode(y=alt.Y("low:Q"), y2="high:Q")
    most = base.mark_line(color=COLOURS[1], strokeDash=[4, 3]).encode(y="most:Q")
    chart = (bars + whiskers + most).properties(width=WIDE, height=HIGH)
    notes = [f"dashed: log2({vocab_size}), the most that a lag gives; lines: 95 % intervals"]
    title_and_looks(chart, "Where the bits sit", notes)
    return chart


def three_axes(report: MemoryReport) -> Chart:
    """Shift, hold and recall with their intervals, each on the same log axis."""
    import altair as alt

    rows = [
        {
            "axis": f"{name} ({UNITS[name]})",
            "span": max(axis.span.value, 0.5),
            "low": max(axis.span.low, 0.5),
            "high": max(axis.longest if axis.span.high is None else axis.span.high, 0.5),
            "censored": axis.span.censored,
        }
        for name in AXES
        if (axis := getattr(report, name))
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("axis:N", title=None, sort=None, axis=alt.Axis(labelLimit=240))
    )
    scale = alt.Scale(type="log", nice=True)
    lines = base.mark_rule(color=COLOURS[0], strokeWidth=2).encode(
        x=alt.X("low:Q", title="span", scale=scale), x2="high:Q"
    )
    points = base.mark_point(color=COLOURS[0], filled=True, size=90, opacity=1).encode(
        x=alt.X("span:Q", scale=scale),
        shape=alt.Shape(
            "censored:N",
            legend=None,
            scale=alt.Scale(domain=[False, True], range=["circle", "triangle-right"]),
        ),
    )
    chart = (lines + points).properties(width=WIDE, height=LOW)
    notes = ["lines: 95 % interval of the median; a triangle: at least so much"]
    title_and_looks(chart, "How far on three axes", notes)
    return chart


def by_precision(precision: Precision) -> Chart:
    """Accuracy against the bits of a number of the state."""
    import altair as alt

    rows = [{"bits": bits, "accuracy": share} for bits, share in precision.quantised]
    line = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=COLOURS[0], point=True)
        .encode(
            x=alt.X("bits:Q", title="bits of a number of the state", axis=alt.Axis(format="d")),
            y=share_axis(),
        )
    )
    chart = (line + _rule(precision.chance)).properties(width=WIDE, height=HIGH)
    title_and_looks(chart, "How fine the state must be", [f"lag {precision.lag}; dashed: chance"])
    return chart


def beyond(extrapolation: Extrapolation) -> Chart:
    """Accuracy against the time step, to eight times the training length."""
    import altair as alt

    kinds = ("initial state", "carried state")
    rows = [
        {"step": position, "accuracy": share, "from": kind}
        for position, *shares in extrapolation.rows
        for kind, share in zip(kinds, shares, strict=True)
        if share is not None
    ]
    there = [kind for kind in kinds if any(row["from"] == kind for row in rows)]
    colour: Any = alt.Color(
        "from:N",
        title=None,
        legend=alt.Legend(orient="top"),
        scale=alt.Scale(domain=there, range=COLOURS[: len(there)]),
    )
    line = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(x=alt.X("step:Q", title="time step"), y=share_axis(), color=colour)
    )
    trained = (
        alt.Chart(alt.Data(values=[{"step": extrapolation.trained_steps}]))
        .mark_rule(strokeDash=[2, 2], color="#666666")
        .encode(x="step:Q")
    )
    chart = (line + trained + _rule(extrapolation.chance)).properties(width=WIDE, height=HIGH)
    notes = [f"upright: trained on {extrapolation.trained_steps} time steps; dashed: chance"]
    title_and_looks(chart, "Beyond the training length", notes)
    return chart


def _rule(chance: float) -> Chart:
    """Chance as a dashed line."""
    import altair as alt

    values: Sequence[Any] = [{"chance": chance}]
    return (
        alt.Chart(alt.Data(values=list(values)))
        .mark_rule(color=COLOURS[1], strokeDash=[4, 3])
        .encode(y="chance:Q")
    )
