"""Learning curves over seeds: accuracies and losses, of user data held out and trained on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from echoscope.analysis.findings import Group
from echoscope.analysis.table import three_digits
from echoscope.figures.evidence import Evidence, settings_text
from echoscope.figures.layout import Layout, layout
from echoscope.figures.reference_lines import guides
from echoscope.figures.style import (
    ACCURACY,
    STEPS,
    Channel,
    Chart,
    LackingError,
    Values,
    composed,
    layer,
    lines_of,
    share_axis,
    tooltips,
)
from echoscope.runs.run import Run

MOST_POINTS = 120  # of a curve
# The titles of the axis, without and with a line beside of what is trained on: no longer than a
# panel is high.
TITLES = {
    "curves": (ACCURACY, "held-out accuracy (pale: trained)"),
    "loss": ("loss of a target", "held-out loss (pale: trained)"),
}
HEADINGS = {"curves": "Learning curves", "loss": "Loss"}
NOUNS = {"curves": "accuracy", "loss": "loss"}
Points = list[tuple[int, float]]
Curve = Sequence[tuple[int, float | None, float | None]]


def curves_over_seeds(evidence: Evidence) -> Chart:
    """Accuracy against steps: the mean over the seeds of a group, in a band from the least to the
    most of them. Of user data it is that on what is held out, and a pale line beside it is that on
    what is trained on.
    """
    return _curves(evidence, "curves")


def losses_over_seeds(evidence: Evidence) -> Chart:
    """The same of the loss."""
    return _curves(evidence, "loss")


def _curves(evidence: Evidence, figure: str) -> Chart:
    last, best = (evidence.rows.columns[name] for name in ("last_accuracy", "best_so_far"))
    groups = evidence.groups_with(lambda place: last[place] is not None or len(best[place]) > 0)
    if not groups:
        raise LackingError(
            figure, "none of them has a learning curve. Train some with echoscope run or sweep."
        )
    place, values = drawn(evidence, groups, _accuracies if figure == "curves" else _losses)
    if not values:
        raise LackingError(
            figure, "no learning curve of them goes beyond step 0. Train them for longer."
        )
    beside = any(value["trained"] is not None for value in values)
    several = any(value["least"] != value["most"] for value in values)
    ends = Counter((value["panel"], value["line"]) for value in values)
    for value in values:
        value["alone"] = ends[value["panel"], value["line"]] == 1  # no line leads to it
    layers = [*guides(values, place)] if figure == "curves" else []
    layers += _lines(figure, place, values, several=several, beside=beside)
    return composed(layers, values, place, HEADINGS[figure], _notes(figure, several, beside))


def _lines(
    figure: str, place: Layout, values: Sequence[Values], *, several: bool, beside: bool
) -> list[Chart]:
    """The band of several seeds, the pale line of what is trained on, the line of the mean, a dot
    where no line leads to it, and what a pointer is told.
    """
    import altair as alt

    title, axis = TITLES[figure][beside], share_axis if figure == "curves" else _loss_axis
    x = alt.X(
        "step:Q",
        title=STEPS,
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(tickCount=6, labelOverlap=True),
    )
    base, line, layers = layer().encode(x=x), lines_of(place, "strokeDash", "strokeDash"), []
    if several:
        ends = {"y": axis("least", title), "y2": alt.Y2("most")}
        layers.append(base.mark_area(opacity=0.18).encode(**ends, color=line["color"]))
    if beside:
        pale = base.transform_filter("isValid(datum.trained)").mark_line(
            opacity=0.5, strokeWidth=1.2
        )
        layers.append(pale.encode(y=axis("trained", title), **line))
    layers.append(base.mark_line(strokeWidth=1.8).encode(y=axis(NOUNS[figure], title), **line))
    if any(value["alone"] for value in values):
        dots = base.transform_filter("datum.alone").mark_point(size=40, filled=True, opacity=1)
        layers.append(dots.encode(y=axis(NOUNS[figure], title), color=line["color"]))
    told = [("step", "step"), ("said", f"mean {NOUNS[figure]}"), ("range", "least to most")]
    told += [("trained_said", "on what is trained on")] if beside else []
    tips = tooltips(*told, ("runs", "runs"), accuracy_said=False)
    return [
        *layers,
        base.mark_point(size=60, opacity=0).encode(y=axis(NOUNS[figure], title), tooltip=tips),
    ]


def _notes(figure: str, several: bool, beside: bool) -> list[str]:
    notes = ["A run each"]
    if several:
        ended = " accuracy; one that diverged has chance" if figure == "curves" else " loss"
        notes = [
            f"Line: mean over seeds; band: least and most of them. A run that stopped keeps its"
            f" last{ended}"
        ]
    if beside:
        notes.append(
            "Pale: on the values that it trains on; full: on the held-out ones, which it never sees"
        )
    return notes


def _loss_axis(field: str, title: str) -> Channel:
    """The axis of a loss, from 0 on."""
    import altair as alt

    return alt.Y(f"{field}:Q", title=title, scale=alt.Scale(zero=True, nice=True))


def drawn(
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


def _accuracies(runs: Sequence[Run], told: Values) -> list[Values]:
    """Mean, least and most accuracy of the seeds at each step that any of them has a point at."""
    return _means(runs, told, "accuracy", _points, lambda value: f"{value:.2%}")


def _losses(runs: Sequence[Run], told: Values) -> list[Values]:
    """The same of losses."""
    return _means(runs, told, "loss", _loss_points, three_digits)


def _means(
    runs: Sequence[Run],
    told: Values,
    noun: str,
    points_of: Callable[[Run, Curve], Points],
    said: Callable[[float], str],
) -> list[Values]:
    """Mean, least and most of the seeds at each step, from where all have begun; and of user data
    the mean on what they trained on.
    """
    lots = [lot for lot in (points_of(run, run.fresh_curve) for run in runs) if lot]
    if not lots:
        return []
    trained = [points_of(run, run.curve) for run in runs if run.held_out]
    trained = [lot for lot in trained if lot]
    first = max(lot[0][0] for lot in lots)
    steps = sorted({step for lot in lots for step, _ in lot if step >= max(first, 1)})
    if len(steps) > MOST_POINTS:
        steps = [
            steps[round(place * (len(steps) - 1) / (MOST_POINTS - 1))]
            for place in range(MOST_POINTS)
        ]
    result = []
    for step, values, beside in zip(steps, _at(lots, steps), _at(trained, steps), strict=True):
        mean, mine = sum(values) / len(values), sum(beside) / len(beside) if beside else None
        result.append(
            told
            | {
                "step": step,
                noun: round(mean, 5),
                "least": min(values),
                "most": max(values),
                "said": said(mean),
                "range": f"{said(min(values))} to {said(max(values))}",
                "trained": None if mine is None else round(mine, 5),
                "trained_said": "" if mine is None else said(mine),
                "runs": len(lots),
            }
        )
    return result


def _at(lots: Sequence[Points], steps: Sequence[int]) -> Iterator[list[float]]:
    """What each lot has at some steps: its last point until then."""
    places = [0] * len(lots)
    for step in steps:
        for which, lot in enumerate(lots):
            while places[which] + 1 < len(lot) and lot[places[which] + 1][0] <= step:
                places[which] += 1
        yield [lot[place][1] for lot, place in zip(lots, places, strict=True)]


def _points(run: Run, curve: Curve) -> Points:
    """Steps with their accuracies; where a run diverged, chance from there on."""
    points = [(step, accuracy) for step, _, accuracy in curve if accuracy is not None]
    if run.outcome == "diverged":
        points.append((max([run.steps, *(step + 1 for step, _ in points[-1:])]), run.chance))
    return points


def _loss_points(_: Run, curve: Curve) -> Points:
    """Steps with their losses."""
    return [(step, loss) for step, loss, _ in curve if loss is not None]
