"""What a config of Keras says before anything is built from it: known classes, and the loss of
training.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from echoscope.formats.keras.loader import refuse
from echoscope.settings import Json, JsonValue

CONTAINERS = ("Sequential", "Functional")
PASSED = ("InputLayer", "Dropout", "SpatialDropout1D")  # which do nothing when a network is used
LAYERS = (
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Bidirectional",
    "Dense",
    "TimeDistributed",
    "RepeatVector",
    "Embedding",
    "Masking",
    "Flatten",
    "Reshape",
    "Activation",
    "Softmax",
    *PASSED,
)
PARTS = (
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
)  # what only matters while training
CHOOSING = (
    "categoricalcrossentropy",
    "sparsecategoricalcrossentropy",
    "categoricalfocalcrossentropy",
)


@dataclass(frozen=True)
class Loss:
    """What a model was compiled to make small: a name, empty for none, and whether its outputs are
    logits.
    """

    name: str
    logits: bool

    def __str__(self) -> str:
        if not self.name:
            return "it was saved without a loss"
        return f"its loss is {self.name}{' of logits' if self.logits else ''}"


def check_classes(path: Path, config: Json) -> None:
    """Refuse, before Keras builds anything, whatever is not one of its own layers or a part of
    them.
    """
    if not _is_known(config, CONTAINERS):
        refuse(path, "model", "a Sequential or Functional of Keras", _class_of(config))
    # How the model was compiled is not loaded, so an optimizer or loss of any class may stand
    # there.
    for part in _classes([value for key, value in config.items() if key != "compile_config"]):
        if "quant" in str(part.get("class_name")).lower():
            refuse(path, "weights", "float32", f"quantized ({part['class_name']})")
        if not _is_known(part, (*LAYERS, "DTypePolicy")):
            refuse(
                path,
                "layers",
                f"{', '.join(LAYERS[:-1])} and {LAYERS[-1]} of Keras alone",
                _class_of(part),
            )


def loss_of(config: Json) -> Loss:
    """The loss that a config says, in words: nothing of it is built.

    >>> loss_of({"compile_config": {"loss": "mse"}})
    Loss(name='mse', logits=False)
    """
    compiled = config.get("compile_config")
    loss = compiled.get("loss") if isinstance(compiled, dict) else None
    if isinstance(loss, list) and len(loss) == 1:
        loss = loss[0]
    if isinstance(loss, dict) and len(loss) == 1:
        (loss,) = loss.values()
    if not isinstance(loss, dict):
        return Loss(loss if isinstance(loss, str) else "", False)
    settings = loss.get("config")
    if loss.get("class_name") == "function":
        return Loss(str(settings), False)
    logits = isinstance(settings, dict) and settings.get("from_logits") is True
    name = str(loss.get("class_name") or "")
    return Loss(name, logits and name.lower() in CHOOSING)


def _classes(config: JsonValue) -> Iterator[Json]:
    """Every JSON object that names a class, at any depth."""
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            if "class_name" in node:
                yield node
        elif isinstance(node, list):
            waiting += node


def _is_known(part: Json, names: tuple[str, ...]) -> bool:
    """Whether a part is Keras' own class of one of these names, a tensor between layers, or a part
    for training.
    """
    name, module = str(part.get("class_name")), str(part.get("module"))
    if part.get("registered_name") not in (None, name):
        return False
    if module in PARTS:
        return name[:1].isupper()  # a class: Keras would also look up functions there
    is_keras = module == "keras" or module.startswith("keras.")
    return name == "__keras_tensor__" or (is_keras and name in names)


def _class_of(part: Json) -> str:
    return f"{part.get('module') or 'unknown'}.{part.get('class_name') or 'unknown'}"
