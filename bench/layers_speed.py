"""An update of an LSTM and a GRU beside PyTorch's, and layers that are parallel over time beside
their own step, as ratios.

    .venv/bin/python bench/layers_speed.py [--rounds 15] [--updates 3]

Each side is a process of its own that waits for its turn, so that threads of neither spin while the
other computes; rounds alternate. An update is forward, backward and Adam, over 100 steps of 64 rows
of 10 numbers, with 128 units; both sides may use every core.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

STEPS, ROWS, FEATURES, UNITS = 100, 64, 10, 128
LONG, FEW, NARROW = 1024, 2, 32  # steps, rows and units of the layers that are parallel over time


def recurrent(name: str) -> Callable[[], None]:
    """An update of ours, compiled as the command compiles it."""
    from echoscope.process.xla import ask_for_speed

    ask_for_speed(fused=True)
    import jax
    import jax.numpy as jnp
    import numpy as np

    from echoscope.registry import layer_of
    from echoscope.training import optimizer

    layer, rng = layer_of(name), np.random.default_rng(0)
    inputs = rng.normal(size=(STEPS, ROWS, FEATURES)).astype(np.float32)
    wanted = rng.normal(size=(STEPS, ROWS, UNITS)).astype(np.float32)

    def loss(weights: Any) -> Any:
        return jnp.mean(layer.apply(weights, None, jnp.asarray(inputs), None)[0] * wanted)

    def step(weights: Any, moments: Any) -> Any:
        return optimizer.step(weights, moments, jax.grad(loss)(weights), jnp.float32(0.001))

    update = jax.jit(step, donate_argnums=(0, 1))
    weights = layer.init(rng, FEATURES, UNITS, STEPS)
    state = [jax.tree.map(jnp.asarray, part) for part in (weights, optimizer.zeros(weights))]

    def once() -> None:
        state[:] = jax.block_until_ready(update(*state))

    return once


def torch_recurrent(name: str) -> Callable[[], None]:
    """An update of PyTorch's."""
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[name](FEATURES, UNITS)
    inputs, wanted = torch.randn(STEPS, ROWS, FEATURES), torch.randn(STEPS, ROWS, UNITS)
    optimizer = torch.optim.Adam(layer.parameters(), 0.001)

    def once() -> None:
        optimizer.zero_grad()
        (layer(inputs)[0] * wanted).mean().backward()
        optimizer.step()

    return once


def over_time(name: str, stepwise: bool) -> Callable[[], None]:
    """Forward and backward of a long window, whole or a step at a time."""
    from echoscope.process.xla import ask_for_speed

    ask_for_speed()
    import jax
    import jax.numpy as jnp
    import numpy as np

    from echoscope.registry import layer_of

    layer, rng = layer_of(name), np.random.default_rng(0)
    weights = jax.tree.map(jnp.asarray, layer.init(rng, FEATURES, NARROW, LONG))
    inputs = jnp.asarray(rng.normal(size=(LONG, FEW, FEATURES)).astype(np.float32))

    def loss(weights: Any) -> Any:
        def step(state: Any, now: Any) -> Any:
            outputs, state = layer.apply(weights, state, now[None], None)
            return state, outputs[0]

        state = layer.initial_state(NARROW, FEW, LONG)
        if stepwise:
            return jnp.mean(jax.lax.scan(step, state, inputs)[1] ** 2)
        return jnp.mean(layer.apply(weights, state, inputs, None)[0] ** 2)

    gradient = jax.jit(jax.grad(loss))
    return lambda: jax.block_until_ready(gradient(weights)) and None


SIDES: dict[str, Callable[[], Callable[[], None]]] = {
    "lstm": lambda: recurrent("lstm"),
    "torch lstm": lambda: torch_recurrent("lstm"),
    "gru": lambda: recurrent("gru"),
    "torch gru": lambda: torch_recurrent("gru"),
    "lru": lambda: over_time("lru", False),
    "lru by steps": lambda: over_time("lru", True),
    "attention": lambda: over_time("attention", False),
    "attention by steps": lambda: over_time("attention", True),
}
PAIRS = (
    ("lstm", "torch lstm"),
    ("gru", "torch gru"),
    ("lru", "lru by steps"),
    ("attention", "attention by steps"),
)


def wait_for_turns(side: str) -> None:
    """Do so many updates as a line asks for, and say how many milliseconds one took."""
    once = SIDES[side]()
    once()
    once()
    print("ready", flush=True)
    for line in sys.stdin:
        begun = time.perf_counter()
        for _ in range(int(line)):
            once()
        print((time.perf_counter() - begun) / int(line) * 1000, flush=True)


def race(pair: tuple[str, str], rounds: int, updates: int) -> None:
    """Print a row of a pair."""
    players = [
        subprocess.Popen(
            [sys.executable, __file__, "--side", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for side in pair
    ]
    for player in players:
        assert player.stdout
        player.stdout.readline()
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for player, taken in zip(players, times, strict=True):
            assert player.stdin
            assert player.stdout
            player.stdin.write(f"{updates}\n")
            player.stdin.flush()
            taken.append(float(player.stdout.readline()))
    for player in players:
        player.communicate()
    ratios = sorted(ours / theirs for ours, theirs in zip(*times, strict=True))
    ours, theirs = (f"{statistics.median(part):.1f} ({min(part):.1f})" for part in times)
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    least = min(times[0]) / min(times[1])
    print(f"| {pair[0]} / {pair[1]} | {ours} | {theirs} | {spread} | {least:.2f} |", flush=True)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--updates", type=int, default=3)
    parser.add_argument("--only", help="pairs by their first names, with commas between")
    parser.add_argument("--side", choices=tuple(SIDES))
    value = parser.parse_args()
    if value.side:
        wait_for_turns(value.side)
        return
    head = ["what", "median ms (least)", "beside it", "ratio, median (range)", "ratio of least"]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for pair in PAIRS:
        if value.only is None or pair[0] in value.only.split(","):
            race(pair, value.rounds, value.updates)


if __name__ == "__main__":
    main()
