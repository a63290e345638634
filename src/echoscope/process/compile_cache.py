"""Programs that were compiled once are kept: XLA takes twenty times as long to compile a small
training as to run it.

JAX keeps them, in a folder of the user that this module chooses, bounds and mends. It imports no
JAX: what it asks for are variables that JAX reads, and the processes begun from here too.
"""

import hashlib
import os
import platform
import stat
import warnings
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from echoscope.errors import EchoscopeError

SETTING = "ECHOSCOPE_COMPILE_CACHE"  # a folder, or off
FOLDER = "JAX_COMPILATION_CACHE_DIR"
MOST = 256 << 20  # bytes; of more, JAX removes what was used longest ago
VARIABLES = {
    "JAX_COMPILATION_CACHE_MAX_SIZE": str(MOST),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
# JAX's files: a program, the time at which it was last used, and the lock of both.
PROGRAM, USED, LOCK = "-cache", "-atime", ".lockfile"
PATIENCE = 1.0  # seconds for another process to be done with the folder
WHOLE = "whole"  # in JAX's folder, that of programs which are kept by `training.kept_programs`
_folders: list[Path] = []
# What of a processor decides which instructions a program may use: the settings of Linux on x86 and
# ARM.
CORES = Path("/proc/cpuinfo")
PROCESSOR = ("vendor_id", "cpu family", "model", "flags", "CPU implementer", "CPU part", "Features")


def keep_programs() -> None:
    """Have JAX keep what it compiles in this process and in those that it begins, from before it is
    imported.

    Nothing is done where the setting is `off`, where a folder of JAX's own is set, or where the
    user's cache folder cannot be written. Raises `EchoscopeError` where the setting names a folder
    that cannot be.
    """
    asked = os.environ.get(SETTING, "")
    if asked.lower() == "off":
        return
    base = Path(asked) if asked else user_cache_path("echoscope", appauthor=False) / "programs"
    folder = base / f"{platform.machine()}-{processor()}"
    if FOLDER in os.environ:
        if os.environ[FOLDER] == str(folder):  # that of a command which began this one
            ask_for(folder)
        return
    why = _made(folder)
    if why is None:
        ask_for(folder)
    elif asked:
        raise EchoscopeError(
            f"{SETTING} is {asked}, which cannot be used ({why}): name a folder of your"
            " own that can be written, or off."
        )


def ask_for(folder: Path, kept_whole: Path | None = None) -> None:
    """Have JAX keep programs there, unless the user asked for something else, and watch it; those
    that are kept whole are in there too, or in a folder of their own.
    """
    for name, value in {FOLDER: str(folder), **VARIABLES}.items():
        os.environ.setdefault(name, value)
    _folders[:] = [kept_whole or folder / WHOLE]
    _watch()


def whole() -> Path | None:
    """The folder of programs that are kept whole, in a process that keeps any."""
    return _folders[0] if _folders else None


def processor() -> str:
    """A name for processors that can run the same programs: a home folder may be that of unlike
    machines. JAX itself tells versions and devices apart.
    """
    try:
        with CORES.open() as lines:
            first = takewhile(str.strip, lines)  # of many cores, which have a paragraph each
            settings = [line for line in first if line.split(":")[0].strip() in PROCESSOR]
    except OSError:
        settings = []
    text = "".join(settings) or platform.processor()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _watch() -> None:
    """From now on, what a kill has left is removed where JAX says that it cannot read or write a
    program, so that it is made anew; it is nothing to tell the user.
    """
    before = warnings.showwarning

    def shown(message: Warning | str, *args: Any, **more: Any) -> None:
        remedies = [mend for fault, mend in FAULTS.items() if str(message).startswith(fault)]
        for mend in remedies:
            mend(Path(os.environ[FOLDER]))
        if not remedies:
            before(message, *args, **more)

    for fault in FAULTS:
        warnings.filterwarnings("always", message=fault)
    warnings.showwarning = shown


def _made(folder: Path) -> str | None:
    """Make the folder, for its owner alone, as what lies there is run; gives why it cannot be
    used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = folder.stat()
    except OSError as error:
        return error.strerror or type(error).__name__
    if not os.access(folder, os.W_OK):
        return "it cannot be written"
    if hasattr(os, "getuid") and known.st_uid != os.getuid():
        return "it is another user's"
    if known.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others can write to it"
    return None


def _forget(folder: Path) -> None:
    """Remove the program that was read last: the one that cannot be."""
    times: dict[Path, int] = {}
    for program in folder.glob(f"*{PROGRAM}"):
        with suppress(OSError):  # another process removes it
            times[program] = int.from_bytes(_used(program).read_bytes(), "little")
    for program in sorted(times, key=lambda item: times[item])[-1:]:
        program.unlink(missing_ok=True)
        _used(program).unlink(missing_ok=True)


def _make_room(folder: Path) -> None:
    """Remove programs without a time, which JAX writes last: those whose writing was cut short, and
    beside which it writes no others.
    """
    from filelock import FileLock, Timeout  # it takes a while to load

    with suppress(OSError, Timeout), FileLock(folder / LOCK, timeout=PATIENCE):
        for program in folder.glob(f"*{PROGRAM}"):
            if not _used(program).exists():
                program.unlink()


def _used(program: Path) -> Path:
    return program.with_name(program.name.removesuffix(PROGRAM) + USED)


FAULTS = {  # what JAX warns of, and what is done
    "Error reading persistent compilation cache entry": _forget,
    "Error writing persistent compilation cache entry": _make_room,
}
