#!/usr/bin/env bash
# rcbench 1.0.10: the memory capacity of a perfect delay line of 30 nodes, over delays 1 to 30, comes
# to 10 by default. `calculate_total_memory_capacity` reads ten principal components of the nodes
# unless `num_features` says otherwise, so that no reservoir of any size can have more than about 10.
#
# A good guess is 30, the capacity of a delay line of 30 and the number of delays that are looked at;
# with num_features=30 it comes to that.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check rcbench==1.0.10 scikit-learn==1.9.1 numpy==2.4.6

cat > "$folder/capacity.py" <<'PYTHON'
"""The memory capacity of one delay line, read twice."""
import logging
from importlib.metadata import version

import numpy as np
from rcbench.tasks.memorycapacity import MemoryCapacityEvaluator

logging.disable(logging.CRITICAL)
print("rcbench", version("rcbench"))
inputs = np.random.default_rng(0).uniform(-1, 1, 4000)
line = np.stack([np.roll(inputs, delay) for delay in range(1, 31)], axis=1)
for how in ({}, {"num_features": 30}):
    evaluator = MemoryCapacityEvaluator(inputs, line)
    total = evaluator.calculate_total_memory_capacity(**how)["total_memory_capacity"]
    print(f"{how or 'by default'}: {total:.1f}")
PYTHON

seen=$("$folder/venv/bin/python" "$folder/capacity.py" 2> /dev/null)
echo "$seen"
expected="rcbench 1.0.10
by default: 10.0
{'num_features': 30}: 30.0"
if [ "$seen" != "$expected" ]; then
    echo "changed: expected"
    echo "$expected"
    exit 1
fi
echo "as described"
