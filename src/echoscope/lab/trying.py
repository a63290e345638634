"""A stored network at work on what a person types: predictions, and one symbol at a time."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echoscope.integers import GAP, Integers
from echoscope.lab import recipes
from echoscope.lab.typed import MOST_SYMBOLS, parts_of, typed_symbols, typed_text
from echoscope.runs.run import Run
from echoscope.settings import Json, json_value
from echoscope.store import Store
from echoscope.tasks.echo import Echo

if TYPE_CHECKING:
    from echoscope.evaluation.stream import Stream

MOST_STREAMS = 32
TOP = 3
MORE = 8  # symbols of an example, beyond a window
MOST_SEEN, MOST_READ = 200, 20_000  # symbols whose units are seen, and time steps read for them
DIGITS = 3  # of what a unit holds


@dataclass
class Streamed:
    """A stream and the symbols that it has read."""

    stream: "Stream"
    read: list[int]


class Tries:
    """Networks of a store on typed symbols; streams that are read step by step are remembered, and
    made again from what was read where they are not.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._streams: OrderedDict[str, Streamed] = OrderedDict()
        self._lock = threading.Lock()

    def predicted(self, identity: str, text: str) -> Json:
        """Every window of typed symbols, its targets and predictions."""
        from echoscope.evaluation.predict import predict

        run = self.store.find(identity)
        symbols = typed_symbols(run, text)
        result = predict(run.experiment, self.store.weights(run), symbols, top=_top(run))
        columns = run.experiment.task.which_column - 1
        rows = [
            {
                "window": row.window,
                "place": row.place,
                "target": None if row.target is None else run.in_value(row.target),
                "prediction": run.in_value(row.prediction),
                "confidence": row.confidence,
                "correct": row.correct,
            }
            for row in result
        ]
        scored = result.accuracy
        return json_value(
            {
                "run": run.id,
                "symbols": [run.in_value(int(symbol)) for symbol in symbols],
                "inputs": run.inputs_in_values(result.inputs.tolist()),
                "targets_each": len(columns),
                "rows": rows,
                "units": self._units(run, symbols),
                "accuracy": scored.value if scored else None,
                "chance": run.chance,
                "recipe": recipes.predicting(
                    str(self.store.folder),
                    run.id,
                    parts_of(run, text),
                    [None if symbol == GAP else int(symbol) for symbol in symbols],
                ),
            }
        )

    def _units(self, run: Run, symbols: Integers) -> list[list[float]]:
        """What every unit holds after each symbol [time][units], of the first ones; none of another
        task than the echo, whose samples are read whole.
        """
        from echoscope.evaluation.stream import Stream

        if not isinstance(run.experiment.task, Echo):
            return []
        stream = Stream(run.experiment, self.store.weights(run))
        count = min(MOST_SEEN, max(1, MOST_READ // run.experiment.task.time_steps))
        seen = []
        for symbol in symbols[:count]:
            stream.forward(int(symbol))
            seen.append(_rounded(stream))
        return seen

    def example(self, identity: str) -> Json:
        """Symbols to begin with, drawn at random: more than a window of them, or one sample of a
        task that has samples of its own.
        """
        run = self.store.find(identity)
        task = run.experiment.task
        if task.column_sizes:
            return {"text": ""}
        more = MORE if isinstance(task, Echo) else 0
        count = min(MOST_SYMBOLS, task.time_steps + more)
        drawn = np.random.default_rng().integers(0, task.vocab_size, count).tolist()
        return {"text": typed_text([str(run.in_value(symbol)) for symbol in drawn])}

    def stepped(self, identity: str, texts: list[str]) -> Json:
        """What a stream says after the last of these symbols, which it reads one after the other
        from the start.
        """
        run = self.store.find(identity)
        symbols = [int(symbol) for text in texts for symbol in typed_symbols(run, text)]
        if not symbols:
            return {"run": run.id, "predictions": [], "confidence": [], "units": [], "read": 0}
        with self._lock:
            streamed = self._of(run, symbols)
            answer = None
            for symbol in symbols[len(streamed.read) :]:
                answer = streamed.stream.forward(symbol)
                streamed.read.append(symbol)
            units = _rounded(streamed.stream)
        assert answer
        return json_value(
            {
                "run": run.id,
                "read": len(symbols),
                "predictions": [run.in_value(symbol) for symbol in answer.predictions],
                "confidence": list(answer.confidence),
                "units": units,
            }
        )

    def _of(self, run: Run, symbols: list[int]) -> Streamed:
        """A stream that has read all but the last of these, or the beginning of them."""
        from echoscope.evaluation.stream import Stream

        there = self._streams.pop(run.id, None)
        if there is None or there.read != symbols[: len(there.read)] or there.read == symbols:
            there = Streamed(Stream(run.experiment, self.store.weights(run)), [])
        self._streams[run.id] = there
        while len(self._streams) > MOST_STREAMS:
            self._streams.popitem(last=False)
        return there


def _rounded(stream: "Stream") -> list[float]:
    return np.round(stream.units.astype(float), DIGITS).tolist()


def _top(run: Run) -> int:
    return 0 if run.experiment.encoding == "scalar" else min(TOP, run.experiment.task.vocab_size)
