#!/usr/bin/env bash
# bsuite 0.3.6: memory_len shows its context twice, by `reset` and again by the first `step`, because
# an observation is made before the time step is counted. With a memory_length of n the answer is
# chosen on observation n, counted from 0, so that the bit is held over n - 1 steps: a length of 1
# needs no memory, and the largest of the sweep, 100, is 99.
#
# A good guess, by "Show the context, on the first step" in its source, is that the context is shown
# once and that n steps lie between it and the answer.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check bsuite==0.3.6 dm-env==1.6 numpy==2.4.6

cat > "$folder/context.py" <<'PYTHON'
"""On which observations the context is, and on which the answer is chosen."""
from importlib.metadata import version

from bsuite.experiments.memory_len.memory_len import load

print("bsuite", version("bsuite"))
for length in (1, 2, 20, 100):
    env = load(length, seed=0)
    step = env.reset()
    shown, asked, count = [], 0, 0
    while not step.last():
        if step.observation[0, 2]:
            shown.append(count)
        asked, count = count, count + 1
        step = env.step(0)
    print(f"length {length}: context on {shown}, answer on {asked}, held over {asked - shown[-1]}")
PYTHON

seen=$("$folder/venv/bin/python" "$folder/context.py")
echo "$seen"
expected="bsuite 0.3.6
length 1: context on [0, 1], answer on 1, held over 0
length 2: context on [0, 1], answer on 2, held over 1
length 20: context on [0, 1], answer on 20, held over 19
length 100: context on [0, 1], answer on 100, held over 99"
if [ "$seen" != "$expected" ]; then
    echo "changed: expected"
    echo "$expected"
    exit 1
fi
echo "as described"
