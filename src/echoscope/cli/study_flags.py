"""The study that flags say, or that a file does."""

from pathlib import Path

import click
from click.core import ParameterSource

from echoscope.cli.file_options import FileOptions
from echoscope.cli.options import value
from echoscope.cli.user_data import chosen, with_gaps
from echoscope.errors import SettingError
from echoscope.experiment.fields import flags
from echoscope.experiment.fold import folds_of
from echoscope.experiment.user_data import UserData
from echoscope.settings import ByName
from echoscope.studies.grid import Study
from echoscope.studies.study_file import study_of_file


def _study(values: ByName, seeds: str | None) -> Study:
    """The study that the flags say, or that a file does."""
    axes = {name: values[name] for name in flags() if values.get(name) is not None}
    if Path(values["preset"]).suffix == ".toml":
        fit = click.get_current_context().get_parameter_source("fit")
        typed = [*axes, *(["fit"] if fit is ParameterSource.COMMANDLINE else [])]
        typed += [] if seeds is None else ["seeds"]
        if typed:
            name = typed[0]
            raise SettingError(
                f"A study file says all settings of its study: leave {name} out, or write it there."
            )
        return study_of_file(values["preset"])
    count = {} if seeds is None else {"seeds": value(seeds)}
    return Study(preset=values["preset"], fit=values["fit"], axes=axes, **count)


def study_of(
    raw: ByName, seeds: str | None, folds: str | None
) -> tuple[Study, UserData | None, str]:
    """The study, on user data if flags name some, the data, and where they came from."""
    options = FileOptions.taken(raw)
    targets = raw.pop("target_columns", None) if options.file else None
    if Path(raw["preset"]).suffix != ".toml":
        raw = with_gaps(raw, options)
    study = _study(raw, seeds)
    if folds is not None:
        folds_of(value(folds))
        if not options.file and not options.text:
            raise SettingError("Folds are of user data: name a file, or leave folds out.")
    first, cells = study.cells()[0], study.axes
    known = "vocab_size" in cells
    experiment, data, source, _ = chosen(options, first, vocab_given=known, targets=targets)
    if data is None:
        return study, None, ""
    names = () if known else ("columns", "target_columns") if data.columns else ("vocab_size",)
    sized = {name: (getattr(experiment.task, name),) for name in names}
    study = study.with_settings(axes=dict(cells) | sized).of_data(data)
    return study if folds is None else study.with_settings(folds=value(folds)), data, source
