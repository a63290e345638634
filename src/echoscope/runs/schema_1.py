"""Runs as the first schema wrote them, under the names of this one."""

from echoscope.settings import Json, JsonValue

SETTINGS = {
    "symbols": "vocab_size",
    "when": "readout",
    "batch": "batch_size",
    "rate": "learning_rate",
    "state": "stateful",
    "draw": "sampling",
    "stop": "target_accuracy",
    "direction": "bidirectional",
}
VALUES = {
    "when": {"after": "last", "each": "all"},
    "state": {"carried": True, "reset": False},
    "direction": {"both": True, "forward": False},
}
FIELDS = {
    "score": "accuracy",
    "score_low": "accuracy_low",
    "score_high": "accuracy_high",
    "answers": "target_count",
    "distance": "mean_absolute_error",
    "bound": "ceiling",
    "group": "side_by_side",
    "heard": "inputs",
    "expected": "targets",
    "predicted": "predictions",
}
WEIGHTS = {"heard": "layer1", "said": "readout", "decoded": "decoder"}


def current(values: Json) -> Json:
    """A run's JSON values of schema 1 as this schema has them; the id is that of its settings.

    >>> current({"schema": 1, "score": 0.5, "id": "44136fa355b3"})
    {'schema': 2, 'accuracy': 0.5}
    """
    fields = {FIELDS.get(name, name): value for name, value in values.items() if name != "id"}
    if isinstance(fields.get("experiment"), dict):
        fields["experiment"] = _experiment(fields["experiment"])
    return fields | {"schema": 2}


def _experiment(values: Json) -> Json:
    parts = {
        {"fit": "training"}.get(name, name): _settings(part) if isinstance(part, dict) else part
        for name, part in values.items()
    }
    settings = _settings(parts)
    if settings.get("model") == "encoder-decoder" and isinstance(settings.get("task"), dict):
        settings["task"]["readout"] = "decoder"
    return settings


def _settings(values: Json) -> Json:
    return {SETTINGS.get(name, name): _value(name, value) for name, value in values.items()}


def _value(name: str, value: JsonValue) -> JsonValue:
    return VALUES[name].get(value, value) if name in VALUES and isinstance(value, str) else value


def weight_name(name: str) -> str:
    """The name of a weight of schema 1.

    >>> weight_name("heard2.kernel"), weight_name("heard.embedding"), weight_name("said.bias")
    ('layer2.kernel', 'encoder.embedding', 'readout.bias')
    """
    layer, _, part = name.partition(".")
    if part == "embedding":
        return "encoder.embedding"
    layer, back = layer.removesuffix("_back"), "_back" * layer.endswith("_back")
    number = layer.removeprefix("heard") if layer.startswith("heard") else ""
    return f"{f'layer{number}' if number else WEIGHTS.get(layer, layer)}{back}.{part}"
