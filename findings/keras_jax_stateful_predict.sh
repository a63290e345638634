#!/usr/bin/env bash
# Keras 3.15.0 on JAX 0.10.2: `predict` of a stateful layer starts every batch from the state that the layer had when
# `predict` was first used on that model. It does not carry the state from batch to batch, and `reset_state` does not
# bring it back to zeros.
#
# Keras' documentation of `stateful`: "the last state for each sample at index i in a batch will be used as initial state
# for the sample of index i in the following batch." A good guess from that is what each line below says after "guess".
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the behaviour is as
# described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.0 jax==0.10.2 numpy

cat > "$folder/stateful.py" <<'PYTHON'
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import jax
import keras
import numpy as np

print(f"Python {sys.version.split()[0]}, Keras {keras.__version__}, JAX {jax.__version__}, NumPy {np.__version__}")


def adder():
    """A network that says the sum of all it has read: one linear unit that adds its input to its state."""
    layer = keras.layers.SimpleRNN(1, activation="linear", use_bias=False, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(1, 1, 1)), layer])
    layer.set_weights([np.ones((1, 1)), np.ones((1, 1))])
    return model, layer


def predicted(model):
    return model.predict(np.ones((4, 1, 1), "float32"), batch_size=1, verbose=0).ravel().tolist()


def called(model, number):
    return float(model(np.full((1, 1, 1), number, "float32"))[0, 0])


same = True


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


model, layer = adder()
line("Three direct calls with 1, which do carry the state", [called(model, 1) for _ in range(3)], [1, 2, 3], [1, 2, 3])

model, layer = adder()
line("predict of 1 1 1 1, a fresh model", predicted(model), [1, 1, 1, 1], [1, 2, 3, 4])

model, layer = adder()
called(model, 10)
line("predict of 1 1 1 1 after one direct call with 10", predicted(model), [11, 11, 11, 11], [11, 12, 13, 14])
layer.reset_state()
line("the state after reset_state", float(layer.states[0][0, 0]), 0, 0)
line("predict of 1 1 1 1 after reset_state", predicted(model), [11, 11, 11, 11], [1, 2, 3, 4])
line("a direct call with 1 after reset_state", called(model, 1), 1, 1)
model.make_predict_function(force=True)
line("predict of 1 1 1 1 after make_predict_function(force=True)", predicted(model), [2, 2, 2, 2], [2, 3, 4, 5])

print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/stateful.py"
