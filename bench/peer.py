"""The peer: the tutorials' own loop in plain Keras, one `fit` an epoch on a fresh sequence.

python bench/peer.py PRESET [--epochs N] [--warm N]
"""

import argparse
import json
import os
import time
from importlib import import_module
from typing import Any

import numpy as np

STARTED = time.perf_counter()
os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers

SYMBOLS, LENGTH = 100, 25
# preset: units, batch, window, epochs
SETTINGS = {
    "current": (15, 1, 1, 500),
    "blind": (50, 6, 1, 2000),
    "lag": (50, 5, 5, 2000),
    "whole": (20, 7, 5, 500),
    "partial": (150, 21, 5, 5000),
}


def network(preset: str) -> Any:
    """The tutorial's layers, compiled as there."""
    units, batch, window, _ = SETTINGS[preset]
    stateful = preset != "current"
    model = keras.Sequential([keras.Input(batch_shape=(batch, window, SYMBOLS))])
    model.add(layers.LSTM(units, stateful=stateful, return_sequences=preset == "whole"))
    if preset == "partial":
        model.add(layers.RepeatVector(2))
        model.add(layers.LSTM(units, stateful=True, return_sequences=True))
    text = layers.Dense(SYMBOLS, activation="softmax")
    model.add(layers.TimeDistributed(text) if preset in ("whole", "partial") else text)
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def data(preset: str) -> tuple[np.ndarray, np.ndarray]:
    """One fresh sequence, framed and one-hot encoded, vectorised so that the peer's loop is not
    slowed by it.
    """
    encoded = np.eye(SYMBOLS, dtype=np.float32)[np.random.randint(0, SYMBOLS, LENGTH)]
    if preset == "current":
        return encoded[:, None], encoded
    if preset == "blind":
        return encoded[1:, None], encoded[:-1]
    windows = np.stack([encoded[start : start + 5] for start in range(LENGTH - 4)])
    if preset == "lag":
        return windows[1:], encoded[4:-1]
    return windows, windows if preset == "whole" else windows[:, :2]


def epoch(model: Any, preset: str) -> None:
    """One pass of the tutorial's loop."""
    inputs, target = data(preset)
    model.fit(inputs, target, epochs=1, batch_size=SETTINGS[preset][1], verbose=0, shuffle=False)
    for layer in model.layers:
        if hasattr(layer, "reset_states"):
            layer.reset_states()


def main() -> None:
    """Train and print one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("preset", choices=SETTINGS)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--warm", type=int, default=0, help="epochs before the clock starts")
    value = parser.parse_args()
    model = network(value.preset)
    for _ in range(value.warm):
        epoch(model, value.preset)
    epochs = value.epochs or SETTINGS[value.preset][3]
    started = time.perf_counter()
    for _ in range(epochs):
        epoch(model, value.preset)
    trained = time.perf_counter() - started
    print(
        json.dumps(
            {
                "preset": value.preset,
                "epochs": epochs,
                "train_seconds": trained,
                "seconds_an_epoch": trained / epochs,
                "total_seconds": time.perf_counter() - STARTED,
            }
        )
    )


if __name__ == "__main__":
    main()
