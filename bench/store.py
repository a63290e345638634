"""What a store of many records costs to ask and to judge, with curves of 0, 50 and 1000 points: a table.

python bench/store.py [--records 100000] [--repeats 3] [--points 0 50 1000]
"""

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice, product
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import numpy as np

import echoscope
from echoscope.study.work import failed

CONDITION = ["--where", "units >= 32 and lag <= 8", "--sort", "score"]
POINT = "[100, 1.2345, 0.6789]"
AXES = {
    "lag": range(1, 21),
    "units": [8 << power for power in range(10)],
    "model": ["lstm", "gru", "rnn", "encoder-decoder"],
    "layers": range(1, 6),
    "rate": [0.0003, 0.001, 0.003, 0.01, 0.03],
    "seed": range(5),
}  # 20,000 groups of five seeds
FIT_STEPS = 2000
CLIMB = 10  # points of a curve above all before them


def filled(folder: Path, records: int, points: int) -> echoscope.Store:
    """A store of one real record and, in one transaction, that many others made from it: a grid of words, each with a
    score and a climb of its own, and a curve of so many points.
    """
    store = echoscope.Store(folder)
    store.add(failed(echoscope.preset("lag", fit="quick", seed=10**5, window=40, length=80), "made up"))
    with closing(sqlite3.connect(store.path)) as connection:
        connection.row_factory = sqlite3.Row
        (first,) = connection.execute("SELECT * FROM records")
        (document,) = connection.execute("SELECT record FROM documents").fetchone()
        curve = f"[{', '.join([POINT] * points)}]"
        cells = [dict(zip(AXES, values, strict=True)) for values in islice(product(*AXES.values()), records - 1)]
        rows = [{**dict(first), "id": f"{place:012x}", "created": f"2026-01-01T{place:08d}", **made(cell)}
                for place, cell in enumerate(cells)]  # fmt: skip
        marks = ", ".join("?" * len(dict(first)))
        connection.executemany(f"INSERT INTO records VALUES ({marks})", (list(row.values()) for row in rows))
        connection.executemany("INSERT INTO documents VALUES (?, ?, ?)", ((row["id"], document, curve) for row in rows))
        connection.commit()
    return store


def made(cell: dict[str, Any]) -> dict[str, Any]:
    """Made-up results of a cell: longer lags want more units, the largest rates diverge now and then."""
    but_seed = " ".join(str(value) for name, value in cell.items() if name != "seed")
    words = {**cell, "words": but_seed, "window": 40, "length": 80, "preset": None, "fit_steps": FIT_STEPS,
             "seconds": 2.5, "bound": 1.0}  # fmt: skip
    drawn = random.Random(str(cell))
    if cell["rate"] == max(AXES["rate"]) and drawn.random() < 0.1:
        return {**words, "outcome": "diverged", "reason": "", "steps": 400}
    score = 1.0 if cell["units"] > 2 * cell["lag"] * drawn.uniform(0.5, 4) else drawn.uniform(0.05, 0.95)
    steps = FIT_STEPS if score < 1 else drawn.randrange(400, FIT_STEPS, 40)
    climb = [[steps * (place + 1) // CLIMB, max(0, steps * (place + 1) // CLIMB - 40), score * (place + 1) / CLIMB]
             for place in range(CLIMB)]  # fmt: skip
    results = {"outcome": "solved" if score == 1 else "done", "reason": "", "score": score, "steps": steps,
               "score_low": max(0, score - 0.01), "score_high": min(1, score + 0.01), "answers": 10_000,
               "last": score, "climb": json.dumps(climb), "parameters": cell["units"] ** 2}  # fmt: skip
    return words | results


def seconds(call: Callable[[], object], repeats: int) -> str:
    """The median and range of so many calls, and the median of the processor's seconds, those of processes included."""
    took, used = [], []
    for _ in range(repeats):
        start, busy = time.perf_counter(), _busy()
        call()
        took.append(time.perf_counter() - start)
        used.append(_busy() - busy)
    return f"{statistics.median(took):.2f} ({min(took):.2f} to {max(took):.2f}) | {statistics.median(used):.2f}"


def _busy() -> float:
    return sum(getrusage(who).ru_utime for who in (RUSAGE_SELF, RUSAGE_CHILDREN))


def command(store: echoscope.Store, *words: str) -> None:
    """A whole process of `echoscope`."""
    code = "from echoscope.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, *words, "--store", str(store.folder)], check=True,
                   stdout=subprocess.DEVNULL, env=os.environ)  # fmt: skip


def added(store: echoscope.Store, repeats: int) -> None:
    """So many new records, each with its weights."""
    for seed in range(repeats):
        experiment = echoscope.preset("lag", seed=10**6 + seed)
        store.add(failed(experiment, "made up"), {"said.bias": np.full(3, seed, np.float32)})


def asked(store: echoscope.Store, export: str) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    return {
        "`Store.table()`": store.table,
        "`Store.table(where, sort)`": lambda: store.table(CONDITION[1], "score"),
        "`Store.table(columns=4 of them)`": lambda: store.table(names=["id", "lag", "units", "score"]),
        "`Store.rows()`": store.rows,
        "`Store.ids()`": store.ids,
        "`Store.find()`": store.find,
        "`Store.add()`, 20 records": lambda: added(store, 20),
        "`runs`": lambda: command(store, "runs"),
        "`runs --where --sort`": lambda: command(store, "runs", *CONDITION),
        "`runs --where --sort --limit 20`": lambda: command(store, "runs", *CONDITION, "--limit", "20"),
        "`runs --json`": lambda: command(store, "runs", "--json"),
        "`runs --export .csv`": lambda: command(store, "runs", "--export", f"{export}.csv"),
        "`runs --export .parquet`": lambda: command(store, "runs", "--export", f"{export}.parquet"),
        "`summary`": lambda: command(store, "summary"),
        "`summary --where ...`": lambda: command(store, "summary", *CONDITION[:2]),
        "`summary --json`": lambda: command(store, "summary", "--json"),
        "`report`": lambda: command(store, "report", f"{export}.html"),
    }


def main() -> None:
    """Print the table."""
    given = argparse.ArgumentParser()
    given.add_argument("--records", type=int, default=100_000)
    given.add_argument("--repeats", type=int, default=3)
    given.add_argument("--points", type=int, nargs="+", default=[0, 50, 1000])
    chosen = given.parse_args()
    print("| points a curve | database, MB | what | seconds | of them, user CPU |\n|---|---|---|---|---|")
    for points in chosen.points:
        with tempfile.TemporaryDirectory() as folder:
            store = filled(Path(folder), chosen.records, points)
            size = store.path.stat().st_size / 1e6
            for name, call in asked(store, str(Path(folder) / "runs")).items():
                print(f"| {points:,} | {size:,.0f} | {name} | {seconds(call, chosen.repeats)} |", flush=True)


if __name__ == "__main__":
    main()
