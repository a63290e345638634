"""Accuracy against the window: how far back is far enough, beside chance and the best rule."""

from echoscope.analysis.findings import Group
from echoscope.analysis.windows import WINDOW, WindowSpan, sentences
from echoscope.figures.accuracy import against
from echoscope.figures.evidence import Evidence
from echoscope.figures.style import Chart, Values

MOST_SAID = 4  # sentences below the title


def against_window(evidence: Evidence) -> Chart:
    """Accuracy against the window, a line for each other group of settings, with chance, ceiling,
    and of user data the best rule beside; and what that says of how far back is enough.
    """
    spans = evidence.findings.windows

    def lines_beside(group: Group) -> Values:
        """The heights of the lines beside a group's point: of user data, where chance is measured
        anew for each window, chance is the highest of its line.
        """
        for span in spans:
            if all(group.settings[name] == value for name, value in span.settings.items()):
                chance = max(item.runs.chance for item in span.tried)
                return {"chance": chance, "rule": _height(span)}
        return {}

    notes = [text for span in spans for text in sentences(span)][:MOST_SAID]
    return against(WINDOW, evidence, notes, lines_beside)


def _height(span: WindowSpan) -> float | None:
    return None if span.rule is None else span.rule.accuracy.value
