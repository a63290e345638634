"""What a config of Keras says before anything is built from it: known classes, and the loss of
training.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from echoscope.formats.keras.graph import MASKS
from echoscope.formats.keras.loader import refuse
from echoscope.settings import Json, JsonValue

CONTAINERS = ("Sequential", "Functional")
# What does nothing when a network is used.
PASSED = (
    "InputLayer",
    "Dropout",
    "SpatialDropout1D",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
    "ActivityRegularization",
)
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
MASK_MODULES = ("keras.src.ops.numpy", "keras.ops")
CONTAINED = (
    "put its layers into keras.Sequential([*model.layers]), which keeps their weights, and save"
    " that"
)
NESTED = (
    "put its own layers in its place, as in keras.Sequential([*model.get_layer({0!r}).layers,"
    " ...]), which keeps their weights, and save that"
)
UNKNOWN = (
    "leave it out, as in keras.Sequential([layer for layer in model.layers if layer.name !="
    " {0!r}]), which keeps the others' weights, train that a little further where it did something,"
    " and save it"
)
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
        refuse(path, "model", "a Sequential or Functional of Keras", _class_of(config), CONTAINED)
    # How the model was compiled is not loaded, so an optimizer or loss of any class may stand
    # there.
    model = [value for key, value in config.items() if key != "compile_config"]
    for part, layer in _classes(model):
        if "quant" in str(part.get("class_name")).lower():
            refuse(
                path,
                f"weights of layer {layer}",
                "float32",
                f"quantized ({part['class_name']})",
                "save the network as it was before it was quantized",
            )
        if not _is_known(part, (*LAYERS, "DTypePolicy")) and not _is_mask(part):
            refuse_layer(path, layer, _class_of(part))


def refuse_layer(path: Path, layer: str, kind: str) -> NoReturn:
    """Refuse a layer of a class that is not known here."""
    nested = kind.rpartition(".")[2] in CONTAINERS
    refuse(
        path,
        f"layer {layer}",
        f"{', '.join(LAYERS[:-1])} or {LAYERS[-1]} of Keras alone",
        kind,
        NESTED.format(layer) if nested else UNKNOWN.format(layer),
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


def _classes(config: JsonValue) -> Iterator[tuple[Json, str]]:
    """Every JSON object that names a class, at any depth, and the name of the layer it is in."""
    waiting: list[tuple[JsonValue, str]] = [(config, "unknown")]
    while waiting:
        node, layer = waiting.pop()
        if isinstance(node, dict):
            settings = node.get("config")
            if "class_name" in node:
                name = settings.get("name") if isinstance(settings, dict) else None
                is_part = node["class_name"] == "DTypePolicy" or not isinstance(name, str)
                layer = layer if is_part else str(name)
                yield node, layer
            waiting += [(value, layer) for value in node.values()]
        elif isinstance(node, list):
            waiting += [(value, layer) for value in node]


def _is_mask(part: Json) -> bool:
    """Whether a part is a step that Keras draws for the mask of its own layers."""
    name = part.get("class_name")
    return (
        name in MASKS
        and str(part.get("module")) in MASK_MODULES
        and part.get("registered_name") in (None, name)
    )


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
