"""Which words tell groups apart, and which of them lies along a picture."""

from collections.abc import Sequence
from math import prod

from echoscope.analysis.findings import Findings, Group
from echoscope.analysis.lag_grids import FOLLOWING
from echoscope.experiment.experiment import Fit


def telling(groups: Sequence[Group], words: Sequence[str], axes: Sequence[str]) -> list[str]:
    """Those of the words that it takes to tell groups apart: a window that follows the lag does
    not.

    Only words that may follow from others are left out, those of the fit first; another lag, task
    or network is never part of a line.
    """
    kept = list(words)
    varied = [name for name in (*words, *axes) if groups and name in groups[0].words]
    counts = {name: len({group.words[name] for group in groups}) for name in varied}
    for name in sorted(words, key=lambda name: name not in FIT):
        rest = [word for word in varied if word != name]
        enough = name in FOLLOWING and prod(counts[word] for word in rest) >= len(
            groups
        )  # else surely not apart
        if enough and len({tuple(group.words[word] for word in rest) for group in groups}) == len(
            groups
        ):
            kept, varied = [word for word in kept if word != name], rest
    return kept


def main_axis(found: Findings) -> str:
    """The word to put along a picture: the lag, else the units, else the one that takes the most
    values.

    Of findings in which nothing varies it is the empty text.
    """
    for name in ("lag", "units"):
        if name in found.varied:
            return name
    counts = {name: len({group.words[name] for group in found.groups}) for name in found.varied}
    return max(counts, key=lambda name: counts[name], default="")


FIT = frozenset(Fit.fields())
