"""A file of one's own, sent by the page: read as data, looked at without any training, and kept to
be trained on.
"""

import re
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from echoscope.errors import EchoscopeError, SettingError, listed, shown
from echoscope.experiment.baselines import Chance, chance
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData, held_out_part, named
from echoscope.lab.typed import typed_text
from echoscope.settings import Json, whole
from echoscope.studies.axis import value_of

ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet", ".npy")
MOST_KEPT = 4  # files
MOST_NAMED = 12  # symbols of which is said what they stand for
MOST_BINS = 1000
MOST_NAME = 100
GAP = "-"  # as a missing value is typed
MOST_BYTES = 2 << 20  # of a file
HEADS = {"": None, "true": True, "false": False}  # whether its first row names the columns
CONTROLS = {  # what errors name, and where it stands on the page
    "choose one with column=NAME": "choose one in column",
    "say header=True or header=False": "say whether its first row names the columns",
    r"say bins=\d+ to sort them into \w+": "give bins to sort them into",
    r"say (max_values|missing_value|categories)=": r"use echoscope run with \1=",
}
MOST_GIVEN = 200  # values that are given back, to be tried


@dataclass(frozen=True, eq=False)
class Sent:
    """A file's column as it was sent: its name, what was said of it, how it was understood, the
    symbols that its values are, and the page of their inspection.
    """

    name: str
    column: str
    bins: str
    header: str
    understood: str
    data: UserData
    page: str

    @property
    def source(self) -> str:
        """Where they come from, in words."""
        return f"{self.name}, column {self.column}" if self.column else self.name

    def learned_by(self, experiment: Experiment) -> Experiment:
        """The experiment that learns them: it has as many symbols as they have. Raises
        `IntegerError` where there are too few of them.
        """
        sized = experiment.change(vocab_size=self.data.vocab_size)
        return named([sized], self.data)[0][0]

    def chance(self, experiment: Experiment) -> Chance:
        """What needs no memory of them."""
        return chance(experiment, self.data)

    def told(self, experiment: Experiment) -> Json:
        """What the page says of an experiment that learns them."""
        begin, end = held_out_part(experiment, self.data)
        rules = self.chance(experiment)
        return {
            "source": self.source,
            "sentences": [
                self.understood,
                f"The first {begin:,} are trained on, the next {end - begin:,} are held out for the"
                f" accuracy. {rules.sentence}",
            ],
            "names": self.names,
        }

    @property
    def names(self) -> list[str]:
        """What the first symbols stand for, where that is not themselves."""
        recoding = self.data.recoding
        if recoding is None or not recoding.name:
            return []
        each = recoding.of(0)
        return [str(each.value(symbol)) for symbol in range(min(MOST_NAMED, each.vocab_size))]


class Files:
    """What was sent lately, by the name of its symbols."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, Sent] = OrderedDict()

    def inspected(self, content: bytes, name: str, column: str, bins: str, header: str) -> Json:
        """What is known of a file's column: verdict, first values, and the name that it is kept by.

        Raises `SettingError` and `IntegerError` for what cannot be read.
        """
        from echoscope import Columns, inspect_symbols, read, recode
        from echoscope.report.html import page_of
        from echoscope.report.inspection import inspection_document

        if len(content) > MOST_BYTES:
            raise SettingError(
                f"a file may have {MOST_BYTES >> 20} MiB in the lab: use echoscope inspect."
            )
        if header not in HEADS:
            raise SettingError(
                f"header must be true or false, not {shown(header)}: or leave it out."
            )
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
                raise SettingError(_as_controls(str(error), str(place), name)) from None
        result = inspect_symbols(data)
        document = inspection_document(result, data, Path(name).name, values.understood)
        sent = Sent(
            Path(name).name, column, bins, header, values.understood, data, page_of(document)
        )
        self._sent.pop(data.name, None)
        self._sent[data.name] = sent
        while len(self._sent) > MOST_KEPT:
            self._sent.popitem(last=False)
        first = [values.value(place) for place in range(min(len(values), MOST_GIVEN))]
        return {
            "verdict": result.verdict,
            "understood": values.understood,
            "text": typed_text([GAP if value is None else str(value) for value in first]),
            "given": len(first),
            "count": len(values),
            "data": data.name,
        }

    def find(self, name: str) -> Sent:
        """A file by the name of its symbols. Raises `SettingError` where it is forgotten."""
        if name not in self._sent:
            raise SettingError("that file is not in this lab any more: send it again.")
        self._sent.move_to_end(name)  # the ones that are used stay
        return self._sent[name]


def _as_controls(sentence: str, place: str, name: str) -> str:
    """A sentence about a file in the words of the page, which names controls and no arguments.

    >>> _as_controls("/a.csv has 2 columns: choose one with column=NAME.", "/a.csv", "b.csv")
    'b.csv has 2 columns: choose one in column.'
    """
    result = sentence.replace(place, Path(name).name)
    for argument, control in CONTROLS.items():
        result = re.sub(argument, control, result)
    return result


def _ending(name: str) -> str:
    ending = Path(name).suffix.lower()
    if len(name) > MOST_NAME or ending not in ENDINGS:
        raise SettingError(f"{shown(name[:MOST_NAME])} must end in one of {listed(ENDINGS)}.")
    return ending
