"""Several columns as flags and typed values name them: rows of values that are read together."""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import IntegerError, SettingError, listed
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData
from echoscope.integers import Integers, integer
from echoscope.reading import Column, Columns
from echoscope.reading.columns import names_of
from echoscope.reading.recode import gap_values, known_values
from echoscope.recoding import Recoding
from echoscope.runs.run import Run
from echoscope.settings import Value
from echoscope.studies.axis import values_of


def with_columns(experiment: Experiment, data: UserData, targets: str | None) -> Experiment:
    """The experiment that reads the columns of these data together, and predicts those that are
    named, by their names or their numbers among them.
    """
    recoding = data.recoding
    if not isinstance(recoding, ColumnRecodings):
        if targets is not None:
            return experiment.change(target_columns=tuple(chain(*values_of("lag", targets))))
        return experiment
    chosen = None if targets is None else tuple(_place(recoding, each) for each in _named(targets))
    return experiment.change(columns=data.columns, target_columns=chosen)


def _named(targets: str) -> list[str | int]:
    names = names_of([part.strip() for part in targets.split(",")])
    return [name for name in names if name is not None]


def _place(recoding: ColumnRecodings, name: str | int) -> int:
    """The number from 1 of a column among those that are read."""
    if name in recoding.names:
        return recoding.names.index(str(name)) + 1
    if str(name).isdecimal() and 1 <= int(name) <= len(recoding.names):
        return int(name)
    raise SettingError(
        f"target_columns names {name!r}, and the columns that are read are"
        f" {listed(recoding.names)}: name one of them, or its number among them."
    )


def columns_again(
    columns: Column | Columns,
    run: Run,
    again: Callable[[Column, Recoding | None, int, tuple[str, ...]], Integers],
    missing_values: tuple[str, ...],
) -> Integers:
    """The symbols [time, columns] of columns that are read again for a run, each by `again`."""
    recoding, sizes = run.recoding, run.experiment.task.column_sizes
    parts = columns.columns if isinstance(columns, Columns) else (columns,)
    if len(parts) != len(sizes):
        known = f" ({listed(recoding.names)})" if isinstance(recoding, ColumnRecodings) else ""
        reads = f"{len(sizes)} columns together{known}" if sizes else "one column"
        raise IntegerError(
            f"The network reads {reads}, and {len(parts)} of the file"
            f" {'is' if len(parts) == 1 else 'are'} named: name as many with column=NAME."
        )
    names = tuple(part.column for part in parts)
    known = recoding.names if isinstance(recoding, ColumnRecodings) else names
    if set(names) == set(known) and names != known:
        raise IntegerError(
            f"The network reads its columns as {listed(known)}, and they are named as"
            f" {listed(names)}: name them in that order, or leave column out."
        )
    for raw in missing_values:
        if not any(known_values(part, [raw]) for part in parts):
            gap_values(parts[0], [raw])  # which says that it is no value
    symbols = [
        again(
            part, recoding.of(place) if recoding else None, size, known_values(part, missing_values)
        )
        for place, (part, size) in enumerate(zip(parts, sizes, strict=True))
    ]
    return np.stack(symbols, axis=1)


def rows_of(run: Run, values: Sequence[str], where: Callable[[int], str]) -> Integers:
    """The symbols [time, columns] of values as they are typed, row after row."""
    task, recoding = run.experiment.task, run.recoding
    sizes = task.column_sizes
    if len(values) % len(sizes):
        names = listed(recoding.names) if isinstance(recoding, ColumnRecodings) else "its columns"
        raise IntegerError(
            f"A time step has {len(sizes)} values ({names}), and there are {len(values)}: give"
            f" rows of {len(sizes)}."
        )

    def symbol(place: int, value: Value) -> int:
        column, here = place % len(sizes), where(place + 1)
        if recoding:
            return recoding.of(column).symbol(value, here, task.gappy)
        return integer(value, sizes[column], here, task.gappy)

    symbols = [symbol(place, value) for place, value in enumerate(values)]
    return np.array(symbols, np.int64).reshape(-1, len(sizes))


def names_in(run: Run) -> set[str]:
    """Every name that a value of the run's may have."""
    recoding = run.recoding
    if recoding is None:
        return set()
    parts = recoding.columns if isinstance(recoding, ColumnRecodings) else (recoding,)
    return {str(value) for part in parts for value in part.values}
