"""Does the compiler survive every small setting? Windows of 1 to 6, 2 to 7 symbols, batches of 1
and 2, and the rest.

python bench/compiler_sweep.py [--sample 100] [--units 50] [--flags="..."]

Cases are trained for an epoch, many in a process; one that dies at a case is reported, and the next
goes on behind it.
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from echoscope import Echo, Experiment, SettingError, TrainingConfig
from echoscope.experiment.fusible import fusible
from echoscope.process.xla import FASTER, FASTEST
from echoscope.registry import LAYERS
from echoscope.training.loop import Training

GRID: dict[str, tuple[Any, ...]] = {
    "window": (1, 2, 3, 4, 5, 6),
    "vocab_size": (2, 3, 4, 5, 6, 7),
    "batch_size": (1, 2),
    "stateful": (False, True),
    "readout": ("last", "all"),
    "model": tuple(LAYERS),
}


def experiment(case: dict[str, Any], units: int) -> Experiment:
    """A case as an experiment of one epoch. Raises `SettingError` where its settings contradict
    each other.
    """
    task = Echo(
        window=case["window"],
        vocab_size=case["vocab_size"],
        readout=case["readout"],
        length=12,
        lag=(case["lag"],),
    )
    fit = TrainingConfig(batch_size=case["batch_size"], stateful=case["stateful"], epochs=1)
    return Experiment(task=task, training=fit, model=case["model"], units=units)


def cases(units: int) -> list[dict[str, Any]]:
    """Every case of the grid that is an experiment; what is said is one step old, or in a window of
    one, read now.
    """
    result = []
    for values in itertools.product(*GRID.values()):
        case = dict(zip(GRID, values, strict=True))
        case["lag"] = (
            1 if case["window"] > 1 or (case["stateful"], case["readout"]) == (True, "last") else 0
        )
        try:
            experiment(case, units)
        except SettingError:
            continue
        result.append(case)
    return result


def child(units: int) -> None:
    """Train the cases that come, a line each, and say so a line each."""
    for line in sys.stdin:
        training = Training([experiment(json.loads(line), units)])
        next(training)
        print("done", flush=True)


def trained(
    chosen: list[dict[str, Any]], units: int, flags: str | None
) -> Iterator[tuple[dict[str, Any], int]]:
    """Every case, with the status of a process that died of it, else 0."""
    running: dict[str, subprocess.Popen[str]] = {}
    for case in chosen:
        mine = FASTEST if fusible([experiment(case, units)]) else FASTER
        switches = mine if flags is None else flags
        process = running.get(switches) or subprocess.Popen(
            [sys.executable, __file__, "--child", "--units", str(units)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"XLA_FLAGS": switches},
        )
        running[switches] = process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(case) + "\n")
        process.stdin.flush()
        if process.stdout.readline():
            yield case, 0
        else:
            yield case, running.pop(switches).wait()
    for process in running.values():
        process.communicate()


def main() -> None:
    """Print each death, and the count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, help="so many cases, chosen at random (all of them)")
    parser.add_argument("--units", type=int, default=50)
    parser.add_argument("--flags", help="XLA's switches (those that the command uses for the case)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    values = parser.parse_args()
    if values.child:
        child(values.units)
        return
    chosen = cases(values.units)
    random.Random(0).shuffle(chosen)
    chosen = chosen[: values.sample]
    deaths = 0
    for number, (case, status) in enumerate(trained(chosen, values.units, values.flags), 1):
        if status:
            deaths += 1
            flags = (f"--{name.replace('_', '-')} {value}" for name, value in case.items())
            print(f"status {status}: {' '.join(flags)}", flush=True)
        if number % 50 == 0 or number == len(chosen):
            print(f"{number} of {len(chosen)} cases, {deaths} deaths", flush=True)


if __name__ == "__main__":
    main()
