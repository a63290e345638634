"""A library's sentences in the words of the command line: `units=8` is `--units 8` there."""

import re

# What stands in quotes was given, and is said as it was.
PART = re.compile(r"""'[^']*'|"[^"]*"|(?<![\w./=-])([a-z][a-z_]*)=([^\s,;:]*[^\s,;:.])""")


def typed(text: str) -> str:
    """A sentence as it is said to who types commands.

    >>> typed("'a.csv' has 2 columns: choose one with column=2, and say header=False.")
    "'a.csv' has 2 columns: choose one with --column 2, and say --no-header."
    """
    return PART.sub(_flag, text)


def _flag(part: re.Match[str]) -> str:
    name, value = part.groups()
    if name is None:
        return part[0]
    flag = name.replace("_", "-")
    return {"True": f"--{flag}", "False": f"--no-{flag}"}.get(value, f"--{flag} {value}")
