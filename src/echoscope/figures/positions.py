"""Where in a window or a sequence errors are made."""

from collections import Counter
from collections.abc import Sequence

from echoscope.experiment.fields import SETTINGS, TASK
from echoscope.figures.evidence import Evidence
from echoscope.figures.learning_curves import drawn
from echoscope.figures.reference_lines import guides
from echoscope.figures.style import (
    Chart,
    LackingError,
    Values,
    composed,
    layer,
    lines_of,
    share_axis,
    tooltips,
    whole_axis,
)
from echoscope.runs.run import Run
from echoscope.runs.table import Settings
from echoscope.tasks.base import ECHO, TASKS

WRONG = "error (share of targets predicted wrongly)"


def positions(evidence: Evidence) -> Chart:
    """The share of wrong targets at each position: the mean over the seeds of a group, from the
    least to the most.
    """
    import altair as alt

    settings, outcomes = evidence.rows.columns["settings"], evidence.rows.columns["outcome"]
    groups = evidence.groups_with(
        lambda place: outcomes[place] != "diverged" and _several_positions(settings[place])
    )
    place, values = drawn(evidence, groups, _errors) if groups else (None, [])
    if place is None or len({value["position"] for value in values}) < 2:
        raise LackingError(
            "positions",
            "their targets are not at several positions, or were not counted by position. "
            "Train with readout=all, or on sequences.",
        )
    axis = whole_axis(value["position"] for value in values)
    x = alt.X(
        "position:Q",
        title="position (integers read before this one)",
        axis=axis,
        scale=alt.Scale(nice=False, padding=8),
    )
    base = layer().encode(x=x)
    line, point = lines_of(place, "strokeDash"), lines_of(place, "shape")
    y = share_axis("error", WRONG)
    layers = [
        *guides(values, place),
        base.mark_line(strokeWidth=1.5).encode(y=y, detail=alt.Detail("lag:N"), **line),
        base.mark_rule(strokeWidth=1).encode(
            y=share_axis("least", WRONG), y2=alt.Y2("most"), color=line["color"]
        ),
        base.mark_point(size=35, filled=True, opacity=1).encode(
            y=y,
            tooltip=tooltips(
                ("position", "position"),
                ("lag", "lag"),
                ("said", "error"),
                ("range", "least to most"),
                ("scored", "targets"),
                ("runs", "runs"),
                accuracy_said=False,
            ),
            **point,
        ),
    ]
    note = (
        "Mean over seeds; bars: least and most of them. Chance: the error of a guess without memory"
    )
    return composed(layers, values, place, "Error by position", [note])


def _several_positions(settings: Settings) -> bool:
    """Whether targets are predicted at several positions: of a window, or of a sequence that is cut
    into several.
    """
    values = dict(zip(SETTINGS, settings, strict=True))
    if values[TASK] != ECHO:
        return values[TASK] in TASKS and TASKS[values[TASK]].readout == "all"
    inputs = values["length"] if values["window"] is None else values["window"]
    return inputs > 1 if values["readout"] == "all" else values["sampling"] == "sequence"


def _errors(runs: Sequence[Run], told: Values) -> list[Values]:
    wrong: dict[tuple[int, int], list[float]] = {}
    targets: Counter[tuple[int, int]] = Counter()
    for run in runs:
        for position, lag, asked, correct in run.positions:
            if asked:
                wrong.setdefault((position, lag), []).append(1 - correct / asked)
                targets[position, lag] += asked
    chance = max((run.chance for run in runs), default=0.0)
    if len({position for position, _ in wrong}) < 2:
        return []
    result = []
    for (position, lag), errors in sorted(wrong.items()):
        mean, least, most = sum(errors) / len(errors), min(errors), max(errors)
        result.append(
            told
            | {
                "position": position,
                "lag": lag,
                "error": round(mean, 5),
                "least": least,
                "most": most,
                "said": f"{mean:.2%}",
                "range": f"{least:.2%} to {most:.2%}",
                "runs": len(errors),
                "scored": targets[position, lag],
                "chance": 1 - chance,
                "ceiling": None,
            }
        )
    return result
