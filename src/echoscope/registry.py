"""Which layers there are, and what each can do: a layer is one file in `models/` and one line here,
or comes from outside by `register_layer`. Needs no JAX.
"""

from importlib import import_module
from typing import Any, NamedTuple

from echoscope.errors import SettingError


class LayerKind(NamedTuple):
    """A layer's `module`, which has it as `LAYER` (or the layer itself), the readouts that it is
    used with, whether it carries a state from time step to time step, and of what number its
    `units` must be a multiple.
    """

    module: Any
    readouts: tuple[str, ...] = ("last", "all")
    carries: bool = True
    multiple: int = 1


LAYERS: dict[str, LayerKind] = {
    "lstm": LayerKind("echoscope.models.recurrent.lstm"),
    "gru": LayerKind("echoscope.models.recurrent.gru"),
    "rnn": LayerKind("echoscope.models.recurrent.rnn"),
    "lru": LayerKind("echoscope.models.ssm.lru"),
    "attention": LayerKind("echoscope.models.attention.causal", multiple=2),
    "mlp": LayerKind("echoscope.models.mlp", ("last",), carries=False),
    "encoder-decoder": LayerKind("echoscope.models.recurrent.lstm", ("decoder",)),
}


def register_layer(name: str, layer: Any) -> None:
    """Make a `SequenceLayer` from outside the package a model of this name.

    Raises `SettingError` for a name that is taken.
    """
    if name in LAYERS and LAYERS[name].module is not layer:
        raise SettingError(f"model {name} is there already: give the layer another name.")
    LAYERS[name] = LayerKind(layer)


def layer_of(name: str) -> Any:
    """The `SequenceLayer` of a model."""
    module = LAYERS[name].module
    return import_module(module).LAYER if isinstance(module, str) else module
