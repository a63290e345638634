"""The command that repeats a study, told from its rows: `echoscope sweep` with the settings of
their grid.
"""

import shlex
from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import listed
from echoscope.experiment.fields import SETTINGS, TASK, flags, settings_of
from echoscope.experiment.presets import FITS, PRESETS, preset
from echoscope.runs.table import Rows, none_last
from echoscope.studies.axis import text_of
from echoscope.studies.grid import MOST_SEEDS, Study

USUAL = Study.preset  # of presets that say as much


def command_of(rows: Rows) -> tuple[str, str]:
    """The command that trains exactly these rows, or an empty text; and a sentence on it, or on why
    there is none.

    Imported networks are left out: nothing trains those.

    >>> command_of(rows)[0]
    'echoscope sweep lag --fit quick --lag 1,2,3 --units 8,16 --seeds 5'
    """
    made = ~rows.became("imported")
    if not made.any():
        return (
            "",
            (
                "Nothing here was trained here: echoscope import takes the files of imported"
                " networks in again."
            ),
        )
    columns = zip(*rows.settings_of(made), strict=True)
    known = [sorted(set(column), key=lambda value: none_last([value])) for column in columns]
    values = dict(zip(SETTINGS, (tuple(some) for some in known), strict=True))
    if len(values["data"]) > 1:
        return "", "These runs are of several user data: repeat those of each with its own file."
    seeds = sorted(set(rows.seed[made].tolist()))
    if seeds != list(range(seeds[0], seeds[0] + len(seeds))) or len(seeds) > MOST_SEEDS:
        return (
            "",
            (
                "The runs are no grid that one command repeats: their seeds do not follow each"
                " other."
            ),
        )
    folds = _folds(rows, made)
    cells = len(seeds) * prod(map(len, values.values())) * folds
    if cells != made.sum():  # no two runs have equal settings
        varied = [name for name in SETTINGS if len(values[name]) > 1] or ["seed"]
        return (
            "",
            (
                f"The runs are no grid that one command repeats: {made.sum():,} runs are not"
                f" every combination of their {listed(varied)} with {len(seeds)} seeds ({cells:,})."
            ),
        )
    command = _command(values, seeds)
    if not command:
        return "", (
            f"No preset has the task of all of these runs ({listed(list(map(str, values[TASK])))}),"
            " so no one command repeats them: repeat those of each task with a sweep of its preset."
        )
    rest = (
        ""
        if made.all()
        else ", and for imported networks, whose files echoscope import takes in again"
    )
    if values["data"] != (None,):
        sentence = (
            f"This command trains the same cells again, with the user data ({_data(values)})"
            f" in place of FILE, read as before{rest}:"
        )
        return command, sentence
    return (
        command,
        f"This command trains the same cells again, but for those that are in its store{rest}:",
    )


def _folds(rows: Rows, made: NDArray[np.bool_]) -> int:
    """In how many folds all the runs are, at least 1."""
    return max(1, len(set(rows.fold[made].tolist()) - {0}))


def _data(values: dict[str, tuple[object, ...]]) -> object:
    """The user data that all of the runs share, None where they are random."""
    return next(iter(values["data"]))


def _decided(values: dict[str, tuple[object, ...]]) -> tuple[str, ...]:
    """The settings that user data decide: their share of gaps, and where they are recoded how many
    symbols there are.
    """
    data = _data(values)
    if not isinstance(data, str):
        return ()
    return ("missing", "vocab_size") if "-" in data[:] else ("missing",)


def _command(values: dict[str, tuple[object, ...]], seeds: Sequence[int]) -> str:
    """The shortest way to give the settings: from the preset and fit that have most of them; an
    empty text where no preset has the task.
    """
    ways = []
    for name in PRESETS:
        for fit in FITS:
            start = dict(zip(SETTINGS, settings_of(preset(name, fit)), strict=True))
            if values[TASK] != (start[TASK],):
                continue
            settings = [
                setting
                for setting in SETTINGS
                if setting in flags()
                and values[setting] != (start[setting],)
                and setting not in _decided(values)
            ]
            ways.append((len(settings), fit != FITS[0], name != USUAL, name, fit, settings))
    if not ways:
        return ""
    *_, name, fit, settings = min(ways, key=lambda item: item[:3])
    parts = ["echoscope", "sweep", name, *([] if fit == FITS[0] else ["--fit", fit])]
    for setting in settings:
        parts += [f"--{setting.replace('_', '-')}", text_of(values[setting])]
    if _data(values) is not None:
        parts += ["--file", "FILE"]
    if values["fold"] != (None,):
        parts += ["--folds", str(next(iter(values["fold"]))).removeprefix("*/")]
    parts += ["--seed", str(seeds[0])] if seeds[0] else []
    return shlex.join([*parts, "--seeds", str(len(seeds))])
