"""Mutual information against lag: a bar a lag, with what shuffled symbols show as a line."""

from collections.abc import Sequence

from echoscope.figures.style import COLOURS, HIGH, WIDE, Chart, title_and_looks
from echoscope.information.lags import LEVEL, LagInformation, carrying_lags

BITS = "mutual information (bits)"
PALE = "#C8C8C8"
CARRIES, CHANCE = "carries information", "no more than chance, or than lags far back"


def information(lags: Sequence[LagInformation], source: str) -> Chart:
    """The information of each lag, those beyond chance told apart, and the band below which
    shuffled symbols stay at all lags together.
    """
    import altair as alt

    carrying = carrying_lags(lags)
    rows = [
        {
            "lag": lag.lag,
            "bits": max(0.0, lag.bits),
            "band": lag.band,
            "what": CARRIES if lag in carrying else CHANCE,
            "p": f"{lag.p:.2g}",
        }
        for lag in lags
    ]
    axis = alt.Axis(labelOverlap="greedy", labelSeparation=6, labelAngle=0)
    x = alt.X("lag:O", title="lag (steps back)", axis=axis)
    base = alt.Chart(alt.Data(values=rows))
    bars = base.mark_bar().encode(
        x=x,
        y=alt.Y("bits:Q", title=BITS),
        color=alt.Color(
            "what:N",
            title=None,
            legend=alt.Legend(orient="top", columnPadding=24, labelLimit=400),
            scale=alt.Scale(domain=[CARRIES, CHANCE], range=[COLOURS[0], PALE]),
        ),
        tooltip=["lag:O", "bits:Q", "p:N"],
    )
    band = base.mark_line(color=COLOURS[1], strokeDash=[4, 3]).encode(x=x, y="band:Q")
    chart = (bars + band).properties(width=WIDE, height=HIGH)
    note = f"dashed: {100 * LEVEL:g} % of shuffled sequences reach it at any lag"
    title_and_looks(chart, "What each lag tells of a value", [*filter(None, (source,)), note])
    return chart
