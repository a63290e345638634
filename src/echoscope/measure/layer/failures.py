"""A layer is somebody's code, which may fail in any way: what it raises becomes one sentence."""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from echoscope.errors import EchoscopeError, SettingError, plain

PACKAGE = str(Path(__file__).parents[2])
PACKAGES = "site-packages"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
AROUND = "Exception encountered when calling"  # what Keras says before what was raised


def failure(error: BaseException) -> str:
    """What went wrong, in short, and where in the file of who wrote the layer."""
    lines = [line for line in COLOURS.sub("", str(error)).splitlines() if line.strip()] or [""]
    if len(lines) > 1 and lines[0].startswith(AROUND):
        lines = lines[1:]
    named = f"{type(error).__name__}: {plain(lines[0].partition('. ')[0], 160)}"
    named = named.removesuffix(".").removesuffix(": ")
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [
        frame
        for frame in frames
        if PACKAGES not in frame.filename
        and not frame.filename.startswith((PACKAGE, "<"))
        and "/lib/python" not in frame.filename
    ]
    place = f" at {Path(theirs[-1].filename).name}:{theirs[-1].lineno}" if theirs else ""
    return f"{named}{place}"


@contextmanager
def named_failures(source: str, doing: str) -> Iterator[None]:
    """What a layer raises in here, to leave the program among it, is a `SettingError` that says
    what it was `doing`; ours go on as they are.
    """
    try:
        yield
    except EchoscopeError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" in str(error):
            raise  # memory, which is said elsewhere
        raise SettingError(f"{source} fails {doing} ({failure(error)}): mend it there.") from error
