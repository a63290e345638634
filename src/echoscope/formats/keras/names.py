"""What a file of Keras cannot say of a network of ours, in a document beside its config: what its
numbers mean, and the value that each symbol stands for.

Keras passes over it, and a file that Keras saves again is without it. It is data: nothing of it is
run.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from echoscope.errors import SettingError, StoreError
from echoscope.experiment.experiment import Experiment
from echoscope.formats.keras.archive import MOST_CONFIG
from echoscope.formats.keras.loader import damaged
from echoscope.formats.keras.outputs import Requested
from echoscope.recoding import Recoding, Value, valued
from echoscope.recoding import named as text_of
from echoscope.runs.fields import RULES

NOTE = "echoscope.json"  # its name in the archive
FORMAT = 1
BLOCKS = ("lru", "attention")  # models that are several layers of Keras each


class Note(NamedTuple):
    """What a file says of itself: its model, how its numbers are symbols, of how many, and their
    values.
    """

    model: str
    encoding: str
    vocab_size: int
    recoding: Recoding | None

    def told(self, encoding: str | None, vocab_size: int | None) -> Requested:
        """What the caller says of a network, and where that is nothing what the file does."""
        return Requested(encoding or self.encoding, vocab_size or self.vocab_size)

    def checked(self, path: Path, vocab_size: int) -> Recoding | None:
        """The values of so many symbols. Raises `StoreError` where they are of another number."""
        if self.recoding is not None and self.recoding.vocab_size != vocab_size:
            raise damaged(
                path, f"{NOTE} has {self.recoding.vocab_size} values for {vocab_size} symbols"
            )
        return self.recoding


def note_of(path: Path) -> Note | None:
    """What a `.keras` file says of itself; None where we did not write it."""
    try:
        with zipfile.ZipFile(path) as archive:
            if NOTE not in archive.namelist():
                return None
            if archive.getinfo(NOTE).file_size > MOST_CONFIG:
                raise damaged(path, f"{NOTE} is of more than {MOST_CONFIG:,} bytes")
            values = json.loads(archive.read(NOTE))
    except StoreError:
        raise
    except Exception as error:  # as zipfile and json raise for what is damaged
        raise damaged(path, f"{NOTE}: {type(error).__name__}") from error
    known = isinstance(values, dict) and values.get("format") == FORMAT
    recoding = values.get("recoding") if known else None
    size, encoding, model = (
        values.get(name) if known else None for name in ("vocab_size", "encoding", "model")
    )
    if not (
        isinstance(size, int)
        and isinstance(encoding, str)
        and isinstance(model, str)
        and (recoding is None or (RULES["recoding"][1](recoding) and "values" in recoding))
    ):
        raise damaged(path, f"{NOTE} is of another form")
    return Note(model, encoding, size, None if recoding is None else Recoding.from_json(recoding))


def check_whole(path: Path, note: Note | None) -> None:
    """Refuse a model of ours that is written to Keras and not read back."""
    if note is not None and note.model in BLOCKS:
        raise StoreError(
            f"{path} has model {note.model} in several layers of Keras, from which it is not put"
            " together again: take its run from where it was trained, with echoscope merge."
        )


def add_note(path: Path, experiment: Experiment, recoding: Recoding | None) -> None:
    """Put what a file says of itself into its archive."""
    values = {
        "format": FORMAT,
        "model": experiment.model,
        "encoding": experiment.encoding,
        "vocab_size": experiment.task.vocab_size,
        "recoding": None if recoding is None else recoding.to_json(),
    }
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(NOTE, json.dumps(values))


def named(path: Path, names: Sequence[Value], vocab_size: int) -> Recoding:
    """The values that the caller gives the symbols of a file, in their order.

    >>> named(Path("net.keras"), ["login", "view"], 2).symbols(["view"]).tolist()
    [1]
    """
    read = [valued(name) for name in names]
    numeric = all(isinstance(value, int | float) for value in read)
    values = tuple(
        value if numeric else text_of(name) for value, name in zip(read, names, strict=True)
    )
    kept = tuple(value for value in values if value is not None)
    if len(kept) != vocab_size or len(set(kept)) < len(kept):
        raise SettingError(
            f"names must be {vocab_size} different names for the symbols of {path}, not"
            f" {len(kept)} of which {len(set(kept))} differ: give one for each, in order."
        )
    return Recoding(kept)
