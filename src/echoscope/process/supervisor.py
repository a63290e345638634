"""A training survives its compiler: the command works in a child of this process, and again if the
child crashes.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from echoscope.process import xla

CRASHES = (
    "SIGABRT",
    "SIGSEGV",
    "SIGILL",
    "SIGBUS",
    "SIGFPE",
    "SIGTRAP",
)  # how a process ends that did not mean to
PATIENCE = 3.0  # seconds from a second signal to the end of a child that does not read it
FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def supervise() -> bool:
    """Go on in a child of this process, which signals reach as they would have reached this one,
    and ends with it; gives whether that is the second child.

    This process leaves as the child leaves. A child that crashes is followed by one that asks the
    compiler for nothing but what it does by itself: it begins here too, so what is read or said
    before is neither read nor said again. Where processes cannot be forked, or threads are running
    or JAX, which has its own, nothing is done.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1 or "jax" in sys.modules:
        return False
    ends = os.pipe()  # closed when this process is gone
    left = _waited(ends)
    if left is None:
        return False
    if crashed(left):
        _say(
            f"the training crashed ({_name(left)}), as its compiler can; it is tried again without"
            " the switches that make it faster."
        )
        xla.leave_alone()
        left = _waited(ends)
        if left is None:
            return True
        if crashed(left):
            _say(
                f"the training crashed again ({_name(left)}), without those switches; nothing of it"
                " was kept. Another number of units, symbols or samples a batch is another program,"
                " which may do."
            )
            os._exit(128 - left)
    _leave(left)
    return False


def crashed(left: int) -> bool:
    """Whether a process that left so, below 0 by a signal, did not mean to."""
    return left < 0 and _name(left) in CRASHES


def _name(left: int) -> str:
    return signal.Signals(-left).name


def _say(sentence: str) -> None:
    sys.stderr.write(f"echoscope: {sentence}\n")
    sys.stderr.flush()


def _waited(ends: tuple[int, int]) -> int | None:
    """How a child left: its status, or below 0 its signal. In the child itself, None."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    # Until this process can hand them on, signals wait: none may end it and leave the child alone.
    before_fork = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_SETMASK, before_fork)
        os.close(ends[1])
        os.setpgid(0, 0)  # Ctrl-C then comes once, from this process
        threading.Thread(target=_end_with_parent, args=(ends[0],), daemon=True).start()
        return None
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: _send(child, number, came))
        for name in FORWARDED
        if signal.getsignal(number := getattr(signal, name)) != signal.SIG_IGN
    }
    before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, lambda *_: _stop(child))
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, lambda *_: _kill(child, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_SETMASK, before_fork)
    _, status = os.waitpid(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)
    left = os.waitstatus_to_exitcode(status)
    if left == -signal.SIGKILL and len(came) > 1:
        _say("ended at once; nothing of this training was kept.")
        return 128 + came[-1]
    return left


def _send(child: int, number: int, came: list[int]) -> None:
    """Hand a signal on. A child that is deep in its compiler reads none: after the second it has
    `PATIENCE` seconds.
    """
    came.append(number)
    _kill(child, number)
    if len(came) > 1:
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)


def _stop(child: int) -> None:
    """Ctrl-Z stops both, and what begins this one again begins the child."""
    _kill(child, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
    _kill(child, signal.SIGCONT)


def _kill(child: int, number: int) -> None:
    """Send a signal to a child, which may be gone by now: then there is nobody to tell."""
    with suppress(ProcessLookupError):
        os.kill(child, number)


def _end_with_parent(ends: int) -> NoReturn:
    os.read(ends, 1)
    os._exit(1)


def _leave(left: int) -> None:
    if left >= 0:
        os._exit(left)  # what was printed, the child printed
    if -left == signal.SIGKILL:
        _say(
            "the training was killed (signal 9), by someone or by a system short of memory; what it"
            " had not kept is lost: run it again."
        )
        os._exit(128 + signal.SIGKILL)
    signal.signal(-left, signal.SIG_DFL)
    os.kill(os.getpid(), -left)
