"""How XLA starts in a process that is Echoscope's own: with its switches, and with as many threads
as there is work.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

# They are the whole process's, so the command and workers ask for them and `import echoscope` does
# not; the user's own flags come last.
LOOPS = "xla_cpu_disable_loop_unrolling"  # short loops stay loops, in which vectors are found
FUSION = "xla_cpu_use_multi_output_fusion"  # what is read once is computed with once
VECTORS = "--xla_cpu_prefer_vector_width=512"  # as wide as the core has them
FASTER, FASTEST = (
    f"--xla_backend_extra_options={extra} {VECTORS}" for extra in (LOOPS, f"{FUSION},{LOOPS}")
)

_left_alone: list[bool] = []
_began_with: list[str] = []  # the flags of this process's XLA, once JAX is there


def flags() -> str:
    """The flags with which XLA began in this process, or begins."""
    _note_flags()
    return _began_with[0] if _began_with else os.environ.get("XLA_FLAGS", "")


def fuses_outputs() -> bool:
    """Whether XLA began with multi-output fusion in this process."""
    return "jax" in sys.modules and FUSION in flags()


def _note_flags() -> None:
    """Flags that are set when JAX is there already are for the processes that this one begins."""
    if not _began_with and "jax" in sys.modules:
        _began_with.append(os.environ.get("XLA_FLAGS", ""))


def leave_alone() -> None:
    """From now on ask for nothing: the compiler crashed with what this asks for. The user's own
    flags stay.
    """
    _left_alone.append(True)
    os.environ["XLA_FLAGS"] = _own_flags()


def ask_for_speed(fused: bool = False) -> None:
    """Have XLA use these switches, in this process if it has not started there, and in those that
    it begins; multi-output fusion only where it is safe.
    """
    _note_flags()
    if not _left_alone:
        switches = FASTEST if fused else FASTER
        os.environ["XLA_FLAGS"] = f"{switches} {_own_flags()}".strip()


def _own_flags() -> str:
    """The flags that the user gave."""
    flags = os.environ.get("XLA_FLAGS", "")
    return flags.replace(FASTEST, "").replace(FASTER, "").strip()


@cache
def start(threads: int, fused: bool = False) -> None:
    """Start XLA in a worker, for so many threads that compute at a time; once.

    XLA makes as many threads as it may use cores when it starts. After that the system is free to
    choose the core of every thread: those left bound to the first cores would share them with
    those of all other workers.
    """
    ask_for_speed(fused)
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    free = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if free:
        os.sched_setaffinity(0, sorted(free)[:threads])
    import jax

    jax.devices()
    for thread in Path("/proc/self/task").iterdir() if free else ():
        with suppress(ProcessLookupError):  # it has ended
            os.sched_setaffinity(int(thread.name), free)
