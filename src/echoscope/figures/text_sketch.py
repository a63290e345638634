"""A picture of a study in plain text, for a terminal: no colour, and never wider than it is
told.
"""

import textwrap
from collections.abc import Sequence

from echoscope.analysis.findings import Findings, Group
from echoscope.figures.axes import main_axis, telling
from echoscope.figures.evidence import settings_text
from echoscope.figures.thinning import evenly, sorted_values
from echoscope.settings import Value
from echoscope.studies.axis import bare, one_text

BLOCKS = " ▏▎▍▌▋▊▉█"  # eighths of a column
HEIGHTS = "▁▂▃▄▅▆▇█"
LEAST, MOST = 40, 200  # columns
ROWS = 20  # lines of groups, at most
DIVERGED, NOTHING, SOLVED = "div", "", "*"


def sketch(findings: Findings, width: int) -> str:
    """The main picture of a study: mean accuracies in percent along the lag (or what varies most),
    a line a group.

    >>> print(sketch(findings, 60))  # of lags 1 to 3
    accuracy along lag
    mean over seeds; chance 10 %; * is solved, 99 %
    lag 1  ████████████████████████████████████████████ 100.0% *
    lag 2  ██████████████████████████▍                   60.0%
    lag 3  █████▎                                        12.0%

    Several lines are numbers, and where they are too many for the width, blocks. `width` is in
    columns, 40 to 200; what lies outside is taken as the nearer of them. What is not shown is said.
    """
    wide = min(max(width, LEAST), MOST)
    axis = main_axis(findings)
    settings = telling(findings.groups, [name for name in findings.varied if name != axis], [axis])
    lines = sorted_values(
        tuple(group.settings[name] for name in settings) for group in findings.groups
    )
    along = [
        value
        for (value,) in sorted_values((group.settings.get(axis),) for group in findings.groups)
    ]
    cells = {
        (tuple(group.settings[name] for name in settings), group.settings.get(axis)): group
        for group in findings.groups
    }
    shown = evenly(lines, ROWS)
    if len(lines) == 1:
        kept = evenly(along, ROWS)
        body = _bars(findings, [(axis, value, cells[lines[0], value]) for value in kept], wide)
        left = _left(len(kept), len(along), f"values of {axis}")
    else:
        labels = [settings_text(dict(zip(settings, line, strict=True))) for line in shown]
        body, kept = _table(
            findings,
            axis,
            along,
            labels,
            [[cells.get((line, value)) for value in along] for line in shown],
            wide,
        )
        left = [
            *_left(len(shown), len(lines), "lines"),
            *_left(kept, len(along), f"values of {axis}"),
        ]
    return "\n".join(
        line[:wide].rstrip() for line in [*_heading(findings, axis, wide), *body, *left]
    )


def _heading(findings: Findings, axis: str, wide: int) -> list[str]:
    chances = sorted({group.aggregate.runs.chance for group in findings.groups})
    chance = " to ".join(f"{100 * chance:.3g}" for chance in {chances[0]: 0, chances[-1]: 0})
    title = f"accuracy along {axis}" if axis else "accuracy"
    note = (
        f"mean over seeds; chance {chance} %; {SOLVED} is solved,"
        f" {100 * findings.target_accuracy:.4g} %"
    )
    whole = f"{title} ({note})"
    return [whole] if len(whole) <= wide else [title, *textwrap.wrap(note, wide)]


def _bars(findings: Findings, rows: Sequence[tuple[str, Value, Group]], wide: int) -> list[str]:
    """A bar a group, of eighths of a column."""
    labels = _cut(
        [f"{axis} {one_text(bare(value))}" if axis else "all runs" for axis, value, _ in rows],
        wide // 3,
    )
    room, lines = wide - max(map(len, labels)) - 11, []
    for label, (_, _, group) in zip(labels, rows, strict=True):
        accuracy, text = _accuracy(group), _number(group, ".1f")
        eighths = 0 if accuracy is None else round(accuracy * room * 8)
        bar = BLOCKS[8] * (eighths // 8) + (BLOCKS[eighths % 8] if eighths % 8 else "")
        shown = text if accuracy is None else f"{text}%"
        lines.append(
            f"{label.ljust(max(map(len, labels)))}  {bar.ljust(room)} {shown:>6}"
            f" {_mark(findings, group)}"
        )
    return lines


def _table(
    findings: Findings,
    axis: str,
    along: Sequence[Value],
    labels: list[str],
    rows: Sequence[Sequence[Group | None]],
    wide: int,
) -> tuple[list[str], int]:
    """Numbers under the values of the axis; or, where they do not fit, a block each. Gives how many
    values it has.
    """
    labels = _cut([axis, *labels], wide // 2)
    first = max(len(labels[0]) + 1, *map(len, labels))
    heads = [one_text(bare(value)) for value in along]
    cell = max(5, max(map(len, heads)) + 1)
    if first + cell * len(along) <= wide:
        lines = [labels[0].ljust(first) + "".join(head.rjust(cell - 1) + " " for head in heads)]
        for label, row in zip(labels[1:], rows, strict=True):
            numbers = (
                (
                    NOTHING.rjust(cell)
                    if group is None
                    else _number(group, ".0f").rjust(cell - 1) + (_mark(findings, group) or " ")
                )
                for group in row
            )
            lines.append(label.ljust(first) + "".join(numbers))
        return lines, len(along)
    places = evenly(range(len(along)), wide - first - 2)
    step = max(1, min(3, (wide - first - 2) // len(places)))
    lines = textwrap.wrap(
        f"{axis} {heads[0]} to {heads[-1]}, a block each from 0 to 100 %; . is nothing, x all "
        "diverged",
        wide,
    )
    for label, row in zip(labels[1:], rows, strict=True):
        lines.append(
            f"{label.ljust(first)}  " + "".join(_block(row[place]) * step for place in places)
        )
    return lines, len(places)


def _cut(labels: list[str], most: int) -> list[str]:
    """Labels that are not too long; what is cut off ends in two points."""
    return [label if len(label) <= most else f"{label[: most - 2]}.." for label in labels]


def _left(shown: int, there: int, of: str) -> list[str]:
    return [f"shown: {shown} of {there} {of}"] if shown < there else []


def _accuracy(group: Group) -> float | None:
    return group.aggregate.accuracy.value if group.aggregate.accuracy else None


def _number(group: Group, form: str) -> str:
    accuracy = _accuracy(group)
    return DIVERGED if accuracy is None else format(100 * accuracy, form)


def _mark(findings: Findings, group: Group) -> str:
    accuracy = _accuracy(group)
    return SOLVED if accuracy is not None and accuracy >= findings.target_accuracy else ""


def _block(group: Group | None) -> str:
    if group is None:
        return "."
    accuracy = _accuracy(group)
    return "x" if accuracy is None else HEIGHTS[min(7, int(8 * accuracy))]
