"""What is checked of a layer when it is opened, by its shapes alone: nothing is computed."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp

from echoscope.errors import SettingError
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Array, Tree, words_of
from echoscope.measure.layer.construct import Made, explained
from echoscope.measure.layer.given import no_numbers, no_outputs

TIME, BATCH = 3, 2


def checked(layer: JaxLayer) -> JaxLayer:
    """The layer, if it reads [time, batch, features] and gives an output at every time step.

    Raises `SettingError` in one sentence where it does not, where it fails, or where one of its
    kernels needs a GPU that is not here.
    """
    if layer.fixed and layer.fixed != layer.input_size:
        layer = dataclasses.replace(layer, input_size=layer.fixed)
    source = layer.identity.source
    shape = (TIME, BATCH, layer.input_size)
    read = f"{source} cannot read inputs of shape [time, batch, features] = {list(shape)}"
    with explained(read, "mend it, or say in its arguments or layout how it reads them"):
        inputs = jax.ShapeDtypeStruct(shape, jnp.float32)
        weights = layer.form.flat(layer.form.template)
        traced = jax.jit(layer._apply).trace(weights, inputs)
        outputs, after = traced.out_info
    if after is None:
        layer = dataclasses.replace(layer, hands_state=False)
    if not hasattr(outputs, "dtype"):
        raise no_outputs(source, outputs)
    if len(outputs.shape) != 3 or outputs.shape[:2] != (TIME, BATCH):
        keras = layer.identity.framework.startswith("keras")
        more = ", as Keras' layers do with return_sequences=True" if keras else ""
        raise SettingError(
            f"{source} must give outputs of shape [time, batch, width], here [{TIME}, {BATCH},"
            f" width], not {words_of(outputs)}: let it give one vector at every time step{more}."
        )
    if not jnp.issubdtype(outputs.dtype, jnp.floating):
        raise no_numbers(source, str(outputs.dtype))
    if layer.fixed is None and not _reads_another(layer):
        layer = dataclasses.replace(layer, fixed=layer.input_size, tried=True)
    if "pallas_call" in str(traced.jaxpr):
        needs = f"{source} has a kernel that does not run on {jax.default_backend().upper()}"
        with explained(needs, "measure it where its kernel runs, or switch to its plain form"):
            traced.lower()
    return layer


def _reads_another(layer: JaxLayer) -> bool:
    """Whether it reads another width too: if not, what is read is brought to its own."""
    size, functions = layer.input_size + 1, layer.functions
    inputs = jax.ShapeDtypeStruct((TIME, BATCH, size), jnp.float32)

    def read(tree: Tree, inputs: Array) -> Array:
        return functions.apply(tree, functions.initial_state(tree, BATCH), inputs)[0]

    try:
        if functions.on_host:
            tree = functions.init(0, size)
        else:
            tree = jax.eval_shape(lambda key: functions.init(key, size), jax.random.key(0))
        jax.eval_shape(read, tree, inputs)
    except Exception:
        return False
    return True


def seen_once(make: Callable[[], Made]) -> Made:
    """What is made, to be looked at: it is traced, so that nothing is computed for it."""
    made: list[Made] = []
    jax.eval_shape(lambda: made.append(make()))
    return made[0]
