"""FASTA: records of letters, of DNA, RNA or a protein, each below a line that begins with > and
names it. A record is a column, and each letter a value.
"""

import re

import numpy as np

from echoscope.errors import IntegerError, plain, shown
from echoscope.reading.column import Column, Distinct, chosen
from echoscope.reading.source import Source

NAMED = re.compile(rb"^>", re.MULTILINE)
ODD = re.compile(rb"[^A-Za-z*-]")
BLANKS = b" \t\r\n"


def records_of(source: Source) -> int:
    """How many records there are."""
    with source.open() as file:
        return len(NAMED.findall(file.read()))


def from_fasta(source: Source, column: str | int | None) -> Column:
    """The letters of a record, of the only one or of that whose name begins its line. Small ones,
    which mark repeats, are those of the same base; - is a gap.
    """
    with source.open() as file:
        _, *records = NAMED.split(file.read())
    parted = [record.partition(b"\n") for record in records]
    heads = [head.decode("utf-8", "replace").split() for head, *_ in parted]
    names = [head[0] if head else "" for head in heads]
    if column is None and len(names) > 1:
        known = ", ".join(plain(name, 30) for name in names[:3])
        raise IntegerError(
            f"{source.name} has {len(names):,} records ({known}{' ...' if names[3:] else ''}):"
            " choose one with column=NAME, or its number."
        )
    place = chosen(source.name, column, names, len(names))
    title = plain(names[place], 30) or str(place + 1)
    letters = parted[place][2].translate(None, BLANKS)
    odd = ODD.search(letters)
    if odd:
        raise IntegerError(
            f"letter {odd.start() + 1} of {source.name}, record {title}, is"
            f" {shown(odd.group().decode('latin-1'))}: FASTA has letters, so remove it."
        )
    distinct = Distinct(source.name)
    codes = np.zeros(256, np.int32)
    kept = np.frombuffer(letters.upper(), np.uint8)
    occurring = np.unique(kept)
    codes[occurring] = distinct.coded(map(chr, occurring.tolist()))
    return Column(
        codes[kept],
        distinct.values,
        source.name,
        "fasta",
        lambda position: f"letter {position + 1} of {source.name}, record {title},",
        column=title,
        packed=source.packed,
    )
