"""Learning curves of records, a line each."""

from typing import Any

from echoscope.experiment import preset_name
from echoscope.figures.grammar import COLOURS, DASHES
from echoscope.record import Record


def curves(records: list[Record]) -> Any:
    """Score against steps, a line a record, with chance as a dotted rule. The line's dash tells it apart in grey."""
    import altair as alt

    rows = [
        {"step": step, "score": score, "run": run}
        for run, record in zip(names(records), records, strict=True)
        for step, _, score in record.curve if score is not None
    ]  # fmt: skip
    heard = "learned" if any(record.experiment.data for record in records) else "fresh"
    lines = alt.Chart(alt.Data(values=rows)).mark_line().encode(
        x=alt.X("step:Q", title="steps (weight updates)", scale=alt.Scale(type="log", nice=False)),
        y=alt.Y("score:Q", title=f"score (share of {heard} answers said right)", scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%")),
        color=alt.Color("run:N", title=None, legend=alt.Legend(labelLimit=400), scale=alt.Scale(range=COLOURS)),
        strokeDash=alt.StrokeDash("run:N", title=None, scale=alt.Scale(range=DASHES)),
    )  # fmt: skip
    guesses = [{"chance": chance} for chance in sorted({record.chance for record in records})]
    rule = alt.Chart(alt.Data(values=guesses)).mark_rule(strokeDash=[2, 3], color="grey").encode(y="chance:Q")
    label = alt.Chart(alt.Data(values=guesses)).mark_text(align="left", dx=4, dy=-6, color="grey").encode(
        x=alt.value(0), y="chance:Q", text=alt.value("chance"))  # fmt: skip
    return (rule + label + lines).properties(width=560, height=300)


def names(records: list[Record]) -> list[str]:
    """Each record in a legend: its preset, or where all are of one, the words in which they differ; then its id if two
    would be called the same.
    """
    presets = [preset_name(record.experiment) for record in records]
    words = [_flat(record.experiment.to_json()) for record in records]
    differ = [word for word in words[0] if len({str(own[word]) for own in words}) > 1] if len(records) > 1 else []
    said = [
        known
        if known and len(set(presets)) == len(records)
        else ", ".join(f"{word} {_said(own[word])}" for word in differ)
        for known, own in zip(presets, words, strict=True)
    ]
    return [text if text and said.count(text) == 1 else f"{text} ({record.id[:4]})".strip()
            for text, record in zip(said, records, strict=True)]  # fmt: skip


def _flat(words: dict[str, Any]) -> dict[str, Any]:
    return {**words.pop("task"), **{k: v for k, v in words.items() if k != "fit"}, **words["fit"]}


def _said(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else "none" if value is None else f"{value}"
