"""What a person types: symbols and names in a text, and a text of them."""

from echoscope import reading
from echoscope.errors import IntegerError, SettingError
from echoscope.integers import Integers, integers
from echoscope.runs.run import Run

MOST_SYMBOLS = 1_000


def typed_text(values: list[str]) -> str:
    r"""Values as they are typed: with blanks between, or a line each where one has some in it.

    >>> typed_text(["1", "2"]), typed_text(["New York", "Rome"])
    ('1 2', 'New York\nRome')
    """
    alone = any(len(list(reading.words((value,)))) != 1 for value in values)
    return ("\n" if alone else " ").join(values)


def parts_of(run: Run, text: str) -> list[str]:
    """The values in a text: a name of the run's is whole, and so is each line where all are."""
    names = set() if run.recoding is None else {*map(str, run.recoding.of(0).values or ())}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(line in names for line in lines):
        return lines
    return list(reading.words((text,)))


def typed_symbols(run: Run, text: str) -> Integers:
    """The symbols of integers or names with blanks or commas between. Raises `IntegerError` for
    what the network does not know, `SettingError` for too many.
    """
    task = run.experiment.task
    if task.column_sizes:
        raise SettingError(
            f"run {run.id} reads several columns at a time, which the lab does not: use echoscope"
            " predict."
        )
    parts = parts_of(run, text)
    if len(parts) > MOST_SYMBOLS:
        raise SettingError(
            f"the lab reads at most {MOST_SYMBOLS:,} symbols at a time, not {len(parts):,}: use"
            " echoscope predict for more."
        )
    if not parts:
        raise IntegerError("nothing was typed: give integers with blanks between.")
    if run.recoding is None:
        return integers(parts, task.vocab_size, "integer {}".format, task.gappy)
    return run.recoding.of(0).symbols(parts, "value {}".format, task.gappy)
