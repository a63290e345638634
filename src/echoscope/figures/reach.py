"""What an output feels of an input by lag, before any training: a line over powers of ten."""

import math
from collections.abc import Sequence

from echoscope.figures.style import COLOURS, GUIDES, HIGH, WIDE, Chart, title_and_looks

SHORT = "format(datum.value, datum.value < 0.001 || datum.value > 1000 ? '~e' : '~g')"
LEAST = 1e-8  # of what is felt of the current input: what is less is not drawn


def reach(rows: Sequence[tuple[int, float]], source: str) -> Chart:
    """The gradient's size by lag, relative to lag 0; 1 % of it as a guide."""
    import altair as alt

    values = [{"lag": lag, "felt": felt} for lag, felt in rows if LEAST < felt < float("inf")]
    base = alt.Chart(alt.Data(values=values))
    felt = [value["felt"] for value in values]
    ends = [min([1e-3, *felt]), max([1.0, *felt])]
    powers = [10.0**power for power in range(-8, 1 + math.ceil(math.log10(ends[1])))]
    line = base.mark_line(color=COLOURS[0], point=len(values) < 40).encode(
        x=alt.X(
            "lag:Q",
            title="lag (steps back)",
            axis=alt.Axis(format="d", tickMinStep=1),
            scale=alt.Scale(domain=[0, max([lag for lag, _ in rows], default=1)]),
        ),
        y=alt.Y(
            "felt:Q",
            title="felt, relative to lag 0",
            scale=alt.Scale(type="log", domain=ends),
            axis=alt.Axis(labelExpr=SHORT, values=powers),
        ),
        tooltip=["lag:Q", "felt:Q"],
    )
    guide = (
        alt.Chart(alt.Data(values=[{"felt": 0.01}]))
        .mark_rule(color=GUIDES, strokeDash=[4, 3])
        .encode(y="felt:Q")
    )
    chart = (line + guide).properties(width=WIDE, height=HIGH)
    notes = [source, f"dashed: 1 %; what is below {LEAST:g} is not drawn"]
    title_and_looks(chart, "What an output feels of an input before any training", notes)
    return chart
