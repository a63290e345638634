"""The baselines measured and kept in `src/echoscope/measure/baselines/measured.json`, which comes
with the package: of each its ladder of bits over ten seeds, and its span of shift, hold and recall.

    .venv/bin/python bench/baselines.py                  # what is not there yet, in two processes
    .venv/bin/python bench/baselines.py lstm gru --parts bits
    .venv/bin/python bench/baselines.py --anew           # all of it again
    .venv/bin/python bench/baselines.py --table        # for docs/results/baselines.md

What is finished is in the file and is not measured again; Ctrl-C loses only what is under way.
"""

import argparse
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

from echoscope import atomic_file
from echoscope.measure.baselines.measured import FILE, PARTS

UNITS, SYMBOLS, LAGS, STEPS, BATCH_SIZE = 32, 10, 12, 2000, 32
SEEDS = 10  # trainings of a ladder; those that choose its rate are others
TRIALS = 12  # trainings of a span, each of a seed of its own
LONGEST = {"shift": 32, "hold": 63, "recall": 8}  # the hardest that is tried


def bits(layer: Any) -> dict[str, Any]:
    """The ladder, at the rate of three that gave most on another seed."""
    from echoscope.measure.search.bits import Ladder, ladder
    from echoscope.measure.search.trials import Trials

    with Trials(layer, workers=1) as trials:
        *_, last = ladder(trials, Ladder(SYMBOLS, LAGS, STEPS), trainings=SEEDS)
    lags = [round(row.bits.value, 4) for row in last.lags]
    more = {"ceiling": round(last.ceiling, 3), "by_lag": lags}
    return estimate(last.ladder) | more | behind(last.trainings, last.learning_rates)


def span(layer: Any, name: str) -> dict[str, Any]:
    """One axis, searched."""
    from echoscope.measure.search.axes import all_three
    from echoscope.measure.search.driving import drive
    from echoscope.measure.search.span import Search
    from echoscope.measure.search.trials import Trials

    class Thorough(Search):
        """As many trials as there are to be, however sure it is before."""

        @property
        def settled(self) -> bool:
            """Never."""
            return False

    kind = next(kind for kind in all_three(SYMBOLS) if kind.name == name)
    with Trials(layer, workers=1) as trials:
        search = Thorough(kind, longest=LONGEST[name], most=TRIALS, steps=STEPS)
        for _ in drive(trials, [search]):
            pass
    axis = search.axis()
    more = {"spread": axis.spread, "longest": axis.longest, "chance": round(axis.chance, 4)}
    rates = sorted({rate for _, rate in axis.rates})
    remarks = {"remarks": axis.remarks} if axis.remarks else {}
    return estimate(axis.span) | more | behind(len(axis.trials), rates) | remarks


def estimate(value: Any) -> dict[str, Any]:
    """An estimate as JSON."""
    low, high = (None if end is None else round(end, 3) for end in (value.low, value.high))
    return {"value": round(value.value, 3), "low": low, "high": high, "censored": value.censored}


def behind(trainings: int, rates: Any) -> dict[str, Any]:
    """How many trainings there were, and at which rates."""
    return {"trainings": trainings, "learning_rates": list(rates)}


def measure(name: str, part: str) -> tuple[str, str, dict[str, Any], float]:
    """One part of one baseline, in a process of its own."""
    from echoscope.process.xla import start

    start(1)
    from echoscope.measure.baselines.opened import opened

    begun, layer = time.monotonic(), opened(name, UNITS, SYMBOLS)
    result = bits(layer) if part == "bits" else span(layer, part)
    return name, part, result, time.monotonic() - begun


def known(anew: bool) -> dict[str, Any]:
    """What is in the file, or its beginning."""
    if FILE.exists() and not anew:
        return json.loads(FILE.read_text())
    packages = {name: version(name) for name in ("jax", "numpy")}
    settings = {"units": UNITS, "vocab_size": SYMBOLS, "lags": LAGS, "steps": STEPS}
    settings |= {"batch_size": BATCH_SIZE, "longest": LONGEST, "versions": packages}
    return {"command": "python bench/baselines.py", "settings": settings, "rows": []}


def put(document: dict[str, Any], name: str, part: str, result: dict[str, Any]) -> None:
    """Add a part and write the file."""
    from echoscope.measure.baselines.models import NAMES, size

    rows = {row["model"]: row for row in document["rows"]}
    begun = {"model": name, "units": UNITS} | size(name, UNITS, SYMBOLS)._asdict()
    rows[name] = rows.get(name, begun) | {part: result}
    document["rows"] = [rows[name] for name in NAMES if name in rows]
    atomic_file.put(Path(FILE), (json.dumps(document, indent=1) + "\n").encode())


def as_table() -> str:
    """What is in the file, as a table in Markdown."""
    from echoscope.measure.baselines.measured import measured, settings
    from echoscope.measure.report.tables import known_table
    from echoscope.report.markdown import table

    return table(known_table(measured(), settings()))


def main() -> None:
    """Measure what is missing."""
    from echoscope.measure.baselines.models import NAMES

    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--anew", action="store_true")
    parser.add_argument("--table", action="store_true")
    value = parser.parse_args()
    if value.table:
        print(as_table())
        return
    document = known(value.anew)
    there = {(row["model"], part) for row in document["rows"] for part in PARTS if part in row}
    parts = value.parts.split(",")
    work = [(name, part) for part in parts for name in value.names if (name, part) not in there]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(value.processes, spawn, max_tasks_per_child=1) as pool:
        jobs = [pool.submit(measure, *item) for item in work]
        try:
            for job in as_completed(jobs):
                name, part, result, seconds = job.result()
                put(document, name, part, result)
                print(f"{name} {part} {result['value']} in {seconds:.0f} s", flush=True)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            print("what is finished is kept; the same command goes on from here")


if __name__ == "__main__":
    main()
