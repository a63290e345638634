"""How much memory a training takes, counted from its settings before it is begun."""

import os
from pathlib import Path
from typing import NamedTuple

from echoscope.errors import InsufficientMemoryError, SettingError
from echoscope.experiment.experiment import Experiment

SETTINGS = (
    "units",
    "batch_size",
    "length",
    "window",
    "vocab_size",
    "layers",
)  # what a smaller one would do
CGROUPS = (  # the limit of a container and what it uses: version 2, and version 1
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


class Counts(NamedTuple):
    """What one run of a training holds, in numbers: its `weights`, the `tape` that a window leaves
    for the way back, the `logits` of an update, and the `inputs`, the `targets` and the integers
    `drawn` of an epoch.
    """

    weights: int
    tape: int
    logits: int
    inputs: int
    targets: int
    drawn: int


# Bytes for each, once and with every run, fitted to what bench/footprint.py measures: all peaks
# there are from 0.8 to 1.5 times as estimated.
BASE = 400 << 20  # Python, JAX and its compiler
ONCE = Counts(weights=0, tape=8, logits=12, inputs=62, targets=0, drawn=0)
A_RUN = Counts(weights=36, tape=0, logits=0, inputs=0, targets=320, drawn=124)


def counts(experiment: Experiment) -> Counts:
    """What one run of its training holds."""
    from echoscope.models.encoders import ENCODINGS
    from echoscope.training.setup import Setup

    task, training, setup = experiment.task, experiment.training, Setup.of(experiment)
    weights = setup.unfilled
    recurrent = [array.shape for name, array in weights.items() if name.endswith(".recurrent")]
    sequence = training.sampling == "sequence"
    samples = experiment.kept if sequence else training.batch_size
    step = sum(2 * units + gates for units, gates in recurrent)
    if not recurrent:  # what each product gives, once forth and once back
        layers = [array.shape for name, array in weights.items() if name.startswith("layer")]
        step = 2 * sum(shape[1] for shape in layers if len(shape) > 1) + task.time_steps
    return Counts(
        weights=sum(array.size for array in weights.values()),
        tape=task.time_steps * training.batch_size * step,
        logits=training.batch_size
        * task.target_count
        * ENCODINGS[experiment.encoding].outputs(setup.sizes),
        inputs=samples * task.time_steps,
        targets=samples * task.target_count,
        drawn=experiment.echo.length if sequence else training.batch_size * task.reach,
    )


def footprint(experiment: Experiment, runs: int = 1) -> int:
    """Bytes of memory that a process needs which trains so many runs of it, about.

    >>> round(footprint(preset("lag", units=20_000)) / 1e9)
    58
    """
    bytes_each = (once + runs * each for once, each in zip(ONCE, A_RUN, strict=True))
    return BASE + sum(a * b for a, b in zip(counts(experiment), bytes_each, strict=True))


def room() -> int | None:
    """Bytes that are free here: of the machine, of its container, or of the device that trains if
    that has its own. None where the system does not say.
    """
    import jax

    held = jax.devices()[0].memory_stats() or {}
    if "bytes_limit" in held:
        return held["bytes_limit"] - held.get("bytes_in_use", 0)
    result = [_free(), *(_left(*map(Path, paths)) for paths in CGROUPS)]
    return min((free for free in result if free is not None), default=None)


def _free() -> int | None:
    """What the machine can still give."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        known = dict(line.split(":", 1) for line in lines)
        return int(known["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _left(limit: Path, used: Path) -> int | None:
    """What a container may still take; None where it has no limit."""
    try:
        most, taken = int(limit.read_text()), int(used.read_text())
    except (OSError, ValueError):  # there is none, or it is max
        return None
    return most - max(0, taken - _reclaimable(used.with_name("memory.stat")))


def _reclaimable(stat: Path) -> int:
    """What a container uses for files that it has read: the system takes it back when it is short.
    Version 1 counts that of the container and those inside it under a name of its own.
    """
    try:
        counts = dict(line.split() for line in stat.read_text().splitlines())
        return int(counts.get("total_inactive_file", counts.get("inactive_file", 0)))
    except (OSError, ValueError):
        return 0


def check_room(experiment: Experiment, runs: int = 1, processes: int = 1) -> None:
    """Refuse a training that the free memory cannot hold, in so many processes at a time: a
    `InsufficientMemoryError` with what it needs, what there is, and what would fit.
    """
    free = room()
    needs = footprint(experiment, runs) * processes
    if free is None or needs <= free:
        return
    of = f" in {processes} processes" if processes > 1 else ""
    raise InsufficientMemoryError(
        f"This training needs about {size(needs)} of memory{of}, and {size(free)} are free: use"
        f" {_remedy(experiment, runs, processes, free)}."
    )


def size(count: int) -> str:
    """Bytes as they are said.

    >>> size(3_400_000_000), size(700_000)
    ('3.4 GB', '1 MB')
    """
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def _remedy(experiment: Experiment, runs: int, processes: int, free: int) -> str:
    """What fits: fewer at a time, which asks the same, or else the setting that shrinks least."""
    if processes > 1 and (alone := footprint(experiment, runs)) <= free:
        return f"{free // alone} workers"
    free //= processes
    few = next((few for few in range(runs, 0, -1) if footprint(experiment, few) <= free), runs)
    if few < runs:
        return f"{few} seeds or runs at a time"
    most = {setting: _most(experiment, setting, free, runs) for setting in SETTINGS}
    kept = {
        setting: value / _value(experiment, setting) for setting, value in most.items() if value
    }
    if not kept:
        return "a machine with more, for no one smaller setting will do"
    setting = max(kept, key=lambda setting: kept[setting])
    return f"{setting} {most[setting]}"


def _value(experiment: Experiment, setting: str) -> int:
    """A whole setting; 0 where it is none, or its task has none of this name."""
    parts = (experiment, experiment.task, experiment.training)
    values = (getattr(part, setting) for part in parts if hasattr(part, setting))
    return next(values, None) or 0


def _most(experiment: Experiment, setting: str, free: int, runs: int) -> int | None:
    """The largest smaller value of a setting that fits, in two digits where they do; or None."""
    low, high = (
        0,
        _value(experiment, setting),
    )  # low fits or is too small for other settings, high not
    while high - low > 1:
        half = (low + high) // 2
        fits = _fits(experiment, setting, half, free, runs)
        low, high = (low, half) if fits is False else (half, high)
    digits = 10 ** max(0, len(str(low)) - 2)
    rounded = (low // digits * digits, low)
    return next((most for most in rounded if _fits(experiment, setting, most, free, runs)), None)


def _fits(experiment: Experiment, setting: str, value: int, free: int, runs: int) -> bool | None:
    """Whether it fits with another value of a setting; None where others do not allow it."""
    try:
        return footprint(experiment.change(**{setting: value}), runs) <= free
    except SettingError:
        return None
