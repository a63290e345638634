"""Which layers there are, and what each can do: a layer is one file in `models/` and one line here,
or comes from outside by `register_layer`. Needs no JAX.
"""

import os
import runpy
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from echoscope.errors import SettingError, plain

TYPED: list[str] = []  # the files that this command names, as they were typed
FILES = "ECHOSCOPE_PLUGINS"  # files that register layers, as the system joins paths
GROUP = "echoscope.plugins"  # the entry points of packages that do


class LayerKind(NamedTuple):
    """A layer's `module`, which has it as `LAYER` (or the layer itself), the readouts that it is
    used with, whether it carries a state from time step to time step, of what number its `units`
    must be a multiple, whether XLA survives multi-output fusion in it, and whether it is `listed`
    among those that a person is offered.
    """

    module: object
    readouts: tuple[str, ...] = ("last", "all")
    carries: bool = True
    multiple: int = 1
    fuses: bool = True
    listed: bool = True


LAYERS: dict[str, LayerKind] = {
    "lstm": LayerKind("echoscope.models.recurrent.lstm"),
    "gru": LayerKind("echoscope.models.recurrent.gru"),
    "gru-before": LayerKind("echoscope.models.recurrent.gru_before"),
    "rnn": LayerKind("echoscope.models.recurrent.rnn"),
    "lstm-torch": LayerKind("echoscope.models.recurrent.lstm_torch"),
    "lstm-flax": LayerKind("echoscope.models.recurrent.lstm_flax"),
    "lru": LayerKind("echoscope.models.ssm.lru"),
    "min-gru": LayerKind("echoscope.models.ssm.min_gru", fuses=False),
    "selective": LayerKind("echoscope.models.ssm.selective", fuses=False),
    "delta": LayerKind("echoscope.models.ssm.delta", fuses=False),
    "convolution": LayerKind("echoscope.models.convolution.short", fuses=False),
    "tcn": LayerKind("echoscope.models.convolution.tcn", fuses=False),
    "echo-state": LayerKind("echoscope.models.reservoir.echo_state", fuses=False),
    "ring": LayerKind("echoscope.models.reservoir.ring", fuses=False),
    "attention": LayerKind("echoscope.models.attention.causal", multiple=2, fuses=False),
    "mlp": LayerKind("echoscope.models.mlp", ("last",), carries=False),
    "encoder-decoder": LayerKind("echoscope.models.recurrent.lstm", ("decoder",)),
}


def register_layer(name: str, layer: object, listed: bool = True) -> None:
    """Make a `SequenceLayer` from outside the package a model of this name; one that is not
    `listed` is found by it and offered to nobody.

    Raises `SettingError` for a name that one of the package's own has.
    """
    if name in LAYERS and isinstance(LAYERS[name].module, str):
        raise SettingError(f"model {name} is there already: give the layer another name.")
    LAYERS[name] = LayerKind(layer, listed=listed)


def models(name: object) -> tuple[str, ...]:
    """The models that a person is offered, and the one of this name."""
    return tuple(known for known, kind in LAYERS.items() if kind.listed or known == name)


def kind_of(name: str) -> LayerKind:
    """What a model's layer can do. Raises `SettingError` for a model that nobody has registered."""
    if name not in LAYERS:
        load_installed()
    if name not in LAYERS:
        raise SettingError(
            f"model {name} is not there: name the file that registers it with --plugin, or call"
            " register_layer."
        )
    return LAYERS[name]


def layer_of(name: str) -> Any:
    """The `SequenceLayer` of a model."""
    module = kind_of(name).module
    return import_module(module).LAYER if isinstance(module, str) else module


def load_file(path: str) -> None:
    """Run a Python file that registers layers, here and in the processes begun from here.

    Raises `SettingError` where the file cannot be read, or fails.
    """
    place = str(Path(path).resolve())
    try:
        runpy.run_path(place)
    except SettingError:
        raise
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {plain(str(error), 100)}"
        raise SettingError(
            f"plugin {path} cannot be used ({why}): name a Python file that registers a layer."
        ) from None
    known = os.environ.get(FILES, "")
    if place not in known.split(os.pathsep):
        os.environ[FILES] = os.pathsep.join(part for part in (known, place) if part)


@cache
def load_installed() -> None:
    """The layers of `FILES`, and of every installed package that has an entry point in `GROUP`."""
    for path in filter(None, os.environ.get(FILES, "").split(os.pathsep)):
        load_file(path)
    from importlib.metadata import entry_points  # it takes a while to load

    for entry in entry_points(group=GROUP):
        entry.load()
