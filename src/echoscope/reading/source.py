"""Where bytes come from: a file, unpacked where it is compressed, or standard input; and what kind
of content they begin.
"""

import bz2
import gzip
import io
import lzma
import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from echoscope.errors import IntegerError

STANDARD_INPUT = "-"
HEAD = 1 << 18  # bytes that decide what a source is
MOST_BYTES = 1 << 30  # that a compressed source may unpack to, and standard input may hold
PACKED = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ": ("xz", lzma.open),
}
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, ValueError)
KINDS = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"FEA1": "arrow",
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "zip",
}
ENDINGS = {
    ".parquet": ("parquet", "Parquet"),
    ".arrow": ("arrow", "Arrow"),
    ".feather": ("arrow", "Feather"),
    ".npy": ("npy", "NumPy"),
    ".npz": ("zip", "NumPy"),
}
BINARY = {
    b"SQLite": "a database",
    b"%PDF": "a PDF",
    b"\x89HDF": "an HDF5 file",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"\xd0\xcf\x11\xe0": "an Excel file",
}
FASTA = re.compile(rb">[^\r\n]*[\r\n]+[A-Za-z*-]+[ \t]*(?:[\r\n]|\Z)")


@dataclass(frozen=True, eq=False)
class Source:
    """Bytes with a name: `head` is how they begin, `open` gives them all, from the first."""

    name: str
    head: bytes
    open: Callable[[], BinaryIO]
    packed: str = ""

    @property
    def kind(self) -> str:
        """What its content is: parquet, arrow, npy, zip (of arrays), fasta, json, or text."""
        known = next((kind for begin, kind in KINDS.items() if self.head.startswith(begin)), None)
        expected, name = ENDINGS.get(Path(self.name).suffix.lower(), (known, ""))
        if known is None and expected:
            raise IntegerError(
                f"{self.name} is no {name} file, though its ending says so: write it again."
            )
        if known:
            return known
        for begin, kind in BINARY.items():
            if self.head.startswith(begin):
                raise IntegerError(
                    f"{self.name} is {kind}, which is not read: save a column of it as CSV."
                )
        begin = self.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if FASTA.match(begin):
            return "fasta"
        return "json" if begin[:1] in (b"[", b"{") else "text"


def source_of(name: str) -> Source:
    """The source of this name: a path, or - for standard input. Raises `IntegerError` where it
    cannot be read.
    """
    try:
        if name == STANDARD_INPUT:
            return _of_stream("standard input", sys.stdin.buffer.read(MOST_BYTES + 1))
        path = Path(name)
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe is read once
            with path.open("rb") as file:
                return _of_stream(name, file.read(MOST_BYTES + 1))
        with path.open("rb") as file:
            head = file.read(HEAD)
        for begin, (packed, unpack) in PACKED.items():
            if head.startswith(begin):
                with path.open("rb") as file:
                    return of_bytes(name, _unpacked(name, packed, unpack, file), packed)
    except OSError as error:
        raise IntegerError(f"{name} cannot be read ({error.strerror}): name a file.") from None
    return Source(name, head, lambda: path.open("rb"))


def _of_stream(name: str, content: bytes) -> Source:
    """What can be read once only."""
    for begin, (packed, unpack) in PACKED.items():
        if content.startswith(begin):
            return of_bytes(name, _unpacked(name, packed, unpack, io.BytesIO(content)), packed)
    return of_bytes(name, content)


def _unpacked(
    name: str, packed: str, unpack: Callable[[BinaryIO], IO[bytes]], file: BinaryIO
) -> bytes:
    try:
        with unpack(file) as content:
            return content.read(MOST_BYTES + 1)
    except (*DAMAGED, OSError):
        raise IntegerError(f"{name} is a damaged {packed} file: compress it again.") from None


def of_bytes(name: str, content: bytes, packed: str = "") -> Source:
    """A source that is in memory."""
    if len(content) > MOST_BYTES:
        raise IntegerError(f"{name} has more than {MOST_BYTES >> 30} GiB of text: give less of it.")
    return Source(name, content[:HEAD], lambda: io.BytesIO(content), packed)
