"""Symbols that a run's network knows, for a file that it is given or values as they are typed."""

from collections.abc import Callable

from echoscope import reading
from echoscope.cli.columns import columns_again, names_in, rows_of
from echoscope.cli.file_options import FileOptions
from echoscope.cli.user_data import check_gaps
from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import IntegerError
from echoscope.experiment.user_data import UserData
from echoscope.integers import GAP, Integers, integers
from echoscope.reading import several
from echoscope.reading.recode import as_integers, gap_values
from echoscope.recoding import Recoding, Value
from echoscope.runs.run import Run

REMEDY = "change it, or train a network on such values"


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
        check_gaps(run.experiment, data, column, "use a network that was trained with some")
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
    if task.column_sizes:
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

    if task.column_sizes or isinstance(column, reading.Columns):
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
