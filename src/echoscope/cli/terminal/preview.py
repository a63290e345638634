"""An experiment before it is trained, as a person reads it: words, windows, demand."""

from typing import Any

import numpy as np

from echoscope.cli.terminal.screen import SHOWN, integers_said, paragraph, title, with_gaps
from echoscope.cli.terminal.write import say
from echoscope.experiment.baselines import chance
from echoscope.experiment.demand import Demand
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import learned
from echoscope.integers import GAP, Integers
from echoscope.settings import Words
from echoscope.tasks.echo import Task
from echoscope.tasks.windows import first_end, generate_sequence, windows


def words_said(experiment: Experiment, source: str = "") -> str:
    """An experiment in one line, under the names of its flags: the tutorials' words, and others
    that differ.

    Own integers are named by their source, with the start of their hash behind it.
    """
    task, fit = experiment.task, experiment.fit
    said = [
        f"symbols {task.symbols}",
        f"length {task.length}",
        f"window {_none(task.window)}",
        f"lag {','.join(map(str, task.lag))}",
        f"when {task.when}",
        *_changed(task, "missing", "gaps", "edges"),
        f"model {experiment.model}",
        f"units {experiment.units}",
        *_changed(experiment, "encoding", "layers", "direction"),
        *_data(experiment, source),
        *_changed(experiment, "imported"),
        f"batch {fit.batch}",
        f"rate {fit.rate:g}",
        f"epochs {fit.epochs}",
        f"state {fit.state}",
        f"draw {fit.draw}",
        f"stop {_none(fit.stop)}",
        f"seed {experiment.seed}",
    ]
    return ", ".join(said)


def _data(experiment: Experiment, source: str) -> list[str]:
    name = experiment.data
    return [] if name is None else [f"data {source} ({name[:4]}...)" if source else f"data {name}"]


def _changed(words: Words, *names: str) -> list[str]:
    return [f"{name} {getattr(words, name)}" for name in names if name in words.said()]


def _none(value: Any) -> str:
    return "none" if value is None else f"{value:g}"


def framing(experiment: Experiment, rows: int = 4, own: Any = None) -> None:
    """Some windows of one sequence of this task, as X => y: of own integers where they are
    given.
    """
    task = experiment.task
    length = min(task.length, task.reach + rows - 1) if task.window else task.length
    if own is None:
        own = generate_sequence(length, task.symbols, seed=experiment.seed)
        lost = np.random.default_rng([experiment.seed, 1]).random(length) < task.missing
        own = np.where(lost, GAP, own)
    length = min(length, len(own))
    if task.window is None and task.edges == "dropped":
        task = task.with_words(length=length)
    first = first_end(task, length)
    title("What goes in => what must come out")
    for end in range(first, min(first + rows, length - task.ahead)):
        heard, said = _window(task, own, end)
        say(f"  {integers_said(heard)} => {integers_said(said)}")


def _window(task: Task, own: Integers, end: int) -> tuple[list[int | None], list[int | None]]:
    """The end of the window that ends at a place, and of its answers: what is shown of them."""
    framed = windows(task, np.array([end]))
    heard = np.where(framed.heard < 0, GAP, own[np.maximum(framed.heard, 0)])
    answer = own[np.maximum(framed.answer, 0)]
    asked = framed.asked & (answer != GAP)
    if task.gaps == "dropped":
        asked &= (heard != GAP).all()
    last = slice(-SHOWN - 1, None)
    return with_gaps(heard[0, last]), with_gaps(np.where(asked, answer, GAP)[0, last])


def learned_from(experiment: Experiment, own: Any, source: str) -> None:
    """Own integers: how many are learned from, and what can be said of them without a memory."""
    title("Own integers")
    kept = learned(experiment, len(own))
    paragraph(
        f"{source}: {len(own):,} integers, the first {kept:,} to learn from, the last"
        f" {len(own) - kept:,} held out for the score.",
        "  ",
    )
    found = chance(experiment, own)
    rules = ", ".join(f"{rule} {score.value:.2%}" for rule, score in found.rules.items())
    paragraph(f"Without a memory: {rules}. {found.sentence}", "  ")


def demanded(experiment: Experiment, asked: Demand) -> None:
    """What the task asks of a memory."""
    title("Demand")
    for sentence in asked.sentences(own=experiment.data is not None):
        paragraph(sentence, "  ")
    if asked.dropped:
        windows = (
            "the oldest window is"
            if asked.dropped == 1
            else f"the {asked.dropped} oldest windows are"
        )
        paragraph(
            f"Of the {asked.samples + asked.dropped} windows of a sequence {windows} dropped, so"
            f" that batches of {experiment.fit.batch} come out even.",
            "  ",
        )
