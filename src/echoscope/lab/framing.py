"""What a task asks, as a page draws it: a sequence, the windows that move over it, and where the
symbol of each target was read; with the demand in words and bits.
"""

from dataclasses import asdict, dataclass

import numpy as np

from echoscope.experiment.demand import Demand, demand
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.paths import PATHS
from echoscope.integers import GAP, Integers
from echoscope.lab.controls import Asked
from echoscope.settings import Json
from echoscope.tasks.base import Task
from echoscope.tasks.draws import NumpyDraws
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import first_end

MOST_SYMBOLS, MOST_WINDOWS, MOST_TARGETS = 60, 12, 60


@dataclass(frozen=True)
class Arrow:
    """One target: asked at the place `to` in the sequence, for the symbol at the place `source`
    (which may lie before the sequence), which arrives by `path`: window, state or none.
    """

    source: int
    to: int
    symbol: int | None
    path: str


@dataclass(frozen=True)
class Window:
    """One sample: the places that it reads, `begin` to `end` (excluded), its targets, of very many
    the first, and how many it has.
    """

    begin: int
    end: int
    arrows: tuple[Arrow, ...]
    targets: int


@dataclass(frozen=True)
class Framing:
    """A sequence of symbols, None for a gap, and the windows over it; `cut` says that there are
    more symbols.
    """

    symbols: tuple[int | None, ...]
    windows: tuple[Window, ...]
    cut: bool


def framing_of(experiment: Experiment, asks: Demand, sequence: Integers | None = None) -> Framing:
    """Some windows of one sequence, which is drawn, or given; of a task whose samples are drawn
    afresh, one sample.

    >>> from echoscope.experiment.presets import preset
    >>> lag = preset("lag")
    >>> windows = framing_of(lag, demand(lag.task, lag.training)).windows
    >>> windows[0].begin, windows[0].end, windows[0].arrows[0].source, windows[1].begin
    (0, 5, 3, 1)
    """
    task = experiment.task
    if not isinstance(task, Echo):
        return _of_sample(task, experiment.seed, asks)
    there = task.length if sequence is None else len(sequence)
    length = min(there, max(MOST_SYMBOLS, task.reach))
    if sequence is None:
        sequence = task.drawn(NumpyDraws(experiment.seed), (length,))
    drawn = np.asarray(sequence)[: min(length, MOST_SYMBOLS)].tolist()
    symbols = tuple(None if symbol == GAP else symbol for symbol in drawn)
    first, windows = first_end(task, length), []
    relative = _by_sample(asks)
    for sample in range(max(0, min(MOST_WINDOWS, length - task.ahead - first))):
        end = first + sample + 1
        begin = max(0, end - task.time_steps) if task.window else 0
        offset = end - task.time_steps if task.window else 0
        targets = relative.get(sample, relative[max(relative)])
        arrows = tuple(
            Arrow(offset + source, offset + to, _symbol(symbols, offset + source), path)
            for source, to, path in targets[:MOST_TARGETS]
        )
        windows.append(Window(begin, end, arrows, len(targets)))
    return Framing(symbols, tuple(windows), length > len(symbols))


def _by_sample(asks: Demand) -> dict[int, list[tuple[int, int, str]]]:
    """The targets of the first samples: where each symbol was read and is asked, in steps of the
    sample's window, and its path. No more are made than are drawn.
    """
    kinds, begin = asks.kinds, int(asks.kinds.first.min())
    rows: dict[int, list[tuple[int, int, int, str]]] = {}
    for place, _, source, to, path, first, count in zip(
        *map(np.ndarray.tolist, kinds), strict=True
    ):
        for sample in range(first, min(first + count, begin + MOST_WINDOWS)):
            rows.setdefault(sample - begin, []).append((place, source, to, PATHS[path]))
    return {sample: [target[1:] for target in sorted(row)] for sample, row in sorted(rows.items())}


def _symbol(symbols: tuple[int | None, ...], place: int) -> int | None:
    return symbols[place] if 0 <= place < len(symbols) else None


def _of_sample(task: Task, seed: int, asks: Demand) -> Framing:
    """One sample, which is one window."""
    drawn = task.sample(NumpyDraws(seed), 1)[0]
    inputs, asked = drawn[: task.time_steps], np.flatnonzero(task.mask())
    symbols = tuple(int(symbol) for symbol in inputs[:MOST_SYMBOLS])
    wanted, places = drawn[task.time_steps :][asked], sources(task, inputs)[asked]
    arrows = [
        Arrow(int(source), target.target_step, int(symbol), target.path)
        for target, symbol, source in zip(asks.targets, wanted, places, strict=False)
        if target.target_step < len(symbols)
    ]
    window = Window(0, len(symbols), tuple(arrows[:MOST_TARGETS]), len(asked))
    return Framing(symbols, (window,), task.time_steps > len(symbols))


def sources(task: Task, inputs: Integers) -> Integers:
    """Where the symbol of each target was read in a sample: where it stands, and another symbol in
    its place is the oracle's answer then. [time] -> [targets]

    >>> from echoscope.tasks.hold import Hold
    >>> sources(Hold(delay=2), np.array([4, 2, 7]))
    array([0])
    """
    steps = np.arange(len(inputs))
    result = np.broadcast_to(task.input_steps(), (task.target_count,)).copy()
    for offset in (1, -1):
        other = (inputs + offset) % task.vocab_size
        changed = np.where(np.eye(len(inputs), dtype=bool), other, inputs)  # [place, time]
        follows = task.oracle(changed) == other[:, None]  # [place, target]
        follows &= task.oracle(inputs[None]) == inputs[:, None]
        result = np.where(follows.any(axis=0), steps[np.argmax(follows, axis=0)], result)
    return result


def explained(asked: Asked) -> Json:
    """All that the page says of a task before training. Raises `SettingError` for settings that
    cannot be.
    """
    experiment, sent = asked.experiment, asked.sent
    asks = demand(experiment.task, experiment.training)
    sequence = sent.data.integers if sent else None
    return {
        "id": experiment.id,
        "demand": asks.to_json(),
        "sentences": asks.sentences(),
        "chance": sent.chance(experiment).accuracy.value if sent else asks.chance,
        "data": sent.told(experiment) if sent else None,
        "steps": experiment.steps,
        "framing": asdict(framing_of(experiment, asks, sequence)),
        "recipe": asked.recipe,
        "watched": asked.watched,
    }
