"""What a person reads: plain lines that stay whole when piped, and fit the terminal they are shown
on.
"""

import gc
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from echoscope.analysis.estimate import Result
from echoscope.analysis.table import three_digits
from echoscope.cli.terminal.write import say, styled
from echoscope.errors import plain, shown
from echoscope.experiment.baselines import UNIFORM
from echoscope.experiment.experiment import CARRIED, Experiment
from echoscope.integers import GAP
from echoscope.runs.run import Entry, Part, Run
from echoscope.settings import Json

BLOCKS = "▁▂▃▄▅▆▇█"
SHOWN = 8  # integers of a long window that a row shows


def width() -> int:
    """Columns to fill: the terminal's, or those that COLUMNS says; else 100."""
    known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal()
    return shutil.get_terminal_size().columns if known else 100


def document(values: object) -> None:
    """One JSON document on standard output; a result is said by its parts.

    A long list is encoded an entry at a time: Python's encoder keeps every scrap of what it is
    given at once, and takes twice as long for so many.
    """
    encode = json.JSONEncoder(allow_nan=False, check_circular=False, default=_parts).encode

    def entries(part: object) -> str:
        return (
            f"[{', '.join(map(encode, part))}]" if isinstance(part, list | tuple) else encode(part)
        )

    if isinstance(values, Result):
        text = ", ".join(
            f"{encode(name)}: {entries(part)}" for name, part in values.parts().items()
        )
        click.echo(f"{{{text}}}")
    else:
        click.echo(entries(values))


def documents(values: Iterable[object]) -> None:
    """One JSON list on standard output, an entry at a time."""
    encode = json.JSONEncoder(allow_nan=False, check_circular=False).encode
    begin = "["
    for value in values:
        click.echo(begin + encode(value), nl=False)
        begin = ", "
    click.echo("[]" if begin == "[" else "]")


def _parts(result: Result) -> Json:
    return result.parts()


def items(texts: Sequence[str], wide: int, indent: str = "") -> list[str]:
    """Items with commas between, as many on a line as fit; one that is too long by itself is
    wrapped.

    >>> items(["lag 1", "units 16", "model lstm"], 16)
    ['lag 1, units 16,', 'model lstm']
    """
    lines: list[str] = []
    for place, item in enumerate(texts):
        text = item + ("," if place < len(texts) - 1 else "")
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
def without_gc() -> Iterator[None]:
    """The collector of garbage in cycles is off in here, and passes over what is made in here: a
    hundred thousand runs have no cycle, and looking for one takes a quarter of the time.
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
    say(styled(textwrap.fill(plain(text), max(width(), 20)), bold=True))


def predictions_table(
    inputs: Sequence[Entry],
    targets: Sequence[Entry],
    predictions: Sequence[Entry],
    window_count: int = 0,
    confidence: Sequence[Entry] | None = None,
    likely: Sequence[Sequence[Sequence[tuple[Part, float]]]] | None = None,
    learned: Sequence[bool] = (),
    ends: bool = False,
) -> None:
    """Windows with their targets and predictions, errors and what was trained on marked; likeliest
    symbols below.

    `window_count` is how many windows there are, if these are not all. With `ends` a long window is
    shown by its start too, not by its end alone.
    """
    missed = [
        _missed(target, predicted) for target, predicted in zip(targets, predictions, strict=True)
    ]
    table = [
        [integers_said(row[0], ends=ends), *map(integers_said, row[1:])]
        for row in zip(inputs, targets, predictions, strict=True)
    ]
    wide = [
        max([len(row[column]) for row in table] + [len(name)]) for column, name in enumerate(HEADS)
    ]
    say("  " + "  ".join(name.rjust(size) for name, size in zip(HEADS, wide, strict=True)))
    for place, row in enumerate(table):
        line = "  " + "  ".join(cell.rjust(size) for cell, size in zip(row, wide, strict=True))
        sure = f"  {_percent(confidence[place])}" if confidence else ""
        mark = "" if not missed[place] else styled("  error", fg="red", bold=True)
        say(line + sure, mark, "  learned" if any(learned[place : place + 1]) else "")
        for ranked in likely[place] if likely else []:
            text = ", ".join(f"{part_said(symbol)} {share:.1%}" for symbol, share in ranked)
            say(f"    likeliest: {text}")
    if window_count > len(inputs):
        more = f"{window_count - len(inputs):,} more windows"
        say(f"  ... and {more} (--rows {window_count} or --json shows them)")


HEADS = ("inputs", "targets", "predictions")


def _missed(target: Entry, predicted: Entry) -> bool:
    """Whether anything asked was predicted wrongly."""
    pairs = (
        zip(target, predicted, strict=True)
        if isinstance(target, list) and isinstance(predicted, list)
        else [(target, predicted)]
    )
    return any(want is not None and want != got for want, got in pairs)


def _percent(confidence: Entry) -> str:
    parts = confidence if isinstance(confidence, list) else [confidence]
    return " ".join("-" if part is None else f"{part:.0%}" for part in parts[-SHOWN:])


def curve(run: Run) -> None:
    """Accuracy and loss over the steps, a block a stretch."""
    rows = [row for row in run.curve if row[1] is not None and row[2] is not None]
    if not rows:
        return
    title(f"Learning curve (steps 0 to {rows[-1][0]})")
    held = [row for row in run.held_out if row[1] is not None and row[2] is not None]
    top = max(row[1] or 0 for row in [*held, *rows])
    lines = [("accuracy", rows, 2, 1.0), ("loss", rows, 1, top)]
    if held:
        lines = [("held out", held, 2, 1.0), ("learned", rows, 2, 1.0)]
        lines += [("loss, held out", held, 1, top), ("loss, learned", rows, 1, top)]
    wide = max(len(name) for name, *_ in lines) if held else len("accuracy")
    for name, points, column, top in lines:
        many = min(max(10, min(60, width() - 16 - wide)), len(points))
        values = [
            float(points[int(place * len(points) / many)][column] or 0) for place in range(many)
        ]
        line = "".join(BLOCKS[min(7, int(8 * value / (top or 1)))] for value in values)
        end = float(points[-1][column] or 0)
        last = f"{end:.1%}" if column == 2 else three_digits(end)
        say(f"  {name:{wide}} {line} {last}")


def accuracy_said(run: Run) -> str:
    """The accuracy with its interval, chance and size of sample, in one sentence."""
    if run.outcome == "failed":
        return f"no accuracy: the run failed ({run.reason})"
    if run.accuracy is None:
        learning_rate = run.experiment.training.learning_rate
        why = f" ({run.reason})" if run.reason else ""
        return f"no accuracy: the run diverged{why}; use a learning_rate below {learning_rate:g}"
    fresh = "held-out" if run.experiment.data else "fresh"
    return (
        f"accuracy {run.accuracy:.2%} (95 % interval {run.accuracy_low:.2%} to"
        f" {run.accuracy_high:.2%}) on {run.target_count:,} {fresh} targets; {chance_said(run)}"
    )


def chance_said(run: Run) -> str:
    """The chance of a run, with its rule and its interval where it was measured.

    >>> chance_said(run)
    'chance 16.11% (map-last, 95 % interval 12.32% to 20.8%)'
    """
    between = (
        ""
        if run.chance_low is None or run.chance_high is None
        else (f", 95 % interval {100 * run.chance_low:.4g}% to {100 * run.chance_high:.4g}%")
    )
    rule = "" if run.rule == UNIFORM else f" ({run.rule}{between})"
    return f"chance {100 * run.chance:.4g}%{rule}"


def sized(run: Run) -> str:
    """How large the network is, and how far off what it says: in one sentence."""
    weights = "" if run.parameters is None else f"{run.parameters:,} parameters"
    off = (
        ""
        if not run.mean_absolute_error or (run.recoding and not run.recoding.numeric)
        else f"targets are off by {three_digits(run.mean_absolute_error)} symbols on average"
    )
    return "; ".join(part for part in (weights, off) if part)


def used(experiment: Experiment, use: str | None) -> None:
    """That a network is used in another way than it was scored in, if it is."""
    if use and use != experiment.use:
        scored = experiment.use if experiment.use == CARRIED else f"in {experiment.use}"
        paragraph(f"used {use}, scored {scored.replace('in continuous', 'continuous')}", "  ")


def integers_said(entry: Entry, most: int = SHOWN, ends: bool = False) -> str:
    """Targets or a window: integers with blanks between, only the last of a long one, or both its
    ends; - where nothing is asked.

    >>> integers_said(list(range(12)), 4), integers_said(list(range(12)), 4, ends=True)
    ('... 8 9 10 11', '0 1 ... 10 11')
    """
    parts = entry if isinstance(entry, list) else [entry]
    texts = list(map(part_said, parts))
    if len(texts) <= most:
        return " ".join(texts)
    first = most // 2 if ends else 0
    return " ".join([*texts[:first], "...", *texts[first - most :]])


def part_said(part: Part | Sequence[Part]) -> str:
    """One value: a name in quotes where it has blanks in it, - where there is none; those of
    several columns with a stroke between.

    >>> part_said("log in"), part_said(7), part_said(None), part_said([7, "view"])
    ("'log in'", '7', '-', '7/view')
    """
    if isinstance(part, list | tuple):
        return "/".join(map(part_said, part))
    if isinstance(part, str):
        return plain(part) if part and not set(part) & set(" \t\n,'") else shown(part)
    return "-" if part is None else str(part)


def with_gaps(inputs: NDArray[np.integer]) -> Any:
    """Integers [time], or rows of several columns, as lists with None for a gap."""
    return np.where(inputs == GAP, np.array(None), inputs.astype(object)).tolist()
