"""A command on a pseudo-terminal: what a person sees of it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from typing import Literal

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(
    command: Sequence[str], columns: int, stream: Literal["stdout", "stderr"]
) -> tuple[str, str]:
    """What `echoscope` writes to the stream that is a terminal of so many columns, and what to the
    other, which is a pipe; it ends well.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    unsaid = ("COLUMNS", "LINES", "NO_COLOR")
    environment = {name: value for name, value in os.environ.items() if name not in unsaid}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | {stream: theirs}
    process = subprocess.Popen(
        [sys.executable, "-m", "echoscope", *command],
        **pipes,
        env=environment | {"TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    while part := _read(ours):
        seen += part
    os.close(ours)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0
    return seen.decode(), (out or err or b"").decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so that the other end is closed
        return b""
