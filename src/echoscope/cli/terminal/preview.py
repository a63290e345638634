"""An experiment before it is trained, as a person reads it: settings, windows, demand."""

from collections.abc import Sequence

import numpy as np

from echoscope.cli.terminal.screen import (
    SHOWN,
    integers_said,
    paragraph,
    part_said,
    title,
    with_gaps,
)
from echoscope.cli.terminal.write import say
from echoscope.errors import many
from echoscope.experiment.baselines import chance
from echoscope.experiment.demand import Demand
from echoscope.experiment.draws import draw_of, left_out
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData, held_out_part
from echoscope.integers import GAP, Integers
from echoscope.reading import Column, Columns
from echoscope.runs.run import Entry, Part, in_values
from echoscope.settings import Settings, Value
from echoscope.studies.axis import one_text
from echoscope.tasks.base import Task
from echoscope.tasks.draws import NumpyDraws
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import first_end

# The tutorials' settings are said in any case; of all others what differs, as they are declared.
ALWAYS = {
    *("vocab_size", "length", "window", "lag", "readout", "model", "units", "batch_size"),
    *("learning_rate", "epochs", "stateful", "sampling", "target_accuracy"),
}
ELSEWHERE = {"task", "training", "data", "seed"}  # each has its own place


def settings_text(experiment: Experiment, source: str = "") -> str:
    """An experiment in one line, under the names of its flags: the tutorials' settings, and others
    that differ.

    User data are named by their source, with the start of their hash behind it.
    """
    parts = [
        *_task(experiment.task),
        *_told(experiment),
        *_data(experiment, source),
        *_told(experiment.training),
        f"seed {experiment.seed}",
    ]
    return ", ".join(parts)


def _task(task: Task) -> list[str]:
    if isinstance(task, Echo):
        return _told(task)
    settings = [f"{name} {one_text(getattr(task, name))}" for name in task.fields()]
    return [f"task {task.kind}", *settings]


def _data(experiment: Experiment, source: str) -> list[str]:
    name = experiment.data
    return [] if name is None else [f"data {source} ({name[:4]}...)" if source else f"data {name}"]


def _told(settings: Settings) -> list[str]:
    names = [name for name in settings.fields() if name not in ELSEWHERE]
    told = ALWAYS | settings.changed().keys()
    return [f"{name} {_text(getattr(settings, name))}" for name in names if name in told]


def _text(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(map(str, value)) if isinstance(value, tuple) else one_text(value)


def framing(experiment: Experiment, rows: int = 4, data: UserData | None = None) -> None:
    """Some windows of one sequence of this task, as X => y: of user data where they are
    given.
    """
    if not isinstance(experiment.task, Echo):
        _samples(experiment.task, rows, experiment.seed)
        return
    task = experiment.task
    length = min(task.length, task.reach + rows - 1) if task.window else task.length
    if data is None:
        drawn = task.drawn(NumpyDraws(experiment.seed), (length,))
        lost = np.random.default_rng([experiment.seed, 1]).random(drawn.shape) < task.missing
        sequence = np.where(lost, GAP, drawn)
    else:
        sequence = _first_of(task, data)
    length = min(length, len(sequence))
    if task.window is None and task.edges == "dropped":
        task = task.with_settings(length=length)
    first = first_end(task, length)
    recoding = data.recoding if data else None
    title("What goes in => what must come out")
    for end in range(first, min(first + rows, length - task.ahead)):
        inputs, targets = _window(task, sequence, end)
        (read,) = in_values(recoding, [inputs])
        (asked,) = in_values(recoding, [targets], task.predicted)
        say(f"  {integers_said(read)} => {integers_said(asked)}")


def _first_of(task: Echo, data: UserData) -> Integers:
    """The first sequence that has a window, or the longest."""
    least, parts = task.first + 1 + task.ahead, data.sequences()
    return next((part for part in parts if len(part) >= least), max(parts, key=len))


def _samples(task: Task, rows: int, seed: int) -> None:
    """Some samples of a task, and what must be predicted at the end of each."""
    drawn = task.sample(NumpyDraws(seed), rows)
    inputs, mask = drawn[:, : task.time_steps], task.mask()
    title("What goes in => what must come out")
    for read, targets in zip(inputs, drawn[:, task.time_steps :], strict=True):
        asked = with_gaps(np.where(mask, targets, GAP)[-SHOWN - 1 :])
        say(f"  {integers_said(read.tolist(), ends=True)} => {integers_said(asked)}")


def _window(task: Echo, data: Integers, end: int) -> tuple[Entry, Entry]:
    """The end of the window that ends at a place, and of its targets: what is shown of them."""
    framed = task.frame_at(np.array([end]))
    before = (framed.inputs < 0).reshape(*framed.inputs.shape, *[1] * (data.ndim - 1))
    inputs = np.where(before, GAP, data[np.maximum(framed.inputs, 0)])
    target = task.pick(data, np.maximum(framed.target, 0))
    mask = framed.mask & (target != GAP)
    if task.gaps == "dropped":
        mask &= (inputs != GAP).all()
    last = slice(-SHOWN - 1, None)
    return with_gaps(inputs[0, last]), with_gaps(np.where(mask, target, GAP)[0, last])


def read_as(data: UserData, source: str, column: Column | Columns | None) -> None:
    """User data: how they were read, and the symbols that their values became."""
    title("User data")
    paragraph(f"{source}: {column.understood if column else f'{len(data):,} bytes.'}", "  ")
    if column:
        begin, end = column.ends
        last = len(column) - len(end)
        between = " ... " if last > len(begin) else " / "
        paragraph(f"{_bordered(begin, column, 0)}{between}{_bordered(end, column, last)}", "  ")
    if data.recoding:
        paragraph(
            f"Recoded, symbols 0 to {data.recoding.vocab_size - 1}: {data.recoding.described}.",
            "  ",
        )


def _bordered(values: Sequence[Part | list[Part]], column: Column | Columns, first: int) -> str:
    """Values from a place on, with a bar where another sequence begins."""
    borders = set(column.starts.tolist()) - {first}
    texts = (
        f"| {part_said(part)}" if place in borders else part_said(part)
        for place, part in enumerate(values, first)
    )
    return " ".join(texts)


def learned_from(
    experiment: Experiment, data: UserData, source: str, column: Column | Columns | None
) -> None:
    """User data: how they were read, how many are trained on, and what can be said of them without
    a memory.
    """
    read_as(data, source, column)
    gaps = int((data.integers == GAP).sum())
    if gaps:
        text = f"{many(gaps, 'value')} missing: gaps, {experiment.echo.gaps}; --gaps chooses how."
        paragraph(text, "  ")
    paragraph(_parts(experiment, data), "  ")
    short = left_out(experiment, data.starts, len(data)) if data.several else 0
    if short:
        least = f"{draw_of(experiment)} values that a {_drawn(experiment)} takes"
        are = "is shorter than the" if short == 1 else "are shorter than the"
        paragraph(f"{many(short, 'sequence')} {are} {least}, and left out.", "  ")
    result = chance(experiment, data)
    rules = ", ".join(f"{rule} {accuracy.value:.2%}" for rule, accuracy in result.rules.items())
    paragraph(f"Without a memory: {rules}. {result.sentence}", "  ")


def _parts(experiment: Experiment, data: UserData) -> str:
    """What is trained on, and what is held out."""
    begin, end = held_out_part(experiment, data)
    fold, rest = experiment.training.fold, end - begin
    begins, later = f"Fold {fold}: " if fold else "", "last" if end == len(data) else "next"
    if not data.several:
        return (
            f"{begins}{'the' if fold else 'The'} first {begin:,} of {len(data):,} are trained on,"
            f" the {later} {rest:,} are held out for the accuracy."
        )
    first, last = (int((data.starts < place).sum()) for place in (begin, end))
    return (
        f"{begins}{'of' if fold else 'Of'} {many(len(data.starts), 'sequence')} the first"
        f" {first:,} ({many(begin, 'value')}) are trained on, and the {later} {last - first:,}"
        f" ({many(rest, 'value')}) held out for the accuracy."
    )


def _drawn(experiment: Experiment) -> str:
    if experiment.training.sampling == "sequence":
        return "sequence of the training (its length)"
    return "window with its targets"


def demanded(experiment: Experiment, asks: Demand) -> None:
    """What the task asks of a memory."""
    title("Demand")
    for sentence in asks.sentences(user_data=experiment.data is not None):
        paragraph(sentence, "  ")
    if asks.dropped:
        windows = (
            "the oldest window is"
            if asks.dropped == 1
            else f"the {asks.dropped} oldest windows are"
        )
        paragraph(
            f"Of the {asks.samples + asks.dropped} windows of a sequence {windows} dropped, so"
            f" that batches of {experiment.training.batch_size} come out even.",
            "  ",
        )
