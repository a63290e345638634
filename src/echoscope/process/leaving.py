"""Leaving the program while a training of somebody's layer is still within its slice."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NoReturn, TypeVar

T = TypeVar("T")
LEAVABLE = "echoscope-leavable"  # how the names of threads begin for which nobody waits


def aside(function: Callable[..., T], *arguments: object) -> "Future[T]":
    """Begin it in a thread for which nobody waits."""
    pool = ThreadPoolExecutor(1, thread_name_prefix=LEAVABLE)
    begun = pool.submit(function, *arguments)
    pool.shutdown(wait=False)
    return begun


def leave(status: int) -> NoReturn:
    """Leave with this status; at once where a thread is at work that nobody waits for, as Python
    itself would wait for it.
    """
    if any(thread.name.startswith(LEAVABLE) for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)
    sys.exit(status)
