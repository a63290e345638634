"""Learning curves of runs, a line each."""

from echoscope.analysis.table import setting
from echoscope.errors import StoreError, listed
from echoscope.experiment.fields import SETTINGS, has, settings_of
from echoscope.experiment.presets import preset_name
from echoscope.figures.style import ACCURACY, COLOURS, DASHES, Chart, title_and_looks
from echoscope.runs.run import Run

HELD_OUT = "accuracy (held out and learned)"
Curve = tuple[tuple[int, float | None, float | None], ...]


def curves(runs: list[Run]) -> Chart:
    """Accuracy against steps, a line a run, with chance as a dotted rule; of user data two lines:
    on what is held out, and on what it trained on. The line's dash tells it apart in grey.
    """
    import altair as alt

    without = [name for name, run in zip(names(runs), runs, strict=True) if not _drawable(run)]
    runs = [run for run in runs if _drawable(run)]
    if not runs:
        none = "This run has no" if len(without) == 1 else "None of these runs has a"
        raise StoreError(
            f"{none} learning curve to draw: name one that was trained, as echoscope runs lists"
            " them."
        )
    rows = [
        {"step": step, "accuracy": accuracy, "run": run, "alone": len(points) == 1}
        for parts in map(_lines, names(runs), runs)
        for run, points in parts
        for step, accuracy in points
    ]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line()
        .encode(
            x=alt.X(
                "step:Q", title="steps (weight updates)", scale=alt.Scale(type="log", nice=False)
            ),
            y=alt.Y(
                "accuracy:Q",
                title=HELD_OUT if any(run.held_out for run in runs) else ACCURACY,
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%"),
            ),
            color=alt.Color(
                "run:N",
                title=None,
                legend=alt.Legend(labelLimit=400),
                scale=alt.Scale(range=COLOURS),
            ),
            strokeDash=alt.StrokeDash("run:N", title=None, scale=alt.Scale(range=DASHES)),
        )
    )
    guesses = [{"chance": chance} for chance in sorted({run.chance for run in runs})]
    rule = (
        alt.Chart(alt.Data(values=guesses))
        .mark_rule(strokeDash=[2, 3], color="grey")
        .encode(y="chance:Q")
    )
    label = (
        alt.Chart(alt.Data(values=guesses))
        .mark_text(align="left", dx=5, color="grey")
        .encode(x=alt.XValue("width"), y="chance:Q", text=alt.value("chance"))
    )
    points = lines.transform_filter("datum.alone").mark_point(filled=True, size=40)
    chart = (rule + label + lines + points).properties(width=560, height=300)
    title_and_looks(
        chart,
        "Learning curves",
        [f"Not drawn, for want of a curve: {listed(without)}"] if without else [],
    )
    return chart


def _drawable(run: Run, curve: Curve | None = None) -> list[tuple[int, float]]:
    """The steps and accuracies of a curve that can be drawn: those that have an accuracy, after
    step 0, for which an axis of powers has no place. By default it is the run's own curve.
    """
    rows = run.curve if curve is None else curve
    return [(step, accuracy) for step, _, accuracy in rows if accuracy is not None and step > 0]


def _lines(name: str, run: Run) -> list[tuple[str, list[tuple[int, float]]]]:
    """The lines of a run, by what the legend calls them: of user data that of what is held
    out, and the other.
    """
    if not run.held_out:
        return [(name, _drawable(run))]
    parts = (("held out", run.held_out), ("learned", run.curve))
    return [(f"{name}, {part}", _drawable(run, curve)) for part, curve in parts]


def names(runs: list[Run]) -> list[str]:
    """Each run in a legend: its preset, or where all are of one, the settings in which they differ;
    then its id if two would be called the same.
    """
    presets = [preset_name(run.experiment) for run in runs]
    settings = [
        dict(zip((*SETTINGS, "seed"), (*values, run.experiment.seed), strict=True))
        for run, values in zip(
            runs, map(settings_of, (run.experiment for run in runs)), strict=True
        )
    ]
    differ = [name for name in settings[0] if len({values[name] for values in settings}) > 1]
    texts = [
        known
        if known and len(set(presets)) == len(runs)
        else ", ".join(
            f"{name} {setting(values[name])}"
            for name in differ
            if has(run.experiment.task.kind, name)
        )
        for run, known, values in zip(runs, presets, settings, strict=True)
    ]
    return [
        text if text and texts.count(text) == 1 else f"{text} ({run.id[:4]})".strip()
        for text, run in zip(texts, runs, strict=True)
    ]
