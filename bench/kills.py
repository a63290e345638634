"""Kill a study at random moments until it is done, and compare it with one that nobody killed.

python bench/kills.py [--kills 100] [--workers 2]

Each kill is SIGKILL to the command and its workers at once. Afterwards: is every cell there once,
is every run that was kept before a kill still the one that was kept, and are all results equal
to those of the undisturbed study?
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import echoscope

SETTINGS = [
    "lag",
    "--fit",
    "quick",
    "--vocab-size",
    "4",
    "--epochs",
    "400",
    "--units",
    "4..9",
    "--lag",
    "1..4",
    "--no-weights",
]


def begun(store: Path, workers: int, seeds: int, programs: str) -> subprocess.Popen[bytes]:
    """The command, in a group of processes of its own; what it compiles outlives it."""
    settings = [
        str(Path(sys.executable).parent / "echoscope"),
        "sweep",
        *SETTINGS,
        "--seeds",
        str(seeds),
        "--workers",
        str(workers),
        "--store",
        str(store),
        "--json",
    ]
    return subprocess.Popen(
        settings,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"JAX_COMPILATION_CACHE_DIR": programs},
    )


def results(store: echoscope.Store) -> dict[str, tuple[Any, ...]]:
    """What must be equal."""
    return {
        item.id: (item.outcome, item.accuracy, item.curve, item.side_by_side)
        for item in store.runs()
    }


def disturbed(store: echoscope.Store, chosen: argparse.Namespace, programs: str) -> tuple[int, int]:
    """Kills, and runs that a kill lost or changed."""
    chance, before, kills, lost = random.Random(1), {}, 0, 0
    while kills < chosen.kills:
        process = begun(store.folder, chosen.workers, chosen.seeds, programs)
        had = len(before)
        while process.poll() is None and len(store.ids()) <= had:
            time.sleep(0.02)
        try:
            process.wait(chance.random())
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        else:
            raise SystemExit(f"The study was done after {kills} kills: give more --seeds.")
        now = {run.id: run.created for run in store.runs()}
        lost += sum(now.get(identity) != created for identity, created in before.items())
        before = now
        print(
            f"kill {kills}: {len(now)} cells kept, {lost} lost or changed",
            file=sys.stderr,
            flush=True,
        )
    return kills, lost


def main() -> None:
    """Print what was found."""
    value = argparse.ArgumentParser()
    value.add_argument("--kills", type=int, default=100)
    value.add_argument("--workers", type=int, default=2)
    value.add_argument("--seeds", type=int, default=60)
    chosen = value.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        programs = str(Path(folder) / "programs")
        killed, whole = (echoscope.Store(Path(folder) / name) for name in ("killed", "whole"))
        started = time.perf_counter()
        kills, lost = disturbed(killed, chosen, programs)
        for store in (killed, whole):
            begun(store.folder, chosen.workers, chosen.seeds, programs).wait()
        item, other = results(killed), results(whole)
        cells = len(other)
        equal = sum(item.get(identity) == result for identity, result in other.items())
        print(
            f"{kills} kills in {time.perf_counter() - started:.0f} s; {lost} finished cells lost or"
            f" changed; {len(item)} of {cells} cells there, {equal} equal to the undisturbed"
            " study's"
        )


if __name__ == "__main__":
    main()
