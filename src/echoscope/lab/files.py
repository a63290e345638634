"""A file of one's own, sent by the page: read as data, and looked at without any training."""

import itertools
import tempfile
from collections import OrderedDict
from pathlib import Path

from echoscope.errors import EchoscopeError, SettingError, listed, shown
from echoscope.lab.trying import typed_text
from echoscope.settings import Json, choice, whole
from echoscope.studies.axis import value_of

ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet", ".npy")
MOST_KEPT = 8  # pages of inspections
MOST_BINS = 1000
MOST_NAME = 100
GAP = "-"  # as a missing value is typed
MOST_BYTES = 4 << 20  # of a file
HEADS = {"": None, "true": True, "false": False}  # whether its first row names the columns
MOST_GIVEN = 200  # values that are given back, to be tried


class Files:
    """What was looked at lately: pages by number."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._count = itertools.count(1)

    def inspected(self, content: bytes, name: str, column: str, bins: str, header: str) -> Json:
        """What is known of a file's column: verdict, first values, and the number of its page.

        Raises `SettingError` and `IntegerError` for what cannot be read.
        """
        from echoscope import Columns, inspect_symbols, read, recode
        from echoscope.report.html import page_of
        from echoscope.report.inspection import inspection_document

        if len(content) > MOST_BYTES:
            raise SettingError(
                f"a file may have {MOST_BYTES >> 20} MiB in the lab: use echoscope inspect."
            )
        choice("header", header, tuple(HEADS))
        parted = whole("bins", value_of(bins), 2, MOST_BINS) if bins else None
        with tempfile.TemporaryDirectory(prefix="echoscope-lab-") as folder:
            place = Path(folder) / f"file{_ending(name)}"
            place.write_bytes(content)
            try:
                values = read(str(place), column=column or None, header=HEADS[header])
                if isinstance(values, Columns):
                    raise SettingError("one column is looked at: name it, by its name or number.")
                data = recode(values, bins=parted)
            except EchoscopeError as error:  # says where it was read, which the page knows not
                raise SettingError(str(error).replace(str(place), Path(name).name)) from None
        result = inspect_symbols(data)
        document = inspection_document(result, data, Path(name).name, values.understood)
        number = str(next(self._count))
        self._pages[number] = page_of(document)
        while len(self._pages) > MOST_KEPT:
            self._pages.popitem(last=False)
        first = [values.value(place) for place in range(min(len(values), MOST_GIVEN))]
        return {
            "verdict": result.verdict,
            "understood": values.understood,
            "text": typed_text([GAP if value is None else str(value) for value in first]),
            "given": len(first),
            "count": len(values),
            "page": number,
        }

    def page(self, number: str) -> str:
        """The page of an inspection. Raises `SettingError` where it is forgotten."""
        if number not in self._pages:
            raise SettingError("that inspection is forgotten: send the file again.")
        return self._pages[number]


def _ending(name: str) -> str:
    ending = Path(name).suffix.lower()
    if len(name) > MOST_NAME or ending not in ENDINGS:
        raise SettingError(f"{shown(name[:MOST_NAME])} must end in one of {listed(ENDINGS)}.")
    return ending
