#!/usr/bin/env bash
# memax 0.1.1: its `LRU` runs only where `hidden_size` (of inputs and outputs) equals `recurrent_size` (of the state),
# though its constructor takes both: `backward_map` gives `hidden_size` numbers, and its checked annotation says that
# they are `recurrent_size`.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the behaviour is as
# described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jax==0.10.2 equinox==0.13.8 beartype==0.23.1 optax
"$folder/venv/bin/pip" install -q --disable-pip-version-check --no-deps memax==0.1.1

cat > "$folder/lru.py" <<'PYTHON'
import sys
from importlib.metadata import version

import jax
import jax.numpy as jnp
from memax.equinox.semigroups.lru import LRU

print(f"Python {sys.version.split()[0]}, memax {version('memax')}, JAX {jax.__version__}")
same = True


def runs(hidden, recurrent):
    layer = LRU(recurrent_size=recurrent, hidden_size=hidden, key=jax.random.key(0))
    try:
        _, outputs = layer(layer.initialize_carry(), (jnp.ones((5, hidden)), jnp.zeros(5, bool)))
    except Exception as error:
        return type(error).__name__
    return outputs.shape


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


line("outputs of hidden_size 8, recurrent_size 8, five steps", runs(8, 8), (5, 8), (5, 8))
line("outputs of hidden_size 8, recurrent_size 16, five steps", runs(8, 16), "TypeCheckError", (5, 8))

print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/lru.py"
