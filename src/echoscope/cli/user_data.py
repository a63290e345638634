"""What a command's flags choose to train on."""

from typing import NamedTuple

import numpy as np

from echoscope import reading
from echoscope.cli.columns import with_columns
from echoscope.cli.file_options import FileOptions
from echoscope.cli.options import experiment_of
from echoscope.errors import IntegerError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.presets import preset
from echoscope.experiment.user_data import SOME_GAPS, UserData, settled
from echoscope.integers import GAP
from echoscope.settings import ByName
from echoscope.tasks.echo import Echo


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
    return {**values, "missing": str(SOME_GAPS)} if echo else values


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
        check_gaps(experiment, data, column, "leave missing out to have them")
    if given is None:
        experiment = experiment.change(
            vocab_size=reading.BYTES if options.text else data.vocab_size
        )
    experiment = settled(experiment, data)
    return Chosen(experiment, UserData.of(experiment, data), options.source, column)


def check_gaps(
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
