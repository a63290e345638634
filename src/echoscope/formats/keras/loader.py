"""The only place that imports Keras, when a file is read or written; and what is said of a file
that cannot be.
"""

import os
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from echoscope.errors import ExtraError, StoreError, check_kind, plain

Layer = Any  # a layer of Keras, which may not be installed; a model of it is a layer too
OLDER = (".h5", ".hdf5")
SET = (
    "set it so in Keras, where the weights stay, train a little further, and save the network again"
)


def keras_itself() -> ModuleType:
    """Keras, on JAX unless its own setting says another. Raises `ExtraError` where it is not
    installed.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        import keras
    except ImportError as error:
        if error.name and error.name.partition(".")[0] != "keras":
            raise ExtraError(
                f"Keras needs {error.name}, which is not installed: "
                "install it, or set KERAS_BACKEND to jax."
            ) from error
        raise ExtraError(
            "Reading and writing .keras files needs Keras: "
            "install it with pip install 'echoscope[keras]'."
        ) from error
    return keras


def keras_path(value: str | os.PathLike[str], older: bool = False) -> Path:
    """The path of a `.keras` file that is there or could be; also of Keras' `older` format, which
    is read and not written.
    """
    check_kind(value, str | os.PathLike, "A file of Keras is named by its path, as 'net.keras'")
    path = Path(value)
    if path.suffix in OLDER and not older:
        raise StoreError(
            f"{path} is of Keras' older format, which is only read: write {path.stem}.keras, and"
            " in Keras save that as .h5 where it is needed."
        )
    if path.suffix not in (".keras", *(OLDER if older else ())):
        raise StoreError(
            f"{path} does not end in .keras{' or .h5' if older else ''}, as Keras asks of its"
            " files: use a name that does."
        )
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise StoreError(f"{path} cannot be reached ({error.strerror}): name another.") from error
    if is_folder:
        raise StoreError(f"{path} is a folder, not a .keras file: name a file.")
    return path


def refuse(path: Path, what: str, rule: str, got: object, remedy: str) -> NoReturn:
    """Say what of a file must be otherwise, and what can be done to a network that is trained."""
    names, remedy = (
        plain(part.replace("\n", " ")) for part in (f"{what} must be {rule}, not {got}", remedy)
    )
    raise StoreError(f"{path} cannot be read, because its {names}: {remedy}.")


def damaged(path: Path, why: str) -> StoreError:
    """What is said of a file that contradicts itself or cannot be read to its end."""
    why = plain(why.replace("\n", " "))
    return StoreError(f"{path} is damaged or of another version ({why}): save the model again.")
