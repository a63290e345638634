"""Chance, ceiling and the best rule beside in a picture: each its own dash, with its name where it
hides nothing.
"""

from collections.abc import Sequence

from echoscope.figures.layout import Layout
from echoscope.figures.style import GUIDES, GUIDES_SIZE, HIGH, PANEL_HIGH, Chart, Values, layer

DASHED = {"chance": [2, 3], "ceiling": [8, 4], "rule": [8, 3, 2, 3]}
NAMES = {"rule": "best rule"}


def guides(values: Sequence[Values], place: Layout) -> list[Chart]:
    """Chance dotted, ceiling dashed, and where there is one the best rule that needs no training in
    dashes and dots: every value that the points of a panel have. Their names stand right of the
    panel, where no line is, and those of rules that lie close together are one.
    """
    import altair as alt

    near = 14 / (PANEL_HIGH if len(place.panels) > 1 else HIGH)
    for panel in place.panels:
        _name_guides([value for value in values if value["panel"] == panel], near)
    layers: list[Chart] = []
    there = [name for name in DASHED if any(value.get(name) is not None for value in values)]
    for name in ("chance", "ceiling", *(["rule"] if "rule" in there else [])):
        dash = DASHED[name]
        base = layer().transform_filter(f"isValid(datum.{name})")
        rule = base.transform_aggregate(points="count()", groupby=["panel", name])
        text = base.transform_aggregate(
            points="count()", groupby=["panel", f"{name}_said", f"{name}_at"]
        )
        layers += [
            rule.mark_rule(strokeDash=dash, color=GUIDES).encode(y=alt.Y(f"{name}:Q")),
            text.mark_text(align="left", dx=5, color=GUIDES, fontSize=GUIDES_SIZE).encode(
                x=alt.XValue("width"), y=alt.Y(f"{name}_at:Q"), text=alt.Text(f"{name}_said:N")
            ),
        ]
    return layers


def _name_guides(values: Sequence[Values], near: float) -> None:
    """Give the values of one panel the names of their rules, and where these stand: one for all
    that are near.
    """
    levels = {
        (value[name], name) for value in values for name in DASHED if value.get(name) is not None
    }
    lots: list[list[tuple[float, str]]] = []
    for level, name in sorted(levels):
        if lots and level - lots[-1][-1][0] < near:
            lots[-1].append((level, name))
        else:
            lots.append([(level, name)])
    for lot in lots:
        names = [name for name in DASHED if any(name == item for _, item in lot)]
        middle = round((lot[0][0] + lot[-1][0]) / 2, 4)
        for value in values:
            for place, name in enumerate(names):
                if (value.get(name), name) in lot:
                    value |= {
                        f"{name}_said": ""
                        if place
                        else ", ".join(NAMES.get(name, name) for name in names),
                        f"{name}_at": middle,
                    }
