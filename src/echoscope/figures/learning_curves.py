"""What whole runs show: learning curves over seeds, and where in a window errors are made."""

from collections import Counter
from collections.abc import Callable, Sequence

from echoscope.analysis.findings import Group
from echoscope.experiment.fields import SETTINGS, TASK
from echoscope.figures.evidence import Evidence, settings_text
from echoscope.figures.layout import Layout, layout
from echoscope.figures.reference_lines import guides
from echoscope.figures.style import (
    ACCURACY,
    STEPS,
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

MOST_POINTS = 120  # of a curve
WRONG = "error (share of targets predicted wrongly)"


def curves_over_seeds(evidence: Evidence) -> Chart:
    """Accuracy against steps: the mean over the seeds of a group, in a band from the least to the
    most of them.
    """
    import altair as alt

    last, best = (evidence.rows.columns[name] for name in ("last_accuracy", "best_so_far"))
    groups = evidence.groups_with(lambda place: last[place] is not None or len(best[place]) > 0)
    if not groups:
        raise LackingError(
            "curves", "none of them has a learning curve. Train some with echoscope run or sweep."
        )
    place, values = _drawn(evidence, groups, _curve)
    if not values:
        raise LackingError(
            "curves", "no learning curve of them goes beyond step 0. Train them for longer."
        )
    base = layer().encode(
        x=alt.X(
            "step:Q",
            title=STEPS,
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(tickCount=6, labelOverlap=True),
        )
    )
    line = lines_of(place, "strokeDash", "strokeDash")
    several = any(value["least"] != value["most"] for value in values)
    ends = Counter((value["panel"], value["line"]) for value in values)
    for value in values:
        value["alone"] = ends[value["panel"], value["line"]] == 1  # no line leads to it
    alone = (
        [
            base.transform_filter("datum.alone")
            .mark_point(size=40, filled=True, opacity=1)
            .encode(y=share_axis(), color=line["color"])
        ]
        if any(value["alone"] for value in values)
        else []
    )
    band = base.mark_area(opacity=0.18).encode(
        y=share_axis("least", ACCURACY), y2=alt.Y2("most"), color=line["color"]
    )
    main = base.mark_line(strokeWidth=1.8).encode(y=share_axis(), **line)
    points = base.mark_point(size=60, opacity=0).encode(
        y=share_axis(),
        tooltip=tooltips(
            ("step", "step"),
            ("said", "mean accuracy"),
            ("range", "least to most"),
            ("runs", "runs"),
            accuracy_said=False,
        ),
    )
    note = (
        "Line: mean over seeds; band: least and most of them. A run that stopped keeps its last"
        " accuracy; one that diverged has chance"
        if several
        else "A run each"
    )
    layers = [*guides(values, place), *([band] if several else []), main, *alone, points]
    return composed(layers, values, place, "Learning curves", [note])


def _drawn(
    evidence: Evidence,
    groups: list[Group],
    told_of: Callable[[Sequence[Run], Values], list[Values]],
) -> tuple[Layout, list[Values]]:
    """A layout of groups, and what is told of their runs. Groups of which nothing is told make
    room for others.
    """
    while True:
        place = layout(evidence.findings, [], groups, where=evidence.where)
        lots = {
            id(group): lot for group, lot in evidence.runs_of([item.group for item in place.places])
        }
        result = [
            (
                item.group,
                told_of(
                    lots[id(item.group)],
                    {
                        "panel": item.panel,
                        "line": item.line,
                        "settings": settings_text(item.group.settings) or "all runs",
                        "ceiling": item.group.ceiling,
                        "chance": item.group.aggregate.runs.chance,
                    },
                ),
            )
            for item in place.places
        ]
        empty = {id(group) for group, values in result if not values}
        groups = [group for group in groups if id(group) not in empty]
        if not (empty and groups):
            return place, [value for _, values in result for value in values]


def _curve(runs: Sequence[Run], told: Values) -> list[Values]:
    """Mean, least and most of the seeds at each step that any of them has a point at, from where
    all have begun.
    """
    lots = [lot for lot in map(_points, runs) if lot]
    if not lots:
        return []
    first = max(lot[0][0] for lot in lots)
    steps = sorted({step for lot in lots for step, _ in lot if step >= max(first, 1)})
    if len(steps) > MOST_POINTS:
        steps = [
            steps[round(place * (len(steps) - 1) / (MOST_POINTS - 1))]
            for place in range(MOST_POINTS)
        ]
    places, result = [0] * len(lots), []
    for step in steps:
        for which, lot in enumerate(lots):
            while places[which] + 1 < len(lot) and lot[places[which] + 1][0] <= step:
                places[which] += 1
        accuracies = [lot[place][1] for lot, place in zip(lots, places, strict=True)]
        mean = sum(accuracies) / len(accuracies)
        result.append(
            told
            | {
                "step": step,
                "accuracy": round(mean, 5),
                "least": min(accuracies),
                "most": max(accuracies),
                "said": f"{mean:.2%}",
                "range": f"{min(accuracies):.2%} to {max(accuracies):.2%}",
                "runs": len(lots),
            }
        )
    return result


def _points(run: Run) -> list[tuple[int, float]]:
    """Steps with their accuracies; where a run diverged, chance from there on."""
    points = [(step, accuracy) for step, _, accuracy in run.fresh_curve if accuracy is not None]
    if run.outcome == "diverged":
        points.append((max([run.steps, *(step + 1 for step, _ in points[-1:])]), run.chance))
    return points


def positions(evidence: Evidence) -> Chart:
    """The share of wrong targets at each position: the mean over the seeds of a group, from the
    least to the most.
    """
    import altair as alt

    settings, outcomes = evidence.rows.columns["settings"], evidence.rows.columns["outcome"]
    groups = evidence.groups_with(
        lambda place: outcomes[place] != "diverged" and _several_positions(settings[place])
    )
    place, values = _drawn(evidence, groups, _errors) if groups else (None, [])
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
