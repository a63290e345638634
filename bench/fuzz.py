"""Give the command hostile settings and see what becomes of them: never a traceback, never a write
by a refused command.

python bench/fuzz.py [--inputs 100000] [--seed 1]

Each input is a command of random flags, conditions, integers, names or files, given to the
command's own entry in this process, in a folder with a small store. After it: did an exception
escape, is the status 0, 1 or 2, is a refusal one sentence on standard error and nothing on standard
output, and are all files of the folder as they were? A failing input is printed as it can be given
again.
"""

import argparse
import contextlib
import io
import json
import os
import random
import shlex
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

import echoscope
from echoscope.cli import status

REFUSED = 2
RUNS: list[str] = []  # of the store, once it is made
LONGEST = 1500  # characters of a sentence
Settings = list[str]

SAID = json.loads(Path(__file__).with_suffix(".json").read_text())
ODD, FITTING, COLUMNS, TERMS = (SAID[name] for name in ("odd", "fitting", "columns", "terms"))
CHOICES = [value for values in FITTING.values() for value in values if value.isalpha()]
PRESETS = ["current", "blind", "lag", "whole", "partial"]


def value(chance: random.Random, flag: str = "") -> str:
    """A value for a flag: half of the time one that it can take."""
    if flag in FITTING and chance.random() < 0.6:
        return chance.choice(FITTING[flag])
    pool = chance.choice(
        [ODD, CHOICES, [str(chance.randint(-9, 200)), repr(chance.uniform(-2, 2)), noise(chance)]]
    )
    return chance.choice(pool)


def noise(chance: random.Random) -> str:
    """A few characters of any kind."""
    return "".join(
        chr(chance.choice([chance.randrange(1, 128), chance.randrange(128, 0x3000)]))
        for _ in range(chance.randrange(1, 12))
    )


def flags(chance: random.Random, most: int = 6) -> Settings:
    """Some flags with values."""
    result = []
    for flag in chance.sample(list(FITTING), chance.randrange(most)):
        result += [flag] if chance.random() < 0.02 else [flag, value(chance, flag)]
    return result


def explain(chance: random.Random) -> Settings:
    """A look at any experiment, which trains nothing."""
    named = chance.choice(PRESETS) if chance.random() < 0.95 else value(chance)
    return ["explain", named, *flags(chance), *(["--json"] if chance.random() < 0.3 else [])]


def refused_run(chance: random.Random) -> Settings:
    """A training with one setting that cannot be."""
    flag, broken = chance.choice(
        [
            ["units", "0"],
            ["vocab-size", "1"],
            ["batch-size", "0"],
            ["readout", "often"],
            ["nosuch", "1"],
            ["seeds", "0"],
        ]
    )
    command = chance.choice(["run", "sweep"])
    return [command, chance.choice(PRESETS), *flags(chance), f"--{flag}", broken]


def condition(chance: random.Random) -> str:
    """Something like a condition."""
    parts = [
        chance.choice([*COLUMNS, *TERMS, value(chance)]) for _ in range(chance.randrange(1, 9))
    ]
    simple = f"{chance.choice(COLUMNS)} {chance.choice(['=', '<', '>', '!='])} {value(chance)}"
    return simple if chance.random() < 0.3 else " ".join(parts)


def asked(chance: random.Random) -> Settings:
    """A question to the store."""
    command = chance.choice(["runs", "runs", "summary"])
    text = [command]
    if chance.random() < 0.8:
        text += ["--where", condition(chance)]
    if chance.random() < 0.3:
        text += ["--limit", value(chance)]
    if command == "runs" and chance.random() < 0.3:
        text += ["--sort", chance.choice([*COLUMNS, "-units", "-", value(chance)])]
    if command == "summary" and chance.random() < 0.4:
        text += [
            chance.choice(["--by", "--compare", "--target-accuracy"]),
            chance.choice([*COLUMNS, value(chance)]),
        ]
    return text + (["--json"] if chance.random() < 0.3 else [])


def used(chance: random.Random) -> Settings:
    """Integers for a network, and what cannot be one."""
    command = chance.choice(
        ["predict", "predict", "predict", "generate", "show", "evaluate", "confusion"]
    )
    if command == "show":
        return ["show", *(value(chance) for _ in range(chance.randrange(3)))]
    text = [command]
    if command in ("evaluate", "confusion"):
        text += ["--run", chance.choice(RUNS)] if chance.random() < 0.7 else []
        return [
            *text,
            "--integers",
            chance.choice(["999", "-5", "x", value(chance), "1000"]),
            "--seed",
            value(chance),
        ]
    text += [
        str(chance.randrange(10)) if chance.random() < 0.8 else value(chance)
        for _ in range(chance.randrange(9))
    ]
    if chance.random() < 0.7:
        text += ["--run", chance.choice(RUNS)]
    for flag in ("--top", "--rows", "--run", "--steps", "--use"):
        if chance.random() < 0.15:
            text += [flag, value(chance)]
    return text


def shown(chance: random.Random) -> Settings:
    """Pictures and pages that cannot be written, or files of odd names."""
    command = chance.choice(["figure", "report", "export", "import", "merge"])
    names = [
        "curves",
        "lag",
        "heat",
        "units",
        "steps",
        "parameters",
        "state",
        "positions",
        value(chance),
    ]
    place = chance.choice(
        [
            "no/such/folder/a.svg",
            "a.doc",
            "",
            ".",
            "a.keras/x",
            value(chance) + ".xyz",
            "/proc/a.html",
        ]
    )
    if command == "figure":
        return ["figure", chance.choice(names), place]
    if command == "import":
        return ["import", place, chance.choice(PRESETS), *flags(chance)]
    return [command, place]


def file(chance: random.Random) -> Settings:
    """A file of integers, good or broken."""
    ending = chance.choice(["csv", "csv", "txt", "npy", "parquet", "toml", "gz", "json"])
    path = Path(f"input.{ending}")
    rows = [
        value(chance) if chance.random() < 0.2 else str(chance.randrange(10))
        for _ in range(chance.randrange(40))
    ]
    content = (
        chance.choice(["\n", "\r\n", ",", ";", "\t"]).join(rows).encode("utf-8", "surrogatepass")
    )
    if ending == "npy":
        kept = io.BytesIO()
        np.save(kept, np.arange(12) % 10)
        content = kept.getvalue()
    broken = bytearray(content)
    for _ in range(chance.choice([0, 0, 1, 5])):
        if broken:
            broken[chance.randrange(len(broken))] = chance.randrange(256)
    path.write_bytes(
        bytes(
            broken[: chance.choice([len(broken), len(broken), chance.randrange(len(broken) + 1)])]
        )
    )
    if ending == "toml":
        return ["sweep", str(path), "--dry-run", "--nosuch"]
    column = ["--column", value(chance)] if chance.random() < 0.3 else []
    source = ["--file" if chance.random() < 0.9 else "--text", str(path)]
    return [
        *chance.choice([["predict"], ["explain", "lag"], ["explain", "lag", "--lag", "-1"]]),
        *source,
        *column,
    ]


KINDS: dict[str, Callable[[random.Random], Settings]] = {
    "explain": explain,
    "run": refused_run,
    "ask": asked,
    "use": used,
    "show": shown,
    "file": file,
}


def fingerprint() -> dict[str, tuple[int, int]]:
    """Every file of the folder but the input: its size and when it changed."""
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(Path().rglob("*"))
        if path.is_file()
        and not path.name.startswith("input.")
        and path.suffix not in (".sqlite-shm",)
        and not path.name.endswith(("-shm", "-wal"))
    }


def fault_of(settings: Settings, before: dict[str, tuple[int, int]]) -> str:
    """What is wrong with how the command takes these settings; empty for nothing."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    sys.stdin = io.StringIO("1 2 3 4 5\n")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            left = status(settings)
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return (
            f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}:"
            f" {str(error)[:120]}"
        )
    finally:
        sys.stdin = sys.__stdin__
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))
    printed, text = texts
    if left not in (0, 1, REFUSED):
        return f"status {left}"
    if left == REFUSED and (printed or text.count("\n") != 1 or not text.startswith("echoscope: ")):
        return f"a refusal that is not one sentence: {printed[:80]!r} {text[:160]!r}"
    if left == REFUSED and len(text) > LONGEST:
        return f"a sentence of {len(text):,} characters"
    if left == REFUSED and "\x1b" in text:
        return "an escape in a sentence"
    return (
        "a refused command wrote something" if left == REFUSED and fingerprint() != before else ""
    )


def main() -> int:
    """Print what was found."""
    value = argparse.ArgumentParser()
    value.add_argument("--inputs", type=int, default=100_000)
    value.add_argument("--seed", type=int, default=1)
    value.add_argument("--kind", choices=tuple(KINDS))
    chosen = value.parse_args()
    chance, faults, counts = random.Random(chosen.seed), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        with contextlib.redirect_stdout(io.StringIO()):
            assert not any(status(shlex.split(command)) for command in SAID["store"])
        RUNS.extend(echoscope.Store("echoes").ids())
        before, began = fingerprint(), time.monotonic()
        for place in range(chosen.inputs):
            kind = chosen.kind or chance.choice(list(KINDS))
            settings, started = KINDS[kind](chance), time.monotonic()
            fault = fault_of(settings, before)
            counts[kind] += 1
            if time.monotonic() - started > 5:
                print(
                    f"slow ({time.monotonic() - started:.1f} s): {json.dumps(settings)}", flush=True
                )
            if fault:
                faults[fault] += 1
                if faults[fault] == 1:
                    print(f"{fault}\n    {json.dumps(settings)}", flush=True)
            if fingerprint() != before:
                before = fingerprint()
            if place % 5000 == 4999:
                print(
                    f"{place + 1:,} inputs, {sum(faults.values())} faults,"
                    f" {time.monotonic() - began:.0f} s",
                    flush=True,
                )
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(counts.items()))
    print(
        f"{chosen.inputs:,} inputs ({kinds}): {sum(faults.values())} faults of {len(faults)} kinds"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
