"""Ten million integers of a CSV, read and recoded, beside pandas' reader of the same file: whole
processes in turn, their time and peak memory.

    .venv/bin/python bench/reading.py [ROWS] [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = "from echoscope.reading import read; from echoscope.reading.recode import recode; "
WRITTEN = """
import sys, numpy
numbers = numpy.random.default_rng(0).integers(0, 100, int(sys.argv[2])).tolist()
open(sys.argv[1], "w").write("x\\n" + "\\n".join(map(str, numbers)) + "\\n")
"""  # in a process of its own: a child's peak begins with its parent's
PEERS = {
    "pandas.read_csv": "import pandas; print(len(pandas.read_csv({path!r})['x']))",
    "echoscope read, recode": OURS + "print(len(recode(read({path!r}))))",
}


def measured(code: str) -> tuple[float, float]:
    """Seconds and peak MB of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, code
    return time.perf_counter() - begin, usage.ru_maxrss / 1000


def main(rows: int = 10_000_000, rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        subprocess.run([sys.executable, "-c", WRITTEN, str(path), str(rows)], check=True)
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in PEERS}
        for _ in range(rounds):
            for name, code in PEERS.items():
                results[name].append(measured(code.format(path=str(path))))
    for name, pairs in results.items():
        seconds, peaks = zip(*pairs, strict=True)
        print(
            f"{name}: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to"
            f" {max(seconds):.2f}), {max(peaks):.0f} MB"
        )
    theirs, ours = results.values()
    ratios = sorted(a[0] / b[0] for a, b in zip(ours, theirs, strict=True))
    print(
        f"time {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), memory"
        f" {max(peak for _, peak in ours) / max(peak for _, peak in theirs):.2f} of pandas'"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
