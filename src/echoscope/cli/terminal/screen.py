"""What a person reads: plain lines that stay whole when piped, and fit the terminal they are shown
on.
"""

import gc
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from echoscope.analysis.estimate import Judged
from echoscope.cli.terminal.write import say, styled
from echoscope.errors import plain
from echoscope.experiment.baselines import UNIFORM
from echoscope.experiment.experiment import CARRIED, Experiment
from echoscope.integers import GAP
from echoscope.runs.run import Record

BLOCKS = "▁▂▃▄▅▆▇█"
SHOWN = 8  # integers of a long window that a row shows


def width() -> int:
    """Columns to fill: the terminal's, or 100 where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 100


def document(values: Any) -> None:
    """One JSON document on standard output; a judgement is said by its parts.

    A long list is encoded an entry at a time: Python's encoder keeps every scrap of what it is
    given at once, and takes twice as long for so many.
    """
    encode = json.JSONEncoder(allow_nan=False, check_circular=False, default=_parts).encode

    def entries(part: Any) -> str:
        return (
            f"[{', '.join(map(encode, part))}]" if isinstance(part, list | tuple) else encode(part)
        )

    if isinstance(values, Judged):
        said = ", ".join(
            f"{encode(name)}: {entries(part)}" for name, part in values.parts().items()
        )
        click.echo(f"{{{said}}}")
    else:
        click.echo(entries(values))


def documents(values: Iterable[Any]) -> None:
    """One JSON list on standard output, an entry at a time."""
    encode = json.JSONEncoder(allow_nan=False, check_circular=False).encode
    begin = "["
    for value in values:
        click.echo(begin + encode(value), nl=False)
        begin = ", "
    click.echo("[]" if begin == "[" else "]")


def _parts(judged: Judged) -> dict[str, Any]:
    return judged.parts()


def items(said: Sequence[str], wide: int, indent: str = "") -> list[str]:
    """Items with commas between, as many on a line as fit; one that is too long by itself is
    wrapped.

    >>> items(["lag 1", "units 16", "model lstm"], 16)
    ['lag 1, units 16,', 'model lstm']
    """
    lines: list[str] = []
    for place, item in enumerate(said):
        text = item + ("," if place < len(said) - 1 else "")
        if lines and len(lines[-1]) + 1 + len(text) <= wide:
            lines[-1] += " " + text
        else:
            lines.append(indent + text)
    return [
        part
        for line in lines
        for part in textwrap.wrap(
            line,
            max(wide, 20),
            initial_indent="",
            subsequent_indent=indent * 2,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


@contextmanager
def no_circles() -> Iterator[None]:
    """Nothing in here is looked through for garbage in circles: of a hundred thousand records there
    are millions of objects and no circle, and looking for one takes a quarter of the time. Nor are
    they looked through afterwards.
    """
    looked = gc.isenabled()
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if looked:
            gc.enable()


def paragraph(text: str, indent: str = "") -> None:
    """A sentence or more, wrapped to the terminal."""
    say(
        textwrap.fill(
            plain(text),
            max(width(), 20),
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def title(text: str) -> None:
    """A heading."""
    say()
    say(styled(text, bold=True))


def answers(
    heard: Sequence[Any],
    expected: Sequence[Any],
    predicted: Sequence[Any],
    there: int = 0,
    confidence: Sequence[Any] | None = None,
    likely: Sequence[Any] | None = None,
    learned: Sequence[bool] = (),
) -> None:
    """Windows with the right and the said answers, misses and what was learned from marked;
    likeliest symbols below.

    `there` are so many windows, if these are not all.
    """
    missed = [_missed(right, said) for right, said in zip(expected, predicted, strict=True)]
    table = [
        [integers_said(cell) for cell in row]
        for row in zip(heard, expected, predicted, strict=True)
    ]
    wide = [
        max([len(row[column]) for row in table] + [len(name)]) for column, name in enumerate(HEADS)
    ]
    say("  " + "  ".join(name.rjust(size) for name, size in zip(HEADS, wide, strict=True)))
    for place, row in enumerate(table):
        line = "  " + "  ".join(cell.rjust(size) for cell, size in zip(row, wide, strict=True))
        sure = f"  {_percent(confidence[place])}" if confidence else ""
        mark = "" if not missed[place] else styled("  miss", fg="red", bold=True)
        say(line + sure, mark, "  learned" if any(learned[place : place + 1]) else "")
        for ranked in likely[place] if likely else []:
            said = ", ".join(f"{int(symbol)} {share:.1%}" for symbol, share in ranked)
            say(f"    likeliest: {said}")
    if there > len(heard):
        say(f"  ... and {there - len(heard):,} more windows (--rows {there} or --json shows them)")


HEADS = ("heard", "expected", "predicted")


def _missed(right: Any, said: Any) -> bool:
    """Whether anything asked was said wrong."""
    pairs = zip(right, said, strict=True) if isinstance(right, list) else [(right, said)]
    return any(want is not None and want != got for want, got in pairs)


def _percent(confidence: Any) -> str:
    parts = confidence if isinstance(confidence, list) else [confidence]
    return " ".join("-" if part is None else f"{part:.0%}" for part in parts[-SHOWN:])


def curve(record: Record) -> None:
    """Score and loss over the steps, a block a stretch."""
    rows = [row for row in record.curve if row[1] is not None and row[2] is not None]
    if not rows:
        return
    title(f"Learning curve (steps 0 to {rows[-1][0]})")
    held = [row for row in record.held_out if row[1] is not None and row[2] is not None]
    lines = (
        [("held out", held, 2, 1.0), ("learned", rows, 2, 1.0)]
        if held
        else [("score", rows, 2, 1.0)]
    )
    for name, points, column, top in (*lines, ("loss", rows, 1, max(row[1] or 0 for row in rows))):
        many = min(max(10, min(60, width() - 24)), len(points))
        values = [
            float(points[int(place * len(points) / many)][column] or 0) for place in range(many)
        ]
        line = "".join(BLOCKS[min(7, int(8 * value / (top or 1)))] for value in values)
        last = format(float(points[-1][column] or 0), ".1%" if column == 2 else ".3g")
        say(f"  {name:{len(lines[0][0])}} {line} {last}")


def scored(record: Record) -> str:
    """The score with its interval, chance and size of sample, in one sentence."""
    if record.outcome == "failed":
        return f"no score: the run failed ({record.reason})"
    if record.score is None:
        rate = record.experiment.fit.rate
        return (
            "no score: the run diverged (its loss is no longer a number); use a rate below"
            f" {rate:g}"
        )
    fresh = "held-out" if record.experiment.data else "fresh"
    return (
        f"score {record.score:.2%} (95 % interval {record.score_low:.2%} to"
        f" {record.score_high:.2%}) on {record.answers:,} {fresh} answers; {chance_said(record)}"
    )


def chance_said(record: Record) -> str:
    """The chance of a record, with its rule and its interval where it was measured.

    >>> chance_said(record)
    'chance 16.11% (map-last, 95 % interval 12.32% to 20.8%)'
    """
    between = (
        ""
        if record.chance_low is None or record.chance_high is None
        else (f", 95 % interval {100 * record.chance_low:.4g}% to {100 * record.chance_high:.4g}%")
    )
    rule = "" if record.rule == UNIFORM else f" ({record.rule}{between})"
    return f"chance {100 * record.chance:.4g}%{rule}"


def sized(record: Record) -> str:
    """How large the network is, and how far off what it says: in one sentence."""
    weights = "" if record.parameters is None else f"{record.parameters:,} parameters"
    off = (
        ""
        if not record.distance
        else f"answers are off by {record.distance:.3g} symbols on average"
    )
    return "; ".join(part for part in (weights, off) if part)


def used(experiment: Experiment, use: str | None) -> None:
    """That a network is used in another way than it was scored in, if it is."""
    if use and use != experiment.use:
        scored = experiment.use if experiment.use == CARRIED else f"in {experiment.use}"
        paragraph(f"used {use}, scored {scored.replace('in continuous', 'continuous')}", "  ")


def integers_said(entry: Any, most: int = SHOWN) -> str:
    """An answer or a window: integers with blanks between, only the last of a long one; - where
    nothing is asked.
    """
    parts = entry if isinstance(entry, list) else [entry]
    cut = ["..."] if len(parts) > most else []
    return " ".join([*cut, *("-" if part is None else str(part) for part in parts[-most:])])


def with_gaps(heard: Any) -> list[Any]:
    """Integers with None for a gap."""
    return [None if value == GAP else int(value) for value in heard]
