"""Whether the intervals of the memory report hold what they say: of a simulated search whose truth
is known, and of trained layers against ten times as many trainings.

python bench/spans.py simulate [--repeats 200]
python bench/spans.py truth [--repeats 10] [--minutes 30]  # goes on where it was stopped
"""

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from echoscope.measure.doors.open import open_layer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.search.axes import hold, recall, shift
from echoscope.measure.search.bits import Ladder
from echoscope.measure.search.driving import drive
from echoscope.measure.search.posterior import Guess, Posterior
from echoscope.measure.search.span import Search
from echoscope.measure.search.trials import Trials
from echoscope.process.xla import ask_for_speed
from echoscope.stats.intervals import mean_and_half, wilson

HARDEST = 256
LAPSE = 0.02
CASES = ((6.0, 12.0), (20.0, 12.0), (60.0, 5.0), (60.0, 12.0), (20.0, 40.0))  # span, slope
COUNTS = (8, 12, 20, 32)
ROWS = Path(__file__).parent / "spans.jsonl"
MODELS = ("lstm", "gru", "rnn")
UNITS = 32
TRIALS, TRAININGS, TIMES = 8, 3, 10  # what the default budget buys, and how much more a truth has
LADDERS = TRAININGS * (TIMES + 1)  # trainings of the ladder: so many lots, each against the others
RATE = 0.01
Key = tuple[str, str, int]  # layer, what, and the seed or the number of the search
Row = dict[str, Any]
APART = 1_000_000  # seeds of one repeat and of the next


def simulated(
    span: float, slope: float, counts: Sequence[int], rng: np.random.Generator, guess: Guess | None
) -> Iterator[tuple[int, float, float]]:
    """Trials and the interval's ends, of one search of a layer that solves half its trainings at
    `span`.
    """
    threshold = math.log(span) - math.log(1 - 2 * LAPSE) / slope
    posterior = Posterior.before(HARDEST, guess)
    lags = np.unique(np.round(np.geomspace(1, HARDEST, 65)).astype(int))
    for count in range(1, max(counts) + 1):
        lag = int(lags[np.argmax(posterior.tells(lags.tolist()))])
        solves = (1 - LAPSE) / (1 + math.exp(slope * (math.log(lag) - threshold)))
        posterior = posterior.after(lag, bool(rng.random() < solves))
        if count in counts:
            low, high = posterior.interval
            yield count, math.floor(low), max(math.ceil(high), math.floor(low) + 1)


def simulate(repeats: int) -> None:
    """Print coverage and width for several truths."""
    print("| span, slope | prior | " + " | ".join(f"{count} trainings" for count in COUNTS) + " |")
    print("|---|---|" + "---|" * len(COUNTS))
    for span, slope in CASES:
        for off in (None, 1.5):
            rng = np.random.default_rng(1)
            ends: dict[int, list[tuple[float, float]]] = {count: [] for count in COUNTS}
            guess = None if off is None else Guess(span * off, 0.4)
            for _ in range(repeats):
                for count, low, high in simulated(span, slope, COUNTS, rng, guess):
                    ends[count].append((low, high))
            cells = [_cell(ends[count], span) for count in COUNTS]
            prior = "none" if off is None else f"{off:g} times too high"
            print(f"| {span:g}, {slope:g} | {prior} | " + " | ".join(cells) + " |", flush=True)


def _cell(ends: list[tuple[float, float]], span: float) -> str:
    covers = np.mean([low <= span <= high for low, high in ends])
    width = np.exp(np.mean([math.log(high / max(low, 0.5)) for low, high in ends]))
    return f"{covers:.2f}, x{width:.2f}"


def ladders(model: str, rows: dict[Key, Row], deadline: float) -> None:
    """Trainings of the ladder that are not known yet, each on a seed of its own."""
    left = [seed for seed in range(LADDERS) if (model, "bits", seed) not in rows]
    settings = Ladder()
    lags = range(1, settings.lags + 1)
    layer = open_layer(model, LayerOptions(units=UNITS))
    with Trials(layer, deadline=deadline) as trials:
        for ended in trials.each([settings.job(lags, RATE, seed) for seed in left]):
            outcome = ended.outcome
            if outcome is not None:
                losses = [row[5] for row in outcome.by_target]
                bits = sum(max(0.0, settings.symbol - loss / math.log(2)) for loss in losses)
                keep(rows, (model, "bits", ended.job.experiment.seed), {"bits": bits})


def search(model: str, what: str, repeat: int, rows: dict[Key, Row], deadline: float) -> None:
    """One search by the default budget's trials; the one numbered 0 by ten times as many."""
    kind = {"shift": shift, "hold": hold, "recall": recall}[what]()
    longest = None if what == "recall" else 63
    most = TRIALS * (1 if repeat else TIMES)
    searching = Search(kind, longest=longest, most=most, seed=repeat * APART)
    layer = open_layer(model, LayerOptions(units=UNITS))
    with Trials(layer, deadline=deadline) as trials:
        for _ in drive(trials, [searching]):
            pass
        if trials.over:
            return
    span = searching.axis().span
    ends = {"value": span.value, "low": span.low, "high": span.high}
    keep(rows, (model, what, repeat), ends | {"rates": searching.axis().rates})


def truth(minutes: float, models: Sequence[str], whats: Sequence[str], repeats: int) -> None:
    """Measure what is not in the file yet, and print what is."""
    ask_for_speed()
    deadline = time.monotonic() + 60 * minutes
    rows = known()
    for what in whats:
        for model in models:
            if what == "bits":
                ladders(model, rows, deadline)
                continue
            for repeat in range(repeats + 1):
                if (model, what, repeat) not in rows and time.monotonic() < deadline:
                    search(model, what, repeat, rows, deadline)
    table(rows)


def known() -> dict[Key, Row]:
    """What is in the file."""
    lines = ROWS.read_text().splitlines() if ROWS.exists() else []
    read = [json.loads(line) for line in lines]
    return {tuple(row.pop("key")): row for row in read}


def keep(rows: dict[Key, Row], key: Key, row: Row) -> None:
    """Put it in the file."""
    rows[key] = row
    with ROWS.open("a") as file:
        file.write(json.dumps({"key": key} | row) + "\n")


def table(rows: dict[Key, Row]) -> None:
    """How many intervals of the default budget contain what ten times the budget says."""
    print("| layer | what | at least ten times the budget | repeats | contain it | share, 95 % |")
    print("|---|---|---|---|---|---|")
    every: list[bool] = []
    for model in MODELS:
        for what in ("bits", "shift", "hold", "recall"):
            text, holds = held_to(rows, model, what)
            every += holds
            if text:
                share = _share(holds)
                print(f"| {model} | {what} | {text} | {len(holds)} | {sum(holds)} | {share} |")
    print(f"| all | | | {len(every)} | {sum(every)} | {_share(every)} |")


def held_to(rows: dict[Key, Row], model: str, what: str) -> tuple[str, list[bool]]:
    """What ten times the budget says, and whether each interval contains it. The ladder's trainings
    are taken three by three, the default budget, each against the mean of all others.
    """
    keys = sorted(key for key in rows if key[:2] == (model, what))
    if what == "bits":
        bits = [rows[key]["bits"] for key in keys]
        if len(bits) < 3 * TRAININGS:
            return "", []
        mean, half = mean_and_half(bits)
        holds = []
        for at in range(0, len(bits) - TRAININGS + 1, TRAININGS):
            value, width = mean_and_half(bits[at : at + TRAININGS])
            others = bits[:at] + bits[at + TRAININGS :]
            holds.append(abs(value - sum(others) / len(others)) <= width)
        return f"{mean:.2f} [{mean - half:.2f}, {mean + half:.2f}] of {len(bits)}", holds
    if (model, what, 0) not in rows:
        return "", []
    reference, *others = (rows[key] for key in keys)
    ends = [(row["low"], math.inf if row["high"] is None else row["high"]) for row in others]
    text = f"{reference['value']:g} [{reference['low']:g}, {reference['high']}]"
    return text, [low <= reference["value"] <= high for low, high in ends]


def _share(holds: list[bool]) -> str:
    if not holds:
        return ""
    low, high = wilson(sum(holds) / len(holds), len(holds))
    return f"{sum(holds) / len(holds):.2f} [{float(low):.2f}, {float(high):.2f}]"


def main() -> None:
    """One of the two."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("simulate", "truth"))
    parser.add_argument("--repeats", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--what", default="bits,shift,hold")
    parser.add_argument("--models", default=",".join(MODELS))
    raw = parser.parse_args()
    if raw.part == "simulate":
        simulate(raw.repeats or 200)
    else:
        truth(raw.minutes, raw.models.split(","), raw.what.split(","), raw.repeats or 10)


if __name__ == "__main__":
    main()
