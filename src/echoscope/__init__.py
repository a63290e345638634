"""Echoscope shows and measures what a sequence model remembers.

>>> import echoscope
>>> lag = echoscope.preset("lag")
>>> echoscope.demand(lag.task, lag.training).held
1

Whatever is named is loaded when it is first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__: str  # looked up when it is named

if TYPE_CHECKING:
    from echoscope.analysis.accuracy import aggregate
    from echoscope.analysis.comparison import compare
    from echoscope.analysis.groups import groups_of
    from echoscope.analysis.learning_rates import choose_learning_rate
    from echoscope.analysis.spans import fewest_units, span_of
    from echoscope.analysis.time_to_solve import steps_to_solve
    from echoscope.column_recodings import ColumnRecodings
    from echoscope.emergence.watch import Film, watch
    from echoscope.errors import (
        EchoscopeError,
        ExtraError,
        InsufficientMemoryError,
        IntegerError,
        SettingError,
        StoreError,
    )
    from echoscope.evaluation.confusion import Confusion, confusion, confusion_pairs
    from echoscope.evaluation.forecast import Calibration, calibration, forecast
    from echoscope.evaluation.generate import Generated, generate
    from echoscope.evaluation.long_stream import Evaluation, evaluate
    from echoscope.evaluation.predict import predict
    from echoscope.evaluation.prediction import Prediction
    from echoscope.evaluation.stream import Stream
    from echoscope.experiment.demand import Demand, demand
    from echoscope.experiment.experiment import Experiment, TrainingConfig
    from echoscope.experiment.presets import PRESETS, preset, register_task
    from echoscope.experiment.user_data import UserData
    from echoscope.figures import Evidence, draw, sketch
    from echoscope.formats.keras import read_keras, write_keras
    from echoscope.information.inspection import Inspection, inspect_symbols
    from echoscope.measure.asserting import assert_memory
    from echoscope.measure.comparison.comparing import compare_layers
    from echoscope.measure.doors.open import open_layer
    from echoscope.measure.layer.options import LayerOptions
    from echoscope.measure.measuring import measure_layer
    from echoscope.measure.results import MemoryReport
    from echoscope.measure.traces.scored import measure_traces
    from echoscope.measure.xray import xray
    from echoscope.models.base import SequenceLayer
    from echoscope.reading import Column, Columns, read
    from echoscope.reading.recode import recode
    from echoscope.recoding import Recoding
    from echoscope.registry import register_layer
    from echoscope.report import document_of, write_document
    from echoscope.report.beside import BesideRules, beside_rules
    from echoscope.runs.run import Run
    from echoscope.settings import setting
    from echoscope.store import Store
    from echoscope.studies.grid import Study
    from echoscope.studies.sweep import Sweep
    from echoscope.tasks.associative_recall import AssociativeRecall
    from echoscope.tasks.base import Held, Task
    from echoscope.tasks.echo import Echo
    from echoscope.tasks.hold import Hold
    from echoscope.tasks.selective_copy import SelectiveCopy
    from echoscope.tasks.windows import (
        frame,
        generate_sequence,
        one_hot_decode,
        one_hot_encode,
        one_hot_top,
        to_supervised,
    )
    from echoscope.training.loop import Training
    from echoscope.training.train import train

_LATER = {
    "Demand": "experiment.demand",
    "demand": "experiment.demand",
    "Run": "runs.run",
    "Store": "store",
    "Study": "studies.grid",
    "Task": "tasks.base",
    "Echo": "tasks.echo",
    "Hold": "tasks.hold",
    "SelectiveCopy": "tasks.selective_copy",
    "AssociativeRecall": "tasks.associative_recall",
    "Held": "tasks.base",
    "setting": "settings",
    "register_task": "experiment.presets",
    "EchoscopeError": "errors",
    "ExtraError": "errors",
    "IntegerError": "errors",
    "StoreError": "errors",
    "InsufficientMemoryError": "errors",
    "SettingError": "errors",
    "PRESETS": "experiment.presets",
    "UserData": "experiment.user_data",
    "Column": "reading",
    "ColumnRecodings": "column_recodings",
    "Columns": "reading",
    "read": "reading",
    "recode": "reading.recode",
    "Recoding": "recoding",
    "Experiment": "experiment.experiment",
    "TrainingConfig": "experiment.experiment",
    "preset": "experiment.presets",
    "frame": "tasks.windows",
    "generate_sequence": "tasks.windows",
    "one_hot_decode": "tasks.windows",
    "one_hot_encode": "tasks.windows",
    "one_hot_top": "tasks.windows",
    "to_supervised": "tasks.windows",
    "Evaluation": "evaluation.long_stream",
    "evaluate": "evaluation.long_stream",
    "Calibration": "evaluation.forecast",
    "calibration": "evaluation.forecast",
    "forecast": "evaluation.forecast",
    "Inspection": "information.inspection",
    "inspect_symbols": "information.inspection",
    "BesideRules": "report.beside",
    "beside_rules": "report.beside",
    "Film": "emergence.watch",
    "watch": "emergence.watch",
    "Generated": "evaluation.generate",
    "generate": "evaluation.generate",
    "Evidence": "figures",
    "draw": "figures",
    "sketch": "figures",
    "document_of": "report",
    "write_document": "report",
    "Confusion": "evaluation.confusion",
    "confusion": "evaluation.confusion",
    "confusion_pairs": "evaluation.confusion",
    "Prediction": "evaluation.prediction",
    "Stream": "evaluation.stream",
    "Training": "training.loop",
    "predict": "evaluation.predict",
    "choose_learning_rate": "analysis.learning_rates",
    "compare": "analysis.comparison",
    "fewest_units": "analysis.spans",
    "groups_of": "analysis.groups",
    "aggregate": "analysis.accuracy",
    "span_of": "analysis.spans",
    "steps_to_solve": "analysis.time_to_solve",
    "Sweep": "studies.sweep",
    "read_keras": "formats.keras",
    "SequenceLayer": "models.base",
    "register_layer": "registry",
    "train": "training.train",
    "write_keras": "formats.keras",
    "xray": "measure.xray",
    "measure_layer": "measure.measuring",
    "compare_layers": "measure.comparison.comparing",
    "assert_memory": "measure.asserting",
    "LayerOptions": "measure.layer.options",
    "MemoryReport": "measure.results",
    "measure_traces": "measure.traces.scored",
    "open_layer": "measure.doors.open",
}

__all__ = [
    "PRESETS",
    "AssociativeRecall",
    "BesideRules",
    "Calibration",
    "Column",
    "ColumnRecodings",
    "Columns",
    "Confusion",
    "Demand",
    "Echo",
    "EchoscopeError",
    "Evaluation",
    "Evidence",
    "Experiment",
    "ExtraError",
    "Film",
    "Generated",
    "Held",
    "Hold",
    "Inspection",
    "InsufficientMemoryError",
    "IntegerError",
    "LayerOptions",
    "MemoryReport",
    "Prediction",
    "Recoding",
    "Run",
    "SelectiveCopy",
    "SequenceLayer",
    "SettingError",
    "Store",
    "StoreError",
    "Stream",
    "Study",
    "Sweep",
    "Task",
    "Training",
    "TrainingConfig",
    "UserData",
    "aggregate",
    "assert_memory",
    "beside_rules",
    "calibration",
    "choose_learning_rate",
    "compare",
    "compare_layers",
    "confusion",
    "confusion_pairs",
    "demand",
    "document_of",
    "draw",
    "evaluate",
    "fewest_units",
    "forecast",
    "frame",
    "generate",
    "generate_sequence",
    "groups_of",
    "inspect_symbols",
    "measure_layer",
    "measure_traces",
    "one_hot_decode",
    "one_hot_encode",
    "one_hot_top",
    "open_layer",
    "predict",
    "preset",
    "read",
    "read_keras",
    "recode",
    "register_layer",
    "register_task",
    "setting",
    "sketch",
    "span_of",
    "steps_to_solve",
    "to_supervised",
    "train",
    "watch",
    "write_document",
    "write_keras",
    "xray",
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
