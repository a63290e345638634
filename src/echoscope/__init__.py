"""Echoscope shows and measures what a sequence model remembers.

>>> import echoscope
>>> lag = echoscope.preset("lag")
>>> echoscope.demand(lag.task, lag.fit).held
1

Whatever is named is loaded when it is first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__: str  # looked up when it is named

if TYPE_CHECKING:
    from echoscope.confusions import Misses, confusion, misses
    from echoscope.demands import Demand, demand
    from echoscope.endurance import Endurance, endure
    from echoscope.errors import (
        EchoError,
        ExtraError,
        IntegerError,
        RecordError,
        RoomError,
        WordError,
    )
    from echoscope.experiment import Experiment, Fit
    from echoscope.feedback import Feedback, feed_back
    from echoscope.figures import Evidence, draw, sketch
    from echoscope.framing import (
        frame,
        generate_sequence,
        one_hot_decode,
        one_hot_encode,
        one_hot_top,
        to_supervised,
    )
    from echoscope.keras_file import read_keras, write_keras
    from echoscope.predicted import Prediction
    from echoscope.prediction import predict
    from echoscope.presets import PRESETS, preset
    from echoscope.record import Record
    from echoscope.report import document_of, write_document
    from echoscope.run import train
    from echoscope.store import Store
    from echoscope.streams import Stream
    from echoscope.study.grid import Study
    from echoscope.study.sweeps import Sweep
    from echoscope.summary.cells import groups_of
    from echoscope.summary.comparison import compare
    from echoscope.summary.rates import choose_rate
    from echoscope.summary.spans import fewest_units, span_of
    from echoscope.summary.standing import judge
    from echoscope.summary.survival import steps_to_solve
    from echoscope.task import Task
    from echoscope.training import Training

_LATER = {
    "Demand": "demands",
    "demand": "demands",
    "Record": "record",
    "Store": "store",
    "Study": "study.grid",
    "Task": "task",
    "EchoError": "errors",
    "ExtraError": "errors",
    "IntegerError": "errors",
    "RecordError": "errors",
    "RoomError": "errors",
    "WordError": "errors",
    "PRESETS": "presets",
    "Experiment": "experiment",
    "Fit": "experiment",
    "preset": "presets",
    "frame": "framing",
    "generate_sequence": "framing",
    "one_hot_decode": "framing",
    "one_hot_encode": "framing",
    "one_hot_top": "framing",
    "to_supervised": "framing",
    "Endurance": "endurance",
    "endure": "endurance",
    "Feedback": "feedback",
    "feed_back": "feedback",
    "Evidence": "figures",
    "draw": "figures",
    "sketch": "figures",
    "document_of": "report",
    "write_document": "report",
    "Misses": "confusions",
    "confusion": "confusions",
    "misses": "confusions",
    "Prediction": "predicted",
    "Stream": "streams",
    "Training": "training",
    "predict": "prediction",
    "choose_rate": "summary.rates",
    "compare": "summary.comparison",
    "fewest_units": "summary.spans",
    "groups_of": "summary.cells",
    "judge": "summary.standing",
    "span_of": "summary.spans",
    "steps_to_solve": "summary.survival",
    "Sweep": "study.sweeps",
    "read_keras": "keras_file",
    "train": "run",
    "write_keras": "keras_file",
}

__all__ = [
    "PRESETS",
    "Demand",
    "EchoError",
    "Endurance",
    "Evidence",
    "Experiment",
    "ExtraError",
    "Feedback",
    "Fit",
    "IntegerError",
    "Misses",
    "Prediction",
    "Record",
    "RecordError",
    "RoomError",
    "Store",
    "Stream",
    "Study",
    "Sweep",
    "Task",
    "Training",
    "WordError",
    "choose_rate",
    "compare",
    "confusion",
    "demand",
    "document_of",
    "draw",
    "endure",
    "feed_back",
    "fewest_units",
    "frame",
    "generate_sequence",
    "groups_of",
    "judge",
    "misses",
    "one_hot_decode",
    "one_hot_encode",
    "one_hot_top",
    "predict",
    "preset",
    "read_keras",
    "sketch",
    "span_of",
    "steps_to_solve",
    "to_supervised",
    "train",
    "write_document",
    "write_keras",
]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"echoscope.{_LATER[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("echoscope")
    raise AttributeError(f"module 'echoscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
