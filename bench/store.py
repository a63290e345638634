"""What a store of many runs costs to ask and to aggregate, with curves of 0, 50 and 1000 points: a
table.

python bench/store.py [--runs 100000] [--repeats 3] [--points 0 50 1000]
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
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import numpy as np

import echoscope
from echoscope.experiment.fields import SETTINGS, settings_of
from echoscope.runs.best_so_far import BestSoFar
from echoscope.store.setting_columns import text_of
from echoscope.studies.jobs import failed

CONDITION = ["--where", "units >= 32 and lag <= 8", "--sort", "accuracy"]
START = echoscope.preset("lag", fit="quick", window=40, length=80)
SECONDS = {"compile": 0.5, "train": 2.0}
AXES = {
    "lag": range(1, 21),
    "units": [8 << power for power in range(10)],
    "model": ["lstm", "gru", "rnn", "encoder-decoder"],
    "layers": range(1, 6),
    "learning_rate": [0.0003, 0.001, 0.003, 0.01, 0.03],
    "seed": range(5),
}  # 20,000 groups of five seeds
FIT_STEPS = 2000
RISING = 10  # points of a curve above all before them


def filled(folder: Path, runs: int, points: int) -> echoscope.Store:
    """A store of one real run and, in one transaction, that many others made from it: a grid of
    settings, each with an accuracy and a best so far of its own, and a curve of so many points.
    """
    store = echoscope.Store(folder)
    store.add(failed(START.change(seed=10**5), "made up"))
    curve = json.dumps(
        [
            [FIT_STEPS * (place + 1) // points, 2.5 - place / points, place / points]
            for place in range(points)
        ]
    )
    with closing(sqlite3.connect(store.path)) as connection:
        connection.row_factory = sqlite3.Row
        (first,) = connection.execute("SELECT * FROM runs")
        document = json.loads(connection.execute("SELECT run FROM documents").fetchone()[0])
        made = (
            row
            for settings in islice(
                product(*list(AXES.values())[:-1]), runs // len(AXES["seed"]) + 1
            )
            for row in group(dict(zip(AXES, settings, strict=False)))
        )
        own = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]  # not generated
        names, marks = ", ".join(own), ", ".join("?" * len(own))
        for place, (experiment, results) in enumerate(islice(made, runs - 1)):
            created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=place)
            row = {
                **{name: first[name] for name in own},
                **results,
                "id": experiment.id,
                "created": created.isoformat(timespec="microseconds"),
            }
            text = {name: row.get(name, value) for name, value in document.items()}
            connection.execute(
                f"INSERT INTO runs ({names}) VALUES ({marks})", [row[name] for name in own]
            )
            connection.execute(
                "INSERT INTO documents (id, run, curve) VALUES (?, ?, ?)",
                (
                    row["id"],
                    json.dumps(
                        text
                        | {
                            "experiment": experiment.to_json(),
                            "seconds": SECONDS,
                            "versions": document["versions"],
                        }
                    ),
                    curve,
                ),
            )
        connection.commit()
    return store


def group(settings: dict[str, Any]) -> Iterator[tuple[echoscope.Experiment, dict[str, Any]]]:
    """The experiments of all seeds, each with the columns of its row that the first run has
    otherwise.
    """
    start = START.change(**settings)
    alike = {
        "settings_id": start.change(seed=0).id,
        "settings": text_of(dict(zip(SETTINGS, settings_of(start), strict=True))),
        "preset": None,
        "state_size": 50,
        "seconds": sum(SECONDS.values()),
        "parameters": settings["units"] ** 2,
        "ceiling": 1.0,
    }
    for seed in AXES["seed"]:
        yield start.change(seed=seed), {**alike, "seed": seed, **result({**settings, "seed": seed})}


def result(cell: dict[str, Any]) -> dict[str, Any]:
    """Made-up results of a cell: longer lags want more units, the largest rates diverge now and
    then.
    """
    drawn = random.Random(str(cell))
    if cell["learning_rate"] == max(AXES["learning_rate"]) and drawn.random() < 0.1:
        return {"outcome": "diverged", "reason": "", "steps": 400}
    accuracy = (
        1.0
        if cell["units"] > 2 * cell["lag"] * drawn.uniform(0.5, 4)
        else drawn.uniform(0.05, 0.95)
    )
    steps = FIT_STEPS if accuracy < 1 else drawn.randrange(400, FIT_STEPS, 40)
    rising = [
        (steps * (place + 1) // RISING, None, accuracy * (place + 1) / RISING)
        for place in range(RISING)
    ]
    return {
        "outcome": "solved" if accuracy == 1 else "done",
        "reason": "",
        "accuracy": accuracy,
        "steps": steps,
        "accuracy_low": max(0, accuracy - 0.01),
        "accuracy_high": min(1, accuracy + 0.01),
        "target_count": 10_000,
        "last_accuracy": accuracy,
        "best_so_far": BestSoFar.of(rising).content,
    }


def seconds(call: Callable[[], object], repeats: int) -> str:
    """The median and range of so many calls, and the median of the processor's seconds, those of
    processes included.
    """
    took, used = [], []
    for _ in range(repeats):
        start, busy = time.perf_counter(), _busy()
        call()
        took.append(time.perf_counter() - start)
        used.append(_busy() - busy)
    return (
        f"{statistics.median(took):.2f} ({min(took):.2f} to {max(took):.2f}) |"
        f" {statistics.median(used):.2f}"
    )


def _busy() -> float:
    return sum(getrusage(who).ru_utime for who in (RUSAGE_SELF, RUSAGE_CHILDREN))


def command(store: echoscope.Store, *settings: str) -> None:
    """A whole process of `echoscope`."""
    code = "from echoscope.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, *settings, "--store", str(store.folder)],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ,
    )


def added(store: echoscope.Store, repeats: int) -> None:
    """So many new runs, each with its weights."""
    for seed in range(repeats):
        experiment = echoscope.preset("lag", seed=10**6 + seed)
        store.add(failed(experiment, "made up"), {"readout.bias": np.full(3, seed, np.float32)})


def questions(store: echoscope.Store, export: str) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    return {
        "`Store.table()`": store.table,
        "`Store.table(where, sort)`": lambda: store.table(CONDITION[1], "accuracy"),
        "`Store.table(columns=4 of them)`": lambda: store.table(
            names=["id", "lag", "units", "accuracy"]
        ),
        "`Store.rows()`": store.rows,
        "`Store.ids()`": store.ids,
        "`Store.find()`": store.find,
        "`Store.add()`, 20 runs": lambda: added(store, 20),
        "`runs`": lambda: command(store, "runs"),
        "`runs --where --sort`": lambda: command(store, "runs", *CONDITION),
        "`runs --where --sort --limit 20`": lambda: command(
            store, "runs", *CONDITION, "--limit", "20"
        ),
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
    value = argparse.ArgumentParser()
    value.add_argument("--runs", type=int, default=100_000)
    value.add_argument("--repeats", type=int, default=3)
    value.add_argument("--points", type=int, nargs="+", default=[0, 50, 1000])
    chosen = value.parse_args()
    print(
        "| points a curve | database, MB | what | seconds | of them, user CPU"
        " |\n|---|---|---|---|---|"
    )
    for points in chosen.points:
        with tempfile.TemporaryDirectory() as folder:
            store = filled(Path(folder), chosen.runs, points)
            size = store.path.stat().st_size / 1e6
            for name, call in questions(store, str(Path(folder) / "runs")).items():
                print(
                    f"| {points:,} | {size:,.0f} | {name} | {seconds(call, chosen.repeats)} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
