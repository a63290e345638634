"""Leaving the program while a training of somebody's layer is still within its slice."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import NoReturn, TypeVar

T = TypeVar("T")
LEAVABLE = "echoscope-leavable"  # how the names of threads begin for which nobody waits
POLL = 0.1  # seconds


def aside(function: Callable[..., T], *arguments: object) -> "Future[T]":
    """Begin it in a thread for which nobody waits."""
    pool = ThreadPoolExecutor(1, thread_name_prefix=LEAVABLE)
    begun = pool.submit(function, *arguments)
    pool.shutdown(wait=False)
    return begun


def pulled(items: Iterator[T], over: Callable[[], bool], grace: float) -> Iterator[T]:
    """Items as they come, each made in a thread for which nobody waits: once it is `over`, what
    does not come within so many seconds is left to itself.

    >>> list(pulled(iter([1, 2]), lambda: False, 1.0))
    [1, 2]
    """
    since = None

    def taken() -> list[T]:
        return [*islice(items, 1)]

    while True:
        begun = aside(taken)
        while not begun.done():
            wait([begun], timeout=POLL)
            if since is None and over():
                since = time.monotonic()
            if since is not None and time.monotonic() - since > grace and not begun.done():
                return
        if not begun.result():
            return
        yield from begun.result()


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
