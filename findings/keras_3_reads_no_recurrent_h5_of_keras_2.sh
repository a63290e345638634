#!/usr/bin/env bash
# Keras 3.15.0: `keras.models.load_model` loads no .h5 file with a recurrent layer that Keras 2.21 wrote. The config of such
# a layer says `time_major`, which Keras 2.21 writes also where it is false, as by default, and Keras 3 does not know.
#
# A good guess is what each line below says after "guess": the file is of the format that Keras 3 still reads and writes.
# Way out: take the key out of the config (an attribute of the file, JSON). Echoscope reads such files as they are.
#
# Reads tests/cases/keras2_functional.h5, which TensorFlow's Keras 2.21.0 wrote. Makes an environment of its own in a
# temporary folder and removes it. Ends with status 0 while the behaviour is as described, and with 1 when it has changed.
set -euo pipefail

file=$(cd "$(dirname "$0")" && pwd)/../tests/cases/keras2_functional.h5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.0 jax==0.10.2 numpy
cp "$file" "$folder/net.h5"

cat > "$folder/older.py" <<'PYTHON'
import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import h5py
import keras

print(f"Python {sys.version.split()[0]}, Keras {keras.__version__}")


def loaded(path):
    try:
        return f"a model of {len(keras.models.load_model(path, compile=False).layers)} layers"
    except ValueError as error:
        return str(error)[:71]


same = True


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


path, whole = sys.argv[1], "a model of 5 layers"
refused = "Unrecognized keyword arguments passed to LSTM: {'time_major': False}"
line("A file of Keras 2 with two LSTMs", loaded(path), refused, whole)
with h5py.File(path, "r+") as file:
    config = json.loads(file.attrs["model_config"])
    for layer in config["config"]["layers"]:
        layer["config"].pop("time_major", None)
    file.attrs["model_config"] = json.dumps(config)
line("The same without time_major", loaded(path), whole, whole)

print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/older.py" "$folder/net.h5"
