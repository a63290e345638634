"""End commands at random moments, by kills and signals, and see that nothing finished is lost.

python bench/ends.py [--ends 100] [--seed 1]

`run`, `sweep`, `export`, `report` and `runs --export` are begun in turn over one store and ended by
SIGKILL, SIGINT, SIGTERM or SIGHUP, the command alone or with all its processes. After each: are all
runs there that were, as they were, and is the file that the command writes the old one or a whole
new one? A signal that a command hears is answered by its status and leaves no part of a file. At
the end each command is run once more without being disturbed.
"""

import argparse
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import echoscope
from echoscope.formats.keras.read import read_keras

COMMAND = [sys.executable, "-m", "echoscope"]
OLD = "what was there before"
COMMANDS = {
    "run": "run lag --fit quick --epochs 3000 --seed {seed}",
    "sweep": "sweep lag --fit quick --vocab-size 4 --epochs 300 --units 4,5 --lag 1,2 --seeds 3"
    " --seed {seed}",
    "export": "export {folder}/out.keras",
    "report": "report {folder}/out.html",
    "runs": "runs --export {folder}/out.csv",
}
WRITES = {"export": "out.keras", "report": "out.html", "runs": "out.csv"}
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def begun(folder: Path, name: str, seed: int) -> subprocess.Popen[bytes]:
    """A command over the folder's store, in a group of processes of its own."""
    settings = COMMANDS[name].format(folder=folder, seed=seed).split()
    return subprocess.Popen(
        [*COMMAND, *settings, "--store", str(folder / "store")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"JAX_COMPILATION_CACHE_DIR": str(folder / "programs")},
    )


def kept(folder: Path) -> dict[str, tuple[object, ...]]:
    """What every run is known by."""
    store = echoscope.Store(folder / "store")
    return {
        item.id: (item.created, item.accuracy, item.steps, item.outcome) for item in store.runs()
    }


def whole(path: Path, runs: int) -> bool:
    """Whether a file is the old one or a whole new one."""
    if path.read_bytes() == OLD.encode():
        return True
    if path.suffix == ".html":
        return path.read_text().rstrip().endswith("</html>")
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        return len(rows) == runs + 1 and len({len(row) for row in rows}) == 1
    read_keras(path)
    return True


def ended(folder: Path, name: str, chance: random.Random, longest: float) -> tuple[str, list[str]]:
    """How a command was ended, and what is wrong after it."""
    before, output = kept(folder), folder / WRITES.get(name, "none")
    parts = set(leftover(folder))  # of a kill before: the next command that writes there clears it
    if name in WRITES:
        output.write_text(OLD)
    seed, number, alone = chance.randrange(10**6), chance.choice(SIGNALS), chance.random() < 0.5
    process = begun(folder, name, seed)
    time.sleep(chance.uniform(0, longest))
    done = process.poll() is not None
    if not done:
        (process.send_signal if alone else lambda it: os.killpg(process.pid, it))(number)
    _, errors = process.communicate(timeout=120)
    after, wrong = kept(folder), []
    # A run of the same settings is replaced where it was interrupted, and never otherwise.
    lost = [
        identity
        for identity, item in before.items()
        if after.get(identity) != item and item[-1] != "interrupted"
    ]
    if lost:
        wrong.append(f"{len(lost)} runs lost or changed: {lost[:3]}")
    if name in WRITES and not whole(output, len(before)):
        wrong.append(f"{output.name} is neither the old file nor a whole one")
    targets = {0, 128 + number, -number} if not done else {0}
    if process.returncode not in targets:
        wrong.append(f"status {process.returncode}")
    if b"Traceback" in errors:
        wrong.append(errors.decode(errors="replace"))
    if number != signal.SIGKILL and not parts >= set(leftover(folder)):
        wrong.append(f"parts are left: {leftover(folder)}")
    who = "command" if alone else "group"
    return ("done before" if done else f"{number.name} to the {who}"), wrong


def leftover(folder: Path) -> list[str]:
    """Parts of files beside the outputs and in the store."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*.part*")]


def main() -> None:
    """Print what was found."""
    value = argparse.ArgumentParser()
    value.add_argument("--ends", type=int, default=100)
    value.add_argument("--seed", type=int, default=1)
    chosen = value.parse_args()
    chance = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as name:
        folder, lengths = Path(name), {}
        for seed, command in enumerate([*COMMANDS, *COMMANDS]):  # the second time all is compiled
            started = time.perf_counter()
            assert begun(folder, command, seed).wait() == 0, command
            lengths[command] = time.perf_counter() - started
        counts, faults = Counter[str](), 0
        for number in range(chosen.ends):
            command = list(COMMANDS)[number % len(COMMANDS)]
            how, wrong = ended(folder, command, chance, lengths[command] * 1.1)
            counts[how] += 1
            faults += bool(wrong)
            print(f"{number + 1} {command}: {how} {'; '.join(wrong)}", file=sys.stderr, flush=True)
        for command in COMMANDS:
            assert begun(folder, command, 0).wait() == 0, command
        text = ", ".join(f"{count} {how}" for how, count in counts.most_common())
        print(f"{chosen.ends} ends ({text}): {faults} with a fault")
        print(f"{len(kept(folder))} runs; parts left at the end: {leftover(folder) or 'none'}")


if __name__ == "__main__":
    main()
