"""Which settings tell groups apart, and which of them lies along a picture."""

from collections.abc import Sequence
from math import prod

from echoscope.analysis.findings import Findings, Group
from echoscope.analysis.windows import WINDOW
from echoscope.experiment.experiment import TrainingConfig
from echoscope.experiment.fields import difficulties, follows


def telling(groups: Sequence[Group], settings: Sequence[str], axes: Sequence[str]) -> list[str]:
    """Those of the settings that it takes to tell groups apart: a window that follows the lag does
    not.

    Only settings that may follow from others are left out, those of training first; another lag,
    task or network is never part of a line.
    """
    kept = list(settings)
    varied = [name for name in (*settings, *axes) if groups and name in groups[0].settings]
    counts = {name: len({group.settings[name] for group in groups}) for name in varied}
    for name in sorted(settings, key=lambda name: name not in OF_TRAINING):
        rest = [setting for setting in varied if setting != name]
        enough = name in follows() and prod(counts[setting] for setting in rest) >= len(
            groups
        )  # else surely not apart
        if enough and len(
            {tuple(group.settings[setting] for setting in rest) for group in groups}
        ) == len(groups):
            kept, varied = [setting for setting in kept if setting != name], rest
    return kept


def main_axis(findings: Findings) -> str:
    """The setting to put along a picture: what makes the task harder, else the window, else the
    units, else the one that takes the most values.

    Of findings in which nothing varies it is the empty text.
    """
    for name in (*difficulties(), WINDOW, "units"):
        if name in findings.varied:
            return name
    counts = {
        name: len({group.settings[name] for group in findings.groups}) for name in findings.varied
    }
    return max(counts, key=lambda name: counts[name], default="")


OF_TRAINING = frozenset(TrainingConfig.fields())
