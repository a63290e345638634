#!/usr/bin/env bash
# JAX 0.10.2 on a CPU: an executable that came out of the persistent compilation cache is serialized
# without a word and loaded again without a word, and raises an error when it is called: "Function
# ... not found". The same program, compiled in the process that serializes it, can be called. So
# whether what `jax.experimental.serialize_executable` gives can be used depends on whether some
# earlier process compiled the same program, and nothing but a call tells.
#
# A good guess is that both can be called, or that `serialize` refuses what it cannot keep. The bytes
# tell, if one knows: those of the program that was read are fewer.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jax==0.10.2

cat > "$folder/serialize.py" <<'PYTHON'
"""Compile a function with a cache in a folder, serialize it, load that and call it."""
import sys

import jax
import jax.numpy as jnp
from jax.experimental.serialize_executable import deserialize_and_load, serialize

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_compilation_cache_dir", sys.argv[1])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
hits = []
jax.monitoring.register_event_listener(
    lambda event, **_: hits.append(event) if event.endswith("/cache_hits") else None
)

numbers = jnp.arange(1000.0)
read_before = len(hits)
compiled = jax.jit(lambda x: jnp.tanh(x) * 2 + jnp.sum(x)).lower(numbers).compile()
origin = "read" if len(hits) > read_before else "compiled"
content, inputs, outputs = serialize(compiled)
step = "load"
right = bool(jnp.allclose(compiled(numbers), jnp.tanh(numbers) * 2 + jnp.sum(numbers)))
try:
    loaded = deserialize_and_load(content, inputs, outputs)
    step = "call"
    again = bool(jnp.allclose(loaded(numbers), compiled(numbers)))
except jax.errors.JaxRuntimeError as error:
    again = f"{step}:raises"
    print(error, file=sys.stderr)
print(origin, right, again, len(content))
PYTHON

cat > "$folder/compare.py" <<'PYTHON'
import pathlib
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
same = True


def asked():
    """What a process of its own prints: the origin of its program, whether the program's result is
    right, what the loaded one gives, and the bytes of that."""
    command = [sys.executable, root / "serialize.py", root / "cache"]
    *seen, size = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return seen, int(size)


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


(first, whole), (second, less) = asked(), asked()
line("The first process: origin, right, right when loaded", first, ["compiled", "True", "True"], "the same")
line("The second", second, ["read", "True", "call:raises"], ["read", "True", "True"])
line("The second has fewer bytes", less < whole, True, False)
print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/compare.py" "$folder"
