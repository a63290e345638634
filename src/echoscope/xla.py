"""How XLA starts in a process that is Echoscope's own: with its switches, and with as many threads
as there is work.
"""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

# Short loops left as loops, in which the compiler then finds vectors; and vectors as wide as the
# core has them. They are the whole process's, so the command and workers ask for them and `import
# echoscope` does not; the user's own flags come last. Multi-output fusion is not among them: with
# it the compiler ends the process at some small sizes.
FASTER = (
    "--xla_backend_extra_options=xla_cpu_disable_loop_unrolling --xla_cpu_prefer_vector_width=512"
)


_left_alone: list[bool] = []


def leave_alone() -> None:
    """From now on ask for nothing: the compiler crashed with what this asks for."""
    _left_alone.append(True)


def ask_for_speed() -> None:
    """Have XLA use these switches, in this process if it has not started there, and in those that
    it begins.
    """
    given = os.environ.get("XLA_FLAGS", "")
    if FASTER not in given and not _left_alone:
        os.environ["XLA_FLAGS"] = f"{FASTER} {given}".strip()


@cache
def start(threads: int) -> None:
    """Start XLA in a worker, for so many threads that compute at a time; once.

    XLA makes as many threads as it may use cores when it starts. After that the system is free to
    choose the core of every thread: those left bound to the first cores would share them with those
    of all other workers.
    """
    ask_for_speed()
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    free = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if free:
        os.sched_setaffinity(0, sorted(free)[:threads])
    import jax

    jax.devices()
    for thread in Path("/proc/self/task").iterdir() if free else ():
        with suppress(ProcessLookupError):  # it has ended
            os.sched_setaffinity(int(thread.name), free)
