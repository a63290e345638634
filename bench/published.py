"""Two published results in kind: recurrent layers learn recall in a narrow range of rates only
(arXiv 2508.19029), and the forget bias decides how long an LSTM holds, not how far it echoes.

python bench/published.py [--seeds 3] [--minutes 20]  # goes on where it was stopped
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from echoscope.measure.calibration.known import known
from echoscope.measure.in_jax.functions import Functions, scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.search.axes import TARGET, Kind, hold, recall, shift
from echoscope.measure.search.trials import Job, Trials
from echoscope.process.xla import ask_for_speed

UNITS = 32
ROWS = Path(__file__).parent / "published.jsonl"
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
Key = tuple[str, str, int, float, int]  # layer, axis, difficulty, rate, seed
START = jax.nn.initializers


def columns(key: jax.Array, input_size: int, gates: int) -> dict[str, Any]:
    """Glorot for what is read, orthogonal for each gate of what is recalled, biases of 0."""
    first, *rest = jax.random.split(key, gates + 1)
    recalled = [START.orthogonal()(part, (UNITS, UNITS)) for part in rest]
    return {
        "read": START.glorot_uniform()(first, (input_size, gates * UNITS)),
        "recalled": jnp.concatenate(recalled, axis=1),
        "bias": jnp.zeros(gates * UNITS),
    }


def lstm(forget_bias: float) -> JaxLayer:
    """An LSTM that begins with this forget bias."""

    def init(key: jax.Array, input_size: int) -> Any:
        weights = columns(key, input_size, 4)
        return weights | {"bias": weights["bias"].at[UNITS : 2 * UNITS].set(forget_bias)}

    def initial_state(weights: Any, batch_size: int) -> Any:
        return jnp.zeros((batch_size, UNITS)), jnp.zeros((batch_size, UNITS))

    def step(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        output, cell = state
        joined = inputs @ weights["read"] + output @ weights["recalled"] + weights["bias"]
        add, keep, new, show = jnp.split(joined, 4, axis=-1)
        cell = jax.nn.sigmoid(keep) * cell + jax.nn.sigmoid(add) * jnp.tanh(new)
        output = jax.nn.sigmoid(show) * jnp.tanh(cell)
        return (output, cell), output

    functions = Functions(init, initial_state, scanned(step))
    return known(f"LSTM, forget bias {forget_bias:g}", functions)


def gru() -> JaxLayer:
    """A gated recurrent unit, its reset after the product."""

    def initial_state(weights: Any, batch_size: int) -> Any:
        return jnp.zeros((batch_size, UNITS))

    def step(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        read = jnp.split(inputs @ weights["read"] + weights["bias"], 3, axis=-1)
        recalled = jnp.split(state @ weights["recalled"], 3, axis=-1)
        keep, reset = (jax.nn.sigmoid(a + b) for a, b in zip(read[:2], recalled[:2], strict=True))
        state = keep * state + (1 - keep) * jnp.tanh(read[2] + reset * recalled[2])
        return state, state

    def init(key: jax.Array, input_size: int) -> Any:
        return columns(key, input_size, 3)

    return known("GRU", Functions(init, initial_state, scanned(step)))


def rnn() -> JaxLayer:
    """A plain recurrent layer."""

    def initial_state(weights: Any, batch_size: int) -> Any:
        return jnp.zeros((batch_size, UNITS))

    def step(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        joined = inputs @ weights["read"] + state @ weights["recalled"] + weights["bias"]
        return jnp.tanh(joined), jnp.tanh(joined)

    def init(key: jax.Array, input_size: int) -> Any:
        return columns(key, input_size, 1)

    return known("RNN", Functions(init, initial_state, scanned(step)))


LAYERS: dict[str, Any] = {"lstm 1": lstm(1.0), "lstm 0": lstm(0.0), "gru": gru(), "rnn": rnn()}
KINDS: dict[str, Kind] = {"recall": recall(), "hold": hold(), "shift": shift()}


def asked(seeds: int) -> Iterator[Key]:
    """Every training, seed by seed, so that what is stopped has all of fewer seeds."""
    for seed in range(seeds):
        for bias in ("lstm 1", "lstm 0"):
            for axis, difficulty in (("hold", 12), ("shift", 5), ("hold", 19)):
                yield bias, axis, difficulty, 0.01, seed
        yield "rnn", "hold", 19, 0.01, seed
        for layer in ("lstm 1", "gru"):
            for rate in RATES:
                yield layer, "recall", 2, rate, seed


def main() -> None:
    """Train what is not in the file yet, and print what is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=20.0)
    raw = parser.parse_args()
    ask_for_speed()
    rows: dict[Any, dict[str, Any]] = read()  # by what a job is labelled with
    deadline = time.monotonic() + 60 * raw.minutes
    left = [key for key in asked(raw.seeds) if key not in rows]
    for name, layer in LAYERS.items():
        jobs = [
            Job(KINDS[axis].experiment(difficulty, rate, seed), label=key)
            for key in left
            if key[0] == name
            for _, axis, difficulty, rate, seed in [key]
        ]
        with Trials(layer, deadline=deadline) as trials:
            for ended in trials.each(jobs):
                row = {"accuracy": ended.accuracy, "solved": ended.solved, "steps": ended.steps}
                rows[ended.job.label] = row
                with ROWS.open("a") as file:
                    file.write(json.dumps({"key": ended.job.label} | row) + "\n")
    table(rows)


def read() -> dict[Key, dict[str, Any]]:
    """What is in the file."""
    lines = ROWS.read_text().splitlines() if ROWS.exists() else []
    known_rows = [json.loads(line) for line in lines]
    return {tuple(row.pop("key")): row for row in known_rows}


def table(rows: dict[Key, dict[str, Any]]) -> None:
    """Solved of so many trainings, and their accuracies."""
    print(
        f"| layer | task | rate | solved (at {TARGET:.0%}) | accuracies | updates of the solved |"
    )
    print("|---|---|---|---|---|---|")
    kinds = sorted({key[:4] for key in rows}, key=lambda key: (key[1], key[2], key[0], key[3]))
    for kind in kinds:
        those = [row for key, row in sorted(rows.items()) if key[:4] == kind]
        solved = [row["steps"] for row in those if row["solved"]]
        accuracies = ", ".join(f"{row['accuracy']:.2f}" for row in those)
        text = f"{len(solved)} of {len(those)} | {accuracies} | {', '.join(map(str, solved))}"
        print(f"| {kind[0]} | {kind[1]} {kind[2]} | {kind[3]:g} | {text} |")


if __name__ == "__main__":
    main()
