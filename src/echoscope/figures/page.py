"""Charts in a page: data that no text can end, one copy of what draws them, and a policy that asks
no host.
"""

import json
from collections.abc import Mapping
from html import escape

from echoscope.figures.style import Chart, specification
from echoscope.figures.vega_bundle import javascript

# Nothing may be asked of any host, whatever a text in the page says. Vega builds functions from its
# charts' formulas.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline';"
    " img-src data:; form-action 'none'; base-uri 'none'"
)
OPTIONS = {"renderer": "svg", "actions": False}
DRAWING = """
const specs = JSON.parse(document.getElementById("charts").textContent);
const options = %s;
for (const [name, spec] of Object.entries(specs))
  vegaEmbed(document.getElementById("figure-" + name), spec, options).catch(error => {
    const place = document.getElementById("figure-" + name);
    place.textContent = "This chart could not be drawn: " + error.message;
    console.error(error);
  });
"""
STYLE = (
    "body { margin: 1rem; background: #fff; } .chart, .chart.vega-embed { display: block;"
    " overflow-x: auto; }"
)


def head(title: str, style: str) -> str:
    """The beginning of a page, down to its body, with its title escaped."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon"'
        ' href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )


def place_of(name: str, says: str) -> str:
    """Where a chart is drawn; what it says, for who has no script or no picture."""
    return (
        f'<div class="chart" id="figure-{name}" role="img" aria-label="{escape(says)}">'
        f"<noscript>{escape(says)}: this chart needs JavaScript.</noscript></div>"
    )


def drawing(charts: Mapping[str, Chart]) -> str:
    """Scripts that draw charts at their places, by their names."""
    specs = {name: specification(chart) for name, chart in charts.items()}
    text = json.dumps(specs, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    program = f"<script>(() => {{{javascript()}}})();</script>"
    return (
        f'<script type="application/json" id="charts">{text}</script>\n{program}\n'
        f"<script>{DRAWING % json.dumps(OPTIONS)}</script>\n"
    )


def page_of(chart: Chart) -> str:
    """A page of one chart, which needs no network."""
    title = getattr(chart.title, "text", None)
    text = title if isinstance(title, str) else "A chart"
    body = f"{place_of('chart', text)}\n{drawing({'chart': chart})}"
    return f"{head(text, STYLE)}{body}</body>\n</html>\n"
