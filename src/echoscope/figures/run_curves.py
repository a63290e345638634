"""Learning curves of records, a line each."""

from typing import Any

from echoscope.analysis.estimate import listed
from echoscope.errors import RecordError
from echoscope.experiment.presets import preset_name
from echoscope.figures.style import COLOURS, DASHES, title_and_looks
from echoscope.runs.run import Record

Curve = tuple[tuple[int, float | None, float | None], ...]


def curves(records: list[Record]) -> Any:
    """Score against steps, a line a record, with chance as a dotted rule. The line's dash tells it
    apart in grey.
    """
    import altair as alt

    without = [
        name for name, record in zip(names(records), records, strict=True) if not _scored(record)
    ]
    records = [record for record in records if _scored(record)]
    if not records:
        none = "This record has no" if len(without) == 1 else "None of these records has a"
        raise RecordError(
            f"{none} learning curve to draw: name one that was trained, as echoscope runs lists"
            " them."
        )
    rows = [
        {"step": step, "score": score, "run": run, "alone": len(points) == 1}
        for parts in map(_lines, names(records), records)
        for run, points in parts
        for step, score in points
    ]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line()
        .encode(
            x=alt.X(
                "step:Q", title="steps (weight updates)", scale=alt.Scale(type="log", nice=False)
            ),
            y=alt.Y(
                "score:Q",
                title="score (share of answers said right)",
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
    guesses = [{"chance": chance} for chance in sorted({record.chance for record in records})]
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


def _scored(record: Record, curve: Curve | None = None) -> list[tuple[int, float]]:
    """The points of a curve that an axis of powers has room for, and that were measured."""
    rows = record.curve if curve is None else curve
    return [(step, score) for step, _, score in rows if score is not None and step > 0]


def _lines(name: str, record: Record) -> list[tuple[str, list[tuple[int, float]]]]:
    """The lines of a record, by what the legend calls them: of own integers that of what is held
    out, and the other.
    """
    if not record.held_out:
        return [(name, _scored(record))]
    parts = (("held out", record.held_out), ("learned", record.curve))
    return [(f"{name}, {part}", _scored(record, curve)) for part, curve in parts]


def names(records: list[Record]) -> list[str]:
    """Each record in a legend: its preset, or where all are of one, the words in which they differ;
    then its id if two would be called the same.
    """
    presets = [preset_name(record.experiment) for record in records]
    words = [_flat(record.experiment.to_json()) for record in records]
    differ = (
        [word for word in words[0] if len({str(own[word]) for own in words}) > 1]
        if len(records) > 1
        else []
    )
    said = [
        (
            known
            if known and len(set(presets)) == len(records)
            else ", ".join(f"{word} {_said(own[word])}" for word in differ)
        )
        for known, own in zip(presets, words, strict=True)
    ]
    return [
        text if text and said.count(text) == 1 else f"{text} ({record.id[:4]})".strip()
        for text, record in zip(said, records, strict=True)
    ]


def _flat(words: dict[str, Any]) -> dict[str, Any]:
    return {**words.pop("task"), **{k: v for k, v in words.items() if k != "fit"}, **words["fit"]}


def _said(value: Any) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, list)
        else "none"
        if value is None
        else f"{value}"
    )
