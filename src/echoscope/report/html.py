"""A document as one HTML page with everything in it: its looks, its charts, and once, the program that draws them."""

import json
from html import escape
from importlib.resources import files

from echoscope.report.bundle import javascript
from echoscope.report.document import Block, Command, Document, Heading, Picture, Sentences, Table

# Nothing may be asked of any host, whatever a text in the page says. Vega builds functions from its charts' formulas.
POLICY = ("default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
          "form-action 'none'; base-uri 'none'")  # fmt: skip
OPTIONS = {"renderer": "svg", "actions": {"export": True, "source": False, "compiled": False, "editor": False}}
DRAWING = """
const specs = JSON.parse(document.getElementById("charts").textContent);
const options = %s;
for (const [name, spec] of Object.entries(specs))
  vegaEmbed(document.getElementById("figure-" + name), spec, options).catch(error => {
    document.getElementById("figure-" + name).textContent = "This chart could not be drawn: " + error.message;
    console.error(error);
  });
"""


def page_of(document: Document) -> str:
    """The page of a document."""
    style = (files("echoscope.report") / "page.css").read_text()
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    drawing = _drawing(pictures) if pictures else ""
    heads = [block.text for block in document.blocks if isinstance(block, Heading)]
    contents = " ".join(f'<a href="#{_anchor(text)}">{escape(text)}</a>' for text in heads)
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
            f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
            f"<h1>{escape(document.title)}</h1>\n<nav>{contents}</nav>\n"
            + "\n".join(map(_part, document.blocks)) + f"\n</main>\n{drawing}</body>\n</html>\n")  # fmt: skip


def _part(block: Block) -> str:
    if isinstance(block, Heading):
        return f'<h2 id="{_anchor(block.text)}">{escape(block.text)}</h2>'
    if isinstance(block, Sentences):
        if block.listed:
            return "<ul>\n" + "\n".join(f"<li>{escape(text)}</li>" for text in block.texts) + "\n</ul>"
        return "\n".join(f"<p>{escape(text)}</p>" for text in block.texts)
    if isinstance(block, Command):
        return f"<pre><code>{escape(block.text)}</code></pre>"
    if isinstance(block, Picture):
        return (f'<figure><div class="chart" id="figure-{block.name}" role="img" aria-label="{escape(block.says)}">'
                f"<noscript>{escape(block.says)}: this chart needs JavaScript.</noscript></div></figure>")  # fmt: skip
    return _table(block)


def _table(block: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in block.heads)
    rows = "\n".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in block.rows)
    return (f'<div class="wide"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>\n'
            f'<p class="caption">{escape(block.caption)}</p>')  # fmt: skip


def _cell(cell: str) -> str:
    numeric = cell[:1].isdecimal() or (cell[:1] in "+-" and cell[1:2].isdecimal()) or cell == "-"
    return f'<td class="number">{escape(cell)}</td>' if numeric and len(cell) < 40 else f"<td>{escape(cell)}</td>"


def _drawing(pictures: list[Picture]) -> str:
    """Charts as data that no text in them can end, and one copy of what draws them."""
    specs = {picture.name: picture.chart.to_dict(validate=False) for picture in pictures}
    said = json.dumps(specs, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    drawing = DRAWING % json.dumps(OPTIONS)
    return (f'<script type="application/json" id="charts">{said}</script>\n<script>(() => {{{javascript()}}})();</script>\n'
            f"<script>{drawing}</script>\n")  # fmt: skip


def _anchor(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower())
