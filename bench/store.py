"""What a store of many records costs to ask, with curves of 0 and of 1000 points: a table.

python bench/store.py [--records 100000] [--repeats 3]
"""

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

import echoscope
from echoscope.work import failed

CONDITION = ["--where", "units >= 32 and lag <= 8", "--sort", "score"]
POINT = "[100, 1.2345, 0.6789]"


def filled(folder: Path, records: int, points: int) -> echoscope.Store:
    """A store of one real record and, in one transaction, that many others made from it."""
    store = echoscope.Store(folder)
    store.add(replace(failed(echoscope.preset("lag", fit="quick"), "made up"), score=0.5))
    with closing(sqlite3.connect(store.path)) as connection:
        names = [column[1] for column in connection.execute("PRAGMA table_info(records)")]
        made = {"id": "printf('%012x', n)", "units": "8 << (n % 6)", "lag": "n % 16 + 1", "seed": "n",
                "score": "(n * 7919 % 10007) / 10007.0"}  # fmt: skip
        every = f"WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < {records - 1})"
        chosen = ", ".join(made.get(name, f'"{name}"') for name in names)
        connection.execute(f"{every} INSERT INTO records SELECT {chosen} FROM a, (SELECT * FROM records LIMIT 1)")
        connection.execute(f"{every} INSERT INTO documents SELECT printf('%012x', n), record, ? FROM a, "
                           "(SELECT record FROM documents LIMIT 1)",
                           [f"[{', '.join([POINT] * points)}]"])  # fmt: skip
        connection.commit()
    return store


def seconds(call: Callable[[], object], repeats: int) -> str:
    """The median and range of so many calls."""
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return f"{statistics.median(took):.3f} ({min(took):.3f} to {max(took):.3f})"


def command(store: echoscope.Store, *words: str) -> None:
    """A whole process of `echoscope runs`."""
    code = "from echoscope.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, "runs", "--store", str(store.folder), *words], check=True,
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
        "`Store.ids()`": store.ids,
        "`Store.find()`": store.find,
        "`Store.add()`, 20 records": lambda: added(store, 20),
        "`runs`": lambda: command(store),
        "`runs --where --sort`": lambda: command(store, *CONDITION),
        "`runs --where --sort --limit 20`": lambda: command(store, *CONDITION, "--limit", "20"),
        "`runs --json`": lambda: command(store, "--json"),
        "`runs --export .csv`": lambda: command(store, "--export", f"{export}.csv"),
        "`runs --export .parquet`": lambda: command(store, "--export", f"{export}.parquet"),
    }


def main() -> None:
    """Print the table."""
    given = argparse.ArgumentParser()
    given.add_argument("--records", type=int, default=100_000)
    given.add_argument("--repeats", type=int, default=3)
    chosen = given.parse_args()
    print("| points a curve | database, MB | what | seconds |\n|---|---|---|---|")
    for points in (0, 1000):
        with tempfile.TemporaryDirectory() as folder:
            store = filled(Path(folder), chosen.records, points)
            size = store.path.stat().st_size / 1e6
            for name, call in asked(store, str(Path(folder) / "runs")).items():
                print(f"| {points:,} | {size:,.0f} | {name} | {seconds(call, chosen.repeats)} |", flush=True)


if __name__ == "__main__":
    main()
