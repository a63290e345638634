"""What one draw of a training takes of user data, and how several sequences give draws."""

import numpy as np

from echoscope.borders import lengths_of, nearest_border
from echoscope.errors import IntegerError, many
from echoscope.experiment.experiment import Experiment
from echoscope.integers import Integers

LEARNED = 0.8  # of the integers: the border nearest to there parts what is learned from the rest
SIDES = 2  # what is learned, and what is held out


def draw_of(experiment: Experiment) -> int:
    """How many integers in a row one draw of the training takes: a sequence, or one window.

    >>> draw_of(preset("lag")), draw_of(preset("lag", fit="quick"))
    (25, 5)
    """
    task = experiment.echo
    return task.length if experiment.training.sampling == "sequence" else task.reach


def shortened(experiment: Experiment) -> str:
    """The setting that makes a draw shorter."""
    return "length" if experiment.training.sampling == "sequence" else "window"


def left_out(experiment: Experiment, starts: Integers, count: int) -> int:
    """How many of several sequences are too short for a draw."""
    return int((lengths_of(starts, count) < draw_of(experiment)).sum())


def border_of(experiment: Experiment, starts: Integers, count: int) -> int:
    """The border before the sequences that are held out: of those with a draw on both sides the
    nearest to the last fifth.

    >>> border_of(preset("lag", fit="quick"), np.array([0, 8, 16, 24]), count=32)
    24

    Raises `IntegerError` where fewer than two sequences hold a draw.
    """
    least, lengths = draw_of(experiment), lengths_of(starts, count)
    enough = starts[lengths >= least]
    if len(enough) < SIDES:
        remedy = f"use a shorter {shortened(experiment)}"
        if experiment.training.sampling == "sequence" and experiment.echo.reach < least:
            remedy = "use sampling windows, or a shorter length"
        raise IntegerError(
            f"Training on {many(len(starts), 'sequence')} needs {many(least, 'value')} in a row in"
            f" at least two of them, one to hold out, and {_as_long(len(enough))} (the longest has"
            f" {lengths.max()}): {remedy}, or give longer sequences."
        )
    return nearest_border(
        np.append(0, starts[(starts > enough[0]) & (starts <= enough[-1])]), count * LEARNED
    )


def _as_long(count: int) -> str:
    return "one is as long" if count else "none is as long"
