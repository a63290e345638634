"""How much of a machine's memory a training takes, before it is begun: counted from its words."""

import os
from pathlib import Path
from typing import NamedTuple

from echoscope.errors import RoomError, WordError
from echoscope.experiment.experiment import Experiment

WORDS = ("units", "batch", "length", "window", "symbols", "layers")  # what a smaller one would do
CGROUPS = (  # the limit of a container and what it uses: version 2, and version 1
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


class Counts(NamedTuple):
    """What one lane of a training holds, in numbers: its `weights`, the `tape` that a window leaves
    for the way back, the outputs `said` in an update, and the integers that an epoch has `heard`,
    `asked` and `drawn`.
    """

    weights: int
    tape: int
    said: int
    heard: int
    asked: int
    drawn: int


# Bytes for each, once and with every lane, fitted to what bench/footprint.py measures: all peaks
# there are from 0.8 to 1.5 times as estimated.
BASE = 400 << 20  # Python, JAX and its compiler
ONCE = Counts(weights=0, tape=8, said=12, heard=62, asked=0, drawn=0)
A_LANE = Counts(weights=36, tape=0, said=0, heard=0, asked=320, drawn=124)


def counts(experiment: Experiment) -> Counts:
    """What one lane of its training holds."""
    from echoscope.models import model_of
    from echoscope.models.encoding import ENCODINGS
    from echoscope.training.program import unfilled

    task, fit = experiment.task, experiment.fit
    weights, sizes = unfilled(experiment), model_of(experiment)[1]
    recurrent = [array.shape for name, array in weights.items() if name.endswith(".recurrent")]
    sequence = fit.draw == "sequence"
    samples = experiment.kept if sequence else fit.batch
    step = sum(2 * units + gates for units, gates in recurrent) or experiment.units
    return Counts(
        weights=sum(array.size for array in weights.values()),
        tape=task.heard * fit.batch * step,
        said=fit.batch * task.answers * ENCODINGS[experiment.encoding].outputs(sizes),
        heard=samples * task.heard,
        asked=samples * task.answers,
        drawn=task.length if sequence else fit.batch * task.reach,
    )


def footprint(experiment: Experiment, lanes: int = 1) -> int:
    """Bytes of memory that a process needs which trains so many lanes of it, about.

    >>> round(footprint(preset("lag", units=20_000)) / 1e9)
    58
    """
    bytes_each = (once + lanes * each for once, each in zip(ONCE, A_LANE, strict=True))
    return BASE + sum(a * b for a, b in zip(counts(experiment), bytes_each, strict=True))


def room() -> int | None:
    """Bytes that are free here: of the machine, of its container, or of the device that trains if
    that has its own. None where the system does not say.
    """
    import jax

    held = jax.devices()[0].memory_stats() or {}
    if "bytes_limit" in held:
        return held["bytes_limit"] - held.get("bytes_in_use", 0)
    found = [_free(), *(_left(*map(Path, paths)) for paths in CGROUPS)]
    return min((free for free in found if free is not None), default=None)


def _free() -> int | None:
    """What the machine can still give."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        said = dict(line.split(":", 1) for line in lines)
        return int(said["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _left(limit: Path, used: Path) -> int | None:
    """What a container may still take; None where it has no limit."""
    try:
        return int(limit.read_text()) - int(used.read_text())
    except (OSError, ValueError):  # there is none, or it is max
        return None


def check_room(experiment: Experiment, lanes: int = 1, processes: int = 1) -> None:
    """Refuse a training that the free memory cannot hold, in so many processes at a time: a
    `RoomError` with what it needs, what there is, and what would fit.
    """
    free = room()
    needs = footprint(experiment, lanes) * processes
    if free is None or needs <= free:
        return
    of = f" in {processes} processes" if processes > 1 else ""
    raise RoomError(
        f"This training needs about {size(needs)} of memory{of}, and {size(free)} are free: use"
        f" {_remedy(experiment, lanes, processes, free)}."
    )


def size(count: int) -> str:
    """Bytes as they are said.

    >>> size(3_400_000_000), size(700_000)
    ('3.4 GB', '1 MB')
    """
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def _remedy(experiment: Experiment, lanes: int, processes: int, free: int) -> str:
    """What fits: fewer at a time, which asks the same, or else the word that shrinks least."""
    if processes > 1 and (alone := footprint(experiment, lanes)) <= free:
        return f"{free // alone} workers"
    free //= processes
    few = next((few for few in range(lanes, 0, -1) if footprint(experiment, few) <= free), lanes)
    if few < lanes:
        return f"{few} seeds or lanes at a time"
    most = {word: _most(experiment, word, free, lanes) for word in WORDS}
    kept = {word: value / _value(experiment, word) for word, value in most.items() if value}
    if not kept:
        return "a machine with more, for no one smaller word will do"
    word = max(kept, key=lambda word: kept[word])
    return f"{word} {most[word]}"


def _value(experiment: Experiment, word: str) -> int:
    """A whole word; 0 where it is none."""
    parts = (experiment, experiment.task, experiment.fit)
    return next(getattr(part, word) for part in parts if hasattr(part, word)) or 0


def _most(experiment: Experiment, word: str, free: int, lanes: int) -> int | None:
    """The largest smaller value of a word that fits, in two digits where they will do; or None."""
    low, high = 0, _value(experiment, word)  # low fits or is too small for other words, high not
    while high - low > 1:
        half = (low + high) // 2
        fits = _fits(experiment, word, half, free, lanes)
        low, high = (low, half) if fits is False else (half, high)
    digits = 10 ** max(0, len(str(low)) - 2)
    rounded = (low // digits * digits, low)
    return next((most for most in rounded if _fits(experiment, word, most, free, lanes)), None)


def _fits(experiment: Experiment, word: str, value: int, free: int, lanes: int) -> bool | None:
    """Whether it fits with another value of a word; None where other words do not allow that."""
    try:
        return footprint(experiment.change(**{word: value}), lanes) <= free
    except WordError:
        return None
