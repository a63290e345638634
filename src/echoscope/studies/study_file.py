"""A study file: a study as a short TOML text, read and written."""

import re
import tomllib
from pathlib import Path

from echoscope.errors import SettingError, shown
from echoscope.experiment.fields import flags
from echoscope.settings import Json, Value
from echoscope.studies.axis import bare, text_of
from echoscope.studies.grid import Study
from echoscope.synonyms import named

MOST_BYTES = 1 << 20
KEYS = ("preset", "fit", "seeds", "data", "folds", "settings")


def study_of_file(path: str | Path) -> Study:
    """The study that a TOML file says.

    It may say `preset`, `fit` and `seeds`, the name of user `data` and with it `folds`, and in a
    table `[settings]` the values of any setting, as in `lag = "1..16"`, `units = [8, 16]` or
    `window = 20`. What it does not say has its default.
    Raises `SettingError`.
    """
    table = _read(path)
    for key in table:
        if key in flags():
            raise SettingError(
                f"{key} is a setting of the cells, not a key of a study file: write it under"
                " [settings]."
            )
        if key not in KEYS:
            raise SettingError(f"A study file has no key {key!r}: {named(key, KEYS)}")
    settings = table.pop("settings", {})
    if not isinstance(settings, dict):
        raise SettingError(
            f"settings must be a table, not {shown(settings)}: write [settings], and each setting"
            " on a line under it."
        )
    return Study(**table, axes=settings)


def to_toml(study: Study) -> str:
    """The text of a file that `study_of_file` reads as this study.

    >>> print(to_toml(Study(preset="lag", axes={"lag": range(1, 9), "window": 20})), end="")
    preset = "lag"
    fit = "tutorial"
    seeds = 5
    <BLANKLINE>
    [settings]
    lag = "1..8"
    window = 20
    """
    lines = [f'preset = "{study.preset}"', f'fit = "{study.fit}"', f"seeds = {study.seeds}"]
    lines += [] if study.data is None else [f'data = "{study.data}"']
    lines += [] if study.folds is None else [f"folds = {study.folds}"]
    if study.axes:
        lines += [
            "",
            "[settings]",
            *(f"{name} = {_toml_value(values)}" for name, values in study.axes.items()),
        ]
    return "\n".join(lines) + "\n"


def _toml_value(values: tuple[Value, ...]) -> str:
    """A number alone is a TOML number; all else is a text. No value holds a character that a text
    must escape.
    """
    return (
        str(bare(values[0]))
        if len(values) == 1 and isinstance(bare(values[0]), int | float)
        else f'"{text_of(values)}"'
    )


def _read(path: str | Path) -> Json:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise SettingError(
                f"{path} must be a study file of at most {MOST_BYTES >> 20} MiB: say ranges, as in"
                " 1..16."
            )
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise SettingError(
            f"{path} cannot be read ({error.strerror}): name a study file."
        ) from None
    except UnicodeDecodeError:
        raise SettingError(f"{path} must be a TOML text in UTF-8: save it as one.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        line = re.match(r"line (\d+)", place)
        where = line[1] if line else max(1, len(text.rstrip().splitlines()))
        raise SettingError(
            f"line {where} of {path} must be TOML, and is not ({reason}): put a text such as 1..16"
            " or lstm in quotes, and say each key once."
        ) from None
    except (
        ValueError,
        RecursionError,
    ):  # a number of thousands of digits, or lists in lists without end
        raise SettingError(
            f"{path} must be a study file, and holds a value that no setting has: say ranges, as in"
            " 1..16."
        ) from None
