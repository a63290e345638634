"""A memory report as JSON, in the form that `report.schema.json` publishes."""

import json
from dataclasses import asdict
from importlib.resources import files

from echoscope.measure.report.words import held
from echoscope.measure.results import Axis, Bits, MeasuredValue, MemoryReport
from echoscope.measure.xray.page import looks_json
from echoscope.settings import Json, json_value

VERSION = 1
SCHEMA = "report.schema.json"


def schema() -> Json:
    """The JSON Schema (2020-12) of what `to_json` gives."""
    return json.loads((files("echoscope.measure.report") / SCHEMA).read_text())


def to_json(report: MemoryReport) -> Json:
    """Plain JSON values. What was not measured, or is no finite number, is null."""
    xray = report.xray
    values = {
        "schema": VERSION,
        "layer": xray.identity.source,
        "identity": asdict(xray.identity) | {"told": dict(xray.identity.told)},
        "parameters": xray.parameters,
        "state_size": xray.state_size,
        "width": xray.width,
        "xray": looks_json(xray),
        "reach": xray.reach,
        "free_lags": xray.free_lags,
        "finite_reach": xray.finite_reach,
        "effective_state_size": xray.effective_state_size,
        "entropy_state_size": xray.entropy_state_size,
        "bits": report.bits and _bits(report.bits),
        "span": report.shift and _axis(report.shift),
        "hold": report.hold and _axis(report.hold),
        "recall": report.recall and _axis(report.recall),
        "precision": report.precision and asdict(report.precision),
        "extrapolation": report.extrapolation and asdict(report.extrapolation),
        "baselines": [
            {name: _part(part) for name, part in row.__dict__.items()} for row in report.baselines
        ],
        "unsettled": report.unsettled,
        "vocab_size": report.vocab_size,
        "settings": dict(report.settings),
        "budget": report.budget,
        "seconds": report.seconds,
        "command": report.command,
    }
    return json_value(values)


def _part(part: object) -> object:
    return asdict(part) if isinstance(part, MeasuredValue) else part


def _bits(bits: Bits) -> Json:
    """The headline, and all that it was chosen from."""
    return asdict(held(bits)) | {
        "ceiling": bits.ceiling,
        "said_at_once": asdict(bits.ladder),
        "certified": asdict(bits.certified) | {"lag": bits.certified_lag},
        "probe": {
            "trained": bits.held and asdict(bits.held),
            "untrained": bits.untrained and asdict(bits.untrained),
            "shuffled": bits.shuffled and asdict(bits.shuffled),
        },
        "lags": [
            asdict(row.bits) | {"lag": row.lag, "accuracy": row.accuracy} for row in bits.lags
        ],
        "trainings": bits.trainings,
        "learning_rates": bits.learning_rates,
    }


def _axis(axis: Axis) -> Json:
    return asdict(axis.span) | {
        "spread": axis.spread,
        "chance": axis.chance,
        "target_accuracy": axis.target_accuracy,
        "longest": axis.longest,
        "trials": [asdict(trial) for trial in axis.trials],
        "rates": axis.rates,
    }
