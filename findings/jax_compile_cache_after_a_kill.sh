#!/usr/bin/env bash
# JAX 0.10.2: what a write that was cut short leaves in the persistent compilation cache is never
# mended. An entry that is half there is reported as unreadable by every later process, compiled
# again by each, and never written again. Where the cache has a limit of size, an entry without its
# file of the time (JAX writes that second) stops every new entry from being written, until that one
# is used again.
#
# A good guess is that an entry which cannot be read is written anew by the process that has just
# compiled it, and that one entry without a time is evicted first; see "guess" below. Also: the key
# of an entry has the path of the cache folder in it, so that a copied folder is not found.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jax==0.10.2 filelock==4.3.1

cat > "$folder/compile.py" <<'PYTHON'
"""Compile one function with a cache in a folder, and print what JAX warns of."""
import sys
import warnings

import jax

folder, number, limit = sys.argv[1:]
jax.config.update("jax_compilation_cache_dir", folder)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
jax.config.update("jax_compilation_cache_max_size", int(limit))
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    jax.jit(lambda x: x * int(number))(jax.numpy.float32(3)).block_until_ready()
print(sum("for 'jit__lambda'" in str(one.message) for one in seen))
PYTHON

cat > "$folder/kill.py" <<'PYTHON'
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
same = True


def warned(folder, number=2, limit=-1):
    """How often a process of its own is told that this function's entry cannot be read or written."""
    words = [sys.executable, root / "compile.py", folder, str(number), str(limit)]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def entries(folder):
    return sorted(folder.glob("jit__lambda*-cache"))


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


cut = root / "cut"
warned(cut)
(entry,) = entries(cut)
entry.write_bytes(entry.read_bytes()[:100])
line("Warnings of three processes after an entry was cut", [warned(cut) for _ in range(3)], [1, 1, 1], [1, 0, 0])
line("Bytes of the entry after them", entry.stat().st_size, 100, "some 2,000")

timeless = root / "timeless"
warned(timeless, limit=10**6)
next(timeless.glob("jit__lambda*-atime")).unlink()
found = [warned(timeless, number, 10**6) for number in (3, 4)]
line("Warnings of two other functions, of a cache with one entry without its time", found, [1, 1], [0, 0])
line("Entries after them", len(entries(timeless)), 1, 3)

first, copied = root / "first", root / "copied"
warned(first)
shutil.copytree(first, copied)
warned(copied)
line("Entries of one function in a copied folder", len(entries(copied)), 2, 1)

print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/kill.py" "$folder"
