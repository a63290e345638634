"""Layers that no one here wrote, opened untouched at pinned versions: what a door had to be told,
and what the X-ray says. Made in an environment that has them:

    pip install -e '.[test]' torch==2.13.0
    pip install --no-deps torchrecurrent==0.2.5 ncps==1.0.1 minGRU-pytorch==0.2.1 memax==0.1.1 \\
        mambapy==1.2.0
    pip install flax equinox einops
    python bench/layers.py                      # opens and looks; a name or part of one chooses
    python bench/layers.py --budget 3m --write  # full reports, to docs/results/layers.md

A layer whose package is not there is left out, and named.
"""

import argparse
import os
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

from echoscope.errors import EchoscopeError
from echoscope.measure.budget import Budget
from echoscope.measure.doors.open import open_layer
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.measuring import Measurement
from echoscope.measure.results import Axis, MeasuredValue, MemoryReport, XRay
from echoscope.measure.xray import xray

HERE = Path(__file__).parent
FOREIGN = str(HERE / "foreign.py")
PAGE = HERE.parent / "docs" / "results" / "layers.md"
NOTHING = LayerOptions()


class Foreign(NamedTuple):
    """A layer by the name that its door is given, its package, and what is said beside; `by` is
    what had to be written for it.
    """

    name: str
    package: str
    options: LayerOptions = NOTHING
    by: str = ""


LAYERS = (
    Foreign("flax.nnx:GRUCell", "flax"),
    Foreign("flax.nnx:OptimizedLSTMCell", "flax"),
    Foreign("equinox.nn:GRUCell", "equinox"),
    Foreign("equinox.nn:LSTMCell", "equinox"),
    Foreign("keras.layers:LSTM", "keras"),
    Foreign("keras.layers:GRUCell", "keras"),
    Foreign("torch.nn:LSTM", "torch"),
    Foreign("torch.nn:GRUCell", "torch"),
    Foreign("torchrecurrent:TGRU", "torchrecurrent"),
    Foreign("torchrecurrent:TLSTMCell", "torchrecurrent"),
    Foreign("torchrecurrent:MCLSTMCell", "torchrecurrent"),
    Foreign("ncps.torch:CfC", "ncps"),
    Foreign("minGRU_pytorch:minGRU", "minGRU-pytorch"),
    Foreign(f"{FOREIGN}:MemaxLRU", "memax", by="init, step and apply, 30 lines"),
    Foreign(f"{FOREIGN}:mamba", "mambapy", by="a function that makes it, 1 line"),
)


def installed(package: str) -> str | None:
    """The version that is there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def short(foreign: Foreign) -> str:
    """The name without the folder of this file."""
    return Path(foreign.name).name


def told(foreign: Foreign, layer: Layer) -> str:
    """What a person had to say or write so that it came in."""
    parts = [f"{name} {value}" for name, value in layer.identity.told]
    return ", ".join([*parts, *([foreign.by] if foreign.by else [])]) or "nothing"


def looked(foreign: Foreign, layer: Layer, seen: XRay) -> str:
    """One line of what the X-ray says."""
    faults = ", ".join(verdict.name for verdict in seen.faults) or "no fault"
    state = "-" if seen.state_size is None else f"{seen.state_size:,}"
    return (
        f"{short(foreign):32} {foreign.package} {installed(foreign.package)};"
        f" {layer.identity.door}; told: {told(foreign, layer)}; {seen.parameters:,} parameters,"
        f" state {state}; {faults}; {seen.seconds:.1f} s"
    )


def interval(estimate: MeasuredValue | None) -> str:
    """A number with its interval, as a table has it."""
    if estimate is None:
        return "-"
    least, high = ("at least " if estimate.censored else ""), estimate.high
    most = "?" if high is None else f"{high:.3g}"
    return f"{least}{estimate.value:.3g} [{estimate.low:.3g}, {most}]"


def span(axis: Axis | None) -> str:
    return interval(axis.span if axis else None)


def row(foreign: Foreign, layer: Layer, report: MemoryReport, budget: str) -> str:
    """A row of the page."""
    seen, bits = report.xray, report.bits
    faults = ", ".join(verdict.name for verdict in seen.faults) or "none"
    state = "-" if seen.state_size is None else f"{seen.state_size:,}"
    cells = (
        f"`{short(foreign)}`",
        f"{foreign.package} {installed(foreign.package)}",
        layer.identity.door,
        told(foreign, layer),
        f"{seen.parameters:,}",
        state,
        faults,
        budget,
        interval(bits.ladder if bits else None),
        span(report.shift),
        span(report.hold),
        span(report.recall),
    )
    return f"| {' | '.join(cells)} |"


COLUMNS = (
    "layer",
    "package",
    "door",
    "told",
    "parameters",
    "state",
    "faults",
    "budget",
    "bits",
    "shift, lag",
    "hold, steps",
    "recall, pairs",
)
HEAD = f"""# Layers that no one here wrote

`python bench/layers.py --budget 3m --write`: each opened as it is installed, 32 units, ten
symbols, on two cores within the budget that stands in the row; nothing of theirs is changed. Told:
what had to be said to the door, or written so that it could come in. Bits: the ladder, whose
ceiling is 39.9 bits, or 79.7 where it was full; shift, hold and recall: what half of all trainings
solve at 95 %, with the 95 % interval of that median. An interval up to the ceiling is that of a
single training. Loops in Python, as of cells of PyTorch, train slowly: they have the longer budget.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


def write(rows: dict[str, str]) -> None:
    """Put rows into the page, in the order of the layers; what others are there stay."""
    before = PAGE.read_text().splitlines() if PAGE.exists() else []
    there = {line.split("`")[1]: line for line in before if line.startswith("| `")} | rows
    table = "\n".join(there[short(known)] for known in LAYERS if short(known) in there)
    PAGE.write_text(HEAD + table + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of names; without any, all")
    parser.add_argument("--budget", help="full reports, each within this time")
    parser.add_argument("--write", action="store_true", help=f"the reports to {PAGE.name}")
    chosen = parser.parse_args()
    for foreign in LAYERS:
        if chosen.names and not any(name in foreign.name for name in chosen.names):
            continue
        if installed(foreign.package) is None:
            print(f"{short(foreign):32} left out: {foreign.package} is not installed")
            continue
        try:
            layer = open_layer(foreign.name, foreign.options)
            if not chosen.budget:
                print(looked(foreign, layer, xray(layer)), flush=True)
                continue
            begun = time.monotonic()
            measurement = Measurement(layer, Budget.of(chosen.budget), with_baselines=False)
            for _ in measurement:
                pass
            line = row(foreign, layer, measurement.report, chosen.budget)
            print(line, f"{time.monotonic() - begun:.0f} s", flush=True)
            if chosen.write:
                write({short(foreign): line})
        except EchoscopeError as refused:
            print(f"{short(foreign):32} refused: {refused}")


if __name__ == "__main__":
    main()
