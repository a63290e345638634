"""Speed against the tutorials' loop on Keras with the JAX backend: the same work, interleaved in
one run, as ratios.

python bench/speed.py [--rounds 5] [--cold-rounds 3]
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
FULL = {"current": 500, "blind": 2000, "lag": 2000, "whole": 500, "partial": 5000}
SAMPLE = 150  # epochs of the peer that are timed, after 20 that are not; scaled to the full number


def printed(*settings: str, last: bool = True, **environment: str) -> str:
    """What a command prints, or its last line, run in a fresh process."""
    result = subprocess.run(
        settings,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KERAS_BACKEND": "jax"} | environment,
    )
    return result.stdout.strip().splitlines()[-1] if last else result.stdout


def ours(preset: str) -> float:
    """Seconds that `echoscope run` says it trained for a full tutorial fit; compiling is not in
    it.
    """
    return json.loads(run(preset))["seconds"]["train"]


def run(preset: str, **environment: str) -> str:
    """What `echoscope run` prints, in a store of its own."""
    with tempfile.TemporaryDirectory() as store:
        command = str(Path(sys.executable).parent / "echoscope")
        settings = ["run", preset, "--json", "--store", store]
        return printed(command, *settings, last=False, **environment)


def peer(preset: str) -> float:
    """Seconds of a full tutorial fit, from a sample of its epochs."""
    result = json.loads(
        printed(
            sys.executable, str(HERE / "peer.py"), preset, "--epochs", str(SAMPLE), "--warm", "20"
        )
    )
    return result["seconds_an_epoch"] * FULL[preset]


def cold_ours() -> float:
    """Seconds of the whole process `echoscope run lag`, without any cache of compiled programs."""
    started = time.perf_counter()
    run("lag", ECHOSCOPE_COMPILE_CACHE="off")
    return time.perf_counter() - started


def cold_peer() -> float:
    """Seconds of the whole process of the peer's script for `lag`, all 2000 epochs."""
    started = time.perf_counter()
    printed(sys.executable, str(HERE / "peer.py"), "lag")
    return time.perf_counter() - started


def spread(values: list[float]) -> str:
    """Median and range."""
    digits = 0 if min(values) >= 100 else 2
    least, middle, most = (
        f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({least} to {most})"


def compare(name: str, pairs: list[tuple[float, float]]) -> float:
    """Print one row; gives the median of the pairwise ratios."""
    mine, theirs = zip(*pairs, strict=True)
    ratios = [their / our for our, their in pairs]
    print(
        f"| {name} | {spread(list(mine))} | {spread(list(theirs))} | {spread(ratios)} |", flush=True
    )
    return statistics.median(ratios)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cold-rounds", type=int, default=3)
    value = parser.parse_args()
    print("| what | Echoscope, s | Keras loop, s | Keras / Echoscope |\n|---|---|---|---|")
    ratios = [
        compare(
            f"train `{preset}`, {epochs} epochs",
            [(ours(preset), peer(preset)) for _ in range(value.rounds)],
        )
        for preset, epochs in FULL.items()
    ]
    if value.cold_rounds:
        compare(
            "whole process, cold: `run lag`",
            [(cold_ours(), cold_peer()) for _ in range(value.cold_rounds)],
        )
    print(f"\nGeometric mean of the training ratios: {math.prod(ratios) ** (1 / len(ratios)):.1f}")


if __name__ == "__main__":
    main()
