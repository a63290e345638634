"""User data as flags name them: the file, what it holds, and symbols for it."""

import shlex
from collections.abc import Callable
from typing import NamedTuple

import click
import numpy as np

from echoscope import reading
from echoscope.cli.columns import columns_again, names_in, rows_of, with_columns
from echoscope.cli.options import Command, experiment_of, value
from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import IntegerError, SettingError, listed, plain
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.presets import preset
from echoscope.experiment.user_data import UserData, settled
from echoscope.integers import GAP, MOST_VOCAB_SIZE, Integers, integers
from echoscope.reading import several
from echoscope.reading.recode import EQUAL, MOST_VALUES, as_integers, gap_values, recode
from echoscope.recoding import Recoding, Value
from echoscope.runs.run import Run
from echoscope.settings import ByName, whole
from echoscope.tasks.echo import Echo


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


SOME = "1e-9"  # that gaps may be, before `settled` says the data's own share of them
REMEDY = "change it, or train a network on such values"


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


class Chosen(NamedTuple):
    """The experiment with the flags' settings, and the user data that it trains on (None: random
    ones), their source in words, and the column that they were read from, if it was one.
    """

    experiment: Experiment
    data: UserData | None = None
    source: str = ""
    column: "reading.Column | reading.Columns | None" = None


def data_of(values: ByName) -> Chosen:
    """What a command's flags choose to train on.

    Where the flags do not say how many symbols there are, user data do: one for each value; and
    where they do not say that values are missing, those that are missing in a file are gaps.
    """
    options = FileOptions.taken(values)
    vocab_given = values.get("vocab_size") is not None
    targets = values.pop("target_columns", None) if options.file else None
    experiment = experiment_of(with_gaps(values, options))
    return chosen(options, experiment, vocab_given=vocab_given, targets=targets)


def with_gaps(values: ByName, options: FileOptions) -> ByName:
    """Flags with some gaps for the echo of a file, unless they say how many: what is missing in the
    file decides in the end.
    """
    if not options.file or values.get("missing") is not None:
        return values
    echo = isinstance(preset(values["preset"], values["fit"]).task, Echo)
    return {**values, "missing": SOME} if echo else values


def chosen(
    options: FileOptions, experiment: Experiment, *, vocab_given: bool, targets: str | None = None
) -> Chosen:
    """What a file's options choose for an experiment to train on; `vocab_given` says that its
    number of symbols was asked for, and `targets` which of its columns must be predicted.
    """
    options.checked()
    if not options.file and not options.text:
        return Chosen(experiment)
    given = experiment.task.vocab_size if vocab_given else None
    column = None
    if options.text:
        data = UserData(reading.from_text(options.text, given or reading.BYTES))
    else:
        column = options.read()
        data = options.recoded(column, given)
        experiment = with_columns(experiment, data, targets)
        _gaps_checked(experiment, data, column, "leave missing out to have them")
    if given is None:
        experiment = experiment.change(
            vocab_size=reading.BYTES if options.text else data.vocab_size
        )
    experiment = settled(experiment, data)
    return Chosen(experiment, UserData.of(experiment, data), options.source, column)


def symbols_of(run: Run, options: FileOptions, numbers: tuple[str, ...]) -> UserData | None:
    """The symbols that a run's network reads for what the command line gives it; None where that is
    nothing.
    """
    options.checked(numbers)
    task = run.experiment.task
    if options.text:
        return UserData(reading.from_text(options.text, task.vocab_size))
    if options.file:
        recoding = run.recoding
        options, separator = options._replace(separator=None), options.separator
        if isinstance(recoding, ColumnRecodings):
            column = options._replace(column=options.column or recoding.names).read()
        else:
            names = recoding is not None and not recoding.numeric
            column = options._replace(categories=names).read()
        if separator is not None and (
            isinstance(column, reading.Columns) or several.occurs(column, separator)
        ):
            column = several.separated(column, separator)  # else the file is one sequence
        data = _known(run, column, options.missing_values)
        _gaps_checked(run.experiment, data, column, "use a network that was trained with some")
        return data
    return UserData(in_symbols(run, words_of(run, numbers))) if numbers else None


def words_of(run: Run, texts: tuple[str, ...]) -> list[str]:
    """Values as they are typed, with blanks or commas between; a name of the run's that has some
    in it is whole.
    """
    names = names_in(run)
    return [
        part
        for text in texts
        for part in ([text] if text.strip() in names else reading.words((text,)))
    ]


def in_symbols(run: Run, values: list[str], where: Callable[[int], str] | None = None) -> Integers:
    """The symbols of values as they are typed, by the run's recoding where it has one."""
    task = run.experiment.task
    if isinstance(task, Echo) and task.columns:
        return rows_of(run, values, where or "value {}".format)
    if run.recoding is None:
        return integers(values, task.vocab_size, where or "integer {}".format, task.gappy)
    return run.recoding.of(0).symbols(values, where or "value {}".format, task.gappy)


def _known(
    run: Run, column: "reading.Column | reading.Columns", missing_values: tuple[str, ...]
) -> UserData:
    """What a file holds in symbols that a run knows."""
    task = run.experiment.task

    def again(
        part: "reading.Column", recoding: Recoding | None, size: int, where: tuple[str, ...]
    ) -> Integers:
        if recoding is None:
            return as_integers(part, size, where, REMEDY).integers
        return _recoded_again(part, recoding, where)

    sizes = task.columns if isinstance(task, Echo) else None
    if sizes or isinstance(column, reading.Columns):
        symbols = columns_again(column, run, again, missing_values)
    else:
        recoding = run.recoding.of(0) if run.recoding else None
        symbols = again(column, recoding, task.vocab_size, missing_values)
    return UserData(symbols, starts=column.starts)


def _recoded_again(
    column: "reading.Column", recoding: Recoding, missing_values: tuple[str, ...]
) -> Integers:
    """A column in symbols that are known; an `IntegerError` about the first value that is not."""
    gaps, unread = gap_values(column, missing_values), list[Value]()

    def symbol_of(part: Value) -> int:
        try:
            return GAP if part in gaps else recoding.symbol(part, "", gaps=True)
        except IntegerError:
            unread.append(part)
            return GAP

    symbols = column.mapped(symbol_of)
    if unread:
        position = column.first_of(unread)
        recoding.symbol(column.value(position), column.where(position))
    return symbols


def _gaps_checked(
    experiment: Experiment,
    data: UserData,
    column: "reading.Column | reading.Columns",
    remedy: str,
) -> None:
    """Refuse what is missing where the task has no gaps, by where it is."""
    if not experiment.task.gappy and data.range[0] < 0:
        gaps = (data.integers == GAP).reshape(len(data), -1)
        position, place = divmod(int(np.argmax(gaps)), gaps.shape[1])
        parts = column.columns if isinstance(column, reading.Columns) else (column,)
        where = parts[place].where(position)
        raise IntegerError(
            f"{where} is missing, and the task has no gaps: {remedy}, or give every value."
        )
