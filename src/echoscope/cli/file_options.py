"""What flags say of user data: the file, its column or columns, and how its values are read."""

import shlex
from collections.abc import Callable
from typing import NamedTuple

import click

from echoscope import reading
from echoscope.cli.options import Command, value
from echoscope.errors import IntegerError, SettingError, listed, plain
from echoscope.experiment.user_data import UserData
from echoscope.integers import MOST_VOCAB_SIZE
from echoscope.reading.recode import EQUAL, MOST_VALUES, as_integers, recode
from echoscope.settings import ByName, whole


def with_file(command: Command) -> Command:
    """A command that reads user data from a file."""
    return _with(
        command,
        click.option(
            "--file",
            metavar="FILE",
            help="user data: a column of CSV, Parquet, Arrow, JSON, NumPy or FASTA; - is standard"
            " input.",
        ),
        click.option(
            "--column",
            multiple=True,
            metavar="NAME",
            help="a column of --file, by its name or number; several, or 2..7 or all, together.",
        ),
        click.option(
            "--header/--no-header",
            default=None,
            help="whether the first row of --file names its columns.",
        ),
        click.option(
            "--missing-value",
            "missing_values",
            multiple=True,
            metavar="VALUE",
            help="a value of --file that says that one is missing, such as -999.",
        ),
        click.option(
            "--separator",
            metavar="VALUE",
            help="a value of --file that ends a sequence: many sequences, each on its own.",
        ),
        click.option(
            "--group",
            metavar="NAME",
            help="a second column of --file: the rows of each value are a sequence on its own.",
        ),
        click.option("--text", metavar="FILE", help="user data: the bytes of a file, 0 to 255."),
    )


def with_recoding(command: Command) -> Command:
    """A command that makes symbols of what a file holds."""
    return _with(
        command,
        click.option(
            "--categories", is_flag=True, help="take every value of --file as a name, numbers too."
        ),
        click.option("--bins", metavar="N", help="sort the numbers of --file into N bins."),
        click.option(
            "--equal",
            metavar="|".join(EQUAL),
            help="what the bins have alike: their width, or how many numbers each holds (width).",
        ),
        click.option(
            "--max-values",
            metavar="N",
            help=f"how many different values of --file are not too many ({MOST_VALUES:,}).",
        ),
        click.option(
            "--unknown", is_flag=True, help="one more symbol, for values that it never reads."
        ),
    )


def with_data(command: Command) -> Command:
    """A command that trains on user data."""
    return with_file(with_recoding(command))


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


class FileOptions(NamedTuple):
    """What is said of user data on the command line; its names are those of the flags."""

    file: str | None = None
    column: tuple[str, ...] = ()
    header: bool | None = None
    missing_values: tuple[str, ...] = ()
    separator: str | None = None
    group: str | None = None
    text: str | None = None
    categories: bool = False
    bins: str | None = None
    equal: str | None = None
    max_values: str | None = None
    unknown: bool = False

    @classmethod
    def taken(cls, values: ByName) -> "FileOptions":
        """Those among a command's values, which has the others left."""
        return cls(**{name: values.pop(name) for name in cls._fields if name in values})

    @property
    def source(self) -> str:
        """Where the data come from, in words; no database holds bytes that are no text."""
        file = "standard input" if self.file == reading.STANDARD_INPUT else self.file
        if self.column:
            noun = "column" if len(self.column) == 1 else "columns"
            parts = [f"{file}, {noun} {listed(self.column)}"]
        else:
            parts = [file or self.text or ""]
        if self.separator is not None:
            parts.append(f"separator {self.separator or 'blank'}")
        if self.group is not None:
            parts.append(f"group {self.group}")
        return plain(", ".join(parts))

    @property
    def typed(self) -> str:
        """The flags that say the same again."""
        flags = []
        for name, part in self._asdict().items():
            flag = f"--{name.replace('_', '-')}"
            if isinstance(part, tuple):
                flag = flag.removesuffix("s")
                flags += [f"{flag} {shlex.quote(each)}" for each in part]
            elif name == "header" and part is not None:
                flags.append(flag if part else "--no-header")
            elif part is True:
                flags.append(flag)
            elif part or (part is not None and name == "separator"):
                flags.append(f"{flag} {shlex.quote(part)}")
        return " ".join(flags)

    def named(self, path: str | None) -> "FileOptions":
        """The same of the file that stands without a flag."""
        if path and self.file:
            raise IntegerError("The file must be named once, not twice: leave file out.")
        return self._replace(file=path or self.file)

    def sequence(self) -> "tuple[reading.Column | None, UserData]":
        """The column, where there is one, and its symbols; refused where several are named."""
        self.checked()
        if self.text:
            return None, UserData(reading.from_text(self.text, reading.BYTES))
        if not self.file:
            raise IntegerError("There is no sequence: name a file, or give text=FILE.")
        column = self.read()
        if isinstance(column, reading.Columns):
            raise IntegerError(
                f"{len(column.columns)} columns of {column.name} are named, and this looks at one:"
                " name one with column=NAME."
            )
        return column, self.recoded(column)

    def checked(self, numbers: tuple[str, ...] = ()) -> None:
        """Refuse two sources, and what is said of a file where there is none."""
        places = (("values", numbers), ("--file", self.file), ("--text", self.text))
        sources = [name for name, value in places if value]
        if self.separator is not None and self.group is not None:
            raise IntegerError(
                "separator and group both say where a sequence ends: leave one of them out."
            )
        if len(sources) > 1:
            raise IntegerError(
                f"Values must come from one place, not from {listed(sources)}: choose one."
            )
        if not self.file:
            of_file = self._asdict().items()
            reading.no_file(**{name: value for name, value in of_file if name != "text"})

    def read(self) -> "reading.Column | reading.Columns":
        """The column of the file, or those that are named."""
        column = self.column or None
        return reading.read_file(
            str(self.file), column, self.header, self.categories, self.separator, self.group
        )

    def recoded(
        self, column: "reading.Column | reading.Columns", vocab_size: int | None = None
    ) -> UserData:
        """Symbols for a column: its values recoded, or where it is known how many symbols there
        are, its integers as they are.
        """
        if vocab_size is not None and isinstance(column, reading.Columns):
            raise SettingError(
                f"vocab_size={vocab_size} is said of one column, and {len(column.columns)} are"
                " named: leave vocab_size out, each has as many symbols as it has values."
            )
        if isinstance(column, reading.Column) and vocab_size is not None:
            for name in ("bins", "equal", "max_values", "unknown", "categories"):
                if getattr(self, name):
                    raise SettingError(
                        f"vocab_size={vocab_size} takes the integers of a file as they are, so"
                        f" {name} has nothing to do: leave one of them out."
                    )
            return as_integers(column, vocab_size, self.missing_values)
        if self.equal and not self.bins:
            raise SettingError("equal is said of bins: say bins=20 too, or leave it out.")
        return recode(
            column,
            self.missing_values,
            None if self.bins is None else whole("bins", value(self.bins), 2, MOST_VALUES),
            self.equal or EQUAL[0],
            self.unknown,
            MOST_VALUES
            if self.max_values is None
            else whole("max_values", value(self.max_values), 1, MOST_VOCAB_SIZE),
        )
