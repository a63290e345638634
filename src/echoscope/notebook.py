"""What a notebook shows of a run, a store, a study, a sweep and a demand: tables and pictures as a
report has them.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import singledispatch
from html import escape
from typing import Any

import numpy as np

from echoscope.errors import RecordError
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.demand import Demand
from echoscope.experiment.presets import preset_name
from echoscope.figures import Evidence, draw
from echoscope.figures.notebook import svg_of
from echoscope.figures.style import share_said
from echoscope.integers import GAP
from echoscope.report.document import Block, Heading, Picture, Sentences, Table
from echoscope.report.formats import count, percent
from echoscope.report.html import part
from echoscope.runs.run import Record
from echoscope.store import Store
from echoscope.studies.axis import one_text, text_of
from echoscope.studies.grid import Study, label
from echoscope.studies.progress import Advance

SHOWN = 20  # records of a store
MOST_DRAWN = 1000  # records of a store whose picture is drawn without being asked for


def page_of(thing: Any) -> str:
    """The page of a thing as HTML that runs nothing and asks no host; all texts are escaped.

    >>> page_of(demand(preset("lag").task, preset("lag").fit)).startswith("<div")
    True
    """
    return f'<div class="echoscope">{"".join(map(_html, blocks_of(thing)))}</div>'


@singledispatch
def blocks_of(thing: Any) -> Iterator[Block]:
    """The blocks of a thing, as a report has them."""
    raise TypeError(f"{type(thing).__name__} has no page.")


@blocks_of.register
def _(thing: Demand) -> Iterator[Block]:
    yield Sentences(tuple(thing.sentences()), listed=True)


@blocks_of.register
def _(thing: Record) -> Iterator[Block]:
    yield Heading(
        f"Run {thing.id}: {preset_name(thing.experiment) or thing.experiment.model},"
        f" {thing.outcome}"
    )
    said = {
        "score (95 %)": share_said(thing.score, thing.score_low, thing.score_high),
        "chance": f"{percent(thing.chance)} ({thing.rule})",
        "bound": percent(thing.bound),
        "answers": count(thing.answers),
        "steps": count(thing.steps),
        "parameters": count(thing.parameters),
    }
    yield Table(thing.reason or repr(thing.experiment), tuple(said), (tuple(said.values()),))
    if any(score is not None for _, _, score in thing.curve):
        yield Picture("curves", "Learning curve", draw(thing))


@blocks_of.register
def _(thing: Prediction) -> Iterator[Block]:
    yield Heading(repr(thing)[1:-1])
    shown = thing.first(SHOWN)
    columns = (shown.heard, np.where(shown.asked, shown.expected, GAP), shown.predicted)
    rows = [
        tuple(
            " ".join("-" if value == GAP else str(value) for value in cell[-SHOWN:].tolist())
            for cell in row
        )
        for row in zip(*columns, strict=True)
    ]
    said = (
        f"The first {len(rows)} of {len(thing.heard):,} windows"
        if len(thing.heard) > len(rows)
        else "Every window"
    )
    yield Table(said, ("heard", "expected", "predicted"), tuple(rows))


@blocks_of.register
def _(thing: Store) -> Iterator[Block]:
    found = thing.table()
    number = len(found["id"])
    if not number:
        yield Sentences((thing.nothing(),))
        return
    yield Heading(f"{number:,} {'record' if number == 1 else 'records'} in {thing.folder}")
    yield Table(_left_out(number), HEADS, _rows(found))
    if number <= MOST_DRAWN:
        try:
            yield Picture(
                "study", "What these records say together", draw(Evidence.of_store(thing))
            )
        except RecordError as error:
            yield Sentences((str(error),))


@blocks_of.register
def _(thing: Study) -> Iterator[Block]:
    yield Heading(label(thing))
    rows = tuple((name, text_of(values)) for name, values in thing.axes.items())
    yield Table(
        f"preset {thing.preset}, fit {thing.fit}",
        ("word", "values"),
        (*rows, ("seeds", str(thing.seeds))),
    )


@blocks_of.register
def _(thing: Advance) -> Iterator[Block]:
    yield Heading(f"{thing.done:,} of {thing.cells:,} cells")
    said = {
        "trained": thing.trained,
        "training": thing.training,
        "elsewhere": thing.elsewhere,
        "failed": thing.failed,
        "diverged": thing.diverged,
    }
    best = "-" if thing.best is None else f"{percent(thing.best.score)} ({thing.best.id})"
    row = (*map(count, said.values()), best, _seconds(thing.seconds), _seconds(thing.left))
    yield Table(
        "seconds: since it began, and until its end",
        (*said, "best score", "seconds", "left"),
        (row,),
    )


HEADS = ("id", "preset", "score (95 %)", "chance", "outcome", "steps", "seed")


def _rows(found: dict[str, list[Any]]) -> tuple[tuple[str, ...], ...]:
    names = (
        "id",
        "preset",
        "score",
        "score_low",
        "score_high",
        "chance",
        "outcome",
        "steps",
        "seed",
    )
    latest: Sequence[tuple[Any, ...]] = list(
        zip(*(found[name][-SHOWN:] for name in names), strict=True)
    )
    return tuple(
        (
            identity,
            known or "-",
            share_said(score, low, high),
            percent(chance),
            outcome,
            count(steps),
            one_text(seed),
        )
        for identity, known, score, low, high, chance, outcome, steps, seed in latest
    )


def _left_out(number: int) -> str:
    return (
        "all of them"
        if number <= SHOWN
        else f"the latest {SHOWN}; all of them: pandas.DataFrame(store.table())"
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<p><b>{escape(block.text)}</b></p>"
    if isinstance(block, Picture):
        drawn = b64encode(svg_of(block.chart).encode()).decode()
        return f'<img alt="{escape(block.says)}" src="data:image/svg+xml;base64,{drawn}">'
    return part(block)
