"""What a notebook shows of demands, runs, stores, studies, sweeps, predictions and reports."""

from collections.abc import Iterator, Sequence

import numpy as np

from echoscope.analysis.table import Table, count, percent, share
from echoscope.errors import StoreError, many
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.demand import Demand
from echoscope.experiment.presets import preset_name
from echoscope.figures import Evidence, draw
from echoscope.integers import GAP
from echoscope.notebook.page import blocks_of, page_of
from echoscope.report.document import Block, Document, Heading, Picture, Sentences
from echoscope.runs.run import Run
from echoscope.store import Store
from echoscope.store.queries import Columns, SqlRow
from echoscope.studies.axis import one_text, text_of
from echoscope.studies.grid import Study, label
from echoscope.studies.progress import Advance

__all__ = ["page_of"]
SHOWN = 20  # runs of a store
MOST_DRAWN = 1000  # runs of a store whose picture is drawn without being asked for


@blocks_of.register
def _(thing: Demand) -> Iterator[Block]:
    yield Sentences(tuple(thing.sentences()), listed=True)


@blocks_of.register
def _(thing: Document) -> Iterator[Block]:
    yield Heading(thing.title)
    yield from thing.blocks


@blocks_of.register
def _(thing: Run) -> Iterator[Block]:
    yield Heading(
        f"Run {thing.id}: {preset_name(thing.experiment) or thing.experiment.model},"
        f" {thing.outcome}"
    )
    cells = {
        "accuracy (95 %)": share(thing.accuracy, thing.accuracy_low, thing.accuracy_high),
        "chance": f"{percent(thing.chance)} ({thing.rule})",
        "ceiling": percent(thing.ceiling),
        "target_count": count(thing.target_count),
        "steps": count(thing.steps),
        "parameters": count(thing.parameters),
    }
    note = thing.reason or repr(thing.experiment)
    yield Table("Run", tuple(cells), (tuple(cells.values()),), (note,))
    if any(accuracy is not None for _, _, accuracy in thing.curve):
        yield Picture("curves", "Learning curve", draw(thing))
    if thing.held_out:
        yield Picture("loss", "Loss, held out and trained on", draw("loss", thing))


@blocks_of.register
def _(thing: Prediction) -> Iterator[Block]:
    yield Heading(repr(thing)[1:-1])
    shown = thing.first(SHOWN)
    columns = (shown.inputs, np.where(shown.mask, shown.targets, GAP), shown.predictions)
    rows = [
        tuple(
            " ".join("-" if value == GAP else str(value) for value in cell[-SHOWN:].tolist())
            for cell in row
        )
        for row in zip(*columns, strict=True)
    ]
    text = (
        f"The first {len(rows)} of {len(thing.inputs):,} windows"
        if len(thing.inputs) > len(rows)
        else "Every window"
    )
    yield Table("Predictions", ("inputs", "targets", "predictions"), tuple(rows), (text,))


@blocks_of.register
def _(thing: Store) -> Iterator[Block]:
    result = thing.table()
    number = len(result["id"])
    if not number:
        yield Sentences((thing.nothing(),))
        return
    yield Heading(f"{many(number, 'run')} in {thing.folder}")
    yield Table("Runs", HEADS, _rows(result), (_left_out(number),))
    if number <= MOST_DRAWN:
        try:
            yield Picture("study", "What these runs say together", draw(Evidence.of_store(thing)))
        except StoreError as error:
            yield Sentences((str(error),))


@blocks_of.register
def _(thing: Study) -> Iterator[Block]:
    yield Heading(label(thing))
    rows = tuple((name, text_of(values)) for name, values in thing.axes.items())
    note = f"preset {thing.preset}, fit {thing.fit}"
    rows = (*rows, ("seeds", str(thing.seeds)))
    yield Table("Study", ("setting", "values"), rows, (note,))


@blocks_of.register
def _(thing: Advance) -> Iterator[Block]:
    yield Heading(f"{thing.done:,} of {thing.cells:,} cells")
    cells = {
        "trained": thing.trained,
        "training": thing.training,
        "elsewhere": thing.elsewhere,
        "failed": thing.failed,
        "diverged": thing.diverged,
    }
    best = "-" if thing.best is None else f"{percent(thing.best.accuracy)} ({thing.best.id})"
    row = (*map(count, cells.values()), best, _seconds(thing.seconds), _seconds(thing.left))
    heads = (*cells, "best accuracy", "seconds", "left")
    yield Table("Sweep", heads, (row,), ("seconds: since it began, and until its end",))


HEADS = ("id", "preset", "accuracy (95 %)", "chance", "outcome", "steps", "seed")


def _rows(result: Columns) -> tuple[tuple[str, ...], ...]:
    names = (
        "id",
        "preset",
        "accuracy",
        "accuracy_low",
        "accuracy_high",
        "chance",
        "outcome",
        "steps",
        "seed",
    )
    latest: Sequence[SqlRow] = list(zip(*(result[name][-SHOWN:] for name in names), strict=True))
    return tuple(
        (
            identity,
            known or "-",
            share(accuracy, low, high),
            percent(chance),
            outcome,
            count(steps),
            one_text(seed),
        )
        for identity, known, accuracy, low, high, chance, outcome, steps, seed in latest
    )


def _left_out(number: int) -> str:
    return (
        "all of them"
        if number <= SHOWN
        else f"the latest {SHOWN}; all of them: pandas.DataFrame(store.table())"
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
