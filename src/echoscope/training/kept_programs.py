"""Compiled programs of our own are kept whole. What JAX keeps spares the compiling; this spares the
tracing and lowering before it too, which take as long as a short training.

A program is found by all that it is made of: its settings, the source of this package, the versions
of Python, JAX and NumPy, JAX's configuration and XLA's flags. One with a layer or a task from
outside is not kept, as nothing says when its source has changed. Only the command and its workers
keep programs, in the folder of `process.compile_cache`, which is one processor's and its owner's
alone.
"""

import hashlib
import math
import pickle
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import jax
from jax.experimental.serialize_executable import deserialize_and_load, serialize
from jax.stages import Compiled

from echoscope import atomic_file
from echoscope.experiment.experiment import Experiment
from echoscope.process import compile_cache, xla
from echoscope.registry import kind_of
from echoscope.runs.versions import versions

MOST = 64 << 20  # bytes of all; of more, those used longest ago are removed
ENDING = ".whole"
PACKAGE = Path(__file__).parents[1]
KEPT_FROM = "jax_persistent_cache_min_compile_time_secs"  # what JAX itself keeps

Arguments = tuple[Any, ...]  # arrays or their shapes, in trees


def compiled_once(
    program: Callable[..., Any], arguments: Arguments, shape: Experiment, what: tuple[int, ...]
) -> Compiled:
    """A program of experiments of one shape, for arguments of which the first is donated: the one
    that was kept, else compiled. `what` are the sizes that the shape does not say.
    """
    folder = compile_cache.whole()
    if folder is None or jax.default_backend() != "cpu" or not _ours(shape):
        return _compiled(program, arguments)
    name = _name(shape, program.__name__, what)
    path = folder / f"{name}{ENDING}"
    kept = _read(path)
    if kept is None:
        # One that comes out of JAX's own cache cannot be kept again: it is loaded, and fails when
        # it is called (jaxlib 0.10.2). So JAX is asked by a name of its own, and keeps none.
        program.__name__ = f"{program.__name__}_{name}"
        before = jax.config.values[KEPT_FROM]
        jax.config.update(KEPT_FROM, math.inf)
        try:
            kept = _compiled(program, arguments)
        finally:
            jax.config.update(KEPT_FROM, before)
        _write(path, kept)
    return kept


def _compiled(program: Callable[..., Any], arguments: Arguments) -> Compiled:
    return jax.jit(program, donate_argnums=0).lower(*arguments).compile()


def _ours(shape: Experiment) -> bool:
    """Whether its task and its layer are this package's own."""
    package_task = type(shape.task).__module__.split(".")[0] == __name__.split(".")[0]
    return package_task and isinstance(kind_of(shape.model).module, str)


def _name(shape: Experiment, program: str, what: tuple[int, ...]) -> str:
    """What a program is found by."""
    settings = (shape.to_json(), program, what)
    made_with = (_source(), versions(), xla.flags(), jax.config.values)
    return hashlib.sha256(repr((settings, made_with)).encode()).hexdigest()[:40]


@cache
def _source() -> str:
    """The hash of this package's source."""
    result = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        result.update(f"{path.relative_to(PACKAGE)} ".encode() + path.read_bytes())
    return result.hexdigest()


def _read(path: Path) -> Compiled | None:
    """The program kept there; a damaged one is removed."""
    try:
        parts = pickle.loads(zlib.decompress(path.read_bytes()))
        program = deserialize_and_load(*parts)
    except FileNotFoundError:
        return None
    except Exception:
        with suppress(OSError):  # it may not be ours to remove
            path.unlink(missing_ok=True)
        return None
    with suppress(OSError):
        path.touch()
    return program


def _write(path: Path, program: Compiled) -> None:
    """Keep a program, and as many of those used last as there is room for."""
    with suppress(OSError):
        content = zlib.compress(pickle.dumps(serialize(program)), 1)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        atomic_file.put(path, content)
        known = [(other.stat(), other) for other in path.parent.glob(f"*{ENDING}")]
        room = MOST
        for stat, other in sorted(known, key=lambda item: item[0].st_mtime_ns, reverse=True):
            room -= stat.st_size
            if room < 0:
                other.unlink(missing_ok=True)
