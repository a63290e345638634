#!/usr/bin/env bash
# Keras 3.15.0 on JAX 0.10.2: a variable that a cell changes in its `call` is unchanged after `keras.layers.RNN` has run
# it, unless the RNN is unrolled; and `stateless_call` gives it back as a tracer of JAX that nothing can read. With a
# mask, a step that is passed over gives the cell's first state, not the output of the step before, unless unrolled.
#
# Keras' documentation of `Layer.stateless_call`: "Non-trainable variables are returned as their updated value"; of the
# mask: "zero_output_for_mask ... False: output from previous timestep is returned for masked timestep". A good guess
# from that is what each line below says after "guess".
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the behaviour is as
# described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.0 jax==0.10.2 numpy

cat > "$folder/counting.py" <<'PYTHON'
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import jax
import keras
import numpy as np

print(f"Python {sys.version.split()[0]}, Keras {keras.__version__}, JAX {jax.__version__}, NumPy {np.__version__}")


class Counting(keras.layers.Layer):
    """A cell that adds its input to its state, gives ten times that, and counts its steps."""

    state_size = 1

    def build(self, shape):
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs, states):
        self.steps.assign_add(1.0)
        return 10 * (inputs + states[0]), [inputs + states[0]]


same = True


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


ones = np.ones((1, 3, 1), "float32")
for unroll, expected in ((False, 0.0), (True, 3.0)):
    cell = Counting()
    keras.layers.RNN(cell, unroll=unroll)(ones)
    line(f"steps counted in three, unroll={unroll}", float(cell.steps.value), expected, 3.0)

layer = keras.layers.RNN(Counting())
layer.build(ones.shape)
_, (steps,) = layer.stateless_call([], [variable.value for variable in layer.variables], ones)
line("steps of stateless_call are a tracer", isinstance(steps, jax.core.Tracer), True, False)

mask = np.array([[True, True, False]])
for unroll, expected in ((False, [10.0, 20.0, 2.0]), (True, [10.0, 20.0, 20.0])):
    layer = keras.layers.RNN(Counting(), return_sequences=True, unroll=unroll)
    outputs = np.asarray(layer(ones, mask=mask)).ravel().tolist()
    line(f"outputs, the third step masked, unroll={unroll}", outputs, expected, [10.0, 20.0, 20.0])

print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/counting.py"
