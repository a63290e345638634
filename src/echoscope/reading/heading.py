"""Whether the first row of a text names its columns: only where it says so clearly."""

from collections.abc import Sequence

from echoscope.errors import IntegerError, plain
from echoscope.integers import missing, number

SHOWN = 30  # cells of a row that a sentence shows


def has_heading(
    name: str,
    rows: Sequence[Sequence[str]],
    header: bool | None = None,
    categories: bool = False,
    column: str | None = None,
) -> bool:
    """Whether the first of these rows is a heading; an `IntegerError` where it may be one or not.

    It is one where a text stands above what is mostly no text (where numbers are `categories`,
    above no text at all) or is the `column` that is asked for, and none where all is numbers, or
    where a text of it stands in the same column or, in a single row, in the row again.

    >>> has_heading("a.csv", [["day", "event"], ["1", "login"], ["2", "view"]])
    True
    >>> has_heading("a.csv", [["A"], ["C"], ["A"]])
    False
    """
    if header is not None:
        return header
    top, below = rows[0], rows[1:]
    texts = [place for place, cell in enumerate(top) if _is_text(cell)]
    columns = {place: [row[place] for row in below if not missing(row[place])] for place in texts}
    if any(top[place].strip() in map(str.strip, cells) for place, cells in columns.items()):
        return False
    if not texts and not any(map(missing, top)) and _alike(top, below):
        return False
    if not below and (len(top) == 1 or not texts):
        return bool(texts) and not categories
    if not below and len(set(map(str.strip, top))) < len(top):
        return False
    most = 0 if categories else 0.5
    for cells in columns.values():
        if cells and sum(map(_is_text, cells)) <= most * len(cells):
            return True
    if column and any(top[place].strip() == column.strip() for place in texts):
        return True
    raise unclear(name, top)


def unclear(name: str, top: Sequence[str]) -> IntegerError:
    """That nobody can see whether a first row is a heading."""
    text = plain(", ".join(top[:SHOWN]), 60)
    return IntegerError(
        f"The first row of {name} ({text}) may be a heading or not: say header=True or"
        " header=False."
    )


def _alike(top: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has numbers where the others have them, and nowhere else."""
    for place, cell in enumerate(top):
        cells = [row[place] for row in below if not missing(row[place])]
        numeric = sum(number(other) is not None for other in cells)
        if (number(cell) is None and numeric) or (
            number(cell) is not None and 2 * numeric < len(cells)
        ):
            return False
    return True


def _is_text(cell: str) -> bool:
    begins = cell.strip()[:1]
    return (begins.isalpha() or begins == "_") and not missing(cell)
