"""A study of 400 cells: with every core, with one worker, and with a Keras loop, of which a sample
is timed.

python bench/study.py [--store FOLDER] [--seeds 5] [--rounds 1] [--peers 3] [--no-one]

The cells: lags 1 to 10, 8 to 64 units, LSTM and GRU, 5 seeds; quick fit, 10 symbols, a target at
each of 20 steps.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from speed import spread

SETTINGS = [
    "whole",
    "--fit",
    "quick",
    "--vocab-size",
    "10",
    "--window",
    "20",
    "--lag",
    "1..10",
    "--units",
    "8,16,32,64",
    "--model",
    "lstm,gru",
]
CELLS = [(model, units) for model in ("lstm", "gru") for units in (8, 16, 32, 64)]
TURN = 5.0  # seconds that every core goes on before one worker does, for twice as long
UPDATES = 100  # of the peer that are timed, after 20 that are not


def begun(store: Path, seeds: int, workers: int | None) -> subprocess.Popen[str]:
    """The whole command, into a new store, in a group of processes of its own."""
    settings = [
        str(Path(sys.executable).parent / "echoscope"),
        "sweep",
        *SETTINGS,
        "--seeds",
        str(seeds),
        "--store",
        str(store),
        *(["--workers", str(workers)] if workers else []),
    ]
    return subprocess.Popen(
        settings,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def in_turns(turns: list[tuple[subprocess.Popen[str], float]]) -> list[float]:
    """Seconds that each command ran: one goes on for its turn while the others are stopped, until
    all have ended.

    A machine whose speed changes from minute to minute is then as fast or slow for each of them.
    """
    ran = [0.0] * len(turns)
    for command, _ in turns:
        os.killpg(command.pid, signal.SIGSTOP)
    try:
        while any(command.returncode is None for command, _ in turns):
            for place, (command, turn) in enumerate(turns):
                ran[place] += 0 if command.returncode is not None else one_turn(command, turn)
    finally:
        for command, _ in turns:
            if command.returncode is None:
                os.killpg(command.pid, signal.SIGKILL)
    return ran


def one_turn(command: subprocess.Popen[str], seconds: float) -> float:
    """Let a stopped command go on for at most so many seconds; how many it took of them."""
    started = time.perf_counter()
    os.killpg(command.pid, signal.SIGCONT)
    try:
        command.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(command.pid, signal.SIGSTOP)
    if command.returncode:
        raise SystemExit(f"{command.args} ended with {command.returncode}")
    return time.perf_counter() - started


def peer(model: str, units: int) -> dict[str, float]:
    """What one cell costs in a fresh process: see `timed_peer`."""
    settings = [sys.executable, __file__, "--peer", f"{model},{units}"]
    done = subprocess.run(
        settings,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KERAS_BACKEND": "jax"},
    )
    return json.loads(done.stdout.splitlines()[-1])


def timed_peer(model: str, units: int) -> dict[str, float]:
    """Seconds to build and compile a Keras network, of one update by `fit` and by `train_on_batch`,
    and of an accuracy.

    A fresh batch for every update, drawn and one-hot encoded by NumPy in one go each.
    """
    import keras
    import numpy as np
    from keras import layers

    chance, one_hot = np.random.default_rng(0), np.eye(10, dtype=np.float32)

    def batch(windows: int = 32) -> tuple[np.ndarray, np.ndarray]:
        drawn = chance.integers(0, 10, (windows, 20))
        return one_hot[drawn], np.roll(drawn, 3, axis=1)

    started = time.perf_counter()
    layer = layers.LSTM if model == "lstm" else layers.GRU
    network = keras.Sequential(
        [
            keras.Input((20, 10)),
            layer(units, return_sequences=True),
            layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.01),
        metrics=["accuracy"],
    )
    network.train_on_batch(*batch())
    result = {"build": time.perf_counter() - started}
    for name in ("fit", "train_on_batch"):
        for place in range(UPDATES + 20):
            if place == 20:
                started = time.perf_counter()
            if name == "fit":
                network.fit(*batch(), epochs=1, batch_size=32, verbose=0, shuffle=False)  # pyright: ignore[reportArgumentType]
            else:
                network.train_on_batch(*batch())
        result[name] = (time.perf_counter() - started) / UPDATES
    started = time.perf_counter()
    network.predict(batch(640)[0], batch_size=32, verbose=0)  # pyright: ignore[reportArgumentType]
    return result | {"accuracy": time.perf_counter() - started}


def measured(store: Path) -> dict[str, float]:
    """Of a finished study: seconds that its workers compiled and trained, and the share of both
    that is compiling.
    """
    import echoscope

    runs = echoscope.Store(store).runs()
    compiled, trained = (sum(run.seconds[part] for run in runs) for part in ("compile", "train"))
    return {"compile": compiled, "train": trained, "share": compiled / (compiled + trained)}


def main() -> None:
    """Read the flags."""
    value = argparse.ArgumentParser()
    value.add_argument("--peer", help="time one cell of the peer and print one JSON line")
    value.add_argument("--store", help="keep the runs of the first round here")
    value.add_argument("--seeds", type=int, default=5)
    value.add_argument("--rounds", type=int, default=1, help="of the study")
    value.add_argument(
        "--peers",
        type=int,
        default=3,
        help="rounds of the peer: before, between and after the others",
    )
    value.add_argument("--no-one", action="store_true", help="leave out the study with one worker")
    chosen = value.parse_args()
    if chosen.peer:
        model, units = chosen.peer.split(",")
        print(json.dumps(timed_peer(model, int(units))))
    else:
        compare(chosen)


def compare(chosen: argparse.Namespace) -> None:
    """Time all of it, the peer around the rest, and print the table."""
    import echoscope

    every, item, costs = [], [], [peers() for _ in range(min(1, chosen.peers))]
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(chosen.store or Path(folder) / "kept")
        for number in range(chosen.rounds):
            store = kept if number == 0 else Path(folder) / f"every{number}"
            turns = [(begun(store, chosen.seeds, None), TURN)]
            turns += (
                []
                if chosen.no_one
                else [(begun(Path(folder) / f"one{number}", chosen.seeds, 1), 2 * TURN)]
            )
            seconds, *others = in_turns(turns)
            every.append(seconds)
            item += others
            costs += [peers() for _ in range(len(costs) < chosen.peers)]
        costs += [peers() for _ in range(chosen.peers - len(costs))]
        rows, parts = echoscope.Store(kept).rows(), measured(kept)
    print(
        f"{len(rows)} cells; every core {[f'{s:.0f}' for s in every]} s, one worker"
        f" {[f'{s:.0f}' for s in item]} s"
    )
    print(f"one worker / every core: {[f'{a / b:.2f}' for a, b in zip(item, every, strict=False)]}")
    if chosen.no_one:  # the clocks of workers that were stopped in turns went on
        print(
            f"compiling {parts['compile']:.1f} s of {parts['compile'] + parts['train']:.1f} s of"
            f" work: {parts['share']:.1%}"
        )
    steps = {
        key: [row.steps for row in rows if (row.setting("model"), row.setting("units")) == key]
        for key in CELLS
    }
    for name in ("fit", "train_on_batch") if costs else ():
        totals = [
            sum(
                cost[key]["build"] + cost[key]["accuracy"] + count * cost[key][name]
                for key, counts in steps.items()
                for count in counts
            )
            for cost in costs
        ]
        ratios = spread([total / statistics.median(every) for total in totals])
        print(
            f"Keras, {name} of each fresh batch, extrapolated: {spread(totals)} s, {ratios} times"
            " every core"
        )
    print(
        "\n| peer | units | build and compile, s | update by fit, ms | by train_on_batch, ms |"
        " accuracy, s |"
    )
    print("|---|---|---|---|---|---|")
    for model, units in CELLS if costs else ():
        text = {
            name: [cost[model, units][name] for cost in costs] for name in costs[0][model, units]
        }
        print(
            f"| {model} | {units} | {spread(text['build'])} |"
            f" {spread([1000 * item for item in text['fit']])} |"
            f" {spread([1000 * item for item in text['train_on_batch']])} |"
            f" {spread(text['accuracy'])} |"
        )


def peers() -> dict[tuple[str, int], dict[str, float]]:
    """What a cell of each shape costs the peer, in one round."""
    return {key: peer(*key) for key in CELLS}


if __name__ == "__main__":
    main()
