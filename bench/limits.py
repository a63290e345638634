"""What the largest questions cost, in whole processes: seconds and megabytes, in turns with another
checkout of the project.

python bench/limits.py [--before FOLDER] [--rounds 3] [--rows 1000000] [--integers 10000000]
[--only NAME]

FOLDER is a checkout (git worktree add FOLDER COMMIT) whose `src` is used in the other turn.
"""

import argparse
import os
import resource
import shlex
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from echoscope.cli import main; main()"]
QUESTIONS = {
    "explain a long sequence": "explain whole --length 1000000",
    "explain a growing window": "explain lag --window none --edges padded --length 25000",
    "explain short windows": "explain partial --length 1000000 --window 1",
    "a million cells": "sweep lag --fit quick --window 20 --length 60 --lag 1..10 --units 8..107 "
    "--seeds 1000 --dry-run --store {folder}/none",
    "list a million runs": "runs --store {folder}/many",
    "export a million runs": "runs --store {folder}/many --export {folder}/many.csv",
    "predict ten million": "predict --file {folder}/integers.npy --store {folder}/one",
}


def made(folder: Path, source: Path, rows: int, integers: int, only: str) -> None:
    """The stores and the file that the questions are about, by a build's own code: an older one
    cannot read a younger one's store.
    """
    paths = os.pathsep.join(str(source / name) for name in ("src", "bench"))
    mine = {"stdout": subprocess.DEVNULL, "env": os.environ | {"PYTHONPATH": paths}}
    if "runs" in only:
        fill = "import sys, pathlib, store; store.filled(pathlib.Path(sys.argv[1]), 100_000, 0)"
        subprocess.run([sys.executable, "-c", fill, str(folder / "many")], check=True, **mine)
        with closing(sqlite3.connect(folder / "many" / "runs.sqlite")) as connection:
            names = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
            others = ", ".join(f'"{name}"' for name in names if name != "id")
            copies = f"INSERT INTO runs (id, {others}) SELECT hex(randomblob(6)), {others} FROM "
            (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
            while count < rows:
                part = f"(SELECT * FROM runs LIMIT {min(count, rows - count)})"
                count += connection.execute(copies + part).rowcount
            connection.commit()
    if "predict" in only:
        np.save(folder / "integers.npy", np.random.default_rng(0).integers(0, 100, integers))
        train = shlex.split(f"run lag --fit quick --store {folder}/one")
        subprocess.run([*COMMAND, *train], check=True, **mine)


def cost(source: Path, question: str) -> tuple[float, float]:
    """Seconds and megabytes of one question in a process of its own."""
    pipe = "import sys, resource, subprocess; code = subprocess.run(sys.argv[1:]).returncode; "
    pipe += "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"
    environment = os.environ | {"PYTHONPATH": str(source / "src")}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", pipe, *COMMAND, *shlex.split(question)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=environment,
    )
    seconds = time.perf_counter() - began
    code, kilobytes = done.stderr.split()[-2:]
    return (seconds, int(kilobytes) / 1000) if code == "0" else (float("nan"), float("nan"))


def main() -> None:
    """Print a row a question."""
    value = argparse.ArgumentParser()
    value.add_argument("--before", type=Path)
    value.add_argument("--rounds", type=int, default=3)
    value.add_argument("--rows", type=int, default=1_000_000)
    value.add_argument("--integers", type=int, default=10_000_000)
    value.add_argument("--only", default="")
    chosen = value.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sources = {"now": HERE} | ({"before": chosen.before} if chosen.before else {})
    print("| question | build | s, median (least to most) | MB |\n|---|---|---|---|")
    asked = {name: text for name, text in QUESTIONS.items() if chosen.only in name}
    with tempfile.TemporaryDirectory() as folder:
        for build, source in sources.items():
            (Path(folder) / build).mkdir()
            made(Path(folder) / build, source, chosen.rows, chosen.integers, " ".join(asked))
        for name, text in asked.items():
            result: dict[str, list[tuple[float, float]]] = {build: [] for build in sources}
            for _ in range(chosen.rounds):
                for build, source in sources.items():
                    result[build].append(cost(source, text.format(folder=f"{folder}/{build}")))
            for build, costs in result.items():
                seconds, most = zip(*costs, strict=True)
                middle = (
                    f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
                )
                print(f"| {name} | {build} | {middle} | {max(most):,.0f} |", flush=True)


if __name__ == "__main__":
    main()
