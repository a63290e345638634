"""This build against the one before, in turns: training time of the presets and of three cells of a
study, and a whole `run lag --fit quick` that is not the first on the machine.

    .venv/bin/python bench/before.py /path/to/a/checkout/of/bfecd74

Both have an environment of their own in `.venv`. What is compared is what each run says of itself
(`seconds.train`), and the wall time of the whole process; ratios with the least and the most of the
rounds.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent.parent
ROUNDS = 5
CELLS = {name: [name] for name in ("current", "blind", "lag", "whole", "partial")}
CELL = ["lag", "--fit", "quick", "--window", "20", "--lag", "10", "--epochs", "1000"]
CELLS |= {
    f"{model} {units}, window 20": [*CELL, "--model", model, "--units", str(units)]
    for model, units in (("lstm", 16), ("lstm", 64), ("gru", 32))
}
# Neither stops early in a cell, so that both do the same work; the build before said it otherwise.
NO_STOP = {"stop": ["--stop", "none"], "target_accuracy": ["--target-accuracy", "none"]}


def asked(build: Path, settings: list[str], store: str) -> tuple[float, float]:
    """Seconds of training, and of the whole process."""
    command = [str(build / ".venv/bin/echoscope"), "run", *settings, "--json", "--store", store]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - started
    return json.loads(done.stdout)["seconds"]["train"], wall


def ratio(pairs: list[tuple[float, float]]) -> str:
    """Medians of both, and of the ratios, with the least and the most."""
    before, here = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratios = sorted(mine / theirs for theirs, mine in pairs)
    middle = statistics.median(ratios)
    return f"{before:.2f} | {here:.2f} | {middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def main() -> None:
    """Print a table."""
    before = Path(sys.argv[1])
    print("| what | before, s | here, s | here / before |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as store:
        for name, settings in CELLS.items():
            whole = "--fit" in settings
            pairs = []
            for _ in range(ROUNDS):
                old = [*settings, *(NO_STOP["stop"] if whole else [])]
                new = [*settings, *(NO_STOP["target_accuracy"] if whole else [])]
                first = asked(before, old, f"{store}/before")[0]
                pairs.append((first, asked(HERE, new, f"{store}/here")[0]))
            print(f"| train {name} | {ratio(pairs)} |", flush=True)
        again = ["lag", "--fit", "quick"]
        for build, folder in ((before, "before"), (HERE, "here")):
            asked(build, again, f"{store}/{folder}")
        pairs = [
            (asked(before, again, f"{store}/before")[1], asked(HERE, again, f"{store}/here")[1])
            for _ in range(ROUNDS)
        ]
        print(f"| whole process, `run lag --fit quick`, second time | {ratio(pairs)} |")


if __name__ == "__main__":
    main()
