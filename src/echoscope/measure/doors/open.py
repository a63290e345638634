"""Which door a layer comes in by: decided by the module of its class, never by its shapes."""

import inspect
import sys
from importlib import import_module
from typing import Any, cast

from echoscope.errors import SettingError, shown
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.construct import is_factory, made, parameters_of
from echoscope.measure.layer.failures import named_failures
from echoscope.measure.layer.identity import Identity
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import (
    MAIN,
    Named,
    Thing,
    hash_of,
    load,
    public_name,
    refuse_missing,
)
from echoscope.registry import LAYERS

# The beginning of a module's name in a class's ancestry, and its adapter; the longest counts.
FRAMEWORKS = {
    "flax.linen": "flax_linen",
    "flax": "flax",
    "equinox": "equinox",
    "keras": "keras",
    "torch": "torch",
}
ADAPTERS = "echoscope.measure.doors."
PURE, REGISTRY = "pure", "registry"
USUAL = LayerOptions()


def open_layer(
    layer: object, options: LayerOptions = USUAL, input_size: int = 10, name: str = ""
) -> Layer:
    """The layer behind its door.

    `layer` is a name, as `my_layer.py:MyCell` or `flax.nnx:GRUCell`; that of a registered model, as
    `lstm`; or the class, factory, instance or module itself, which `name` may name. What is behind
    its door already is given back. `input_size` is the width of the inputs that it is made for,
    where it takes any.

    Raises `SettingError` for what is no layer, or cannot be made, and `ExtraError` where its
    framework is not installed.
    """
    if not isinstance(options, LayerOptions):
        raise SettingError(
            f"options must be LayerOptions, as LayerOptions(units=16), not {shown(options)}."
        )
    if isinstance(getattr(layer, "identity", None), Identity):
        return cast(Layer, layer)
    named = layer if isinstance(layer, str) else name or name_of(layer)
    with named_failures(named, "where it is made and first run"):
        return _opened(layer, options, input_size, named)


def _opened(layer: object, options: LayerOptions, input_size: int, name: str) -> Layer:
    if isinstance(layer, str) and layer in LAYERS:
        registry = import_module(ADAPTERS + REGISTRY)
        return registry.opened(Named(layer, LAYERS[layer], ""), options, input_size)
    known = load(layer) if isinstance(layer, str) else Named(name, layer, hash_of(layer))
    door = door_of(known, options, input_size)
    try:
        adapter = import_module(ADAPTERS + door)
    except ModuleNotFoundError as error:
        refuse_missing(error)
        raise
    return adapter.opened(known, options, input_size)


def name_of(thing: Thing) -> str:
    """A name for what was given and not named; what a notebook or a script has made is just `Cell`
    in its own eyes, and not `__main__:Cell`.
    """
    if inspect.ismodule(thing):
        return thing.__name__
    kind = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
    return (
        kind.__qualname__ if kind.__module__ == MAIN else f"{kind.__module__}:{kind.__qualname__}"
    )


def door_of(known: Named, options: LayerOptions, input_size: int) -> str:
    """The adapter's name for a class, an instance, a module, or a factory by what it makes."""
    thing = known.thing
    if is_factory(thing):
        thing = _made_once(known, options, input_size)
    kind = thing if inspect.isclass(thing) else type(thing)
    for base in kind.__mro__:
        for start, adapter in FRAMEWORKS.items():
            if f"{base.__module__}.".startswith(f"{start}."):
                return adapter
    if all(callable(getattr(thing, part, None)) for part in ("init", "step")):
        return PURE
    what = "a module without the functions init and step" if inspect.ismodule(thing) else None
    raise SettingError(
        f"{known.source} is {what or public_name(thing)}, no layer that can be measured: name a"
        " layer of Flax, Equinox, Keras or PyTorch, or a class or module with init and step."
    )


def _made_once(known: Named, options: LayerOptions, input_size: int) -> Any:
    """What a factory makes, to see its class. It is traced where JAX is there already, so that
    nothing is computed for it.
    """
    layers = []

    def make(**keys: Any) -> None:
        if "rngs" in parameters_of(known.thing):
            keys["rngs"] = import_module("flax.nnx").Rngs(0)
        result = made(
            known.source, known.thing, options.units, input_size, options.arguments, **keys
        )
        layers.append(result.layer)

    if "jax" not in sys.modules:
        make(key=None)
    else:
        import jax

        jax.eval_shape(lambda: make(key=jax.random.key(0), seed=0))
    return layers[0]
