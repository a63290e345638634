"""The door for pure functions: `init` and `step` of a class, an instance or a module.

    def init(key, input_size, units): ...            # weights: any tree of arrays
    def initial_state(batch_size, units): ...        # the carry: any tree of arrays [batch, ...]
    def step(weights, state, inputs): ...            # [batch, input_size] -> (state, outputs)

`step` gives its results in the order of `jax.lax.scan`. Where there is `apply(weights, state,
inputs)` too, on [time, batch, input_size], giving (outputs, state) of all time steps, that is what
trains, and the X-ray holds the two to each other.
"""

import inspect

import jax

from echoscope.errors import SettingError
from echoscope.measure.in_jax.check import checked
from echoscope.measure.in_jax.functions import Functions, scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Array, Module, Parts
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import call, identity_of, is_factory, made
from echoscope.measure.layer.given import no_outputs
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import Named

DOOR = "init and step"


def opened(known: Named, options: LayerOptions, input_size: int) -> JaxLayer:
    """The layer of an `init`/`step` pair. Raises `SettingError` where a function is missing."""
    source, units = known.source, options.units
    thing: Module = known.thing
    if inspect.isclass(thing) or is_factory(thing):
        thing = made(source, thing, units, input_size, options.arguments).layer
    for part in ("init", "step", "initial_state"):
        if not callable(getattr(thing, part, None)):
            raise SettingError(
                f"{source} has no {part}: give it {part} beside init, initial_state and step, as"
                " docs/measure/pure.md has them."
            )
    sizes = {"units": units, "hidden_size": units}

    def init(key: jax.Array, input_size: int) -> Parts:
        weights = call(f"{source}.init", thing.init, key=key, input_size=input_size, **sizes)
        return Parts(weights, static=input_size)

    def initial_state(parts: Parts, batch_size: int) -> State:
        more = {"weights": parts.weights, "batch_size": batch_size, "input_size": parts.static}
        return call(f"{source}.initial_state", thing.initial_state, **more, **sizes)

    def step(parts: Parts, state: State, inputs: Array) -> tuple[State, Array]:
        result = thing.step(parts.weights, state, inputs)
        if result is None:
            raise no_outputs(f"{source}.step", result)
        if not isinstance(result, tuple) or len(result) != 2:
            raise SettingError(
                f"{source}.step must give (state, outputs), not {type(result).__name__}: let it"
                " return both, as a step of jax.lax.scan does."
            )
        return result[::-1] if options.carry == "output_state" else result

    def whole(parts: Parts, state: State, inputs: Array) -> tuple[Array, State]:
        return thing.apply(parts.weights, state, inputs)

    apply = whole if callable(getattr(thing, "apply", None)) else scanned(step, f"{source}.step")
    identity = identity_of(known, options, known.thing, f"jax {jax.__version__}", DOOR, fresh=True)
    return checked(JaxLayer(identity, Functions(init, initial_state, apply), input_size))
