"""From what a person names, `my_layer.py:MyCell` or `package.module:Class`, to the thing itself."""

import hashlib
import importlib
import importlib.util
import inspect
import itertools
import os
import sys
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from echoscope.errors import ExtraError, SettingError, plain, shown
from echoscope.measure.layer.failures import failure
from echoscope.registry import models

DIGITS = 12
Thing = Any  # what a person may name: a class, a function, a module, a layer
FILES, COUNT = "_layer_file", itertools.count()  # what modules of files are called
EXTRAS = ("flax", "equinox", "keras", "torch")  # frameworks, and the extras that bring them
TRACES = (".npz", ".npy")
MAIN = "__main__"  # the module that a notebook or a script is
AS = "name a layer as my_layer.py:MyCell, or as package.module:Class"


class Named(NamedTuple):
    """What was named, as it was typed, and the first digits of the hash of its source."""

    source: str
    thing: Thing
    hash: str


def load(source: str) -> Named:
    """What stands under a name in a Python file or an installed module; without a name, the module
    itself. A file is a program, and it runs.

    Raises `SettingError` where there is no such file, module or name, or where it fails, and
    `ExtraError` where a framework is not installed.
    """
    place, _, name = source.partition(":")
    _check(place, name, source)
    module = _module(place, source)
    if not name:
        return Named(source, module, hash_of(module))
    thing = module
    for part in name.split("."):
        if not hasattr(thing, part):
            names = {known.lower(): known for known in vars(thing) if not known.startswith("_")}
            close = get_close_matches(part.lower(), names, n=1)
            remedy = f"did you mean {names[close[0]]}?" if close else f"{AS}."
            raise SettingError(f"{plain(place)} has no {plain(part)}: {remedy}")
        thing = getattr(thing, part)
    return Named(source, thing, hash_of(thing, module))


def _check(place: str, name: str, source: str) -> None:
    """Refuse what cannot be a layer's name, with the likely one."""
    if not place:
        raise SettingError(f"{shown(source)} names no file or module: {AS}.")
    path = Path(place)
    if path.is_dir():
        raise SettingError(f"{plain(place)} is a folder: name a file in it, as my_layer.py:MyCell.")
    if path.suffix in TRACES:
        raise SettingError(
            f"{plain(place)} has arrays, and no layer: echoscope measure scores arrays as they are;"
            f" else {AS}."
        )
    if name or not place.replace("-", "").isidentifier():
        return
    close = get_close_matches(place.lower(), models(place), n=1, cutoff=0.7)
    if close and ("-" in place or importlib.util.find_spec(place) is None):
        raise SettingError(f"{plain(place)} is no model: did you mean {close[0]}? Or {AS}.")


def _module(place: str, source: str) -> Any:
    """The module in a file, or installed under a name with dots."""
    path = Path(place)
    is_file = path.suffix == ".py" or "/" in place
    if is_file and not path.is_file():
        raise SettingError(f"{plain(place)} is not there: {AS}.")
    os.environ.setdefault("KERAS_BACKEND", "jax")  # before anything imports Keras
    try:
        if not is_file:
            return importlib.import_module(place)
        return _run(path)
    except (SettingError, ExtraError):
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError):
            refuse_missing(error)
        why = failure(error)
        above, _, last = place.rpartition(".")
        found = place == source and above in sys.modules and hasattr(sys.modules[above], last)
        remedy = f"did you mean {above}:{last}?" if found else f"{AS}."
        raise SettingError(f"{plain(source)} cannot be loaded ({why}): {remedy}") from error


def _run(path: Path) -> Any:
    """The module that a file is, under a name that hides no other. Its neighbours can be imported,
    and are forgotten then: another folder may have others of the same name.
    """
    spec = importlib.util.spec_from_file_location(f"{FILES}{next(COUNT)}.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    before, folder = set(sys.modules), path.resolve().parent
    sys.modules[spec.name] = module
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name)
        raise
    finally:
        with suppress(ValueError):
            sys.path.remove(str(folder))
        for name in set(sys.modules) - before - {spec.name}:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).parent == folder:
                del sys.modules[name]
    return module


def refuse_missing(error: ModuleNotFoundError) -> None:
    """Say which extra brings a framework that is not installed; nothing of any other module."""
    root = (error.name or "").partition(".")[0]
    if root in EXTRAS and not sys.modules.get(root):  # which is there where only a part is not
        raise ExtraError(
            f"This layer needs {root}, which is not installed: install it with pip install"
            f" 'echoscope[{root}]'."
        ) from error
    backend = os.environ.get("KERAS_BACKEND", "jax")
    if backend != "jax" and root == backend:
        raise SettingError(
            f"Keras layers are measured on JAX, and KERAS_BACKEND is {plain(backend, 40)}: set it"
            " to jax."
        ) from error


def hash_of(*things: Any) -> str:
    """The first digits of the SHA-256 of the source files that things stand in, empty where they
    have none: of a class or function its own file, of an instance that of its class.
    """
    paths = set()
    for thing in things:
        stands: Any = thing
        if not (inspect.ismodule(thing) or inspect.isclass(thing) or inspect.isroutine(thing)):
            stands = type(thing)
        with suppress(TypeError, OSError):
            paths.add(inspect.getsourcefile(inspect.unwrap(stands)))
    result = hashlib.sha256()
    contents = []
    for path in sorted(filter(None, paths)):
        with suppress(OSError):
            contents.append(Path(path).read_bytes())
    for content in contents:
        result.update(content)
    return result.hexdigest()[:DIGITS] if contents else ""


def public_name(thing: Thing) -> str:
    """The full name of a class as people import it: the shortest of its package's modules that has
    it. Of an instance, that of its class.
    """
    if inspect.ismodule(thing):
        return (
            thing.__name__.rpartition(".")[2]
            if thing.__name__.startswith(FILES)
            else thing.__name__
        )
    kind: Thing = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
    if kind.__module__ == MAIN:
        return kind.__qualname__
    parts = [part for part in kind.__module__.split(".") if part != "src"]
    if parts[0].startswith(FILES):
        return ".".join((*parts[1:], kind.__qualname__))
    for length in range(1, len(parts) + 1):
        module = sys.modules.get(".".join(parts[:length]))
        if getattr(module, kind.__qualname__, None) is kind:
            return f"{'.'.join(parts[:length])}.{kind.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}"
