#!/usr/bin/env bash
# pyarrow 26.0.1: `to_numpy` of a column of integers imports pandas where pandas is installed, though
# nothing of pandas is in the call or in what comes back; `pyarrow.array` of a list does too. Reading a
# CSV and `to_pylist` do not. So a program that reads a file with pyarrow and wants NumPy pays for
# pandas (here 3.1.1: a quarter of a second and some 90 MB) on a machine that happens to have it, and
# a measurement beside pandas is of both.
#
# A good guess is that pandas is imported by what names it, such as `to_pandas`. The buffer of the
# column is there without it: numpy.frombuffer(column.buffers()[1], ...).
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6

cat > "$folder/imports.py" <<'PYTHON'
"""Which calls on a column of integers import pandas, each in a process of its own."""
import io
import subprocess
import sys

READ = "import io, sys, pyarrow, pyarrow.csv as csv; column = csv.read_csv(io.BytesIO(b'x\\n1\\n2\\n'))['x'].chunk(0); "
CALLS = {
    "reading": "",
    "to_pylist": "column.to_pylist()",
    "frombuffer": "import numpy; numpy.frombuffer(column.buffers()[1], 'i8')",
    "to_numpy": "column.to_numpy()",
    "pyarrow.array": "pyarrow.array([1, 2])",
}
for name, call in CALLS.items():
    code = f"{READ}{call}\nprint('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"{name}: {done.stdout.strip()}")
PYTHON

seen=$("$folder/venv/bin/python" "$folder/imports.py")
echo "$seen"
expected="reading: False
to_pylist: False
frombuffer: False
to_numpy: True
pyarrow.array: True"
if [ "$seen" != "$expected" ]; then
    echo "changed: expected"
    echo "$expected"
    exit 1
fi
echo "as described"
