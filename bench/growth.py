"""Cost of an update against window, units, symbols and runs, one changed at a time: a table and a
picture.

python bench/growth.py [--repeats 5]
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import altair as alt

import echoscope

HERE = Path(__file__).parent
BASE: dict[str, int] = {"window": 20, "units": 64, "vocab_size": 100, "runs": 1}
AXES = {
    "window": (5, 10, 20, 50, 100, 200),
    "units": (16, 32, 64, 128, 256, 512),
    "vocab_size": (10, 100, 1000, 10_000, 100_000),
    "runs": (1, 2, 4, 8),
}
UPDATES = 20  # updates in a timed slice


def cost(repeats: int, window: int, units: int, vocab_size: int, runs: int) -> list[float]:
    """Microseconds an update and run, of already compiled slices; the first is not counted."""
    settings: dict[str, Any] = {
        "window": window,
        "length": window,
        "units": units,
        "vocab_size": vocab_size,
        "target_accuracy": None,
    }
    experiment = echoscope.preset("lag", fit="quick", **settings, epochs=UPDATES * 100)
    training = echoscope.Training([experiment.change(seed=seed) for seed in range(runs)])
    next(training)
    result = []
    for _ in range(repeats):
        started = time.perf_counter()
        next(training)
        result.append((time.perf_counter() - started) / UPDATES / runs * 1e6)
    return result


def main() -> None:
    """Print the table and write the picture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    raw = parser.parse_args()
    rows: list[dict[str, Any]] = []
    print("| axis | value | microseconds an update and run (min to max) |\n|---|---|---|")
    for axis, values in AXES.items():
        for value in values:
            times = cost(raw.repeats, **(BASE | {axis: value}))
            middle = statistics.median(times)
            rows.append({"axis": axis, "value": value, "microseconds": middle})
            print(
                f"| {axis} | {value:,} | {middle:,.0f} ({min(times):,.0f} to {max(times):,.0f}) |",
                flush=True,
            )
    picture(rows)


def picture(rows: list[dict[str, Any]]) -> None:
    """Small multiples on logarithmic axes."""
    panels = []
    for axis, values in AXES.items():
        mine = [row for row in rows if row["axis"] == axis]
        panels.append(
            alt.Chart(alt.Data(values=mine), title=axis)
            .mark_line(point=True, color="black")
            .encode(
                x=alt.X(
                    "value:Q",
                    title=axis,
                    scale=alt.Scale(type="log"),
                    axis=alt.Axis(values=list(values)),
                ),
                y=alt.Y(
                    "microseconds:Q",
                    title="microseconds an update and run",
                    scale=alt.Scale(type="log"),
                ),
            )
            .properties(width=260, height=180)
        )
    chart = (panels[0] | panels[1]) & (panels[2] | panels[3])
    chart.save(str(HERE / "growth.svg"))


if __name__ == "__main__":
    main()
