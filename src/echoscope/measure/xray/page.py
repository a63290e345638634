"""An X-ray as blocks of a page and as JSON: the verdict first, then each look."""

import math
from dataclasses import asdict

from echoscope.analysis.table import Table, count, three_digits
from echoscope.errors import listed, many
from echoscope.measure.results import Verdict, XRay
from echoscope.report.document import Block, Document, Heading, Picture, Sentences
from echoscope.settings import Json, json_value

LABELS = {
    "causal": "looks at nothing later",
    "isolated": "keeps rows apart",
    "step_equals_whole": "pieces give the whole",
    "gradients_equal_whole": "gradients through pieces",
    "deterministic": "repeats itself",
    "begins_anew": "begins anew at each call",
    "finite": "gives finite numbers",
    "hears_inputs": "hears its inputs",
    "evaluation_mode": "training and evaluation",
    "lengths": "rows of unlike lengths",
    "padding": "padding leaves rows alone",
    "reach": "what is felt at birth",
}
FAULT, FINE, NONE, UNSURE = "FAULT", "ok", "-", "?"
SHOWN = (0, 1, 2, 4, 8, 16, 32, 64, 128)  # lags
MANY = 1e6  # from which on a number is said by its power of ten
BAR, BAR_WIDE, LEAST = "█", 24, 1e-6  # a bar is as long as its power of ten is above the least


def mark(verdict: Verdict) -> str:
    """How a look came out, in a word."""
    return UNSURE if verdict.unsure else {True: FINE, False: FAULT, None: NONE}[verdict.ok]


def verdict_of(xray: XRay) -> str:
    """The whole in a sentence or two."""
    name, faults = xray.identity.source, xray.faults
    if faults:
        labels = listed([_label(fault) for fault in faults])
        first = f"{name} has {many(len(faults), 'fault')}: {labels}."
        return f"{first} {faults[0].reason}"
    looked = sum(verdict.ok is not None for verdict in xray.verdicts)
    carried = "hands no state over" if xray.state_size is None else _carried(xray)
    return f"{name} has no fault in {looked} looks; it {carried}, and {_felt(xray)}."


def _label(fault: Verdict) -> str:
    """What it does wrong, or where it fails."""
    fails = "it fails where this is looked at: " if fault.number is None else ""
    return f"{fails}{LABELS[fault.name]} ({fault.name})"


def _carried(xray: XRay) -> str:
    size = many(xray.state_size or 0, "number")
    if xray.effective_state_size is None or xray.most_state_size is None:
        return f"carries {size} a row"
    effective = f"{xray.effective_state_size:,.0f}"
    more = " or more" if xray.effective_state_size >= xray.most_state_size else ""
    return f"carries {size} a row, of which what comes later feels {effective}{more}"


def _felt(xray: XRay) -> str:
    if xray.finite_reach == 0:
        return "an output depends on its own input alone"
    if xray.finite_reach is not None:
        return (
            f"an output depends on exactly the last {many(xray.finite_reach, 'input')} and its own"
        )
    felt = dict(xray.reach)
    steps = 20 if 20 in felt else max(felt, default=0)
    size = f"{felt.get(steps, 0):.2g}"
    return f"feels an input {steps} steps back {size} times as much as the current one"


def xray_document(xray: XRay, drawn: bool = False) -> Document:
    """Verdict, what it is, what it carries, every look and the reach; with a picture of the reach
    where it is `drawn`.
    """
    blocks: list[Block] = [
        Sentences((verdict_of(xray),)),
        Heading("The layer"),
        layer_table(xray),
        Heading("What was looked at"),
        looks_table(xray),
    ]
    if xray.reach:
        blocks.append(Heading("What is felt of an input some steps back, before any training"))
        if drawn:
            from echoscope.figures.reach import reach

            chart = reach(xray.reach, xray.identity.source)
            blocks.append(Picture("reach", "What is felt of an input by lag", chart))
        blocks.append(reach_table(xray, bars=not drawn))
    return Document(f"X-ray of {xray.identity.source}", tuple(blocks))


def layer_table(xray: XRay) -> Table:
    """What it is, how large, and what it carries: a row each, with what that means."""
    identity = xray.identity
    effective, entropy = xray.effective_state_size, xray.entropy_state_size
    most = "" if xray.most_state_size is None else f", of {xray.most_state_size:,} that can be seen"
    rows = [
        ("class", identity.kind, ""),
        ("framework", identity.framework, ""),
        ("door", identity.door, "how it came in"),
        ("source", identity.hash or NONE, "the first digits of its file's SHA-256"),
        *((f"told {name}", value, "what was said of it") for name, value in identity.told),
        ("outputs", count(xray.width), "numbers at every time step"),
        ("parameters", count(xray.parameters), "real numbers that training changes"),
        ("state", count(xray.state_size), "real numbers that a row carries, with all buffers"),
        (
            "effective",
            NONE if effective is None else f"{effective:,.0f}",
            "of what later outputs feel of earlier inputs, singular values above 1 % of the"
            f" largest{most}",
        ),
        ("by entropy", NONE if entropy is None else f"{entropy:,.1f}", "exp of their entropy"),
        ("free lags", count(xray.free_lags), "that a buffer brings, with nothing to be learned"),
    ]
    return Table("The layer", ("", "the layer", "what it is"), tuple(rows), named=1)


def looks_table(xray: XRay) -> Table:
    """Every look with its number, its limit and its reason, faults first."""
    order = {FAULT: 0, UNSURE: 1, FINE: 2, NONE: 3}
    rows = tuple(
        (
            mark(verdict),
            LABELS[verdict.name],
            _number(verdict.number),
            _number(verdict.limit),
            verdict.reason,
        )
        for verdict in sorted(xray.verdicts, key=lambda verdict: order[mark(verdict)])
    )
    note = (
        "number: the largest difference, in sizes of the largest output, unless the sentence says"
        " otherwise; limit: what it is held to; -: the layer has no such thing; ?: it could not be"
        " told."
    )
    heads = ("", "look", "number", "limit", "what it means")
    return Table("Looks", heads, rows, (note,), named=2)


def _number(value: float | None) -> str:
    if value is None:
        return NONE
    return f"{value:.3g}" if abs(value) >= MANY or not math.isfinite(value) else three_digits(value)


def reach_table(xray: XRay, bars: bool = True) -> Table:
    """The gradient's size at some lags, with `bars` of its power of ten where no picture is."""
    felt = dict(xray.reach)
    rows = tuple(
        (str(lag), three_digits(felt[lag]), bar(felt[lag])) for lag in SHOWN if lag in felt
    )
    note = (
        "felt: the size of an output's gradient to the input so many steps back, relative to that"
        " of its own step, a geometric mean over sequences and three first weights."
    )
    scale = f" Bars: powers of ten, from {LEAST:g} to 1." if bars else ""
    table = Table("Reach", ("lag", "felt", "bar"), rows, (note + scale,), named=1)
    return table if bars else table.without(("bar",))


def bar(felt: float) -> str:
    """A bar for a share, by its power of ten.

    >>> bar(1e-3), bar(0.0)
    ('████████████', '')
    """
    if not felt > LEAST:
        return ""
    powers = min(math.log10(felt / LEAST) / -math.log10(LEAST), 1.5)
    return BAR * max(1, round(BAR_WIDE * powers))


def to_json(xray: XRay) -> Json:
    """An X-ray as JSON says it; what is no finite number is null."""
    identity = xray.identity
    return {
        "layer": identity.source,
        "class": identity.kind,
        "framework": identity.framework,
        "door": identity.door,
        "told": dict(identity.told),
        "hash": identity.hash,
        "width": xray.width,
        "parameters": xray.parameters,
        "state_size": xray.state_size,
        "effective_state_size": xray.effective_state_size,
        "entropy_state_size": xray.entropy_state_size,
        "most_state_size": xray.most_state_size,
        "free_lags": xray.free_lags,
        "finite_reach": xray.finite_reach,
        "xray": looks_json(xray),
        "reach": json_value(xray.reach),
        "seconds": round(xray.seconds, 2),
    }


def looks_json(xray: XRay) -> Json:
    """Every look by its name."""
    looks = {verdict.name: asdict(verdict) for verdict in xray.verdicts}
    for look in looks.values():
        del look["name"]
    return json_value(looks)
