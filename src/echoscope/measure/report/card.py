"""One card: what a layer holds, as a single SVG that a paper or a pull request can carry."""

import hashlib
import json
import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

from echoscope.atomic_file import put
from echoscope.errors import StoreError, listed
from echoscope.figures.style import COLOURS, GUIDES
from echoscope.measure.report.json_form import to_json
from echoscope.measure.report.words import AXES, UNITS, bits_said, interval, looked_at
from echoscope.measure.results import MemoryReport

WIDE, EDGE, LINE = 640, 24, 20
BARS_HIGH, LETTERS = 60, 84  # of the bars by lag; of a line of small text
FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
DIGITS = 12
CHANGING = ("seconds", "command", "budget")  # not part of what was found


def hash_of(report: MemoryReport) -> str:
    """The first digits of the SHA-256 of all that the report says, but for its times: two cards of
    one hash say the same.
    """
    values = {name: value for name, value in to_json(report).items() if name not in CHANGING}
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def card(report: MemoryReport) -> str:
    """The card as SVG text, with nothing that is loaded from elsewhere."""
    body, high = [], 40
    for text, size, colour, step in _lines(report):
        body.append(_text(EDGE, high, text, size, colour))
        high += step
    if report.bits and report.bits.lags:
        body += _bars(report, high)
        high += BARS_HIGH + 34
    for text in (*textwrap.wrap(report.command, LETTERS), f"hash {hash_of(report)}"):
        body.append(_text(EDGE, high, text, 11, GUIDES, mono=True))
        high += 16
    title = escape(f"What {report.xray.identity.source} remembers")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{high}"'
        f' viewBox="0 0 {WIDE} {high}" role="img" font-family="{FONT}">\n<title>{title}</title>\n'
        f'<rect width="{WIDE}" height="{high}" fill="white" stroke="#cccccc"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def write_card(report: MemoryReport, path: str) -> None:
    """Write the card, whole or not at all. Raises `StoreError` where it cannot be written."""
    try:
        put(Path(path), card(report).encode())
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): name a place that may be written."
        ) from None


def _lines(report: MemoryReport) -> Iterator[tuple[str, int, str, int]]:
    """Texts with their size, colour and the way to the next."""
    xray = report.xray
    state = "no state handed over" if xray.state_size is None else f"state {xray.state_size:,}"
    yield xray.identity.source, 20, "black", 22
    yield f"{xray.identity.kind}, {xray.identity.framework}", 12, GUIDES, 16
    yield f"{xray.parameters:,} parameters, {state}, {report.vocab_size} symbols", 12, GUIDES, 28
    if report.bits:
        text = f"holds {bits_said(report.bits)} (of {report.bits.ceiling:.1f} asked)"
        yield text, 16, "black", LINE + 4
    for name in AXES:
        axis = getattr(report, name)
        if axis:
            chance = f"chance {100 * axis.chance:.3g} %"
            text = f"{name} {interval(axis.span)} {UNITS[name]} ({chance}, tried to {axis.longest})"
            yield text, 14, "black", LINE
    missing = [name for name in ("bits", *AXES) if getattr(report, name) is None]
    if missing:
        yield f"not measured: {listed(missing)}", 12, GUIDES, LINE
    lines = textwrap.wrap(looked_at(report), LETTERS)
    for line in lines:
        yield line, 12, COLOURS[1] if xray.faults else COLOURS[2], 16
    yield "intervals: 95 %", 11, GUIDES, 24


def _bars(report: MemoryReport, top: int) -> Iterator[str]:
    """A bar for each lag that was asked at once."""
    bits = report.bits
    if bits is None:
        return
    most, count = bits.ceiling / len(bits.lags), len(bits.lags)
    wide = (WIDE - 2 * EDGE) / count
    for place, row in enumerate(bits.lags):
        share = min(1.0, max(0.0, row.bits.value / most))
        x, y = EDGE + place * wide, top + BARS_HIGH * (1 - share)
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{0.8 * wide:.1f}"'
            f' height="{BARS_HIGH * share:.1f}" fill="{COLOURS[0]}"/>'
        )
    last = bits.lags[-1].lag
    says = f"bits said at once, lag {bits.lags[0].lag} to {last}; full height {most:.2f} bits"
    yield _text(EDGE, top + BARS_HIGH + 16, says, 11, GUIDES)


def _text(x: float, y: float, text: str, size: int, colour: str, mono: bool = False) -> str:
    font = ' font-family="monospace"' if mono else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{font}>{escape(text)}</text>'
