"""The door for PyTorch: a cell, or a module that reads whole sequences; a class, a factory or an
instance.

A cell is what is named so (`...Cell`), or what cannot be called without a state; it reads [batch,
features] and gives what it hands on. A sequence module reads [batch, time, features] or [time,
batch, features], as its attribute `batch_first` says, and gives outputs or (outputs, state). Where
a class says neither, a person does: `layout` and `carry` of the options. A state is passed as the
argument that is called hx, state, hidden or the like.
"""

# pyright: reportMissingImports=false
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import torch
from torch import nn

from echoscope.measure.in_torch.calls import WIDTHS, Call, ancestors, convention_of
from echoscope.measure.in_torch.layer import TorchLayer
from echoscope.measure.in_torch.modules import Make, seeded
from echoscope.measure.layer.construct import BOTH, READS, identity_of, made, maker, parameters_of
from echoscope.measure.layer.options import STEP, LayerOptions
from echoscope.measure.layer.source import Named

Factory = Callable[..., nn.Module]
CELL, SEQUENCE = "PyTorch cell", "PyTorch sequence module"


def opened(known: Named, options: LayerOptions, input_size: int) -> TorchLayer:
    """The layer of a module. Raises `SettingError` for one that cannot be made or run, or of which
    neither its class nor the options say how it is called.
    """
    thing, source = known.thing, known.source
    there = isinstance(thing, nn.Module)
    if there:
        maker(known, options)  # which refuses arguments for what is made already
        make, fixed = _again(thing), width_of(thing)
    else:
        make, fixed = _maker(source, thing, options, input_size)
    module = make(0, input_size)
    convention = convention_of(source, module, options)
    door, framework = CELL if convention.layout == STEP else SEQUENCE, f"torch {torch.__version__}"
    identity = identity_of(known, options, type(module), framework, door, fresh=not there)
    layer = TorchLayer(identity, make, Call(source, convention), fixed or input_size, fixed)
    layer.look()
    return layer if fixed or _reads_another(layer) else replace(layer, fixed=input_size, tried=True)


def _reads_another(layer: TorchLayer) -> bool:
    """Whether it reads another width too: if not, what is read is brought to its own."""
    try:
        layer.width_at(layer.input_size + 1)
    except Exception:
        return False
    return True


def _again(module: nn.Module) -> Make:
    """An instance as it is: a copy for everyone who uses it."""
    return lambda seed, input_size: deepcopy(module)


def _maker(
    source: str, kind: Factory, options: LayerOptions, input_size: int
) -> tuple[Make, int | None]:
    """What makes modules of a class or a factory, and the only width that they read."""

    def make(seed: int, input_size: int) -> nn.Module:
        with seeded(seed):
            return made(source, kind, options.units, input_size, options.arguments).layer

    takes_width = set(parameters_of(kind)) & set(READS)
    if takes_width - set(options.arguments):
        return make, None
    with seeded(0):
        first = made(source, kind, options.units, input_size, options.arguments)
    return make, first.fixed or width_of(first.layer)


def width_of(module: nn.Module) -> int | None:
    """The only width that a module reads: as it says itself, or its package is known to have it."""
    for name in ancestors(module):
        if name in WIDTHS:
            return WIDTHS[name](module)
    for name in (*READS, *BOTH):
        if isinstance(getattr(module, name, None), int):
            return getattr(module, name)
    return None
